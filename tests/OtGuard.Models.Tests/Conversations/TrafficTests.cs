using OtGuard.Collectors;
using OtGuard.Models.Conversations;
using OtGuard.Models.MlNet;
using OtGuard.Models.Scoring;
using OtGuard.Models.Tests.Rhythm;
using OtGuard.Models.Tests.Vocabulary;

namespace OtGuard.Models.Tests.Conversations;

/// <summary>What half a minute of a conversation is like, and what of it is told.</summary>
[TestClass]
public sealed class TrafficTests
{
    private const string Scada = "10.0.0.5";
    private const string Plc = "10.0.0.9";

    private static readonly Baseline Learned = ModelRun.Learn(traffic => Poll(traffic, 3600));

    [TestMethod]
    public void What_goes_on_as_it_was_learned_is_not_told() =>
        ModelRun.AssertNothingIn(Told(Learned, traffic => Poll(traffic, 1200)));

    [TestMethod]
    public void Reading_without_pause_is_told() => Assert.AreEqual(
        "traffic: 10.0.0.5 → 10.0.0.9",
        Told(Learned, traffic =>
        {
            Poll(traffic, 120);
            Poll(traffic, 60, beside: _ =>
            {
                for (var i = 0; i < 60; i++) Read(traffic, 0, 2);
            });
        }).Single());

    [TestMethod]
    public void Answers_that_take_fifty_times_as_long_are_told() => Assert.AreEqual(
        "traffic: 10.0.0.5 → 10.0.0.9",
        Told(Learned, traffic =>
        {
            Poll(traffic, 120);
            Poll(traffic, 120, milliseconds: 100);
        }).Single());

    [TestMethod]
    public void Many_different_targets_are_told() => Assert.AreEqual(
        "traffic: 10.0.0.5 → 10.0.0.9",
        Told(Learned, traffic =>
        {
            Poll(traffic, 120);
            Poll(traffic, 60, beside: second => Read(traffic, (uint)(second * 10), 2), besideAgain: 20);
        }).Single());

    [TestMethod]
    public void One_answer_that_was_lost_and_sent_again_is_not_told() => ModelRun.AssertNothingIn(Told(Learned, traffic =>
    {
        Poll(traffic, 100);
        Read(traffic, 0, 900);
        Poll(traffic, 100);
    }));

    [TestMethod]
    public void A_window_in_which_the_conversation_began_or_ended_is_not_told() => ModelRun.AssertNothingIn(Told(Learned, traffic =>
    {
        Poll(traffic, 100);
        traffic.After(TimeSpan.FromHours(3));
        Poll(traffic, 4);
        traffic.After(TimeSpan.FromSeconds(-7200));
        Poll(traffic, 100);
    }));

    [TestMethod]
    public void Where_nothing_varies_each_feature_is_judged_by_its_bounds()
    {
        var baseline = ModelRun.Learn(traffic =>
        {
            for (var second = 0; second < 3600; second++)
            {
                Read(traffic, 0, 2);
                traffic.After(TimeSpan.FromSeconds(1));
            }
        });

        var pattern = baseline.Models.Models.OfType<TrafficModel>().Single().Patterns.Single();
        Assert.IsLessThan(3, pattern.Columns.Length);
        Assert.IsNull(pattern.Components);
        Assert.AreEqual(
            "traffic: 10.0.0.5 → 10.0.0.9",
            Told(baseline, traffic =>
            {
                for (var tick = 0; tick < 6000; tick++)
                {
                    Read(traffic, 0, 2);
                    traffic.After(TimeSpan.FromSeconds(tick < 100 ? 1 : 0.01));
                }
            }).Single());
    }

