namespace OtGuard.Detections.DiagnosticScan;

/// <summary>Settings of the <see cref="DiagnosticScanDetector"/>.</summary>
public sealed record DiagnosticScanOptions
{
    /// <summary>Different services a server does not have or does not answer. Default 5.</summary>
    /// <remarks>As for function codes: a program that looks a unit over misses up to four that a simple one lacks.</remarks>
    public int Services { get; init; } = 5;

    /// <summary>Different sub-functions that are refused. Default 9.</summary>
    /// <remarks>
    /// A tester tries the four sessions and four levels of access that ISO 14229-1 names or leaves first; nobody has a
    /// ninth in vain.
    /// </remarks>
    public int SubFunctions { get; init; } = 9;

    /// <summary>Different objects (data identifiers, routines) that are refused, or in order and never used. Default 33.</summary>
    /// <remarks>
    /// A tester that takes stock asks for the identification of any unit, 32 data identifiers F180 to F19F
    /// (ISO 14229-1:2020 Annex C.1), and a unit may have none of them.
    /// </remarks>
    public int Objects { get; init; } = 33;

    /// <summary>Different addresses that do not answer. Default 10.</summary>
    /// <remarks>Legislated diagnostics has eight units and one address for all of them (ISO 15765-4:2016 §10.3.2).</remarks>
    public int Addresses { get; init; } = 10;

    /// <summary>Capture time within which these are counted. Default 10 minutes.</summary>
    /// <remarks>The long form of a scan, as for addresses of a network.</remarks>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Conversations, and buses, watched at once; the one quiet for longest is forgotten. Default 1,024.</summary>
    public int Conversations { get; init; } = 1024;
}
