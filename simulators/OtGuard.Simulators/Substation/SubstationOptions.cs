namespace OtGuard.Simulators.Substation;

/// <summary>What of the substation is simulated, when and how densely.</summary>
public sealed record SubstationOptions
{
    /// <summary>Decides every random choice: the same seed gives the same bytes.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Beginning in nanoseconds since 1970; the time of day decides load and sun.</summary>
    public long Start { get; init; } = Wire.CaptureBuilder.DefaultStart;

    /// <summary>Virtual time simulated. Ten minutes hold every kind of act once from each SCADA server.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The period in which every kind of act occurs once: all commands from either server, both failovers, the
    /// workstation's visit, one reconnection of every link. At least five minutes, or the acts crowd each other.
    /// </summary>
    public TimeSpan Cycle { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often measured values and switch positions are read.</summary>
    public TimeSpan FastPoll { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often coils are read back.</summary>
    public TimeSpan MediumPoll { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often settings are read, and how often the standby server reads its heartbeat register.</summary>
    public TimeSpan SlowPoll { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a GOOSE publisher repeats an unchanged state.</summary>
    public TimeSpan GooseHeartbeat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// True (the default) where the capture begins amid connections that are open already, as captures mostly do.
    /// </summary>
    public bool JoinMidway { get; init; } = true;
}
