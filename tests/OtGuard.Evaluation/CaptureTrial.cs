using System.Diagnostics;
using OtGuard.Collectors;
using OtGuard.Detections;
using OtGuard.Host.Commands;
using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Evaluation;

/// <summary>What one detector, family or scale made of a capture. Ratios are null where they divide by nothing.</summary>
/// <param name="Detector">Which.</param>
/// <param name="Recall">Share of the labelled frames that are flagged.</param>
/// <param name="Precision">Share of the flagged frames that are labelled.</param>
/// <param name="Auc">Area under the ROC over all judged frames; null where nothing ranks them.</param>
/// <param name="EventsFound">Attack events of which a frame is flagged.</param>
/// <param name="FalseAlarms">Alarms that cover no labelled frame.</param>
/// <param name="Seconds">From the first labelled frame to the first true alarm; null where there was none.</param>
internal sealed record DetectorResult(
    string Detector, double? Recall, double? Precision, double? Auc, int EventsFound, long FalseAlarms, double? Seconds)
{
    /// <summary>The score from which on it raises alarms; null where there is no single one.</summary>
    public double? AlarmFrom { get; init; }

    /// <summary>The greatest score of a labelled frame.</summary>
    public double? GreatestLabelled { get; init; }

    /// <summary>The greatest score of any other frame judged.</summary>
    public double? GreatestNormal { get; init; }
}

/// <summary>An alarm, or what a learned model told for information, as a line of the report.</summary>
/// <param name="Deviation">The deviation.</param>
/// <param name="IsTrue">True where it covers a labelled frame.</param>
/// <param name="From">When it was first seen, in seconds since the capture began.</param>
/// <param name="To">When it was last seen, likewise.</param>
internal sealed record RaisedAlarm(Deviation Deviation, bool IsTrue, double From, double To);

