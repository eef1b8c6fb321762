using OtGuard.Detections.Tests.Coverage;
using OtGuard.Models;

namespace OtGuard.Detections.Tests;

/// <summary>New identifiers on a bus of which not all were learned: what is to be expected, and what is one too many.</summary>
[TestClass]
public sealed class NewcomerTests
{
    private const string Kind = "unknown-identifier";

    [TestMethod]
    public void New_identifier_is_an_alarm_with_its_first_frame_where_every_learned_one_came_again_and_again()
    {
        var newcomer = Judge(learnedOnce: 0, static bus => bus.Wait(1).Send(0x700, "00")).Single();

        Assert.IsFalse(newcomer.IsInformation);
    }

    [TestMethod]
    public void New_identifier_is_information_where_some_learned_ones_came_once_only_and_says_why()
    {
        var newcomer = Judge(learnedOnce: 5, static bus => bus.Wait(1).Send(0x700, "00")).Single();

        Assert.IsTrue(newcomer.IsInformation);
        Assert.Contains("some of the learned identifiers came once only", newcomer.Finding.SeverityReasons[^1]);
    }

    /// <summary>None of those learned once had two frames in a second.</summary>
    [TestMethod]
    public void Its_second_frame_in_a_second_makes_it_an_alarm()
    {
        var newcomer = Judge(learnedOnce: 5, static bus => bus.Wait(1).Send(0x700, "00").Wait(0.01).Send(0x700, "00")).Single();

        Assert.IsFalse(newcomer.IsInformation);
        Assert.AreEqual(2, newcomer.Occurrences);
    }

    /// <summary>
    /// In three seconds one after the other, and never in the two minutes learned: 22 of 142 s, squared, are 2 %; five, to the
    /// fourth power, 0.06 %.
    /// </summary>
    [TestMethod]
    [DataRow(3, true)]
    [DataRow(5, false)]
    public void What_comes_so_often_would_have_been_learned(int seconds, bool isInformation)
    {
        var newcomer = Judge(
            learnedOnce: 5,
            bus =>
            {
                for (var second = 0; second < seconds; second++) bus.Wait(1).Send(0x700, "00");
            }).Single();

        Assert.AreEqual(isInformation, newcomer.IsInformation);
    }

    /// <summary>Five in two minutes make 0.9 in 21 s: five and more have 0.2 %, six and more 0.04 %.</summary>
    [TestMethod]
    [DataRow(5, 0)]
    [DataRow(6, 6)]
    public void So_many_that_they_are_not_to_be_expected_make_all_of_them_alarms(int newcomers, int alarms)
    {
        var found = Judge(
            learnedOnce: 5,
            bus =>
            {
                bus.Wait(1);
                for (var one = 0; one < newcomers; one++) bus.Send(0x700 + (uint)one, "00");
            });

        Assert.HasCount(newcomers, found);
        Assert.AreEqual(alarms, found.Count(one => !one.IsInformation));
    }

    /// <summary>
    /// Event identifiers with rates of their own, a new set for each of sixty buses, learned for two minutes and judged for one:
    /// an alarm is to be the exception, one in a thousand for each identifier, and the bound is far above that.
    /// </summary>
    [TestMethod]
    public void Events_that_were_not_learned_are_rarely_an_alarm()
    {
        const int buses = 60;
        var random = new Random(11);
        var (withNewcomers, withAlarm) = (0, 0);
        for (var trial = 0; trial < buses; trial++)
        {
            var rates = Enumerable.Range(0, 12).Select(_ => Math.Exp(-3 - (3 * random.NextDouble()))).ToList();
            var found = Judge(bus => Events(bus, 120, rates, random), bus => Events(bus, 60, rates, random));
            if (found.Count > 0) withNewcomers++;
            if (found.Any(one => !one.IsInformation)) withAlarm++;
        }

        Assert.IsGreaterThanOrEqualTo(buses / 3, withNewcomers, "The buses show too few events that were not learned.");
        Assert.IsLessThanOrEqualTo(buses / 20, withAlarm);
    }

    private static void Events(CoverageBus bus, int seconds, List<double> rates, Random random)
    {
        for (var second = 0; second < seconds; second++)
        {
            for (var one = 0; one < rates.Count; one++)
                if (random.NextDouble() < rates[one]) bus.Send(0x700 + (uint)one, "00");
            bus.Wait(1);
        }
    }

    private static IReadOnlyList<Deviation> Judge(int learnedOnce, Action<CoverageBus> act) => Judge(
        bus =>
        {
            for (var one = 0; one < learnedOnce; one++) bus.Wait(0.3).Send(0x600 + (uint)one, "00");
        },
        act);

    private static IReadOnlyList<Deviation> Judge(Action<CoverageBus> learned, Action<CoverageBus> act)
    {
        var baseline = CoverageRun.Learn(CoverageNetwork.Car, new LearningOptions(), site => learned(site.Bus));
        return
        [
            .. CoverageRun.Judge(baseline, site => act(site.Bus), new DetectorOptions(), CoverageNetwork.Car)
                .Where(deviation => deviation.Kind.Name == Kind),
        ];
    }
}
