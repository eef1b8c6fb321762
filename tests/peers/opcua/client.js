// A real OPC UA client that carries out programmes and keeps its own log of what it did (recorder.js).
//
//   node client.js --port PORT --log FILE --pki FOLDER --programme NAME[,NAME...]
//                  [--mode None|Sign|SignAndEncrypt] [--user anonymous|password|certificate] [--seconds N] [--renewal MILLISECONDS]
//                  [--application NAME] [--from ADDRESS]
//
// FOLDER holds the client's own key and certificate and is made when missing: another folder is another certificate.
// Ends when its standard input ends, so that it never outlives the program that started it.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { MessageSecurityMode, OPCUAClient, SecurityPolicy, UserTokenType } = require("node-opcua-client");
const { OPCUACertificateManager } = require("node-opcua-certificate-manager");
const { keyOperationsFromPrivateKey, readCertificate, readPrivateKey } = require("node-opcua-crypto");
const { argumentsOf, untilInputEnds } = require("./arguments");
const { programmes } = require("./programmes");
const { record, write } = require("./recorder");

const options = argumentsOf(process.argv.slice(2), {
  port: null, log: null, pki: null, programme: null, mode: "None", user: "anonymous", seconds: "5", renewal: "0",
  application: "HMI", from: "",
});

async function main() {
  const names = options.programme.split(",");
  for (const name of names) if (!programmes[name]) throw new Error(`There is no programme ${name}.`);
  const own = await certificate("application", `urn:plant:${options.application}`);
  const user = options.user === "certificate" ? await certificate("user", "urn:plant:engineer") : null;
  record(options.log, options.from);

  const plant = {
    port: Number(options.port),
    url: `opc.tcp://127.0.0.1:${options.port}/plant`,
    seconds: Number(options.seconds),
    newClient: (more = {}) => newClient(own, more),
    identity: () => identity(user),
  };
  for (const name of names) {
    write("programme", { name, mode: options.mode, user: options.user });
    await programmes[name](plant);
  }
  process.stdout.write("done\n");
}

function newClient(own, { mode = options.mode, ...more }) {
  return OPCUAClient.create({
    applicationName: options.application,
    applicationUri: `urn:plant:${options.application}`,
    clientName: options.application,
    certificateFile: own.certificateFile,
    privateKeyFile: own.privateKeyFile,
    clientCertificateManager: own.manager,
    securityMode: MessageSecurityMode[mode],
    securityPolicy: mode === "None" ? SecurityPolicy.None : SecurityPolicy.Basic256Sha256,
    defaultSecureTokenLifetime: 600_000,
    tokenRenewalInterval: Number(options.renewal),
    requestedSessionTimeout: 60_000,
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 2, initialDelay: 100, maxDelay: 500 },
    ...more,
  });
}

function identity(user) {
  switch (options.user) {
    case "anonymous":
      return { type: UserTokenType.Anonymous };
    case "password":
      return { type: UserTokenType.UserName, userName: "operator", password: "plant-floor" };
    case "certificate":
      return {
        type: UserTokenType.Certificate,
        certificateData: readCertificate(user.certificateFile),
        keyOperations: keyOperationsFromPrivateKey(readPrivateKey(user.privateKeyFile)),
      };
    default:
      throw new Error(`There is no user kind ${options.user}.`);
  }
}

async function certificate(name, applicationUri) {
  const manager = new OPCUACertificateManager({
    rootFolder: path.join(options.pki, name), automaticallyAcceptUnknownCertificate: true, disableFileWatchers: true,
  });
  await manager.initialize();
  const certificateFile = path.join(options.pki, `${name}.pem`);
  if (!fs.existsSync(certificateFile)) {
    await manager.createSelfSignedCertificate({
      applicationUri, dns: ["localhost"], ip: ["127.0.0.1"], outputFile: certificateFile, startDate: new Date(),
      subject: `/CN=${applicationUri.split(":").pop()}/O=Plant`, validity: 365,
    });
  }
  return { manager, certificateFile, privateKeyFile: manager.privateKey };
}

const exit = (code) => process.stdout.write("", () => process.exit(code));
untilInputEnds().then(() => exit(3));
main().then(() => exit(0), (error) => {
  process.stderr.write(`${error.stack}\n`);
  exit(1);
});