/// <summary>A labelled capture, judged.</summary>
/// <param name="Capture">Which, with its split.</param>
/// <param name="Judged">Frames judged.</param>
/// <param name="AttackFrames">Labelled frames among them.</param>
/// <param name="AttackEvents">Runs of labelled frames with no pause of five seconds.</param>
/// <param name="Exposure">Capture time judged.</param>
/// <param name="AttackFrom">When the first labelled frame came, in seconds since the capture began.</param>
/// <param name="AttackTo">When the last one came.</param>
/// <param name="LearningTime">Wall-clock time of learning.</param>
/// <param name="Results">One for each family, scale and reference.</param>
/// <param name="Alarms">Every alarm, and what learned models told for information.</param>
internal sealed record CaptureTrial(
    LabelledCapture Capture, long Judged, long AttackFrames, int AttackEvents, TimeSpan Exposure, double AttackFrom, double AttackTo,
    TimeSpan LearningTime, IReadOnlyList<DetectorResult> Results, IReadOnlyList<RaisedAlarm> Alarms)
{
    /// <summary>Everything that detects, together.</summary>
    public const string Everything = "all detectors";

    /// <summary>The learned models, all scales combined.</summary>
    public const string Combined = "models, combined";

    /// <summary>What is no learned model.</summary>
    public const string Rules = "vocabulary and rules";

    /// <summary>How a scale is called in the table.</summary>
    public const string ScalePrefix = "scale ";

    private const string ModelMessage = "model-";

    /// <summary>The scale an alarm was raised on; null for one that no learned model raised.</summary>
    public static string? ScaleOf(Deviation deviation) =>
        deviation.Finding.Message.Key.StartsWith(ModelMessage, StringComparison.Ordinal)
            ? deviation.Finding.Message.Key[ModelMessage.Length..]
            : null;

    /// <summary>Learns and judges.</summary>
    public static CaptureTrial Of(LabelledCapture capture)
    {
        var clock = Stopwatch.StartNew();
        var baseline = LearnCommand.Learn(
            [capture.Learned], capture.LearnFrames, new LearningOptions(), TextWriter.Null, CancellationToken.None);
        var learningTime = clock.Elapsed;

        var protocols = OfflineRun.Protocols();
        var table = new DeviationTable("file", baseline.ContentHash);
        var engine = new DetectionEngine(
            protocols, baseline, DetectorRegistry.CreateAll(new DetectorOptions()), table, capture.JudgeFrames, capture.Budget);
        var scales = baseline.Models.Scales.Select(scale => scale.Scale).ToList();
        var logs = new GroupLogs(capture.JudgeFrames, scales);
        table.Sighted = logs.OnSighted;
        var scores = new FrameScores(baseline.Models);
        engine.Ranked = (observation, _) => scores.Take(in observation, engine.Models!);
        using (var run = new OfflineRun([capture.Judged], protocols, engine, progress: null))
        {
            run.Can.FrameListener = run.Traffic.FrameListener = logs;
            run.ReadToEnd(CancellationToken.None);
        }

        engine.Finish();
        var frames = Timeline.Of(logs.Of(Everything).Verdicts([]), capture.IsAttack);
        List<DetectorResult> results = [];
        foreach (var group in logs.Names)
        {
            var raised = table.All.Where(deviation => GroupLogs.GroupsOf(deviation).Contains(group)).ToList();
            var verdicts = logs.Of(group).Verdicts(raised).ToList();
            var flagged = verdicts.Where(verdict => verdict.IsFlagged).Select(verdict => verdict.Frame).ToHashSet();
            var truth = raised.Where(deviation => !deviation.IsInformation && frames.IsTrue(deviation, verdicts)).ToHashSet();
            double? Rank(Func<long, double> score) => frames.Auc(score);
            var result = frames.Result(
                group,
                flagged,
                group switch
                {
                    // What a rule flags comes first, then what is most surprising to the models.
                    Everything => Rank(frame => (flagged.Contains(frame) ? 1e12 : 0) + scores.Of(frame)),
                    Combined => Rank(scores.Of),
                    Rules => Rank(frame => flagged.Contains(frame) ? 1 : 0),
                    _ => Rank(frame => scores.Of(frame, scales.IndexOf(group[ScalePrefix.Length..]))),
                },
                raised.LongCount(deviation => !deviation.IsInformation && !truth.Contains(deviation)),
                truth.Count > 0 ? truth.Min(deviation => deviation.FirstSeen) : null);
            var scale = scales.FindIndex(name => group == ScalePrefix + name);
            results.Add(scale < 0 ? result : frames.WithScores(
                result, frame => scores.Of(frame, scale), engine.Models!.AlarmFrom(scale)));
        }

        foreach (var reference in ReferenceDetector.CreateAll())
        {
            if (reference.NeedsTimes && !capture.HasTimes) continue;
            Read(capture.Learned, new ReferenceRun(reference, capture.LearnFrames, learns: true, _ => false));
            var judged = new ReferenceRun(reference, capture.JudgeFrames, learns: false, capture.IsAttack);
            Read(capture.Judged, judged);
            var flagged = frames.Frames.Where(frame => judged.Of(frame.Number) > reference.Threshold)
                .Select(frame => frame.Number).ToHashSet();
            results.Add(frames.WithScores(
                frames.Result(reference.Name, flagged, frames.Auc(judged.Of), judged.FalseEvents, judged.FirstDetection),
                judged.Of, reference.Threshold));
        }

        var everything = logs.Of(Everything).Verdicts(table.All).ToList();
        return new CaptureTrial(
            capture, frames.Frames.Count, frames.AttackFrames, frames.AttackEvents, frames.Exposure, Since(frames.FirstAttack),
            Since(frames.LastAttack), learningTime, results,
            [
                .. table.All.Where(deviation => !deviation.IsInformation || ScaleOf(deviation) is not null).Select(deviation => new RaisedAlarm(
                    deviation, frames.IsTrue(deviation, everything), Since(deviation.FirstSeen), Since(deviation.LastSeen))),
            ]);

        double Since(CaptureTime? time) => time is { } known && logs.Start is { } start ? (known - start).TotalSeconds : double.NaN;
    }

    private static void Read(string path, IObservationConsumer consumer)
    {
        using var run = new OfflineRun([path], OfflineRun.Protocols(), consumer, progress: null);
        run.ReadToEnd(CancellationToken.None);
    }

    /// <summary>A log of verdicts for each group of detectors.</summary>
    private sealed class GroupLogs(FrameSelection frames, IReadOnlyList<string> scales) : IFrameListener
    {
        private readonly Dictionary<string, VerdictLog> _logs = ((string[])
            [Everything, Rules, Combined, .. scales.Select(scale => ScalePrefix + scale)])
            .ToDictionary(name => name, _ => new VerdictLog(frames));

        public IEnumerable<string> Names => _logs.Keys;

        /// <summary>When the capture began.</summary>
        public CaptureTime? Start { get; private set; }

        public static IReadOnlyList<string> GroupsOf(Deviation deviation) =>
            ScaleOf(deviation) is { } scale ? [Everything, Combined, ScalePrefix + scale] : [Everything, Rules];

        public VerdictLog Of(string group) => _logs[group];

        public void OnFrame(long frame, CaptureTime time, Conversation? conversation)
        {
            if (frame == 1) Start = time;
            foreach (var log in _logs.Values) log.OnFrame(frame, time, conversation);
        }

        public void OnSighted(Deviation deviation, long requestFrame, long responseFrame)
        {
            foreach (var group in GroupsOf(deviation)) _logs[group].OnSighted(deviation, requestFrame, responseFrame);
        }
    }

    /// <summary>The judged frames with their labels.</summary>
    private sealed class Timeline
    {
        private static readonly TimeSpan Pause = new Models.Scoring.ModelOptions().EventGap;

        public required List<(long Number, CaptureTime Time, int Event)> Frames { get; init; }

        public int AttackEvents { get; private init; }

        public long AttackFrames => Frames.LongCount(frame => frame.Event > 0);

        public TimeSpan Exposure => Frames.Count == 0 ? TimeSpan.Zero : Frames[^1].Time - Frames[0].Time;

        public CaptureTime? FirstAttack => AttackFrames == 0 ? null : Frames.First(frame => frame.Event > 0).Time;

        public CaptureTime? LastAttack => AttackFrames == 0 ? null : Frames.Last(frame => frame.Event > 0).Time;

        /// <summary>Numbers the attack's events: labelled frames with no pause longer than that of events.</summary>
        public static Timeline Of(IEnumerable<FrameVerdict> verdicts, Func<long, bool> isAttack)
        {
            List<(long, CaptureTime, int)> frames = [];
            var (number, latest) = (0, (CaptureTime?)null);
            foreach (var verdict in verdicts)
            {
                if (isAttack(verdict.Frame))
                {
                    if (latest is not { } before || verdict.Time - before > Pause) number++;
                    latest = verdict.Time;
                    frames.Add((verdict.Frame, verdict.Time, number));
                }
                else
                {
                    frames.Add((verdict.Frame, verdict.Time, 0));
                }
            }

            return new Timeline { Frames = frames, AttackEvents = number };
        }

        public double? Auc(Func<long, double> score) =>
            Evaluation.Auc.Of(Frames.Select(frame => (score(frame.Number), frame.Event > 0)));

        /// <summary>Whether an alarm covers a labelled frame: by its own frames, or as the worst of several.</summary>
        public bool IsTrue(Deviation deviation, IEnumerable<FrameVerdict> verdicts)
        {
            _attacks ??= Frames.Where(frame => frame.Event > 0).Select(frame => frame.Number).ToHashSet();
            if (_attacks.Count == 0) return false;
            foreach (var (from, to) in deviation.Frames.Ranges)
                for (var frame = from; frame <= to; frame++)
                    if (_attacks.Contains(frame)) return true;
            // Beyond the ranges a deviation keeps, the verdicts know.
            return deviation.Frames.IsCut && verdicts.Any(verdict => verdict.Deviation == deviation && _attacks.Contains(verdict.Frame));
        }

        private HashSet<long>? _attacks;

        public DetectorResult WithScores(DetectorResult result, Func<long, double> score, double alarmFrom) => result with
        {
            AlarmFrom = alarmFrom,
            GreatestLabelled = AttackFrames == 0 ? null : Frames.Where(frame => frame.Event > 0).Max(frame => score(frame.Number)),
            GreatestNormal = Frames.Where(frame => frame.Event == 0).Select(frame => score(frame.Number)).DefaultIfEmpty().Max(),
        };

        public DetectorResult Result(string detector, HashSet<long> flagged, double? auc, long falseAlarms, CaptureTime? first)
        {
            var truePositives = Frames.LongCount(frame => frame.Event > 0 && flagged.Contains(frame.Number));
            return new DetectorResult(
                detector,
                AttackFrames == 0 ? null : (double)truePositives / AttackFrames,
                flagged.Count == 0 ? null : (double)truePositives / flagged.Count,
                auc,
                Frames.Where(frame => frame.Event > 0 && flagged.Contains(frame.Number)).Select(frame => frame.Event).Distinct().Count(),
                falseAlarms,
                first is { } time && FirstAttack is { } began ? Math.Max(0, (time - began).TotalSeconds) : null);
        }
    }
}
