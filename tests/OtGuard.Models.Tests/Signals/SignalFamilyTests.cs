using OtGuard.Collectors;
using OtGuard.Models.Scoring;
using OtGuard.Models.Signals;

namespace OtGuard.Models.Tests.Signals;

/// <summary>What the family learns, tells and keeps.</summary>
[TestClass]
public sealed class SignalFamilyTests
{
    private const int Learned = 900;
    private const uint Wheels = 0x110;
    private const uint Engine = 0x120;

    private static readonly Lazy<Baseline> Known = new(() => SignalTraffic.Learn(traffic => Plant.Poll(traffic, Learned)));
    private static readonly Lazy<Baseline> Car = new(() => SignalTraffic.Learn(traffic => Drive(traffic, 300)));

    [TestMethod]
    public void Later_clean_traffic_is_silent() =>
        SignalTraffic.Judge(Known.Value, traffic => Plant.Poll(traffic, 1200)).AssertSilent();

    [TestMethod]
    public void Later_clean_frames_are_silent() =>
        SignalTraffic.Judge(Car.Value, traffic => Drive(traffic, 120)).AssertSilent();

    [TestMethod]
    public void Value_far_outside_of_its_band_is_told() => Changed(
        static reading => reading with { First = 9000 }).AssertTold("bounds");

    [TestMethod]
    public void Value_within_its_band_that_the_related_ones_contradict_is_told() => Changed(
        static reading => reading with { Sum = 2800 - reading.Sum }).AssertTold("level");

    [TestMethod]
    public void Value_that_stands_still_while_the_others_move_is_told() => Changed(
        static reading => reading with { First = 800 }).AssertTold("stuck");

    [TestMethod]
    public void Value_that_stands_still_is_told_with_when_it_began_to()
    {
        var judge = new Explaining(Known.Value);
        var from = SignalTraffic.Start + TimeSpan.FromDays(1);
        SignalTraffic.Run(
            judge, static traffic => Plant.Poll(traffic, 180, static (second, reading) => second < 60 ? reading : reading with { First = 800 }),
            from);

        var since = judge.First("stuck").Subject.Since;

        Assert.IsNotNull(since);
        Assert.IsInRange(TimeSpan.FromSeconds(59), TimeSpan.FromSeconds(61), since.Value - from);
    }

    [TestMethod]
    public void Temperature_that_leaves_what_was_learned_step_by_step_is_no_state_never_seen_and_one_that_jumps_is()
    {
        // Nine values, so that its lower half byte alone moves while learning and takes few of them.
        var warm = SignalTraffic.Learn(static traffic => Warm(traffic, 1200, static second => 103 + (8 - Math.Abs((second / 10 % 17) - 8))));

        var walks = SignalTraffic.Judge(warm, static traffic => Warm(traffic, 400, static second => 103 + Math.Min(second / 10, 30)));
        var jumps = SignalTraffic.Judge(warm, static traffic => Warm(traffic, 400, static second => second < 200 ? 105 : 140));

        Assert.IsEmpty(walks.Alarms.Where(static alarm => alarm.StartsWith("states", StringComparison.Ordinal)));
        Assert.IsGreaterThan(walks.TopOf("states"), jumps.TopOf("states"));
        jumps.AssertTold("states");

        static void Warm(SignalTraffic traffic, int seconds, Func<int, int> temperature)
        {
            for (var tenth = 0; tenth < seconds * 10; tenth++)
                traffic.Frame(Engine, (byte)tenth, 0, 0, 0, 0, 0, (byte)temperature(tenth / 10), 0).After(0.1);
        }
    }

    [TestMethod]
    public void Bits_of_one_message_are_one_witness()
    {
        // A number to and fro over a power of two, and what repeats it: every bit of every message flips with it.
        var model = (SignalFamilyModel)SignalTraffic.Learn(static traffic =>
        {
            for (var turn = 0; turn < 6000; turn++)
            {
                var value = (byte)(turn * 7919 / 40 % 3 == 0 ? 0x80 : 0x7F);
                for (uint message = 0; message < 5; message++) traffic.Frame(0x300 + message, value, 0, 0, 0, 0, 0, 0, 0).After(0.02);
            }
        }).Models.Models.Single(static model => model.Family == "signals");

        var voted = model.Signals.Where(static signal => signal.Voters.Length > 0).ToList();

        Assert.IsNotEmpty(voted);
        foreach (var signal in voted)
        {
            var parts = signal.Voters.Select(voter => model.Signals[voter].Definition).Where(static voter => voter.IsPart).ToList();
            Assert.HasCount(parts.Count, parts.DistinctBy(static part => part.Key.Owner).ToList(), signal.Definition.Title);
        }
    }

