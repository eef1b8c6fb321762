// What the client can be told to do. A programme gets { port, url, seconds, newClient, identity }.
"use strict";

const {
  AttributeIds, BrowseDirection, CancelRequest, DataType, HistoryReadRequest, HistoryUpdateRequest, MonitoringMode,
  NodeClass, TimestampsToReturn, UserTokenType, VariantArrayType, coerceNodeId,
  constructEventFilter, makeBrowsePath, resolveNodeId,
} = require("node-opcua-client");
const {
  AddNodesRequest, AddReferencesRequest, DeleteNodesRequest, DeleteReferencesRequest, QueryFirstRequest,
  ReadRawModifiedDetails, TransferSubscriptionsRequest, UpdateDataDetails,
} = require("node-opcua-types");
const { setTimeout: sleep } = require("node:timers/promises");
const { write } = require("./recorder");
const raw = require("./raw");

const areas = ["Intake", "Boiler", "Turbine", "Outlet"];
const measured = ["Pressure", "Temperature", "Flow", "Level"];
const plain = [
  ...measured, "Running", "Valve", "Starts", "Mode", "Serial", "Note", "LastService", "Identity", "Blob", "Counter64",
  "Setpoint", "Limit", "Profile", "Names", "Matrix",
];
const id = (area, name) => `ns=1;s=${area}.${name}`;
const value = (nodeId) => ({ nodeId, attributeId: AttributeIds.Value });
const scalar = (dataType, number) => ({ value: { dataType, value: number } });

/** The smallest buffers that the transport allows, so that long messages come in several chunks, in both directions. */
const smallBuffers = { receiveBufferSize: 8192, sendBufferSize: 8192, maxMessageSize: 1_000_000, maxChunkCount: 200 };

/** Sends a request for which the session has no method of its own. A fault is an answer too. */
const ask = (session, request) => new Promise((resolve) =>
  session.performMessageTransaction(request, (error, response) => resolve(response ?? error?.response ?? error)));

/** Carries out what is expected to fail: the log keeps how. */
async function expectFailure(what, action) {
  try {
    await action();
    write("succeeded", { what });
  } catch (error) {
    write("failed", { what, error: error.message });
  }
}

async function withSession(plant, action, more = {}, identity = plant.identity()) {
  const client = plant.newClient(more);
  await client.connect(plant.url);
  try {
    const session = await client.createSession(identity);
    await action(session, client);
    await session.close();
  } finally {
    await client.disconnect();
  }
}

async function discovery(plant) {
  const client = plant.newClient({ mode: "None" });
  await client.connect(plant.url);
  await client.getEndpoints();
  await client.findServers();
  await client.disconnect();
}

/** Every service that both peers know, once. */
async function tour(plant) {
  await discovery(plant);
  await withSession(plant, async (session) => {
    await browsing(session);
    await readingAndWriting(session);
    await calling(session);
    await history(session);
    await subscribing(session);
    await nodeManagement(session);

    const registered = await session.registerNodes([id("Boiler", "Level"), id("Boiler", "Flow")]);
    await session.read(registered.map(value));
    await session.unregisterNodes(registered);
    await ask(session, new CancelRequest({ requestHandle: 424242 }));
  }, { transportSettings: smallBuffers });
}

async function browsing(session) {
  const description = (nodeId) => ({
    nodeId, browseDirection: BrowseDirection.Forward, includeSubtypes: true, nodeClassMask: 0, resultMask: 63,
    referenceTypeId: resolveNodeId("HierarchicalReferences"),
  });
  await session.browse([description("ObjectsFolder"), description("ns=1;s=Plant"), description("ns=1;s=Nowhere")]);

  session.requestedMaxReferencesPerNode = 6;
  let page = await session.browse(description("ns=1;s=Boiler"));
  page = await session.browseNext(page.continuationPoint, false);
  await session.browseNext(page.continuationPoint, true);
  session.requestedMaxReferencesPerNode = 0;

  await session.translateBrowsePath([
    makeBrowsePath("ObjectsFolder", "/1:Plant/1:Boiler/1:Setpoint"),
    makeBrowsePath("ObjectsFolder", "/1:Plant/1:Absent"),
  ]);
}

