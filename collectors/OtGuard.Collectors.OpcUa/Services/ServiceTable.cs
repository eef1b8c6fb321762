using static OtGuard.Collectors.OpcUa.Services.Field;
using Kind = OtGuard.Collectors.OpcUa.Services.FieldKind;

namespace OtGuard.Collectors.OpcUa.Services;

/// <summary>
/// Every service of OPC UA Part 4 with the type ids of its request and response in the binary encoding, and their fields.
/// </summary>
/// <remarks>
/// OPC UA Part 4 v1.05 §5 and §6.3 (fields), Part 6 v1.05 Annex A (type ids: the NodeIds of the default binary encodings
/// in namespace 0). A structure is read by its description; the description also gives the JSON.
/// </remarks>
internal static class ServiceTable
{
    /// <summary>The type id of a ServiceFault: an answer to any request.</summary>
    public const ushort ServiceFault = 397;

    private const FieldRole Node = FieldRole.Node;
    private const FieldRole Status = FieldRole.Status;

    private static readonly Field[] None = [];

    private static readonly Field[] ApplicationDescription =
    [
        new("applicationUri", Kind.String), new("productUri", Kind.String), new("applicationName", Kind.LocalizedText),
        new("applicationType", Kind.Int32), new("gatewayServerUri", Kind.String), new("discoveryProfileUri", Kind.String),
        ArrayOf("discoveryUrls", Kind.String),
    ];

    private static readonly Field[] UserTokenPolicy =
    [
        new("policyId", Kind.String), new("tokenType", Kind.Int32), new("issuedTokenType", Kind.String),
        new("issuerEndpointUrl", Kind.String), new("securityPolicyUri", Kind.String),
    ];

    private static readonly Field[] EndpointDescription =
    [
        new("endpointUrl", Kind.String), Of("server", ApplicationDescription), new("serverCertificate", Kind.ByteString),
        new("securityMode", Kind.Int32), new("securityPolicyUri", Kind.String), ArrayOf("userIdentityTokens", UserTokenPolicy),
        new("transportProfileUri", Kind.String), new("securityLevel", Kind.Byte),
    ];

    private static readonly Field[] SignatureData = [new("algorithm", Kind.String), new("signature", Kind.ByteString)];

    private static readonly Field[] SignedSoftwareCertificate =
        [new("certificateData", Kind.ByteString), new("signature", Kind.ByteString)];

    private static readonly Field[] RegisteredServer =
    [
        new("serverUri", Kind.String), new("productUri", Kind.String), ArrayOf("serverNames", Kind.LocalizedText),
        new("serverType", Kind.Int32), new("gatewayServerUri", Kind.String), ArrayOf("discoveryUrls", Kind.String),
        new("semaphoreFilePath", Kind.String), new("isOnline", Kind.Boolean),
    ];

    private static readonly Field[] ViewDescription =
        [new("viewId", Kind.NodeId), new("timestamp", Kind.DateTime), new("viewVersion", Kind.UInt32)];

    private static readonly Field[] RelativePath =
    [
        ArrayOf(
            "elements",
            [
                new("referenceTypeId", Kind.NodeId), new("isInverse", Kind.Boolean), new("includeSubtypes", Kind.Boolean),
                new("targetName", Kind.QualifiedName),
            ]),
    ];

    private static readonly Field[] MonitoringParameters =
    [
        new("clientHandle", Kind.UInt32, FieldRole.Handle), new("samplingInterval", Kind.Double), new("filter", Kind.ExtensionObject),
        new("queueSize", Kind.UInt32), new("discardOldest", Kind.Boolean),
    ];

    private static readonly Field[] ReferenceDescription =
    [
        new("referenceTypeId", Kind.NodeId), new("isForward", Kind.Boolean), new("nodeId", Kind.ExpandedNodeId),
        new("browseName", Kind.QualifiedName), new("displayName", Kind.LocalizedText), new("nodeClass", Kind.Int32),
        new("typeDefinition", Kind.ExpandedNodeId),
    ];

    private static readonly Field[] StatusAndDetails =
        [new("statusCode", Kind.StatusCode), ArrayOf("operandStatusCodes", Kind.StatusCode), ArrayOf("operandDiagnosticInfos", Kind.DiagnosticInfo)];

