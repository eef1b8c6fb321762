using OtGuard.Collectors;
using OtGuard.Models.Scoring;
using OtGuard.Models.Tests.Signals;

namespace OtGuard.Models.Tests.Scoring;

/// <summary>What of the scores the budget lets through.</summary>
[TestClass]
public sealed class ModelJudgeTests
{
    private static readonly ScaleCalibration Calibration = new()
    {
        Scale = "value",
        Candidate = 1,
        Exposure = TimeSpan.FromDays(30),
        Events = [.. Enumerable.Range(0, 100).Select(at => 100 / (at + 1.0))],
        EventCount = 100,
    };

    [TestMethod]
    [DataRow(10)]
    [DataRow(1)]
    [DataRow(0.1)]
    [DataRow(0.001)]
    public void Score_is_an_alarm_from_the_threshold_of_the_budget_on_and_not_below(double perDay)
    {
        var threshold = Math.Max(1, Calibration.ScoreAt(perDay));

        Assert.IsEmpty(Alarms(perDay, Math.BitDecrement(threshold)));
        var alarm = Assert.ContainsSingle(Alarms(perDay, threshold));
        Assert.IsLessThanOrEqualTo(perDay * (1 + 1e-9), alarm.RatePerDay);
    }

    [TestMethod]
    public void Event_is_new_once_and_keeps_its_number()
    {
        var alarms = Alarms(0.1, 500, 1.5, 600);

        Assert.AreSequenceEqual([true, false, false], alarms.Select(alarm => alarm.IsNew).ToList());
        Assert.AreEqual(1, alarms.Select(alarm => alarm.Event).Distinct().Count());
        Assert.IsTrue(alarms[0].IsExtrapolated);
    }

    [TestMethod]
    public void What_lies_below_a_candidate_belongs_to_no_event()
    {
        Assert.IsEmpty(Alarms(1e9, 0.99));
        Assert.IsNotEmpty(Alarms(1e9, 1));
    }

    [TestMethod]
    public void Smaller_budget_has_a_threshold_no_lower()
    {
        var before = 0.0;
        for (var perDay = 100.0; perDay > 1e-6; perDay /= 3)
        {
            var judge = Judge(perDay);
            Assert.IsGreaterThanOrEqualTo(before, judge.AlarmFrom(0));
            before = judge.AlarmFrom(0);
        }
    }

    private static ModelJudge Judge(double perDay) => new(
        new ModelSet([new PlainModel()], [Calibration]), SignalTraffic.Learn(static traffic => traffic.Read(Plant.Meter, 1)),
        SignalTraffic.Protocols, new ModelOptions(), new AlarmBudget(perDay));

    // A second after the other, each with a score that is the register's value.
    private static List<ModelAlarm> Alarms(double perDay, params double[] scores)
    {
        PlainModel.Next = new Queue<double>(scores);
        var consumer = new Consumer(Judge(perDay));
        SignalTraffic.Run(
            consumer,
            traffic =>
            {
                foreach (var _ in scores) traffic.Read(Plant.Meter, 1).After(1);
            },
            SignalTraffic.Start);
        return consumer.Alarms;
    }

    private sealed class Consumer(ModelJudge judge) : IObservationConsumer
    {
        public List<ModelAlarm> Alarms { get; } = [];

        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
            {
                if (observation.Protocol == ProtocolRegistry.Network) continue;
                if (judge.Observe(in observation, batch)) Alarms.AddRange(judge.Alarms);
            }
        }
    }

    /// <summary>A family whose scores a test says.</summary>
    private sealed class PlainModel : FamilyModel
    {
        [ThreadStatic]
        private static Queue<double>? _next;

        public static Queue<double> Next
        {
            get => _next ??= [];
            set => _next = value;
        }

        public override string Family => "plain";

        public override IReadOnlyList<string> Scales => ["value"];

        public override IEnumerable<string> Lines() => [];

        public override void Write(ModelWriter writer) => writer.Write(1);

        public override FamilyWatch CreateWatch(WatchContext context) => new Watch(context.FirstScale);
    }

    private sealed class Watch(int scale) : FamilyWatch
    {
        public override int Owners => 1;

        public override void Observe(in Observation observation, ObservationBatch batch, ScoreSheet sheet) =>
            sheet.Add(scale, 0, PlainModel.Next.Dequeue(), 1, 0, 0);

        public override TimeSpan CycleOf(int scale, int key) => TimeSpan.FromSeconds(1);

        public override int OwnerOf(int scale, int key) => 0;

        public override ScoreSubject Describe(in Score score) => new(1, "it", "it", "", [], LearningStage.Dynamic);
    }
}
