namespace OtGuard.Detections.Probing;

/// <summary>Settings of the <see cref="ProbingDetector"/>.</summary>
public sealed record ProbingOptions
{
    /// <summary>Refusals in one conversation, whatever for. Default 20 (Defender for IoT).</summary>
    public int Refusals { get; init; } = 20;

    /// <summary>Capture time within which these come. Default 1 hour (Defender for IoT).</summary>
    public TimeSpan RefusalWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Different requests (unit, function, first address) refused as unknown or not allowed. Default 8.</summary>
    /// <remarks>
    /// A client with a wrong entry in its list asks for the same one again and again; a list with eight wrong entries is
    /// no list for this device.
    /// </remarks>
    public int RefusedTargets { get; init; } = 8;

    /// <summary>Different functions a device refuses or does not answer. Default 5.</summary>
    /// <remarks>
    /// A program that looks a device over (identification by two functions, status by two more) is refused by up to four
    /// functions a simple device lacks.
    /// </remarks>
    public int RefusedFunctions { get; init; } = 5;

    /// <summary>Different functions the client did not use while learning, whatever the answer. Default 13.</summary>
    /// <remarks>
    /// A client with every usual function has twelve: 1 to 6, 15, 16, 22 and 23 for data, 17 and 43 for identification;
    /// other protocols have no richer everyday set.
    /// </remarks>
    public int NewFunctions { get; init; } = 13;

    /// <summary>Addresses asked for one after another, all upwards or all downwards, outside of what was learned. Default 16.</summary>
    /// <remarks>By chance, sixteen in order happen once in 10¹³; a poll list in order has fewer blocks, and was learned.</remarks>
    public int SweepSteps { get; init; } = 16;

    /// <summary>The same, where every one of them was refused. Default 8.</summary>
    /// <remarks>In order by chance once in 20,000 (2/8!), and no device in use refuses eight requests of its list.</remarks>
    public int RefusedSweepSteps { get; init; } = 8;

    /// <summary>Units asked for one after another in order, unknown or failing. Default 10.</summary>
    /// <remarks>As for controllers of a network: each unit behind a gateway is one.</remarks>
    public int SweepUnits { get; init; } = 10;

    /// <summary>Capture time within which functions, addresses and units are counted. Default 10 minutes.</summary>
    /// <remarks>The long form of a scan, as for addresses of a network.</remarks>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Conversations watched at once; the one quiet for longest is forgotten. Default 1,024.</summary>
    public int Conversations { get; init; } = 1024;

    /// <summary>Address walks watched in one conversation (unit and space). Default 16.</summary>
    public int WalksPerConversation { get; init; } = 16;
}
