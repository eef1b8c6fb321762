using OtGuard.Models.Scoring;

namespace OtGuard.Models.Tests.Scoring;

/// <summary>From scores to rates and back.</summary>
[TestClass]
public sealed class ScaleCalibrationTests
{
    private static readonly TimeSpan TenDays = TimeSpan.FromDays(10);

    [TestMethod]
    [DataRow(0)]
    [DataRow(3)]
    [DataRow(10)]
    [DataRow(200)]
    public void Rate_never_rises_with_the_score(int events)
    {
        var calibration = Of(Excesses(events, 1));

        var before = double.PositiveInfinity;
        for (var score = 1.0; score < 1e6; score *= 1.01)
        {
            var rate = calibration.RatePerDay(score);
            Assert.IsLessThanOrEqualTo(before, rate, $"{events} events, score {score}");
            Assert.IsGreaterThan(0, rate);
            before = rate;
        }
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(3)]
    [DataRow(10)]
    [DataRow(200)]
    [DataRow(1000)]
    public void Score_of_a_rate_is_reached_no_more_often_than_that(int events)
    {
        var calibration = Of(Excesses(events, 2));

        // From every event to one in ten thousand years.
        for (var rate = 50.0; rate > 3e-7; rate /= 1.3)
        {
            var score = calibration.ScoreAt(rate);
            Assert.IsLessThanOrEqualTo(rate * (1 + 1e-9), calibration.RatePerDay(score), $"{events} events, {rate} a day, score {score}");
        }
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(200)]
    public void Beyond_what_was_counted_score_and_rate_are_each_others_inverse(int events)
    {
        var calibration = Of(Excesses(events, 3));

        for (var rate = 0.05; rate > 1e-5; rate /= 2)
            Assert.AreEqual(rate, calibration.RatePerDay(calibration.ScoreAt(rate)), rate * 1e-9);
    }

    [TestMethod]
    public void Counted_rate_is_one_more_than_the_events_that_reach_the_score_over_the_exposure()
    {
        var events = Excesses(100, 4);
        var calibration = Of(events);

        // The ten greatest are the tail's.
        for (var at = 10; at < 100; at++)
            Assert.AreEqual((1 + at + 1) / TenDays.TotalDays, calibration.RatePerDay(events[at]), 1e-12);
        Assert.AreEqual((1 + 100) / TenDays.TotalDays, calibration.RatePerDay(1), 1e-12);
    }

    [TestMethod]
    public void Score_below_a_candidate_is_worth_nothing()
    {
        Assert.AreEqual(double.PositiveInfinity, Of(Excesses(20, 5)).RatePerDay(0.99));
    }

    [TestMethod]
    public void Events_that_are_not_kept_one_by_one_are_counted_all_the_same()
    {
        var all = Excesses(1000, 6);
        var calibration = Of(all);

        Assert.HasCount(ScaleCalibration.MaximumEvents, calibration.Events);
        Assert.AreEqual((1 + 1000) / TenDays.TotalDays, calibration.RatePerDay(all[^1]), 1e-12);
    }

    [TestMethod]
    public void Exponent_of_a_known_tail_is_found_and_erred_to_the_heavier_side()
    {
        double sum = 0;
        const int runs = 200;
        for (var run = 0; run < runs; run++)
        {
            var random = new Random(run);
            // Pareto with exponent 3.
            var events = Enumerable.Range(0, 250).Select(_ => Math.Pow(1 - random.NextDouble(), -1.0 / 3)).OrderDescending().ToList();
            sum += Of(events).Exponent;
        }

        // One standard error of the 25 of the tail below it: 3 / (1 + 1/√24) is 2.5.
        Assert.AreEqual(2.5, sum / runs, 0.25);
    }

    [TestMethod]
    public void Held_out_p_values_of_exponential_scores_are_uniform()
    {
        // The rate of a score over the rate of all events is a p-value: of events it was not calibrated on, a share u has one below u.
        int[] below = new int[10];
        const int runs = 400;
        const int held = 50;
        for (var run = 0; run < runs; run++)
        {
            var random = new Random(run);
            double Next() => 1 - Math.Log(1 - random.NextDouble());
            var calibration = Of([.. Enumerable.Range(0, 200).Select(_ => Next()).OrderDescending()]);
            var all = calibration.RatePerDay(1);
            for (var at = 0; at < held; at++)
            {
                var p = calibration.RatePerDay(Next()) / all;
                for (var tenth = 1; tenth <= 10; tenth++) below[tenth - 1] += p <= tenth / 10.0 ? 1 : 0;
            }
        }

        for (var tenth = 1; tenth <= 10; tenth++)
        {
            // Events of one run share their calibration, which is itself good to √(u(1-u)/200): over 400 runs to 0.002.
            Assert.AreEqual(tenth / 10.0, below[tenth - 1] / (double)(runs * held), 0.015, $"at {tenth / 10.0}");
        }
    }

    [TestMethod]
    public void Two_calibrations_together_have_the_events_and_the_time_of_both()
    {
        var (first, second) = (Of(Excesses(30, 7)), Of(Excesses(40, 8)) with { Candidate = 1.2 });

        var both = first.With(second);

        Assert.AreEqual(TenDays * 2, both.Exposure);
        Assert.AreEqual(1.2, both.Candidate);
        Assert.AreEqual(both.Events.Count, both.EventCount);
        Assert.AreSequenceEqual(
            first.Events.Concat(second.Events).Where(score => score >= 1.2).OrderDescending().ToList(), both.Events.ToList());
    }

    private static List<double> Excesses(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Math.Pow(1 - random.NextDouble(), -1.0 / 3)).OrderDescending()];
    }

    private static ScaleCalibration Of(List<double> events) => new()
    {
        Scale = "test",
        Candidate = 1,
        Exposure = TenDays,
        Events = [.. events.Take(ScaleCalibration.MaximumEvents)],
        EventCount = events.Count,
    };
}
