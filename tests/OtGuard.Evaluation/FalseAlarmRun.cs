using OtGuard.Collectors;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Detections;
using OtGuard.Host.Commands;
using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Models.Scoring;
using OtGuard.Simulators;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Wire;

namespace OtGuard.Evaluation;

/// <summary>What benign life is judged, and how much of it. Its seeds serve this table alone.</summary>
internal sealed record FalseAlarmPlan
{
    /// <summary>Seed of the life that is learned from.</summary>
    public const int LearningSeed = 8_900_001;

    /// <summary>Seed of the first life that is judged; each further stretch has the next.</summary>
    public const int JudgedSeed = 8_910_001;

    /// <summary>Seed of the life that is learned at its beginning and judged where it goes on.</summary>
    public const int GoingOnSeed = 8_920_001;

    /// <summary>The plan of the committed table.</summary>
    public static readonly FalseAlarmPlan Full = new();

    /// <summary>The budgets held against what is realised, in false alarms a day.</summary>
    public static IReadOnlyList<AlarmBudget> Budgets { get; } = [new(0.2), AlarmBudget.Default, new(5)];

    /// <summary>How long the substation is learned: every weekday once.</summary>
    public TimeSpan StationLearning { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long it is judged.</summary>
    public TimeSpan Station { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How often its values are polled: a month of polls each second would be a thousand million packets.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the car is learned.</summary>
    public TimeSpan DrivingLearning { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long it is judged.</summary>
    public TimeSpan Driving { get; init; } = TimeSpan.FromHours(10);

    /// <summary>Length of one drive that is judged; each has a seed of its own.</summary>
    public TimeSpan Drive { get; init; } = TimeSpan.FromMinutes(30);
}

/// <summary>Benign life judged at each budget.</summary>
internal sealed class BenignLife(string name, string split)
{
    private readonly Dictionary<string, ScaleHoldOut> _scales = new(StringComparer.Ordinal);

    /// <summary>Which life.</summary>
    public string Name => name;

    /// <summary>What was learned from and what judged.</summary>
    public string Split => split;

    /// <summary>Capture time judged.</summary>
    public TimeSpan Exposure { get; private set; }

    /// <summary>Frames read.</summary>
    public long Frames { get; private set; }

    /// <summary>Alarms of the learned models at each of the plan's budgets.</summary>
    public long[] ModelAlarms { get; } = new long[FalseAlarmPlan.Budgets.Count];

    /// <summary>Alarms of all kinds likewise.</summary>
    public long[] AllAlarms { get; } = new long[FalseAlarmPlan.Budgets.Count];

    /// <summary>Alarms at the default budget, by kind and, of the models, scale.</summary>
    public SortedDictionary<string, long> Kinds { get; } = new(StringComparer.Ordinal);

    /// <summary>The smallest budget a day that what was learned supports without extrapolation.</summary>
    public double SmallestBudget { get; private set; }

    /// <summary>"Operating state not learned", told for information, at the default budget.</summary>
    public long States { get; private set; }

    /// <summary>Events on each scale held against its calibration.</summary>
    public IReadOnlyCollection<ScaleHoldOut> Scales => _scales.Values;

    /// <summary>Judges a capture in one pass at all budgets.</summary>
    public void Judge(string path, Baseline baseline, FrameSelection frames)
    {
        var protocols = OfflineRun.Protocols();
        var engines = FalseAlarmPlan.Budgets.Select(budget =>
        {
            var table = new DeviationTable("file", baseline.ContentHash);
            var engine = new DetectionEngine(
                protocols, baseline, DetectorRegistry.CreateAll(new DetectorOptions()), table, frames, budget);
            return (Table: table, Engine: engine, Budget: budget);
        }).ToList();
        var calibrations = baseline.Models.Scales;
        foreach (var calibration in calibrations)
            if (!_scales.ContainsKey(calibration.Scale)) _scales.Add(calibration.Scale, new ScaleHoldOut(calibration));
        SmallestBudget = BudgetReach.Of(baseline.Models, new ModelOptions(), AlarmBudget.Default)
            .Select(reach => reach.SmallestBudget).DefaultIfEmpty(0).Max();
        // What is learned does not depend on the budget: one engine's events are those of all.
        if (engines[0].Engine.Models is { } models)
            models.EventClosed = top => _scales[calibrations[top.Scale].Scale].Add(top.Value);
        var clock = new SelectionClock(frames);
        using (var run = new OfflineRun([path], protocols, new Fanout([clock, .. engines.Select(entry => entry.Engine)]), progress: null))
        {
            run.ReadToEnd(CancellationToken.None);
            Frames += run.Frames;
        }

        Exposure += clock.Length;
        foreach (var scale in calibrations) _scales[scale.Scale].Exposure += clock.Length;
        for (var at = 0; at < engines.Count; at++)
        {
            var (table, engine, budget) = engines[at];
            engine.Finish();
            var alarms = table.All.Where(deviation => !deviation.IsInformation).ToList();
            AllAlarms[at] += alarms.Count;
            ModelAlarms[at] += alarms.Count(alarm => CaptureTrial.ScaleOf(alarm) is not null);
            if (budget != AlarmBudget.Default) continue;
            States += table.All.Count(deviation => deviation.Kind.Name == "operating-state-unlearned");
            foreach (var alarm in alarms)
            {
                var kind = CaptureTrial.ScaleOf(alarm) is { } scale ? $"{alarm.Kind.Name} ({scale})" : alarm.Kind.Name;
                Kinds[kind] = Kinds.GetValueOrDefault(kind) + 1;
            }
        }
    }

    /// <summary>The first and the last time among the selected frames.</summary>
    private sealed class SelectionClock(FrameSelection frames) : IObservationConsumer
    {
        private CaptureTime? _first;
        private CaptureTime _last;

        public TimeSpan Length => _first is { } first ? _last - first : TimeSpan.Zero;

        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
            {
                if (!frames.Contains(Math.Max(observation.RequestFrame, observation.ResponseFrame))) continue;
                _first ??= observation.Time;
                if (observation.Time > _last) _last = observation.Time;
            }
        }
    }
}

/// <summary>Events of one scale in life that was not learned, held against the scale's calibration.</summary>
internal sealed class ScaleHoldOut(ScaleCalibration calibration)
{
    private const int TieSeed = 7;

    private readonly List<double> _p = [];
    private readonly Random _ties = new(TieSeed);
    private long _beyond;

    /// <summary>What was promised.</summary>
    public ScaleCalibration Calibration => calibration;

    /// <summary>Events that came.</summary>
    public long Events => _p.Count + _beyond;

    /// <summary>Capture time in which they came.</summary>
    public TimeSpan Exposure { get; set; }

    /// <summary>The p-value up to which events are known one by one: a calibration keeps its greatest alone.</summary>
    public double KnownTo => calibration.EventCount == calibration.Events.Count
        ? 1
        : (double)calibration.Events.Count(known => known > calibration.Events.Min()) / (calibration.EventCount + 1);

    /// <summary>Takes the greatest score of an event that is over.</summary>
    public void Add(double score)
    {
        long greater = 0, equal = 0;
        foreach (var known in calibration.Events)
        {
            if (known > score) greater++;
            else if (known == score) equal++;
        }

        // As many more may equal the least that was kept as were not kept.
        if (greater + equal == calibration.Events.Count && calibration.EventCount > calibration.Events.Count) _beyond++;
        // Among equals, the event itself included, the place is drawn: so p-values are uniform however many are equal
        // (smoothed conformal p-values; Vovk, Gammerman and Shafer 2005, Algorithmic Learning in a Random World, §2.3).
        else _p.Add((greater + (_ties.NextDouble() * (equal + 1))) / (calibration.EventCount + 1));
    }

    /// <summary>The share of events whose p-value is at most so great; null beyond what is known.</summary>
    public double? ShareAtMost(double p) => Events == 0 || p > KnownTo ? null : (double)_p.Count(value => value <= p) / Events;

    /// <summary>The greatest distance of the p-values' distribution from the uniform one, as far as they are known.</summary>
    public double Distance
    {
        get
        {
            var greatest = 0.0;
            var sorted = _p.Order().ToList();
            for (var at = 0; at < sorted.Count; at++)
            {
                greatest = Math.Max(greatest, Math.Abs(sorted[at] - (double)at / Events));
                greatest = Math.Max(greatest, Math.Abs(sorted[at] - (double)(at + 1) / Events));
            }

            return KnownTo < 1 ? Math.Max(greatest, Math.Abs(KnownTo - ((double)sorted.Count / Events))) : greatest;
        }
    }

    /// <summary>Whether the distance is no greater than what chance alone makes in nineteen of twenty cases.</summary>
    public bool IsUniform => Distance <= Critical;

    /// <summary>
    /// What the distance exceeds in one of twenty cases although both come from one distribution (two samples, Smirnov 1948).
    /// </summary>
    public double Critical => Events == 0 || calibration.EventCount == 0
        ? 1
        : Math.Min(1, 1.358 * Math.Sqrt(1.0 / Events + 1.0 / calibration.EventCount));
}

/// <summary>Makes and judges benign life.</summary>
internal static class FalseAlarmRun
{
    // Benign captures, and from where on they are judged; 0 for their second half.
    private static readonly (string Path, long LastLearned, long FirstJudged)[] Real =
    [
        ("can/j1939/normal.log.gz", 9_978, 9_979),
        ("can/j1939/candump_dgdiagnostics_paccar_mx.txt.gz", 0, 0),
        ("can/ev/EV-CANeplus2.log.gz", 0, 0),
        ("can/ev/2009_Zebra_Frozenbattery.trc.gz", 0, 0),
        ("can/crysys/S-1-1-benign.log.gz", 0, 0),
        ("can/crysys/trace_1.log.gz", 0, 0),
        ("can/formats/candump.log.gz", 0, 0),
        ("can/formats/GVRET_Log.csv.gz", 0, 0),
        ("can/otids/a1.txt", 0, 0),
        // The attack's connection is frames 4782 to 4791.
        ("modbus/lemay/send_a_fake_command_modbus_6RTU_with_operate.pcap", 4_781, 4_792),
        ("opcua/emreekin/opycua_share.pcap", 0, 0),
    ];

    /// <summary>The part of each real benign capture that was not learned.</summary>
    public static IEnumerable<BenignLife> RealCaptures()
    {
        foreach (var (relative, lastLearned, firstJudged) in Real)
        {
            var path = SharedCaptures.PathOf(relative);
            var learned = lastLearned > 0 ? lastLearned : SharedCaptures.Read(path).Frames / 2;
            var first = firstJudged > 0 ? firstJudged : learned + 1;
            var life = new BenignLife(relative, $"frames 1-{learned} → {first}-");
            life.Judge(path, Learn(path, new FrameSelection(1, learned)), new FrameSelection(first, long.MaxValue));
            yield return life;
        }
    }

    /// <summary>The simulated substation by the calendar, from a Monday on.</summary>
    public static BenignLife Station(FalseAlarmPlan plan, TextWriter progress)
    {
        var options = StationOptions(plan);
        var baseline = WithFile(".pcap", path =>
        {
            Write(path, options);
            progress.WriteLine($"substation to learn from: {new FileInfo(path).Length >> 20} MiB");
            return Learn(path, FrameSelection.All);
        });
        progress.WriteLine("substation learned");
        var life = new BenignLife(
            "simulated substation",
            $"{plan.StationLearning.TotalDays:0} days of seed {FalseAlarmPlan.LearningSeed} → the {plan.Station.TotalDays:0} days after, seed "
            + $"{FalseAlarmPlan.JudgedSeed}, polled every {plan.Poll.TotalSeconds:0} s");
        WithFile(".pcap", path =>
        {
            Write(path, options with
            {
                Seed = FalseAlarmPlan.JudgedSeed,
                Start = options.Start + plan.StationLearning.Ticks * 100,
                Duration = plan.Station,
            });
            progress.WriteLine($"substation to judge: {new FileInfo(path).Length >> 20} MiB");
            life.Judge(path, baseline, FrameSelection.All);
            return true;
        });
        return life;
    }

    /// <summary>
    /// The same substation's life going on: what is judged is drawn as what was learned, so that its p-values show whether
    /// the calibration is right, and those of the other seed how far two plants differ.
    /// </summary>
    public static BenignLife StationGoingOn(FalseAlarmPlan plan, TextWriter progress)
    {
        var options = StationOptions(plan) with
        {
            Seed = FalseAlarmPlan.GoingOnSeed,
            Duration = plan.StationLearning + plan.Station,
        };
        var life = new BenignLife(
            "simulated substation, going on",
            $"the first {plan.StationLearning.TotalDays:0} days of seed {FalseAlarmPlan.GoingOnSeed} → the {plan.Station.TotalDays:0} days after of the "
            + $"same life, polled every {plan.Poll.TotalSeconds:0} s");
        WithFile(".pcap", path =>
        {
            Write(path, options);
            var learned = FramesUntil(path, new CaptureTime(options.Start) + plan.StationLearning);
            var baseline = Learn(path, new FrameSelection(1, learned));
            progress.WriteLine("substation that goes on learned");
            life.Judge(path, baseline, new FrameSelection(learned + 1, long.MaxValue));
            return true;
        });
        return life;
    }

    private static long FramesUntil(string path, CaptureTime end)
    {
        using var source = CaptureFiles.Open([path]);
        long frames = 0;
        while (source.TryRead(out var frame) && frame.Time < end) frames++;
        return frames;
    }

    private static SubstationOptions StationOptions(FalseAlarmPlan plan) => new SubstationOptions
    {
        Seed = FalseAlarmPlan.LearningSeed,
        Start = DemoScenario.Substation(FalseAlarmPlan.LearningSeed).Start,
        Duration = plan.StationLearning,
        Life = StationLifeKind.Calendar,
    }.Thinned(plan.Poll);

    private static void Write(string path, SubstationOptions options)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 18);
        new SubstationGenerator(options).Generate(new PcapWriter(stream));
    }

