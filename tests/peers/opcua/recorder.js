// What the client itself knows of its own traffic, one JSON object a line, in the order in which it happened.
//
// Every request the library hands to a secure channel and every response a secure channel hands back is written, whoever
// asked for it: also the library's own keep-alives, publishes and token renewals.
//
//   programme   name, mode, user: what the client was told to do
//   connected   connection (ordinal), localAddress, localPort
//   request     connection, requestId, type (OPN, MSG, CLO), service, operations: one per node where the service has nodes
//   response    connection, requestId, service (ServiceFault included), status, results in the order of the operations
//   chunk       connection, direction, type with chunk letter, size: every chunk as it is on the wire
//   token       connection, channelId, tokenId, lifetime, renewed
//   failed      programme's own expectation of an error: what failed and how
"use strict";

const fs = require("node:fs");
const net = require("node:net");
const { AttributeIds, ClientSecureChannelLayer, DataType, VariantArrayType } = require("node-opcua-client");

let file;
let connections = 0;
const ordinals = new WeakMap();
const sockets = new WeakMap();

function write(event, fields) {
  fs.writeSync(file, `${JSON.stringify({ time: Date.now(), event, ...fields })}\n`);
}

/** Starts the log and hooks the library. From then on every connection leaves from the address given, if one is. */
function record(path, localAddress) {
  file = fs.openSync(path, "w");

  const createConnection = net.createConnection;
  net.createConnection = (options, ...rest) =>
    createConnection(localAddress ? { ...options, localAddress } : options, ...rest);

  const emit = ClientSecureChannelLayer.prototype.emit;
  ClientSecureChannelLayer.prototype.emit = function (name, ...values) {
    observe(this, name, values);
    return emit.call(this, name, ...values);
  };
}

function observe(channel, name, values) {
  switch (name) {
    case "send_request": {
      const [request, type] = values;
      write("request", {
        connection: connectionOf(channel),
        requestId: request.requestHeader.requestHandle,
        type,
        service: request.schema.name.replace(/Request$/, ""),
        ...describeRequest(request),
      });
      break;
    }
    case "message": {
      const [response, type, , requestId] = values;
      write("response", {
        connection: connectionOf(channel),
        requestId,
        type,
        service: response.schema.name.replace(/Response$/, ""),
        status: response.responseHeader.serviceResult.name,
        ...describeResponse(response),
      });
      break;
    }
    case "send_chunk":
    case "receive_chunk": {
      const chunk = values[0];
      write("chunk", {
        connection: connectionOf(channel),
        direction: name === "send_chunk" ? "sent" : "received",
        type: chunk.toString("latin1", 0, 4),
        size: chunk.length,
      });
      break;
    }
    case "security_token_created":
    case "security_token_renewed": {
      const token = values[0];
      write("token", {
        connection: connectionOf(channel),
        channelId: token.channelId,
        tokenId: token.tokenId,
        lifetime: token.revisedLifetime,
        renewed: name === "security_token_renewed",
      });
      break;
    }
  }
}

/** The ordinal of the TCP connection that the channel uses now; a channel may come to a second one by reconnecting. */
function connectionOf(channel) {
  const socket = channel.getTransport()?._socket;
  if (!socket) return ordinals.get(channel) ?? 0;
  let ordinal = sockets.get(socket);
  if (!ordinal) {
    ordinal = ++connections;
    sockets.set(socket, ordinal);
    write("connected", { connection: ordinal, localAddress: socket.localAddress, localPort: socket.localPort });
  }
  ordinals.set(channel, ordinal);
  return ordinal;
}

// ---------------------------------------------------------------------------------------------------- fields by service

const list = (items) => Array.from(items ?? []);
const node = (id) => (id ? id.toString().replace(/^ns=0;/, "") : null);
const status = (code) => code?.name ?? null;
const time = (date) => (date ? date.toISOString() : null);
const qualified = (name) => (name ? `${name.namespaceIndex ? `${name.namespaceIndex}:` : ""}${name.name ?? ""}` : null);
const text = (localized) => localized?.text ?? null;

