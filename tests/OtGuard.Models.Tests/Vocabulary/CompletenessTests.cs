using System.Globalization;

namespace OtGuard.Models.Tests.Vocabulary;

[TestClass]
public sealed class CompletenessTests
{
    private const string Scada = "10.0.0.5";
    private const string Plc = "10.0.0.9";

    public required TestContext TestContext { get; set; }

    [TestMethod]
    public void Twenty_minutes_are_never_called_complete()
    {
        var baseline = Traffic.Learn(t => Poll(t, TimeSpan.FromMinutes(20)));

        Assert.IsFalse(baseline.Completeness.IsComplete);
        Assert.IsNull(baseline.Completeness[FactFamily.Functions].Expect(TimeSpan.FromHours(1)));
        Assert.Contains("nothing can be said yet about an hour",
            baseline.Completeness[FactFamily.Functions].Sentence());
    }

    [TestMethod]
    public void A_week_of_the_same_is_complete()
    {
        var baseline = Traffic.Learn(t => Poll(t, TimeSpan.FromDays(7)));

        Assert.IsTrue(baseline.Completeness.IsComplete);
        Assert.IsTrue(baseline.WriteSideComplete);
        Assert.AreEqual(OccasionScale.Day,
            baseline.Completeness[FactFamily.Functions].Expect(TimeSpan.FromDays(1))!.Value.Scale);
    }

    [TestMethod]
    public void Writes_that_go_somewhere_else_each_day_are_not_complete_though_the_polling_is()
    {
        var baseline = Traffic.Learn(t =>
        {
            for (uint day = 0; day < 7; day++)
            {
                t.Write(Scada, Plc, 1000 + day * 10);
                Poll(t, TimeSpan.FromDays(1));
            }
        });

        Assert.IsTrue(baseline.Completeness[FactFamily.ReadRanges].IsComplete);
        Assert.IsFalse(baseline.WriteSideComplete);
        Assert.IsGreaterThan(0.9,
            baseline.Completeness[FactFamily.WriteRanges].Expect(TimeSpan.FromDays(1))!.Value.NewFacts);
    }

    [TestMethod]
    public void A_burst_within_one_minute_is_one_occasion_and_not_a_habit()
    {
        var baseline = Traffic.Learn(t =>
        {
            Poll(t, TimeSpan.FromMinutes(9));
            for (var i = 0; i < 1000; i++) t.Read(Scada, Plc, 7777, 1);
            Poll(t, TimeSpan.FromMinutes(1));
        });

        var counts = baseline.Completeness[FactFamily.ReadRanges].Counts[(int)OccasionScale.Minute];
        Assert.AreEqual(10, counts.Occasions);
        Assert.AreEqual(1, counts.Once);
    }

    [TestMethod]
    public void Time_in_which_nothing_was_observed_is_not_time_learned()
    {
        var baseline = Traffic.Learn(t =>
        {
            Poll(t, TimeSpan.FromMinutes(10));
            t.After(TimeSpan.FromDays(30));
            Poll(t, TimeSpan.FromMinutes(10));
        });

        Assert.AreEqual(TimeSpan.FromMinutes(20), baseline.LearnedFrom.Observed);
        Assert.IsFalse(baseline.Completeness.IsComplete);
    }

