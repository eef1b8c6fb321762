namespace OtGuard.Simulators.Wire;

/// <summary>StatusCodes that are used here (OPC UA Part 6 v1.05 Annex A).</summary>
internal static class OpcUaStatus
{
    /// <summary>Good.</summary>
    public const uint Good = 0;

    /// <summary>A message cannot be decoded.</summary>
    public const uint BadDecodingError = 0x8007_0000;

    /// <summary>A value is nested too deeply, or a message has too much of something.</summary>
    public const uint BadEncodingLimitsExceeded = 0x8008_0000;

    /// <summary>The service is not offered.</summary>
    public const uint BadServiceUnsupported = 0x800B_0000;

    /// <summary>There is nothing to do.</summary>
    public const uint BadNothingToDo = 0x800F_0000;

    /// <summary>There is more to do than is allowed.</summary>
    public const uint BadTooManyOperations = 0x8010_0000;

    /// <summary>Something about security failed, and nobody is told what.</summary>
    public const uint BadSecurityChecksFailed = 0x8013_0000;

    /// <summary>The user may not do this.</summary>
    public const uint BadUserAccessDenied = 0x801F_0000;

    /// <summary>The user is not the one claimed.</summary>
    public const uint BadIdentityTokenRejected = 0x8021_0000;

    /// <summary>There is no such secure channel.</summary>
    public const uint BadSecureChannelIdInvalid = 0x8022_0000;

    /// <summary>There is no such session.</summary>
    public const uint BadSessionIdInvalid = 0x8025_0000;

    /// <summary>The session was closed.</summary>
    public const uint BadSessionClosed = 0x8026_0000;

    /// <summary>There is no such subscription.</summary>
    public const uint BadSubscriptionIdInvalid = 0x8028_0000;

    /// <summary>There is no such node.</summary>
    public const uint BadNodeIdUnknown = 0x8034_0000;

    /// <summary>The node has no such attribute.</summary>
    public const uint BadAttributeIdInvalid = 0x8035_0000;

    /// <summary>The node cannot be written.</summary>
    public const uint BadNotWritable = 0x803B_0000;

    /// <summary>There is no such monitored item.</summary>
    public const uint BadMonitoredItemIdInvalid = 0x8042_0000;

    /// <summary>The policy is not offered.</summary>
    public const uint BadSecurityPolicyRejected = 0x8055_0000;

    /// <summary>There are as many sessions as can be.</summary>
    public const uint BadTooManySessions = 0x8056_0000;

    /// <summary>There is no such NodeId to be added.</summary>
    public const uint BadNodeIdExists = 0x805E_0000;

    /// <summary>The value is not of the node's type.</summary>
    public const uint BadTypeMismatch = 0x8074_0000;

    /// <summary>There is no such method.</summary>
    public const uint BadMethodInvalid = 0x8075_0000;

    /// <summary>There are as many subscriptions as can be.</summary>
    public const uint BadTooManySubscriptions = 0x8077_0000;

    /// <summary>There are as many Publish requests waiting as can be.</summary>
    public const uint BadTooManyPublishRequests = 0x8078_0000;

    /// <summary>The session has no subscription.</summary>
    public const uint BadNoSubscription = 0x8079_0000;

    /// <summary>The sequence number acknowledged is not known.</summary>
    public const uint BadSequenceNumberUnknown = 0x807A_0000;

    /// <summary>The type of the message is not expected.</summary>
    public const uint BadTcpMessageTypeInvalid = 0x807E_0000;

    /// <summary>The message is larger, or has more chunks, than is taken.</summary>
    public const uint BadTcpMessageTooLarge = 0x8080_0000;

    /// <summary>There is no room for another connection.</summary>
    public const uint BadTcpNotEnoughResources = 0x8081_0000;

    /// <summary>There is no room for another one.</summary>
    public const uint BadTooManyMonitoredItems = 0x80DB_0000;

    /// <summary>The device refuses what it is told for the state it is in.</summary>
    public const uint BadInvalidState = 0x80AF_0000;

    /// <summary>True for a failure.</summary>
    public static bool IsBad(uint status) => status >> 31 != 0;
}
