using OtGuard.Models.Signals;

namespace OtGuard.Models.Tests.Signals;

/// <summary>Stretches of values that come again.</summary>
[TestClass]
public sealed class ReplayStateTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(8)]
    public void Stretch_that_comes_again_is_counted_from_its_beginning(int values)
    {
        var replay = new ReplayState();
        for (var at = 0; at < 500; at++) Assert.AreEqual(0, replay.Add(Set(at, values)));

        for (var at = 100; at < 300; at++) replay.Add(Set(at, values));

        // A few at its beginning may have lost their slot to later ones.
        Assert.IsInRange(195, 200, replay.Run);
        Assert.AreEqual(0, replay.Add(Set(10_000, values)));
    }

    [TestMethod]
    public void Values_that_stand_still_neither_begin_nor_end_a_stretch()
    {
        var replay = new ReplayState();
        for (var at = 0; at < 50; at++) replay.Add(Set(at, 1));
        for (var again = 0; again < 50; again++) Assert.AreEqual(0, replay.Add(Set(49, 1)));

        replay.Add(Set(20, 1));
        Assert.AreEqual(1, replay.Run);
        replay.Add(Set(20, 1));
        Assert.AreEqual(1, replay.Run);
        replay.Add(Set(21, 1));
        Assert.AreEqual(2, replay.Run);
    }

    [TestMethod]
    public void Going_to_and_fro_between_two_values_says_a_bit_a_time_and_rare_values_say_more()
    {
        var (switching, measuring) = (new ReplayState(), new ReplayState());
        for (var at = 0; at < 500; at++) switching.Add(Set(at % 2, 1));
        for (var at = 0; at < 500; at++) measuring.Add(Set(at, 1));

        var before = switching.Bits;
        for (var at = 0; at < 10; at++) switching.Add(Set(at % 2, 1));
        for (var at = 100; at < 110; at++) measuring.Add(Set(at, 1));

        Assert.AreEqual(10, switching.Bits - before, 0.1);
        // The logarithm of the five hundred to ten that were seen so far, each once.
        Assert.AreEqual(10 * Math.Log2(500), measuring.Bits, 5);
    }

    [TestMethod]
    public void Stretch_longer_ago_than_is_remembered_is_none()
    {
        var replay = new ReplayState();
        for (var at = 0; at < ReplayState.Remembered + 100; at++) replay.Add(Set(at, 1));

        Assert.AreEqual(0, replay.Add(Set(10, 1)));
    }

    // Whole numbers, as registers hold them.
    private static double[] Set(int at, int values) => [.. Enumerable.Range(0, values).Select(value => (double)(at * 3 + value))];
}