/** The name of a body in an extension object. */
const bodyType = (extension) => extension?.schema?.name ?? null;

function scalar(dataType, value) {
  if (value === null || value === undefined) return null;
  switch (dataType) {
    case DataType.Int64:
    case DataType.UInt64: {
      const number = (BigInt(value[0]) << 32n) | BigInt(value[1]);
      return (dataType === DataType.Int64 ? BigInt.asIntN(64, number) : number).toString();
    }
    case DataType.DateTime:
      return time(value);
    case DataType.ByteString:
      return Buffer.from(value).toString("hex");
    case DataType.NodeId:
    case DataType.ExpandedNodeId:
      return node(value);
    case DataType.StatusCode:
      return status(value);
    case DataType.QualifiedName:
      return qualified(value);
    case DataType.LocalizedText:
      return text(value);
    case DataType.ExtensionObject:
      return bodyType(value);
    case DataType.Variant:
      return variant(value);
    case DataType.DataValue:
      return dataValue(value);
    case DataType.Float:
    case DataType.Double:
      return Number.isFinite(value) ? value : String(value);
    default:
      return value;
  }
}

function variant(value) {
  if (!value || value.dataType === DataType.Null) return null;
  const type = DataType[value.dataType];
  if (value.arrayType === VariantArrayType.Scalar) return { type, value: scalar(value.dataType, value.value) };
  const values = list(value.value).map((item) => scalar(value.dataType, item));
  return value.arrayType === VariantArrayType.Matrix
    ? { type, dimensions: list(value.dimensions), value: values }
    : { type, value: values };
}

const dataValue = (value) => ({
  status: status(value.statusCode),
  value: variant(value.value),
  sourceTimestamp: time(value.sourceTimestamp),
  serverTimestamp: time(value.serverTimestamp),
});

const readTarget = (item) => ({
  node: node(item.nodeId),
  attribute: AttributeIds[item.attributeId],
  ...(item.indexRange && !item.indexRange.isEmpty() ? { range: item.indexRange.toString() } : {}),
});

const filterOf = (filter) => ({
  filter: bodyType(filter),
  ...(filter?.selectClauses
    ? { select: list(filter.selectClauses).map((clause) => list(clause.browsePath).map(qualified).join("/")) }
    : {}),
});

const endpoint = (description) => ({
  endpointUrl: description.endpointUrl,
  mode: description.securityMode,
  policy: description.securityPolicyUri,
  tokens: list(description.userIdentityTokens).map((token) => token.policyId),
});

