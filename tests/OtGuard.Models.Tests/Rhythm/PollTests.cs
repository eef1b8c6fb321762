using OtGuard.Collectors;
using OtGuard.Models.Rhythm;
using OtGuard.Models.Scoring;
using OtGuard.Models.Tests.Vocabulary;

namespace OtGuard.Models.Tests.Rhythm;

/// <summary>How what is repeated is learned, and what of it is told.</summary>
[TestClass]
public sealed class PollTests
{
    private const string Scada = "10.0.0.5";
    private const string Standby = "10.0.0.6";
    private const string First = "10.0.0.9";
    private const string Second = "10.0.0.10";

    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly Baseline Learned = ModelRun.Learn(traffic => Poll(traffic, 1800));

    [TestMethod]
    public void What_goes_on_as_it_was_learned_is_not_told() =>
        ModelRun.AssertNothingIn(ModelRun.Judge(Learned, traffic => Poll(traffic, 1800)));

    [TestMethod]
    public void Polls_that_come_three_times_as_often_are_told_as_too_fast() => CollectionAssert.Contains(
        ModelRun.Judge(Learned, traffic =>
        {
            Poll(traffic, 60);
            Poll(traffic, 30, beside: _ =>
            {
                traffic.After(TimeSpan.FromSeconds(0.3));
                traffic.Read(Scada, First, 0, 10);
                traffic.After(TimeSpan.FromSeconds(0.3));
                traffic.Read(Scada, First, 0, 10);
            });
        }).ToList(),
        "poll-fast: 10.0.0.5 → 10.0.0.9");

    [TestMethod]
    public void A_poll_of_which_half_are_left_out_is_told_as_too_slow()
    {
        var told = ModelRun.Judge(Learned, traffic =>
        {
            Poll(traffic, 60);
            Poll(traffic, 120, leaveOut: second => second % 2 == 0);
        });

        CollectionAssert.Contains(told.ToList(), "poll-slow: 10.0.0.5 → 10.0.0.9");
        Assert.IsTrue(told.All(line => line.EndsWith(First, StringComparison.Ordinal)), string.Join("; ", told));
    }

    [TestMethod]
    public void A_poll_that_stops_while_its_server_answers_others_is_told_as_missing() => CollectionAssert.Contains(
        ModelRun.Judge(Learned, traffic =>
        {
            Poll(traffic, 60);
            Poll(traffic, 60, leaveOut: _ => true);
        }).ToList(),
        "poll-missing: 10.0.0.5 → 10.0.0.9");

    [TestMethod]
    public void A_cycle_that_becomes_a_seventh_longer_is_told_as_a_drift() => CollectionAssert.Contains(
        ModelRun.Judge(Learned, traffic =>
        {
            Poll(traffic, 60);
            Poll(traffic, 120, cycle: 1.15);
        }).ToList(),
        "poll-drift: 10.0.0.5 → 10.0.0.9");

    [TestMethod]
    [DataRow(3600.0, DisplayName = "an hour forward")]
    [DataRow(-3600.0, DisplayName = "an hour back")]
    [DataRow(3.0, DisplayName = "three seconds forward")]
    [DataRow(-3.0, DisplayName = "three seconds back")]
    public void A_recorders_clock_that_is_set_is_no_matter_of_polls(double seconds) => ModelRun.AssertNothingIn(
        ModelRun.Judge(Learned, traffic =>
        {
            Poll(traffic, 60);
            traffic.After(TimeSpan.FromSeconds(seconds));
            Poll(traffic, 60);
            traffic.After(TimeSpan.FromSeconds(-seconds));
            Poll(traffic, 60);
        }));

    [TestMethod]
    [DataRow(30, DisplayName = "half a minute")]
    [DataRow(6 * 3600, DisplayName = "six hours")]
    public void A_capture_that_holds_nothing_for_a_while_misses_no_polls(int seconds) => ModelRun.AssertNothingIn(
        ModelRun.Judge(Learned, traffic =>
        {
            Poll(traffic, 60);
            traffic.After(TimeSpan.FromSeconds(seconds));
            Poll(traffic, 60);
        }));

    [TestMethod]
    public void A_server_that_is_away_for_two_minutes_and_comes_back_misses_no_polls() => ModelRun.AssertNothingIn(
        ModelRun.Judge(Learned, traffic =>
        {
            Poll(traffic, 60);
            for (var second = 0; second < 120; second++)
            {
                traffic.Read(Scada, Second, 0, 10);
                traffic.After(TimeSpan.FromSeconds(1));
            }

            traffic.Reconnect();
            Poll(traffic, 60);
        }));

