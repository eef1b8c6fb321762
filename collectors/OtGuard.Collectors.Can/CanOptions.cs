namespace OtGuard.Collectors.Can;

/// <summary>Limits and times of the CAN decoders.</summary>
public sealed record CanOptions
{
    /// <summary>Channels followed apart; frames of further ones share the last. Memory: about 100 KiB each.</summary>
    public int MaximumChannels { get; init; } = 64;

    /// <summary>
    /// Identifiers followed on one channel; above it the state of others is given up. The default is four times the
    /// 2,048 that 11 bits allow.
    /// </summary>
    public int MaximumIdentifiers { get; init; } = 8192;

    /// <summary>ISO-TP messages put together at the same time on one channel; the oldest gives way.</summary>
    public int MaximumMessages { get; init; } = 64;

    /// <summary>
    /// The longest ISO-TP message that is put together, in bytes. The default is the longest that a first frame without
    /// escape can announce (ISO 15765-2:2016 §9.6.3.1).
    /// </summary>
    public int MaximumMessageBytes { get; init; } = 4095;

    /// <summary>Diagnostic requests that wait for an answer on one channel; the oldest gives way.</summary>
    public int MaximumOutstandingRequests { get; init; } = 64;

    /// <summary>
    /// How long frames of one ISO-TP message may be apart. The default is N_Bs and N_Cr, 1 s (ISO 15765-2:2016 §9.8.2).
    /// </summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Consecutive frames in a row that no first frame announced and no flow control asked for, before they are taken for a
    /// flood and not for the rest of a message that the recorder lost the beginning of: both would have to be lost. The
    /// default is the rest of 454 bytes, more than all messages have but those of a software transfer.
    /// </summary>
    public int UnaskedConsecutiveFrames { get; init; } = 64;

    /// <summary>
    /// How long a request waits for its first answer. The default is 20 times the server's P2 of 50 ms
    /// (ISO 14229-2:2013 §7.2), as gateways and loggers add to it.
    /// </summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long it waits after "response pending". The default is P2*, 5 s (ISO 14229-2:2013 §7.2).
    /// </summary>
    public TimeSpan PendingTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many identifiers must be asked the same, all of them silent before, for requests without any answer to be
    /// taken for diagnostics. The default is the number of ECUs that legislated diagnostics addresses
    /// (ISO 15765-4:2016 §10.3.2): a tool that asks more is sweeping.
    /// </summary>
    public int SweepIdentifiers { get; init; } = 8;

    /// <summary>
    /// How many frames the bus carries before a time that ran out counts. A capture whose clock runs at another rate, or
    /// whose frames are stamped by two clocks, keeps its exchanges together by their order. The default is well above
    /// the frames between a request and its answer on a bench and well below a second of a vehicle's bus.
    /// </summary>
    public int FramesBeforeTimeout { get; init; } = 64;

    /// <summary>
    /// A step of the clock from one frame to the next that is longer counts as another clock and not as waiting.
    /// </summary>
    public TimeSpan ClockStep { get; init; } = TimeSpan.FromHours(1);
}