async function readingAndWriting(session) {
  await session.read(plain.map((name) => value(id("Boiler", name))));
  await session.read(Object.values(AttributeIds).filter((number) => typeof number === "number" && number > 0 && number <= AttributeIds.AccessLevelEx)
    .map((attributeId) => ({ nodeId: id("Boiler", "Setpoint"), attributeId })));
  await session.read([
    value("ns=1;s=Missing"), value("i=2258"), value("i=2260"), value(`ns=77;g=12345678-90AB-CDEF-1234-567890ABCDEF`),
    value("ns=1;b=AAEC"), { ...value(id("Boiler", "Profile")), indexRange: "1:3" },
  ]);

  await session.write([
    { ...value(id("Boiler", "Setpoint")), value: scalar(DataType.Double, 57.25) },
    { ...value(id("Boiler", "Limit")), value: scalar(DataType.Int32, 2147483647) },
    { ...value(id("Boiler", "Valve")), value: scalar(DataType.Boolean, true) },
    { ...value(id("Boiler", "Note")), value: scalar(DataType.String, "gewartet \u00fc") },
    {
      ...value(id("Boiler", "Profile")),
      value: { value: { dataType: DataType.Float, arrayType: VariantArrayType.Array, value: new Float32Array([5, 4, 3, 2, 1]) } },
    },
    {
      ...value(id("Boiler", "Matrix")),
      value: {
        value: {
          dataType: DataType.Double, arrayType: VariantArrayType.Matrix, dimensions: [2, 3],
          value: new Float64Array([1, 2, 3, 4, 5, 6]),
        },
      },
    },
  ]);
  await session.write([
    { ...value(id("Boiler", "Serial")), value: scalar(DataType.String, "not allowed") },
    { ...value(id("Boiler", "Setpoint")), value: scalar(DataType.String, "wrong type") },
    { nodeId: id("Boiler", "Setpoint"), attributeId: AttributeIds.Description, value: { value: { dataType: DataType.LocalizedText, value: { text: "renamed" } } } },
  ]);
  await session.read([value(id("Boiler", "Setpoint")), value(id("Boiler", "Matrix"))]);

  const long = "0123456789".repeat(2000);
  await session.write({ ...value(id("Outlet", "Note")), value: scalar(DataType.String, long) });
  await session.read(value(id("Outlet", "Note")));
}

async function calling(session) {
  const calibrate = (inputArguments) => ({ objectId: "ns=1;s=Boiler", methodId: id("Boiler", "Calibrate"), inputArguments });
  await session.call([
    calibrate([{ dataType: DataType.Double, value: 1.5 }, { dataType: DataType.String, value: "drift" }]),
    { objectId: "ns=1;s=Boiler", methodId: id("Boiler", "Trip"), inputArguments: [] },
  ]);
  await session.call([calibrate([{ dataType: DataType.String, value: "no number" }])]);
}

async function history(session) {
  const end = new Date();
  const details = new ReadRawModifiedDetails({
    isReadModified: false, startTime: new Date(end.getTime() - 600_000), endTime: end, numValuesPerNode: 10,
    returnBounds: false,
  });
  await ask(session, new HistoryReadRequest({
    historyReadDetails: details, timestampsToReturn: TimestampsToReturn.Both, releaseContinuationPoints: false,
    nodesToRead: [{ nodeId: coerceNodeId(id("Boiler", "Pressure")) }, { nodeId: coerceNodeId(id("Boiler", "Flow")) }],
  }));
  await ask(session, new HistoryUpdateRequest({
    historyUpdateDetails: [new UpdateDataDetails({
      nodeId: coerceNodeId(id("Boiler", "Pressure")), performInsertReplace: 1,
      updateValues: [{ ...scalar(DataType.Double, 99.5), sourceTimestamp: end }],
    })],
  }));
}

async function subscribing(session) {
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 100, requestedLifetimeCount: 100, requestedMaxKeepAliveCount: 5,
    maxNotificationsPerPublish: 100, publishingEnabled: true, priority: 1,
  });
  const sampling = { samplingInterval: 100, queueSize: 10, discardOldest: true };
  const items = await subscription.monitorItems(
    [...measured.map((name) => value(id("Boiler", name))), value(id("Boiler", "Profile"))], sampling, TimestampsToReturn.Both);
  const filter = constructEventFilter(["EventId", "EventType", "SourceName", "Message", "Severity", "Time"]);
  await subscription.monitor(
    { nodeId: resolveNodeId("Server"), attributeId: AttributeIds.EventNotifier }, { ...sampling, filter },
    TimestampsToReturn.Both);
  await session.write({ ...value("ns=1;s=WatchedLevel"), value: scalar(DataType.Double, 95) });
  await sleep(1500);

  await subscription.modify({ requestedPublishingInterval: 200 });
  await items.setMonitoringMode(MonitoringMode.Sampling);
  await items.modify({ samplingInterval: 200, queueSize: 5, discardOldest: true });
  await subscription.setPublishingMode(false);
  await items.terminate();
  await ask(session, new TransferSubscriptionsRequest({ subscriptionIds: [subscription.subscriptionId + 1000] }));
  await subscription.terminate();
}