const requests = {
  GetEndpoints: (r) => ({ endpointUrl: r.endpointUrl }),
  FindServers: (r) => ({ endpointUrl: r.endpointUrl }),
  OpenSecureChannel: (r) => ({ requestType: r.requestType, mode: r.securityMode, lifetime: r.requestedLifetime }),
  CreateSession: (r) => ({
    applicationUri: r.clientDescription.applicationUri,
    applicationName: text(r.clientDescription.applicationName),
    productUri: r.clientDescription.productUri,
    endpointUrl: r.endpointUrl,
    sessionName: r.sessionName,
    timeout: r.requestedSessionTimeout,
  }),
  ActivateSession: (r) => ({
    token: bodyType(r.userIdentityToken),
    policyId: r.userIdentityToken?.policyId,
    userName: r.userIdentityToken?.userName,
    encryption: r.userIdentityToken?.encryptionAlgorithm,
  }),
  CloseSession: (r) => ({ deleteSubscriptions: r.deleteSubscriptions }),
  Cancel: (r) => ({ cancelled: r.requestHandle }),
  Browse: (r) => ({
    operations: list(r.nodesToBrowse).map((item) => ({ node: node(item.nodeId), direction: item.browseDirection })),
  }),
  BrowseNext: (r) => ({
    release: r.releaseContinuationPoints,
    operations: list(r.continuationPoints).map((point) => ({ continuationPoint: point?.toString("hex") })),
  }),
  TranslateBrowsePathsToNodeIds: (r) => ({
    operations: list(r.browsePaths).map((path) => ({
      node: node(path.startingNode),
      path: list(path.relativePath?.elements).map((element) => qualified(element.targetName)),
    })),
  }),
  RegisterNodes: (r) => ({ operations: list(r.nodesToRegister).map((id) => ({ node: node(id) })) }),
  UnregisterNodes: (r) => ({ operations: list(r.nodesToUnregister).map((id) => ({ node: node(id) })) }),
  Read: (r) => ({ operations: list(r.nodesToRead).map(readTarget) }),
  Write: (r) => ({ operations: list(r.nodesToWrite).map((item) => ({ ...readTarget(item), ...dataValue(item.value) })) }),
  HistoryRead: (r) => ({
    details: bodyType(r.historyReadDetails),
    operations: list(r.nodesToRead).map((item) => ({ node: node(item.nodeId) })),
  }),
  HistoryUpdate: (r) => ({
    operations: list(r.historyUpdateDetails).map((item) => ({ node: node(item?.nodeId), details: bodyType(item) })),
  }),
  Call: (r) => ({
    operations: list(r.methodsToCall).map((call) => ({
      node: node(call.objectId),
      method: node(call.methodId),
      arguments: list(call.inputArguments).map(variant),
    })),
  }),
  CreateSubscription: (r) => ({ interval: r.requestedPublishingInterval }),
  ModifySubscription: (r) => ({ subscription: r.subscriptionId, interval: r.requestedPublishingInterval }),
  SetPublishingMode: (r) => ({ subscriptions: list(r.subscriptionIds), enabled: r.publishingEnabled }),
  DeleteSubscriptions: (r) => ({ subscriptions: list(r.subscriptionIds) }),
  TransferSubscriptions: (r) => ({ subscriptions: list(r.subscriptionIds) }),
  Publish: (r) => ({
    acknowledged: list(r.subscriptionAcknowledgements).map((item) => [item.subscriptionId, item.sequenceNumber]),
  }),
  Republish: (r) => ({ subscription: r.subscriptionId, sequenceNumber: r.retransmitSequenceNumber }),
  CreateMonitoredItems: (r) => ({
    subscription: r.subscriptionId,
    operations: list(r.itemsToCreate).map((item) => ({
      ...readTarget(item.itemToMonitor),
      clientHandle: item.requestedParameters.clientHandle,
      ...filterOf(item.requestedParameters.filter),
    })),
  }),
  ModifyMonitoredItems: (r) => ({
    subscription: r.subscriptionId,
    operations: list(r.itemsToModify).map((item) => ({ item: item.monitoredItemId })),
  }),
  SetMonitoringMode: (r) => ({ subscription: r.subscriptionId, items: list(r.monitoredItemIds), mode: r.monitoringMode }),
  DeleteMonitoredItems: (r) => ({ subscription: r.subscriptionId, items: list(r.monitoredItemIds) }),
  AddNodes: (r) => ({
    operations: list(r.nodesToAdd).map((item) => ({
      node: node(item.requestedNewNodeId), parent: node(item.parentNodeId), name: qualified(item.browseName),
    })),
  }),
  DeleteNodes: (r) => ({ operations: list(r.nodesToDelete).map((item) => ({ node: node(item.nodeId) })) }),
  AddReferences: (r) => ({
    operations: list(r.referencesToAdd).map((item) => ({
      node: node(item.sourceNodeId), target: node(item.targetNodeId), reference: node(item.referenceTypeId),
    })),
  }),
  DeleteReferences: (r) => ({
    operations: list(r.referencesToDelete).map((item) => ({
      node: node(item.sourceNodeId), target: node(item.targetNodeId), reference: node(item.referenceTypeId),
    })),
  }),
};

const browseResult = (result) => ({
  status: status(result.statusCode),
  more: Boolean(result.continuationPoint?.length),
  references: list(result.references).map((reference) => ({
    node: node(reference.nodeId), name: qualified(reference.browseName), class: reference.nodeClass,
  })),
});