    [TestMethod]
    public void A_restart_of_the_monitor_in_the_middle_of_it_changes_nothing()
    {
        ModelRun.AssertNothingIn(ModelRun.Judge(Learned, traffic =>
        {
            traffic.After(TimeSpan.FromSeconds(0.37));
            Poll(traffic, 17);
        }));
    }

    [TestMethod]
    public void A_standby_that_takes_the_polling_over_changes_nothing()
    {
        var baseline = ModelRun.Learn(traffic => Pair(traffic, 1800, second => second / 600 % 2 == 0 ? Scada : Standby));

        Assert.AreEqual(1, baseline.Peers.Count);
        ModelRun.AssertNothingIn(ModelRun.Judge(baseline, traffic => Pair(traffic, 600, second => second < 300 ? Scada : Standby)));
    }

    [TestMethod]
    public void A_subscription_that_no_longer_reports_is_told()
    {
        var baseline = ModelRun.Learn(traffic => Report(traffic, 1800, 1800));

        ModelRun.AssertNothingIn(ModelRun.Judge(baseline, traffic => Report(traffic, 300, 300)));
        CollectionAssert.Contains(
            ModelRun.Judge(baseline, traffic => Report(traffic, 300, 200)).ToList(), "publish-missing: 10.0.0.9 → 10.0.0.5");
    }

    [TestMethod]
    public void A_subscriber_that_connects_anew_is_left_alone_only_after_as_long_as_a_restart_may_take()
    {
        var baseline = ModelRun.Learn(traffic => Report(traffic, 1800, 1800));

        ModelRun.AssertNothingIn(ModelRun.Judge(baseline, traffic => Reconnecting(traffic, 200)));
        Assert.Contains(
            "publish-missing: 10.0.0.9 → 10.0.0.5",
            ModelRun.Judge(baseline, traffic => Reconnecting(traffic, 400)).ToList());

        static void Reconnecting(Traffic traffic, int seconds)
        {
            Report(traffic, 100, 100);
            for (var attempt = 0; attempt < seconds / 2; attempt++)
            {
                traffic.Reconnect();
                Report(traffic, 2, 0);
            }

            Report(traffic, 100, 100);
        }
    }

    [TestMethod]
    public void The_same_trace_gives_the_same_bytes_and_they_are_read_back()
    {
        var again = ModelRun.Learn(traffic => Poll(traffic, 1800));
        var (first, second) = (Learned.Models.ToAttachments(), again.Models.ToAttachments());

        Assert.AreEqual(first.Count, second.Count);
        for (var at = 0; at < first.Count; at++)
        {
            Assert.AreEqual(first[at].Name, second[at].Name);
            CollectionAssert.AreEqual(first[at].Bytes, second[at].Bytes, first[at].Name);
        }

        var read = ModelSet.FromAttachments(first);
        CollectionAssert.AreEqual(
            Learned.Models.Lines().ToList(), read.Lines().ToList());
        foreach (var (before, after) in first.Zip(read.ToAttachments())) CollectionAssert.AreEqual(before.Bytes, after.Bytes);
    }

    [TestMethod]
    public void A_model_that_was_cut_short_is_refused_and_a_changed_one_never_fails_in_another_way()
    {
        var random = new Random(1);
        foreach (var attachment in Learned.Models.ToAttachments())
        {
            if (ModelFamilies.Find(attachment.Name) is not { } family) continue;
            for (var length = 0; length < attachment.Bytes.Length; length += 1 + length / 40)
            {
                using var reader = new ModelReader(attachment.Bytes[..length]);
                Assert.ThrowsExactly<BaselineFormatException>(() => family.Read(reader));
            }

            for (var change = 0; change < 2000; change++)
            {
                var bytes = attachment.Bytes.ToArray();
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                using var reader = new ModelReader(bytes);
                try
                {
                    family.Read(reader);
                }
                catch (BaselineFormatException)
                {
                    // Refused with a sentence.
                }
            }
        }
    }

