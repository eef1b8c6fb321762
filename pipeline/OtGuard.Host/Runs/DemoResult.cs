using OtGuard.Models;
using OtGuard.Simulators;

namespace OtGuard.Host.Runs;

/// <summary>A planted attack and the alarms that tell of it.</summary>
/// <param name="Attack">What was planted.</param>
/// <param name="Alarms">Alarms that cover at least one of its frames, in the order they were raised.</param>
internal sealed record PlantedResult(PlantedAttack Attack, IReadOnlyList<Deviation> Alarms)
{
    /// <summary>True where one of the alarms names the attack as what it is.</summary>
    public bool IsFound => Alarms.Any(alarm => Attack.ExpectedRows.Contains(alarm.Kind.Row));

    /// <summary>From its first frame to the first alarm, in seconds; null where there was none.</summary>
    public double? SecondsToDetection =>
        Alarms.Count == 0
            ? null
            : Math.Max(0, (Alarms.Min(alarm => alarm.FirstSeen.UnixNanoseconds) - Attack.FirstTime) / 1e9);
}

/// <summary>What was planted, found, missed, and raised without cause.</summary>
/// <param name="Attacks">Every planted attack, in the order of time.</param>
/// <param name="FalseAlarms">Alarms that cover no planted frame.</param>
internal sealed record DemoResult(IReadOnlyList<PlantedResult> Attacks, IReadOnlyList<Deviation> FalseAlarms)
{
    /// <summary>True where everything planted was found and nothing else was raised.</summary>
    public bool IsComplete => FalseAlarms.Count == 0 && Attacks.All(attack => attack.IsFound);

    public static DemoResult Of(
        IReadOnlyList<PlantedAttack> planted, PlantedFrames frames, IReadOnlyList<Deviation> deviations)
    {
        var alarms = deviations.Where(deviation => !deviation.IsInformation).ToList();
        var attacks = planted
            .Select(attack => new PlantedResult(
                attack, [.. alarms.Where(alarm => Covers(alarm, frames.Of(attack.Name).Contains))]))
            .ToList();
        return new DemoResult(attacks, [.. alarms.Where(alarm => !Covers(alarm, frames.IsAttack))]);
    }

    private static bool Covers(Deviation deviation, Func<long, bool> planted)
    {
        foreach (var (first, last) in deviation.Frames.Ranges)
            for (var frame = first; frame <= last; frame++)
                if (planted(frame)) return true;
        return false;
    }
}
