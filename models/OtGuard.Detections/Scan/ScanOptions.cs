namespace OtGuard.Detections.Scan;

/// <summary>Settings of the <see cref="ScanDetector"/>. Counts and spans are those Defender for IoT documents.</summary>
public sealed record ScanOptions
{
    /// <summary>Different addresses of one subnet (/16 of IPv4, /112 of IPv6) tried by one host. Default 50.</summary>
    /// <remarks>Above what an operator or a name service tries by hand, below a quarter of the smallest usual subnet.</remarks>
    public int Addresses { get; init; } = 50;

    /// <summary>Different ports of one host tried in vain by one host. Default 25.</summary>
    /// <remarks>A client that looks for a service tries a few ports; a scanner's shortest list is a hundred.</remarks>
    public int Ports { get; init; } = 25;

    /// <summary>Different controllers probed by one host. Default 10.</summary>
    /// <remarks>Lower than for addresses, since each of them is spoken to in a protocol of the plant.</remarks>
    public int Controllers { get; init; } = 10;

    /// <summary>Capture time within which they have to be tried. Default 2 minutes.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The longer window for addresses, for a scan that takes its time. Default 10 minutes.</summary>
    public TimeSpan LongWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Pairs of scanner and scanned watched at once; the one quiet for longest is forgotten. Default 4,096.</summary>
    /// <remarks>A watched pair holds at most <see cref="Addresses"/> events of 40 bytes: 8 MiB when all are full.</remarks>
    public int Watched { get; init; } = 4096;

    /// <summary>
    /// Conversations remembered as having been open, so that a device that is only off is not taken for a guess.
    /// Default 16,384.
    /// </summary>
    public int Answering { get; init; } = 16_384;
}
