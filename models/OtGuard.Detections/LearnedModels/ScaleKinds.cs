using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.LearnedModels;

/// <summary>Which kind of deviation a score on a scale is: one row a scale.</summary>
internal static class ScaleKinds
{
    private static readonly Row[] Rows =
    [
        new("level", "signals-contradict", "node-value-unlikely", "value-unlikely"),
        new("shift", "signals-contradict", "node-value-unlikely", "value-unlikely"),
        new("votes", "signals-contradict", "node-value-unlikely", "value-unlikely"),
        new("bounds", "signal-out-of-range", "node-value-unlikely", "value-out-of-band"),
        new("step", "signal-out-of-range", "node-value-unlikely", "value-out-of-band"),
        new("states", "payload-anomaly", "node-value-unlikely", "value-out-of-band"),
        new("commands", "payload-anomaly", "node-value-unlikely", "value-out-of-band", IsAct: true),
        new("stuck", "signal-frozen", "node-value-unlikely", "value-stale"),
        new("replay", "replayed-messages", "node-value-unlikely", "value-stale", IsAct: true),
        new("toggling", "signal-out-of-range", "node-value-unlikely", "value-toggling", IsAct: true),
        new("writes", "signal-out-of-range", "node-value-unlikely", "value-toggling", IsAct: true),
        new("poll-fast", "message-rhythm-changed", "poll-rhythm-changed", "poll-rhythm-changed", IsAct: true),
        new("poll-slow", "message-thinned", "poll-rhythm-changed", "poll-rhythm-changed", IsAct: true),
        new("poll-missing", "message-thinned", "polling-suspended", "polling-suspended", IsAct: true),
        new("poll-drift", "message-rhythm-changed", "poll-rhythm-changed", "poll-rhythm-changed", IsAct: true),
        new("traffic", "traffic-unusual", "traffic-unusual", "traffic-unusual", IsAct: true),
        new("sequence", "identifier-sequence", "traffic-unusual", "traffic-unusual", IsAct: true),
        new("publish-missing", "subscription-starved", "subscription-starved", "subscription-starved", IsAct: true),
    ];

    private static readonly Dictionary<string, Row> ByScale = Rows.ToDictionary(row => row.Scale, StringComparer.Ordinal);

    /// <summary>The names of all kinds.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
        [.. Rows.SelectMany(row => (string[])[row.OnBus, row.OfNode, row.Elsewhere]).Distinct()];

    /// <summary>
    /// Whether a scale tells of acts rather than of values that were measured. On a bus every message tells of the state.
    /// </summary>
    public static bool IsOfActs(string scale) => ByScale[scale].IsAct;

    /// <summary>The kind of a scale's scores on what an observation is about.</summary>
    public static DeviationKind Of(string scale, TargetSpace space)
    {
        var row = ByScale[scale];
        return DeviationCatalogue.Kind(space switch
        {
            TargetSpace.CanIdentifier or TargetSpace.ParameterGroups => row.OnBus,
            TargetSpace.Nodes => row.OfNode,
            _ => row.Elsewhere,
        });
    }

    /// <param name="Scale">The scale.</param>
    /// <param name="OnBus">The kind where it is about a message on a bus.</param>
    /// <param name="OfNode">The kind where it is about a node of a server.</param>
    /// <param name="Elsewhere">The kind where it is about registers, coils and conversations.</param>
    /// <param name="IsAct">Whether it comes of what somebody does, and not of the state that a plant is in.</param>
    private sealed record Row(string Scale, string OnBus, string OfNode, string Elsewhere, bool IsAct = false);
}
