using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Substation;

namespace OtGuard.Simulators.Tests;

[TestClass]
public sealed class PhysicalInvariantTests
{
    private const long Second = 1_000_000_000;

    [TestMethod]
    [DataRow(StationLifeKind.Cycles, 1)]
    [DataRow(StationLifeKind.Calendar, 24)]
    public void Process_is_consistent_at_every_second_of_normal_life(StationLifeKind life, int hours)
    {
        // A Thursday with its relay test.
        var start = new DateTimeOffset(2026, 3, 5, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1_000_000;
        var options = new SubstationOptions { Life = life, Start = start, Duration = TimeSpan.FromHours(hours) };
        var simulation = new SubstationSimulation(options.Thinned(TimeSpan.FromSeconds(30)), null, []);
        var opened = 0;

        AssertConsistent(simulation, options, site => opened += site.Feeders.Count(feeder => feeder.DiscreteInputs[1]));

        Assert.IsGreaterThan(0, opened, "No feeder was ever opened: the test saw nothing.");
    }

    [TestMethod]
    [DataRow(StationLifeKind.Cycles, Intensity.High)]
    [DataRow(StationLifeKind.Calendar, Intensity.High)]
    [DataRow(StationLifeKind.Cycles, Intensity.Low)]
    public void Process_is_consistent_under_the_consequences_of_every_attack(StationLifeKind life, Intensity intensity)
    {
        var apart = TimeSpan.FromSeconds(75);
        var options = new SubstationOptions { Life = life, Duration = apart * (AttackCatalogue.All.Count + 1) }
            .Thinned(TimeSpan.FromSeconds(5));
        var planned = AttackCatalogue.All.Select((attack, i) => new PlannedEvent(apart * i + apart / 3, attack, Strength.Of(intensity)));
        var simulation = new SubstationSimulation(options, null, [.. planned]);
        var (lowest, highest) = (int.MaxValue, 0);

        AssertConsistent(simulation, options, site =>
        {
            var tap = site.Transformers[0].InputRegisters[SubstationProcess.TapRegister];
            (lowest, highest) = (Math.Min(lowest, tap), Math.Max(highest, tap));
        });

        Assert.HasCount(AttackCatalogue.All.Count, simulation.Summary.Events);
        Assert.IsGreaterThan(lowest, highest, "No attack moved the process: the test saw nothing.");
    }

    private static void AssertConsistent(SubstationSimulation simulation, SubstationOptions options, Action<Site> look)
    {
        var end = options.Start + options.Duration.Ticks * 100;
        for (var time = options.Start; time <= end; time += Second)
        {
            simulation.RunUntil(time);
            // A switch moves at once, what is measured follows at the next second.
            Physics.AssertConsistent(simulation.Site);
            look(simulation.Site);
        }
    }
}