    [TestMethod]
    public void The_estimate_is_that_of_Chao_and_its_limit_that_of_Poisson()
    {
        // Ten hours: six requests on one hour each, three on two, one on all. Q1 = 6, Q2 = 3, T = 10.
        var baseline = Traffic.Learn(t =>
        {
            for (uint hour = 0; hour < 10; hour++)
            {
                t.Read(Scada, Plc, 0, 1);
                if (hour < 6) t.Read(Scada, Plc, 100 + hour * 10, 1);
                else t.Read(Scada, Plc, 200 + hour % 3 * 10, 1);
                if (hour is 0 or 1) t.Read(Scada, Plc, 200 + (hour + 1) * 10, 1);
                Fill(t, TimeSpan.FromHours(1));
            }
        });

        var family = baseline.Completeness[FactFamily.ReadRanges];
        var counts = family.Counts[(int)OccasionScale.Hour];
        Assert.AreEqual(new OccasionCounts(OccasionScale.Hour, 10, 6, 3), counts);

        // Q0 = 9/10 · 36/6 = 5.4; over five more hours 5.4 · (1 - (1 - 6/(10·5.4 + 6))^5) = 5.4 · (1 - 0.9^5). The last
        // minute is not over yet: 599 minutes of 600 were observed, which is what the tolerances are for.
        var expected = family.Expect(TimeSpan.FromHours(5))!.Value;
        Assert.AreEqual(5.4 * (1 - Math.Pow(0.9, 5)), expected.NewFacts, 0.005);
        // 95 % upper limit of a Poisson mean after six events: 11.842 (Garwood 1936), times 5/10.
        Assert.AreEqual(11.842 / 2, expected.AtMost, 0.012);
    }

    [TestMethod]
    public void New_facts_of_known_rates_come_as_predicted()
    {
        // Facts as Poisson processes, rates spread over two decades; learned 40 hours, held out 10. Seeds are fixed.
        var (predicted, realised, covered, runs) = (0.0, 0, 0, 30);
        for (var seed = 0; seed < runs; seed++)
        {
            var random = new Random(seed);
            var (known, fresh) = (new HashSet<uint>(), new HashSet<uint>());
            var baseline = Traffic.Learn(t =>
            {
                var events = Events(random, facts: 120, hours: 50);
                foreach (var (hour, fact) in events)
                {
                    t.Time = Traffic.Start + TimeSpan.FromHours(hour);
                    if (hour < 40)
                    {
                        t.Read(Scada, Plc, fact * 10, 1);
                        known.Add(fact);
                    }
                    else if (!known.Contains(fact))
                    {
                        fresh.Add(fact);
                    }
                }
            });

            var expected = baseline.Completeness[FactFamily.ReadRanges].Expect(TimeSpan.FromHours(10))!.Value;
            predicted += expected.NewFacts;
            realised += fresh.Count;
            // What comes scatters about its expectation, which the limit bounds with 95 %.
            if (fresh.Count <= expected.AtMost + 2 * Math.Sqrt(expected.AtMost)) covered++;
        }

        TestContext.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"predicted {predicted:0.0}, realised {realised}, within the limit {covered} of {runs}"));
        // The sum of 30 runs: an error of a quarter is far beyond the scatter of some hundred Poisson events.
        Assert.IsInRange(0.75 * realised, 1.25 * realised, predicted);
        Assert.IsGreaterThanOrEqualTo(runs * 95 / 100, covered);
    }

    private static List<(double Hour, uint Fact)> Events(Random random, int facts, double hours)
    {
        var events = new List<(double Hour, uint Fact)>();
        for (uint fact = 0; fact < facts; fact++)
        {
            var perHour = Math.Pow(10, -2.3 + 2 * random.NextDouble());
            for (var hour = 0.0; (hour += -Math.Log(1 - random.NextDouble()) / perHour) < hours;)
                events.Add((hour, fact));
        }

        // Something that is always there, so that every hour is observed.
        for (var minute = 0; minute < hours * 60; minute++) events.Add((minute / 60.0, 100_000));
        events.Sort();
        return events;
    }

    private static void Poll(Traffic traffic, TimeSpan span)
    {
        for (var end = traffic.Time + span; traffic.Time < end;)
        {
            traffic.Read(Scada, Plc, 0, 10);
            traffic.Write(Scada, Plc, 40);
            traffic.After(TimeSpan.FromSeconds(span > TimeSpan.FromHours(1) ? 60 : 10));
        }
    }

    private static void Fill(Traffic traffic, TimeSpan span)
    {
        for (var end = traffic.Time + span; traffic.Time < end;)
        {
            traffic.Read(Scada, Plc, 0, 1);
            traffic.After(TimeSpan.FromMinutes(1));
        }
    }
}