    [TestMethod]
    public void Judging_alters_no_model_and_allocates_nothing()
    {
        var before = Learned.Models.ToAttachments().Select(attachment => attachment.Bytes).ToList();
        var costs = new Costs(Learned);
        var traffic = new Traffic(costs);
        Poll(traffic, 120);
        traffic.Flush();
        costs.Measures = true;
        Poll(traffic, 120, leaveOut: second => second % 3 == 0, beside: _ => traffic.Read(Scada, First, 0, 10));
        traffic.Flush();

        Assert.IsGreaterThan(300, costs.Measured);
        Assert.AreEqual(0, costs.Allocated);
        foreach (var (one, other) in before.Zip(Learned.Models.ToAttachments())) CollectionAssert.AreEqual(one, other.Bytes);
    }

    [TestMethod]
    public void Repetitions_beyond_the_bound_are_counted_and_what_has_no_room_is_not_judged()
    {
        var baseline = ModelRun.Learn(traffic =>
        {
            for (uint round = 0; round < 3; round++)
            {
                for (uint register = 0; register < PollModel.MaximumRhythms + 10; register++)
                {
                    traffic.Read(Scada, First, register, 1);
                    traffic.After(Millisecond);
                }
            }
        });

        var model = baseline.Models.Models.OfType<PollModel>().Single();
        Assert.AreEqual(PollModel.MaximumRhythms, model.Rhythms.Count);
        Assert.IsGreaterThanOrEqualTo(10, model.Beyond);
    }

    /// <summary>
    /// A round each second: the registers of two servers, the first one's coils, and every ten seconds a heartbeat. Within two
    /// hundredths of the second, the same in every run.
    /// </summary>
    private static void Poll(
        Traffic traffic, int seconds, Func<int, bool>? leaveOut = null, Action<int>? beside = null, double cycle = 1)
    {
        var start = traffic.Time;
        for (var second = 0; second < seconds; second++)
        {
            traffic.Time = start + TimeSpan.FromSeconds((second * cycle) + (second * 7919 % 41 - 20) / 1000.0);
            if (leaveOut?.Invoke(second) != true) traffic.Read(Scada, First, 0, 10);
            traffic.After(Millisecond);
            traffic.Say(Scada, First, Operation.Read, 1, new Target(TargetSpace.Coils, 0, 8));
            traffic.After(Millisecond);
            traffic.Read(Scada, Second, 0, 10);
            if (second % 10 == 5) traffic.Read(Scada, First, 100, 1);
            beside?.Invoke(second);
        }

        traffic.Time = start + TimeSpan.FromSeconds(seconds * cycle);
    }

    private static void Pair(Traffic traffic, int seconds, Func<int, string> active)
    {
        for (var second = 0; second < seconds; second++)
        {
            foreach (var plc in (string[])[First, Second])
                for (uint point = 0; point < 5; point++) traffic.Read(active(second), plc, point * 20, 10);
            traffic.After(TimeSpan.FromSeconds(1));
        }
    }

    private static void Report(Traffic traffic, int seconds, int reporting)
    {
        for (var second = 0; second < seconds; second++)
        {
            traffic.Read(Scada, First, 0, 10);
            traffic.After(TimeSpan.FromSeconds(0.5));
            if (second < reporting)
                traffic.Say(Scada, First, Operation.Notify, 826, new Target(TargetSpace.Nodes, (uint)(second % 3), 1));
            traffic.After(TimeSpan.FromSeconds(0.5));
        }
    }

    /// <summary>What the watches allocate, those of the families here alone.</summary>
    private sealed class Costs : IObservationConsumer
    {
        private readonly List<FamilyWatch> _watches = [];
        private readonly ScoreSheet _sheet = new();
        private long _nextAdvance;

        public Costs(Baseline baseline)
        {
            foreach (var model in baseline.Models.Models)
            {
                if (model.Family is not ("polls" or "traffic" or "sequence")) continue;
                _watches.Add(model.CreateWatch(new WatchContext(Traffic.Protocols, baseline, 0)));
            }
        }

        public bool Measures { get; set; }

        public int Measured { get; private set; }

        public long Allocated { get; private set; }

        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
            {
                if (observation.Protocol == ProtocolRegistry.Network) continue;
                var before = GC.GetAllocatedBytesForCurrentThread();
                _sheet.Clear();
                if (observation.Time.UnixNanoseconds >= _nextAdvance)
                {
                    foreach (var watch in _watches) watch.Advance(observation.Time, _sheet);
                    _nextAdvance = observation.Time.UnixNanoseconds + CaptureTime.NanosecondsPerSecond;
                }

                foreach (var watch in _watches) watch.Observe(in observation, batch, _sheet);
                if (!Measures) continue;
                Allocated += GC.GetAllocatedBytesForCurrentThread() - before;
                Measured++;
            }
        }
    }
}
