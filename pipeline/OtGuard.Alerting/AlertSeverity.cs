using System.Globalization;
using OtGuard.Models;

namespace OtGuard.Alerting;

/// <summary>How much depends on an asset, as declared by whoever runs it.</summary>
public enum AssetCriticality : byte
{
    /// <summary>Nothing is declared.</summary>
    Unknown,

    /// <summary>Its loss is an inconvenience.</summary>
    Low,

    /// <summary>Its loss disturbs the process.</summary>
    Medium,

    /// <summary>Its loss stops the process or endangers people.</summary>
    High,
}

/// <summary>What the process that an asset is part of is doing.</summary>
public enum ProcessState : byte
{
    /// <summary>Nothing is known.</summary>
    Unknown,

    /// <summary>In operation: an act takes effect.</summary>
    Running,

    /// <summary>Out of service.</summary>
    Stopped,
}

/// <summary>What is declared about an asset.</summary>
/// <param name="Criticality">How much depends on it.</param>
/// <param name="Process">What its process is doing.</param>
public sealed record AssetContext(AssetCriticality Criticality = AssetCriticality.Unknown,
    ProcessState Process = ProcessState.Unknown);

/// <summary>Says what is declared about assets. Thread-safe.</summary>
public interface IAssetDirectory
{
    /// <summary>
    /// What is declared about the asset of that address in that zone; a context of unknowns for nothing.
    /// </summary>
    AssetContext Find(string? address, string? zone);
}

/// <summary>The directory of a site that declares nothing.</summary>
public sealed class NoAssetDirectory : IAssetDirectory
{
    private static readonly AssetContext Nothing = new();

    /// <inheritdoc/>
    public AssetContext Find(string? address, string? zone) => Nothing;
}

/// <summary>A severity and its reasons.</summary>
/// <param name="Value">0–100.</param>
/// <param name="Reasons">Why, a clause each.</param>
public sealed record AssessedSeverity(int Value, IReadOnlyList<string> Reasons);

/// <summary>Points added to what the detector gave. Severity has the unit points, 0–100.</summary>
/// <remarks>
/// Ten points are a third of the distance between an alarm that may wait for the end of the shift (30) and one that may
/// not (60): one circumstance moves an alert within its class, two or three move it into the next.
/// </remarks>
public sealed record SeverityOptions
{
    /// <summary>
    /// Added for an asset declared of high criticality. Default 15 points: the loss people have named as worst.
    /// </summary>
    public int HighCriticality { get; init; } = 15;

    /// <summary>Taken off for an asset declared of low criticality. Default 10 points.</summary>
    public int LowCriticality { get; init; } = 10;

    /// <summary>
    /// Added where something was changed on an asset whose process runs: the act has taken effect already. Default 10
    /// points. Detectors know write from read and price it in; whether the process runs they do not know.
    /// </summary>
    public int WriteWhileRunning { get; init; } = 10;

    /// <summary>Taken off where the process is out of service: nothing moves. Default 10 points.</summary>
    public int ProcessStopped { get; init; } = 10;

    /// <summary>
    /// Taken off what rests on statistics and scores a probability below <see cref="ConfidentFrom"/>. Default 10
    /// points.
    /// </summary>
    public int LowConfidence { get; init; } = 10;

    /// <summary>
    /// The probability from which on a statistical finding is taken as it stands. Default 0.99: one in a hundred by
    /// chance.
    /// </summary>
    public double ConfidentFrom { get; init; } = 0.99;

    /// <summary>
    /// Taken off what recurs after a person closed it: it was looked at and let be. Default 5 points.
    /// </summary>
    public int ClosedBefore { get; init; } = 5;

    /// <summary>
    /// Added where neither kind nor actor was ever seen in this store. Default 5 points: nobody could have got used to
    /// it.
    /// </summary>
    public int NeverSeen { get; init; } = 5;
}

/// <summary>What is known of a deviation's past.</summary>
/// <param name="ClosedBefore">A person closed an alert of the same fingerprint.</param>
/// <param name="NeverSeen">Neither its kind nor its actor has been stored before.</param>
public sealed record DeviationHistory(bool ClosedBefore, bool NeverSeen);

/// <summary>Judges how severe a deviation is in its surroundings, and says why.</summary>
public static class AlertSeverity
{
    /// <summary>
    /// The severity the detector gave, moved by what is known about the asset, the process and the past.
    /// </summary>
    /// <remarks>An alarm stays one: what takes points off never makes it information.</remarks>
    public static AssessedSeverity Assess(
        DeviationRecord deviation, AssetContext asset, DeviationHistory history, SeverityOptions options)
    {
        var value = deviation.Severity;
        var reasons = new List<string>(deviation.SeverityReasons);
        if (reasons.Count == 0) reasons.Add(
            string.Create(CultureInfo.InvariantCulture, $"{value} given by the detector"));
        var writes = deviation.Phase == AttackPhase.Write;

        Add(asset.Criticality == AssetCriticality.High, options.HighCriticality, "the asset is declared critical");
        Add(asset.Criticality == AssetCriticality.Low, -options.LowCriticality,
            "the asset is declared of low criticality");
        Add(asset.Process == ProcessState.Running && writes, options.WriteWhileRunning,
            "something was changed while the process runs");
        Add(asset.Process == ProcessState.Stopped, -options.ProcessStopped, "the process is out of service");
        Add(
            deviation is { Basis: DetectionBasis.Statistical, Scale: "probability", Score: { } score }
                && score < options.ConfidentFrom,
            -options.LowConfidence,
            "rests on statistics, with little confidence");
        Add(history.ClosedBefore, -options.ClosedBefore, "closed by a person before");
        Add(history.NeverSeen, options.NeverSeen, "neither this kind nor this actor was seen before");

        var least = deviation.IsInformation ? 0 : Models.Severity.AlarmFrom;
        return new AssessedSeverity(Math.Clamp(value, least, 100), reasons);

        void Add(bool applies, int points, string reason)
        {
            if (!applies || points == 0) return;
            value += points;
            reasons.Add(string.Create(CultureInfo.InvariantCulture, $"{points:+0;-0}: {reason}"));
        }
    }
}
