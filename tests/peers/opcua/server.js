// An OPC UA server on loopback with the address space of a small plant.
//
//   node server.js --port PORT --pki FOLDER
//
// Writes "listening" to standard output when it is ready and ends when its standard input ends, so that it never outlives
// the program that started it. FOLDER holds the server's key and certificate and is made when
// missing: another folder is another certificate. Nothing is written elsewhere.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { OPCUAServer } = require("node-opcua-server");
const { OPCUACertificateManager } = require("node-opcua-certificate-manager");
const {
  DataType, MessageSecurityMode, SecurityPolicy, StatusCodes, Variant, VariantArrayType,
} = require("node-opcua-client");
const { argumentsOf, untilInputEnds } = require("./arguments");

const options = argumentsOf(process.argv.slice(2), { port: null, pki: null });
const passwords = new Map([["operator", "plant-floor"], ["engineer", "p1pes&valves"]]);

const certificates = (folder) => new OPCUACertificateManager({
  rootFolder: path.join(options.pki, folder),
  automaticallyAcceptUnknownCertificate: true,
  disableFileWatchers: true,
});

async function main() {
  const serverCertificateManager = certificates("server");
  const userCertificateManager = certificates("users");
  await serverCertificateManager.initialize();
  await userCertificateManager.initialize();
  const certificateFile = path.join(options.pki, "server.pem");
  if (!fs.existsSync(certificateFile)) {
    await serverCertificateManager.createSelfSignedCertificate({
      applicationUri: "urn:plant:server", dns: ["localhost"], ip: ["127.0.0.1"], outputFile: certificateFile,
      startDate: new Date(), subject: "/CN=Plant server/O=Plant", validity: 365,
    });
  }

  const server = new OPCUAServer({
    port: Number(options.port),
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    resourcePath: "/plant",
    certificateFile,
    privateKeyFile: serverCertificateManager.privateKey,
    serverCertificateManager,
    userCertificateManager,
    securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
    allowAnonymous: true,
    userManager: { isValidUser: (name, password) => passwords.get(name) === password },
    maxConnectionsPerEndpoint: 64,
    serverInfo: {
      applicationUri: "urn:plant:server",
      productUri: "urn:plant:product",
      applicationName: { text: "Plant server", locale: "en" },
    },
    serverCapabilities: { maxSessions: 64, maxSubscriptionsPerSession: 16, maxBrowseContinuationPoints: 16 },
    buildInfo: {
      productName: "Plant server", productUri: "urn:plant:product", manufacturerName: "Plant",
      softwareVersion: "1.2.3", buildNumber: "42", buildDate: new Date("2025-01-02T03:04:05Z"),
    },
  });
  await server.initialize();
  buildPlant(server);
  await server.start();
  process.stdout.write("listening\n");
  await untilInputEnds();
  process.exit(0);
}

