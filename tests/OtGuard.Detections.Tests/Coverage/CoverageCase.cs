using OtGuard.Models;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>
/// Evidence for a row of the catalogue: traffic on which the kind is raised, and its nearest benign twin, on which it is
/// not. Both are acted out on a site whose normal traffic was learned, and among that traffic.
/// </summary>
/// <param name="Row">The catalogue's row: <c>B3</c>.</param>
/// <param name="Kind">The kind of deviation.</param>
/// <param name="Positive">A few words: what happens.</param>
/// <param name="Act">Acts it out.</param>
/// <param name="Twin">A few words: what looks like it and is no reason for an alarm.</param>
/// <param name="ActTwin">Acts that out.</param>
internal sealed record CoverageCase(
    string Row, string Kind, string Positive, Action<CoverageSite> Act, string Twin, Action<CoverageSite> ActTwin)
{
    /// <summary>What is learned beside the site's normal traffic, for both; nothing by default.</summary>
    public Action<CoverageSite>? Clean { get; init; }

    /// <summary>What is learned only for the twin: where it differs from the positive by what is known already.</summary>
    public Action<CoverageSite>? CleanForTwin { get; init; }

    /// <summary>True to judge without a baseline: the kind is a rule and works without one.</summary>
    public bool WithoutBaseline { get; init; }

    /// <summary>What the site's normal traffic is.</summary>
    public CoverageNetwork Network { get; init; }

    /// <summary>
    /// Seconds of normal traffic that are learned, models and all; null for two minutes and no models, which such a time is
    /// too short for.
    /// </summary>
    public int? LearnedSeconds { get; init; }

    /// <summary>Settings of learning.</summary>
    public LearningOptions Learning { get; init; } = new();

    /// <summary>Settings of the detectors.</summary>
    public DetectorOptions Options { get; init; } = new();

    /// <summary>Kinds the twin may raise as alarms beside, with good reason; none by default.</summary>
    public IReadOnlyList<string> TwinMayRaise { get; init; } = [];

    /// <summary>True where the twin is told as the same kind, for information.</summary>
    public bool TwinTellsForInformation { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Row} {Kind}: {Positive}";
}
