using System.Net;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Models;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Wire;

namespace OtGuard.Host.Runs;

/// <summary>A simulated capture with what was planted in it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Summary">Its frames and events.</param>
/// <param name="Frames">Which frame belongs to which event.</param>
/// <param name="Events">The events by the names they have in the summary.</param>
internal sealed record PlantedCapture(
    string Path, CaptureSummary Summary, PlantedFrames Frames, IReadOnlyDictionary<string, IPlantedEvent> Events);

/// <summary>A planted event and the alarms that tell of it.</summary>
/// <param name="Event">What was planted.</param>
/// <param name="Summary">Where it lies in the capture.</param>
/// <param name="Alarms">
/// Alarms that cover at least one of its frames, or that name it and were raised while it lasted or within
/// <see cref="PlantedScore.Aftermath"/> of its end: a message that is missing has no frame. In the order they were
/// raised.
/// </param>
/// <param name="Consequences">
/// Other alarms of that time: polls that stay unanswered because a device was silenced are no frames of the attacker.
/// </param>
internal sealed record PlantedResult(
    IPlantedEvent Event, EventSummary Summary, IReadOnlyList<Deviation> Alarms, IReadOnlyList<Deviation> Consequences)
{
    /// <summary>True where one of the alarms names the event as what it is.</summary>
    public bool IsFound => Alarms.Any(alarm => Event.ExpectedRows.Contains(alarm.Kind.Row));

    /// <summary>True where no detector raises any of the kinds that would name it.</summary>
    public bool IsBeyondDetectors =>
        Event.ExpectedRows.All(row => DeviationCatalogue.Kinds.All(kind => kind.Row != row));

    /// <summary>From its beginning to the first alarm, in seconds; null where there was none.</summary>
    public double? SecondsToDetection =>
        Alarms.Count == 0
            ? null
            : Math.Max(0, (Alarms.Min(alarm => alarm.FirstSeen.UnixNanoseconds) - Summary.FirstTime) / 1e9);
}

/// <summary>What was planted, found, missed, and raised without cause.</summary>
/// <param name="Attacks">Every planted attack, in the order of time.</param>
/// <param name="LookAlikes">Every planted look-alike.</param>
/// <param name="FalseAlarms">Alarms that no attack is the cause of.</param>
/// <param name="Held">
/// Alarms that a maintenance window holds back, as a site declares one for the work that a planted event stands for.
/// </param>
internal sealed record PlantedScore(
    IReadOnlyList<PlantedResult> Attacks, IReadOnlyList<PlantedResult> LookAlikes, IReadOnlyList<Deviation> FalseAlarms,
    IReadOnlyList<Deviation> Held)
{
    /// <summary>
    /// How long after the last act of an attack alarms are taken for its consequences: a restarted device is polled
    /// again, and connections that were lost are missed, within a minute.
    /// </summary>
    public static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(60);

    /// <summary>How long before and after the work itself a work order is made out for: it is never as exact.</summary>
    private static readonly TimeSpan WorkMargin = TimeSpan.FromMinutes(5);

    /// <summary>True where everything planted was found and nothing else was raised.</summary>
    public bool IsComplete => FalseAlarms.Count == 0 && Attacks.All(attack => attack.IsFound);

    public static PlantedScore Of(PlantedCapture capture, IReadOnlyList<Deviation> deviations)
    {
        var alarms = deviations.Where(deviation => !deviation.IsInformation).ToList();
        List<PlantedResult> results = [];
        HashSet<Deviation> caused = [];
        HashSet<Deviation> held = [];
        foreach (var summary in capture.Summary.Events)
        {
            var planted = capture.Events[summary.Truth.Event];
            var frames = capture.Frames.Of(summary.Truth.Event);
            bool IsOfItsTime(Deviation alarm) =>
                alarm.FirstSeen.UnixNanoseconds >= summary.FirstTime
                && (planted.IsLasting || alarm.FirstSeen.UnixNanoseconds <= summary.LastTime + (Aftermath.Ticks * 100));
            bool Tells(Deviation alarm) =>
                Covers(alarm, frames) || (IsOfItsTime(alarm) && planted.ExpectedRows.Contains(alarm.Kind.Row));

            var telling = alarms.Where(Tells).ToList();
            var others = alarms.Where(alarm => !Tells(alarm) && IsOfItsTime(alarm)).ToList();
            results.Add(new PlantedResult(planted, summary, telling, others));
            if (planted.IsAttack)
            {
                caused.UnionWith(telling);
                caused.UnionWith(others);
            }
            else if (planted.IsAnnounced)
            {
                var windows = WindowsOf(summary);
                held.UnionWith(alarms.Where(alarm => windows.Any(window => window.Covers(RecordOf(alarm)))));
            }
        }

        return new PlantedScore(
            [.. results.Where(result => result.Event.IsAttack)],
            [.. results.Where(result => !result.Event.IsAttack)],
            [.. alarms.Where(alarm => !caused.Contains(alarm) && !held.Contains(alarm))],
            [.. held]);
    }

    // Of the vehicle all of it is in the workshop; of the plant the hosts are named that are worked from and on.
    private static List<MaintenanceWindow> WindowsOf(EventSummary summary) =>
    [
        .. summary.Truth.Victims.Append(summary.Truth.Attacker).Select(host => new MaintenanceWindow
        {
            Id = summary.Truth.Event,
            WorkOrder = summary.Truth.Event,
            OpenedBy = summary.Truth.Attacker,
            From = new CaptureTime(summary.FirstTime) + -WorkMargin,
            Until = new CaptureTime(summary.LastTime) + WorkMargin,
            Address = IPAddress.TryParse(host, out _) ? host : null,
        }),
    ];

    private static DeviationRecord RecordOf(Deviation alarm) =>
        DeviationRecord.Of(alarm, protocol: "", new DeviationOrigin());

    private static bool Covers(Deviation deviation, IReadOnlySet<long> planted)
    {
        if (planted.Count == 0) return false;
        foreach (var (first, last) in deviation.Frames.Ranges)
            for (var frame = first; frame <= last; frame++)
                if (planted.Contains(frame)) return true;
        return false;
    }
}