function buildPlant(server) {
  const addressSpace = server.engine.addressSpace;
  const namespace = addressSpace.getOwnNamespace();
  const plant = namespace.addFolder("ObjectsFolder", { browseName: "Plant", nodeId: "s=Plant" });
  const moving = [];

  for (const area of ["Intake", "Boiler", "Turbine", "Outlet"]) {
    const folder = namespace.addFolder(plant, { browseName: area, nodeId: `s=${area}` });
    const add = (name, dataType, value, more = {}) => {
      const variable = namespace.addVariable({
        componentOf: folder, browseName: name, nodeId: `s=${area}.${name}`, dataType,
        accessLevel: "CurrentRead", userAccessLevel: "CurrentRead", minimumSamplingInterval: 50, ...more,
      });
      variable.setValueFromSource({ dataType, value });
      return variable;
    };
    const addAnalog = (name, value, low, high) => {
      const variable = namespace.addAnalogDataItem({
        componentOf: folder, browseName: name, nodeId: `s=${area}.${name}`, dataType: DataType.Double,
        engineeringUnitsRange: { low, high }, accessLevel: "CurrentRead", userAccessLevel: "CurrentRead",
        minimumSamplingInterval: 50,
      });
      variable.setValueFromSource({ dataType: DataType.Double, value });
      moving.push((tick) => variable.setValueFromSource({
        dataType: DataType.Double,
        value: value + ((high - low) / 20) * Math.sin(tick / 20 + value),
      }));
      return variable;
    };
    const writable = { accessLevel: "CurrentRead | CurrentWrite", userAccessLevel: "CurrentRead | CurrentWrite" };

    const pressure = addAnalog("Pressure", 12.5, 0, 40);
    addAnalog("Temperature", 180.25, -20, 600);
    addAnalog("Flow", 33.75, 0, 100);
    addAnalog("Level", 61.5, 0, 100);
    add("Running", DataType.Boolean, true);
    add("Valve", DataType.Boolean, false, writable);
    add("Starts", DataType.UInt32, 4711);
    add("Mode", DataType.Int16, 2);
    add("Serial", DataType.String, `${area}-0815`);
    add("Note", DataType.String, "größer als 5 \u2103", writable);
    add("LastService", DataType.DateTime, new Date("2025-06-07T08:09:10.111Z"));
    add("Identity", DataType.Guid, "12345678-90AB-CDEF-1234-567890ABCDEF");
    add("Blob", DataType.ByteString, Buffer.from("00ff10203040", "hex"));
    namespace.addVariable({ componentOf: folder, browseName: "Counter64", nodeId: `s=${area}.Counter64`, dataType: "UInt64" })
      .setValueFromSource({ dataType: DataType.UInt64, arrayType: VariantArrayType.Scalar, value: [1, 2] });
    add("Setpoint", DataType.Double, 50, writable);
    add("Limit", DataType.Int32, -1234567, writable);

    const list = namespace.addVariable({
      componentOf: folder, browseName: "Profile", nodeId: `s=${area}.Profile`, dataType: "Float", valueRank: 1,
      arrayDimensions: [5], ...writable,
    });
    list.setValueFromSource({
      dataType: DataType.Float, arrayType: VariantArrayType.Array, value: new Float32Array([1.5, 2.5, 3.5, 4.5, 5.5]),
    });
    const names = namespace.addVariable({
      componentOf: folder, browseName: "Names", nodeId: `s=${area}.Names`, dataType: "String", valueRank: 1,
    });
    names.setValueFromSource({
      dataType: DataType.String, arrayType: VariantArrayType.Array, value: ["north", "", null, "south"],
    });
    const matrix = namespace.addVariable({
      componentOf: folder, browseName: "Matrix", nodeId: `s=${area}.Matrix`, dataType: "Double", valueRank: 2,
      arrayDimensions: [2, 3], ...writable,
    });
    matrix.setValueFromSource({
      dataType: DataType.Double, arrayType: VariantArrayType.Matrix, dimensions: [2, 3],
      value: new Float64Array([11, 12, 13, 21, 22, 23]),
    });

    const calibrate = namespace.addMethod(folder, {
      browseName: "Calibrate", nodeId: `s=${area}.Calibrate`,
      inputArguments: [
        { name: "offset", description: { text: "added to the reading" }, dataType: DataType.Double },
        { name: "reason", description: { text: "for the log" }, dataType: DataType.String },
      ],
      outputArguments: [{ name: "result", description: { text: "twice the offset" }, dataType: DataType.Double }],
    });
    calibrate.bindMethod((input, _context, done) => done(null, {
      statusCode: StatusCodes.Good,
      outputArguments: [{ dataType: DataType.Double, value: input[0].value * 2 }],
    }));
    const trip = namespace.addMethod(folder, {
      browseName: "Trip", nodeId: `s=${area}.Trip`, inputArguments: [], outputArguments: [],
    });
    trip.bindMethod((_input, _context, done) => done(null, { statusCode: StatusCodes.Good, outputArguments: [] }));

    addressSpace.installHistoricalDataNode(pressure, { maxOnlineValues: 1000 });
  }

  addAlarm(addressSpace, namespace, plant);

  let tick = 0;
  const timer = setInterval(() => {
    tick++;
    for (const move of moving) move(tick);
    if (tick % 10 === 0) {
      addressSpace.rootFolder.objects.server.raiseEvent("BaseEventType", {
        message: { dataType: DataType.LocalizedText, value: { text: `Round ${tick}`, locale: "en" } },
        severity: { dataType: DataType.UInt16, value: 100 + (tick % 7) },
        sourceName: { dataType: DataType.String, value: "Plant" },
      });
    }
  }, 100);
  timer.unref();
}

function addAlarm(addressSpace, namespace, plant) {
  const boiler = namespace.addObject({
    organizedBy: plant, browseName: "Watched", nodeId: "s=Watched", notifierOf: addressSpace.rootFolder.objects.server,
    eventNotifier: 1,
  });
  const level = namespace.addVariable({
    componentOf: boiler, browseName: "WatchedLevel", nodeId: "s=WatchedLevel", dataType: "Double", eventSourceOf: boiler,
    accessLevel: "CurrentRead | CurrentWrite", userAccessLevel: "CurrentRead | CurrentWrite",
  });
  level.setValueFromSource({ dataType: DataType.Double, value: 50 });
  namespace.instantiateExclusiveLimitAlarm("ExclusiveLimitAlarmType", {
    browseName: "WatchedLevelAlarm", nodeId: "s=WatchedLevelAlarm", componentOf: boiler,
    conditionSource: level, inputNode: level, highHighLimit: 90, highLimit: 80, lowLimit: 20, lowLowLimit: 10,
  });
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