    [TestMethod]
    public void Recording_that_is_played_again_is_told()
    {
        List<Plant.Reading> recorded = [];
        SignalTraffic.Judge(Known.Value, traffic => Plant.Poll(traffic, 200, (second, reading) =>
        {
            if (second < 100) recorded.Add(reading);
            return second < 100 ? reading : recorded[second - 100];
        })).AssertTold("replay");
    }

    [TestMethod]
    public void Signal_in_a_frame_that_contradicts_those_of_others_is_told() => SignalTraffic.Judge(
        Car.Value, traffic => Drive(traffic, 30, static speed => 4000 - speed)).AssertTold("level");

    [TestMethod]
    public void Explanation_names_the_related_signals_and_the_expected_band()
    {
        var judge = new Explaining(Known.Value);
        SignalTraffic.Run(
            judge, traffic => Plant.Poll(traffic, 60, static (_, reading) => reading with { Sum = 2800 - reading.Sum }),
            SignalTraffic.Start + TimeSpan.FromDays(1));

        var (subject, score) = judge.First("level");
        Assert.Contains(Plant.Busbar, subject.Subject);
        Assert.IsTrue(subject.Related.Any(static related => related.Contains(Plant.Feeders, StringComparison.Ordinal)));
        Assert.IsLessThan(score.High, score.Low);
        Assert.IsTrue(score.Observed < score.Low || score.Observed > score.High);
    }

    [TestMethod]
    public void Same_traffic_and_seed_give_the_same_bytes()
    {
        Assert.AreEqual(Known.Value.ContentHash, SignalTraffic.Learn(traffic => Plant.Poll(traffic, Learned)).ContentHash);
        CollectionAssert.AreEqual(
            Bytes(Known.Value), Bytes(SignalTraffic.Learn(traffic => Plant.Poll(traffic, Learned))));
        CollectionAssert.AreEqual(Bytes(Car.Value), Bytes(SignalTraffic.Learn(traffic => Drive(traffic, 300))));
    }

    [TestMethod]
    public void Scoring_leaves_the_model_as_it_was()
    {
        var before = Bytes(Known.Value);

        var verdicts = SignalTraffic.Judge(
            Known.Value, traffic => Plant.Poll(traffic, 600, static (second, reading) => reading with { First = second * 100 }));

        Assert.IsNotEmpty(verdicts.Alarms);
        CollectionAssert.AreEqual(before, Bytes(Known.Value));
    }

    [TestMethod]
    public void Watching_allocates_nothing_once_it_has_met_what_it_judges()
    {
        var (plant, car) = (new Watching(Known.Value), new Watching(Car.Value));
        Run(plant, static traffic => Plant.Poll(traffic, 600));
        Run(car, static traffic => Drive(traffic, 60));

        Assert.IsGreaterThan(5, plant.SteadyBatches);
        Assert.IsGreaterThan(5, car.SteadyBatches);
        Assert.AreEqual(0, plant.Allocated);
        Assert.AreEqual(0, car.Allocated);

        static void Run(Watching watching, Action<SignalTraffic> act) =>
            SignalTraffic.Run(watching, act, SignalTraffic.Start + TimeSpan.FromDays(1));
    }

    [TestMethod]
    public void Model_read_back_judges_as_the_one_that_was_written()
    {
        static void Act(SignalTraffic traffic) =>
            Plant.Poll(traffic, 300, static (second, reading) => second > 200 ? reading with { Second = 4000 } : reading);

        var (written, read) = (SignalTraffic.Judge(Known.Value, Act), SignalTraffic.Judge(SignalSurvivalTests.Reread(Known.Value), Act));

        Assert.AreSequenceEqual(written.Alarms, read.Alarms);
        Assert.IsNotEmpty(read.Alarms);
        foreach (var (scale, score) in written.Top) Assert.AreEqual(score, read.TopOf(scale), scale);
    }

