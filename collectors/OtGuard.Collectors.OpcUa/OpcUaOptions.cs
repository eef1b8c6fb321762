namespace OtGuard.Collectors.OpcUa;

/// <summary>What can be set about decoding OPC UA. The defaults serve nearly every network.</summary>
public sealed record OpcUaOptions
{
    /// <summary>
    /// How long a request waits for its response, by capture time, where it does not say so itself (timeoutHint);
    /// more than 0. Publish requests without a hint wait as long as the connection lives.
    /// </summary>
    /// <remarks>60 s is what the common client stacks wait by default, and the longest of their defaults.</remarks>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Requests that may wait on one connection, 1 to 4096; the next one makes the oldest give way.</summary>
    /// <remarks>Clients keep a few Publish requests and a few others in flight; 256 is ten times as many.</remarks>
    public int MaximumOutstandingRequests { get; init; } = 256;

    /// <summary>The longest chunk waited for, in bytes, 8192 to 16 MiB; longer ones are read over and counted.</summary>
    /// <remarks>The buffers agreed on in Hello and Acknowledge are 64 KiB in most stacks; 1 MiB is sixteen times that.</remarks>
    public int MaximumChunkBytes { get; init; } = 1 << 20;

    /// <summary>
    /// Bytes of one message put together from chunks, and of all unfinished messages of one direction, 64 KiB to 64 MiB.
    /// What goes beyond is read over; the beginning is decoded.
    /// </summary>
    /// <remarks>The default of the widespread stacks' largest message is 4 MiB.</remarks>
    public int MaximumMessageBytes { get; init; } = 4 << 20;

    /// <summary>Observations made of one message at most, 1 to 65535; the operations beyond are counted.</summary>
    /// <remarks>Servers allow some 1000 operations in a call; 4096 leaves room and bounds what one message can cause.</remarks>
    public int MaximumOperations { get; init; } = 4096;

    /// <summary>Monitored items whose node is remembered for one connection, 1 to 1048576.</summary>
    /// <remarks>Clients watch up to some ten thousand items on a connection; 65536 take 4 MiB.</remarks>
    public int MaximumMonitoredItems { get; init; } = 65536;

    /// <summary>NodeIds whose names are kept in a run, at least 1; further nodes are told apart, but not named.</summary>
    public int MaximumNodes { get; init; } = 1 << 20;

    /// <summary>Bytes of the identifiers of those NodeIds.</summary>
    public int MaximumNodeIdentifierBytes { get; init; } = 64 << 20;

    /// <summary>Users and applications whose names are kept in a run, at least 1.</summary>
    public int MaximumActors { get; init; } = 16384;

    /// <summary>Secure channels kept for the report, at least 1; the oldest gives way.</summary>
    public int MaximumChannels { get; init; } = 4096;

    /// <summary>Certificates whose facts are kept in a run, at least 1.</summary>
    public int MaximumCertificates { get; init; } = 1024;
}
