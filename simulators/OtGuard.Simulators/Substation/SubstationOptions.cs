namespace OtGuard.Simulators.Substation;

/// <summary>By what the life of the station is planned.</summary>
public enum StationLifeKind : byte
{
    /// <summary>Every kind of act occurs once in each cycle: little time holds all there is.</summary>
    Cycles,

    /// <summary>
    /// As in a real station: setpoints by the time of day, work on feeders on some workdays, a maintenance window each
    /// Tuesday, a change of the SCADA servers each Sunday, a relay test on the first Thursday of the month.
    /// </summary>
    Calendar,
}

/// <summary>What of the substation is simulated, when and how densely.</summary>
public sealed record SubstationOptions
{
    /// <summary>Decides every random choice: the same seed gives the same bytes.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Beginning in nanoseconds since 1970; the time of day decides load and sun.</summary>
    public long Start { get; init; } = Wire.CaptureBuilder.DefaultStart;

    /// <summary>Virtual time simulated. Ten minutes hold every kind of act once from each SCADA server.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>By what acts are planned.</summary>
    public StationLifeKind Life { get; init; }

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

    /// <summary>
    /// The same with all polling thinned: values every <paramref name="polling"/>, coils at half the rate, settings and
    /// meters at a tenth; GOOSE publishers repeat themselves at the same rate.
    /// </summary>
    public SubstationOptions Thinned(TimeSpan polling) => this with
    {
        FastPoll = polling,
        MediumPoll = polling * 2,
        SlowPoll = polling * 10,
        GooseHeartbeat = polling > GooseHeartbeat ? polling : GooseHeartbeat,
        SpanningTreePeriod = polling * 2 > SpanningTreePeriod ? polling * 2 : SpanningTreePeriod,
    };

    /// <summary>How often the switch sends a BPDU.</summary>
    public TimeSpan SpanningTreePeriod { get; init; } = TimeSpan.FromSeconds(2);
}