    [TestMethod]
    public void Extending_keeps_signals_and_relations_that_were_not_seen_again()
    {
        var extended = SignalTraffic.Learn(
            static traffic =>
            {
                for (var second = 0; second < Learned; second++)
                    traffic.Read("10.0.0.12", (ushort)(500 + 50 * Math.Sin(second / 9.0))).After(1);
            },
            earlier: Known.Value);

        var model = (SignalFamilyModel)extended.Models.Models.Single(static model => model.Family == "signals");
        var before = (SignalFamilyModel)Known.Value.Models.Models.Single(static model => model.Family == "signals");
        Assert.HasCount(before.Signals.Count + 1, model.Signals);
        foreach (var signal in before.Signals)
        {
            var kept = model.Signals.Single(other => other.Definition == signal.Definition);
            Assert.AreSequenceEqual(Names(before, signal.Related), Names(model, kept.Related));
            Assert.AreSequenceEqual(Names(before, signal.Voters), Names(model, kept.Voters));
        }

        SignalTraffic.Judge(extended, static traffic => Plant.Poll(traffic, 300)).AssertSilent();
        SignalTraffic.Judge(
            extended, static traffic => Plant.Poll(traffic, 60, static (_, reading) => reading with { Sum = 2800 - reading.Sum })).AssertTold("level");

        static List<string> Names(SignalFamilyModel of, int[] signals) => [.. signals.Select(at => of.Signals[at].Definition.Title)];
    }

    [TestMethod]
    public void Cut_attachments_are_refused_with_a_sentence()
    {
        foreach (var attachment in Known.Value.Models.ToAttachments())
        {
            // Every length of what is short, and a few hundred of what is long.
            for (var length = 0; length < attachment.Bytes.Length; length += 1 + attachment.Bytes.Length / 1000)
            {
                var cut = With(attachment, attachment.Bytes[..length]);
                Assert.ThrowsExactly<BaselineFormatException>(() => ModelSet.FromAttachments(cut), $"{attachment.Name} cut to {length}");
            }

            var longer = With(attachment, [.. attachment.Bytes, 0]);
            Assert.ThrowsExactly<BaselineFormatException>(() => ModelSet.FromAttachments(longer));
        }
    }

    [TestMethod]
    public void Random_attachments_are_refused_with_a_sentence()
    {
        var random = new Random(5);
        for (var round = 0; round < 2000; round++)
        {
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            // A small count first, so that what follows is read at all.
            if (bytes.Length > 4 && round % 2 == 0) (bytes[0], bytes[1], bytes[2], bytes[3]) = ((byte)random.Next(1, 5), 0, 0, 0);
            foreach (var attachment in Known.Value.Models.ToAttachments())
                Assert.ThrowsExactly<BaselineFormatException>(() => ModelSet.FromAttachments(With(attachment, bytes)));
        }
    }