    private static readonly Field[] NotificationMessage =
        [new("sequenceNumber", Kind.UInt32), new("publishTime", Kind.DateTime), ArrayOf("notificationData", Kind.ExtensionObject)];

    private static readonly Field[] QueryDataSet =
        [new("nodeId", Kind.ExpandedNodeId), new("typeDefinitionNode", Kind.ExpandedNodeId), ArrayOf("values", Kind.Variant)];

    private static readonly Field Diagnostics = ArrayOf("diagnosticInfos", Kind.DiagnosticInfo);

    /// <summary>The item of services that answer each operation with a StatusCode alone.</summary>
    private static readonly MessageShape StatusCodes = new(None, [new("statusCode", Kind.StatusCode, Status)], [Diagnostics]);

    private static readonly MessageShape BrowseResults = new(
        None,
        [
            new("statusCode", Kind.StatusCode, Status), new("continuationPoint", Kind.ByteString),
            ArrayOf("references", ReferenceDescription),
        ],
        [Diagnostics]);

    /// <summary>All services, in the order of the standard.</summary>
    public static readonly Service[] All =
    [
        // Discovery service set, §5.5.
        new("FindServers", 422, 425, Operation.Discover,
            MessageShape.Of(new("endpointUrl", Kind.String), ArrayOf("localeIds", Kind.String), ArrayOf("serverUris", Kind.String)),
            MessageShape.Of(ArrayOf("servers", ApplicationDescription))),
        new("FindServersOnNetwork", 12208, 12209, Operation.Discover,
            MessageShape.Of(
                new("startingRecordId", Kind.UInt32), new("maxRecordsToReturn", Kind.UInt32), ArrayOf("serverCapabilityFilter", Kind.String)),
            MessageShape.Of(
                new("lastCounterResetTime", Kind.DateTime),
                ArrayOf(
                    "servers",
                    [
                        new("recordId", Kind.UInt32), new("serverName", Kind.String), new("discoveryUrl", Kind.String),
                        ArrayOf("serverCapabilities", Kind.String),
                    ]))),
        new("GetEndpoints", 428, 431, Operation.Discover,
            MessageShape.Of(new("endpointUrl", Kind.String), ArrayOf("localeIds", Kind.String), ArrayOf("profileUris", Kind.String)),
            MessageShape.Of(ArrayOf("endpoints", EndpointDescription))),
        new("RegisterServer", 437, 440, Operation.Discover,
            MessageShape.Of(Of("server", RegisteredServer)), MessageShape.Of()),
        new("RegisterServer2", 12211, 12212, Operation.Discover,
            MessageShape.Of(Of("server", RegisteredServer), ArrayOf("discoveryConfiguration", Kind.ExtensionObject)),
            MessageShape.Of(ArrayOf("configurationResults", Kind.StatusCode), Diagnostics)),

        // SecureChannel service set, §5.6.
        new("OpenSecureChannel", 446, 449, Operation.OpenChannel,
            MessageShape.Of(
                new("clientProtocolVersion", Kind.UInt32), new("requestType", Kind.Int32), new("securityMode", Kind.Int32),
                new("clientNonce", Kind.ByteString), new("requestedLifetime", Kind.UInt32)),
            MessageShape.Of(
                new("serverProtocolVersion", Kind.UInt32),
                Of(
                    "securityToken",
                    [
                        new("channelId", Kind.UInt32), new("tokenId", Kind.UInt32), new("createdAt", Kind.DateTime),
                        new("revisedLifetime", Kind.UInt32),
                    ]),
                new("serverNonce", Kind.ByteString))),
        new("CloseSecureChannel", 452, 455, Operation.CloseChannel, MessageShape.Of(), MessageShape.Of()),

        // Session service set, §5.7.
        new("CreateSession", 461, 464, Operation.OpenSession,
            MessageShape.Of(
                Of("clientDescription", ApplicationDescription), new("serverUri", Kind.String), new("endpointUrl", Kind.String),
                new("sessionName", Kind.String), new("clientNonce", Kind.ByteString), new("clientCertificate", Kind.ByteString),
                new("requestedSessionTimeout", Kind.Double), new("maxResponseMessageSize", Kind.UInt32)),
            MessageShape.Of(
                new("sessionId", Kind.NodeId), new("authenticationToken", Kind.NodeId), new("revisedSessionTimeout", Kind.Double),
                new("serverNonce", Kind.ByteString), new("serverCertificate", Kind.ByteString),
                ArrayOf("serverEndpoints", EndpointDescription),
                ArrayOf("serverSoftwareCertificates", SignedSoftwareCertificate), Of("serverSignature", SignatureData),
                new("maxRequestMessageSize", Kind.UInt32))),
        new("ActivateSession", 467, 470, Operation.Authenticate,
            MessageShape.Of(
                Of("clientSignature", SignatureData),
                ArrayOf("clientSoftwareCertificates", SignedSoftwareCertificate), ArrayOf("localeIds", Kind.String),
                new("userIdentityToken", Kind.ExtensionObject), Of("userTokenSignature", SignatureData)),
            MessageShape.Of(new("serverNonce", Kind.ByteString), ArrayOf("results", Kind.StatusCode), Diagnostics)),
        new("CloseSession", 473, 476, Operation.CloseSession,
            MessageShape.Of(new Field("deleteSubscriptions", Kind.Boolean)), MessageShape.Of()),
        new("Cancel", 479, 482, Operation.Cancel,
            MessageShape.Of(new Field("requestHandle", Kind.UInt32)), MessageShape.Of(new Field("cancelCount", Kind.UInt32))),

        // NodeManagement service set, §5.8.
        new("AddNodes", 488, 491, Operation.ChangeModel,
            new(None,
                [
                    new("parentNodeId", Kind.ExpandedNodeId), new("referenceTypeId", Kind.NodeId),
                    new("requestedNewNodeId", Kind.ExpandedNodeId, Node), new("browseName", Kind.QualifiedName),
                    new("nodeClass", Kind.Int32), new("nodeAttributes", Kind.ExtensionObject),
                    new("typeDefinition", Kind.ExpandedNodeId),
                ],
                None),
            new(None, [new("statusCode", Kind.StatusCode, Status), new("addedNodeId", Kind.NodeId, FieldRole.NodeInstead)], [Diagnostics])),
        new("AddReferences", 494, 497, Operation.ChangeModel,
            new(None,
                [
                    new("sourceNodeId", Kind.NodeId, Node), new("referenceTypeId", Kind.NodeId), new("isForward", Kind.Boolean),
                    new("targetServerUri", Kind.String), new("targetNodeId", Kind.ExpandedNodeId), new("targetNodeClass", Kind.Int32),
                ],
                None),
            StatusCodes),
        new("DeleteNodes", 500, 503, Operation.ChangeModel,
            new(None, [new("nodeId", Kind.NodeId, Node), new("deleteTargetReferences", Kind.Boolean)], None), StatusCodes),
        new("DeleteReferences", 506, 509, Operation.ChangeModel,
            new(None,
                [
                    new("sourceNodeId", Kind.NodeId, Node), new("referenceTypeId", Kind.NodeId), new("isForward", Kind.Boolean),
                    new("targetNodeId", Kind.ExpandedNodeId), new("deleteBidirectional", Kind.Boolean),
                ],
                None),
            StatusCodes),

        // View service set, §5.9.
        new("Browse", 527, 530, Operation.Browse,
            new([Of("view", ViewDescription), new("requestedMaxReferencesPerNode", Kind.UInt32)],
                [
                    new("nodeId", Kind.NodeId, Node), new("browseDirection", Kind.Int32), new("referenceTypeId", Kind.NodeId),
                    new("includeSubtypes", Kind.Boolean), new("nodeClassMask", Kind.UInt32), new("resultMask", Kind.UInt32),
                ],
                None),
            BrowseResults),
        new("BrowseNext", 533, 536, Operation.Browse,
            new([new("releaseContinuationPoints", Kind.Boolean)], [new("continuationPoint", Kind.ByteString)], None), BrowseResults),
        new("TranslateBrowsePathsToNodeIds", 554, 557, Operation.Browse,
            new(None, [new("startingNode", Kind.NodeId, Node), Of("relativePath", RelativePath)], None),
            new(None,
                [
                    new("statusCode", Kind.StatusCode, Status),
                    ArrayOf("targets", [new("targetId", Kind.ExpandedNodeId), new("remainingPathIndex", Kind.UInt32)]),
                ],
                [Diagnostics])),
        new("RegisterNodes", 560, 563, Operation.Browse,
            new(None, [new("nodeId", Kind.NodeId, Node)], None),
            new(None, [new("registeredNodeId", Kind.NodeId, FieldRole.NodeInstead)], None)),
        new("UnregisterNodes", 566, 569, Operation.Browse,
            new(None, [new("nodeId", Kind.NodeId, Node)], None), MessageShape.Of()),

        // Query service set, Annex B.
        new("QueryFirst", 615, 618, Operation.Browse,
            MessageShape.Of(
                Of("view", ViewDescription),
                ArrayOf(
                    "nodeTypes",
                    [
                        new("typeDefinitionNode", Kind.ExpandedNodeId), new("includeSubTypes", Kind.Boolean),
                        ArrayOf(
                            "dataToReturn",
                            [Of("relativePath", RelativePath), new("attributeId", Kind.UInt32), new("indexRange", Kind.String)]),
                    ]),
                Of("filter", [ArrayOf("elements", [new("filterOperator", Kind.Int32), ArrayOf("filterOperands", Kind.ExtensionObject)])]),
                new("maxDataSetsToReturn", Kind.UInt32), new("maxReferencesToReturn", Kind.UInt32)),
            MessageShape.Of(
                ArrayOf("queryDataSets", QueryDataSet), new("continuationPoint", Kind.ByteString),
                ArrayOf(
                    "parsingResults",
                    [
                        new("statusCode", Kind.StatusCode), ArrayOf("dataStatusCodes", Kind.StatusCode),
                        ArrayOf("dataDiagnosticInfos", Kind.DiagnosticInfo),
                    ]),
                Diagnostics,
                Of("filterResult", [ArrayOf("elementResults", StatusAndDetails), ArrayOf("elementDiagnosticInfos", Kind.DiagnosticInfo)]))),
        new("QueryNext", 621, 624, Operation.Browse,
            MessageShape.Of(new("releaseContinuationPoint", Kind.Boolean), new("continuationPoint", Kind.ByteString)),
            MessageShape.Of(ArrayOf("queryDataSets", QueryDataSet), new("revisedContinuationPoint", Kind.ByteString))),

        // Attribute service set, §5.11.
        new("Read", 631, 634, Operation.Read,
            new([new("maxAge", Kind.Double), new("timestampsToReturn", Kind.Int32)],
                [
                    new("nodeId", Kind.NodeId, Node), new("attributeId", Kind.UInt32, FieldRole.Attribute),
                    new("indexRange", Kind.String), new("dataEncoding", Kind.QualifiedName),
                ],
                None),
            new(None, [new("value", Kind.DataValue, FieldRole.Value)], [Diagnostics])),
        new("HistoryRead", 664, 667, Operation.ReadRecords,
            new([new("historyReadDetails", Kind.ExtensionObject), new("timestampsToReturn", Kind.Int32), new("releaseContinuationPoints", Kind.Boolean)],
                [
                    new("nodeId", Kind.NodeId, Node), new("indexRange", Kind.String), new("dataEncoding", Kind.QualifiedName),
                    new("continuationPoint", Kind.ByteString),
                ],
                None),
            new(None,
                [
                    new("statusCode", Kind.StatusCode, Status), new("continuationPoint", Kind.ByteString),
                    new("historyData", Kind.ExtensionObject),
                ],
                [Diagnostics])),
        new("Write", 673, 676, Operation.Write,
            new(None,
                [
                    new("nodeId", Kind.NodeId, Node), new("attributeId", Kind.UInt32, FieldRole.Attribute),
                    new("indexRange", Kind.String), new("value", Kind.DataValue, FieldRole.Value),
                ],
                None),
            StatusCodes),
        new("HistoryUpdate", 700, 703, Operation.WriteRecords,
            new(None, [new("historyUpdateDetails", Kind.ExtensionObject, FieldRole.NodeInside)], None),
            new(None,
                [
                    new("statusCode", Kind.StatusCode, Status), ArrayOf("operationResults", Kind.StatusCode), Diagnostics,
                ],
                [Diagnostics])),

        // Method service set, §5.12.
        new("Call", 712, 715, Operation.Call,
            new(None,
                [
                    new("objectId", Kind.NodeId, FieldRole.Object), new("methodId", Kind.NodeId, Node),
                    ArrayOf("inputArguments", Kind.Variant, FieldRole.Value),
                ],
                None),
            new(None,
                [
                    new("statusCode", Kind.StatusCode, Status), ArrayOf("inputArgumentResults", Kind.StatusCode),
                    ArrayOf("inputArgumentDiagnosticInfos", Kind.DiagnosticInfo), ArrayOf("outputArguments", Kind.Variant, FieldRole.Value),
                ],
                [Diagnostics])),

        // MonitoredItem service set, §5.13.
        new("CreateMonitoredItems", 751, 754, Operation.Subscribe,
            new([new("subscriptionId", Kind.UInt32, FieldRole.Subscription), new("timestampsToReturn", Kind.Int32)],
                [
                    new("nodeId", Kind.NodeId, Node), new("attributeId", Kind.UInt32, FieldRole.Attribute),
                    new("indexRange", Kind.String), new("dataEncoding", Kind.QualifiedName), new("monitoringMode", Kind.Int32),
                    .. MonitoringParameters,
                ],
                None),
            new(None,
                [
                    new("statusCode", Kind.StatusCode, Status), new("monitoredItemId", Kind.UInt32, FieldRole.Identifier),
                    new("revisedSamplingInterval", Kind.Double), new("revisedQueueSize", Kind.UInt32),
                    new("filterResult", Kind.ExtensionObject),
                ],
                [Diagnostics])),
        new("ModifyMonitoredItems", 763, 766, Operation.Subscribe,
            new([new("subscriptionId", Kind.UInt32, FieldRole.Subscription), new("timestampsToReturn", Kind.Int32)],
                [new("monitoredItemId", Kind.UInt32, FieldRole.Identifier), .. MonitoringParameters],
                None),
            new(None,
                [
                    new("statusCode", Kind.StatusCode, Status), new("revisedSamplingInterval", Kind.Double),
                    new("revisedQueueSize", Kind.UInt32), new("filterResult", Kind.ExtensionObject),
                ],
                [Diagnostics])),
        new("SetMonitoringMode", 769, 772, Operation.Subscribe,
            MessageShape.Of(new("subscriptionId", Kind.UInt32), new("monitoringMode", Kind.Int32), ArrayOf("monitoredItemIds", Kind.UInt32)),
            MessageShape.Of(ArrayOf("results", Kind.StatusCode), Diagnostics)),
        new("SetTriggering", 775, 778, Operation.Subscribe,
            MessageShape.Of(
                new("subscriptionId", Kind.UInt32), new("triggeringItemId", Kind.UInt32), ArrayOf("linksToAdd", Kind.UInt32),
                ArrayOf("linksToRemove", Kind.UInt32)),
            MessageShape.Of(
                ArrayOf("addResults", Kind.StatusCode), ArrayOf("addDiagnosticInfos", Kind.DiagnosticInfo),
                ArrayOf("removeResults", Kind.StatusCode), ArrayOf("removeDiagnosticInfos", Kind.DiagnosticInfo))),
        new("DeleteMonitoredItems", 781, 784, Operation.Subscribe,
            MessageShape.Of(new("subscriptionId", Kind.UInt32), ArrayOf("monitoredItemIds", Kind.UInt32)),
            MessageShape.Of(ArrayOf("results", Kind.StatusCode), Diagnostics)),

        // Subscription service set, §5.14.
        new("CreateSubscription", 787, 790, Operation.Subscribe,
            MessageShape.Of(
                new("requestedPublishingInterval", Kind.Double), new("requestedLifetimeCount", Kind.UInt32),
                new("requestedMaxKeepAliveCount", Kind.UInt32), new("maxNotificationsPerPublish", Kind.UInt32),
                new("publishingEnabled", Kind.Boolean), new("priority", Kind.Byte)),
            MessageShape.Of(
                new("subscriptionId", Kind.UInt32), new("revisedPublishingInterval", Kind.Double),
                new("revisedLifetimeCount", Kind.UInt32), new("revisedMaxKeepAliveCount", Kind.UInt32))),
        new("ModifySubscription", 793, 796, Operation.Subscribe,
            MessageShape.Of(
                new("subscriptionId", Kind.UInt32), new("requestedPublishingInterval", Kind.Double),
                new("requestedLifetimeCount", Kind.UInt32), new("requestedMaxKeepAliveCount", Kind.UInt32),
                new("maxNotificationsPerPublish", Kind.UInt32), new("priority", Kind.Byte)),
            MessageShape.Of(
                new("revisedPublishingInterval", Kind.Double), new("revisedLifetimeCount", Kind.UInt32),
                new("revisedMaxKeepAliveCount", Kind.UInt32))),
        new("SetPublishingMode", 799, 802, Operation.Subscribe,
            MessageShape.Of(new("publishingEnabled", Kind.Boolean), ArrayOf("subscriptionIds", Kind.UInt32)),
            MessageShape.Of(ArrayOf("results", Kind.StatusCode), Diagnostics)),
        new("Publish", 826, 829, Operation.Notify,
            MessageShape.Of(
                ArrayOf("subscriptionAcknowledgements", [new("subscriptionId", Kind.UInt32), new("sequenceNumber", Kind.UInt32)])),
            MessageShape.Of(
                new("subscriptionId", Kind.UInt32), ArrayOf("availableSequenceNumbers", Kind.UInt32),
                new("moreNotifications", Kind.Boolean), Of("notificationMessage", NotificationMessage),
                ArrayOf("results", Kind.StatusCode), Diagnostics)),
        new("Republish", 832, 835, Operation.Notify,
            MessageShape.Of(new("subscriptionId", Kind.UInt32), new("retransmitSequenceNumber", Kind.UInt32)),
            MessageShape.Of(Of("notificationMessage", NotificationMessage))),
        new("TransferSubscriptions", 841, 844, Operation.Subscribe,
            MessageShape.Of(ArrayOf("subscriptionIds", Kind.UInt32), new("sendInitialValues", Kind.Boolean)),
            MessageShape.Of(
                ArrayOf("results", [new("statusCode", Kind.StatusCode), ArrayOf("availableSequenceNumbers", Kind.UInt32)]),
                Diagnostics)),
        new("DeleteSubscriptions", 847, 850, Operation.Subscribe,
            MessageShape.Of(ArrayOf("subscriptionIds", Kind.UInt32)),
            MessageShape.Of(ArrayOf("results", Kind.StatusCode), Diagnostics)),

        // Sessionless invocation, §6.3: the urls and ids of a Session-less client, then the request itself.
        new("SessionlessInvoke", 15903, 21001, Operation.Unknown,
            MessageShape.Of(
                new("urisVersion", Kind.UInt32), ArrayOf("namespaceUris", Kind.String), ArrayOf("serverUris", Kind.String),
                ArrayOf("localeIds", Kind.String), new("serviceId", Kind.UInt32)),
            MessageShape.Of(ArrayOf("namespaceUris", Kind.String), ArrayOf("serverUris", Kind.String), new("serviceId", Kind.UInt32))),
    ];

    private const int SlotCount = 21002;

    /// <summary>By type id: 0 for none, else the service's place in <see cref="All"/> plus one.</summary>
    private static readonly byte[] ByTypeId = Index();

    /// <summary>The service a type id belongs to, or null; and which of its two messages it is.</summary>
    public static Service? Find(uint typeId, out bool isResponse)
    {
        isResponse = false;
        if (typeId >= SlotCount) return null;
        var slot = ByTypeId[typeId];
        if (slot == 0) return null;
        var service = All[slot - 1];
        isResponse = typeId == service.ResponseTypeId;
        return service;
    }

    /// <summary>Whether a type id is that of a request, a response or a ServiceFault.</summary>
    public static bool IsKnown(uint typeId) =>
        typeId < SlotCount && ByTypeId[typeId] != 0 || typeId == ServiceFault;

    private static byte[] Index()
    {
        var index = new byte[SlotCount];
        for (var at = 0; at < All.Length; at++)
        {
            index[All[at].RequestTypeId] = (byte)(at + 1);
            index[All[at].ResponseTypeId] = (byte)(at + 1);
        }

        return index;
    }
}