    [TestMethod]
    public void A_trainer_whose_components_are_no_numbers_leaves_the_bounds()
    {
        var baseline = ModelRun.Learn(traffic => Poll(traffic, 3600), new BrokenTrainer());

        Assert.IsNull(baseline.Models.Models.OfType<TrafficModel>().Single().Patterns.Single().Components);
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(1e30f)]
    public void A_number_that_is_none_or_beyond_measure_is_as_odd_as_can_be(float number)
    {
        var model = Learned.Models.Models.OfType<TrafficModel>().Single();
        var traffic = model.Conversations[0];
        for (var feature = 0; feature < TrafficWindow.Features; feature++)
        {
            var row = traffic.Usual.ToArray();
            row[feature] = number;
            Assert.IsGreaterThan(
                1e6, TrafficJudge.Score(model.Patterns[traffic.Pattern], traffic, row, new float[TrafficWindow.Features]));
        }
    }

    [TestMethod]
    public void Different_things_are_counted_in_a_fixed_room()
    {
        foreach (var count in (int[])[1, 10, 100, 300])
        {
            var window = default(TrafficWindow);
            var connection = Connection();
            for (var at = 0; at < count; at++)
                for (var again = 0; again < 3; again++) window.Add(Observation(connection, (uint)(at * 7)), -1);
            var row = new float[TrafficWindow.Features];
            window.Write(row, row);
            Assert.AreEqual(count, row[5] * row[5], 2 + (count * 0.2), $"{count}");
            Assert.AreEqual(count * 3, row[0] * row[0], 0.01);
        }
    }

    private static IReadOnlyList<string> Told(Baseline baseline, Action<Traffic> act) =>
        [.. ModelRun.Judge(baseline, act).Where(line => line.StartsWith("traffic", StringComparison.Ordinal))];

    /// <summary>A round each second of one to three reads, answered within two to four milliseconds, and now and then a write.</summary>
    private static void Poll(
        Traffic traffic, int seconds, Action<int>? beside = null, int besideAgain = 1, double milliseconds = 2)
    {
        for (var second = 0; second < seconds; second++)
        {
            var start = traffic.Time;
            for (var read = 0; read <= second * 31 % 7 % 3; read++)
                Read(traffic, (uint)read * 10, milliseconds * (1 + (second * 13 % 11 / 10.0)));
            if (second % 17 == 3) traffic.Write(Scada, Plc, 40);
            for (var again = 0; again < besideAgain && beside is not null; again++) beside((second * besideAgain) + again);
            traffic.Time = start + TimeSpan.FromSeconds(1);
        }
    }

    private static void Read(Traffic traffic, uint start, double milliseconds)
    {
        traffic.Say(
            Scada, Plc, Operation.Read, 3, new Target(TargetSpace.HoldingRegisters, start, 10),
            latency: TimeSpan.FromMilliseconds(milliseconds));
        traffic.After(TimeSpan.FromMilliseconds(5));
    }

    private static Connection Connection()
    {
        var (client, server) = (NetworkAddress.Parse(Scada), NetworkAddress.Parse(Plc));
        return new Connection(
            0, new Endpoint(client, 50000), new Endpoint(server, 502), Transport.Tcp,
            new Conversation(0, client, server, Transport.Tcp, 502));
    }

    private static Observation Observation(Connection connection, uint start) => new()
    {
        Connection = connection,
        Operation = Operation.Read,
        Code = 3,
        SubCode = -1,
        Unit = 1,
        Target = new Target(TargetSpace.HoldingRegisters, start, 1),
    };

    /// <summary>As the library does with columns that depend on each other: vectors that score no number.</summary>
    private sealed class BrokenTrainer : IModelTrainer
    {
        public RegressionTrees TrainTrees(IReadOnlyList<float[]> features, IReadOnlyList<float> target, int seed) =>
            new MlNetTrainer().TrainTrees(features, target, seed);

        public PrincipalComponents? TrainComponents(IReadOnlyList<float[]> rows, int rank, int seed) => new(
            new float[rows[0].Length], [[.. Enumerable.Repeat(float.MaxValue, rows[0].Length)]]);
    }
}
