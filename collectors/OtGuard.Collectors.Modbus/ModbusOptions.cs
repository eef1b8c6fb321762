namespace OtGuard.Collectors.Modbus;

/// <summary>What can be set about decoding Modbus. The defaults serve nearly every network.</summary>
public sealed record ModbusOptions
{
    /// <summary>
    /// How long a request waits for its response, by capture time, before it is written as unanswered; more than 0.
    /// </summary>
    /// <remarks>
    /// The standard leaves it to the application (Messaging on TCP/IP V1.0b §4.4.1). 10 s is above what the common
    /// clients wait (0.5 s to 5 s), so that a request called unanswered is one its own client has given up, and leaves
    /// room for a gateway that queues for a slow serial line.
    /// </remarks>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Requests that may wait for a response on one connection, 1 to 4096; the next one makes the oldest give way,
    /// flagged as too many outstanding requests.
    /// </summary>
    /// <remarks>
    /// Messaging on TCP/IP V1.0b §4.4.2 expects 1 to 16 transactions in flight. 256 is sixteen times as many, above
    /// what pipelining clients do, and bounds a connection's table at some 90 KiB.
    /// </remarks>
    public int MaximumOutstandingRequests { get; init; } = 256;
}
