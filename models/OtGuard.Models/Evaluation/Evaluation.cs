using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>Verdicts held against labels, frame by frame. Ratios are null where they divide by nothing.</summary>
/// <remarks>Point-wise, without point adjustment: a frame counts as found only where a deviation covers it.</remarks>
public sealed record Evaluation
{
    /// <summary>Frames read, judged or not.</summary>
    public required long Frames { get; init; }

    /// <summary>Frames judged.</summary>
    public required long Judged { get; init; }

    /// <summary>Judged frames labelled as attack.</summary>
    public required long AttackFrames { get; init; }

    /// <summary>Attack frames flagged.</summary>
    public required long TruePositives { get; init; }

    /// <summary>Normal frames flagged.</summary>
    public required long FalsePositives { get; init; }

    /// <summary>Attack frames not flagged.</summary>
    public required long FalseNegatives { get; init; }

    /// <summary>Share of the flagged frames that are attack frames.</summary>
    public double? Precision => Ratio(TruePositives, TruePositives + FalsePositives);

    /// <summary>Share of the attack frames that are flagged.</summary>
    public double? Recall => Ratio(TruePositives, TruePositives + FalseNegatives);

    /// <summary>Harmonic mean of precision and recall.</summary>
    public double? F1 => Ratio(2 * TruePositives, 2 * TruePositives + FalsePositives + FalseNegatives);

    /// <summary>Area under the receiver operating characteristic over every judged frame's highest score; null where no detector scores frames.</summary>
    public double? RocAuc { get; init; }

    /// <summary>Alarms that cover no attack frame, per hour of judged capture time; null for a capture without length.</summary>
    public required double? FalseAlarmsPerHour { get; init; }

    /// <summary>From the first attack frame to the moment the first true alarm was raised; null where none was.</summary>
    public required double? SecondsToFirstDetection { get; init; }

    /// <summary>Deviations that are alarms.</summary>
    public required int Alerts { get; init; }

    /// <summary>Holds the verdicts of a finished run against labels.</summary>
    /// <param name="frames">Frames read.</param>
    /// <param name="verdicts">Verdicts of the judged frames, in order.</param>
    /// <param name="deviations">All deviations of the run.</param>
    /// <param name="isAttack">The label of a 1-based frame number.</param>
    public static Evaluation Of(
        long frames, IEnumerable<FrameVerdict> verdicts, IReadOnlyList<Deviation> deviations, Func<long, bool> isAttack)
    {
        long judged = 0, attack = 0, truePositives = 0, falsePositives = 0;
        CaptureTime? first = null, firstAttack = null;
        CaptureTime last = default;
        var trueAlarms = new HashSet<Deviation>();
        foreach (var verdict in verdicts)
        {
            judged++;
            first ??= verdict.Time;
            last = verdict.Time;
            var labelled = isAttack(verdict.Frame);
            if (labelled)
            {
                attack++;
                firstAttack ??= verdict.Time;
            }

            if (verdict.IsFlagged)
            {
                if (labelled) truePositives++;
                else falsePositives++;
                if (labelled) trueAlarms.Add(verdict.Deviation!);
            }
        }

        var alarms = deviations.Where(deviation => !deviation.IsInformation).ToList();
        // An alarm that shares its frames with a more severe one is as true as that one.
        foreach (var alarm in alarms)
            if (!trueAlarms.Contains(alarm) && CoversAttack(alarm, isAttack)) trueAlarms.Add(alarm);
        var hours = first is { } start ? (last - start).TotalHours : 0;
        return new Evaluation
        {
            Frames = frames,
            Judged = judged,
            AttackFrames = attack,
            TruePositives = truePositives,
            FalsePositives = falsePositives,
            FalseNegatives = attack - truePositives,
            FalseAlarmsPerHour = hours > 0 ? alarms.Count(alarm => !trueAlarms.Contains(alarm)) / hours : null,
            SecondsToFirstDetection = firstAttack is { } began && trueAlarms.Count > 0
                ? Math.Max(0, (trueAlarms.Min(alarm => alarm.FirstSeen) - began).TotalSeconds)
                : null,
            Alerts = alarms.Count,
        };
    }

    private static bool CoversAttack(Deviation deviation, Func<long, bool> isAttack)
    {
        foreach (var (from, to) in deviation.Frames.Ranges)
            for (var frame = from; frame <= to; frame++)
                if (isAttack(frame)) return true;
        return false;
    }

    private static double? Ratio(long part, long whole) => whole == 0 ? null : (double)part / whole;
}
