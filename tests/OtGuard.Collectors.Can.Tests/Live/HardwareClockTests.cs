using OtGuard.Collectors.Can.Live;

namespace OtGuard.Collectors.Can.Tests.Live;

[TestClass]
public sealed class HardwareClockTests
{
    private const long Start = 1_700_000_000_000_000_000;
    private const long Second = 1_000_000_000;

    [TestMethod]
    public void Stamps_of_the_machines_own_time_stay_as_they_are()
    {
        var clock = new HardwareClock();

        Assert.AreEqual(Start, clock.ToUnix(Start, Start + 3_000_000));
        Assert.AreEqual(Start + 5, clock.ToUnix(Start + 5, Start + 2_000_000));
    }

    [TestMethod]
    public void The_least_delay_seen_places_an_adapter_that_counts_from_its_start()
    {
        var clock = new HardwareClock();
        clock.ToUnix(10 * Second, Start + 4_000_000);
        clock.ToUnix(11 * Second, Start + Second + 50_000);

        Assert.AreEqual(Start + 2 * Second + 50_000, clock.ToUnix(12 * Second, Start + 2 * Second + 9_000_000), 200_000);
        Assert.AreEqual(0, clock.Jumps);
    }

    [TestMethod]
    public void An_adapter_that_runs_slow_is_followed()
    {
        var clock = new HardwareClock();
        var last = 0L;
        for (long i = 0; i < 10_000; i++) last = clock.ToUnix(i * Second - i * 50_000, Start + i * Second) - (Start + i * Second);

        Assert.IsLessThan(1_000_000, Math.Abs(last));
        Assert.AreEqual(0, clock.Jumps);
    }

    [TestMethod]
    public void An_adapter_started_anew_is_taken_over_at_once()
    {
        var clock = new HardwareClock();
        clock.ToUnix(1000 * Second, Start);

        Assert.AreEqual(Start + Second, clock.ToUnix(1, Start + Second));
        Assert.AreEqual(1, clock.Jumps);
    }
}