    /// <summary>The simulated car, drive after drive.</summary>
    public static BenignLife Driving(FalseAlarmPlan plan, TextWriter progress)
    {
        var scene = new VehicleScene { LearningTime = plan.DrivingLearning, Variant = VehicleVariant.Car };
        var baseline = WithFile(scene.Extension, path =>
        {
            scene.WriteNormal(path, FalseAlarmPlan.LearningSeed);
            return Learn(path, FrameSelection.All);
        });
        progress.WriteLine("car learned");
        var drives = (int)Math.Ceiling(plan.Driving / plan.Drive);
        var life = new BenignLife(
            "simulated driving",
            $"{plan.DrivingLearning.TotalMinutes:0} minutes of seed {FalseAlarmPlan.LearningSeed} → {drives} drives of "
            + $"{plan.Drive.TotalMinutes:0} minutes, seeds from {FalseAlarmPlan.JudgedSeed} on");
        for (var drive = 0; drive < drives; drive++)
        {
            WithFile(scene.Extension, path =>
            {
                scene.WritePlanted(path, FalseAlarmPlan.JudgedSeed + drive, plan.Drive);
                life.Judge(path, baseline, FrameSelection.All);
                return true;
            });
            progress.WriteLine($"drive {drive + 1} of {drives}: {life.ModelAlarms[1]} alarms of models so far");
        }

        return life;
    }

    private static Baseline Learn(string path, FrameSelection frames) =>
        LearnCommand.Learn([path], frames, new LearningOptions(), TextWriter.Null, CancellationToken.None);

    private static T WithFile<T>(string extension, Func<string, T> use)
    {
        var path = Path.Combine(Path.GetTempPath(), $"otguard-benign-{Guid.NewGuid():N}{extension}");
        try
        {
            return use(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
