using OtGuard.Collectors;

namespace OtGuard.Models.Tests.Signals;

/// <summary>What the field brings: the models neither fail nor take it for an attack.</summary>
[TestClass]
public sealed class SignalSurvivalTests
{
    private const int Learned = 900;

    private static readonly Lazy<Baseline> Known = new(() => SignalTraffic.Learn(traffic => Plant.Poll(traffic, Learned)));

    [TestMethod]
    public void Constant_signals_are_learned_and_only_another_value_is_told()
    {
        var baseline = SignalTraffic.Learn(traffic => Constant(traffic, Learned, 7));

        SignalTraffic.Judge(baseline, traffic => Constant(traffic, 300, 7)).AssertSilent();
        SignalTraffic.Judge(baseline, traffic =>
        {
            Constant(traffic, 30, 7);
            Constant(traffic, 30, 5000);
        }).AssertTold("states");
    }

    [TestMethod]
    public void Partners_that_are_no_longer_seen_leave_a_signal_without_prediction()
    {
        Assert.IsNotEmpty(Known.Value.Models.Lines().Where(line => line.Contains("predicted to", StringComparison.Ordinal)).ToList());

        var verdicts = SignalTraffic.Judge(Known.Value, traffic =>
        {
            Plant.Poll(traffic, 60);
            for (var second = 0; second < 300; second++)
                traffic.Read(Plant.Busbar, (ushort)Plant.At(traffic.Time.UnixNanoseconds / 1e9).Sum).After(1);
        });

        verdicts.AssertSilent();
    }

    [TestMethod]
    public void Partners_that_were_never_there_leave_a_signal_without_prediction()
    {
        var verdicts = SignalTraffic.Judge(Known.Value, traffic =>
        {
            for (var second = 0; second < 60; second++) traffic.Read(Plant.Busbar, 1234).After(1);
        });

        Assert.AreEqual(0, verdicts.TopOf("level"));
        Assert.AreEqual(0, verdicts.TopOf("shift"));
    }

    [TestMethod]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    [DataRow(double.NegativeInfinity)]
    public void Node_that_is_no_number_is_told_and_the_next_number_is_not(double value)
    {
        var baseline = SignalTraffic.Learn(traffic => Nodes(traffic, Learned));

        SignalTraffic.Judge(baseline, traffic => Nodes(traffic, 200)).AssertSilent();
        var verdicts = SignalTraffic.Judge(baseline, traffic =>
        {
            Nodes(traffic, 60);
            traffic.Node(Plant.Meter, 5, value).After(1);
            Nodes(traffic, 60);
        });

        Assert.HasCount(1, verdicts.Alarms, string.Join("; ", verdicts.Alarms));
        verdicts.AssertTold("bounds");
    }

    [TestMethod]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    [DataRow(double.MaxValue)]
    [DataRow(double.MinValue)]
    [DataRow(double.Epsilon)]
    public void Node_that_is_at_times_no_ordinary_number_is_learned_and_kept_in_a_file(double value)
    {
        var baseline = SignalTraffic.Learn(traffic =>
        {
            for (var round = 0; round < 30; round++)
            {
                Nodes(traffic, 20);
                traffic.Node(Plant.Meter, 5, value).After(1).Node(Plant.Meter, 6, -value).After(1);
            }
        });

        Assert.AreEqual(baseline.ContentHash, Reread(baseline).ContentHash);
        // What came every twenty seconds is no news.
        SignalTraffic.Judge(Reread(baseline), traffic =>
        {
            Nodes(traffic, 20);
            traffic.Node(Plant.Meter, 5, value).After(1).Node(Plant.Meter, 6, -value).After(1);
        }).AssertSilent();
    }

    [TestMethod]
    public void Node_that_leaps_between_the_ends_of_all_numbers_is_learned_and_kept_in_a_file()
    {
        var baseline = SignalTraffic.Learn(traffic => Leap(traffic, Learned));

        Assert.AreEqual(baseline.ContentHash, Reread(baseline).ContentHash);
        SignalTraffic.Judge(Reread(baseline), traffic => Leap(traffic, 100)).AssertSilent();
    }

