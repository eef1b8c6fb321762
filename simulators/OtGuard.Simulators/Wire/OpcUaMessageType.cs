namespace OtGuard.Simulators.Wire;

/// <summary>Type ids of messages: NodeIds of their binary encodings (OPC UA Part 6 v1.05 Annex A).</summary>
internal static class OpcUaMessageType
{
    /// <summary>Answers any request that failed as a whole.</summary>
    public const uint ServiceFault = 397;

    /// <summary>FindServers; the response follows by 3, as with most services.</summary>
    public const uint FindServersRequest = 422;

    /// <summary>GetEndpoints.</summary>
    public const uint GetEndpointsRequest = 428;

    /// <summary>OpenSecureChannel.</summary>
    public const uint OpenSecureChannelRequest = 446;

    /// <summary>CloseSecureChannel, which is not answered.</summary>
    public const uint CloseSecureChannelRequest = 452;

    /// <summary>CreateSession.</summary>
    public const uint CreateSessionRequest = 461;

    /// <summary>ActivateSession.</summary>
    public const uint ActivateSessionRequest = 467;

    /// <summary>CloseSession.</summary>
    public const uint CloseSessionRequest = 473;

    /// <summary>AddNodes.</summary>
    public const uint AddNodesRequest = 488;

    /// <summary>DeleteNodes.</summary>
    public const uint DeleteNodesRequest = 500;

    /// <summary>Browse.</summary>
    public const uint BrowseRequest = 527;

    /// <summary>Read.</summary>
    public const uint ReadRequest = 631;

    /// <summary>Write.</summary>
    public const uint WriteRequest = 673;

    /// <summary>Call.</summary>
    public const uint CallRequest = 712;

    /// <summary>CreateMonitoredItems.</summary>
    public const uint CreateMonitoredItemsRequest = 751;

    /// <summary>CreateSubscription.</summary>
    public const uint CreateSubscriptionRequest = 787;

    /// <summary>Publish.</summary>
    public const uint PublishRequest = 826;

    /// <summary>DeleteSubscriptions.</summary>
    public const uint DeleteSubscriptionsRequest = 847;

    /// <summary>What is between the type of a request and that of its response.</summary>
    public const uint ToResponse = 3;

    /// <summary>The token of an anonymous user.</summary>
    public const uint AnonymousToken = 321;

    /// <summary>The token of a user with a password.</summary>
    public const uint UserNameToken = 324;

    /// <summary>A notification of values.</summary>
    public const uint DataChangeNotification = 811;

    /// <summary>The structure of the server's status.</summary>
    public const uint ServerStatus = 864;

    /// <summary>The attributes of a new Variable.</summary>
    public const uint VariableAttributes = 357;
}

/// <summary>Attributes of nodes (OPC UA Part 6 v1.05 §A.1).</summary>
internal static class OpcUaAttributeId
{
    /// <summary>The NodeId.</summary>
    public const uint NodeId = 1;

    /// <summary>The NodeClass.</summary>
    public const uint NodeClass = 2;

    /// <summary>The BrowseName.</summary>
    public const uint BrowseName = 3;

    /// <summary>The DisplayName.</summary>
    public const uint DisplayName = 4;

    /// <summary>The value.</summary>
    public const uint Value = 13;

    /// <summary>The data type of the value.</summary>
    public const uint DataType = 14;

    /// <summary>Whether the value is an array.</summary>
    public const uint ValueRank = 15;

    /// <summary>Whether the value can be read and written.</summary>
    public const uint AccessLevel = 17;
}