    [TestMethod]
    public void Changed_attachments_are_refused_with_a_sentence_or_judge_and_extend_without_failing()
    {
        var random = new Random(6);
        var (read, refused) = (0, 0);
        for (var round = 0; round < 600; round++)
        {
            var attachments = Known.Value.Models.ToAttachments();
            var attachment = attachments[random.Next(attachments.Count)];
            var bytes = (byte[])attachment.Bytes.Clone();
            for (var changes = random.Next(1, 4); changes > 0; changes--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            ModelSet models;
            try
            {
                models = ModelSet.FromAttachments(With(attachment, bytes));
            }
            catch (BaselineFormatException)
            {
                refused++;
                continue;
            }

            read++;
            SignalTraffic.Judge(
                Known.Value.With(models), static traffic => Plant.Poll(traffic, 20, static (second, reading) => reading with { First = second * 3000 }));
            Assert.IsNotEmpty(models.Extend(Known.Value.Models).Lines().ToList());
            Assert.IsNotEmpty(Known.Value.Models.Extend(models).Lines().ToList());
        }

        Assert.IsGreaterThan(50, read);
        Assert.IsGreaterThan(50, refused);
    }

    [TestMethod]
    public void Signal_that_a_file_names_twice_is_refused()
    {
        var model = (SignalFamilyModel)Known.Value.Models.Models.Single(static model => model.Family == "signals");
        using var writer = new ModelWriter();
        new SignalFamilyModel([.. model.Signals, model.Signals[0]], model.Writers).Write(writer);
        using var reader = new ModelReader(writer.ToArray());

        Assert.ThrowsExactly<BaselineFormatException>(() => new SignalFamily().Read(reader));
    }

    private static SignalVerdicts Changed(Func<Plant.Reading, Plant.Reading> change) => SignalTraffic.Judge(
        Known.Value, traffic => Plant.Poll(traffic, 180, (second, reading) => second < 60 ? reading : change(reading)));

    private static List<ModelAttachment> With(ModelAttachment attachment, byte[] bytes) =>
    [
        .. Known.Value.Models.ToAttachments().Select(other => other.Name == attachment.Name ? other with { Bytes = bytes } : other),
    ];

    private static byte[] Bytes(Baseline baseline) => [.. baseline.Models.ToAttachments().SelectMany(static attachment => attachment.Bytes)];

    // The speed of two wheels each in two frames and of the engine in a third, fifty times a second.
    private static void Drive(SignalTraffic traffic, int seconds, Func<int, int>? engine = null)
    {
        for (var frame = 0; frame < seconds * 50; frame++)
        {
            var time = traffic.Time.UnixNanoseconds / 1e9;
            var speed = 2000 + 900 * Math.Sin(time / 7) + 300 * Math.Sin(time / 2.3) + Jitter(frame, 7919);
            var (left, right, turns) = ((int)speed, (int)speed + Jitter(frame, 104_729), (int)(speed + Jitter(frame, 1299)));
            if (engine is not null) turns = engine(turns);
            traffic.Frame(Wheels, (byte)(left >> 8), (byte)left, (byte)(right >> 8), (byte)right, 0, 0, 0, 0).After(0.004)
                .Frame(Wheels + 1, (byte)(right >> 8), (byte)right, 0x11, 0, (byte)(left >> 8), (byte)left, 0, 0).After(0.004)
                .Frame(Engine, 0, 0, (byte)(turns >> 8), (byte)turns, 0, 0, 0, 0).After(0.012);
        }
    }

    private static int Jitter(int frame, int prime) => (int)((frame * (long)prime >> 3) % 7) - 3;

    private sealed class Explaining(Baseline baseline) : IObservationConsumer
    {
        private readonly ModelJudge _judge = new(
            baseline.Models, baseline, SignalTraffic.Protocols, new ModelOptions(), AlarmBudget.Default);

        private readonly List<(string Scale, ScoreSubject Subject, Score Score)> _told = [];

        public (ScoreSubject Subject, Score Score) First(string scale)
        {
            var (_, subject, score) = _told.First(told => told.Scale == scale);
            return (subject, score);
        }

        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
            {
                if (observation.Protocol == ProtocolRegistry.Network || !_judge.Observe(in observation, batch)) continue;
                foreach (var alarm in _judge.Alarms) _told.Add((alarm.Scale, _judge.Describe(alarm), alarm.Score));
            }
        }
    }

    /// <summary>Counts what the watch allocates from the second batch on.</summary>
    private sealed class Watching(Baseline baseline) : IObservationConsumer
    {
        private readonly FamilyWatch _watch = baseline.Models.Models.Single(static model => model.Family == "signals")
            .CreateWatch(new WatchContext(SignalTraffic.Protocols, baseline, 0));

        private readonly ScoreSheet _sheet = new();
        private int _batches;

        public long Allocated { get; private set; }

        public int SteadyBatches => _batches - 1;

        public void Consume(ObservationBatch batch)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (ref readonly var observation in batch.Items)
            {
                _sheet.Clear();
                if (observation.Protocol == ProtocolRegistry.Network) continue;
                _watch.Observe(in observation, batch, _sheet);
                _watch.Advance(observation.Time, _sheet);
            }

            if (_batches++ > 0) Allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