    [TestMethod]
    public void Node_that_never_is_a_number_is_learned_and_kept_in_a_file()
    {
        var baseline = SignalTraffic.Learn(traffic =>
        {
            for (var second = 0; second < 200; second++) traffic.Node(Plant.Meter, 5, double.NaN).After(1);
        });

        Assert.AreEqual(baseline.ContentHash, Reread(baseline).ContentHash);
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void Registers_that_a_name_map_makes_no_number_of_are_told(float value)
    {
        var point = new NamedPoint(
            NetworkAddress.Parse(Plant.Meter), 1, TargetSpace.InputRegisters, 0, "frequency", PointType.Float32,
            WordOrder.BigEndian, 1, 0, "Hz", null, null);
        var options = new LearningOptions { NameMap = new NameMap([point]) };
        var baseline = SignalTraffic.Learn(traffic => Frequency(traffic, Learned), options);

        SignalTraffic.Judge(baseline, traffic => Frequency(traffic, 200)).AssertSilent();
        var verdicts = SignalTraffic.Judge(baseline, traffic =>
        {
            Frequency(traffic, 20);
            traffic.ReadFloat(Plant.Meter, value).After(1);
            Frequency(traffic, 20);
        });

        var alarm = Assert.ContainsSingle(verdicts.Alarms);
        Assert.AreEqual($"bounds: {Plant.Meter} unit 1, frequency", alarm);
    }

    [TestMethod]
    public void Counter_that_wraps_is_no_step()
    {
        var baseline = SignalTraffic.Learn(traffic => Count(traffic, Learned, 10));

        SignalTraffic.Judge(baseline, traffic => Count(traffic, 300, 65_000)).AssertSilent();
    }

    [TestMethod]
    public void Gap_of_hours_is_no_step()
    {
        var verdicts = SignalTraffic.Judge(Known.Value, traffic =>
        {
            Plant.Poll(traffic, 100);
            traffic.After(5 * 3600);
            Plant.Poll(traffic, 100);
        });

        verdicts.AssertSilent();
    }

    [TestMethod]
    public void Gap_of_hours_while_learning_leaves_a_calibrated_baseline()
    {
        var baseline = SignalTraffic.Learn(traffic =>
        {
            Plant.Poll(traffic, 600);
            traffic.After(5 * 3600);
            Plant.Poll(traffic, 600);
        });

        // A third of what was seen, and none of the hours nothing was.
        Assert.IsTrue(baseline.Models.Scales.All(scale => scale.Exposure > TimeSpan.FromSeconds(300) && scale.Exposure < TimeSpan.FromSeconds(500)),
            baseline.Models.Scales[0].ToString());
        SignalTraffic.Judge(baseline, traffic => Plant.Poll(traffic, 300)).AssertSilent();
    }

    [TestMethod]
    [DataRow(-3600, DisplayName = "back to standard time")]
    [DataRow(3600, DisplayName = "on to daylight-saving time")]
    [DataRow(-86_400, DisplayName = "a restart whose clock is a day late")]
    public void Clock_that_is_set_is_no_deviation(int seconds)
    {
        var verdicts = SignalTraffic.Judge(Known.Value, traffic =>
        {
            Plant.Poll(traffic, 100);
            traffic.After(seconds);
            Plant.Poll(traffic, 100);
        });

        verdicts.AssertSilent();
    }

    [TestMethod]
    [DataRow(-3600)]
    [DataRow(3600)]
    public void Clock_that_is_set_while_learning_leaves_a_baseline_that_judges(int seconds)
    {
        var baseline = SignalTraffic.Learn(traffic =>
        {
            Plant.Poll(traffic, 450);
            traffic.After(seconds);
            Plant.Poll(traffic, 450);
        });

        Assert.IsTrue(baseline.Models.Scales.All(scale => scale.Exposure >= TimeSpan.Zero), baseline.Models.Scales[0].ToString());
        SignalTraffic.Judge(baseline, traffic => Plant.Poll(traffic, 300)).AssertSilent();
        SignalTraffic.Judge(baseline, traffic => Plant.Poll(traffic, 60, (_, reading) => reading with { First = 30_000 }))
            .AssertTold("bounds");
    }

    internal static Baseline Reread(Baseline baseline)
    {
        using var stream = new MemoryStream();
        baseline.Save(stream);
        stream.Position = 0;
        return Baseline.Load(stream);
    }

    private static void Constant(SignalTraffic traffic, int seconds, ushort value)
    {
        for (var second = 0; second < seconds; second++) traffic.Read(Plant.Meter, value, 0).After(1);
    }

    private static void Nodes(SignalTraffic traffic, int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            var reading = Plant.At(traffic.Time.UnixNanoseconds / 1e9);
            traffic.Node(Plant.Meter, 5, reading.First).Node(Plant.Meter, 6, reading.Voltage).After(1);
        }
    }

    private static void Leap(SignalTraffic traffic, int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            var value = (second * 31 % 97 - 48) / 48.0 * double.MaxValue;
            traffic.Node(Plant.Meter, 5, value).Node(Plant.Meter, 6, -value).After(1);
        }
    }

    private static void Frequency(SignalTraffic traffic, int seconds)
    {
        for (var second = 0; second < seconds; second++)
            traffic.ReadFloat(Plant.Meter, (float)(50 + 0.1 * Math.Sin(traffic.Time.UnixNanoseconds / 1e9 / 13))).After(1);
    }

    private static void Count(SignalTraffic traffic, int seconds, int from)
    {
        for (var second = 0; second < seconds; second++) traffic.Read(Plant.Meter, (ushort)(from + second * 7)).After(1);
    }
}
