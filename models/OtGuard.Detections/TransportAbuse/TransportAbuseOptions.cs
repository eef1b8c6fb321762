namespace OtGuard.Detections.TransportAbuse;

/// <summary>Settings of the <see cref="TransportAbuseDetector"/>.</summary>
public sealed record TransportAbuseOptions
{
    /// <summary>Messages between two nodes that break off, never end or do not fit together. Default 4.</summary>
    /// <remarks>
    /// What is lost is asked for again at most twice (SAE J1939-21 §5.10.2.4 and §5.13.3; ISO 14229-2:2013 §7): a bad line
    /// makes three broken messages of one, and the fourth is another cause.
    /// </remarks>
    public int BrokenMessages { get; init; } = 4;

    /// <summary>Packets between two nodes that belong to no message. Default 255.</summary>
    /// <remarks>
    /// The longest message of J1939 has 255 packets, and one was announced by a frame that a capture that joins midway
    /// does not have: up to 254 are its rest.
    /// </remarks>
    public int StrayPackets { get; init; } = 255;

    /// <summary>Capture time within which these come. Default 1 minute.</summary>
    /// <remarks>
    /// Three tries of one exchange are over in three times the longest time-out, 1.25 s (T2, T3) for J1939 and 5 s (P2*)
    /// for UDS; a minute holds them with what each waits for.
    /// </remarks>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Pairs of nodes watched at once; the one quiet for longest is forgotten. Default 1,024.</summary>
    public int Pairs { get; init; } = 1024;
}