const statuses = (r) => ({ results: list(r.results).map((code) => ({ status: status(code) })) });

const responses = {
  GetEndpoints: (r) => ({ endpoints: list(r.endpoints).map(endpoint) }),
  FindServers: (r) => ({ servers: list(r.servers).map((server) => server.applicationUri) }),
  OpenSecureChannel: (r) => ({
    channelId: r.securityToken.channelId, tokenId: r.securityToken.tokenId, lifetime: r.securityToken.revisedLifetime,
  }),
  CreateSession: (r) => ({
    sessionId: node(r.sessionId), timeout: r.revisedSessionTimeout, endpoints: list(r.serverEndpoints).map(endpoint),
  }),
  ActivateSession: statuses,
  Cancel: (r) => ({ cancelCount: r.cancelCount }),
  Browse: (r) => ({ results: list(r.results).map(browseResult) }),
  BrowseNext: (r) => ({ results: list(r.results).map(browseResult) }),
  TranslateBrowsePathsToNodeIds: (r) => ({
    results: list(r.results).map((result) => ({
      status: status(result.statusCode), targets: list(result.targets).map((target) => node(target.targetId)),
    })),
  }),
  RegisterNodes: (r) => ({ results: list(r.registeredNodeIds).map((id) => ({ node: node(id) })) }),
  Read: (r) => ({ results: list(r.results).map(dataValue) }),
  Write: statuses,
  HistoryRead: (r) => ({
    results: list(r.results).map((result) => ({
      status: status(result.statusCode),
      values: list(result.historyData?.dataValues).map(dataValue),
    })),
  }),
  HistoryUpdate: (r) => ({ results: list(r.results).map((result) => ({ status: status(result.statusCode) })) }),
  Call: (r) => ({
    results: list(r.results).map((result) => ({
      status: status(result.statusCode), outputs: list(result.outputArguments).map(variant),
    })),
  }),
  CreateSubscription: (r) => ({ subscription: r.subscriptionId, interval: r.revisedPublishingInterval }),
  ModifySubscription: (r) => ({ interval: r.revisedPublishingInterval }),
  SetPublishingMode: statuses,
  DeleteSubscriptions: statuses,
  TransferSubscriptions: (r) => ({ results: list(r.results).map((result) => ({ status: status(result.statusCode) })) }),
  CreateMonitoredItems: (r) => ({
    results: list(r.results).map((result) => ({ status: status(result.statusCode), item: result.monitoredItemId })),
  }),
  ModifyMonitoredItems: (r) => ({ results: list(r.results).map((result) => ({ status: status(result.statusCode) })) }),
  SetMonitoringMode: statuses,
  DeleteMonitoredItems: statuses,
  AddNodes: (r) => ({
    results: list(r.results).map((result) => ({ status: status(result.statusCode), node: node(result.addedNodeId) })),
  }),
  DeleteNodes: statuses,
  AddReferences: statuses,
  DeleteReferences: statuses,
  Publish: (r) => ({
    subscription: r.subscriptionId,
    sequenceNumber: r.notificationMessage?.sequenceNumber,
    results: list(r.results).map((code) => ({ status: status(code) })),
    notifications: list(r.notificationMessage?.notificationData).map((data) => ({
      type: bodyType(data),
      ...(data?.monitoredItems
        ? { values: list(data.monitoredItems).map((item) => ({ clientHandle: item.clientHandle, ...dataValue(item.value) })) }
        : {}),
      ...(data?.events
        ? { events: list(data.events).map((item) => ({ clientHandle: item.clientHandle, fields: list(item.eventFields).map(variant) })) }
        : {}),
      ...(data?.status ? { status: status(data.status) } : {}),
    })),
  }),
};

const describeRequest = (request) => requests[request.schema.name.replace(/Request$/, "")]?.(request) ?? {};
const describeResponse = (response) => responses[response.schema.name.replace(/Response$/, "")]?.(response) ?? {};

module.exports = { record, write };