/** Services that this server refuses: refused, they are still seen. */
async function nodeManagement(session) {
  const setpoint = coerceNodeId(id("Boiler", "Setpoint"));
  const reference = { sourceNodeId: setpoint, referenceTypeId: resolveNodeId("Organizes"), isForward: true };
  await ask(session, new AddNodesRequest({
    nodesToAdd: [{
      parentNodeId: coerceNodeId("ns=1;s=Plant"), referenceTypeId: resolveNodeId("Organizes"), nodeClass: NodeClass.Object,
      requestedNewNodeId: coerceNodeId("ns=1;s=Backdoor"), browseName: { namespaceIndex: 1, name: "Backdoor" },
      typeDefinition: resolveNodeId("BaseObjectType"),
    }],
  }));
  await ask(session, new AddReferencesRequest({
    referencesToAdd: [{ ...reference, targetNodeId: coerceNodeId("ns=1;s=Plant"), targetNodeClass: NodeClass.Object }],
  }));
  await ask(session, new DeleteReferencesRequest({
    referencesToDelete: [{ ...reference, targetNodeId: coerceNodeId("ns=1;s=Plant"), deleteBidirectional: false }],
  }));
  await ask(session, new DeleteNodesRequest({ nodesToDelete: [{ nodeId: setpoint, deleteTargetReferences: false }] }));
  await ask(session, new QueryFirstRequest({}));
}

/**
 * What an HMI does all day: a subscription on what is measured, a round of reads, now and then a setpoint, and a new
 * connection every so often.
 */
async function normal(plant) {
  const end = Date.now() + plant.seconds * 1000;
  const stretch = Math.max(3000, Math.min(20_000, plant.seconds * 400));
  for (let round = 0; Date.now() < end; round++) {
    await withSession(plant, async (session) => {
      const subscription = await session.createSubscription2({
        requestedPublishingInterval: 200, requestedLifetimeCount: 100, requestedMaxKeepAliveCount: 5,
        maxNotificationsPerPublish: 100, publishingEnabled: true, priority: 1,
      });
      await subscription.monitorItems(
        areas.flatMap((area) => measured.map((name) => value(id(area, name)))),
        { samplingInterval: 200, queueSize: 5, discardOldest: true }, TimestampsToReturn.Both);

      const stop = Math.min(end, Date.now() + stretch);
      for (let turn = 0; Date.now() < stop; turn++) {
        const area = areas[turn % areas.length];
        await session.read(["Running", "Valve", "Starts", "Mode", "Setpoint"].map((name) => value(id(area, name))));
        if (turn % areas.length === 0) {
          const wanted = 50 + ((turn / areas.length) % 5) / 2;
          await session.write({ ...value(id("Boiler", "Setpoint")), value: scalar(DataType.Double, wanted) });
        }
        await sleep(250);
      }
      await subscription.terminate();
    });
  }
}

/** Browses everything that can be reached, breadth first, as an explorer does that has never been here. */
async function sweep(plant) {
  await withSession(plant, async (session) => {
    const seen = new Set(["RootFolder"]);
    for (let level = ["RootFolder"]; level.length && seen.size < 1500;) {
      const next = [];
      for (let i = 0; i < level.length; i += 5) {
        const results = await session.browse(level.slice(i, i + 5).map((nodeId) => ({
          nodeId, browseDirection: BrowseDirection.Forward, includeSubtypes: true, nodeClassMask: 0, resultMask: 63,
          referenceTypeId: resolveNodeId("HierarchicalReferences"),
        })));
        for (const reference of results.flatMap((result) => result.references ?? [])) {
          const found = reference.nodeId.toString();
          if (!seen.has(found)) {
            seen.add(found);
            next.push(found);
          }
        }
      }
      level = next;
    }
    const found = [...seen].slice(1, 200);
    for (let i = 0; i < found.length; i += 20) await session.read(found.slice(i, i + 20).map(value));
  });
}

const firstWrite = (plant) => withSession(plant, async (session) => {
  await session.read(value(id("Turbine", "Limit")));
  await session.write({ ...value(id("Turbine", "Limit")), value: scalar(DataType.Int32, 31337) });
});

const call = (plant) => withSession(plant, (session) =>
  session.call([{ objectId: "ns=1;s=Turbine", methodId: id("Turbine", "Trip"), inputArguments: [] }]));

/** The work of normal operation on the endpoint without security. */
const downgrade = (plant) => normal({ ...plant, newClient: (more) => plant.newClient({ ...more, mode: "None" }) });

async function guess(plant) {
  const client = plant.newClient();
  await client.connect(plant.url);
  for (let i = 0; i < 25; i++) {
    await expectFailure("password", async () => {
      const session = await client.createSession({ type: UserTokenType.UserName, userName: "engineer", password: `guess${i}` });
      await session.close();
    });
  }
  await client.disconnect();
}

/** Secure channels opened one after the other and left open until the end. */
async function channels(plant) {
  const open = [];
  for (let i = 0; i < 40; i++) {
    const client = plant.newClient();
    await expectFailure("channel", () => client.connect(plant.url));
    open.push(client);
  }
  await Promise.all(open.map((client) => client.disconnect()));
}

module.exports = {
  programmes: {
    discovery, tour, normal, sweep, "first-write": firstWrite, call, downgrade, guess, channels,
    chunks: raw.chunks, nesting: raw.nesting, paths: raw.paths,
  },
};
