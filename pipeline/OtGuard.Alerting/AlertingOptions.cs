namespace OtGuard.Alerting;

/// <summary>What a destination is sent.</summary>
public sealed record Route
{
    /// <summary>The destination's name.</summary>
    public required string Destination { get; init; }

    /// <summary>True for alerts in each state a person is told of. Default true.</summary>
    public bool Alerts { get; init; } = true;

    /// <summary>
    /// True for every deviation in each of its states, information included. Default false: for archives and series.
    /// </summary>
    public bool Deviations { get; init; }

    /// <summary>
    /// True for an alert's every change, not only those a person is told of. Default false: for stores that show its
    /// latest state.
    /// </summary>
    public bool EveryChange { get; init; }

    /// <summary>
    /// Severity of alerts from which on it is sent, 0–100. Default 0: every alert is worth acting on, by its
    /// definition.
    /// </summary>
    public int MinimumSeverity { get; init; }

    /// <summary>Zones it is sent for; empty for all.</summary>
    public IReadOnlyList<string> Zones { get; init; } = [];

    /// <summary>
    /// True where what belongs to an exercise is sent too. Default false: a real reporting channel never sees an
    /// exercise unless it was asked to.
    /// </summary>
    public bool Exercises { get; init; }

    /// <summary>True where the alert is sent there.</summary>
    public bool Takes(Alert alert, bool isTold) =>
        (EveryChange || (Alerts && isTold)) && alert.Severity >= MinimumSeverity
            && TakesFrom(alert.Zone, alert.Exercise);

    /// <summary>True where the deviation is sent there.</summary>
    public bool Takes(DeviationRecord deviation) => Deviations && TakesFrom(deviation.Zone, deviation.Exercise);

    private bool TakesFrom(string? zone, bool exercise) =>
        (Exercises || !exercise)
            && (Zones.Count == 0 || (zone is not null && Zones.Contains(zone, StringComparer.Ordinal)));
}

/// <summary>The causes of one kind hide consequences of others.</summary>
/// <param name="Name">A word for it, shown where it applied.</param>
/// <param name="Causes">Kinds that are causes.</param>
/// <param name="Consequences">Kinds that follow from them.</param>
/// <param name="By">What cause and consequence have in common.</param>
public sealed record InhibitRule(
    string Name, IReadOnlyCollection<string> Causes, IReadOnlyCollection<string> Consequences, InhibitBy By);

/// <summary>What a cause and its consequence have in common.</summary>
public enum InhibitBy : byte
{
    /// <summary>Who acts.</summary>
    Actor,

    /// <summary>What is acted upon; for a consequence that names one party only, that one.</summary>
    Asset,
}

/// <summary>Settings of the stages.</summary>
public sealed record AlertingOptions
{
    /// <summary>
    /// Capture time within which the same kind, subject and zone are one alert that tells nobody again. Default 10
    /// minutes: the window in which ISA-18.2 counts a flood, and what peers of this program use.
    /// </summary>
    public TimeSpan GroupWithin { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Alerts a console is told of in an hour of capture time before the rest becomes one storm alert. Default 6: the
    /// rate that ISA-18.2 (table of alarm performance) calls very likely acceptable for one operator; 12 is what one
    /// can just manage, and other systems alarm too.
    /// </summary>
    public int BudgetPerHour { get; init; } = 6;

    /// <summary>
    /// Severity, 0–100, from which on an alert is told although the budget is used up. Default 90: a write or a stop on
    /// what matters most must not drown in a scan.
    /// </summary>
    public int ExemptFrom { get; init; } = 90;

    /// <summary>
    /// Alerts an hour that may pass by that exemption. Default 3: with the budget and the storm's own alert ten in all,
    /// which is where ISA-18.2 has a flood begin.
    /// </summary>
    public int ExemptPerHour { get; init; } = 3;

    /// <summary>
    /// Days without a further deviation, by this machine's clock, after which an open alert closes itself. Default 90
    /// days, as peers of this program have it; a maintenance cycle that recurs each quarter still meets its old alert.
    /// </summary>
    public TimeSpan CloseAfterSilence { get; init; } = TimeSpan.FromDays(90);

    /// <summary>
    /// Capture time around a cause in which its consequences are held by it. Default 10 minutes, as for
    /// <see cref="GroupWithin"/>: TCP's retries and a device's restart are over by then.
    /// </summary>
    public TimeSpan InhibitWithin { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Which causes hide what.</summary>
    public IReadOnlyList<InhibitRule> Inhibits { get; init; } = DefaultInhibits;

    /// <summary>Points of severity.</summary>
    public SeverityOptions Severity { get; init; } = new();

    /// <summary>When alerts become an incident.</summary>
    public IncidentOptions Incidents { get; init; } = new();

    /// <summary>Who is sent what. Default nobody.</summary>
    public IReadOnlyList<Route> Routes { get; init; } = [];

    /// <summary>
    /// The console that alerts belong to. Default <c>control-room</c>: one, until a site has several.
    /// </summary>
    public string Console { get; init; } = "control-room";

    /// <summary>
    /// Causes and consequences that follow from how networks and buses work: who scans meets devices that are not
    /// there, have no such service or refuse; a bus that is flooded or a node driven off it changes every other rhythm;
    /// a device that is silent or told to restart answers nobody.
    /// </summary>
    public static IReadOnlyList<InhibitRule> DefaultInhibits { get; } =
    [
        new(
            "scan",
            ["address-scan", "port-scan", "plc-scan"],
            [
                "new-asset", "new-conversation", "new-port", "device-unresponsive", "server-reset", "foreign-protocol",
                "address-request-burst", "unit-never-addressed",
            ],
            InhibitBy.Actor),
        new(
            "probing",
            ["function-code-enumeration", "address-sweep", "unit-sweep", "refused-probing", "address-space-sweep",
                "diagnostic-scan"],
            [
                "function-code-not-permitted", "address-range-violation", "unit-never-addressed", "first-exception",
                "exception-pattern", "reserved-function-code", "service-failures", "node-not-permitted",
            ],
            InhibitBy.Actor),
        new(
            "flood",
            ["session-flood", "request-flood", "secure-channel-flood", "chunk-flood"],
            ["device-unresponsive", "unresponsive-server", "server-busy", "server-reset", "server-failure"],
            InhibitBy.Asset),
        new(
            "bus",
            ["bus-flood", "bus-off", "remote-bus-off", "error-burst"],
            ["message-missing", "message-too-fast", "error-passive", "transport-sessions-broken"],
            InhibitBy.Actor),
        new(
            "restart",
            ["device-control", "ecu-reset", "communication-disabled"],
            ["device-unresponsive", "unresponsive-server", "server-reset", "message-missing"],
            InhibitBy.Asset),
    ];
}
