namespace OtGuard.Models.Tests.Inventory;

[TestClass]
public sealed class AddressIntervalsTests
{
    [TestMethod]
    public void Overlapping_and_touching_intervals_merge()
    {
        var set = new AddressIntervals();
        set.Add(10, 19);
        set.Add(30, 39);
        set.Add(20, 24);
        set.Add(35, 50);
        set.Add(5, 5);

        Assert.AreEqual("5, 10–24, 30–50", set.ToString());
        Assert.IsTrue(set.Contains(12, 24));
        Assert.IsFalse(set.Contains(24, 30));
    }

    [TestMethod]
    public void Random_intervals_hold_exactly_their_addresses()
    {
        var random = new Random(11);
        var truth = new bool[300];
        var set = new AddressIntervals();
        for (var i = 0; i < 200; i++)
        {
            var first = random.Next(280);
            var last = first + random.Next(12) - 1;
            set.Add(first, last);
            for (var address = first; address <= last; address++) truth[address] = true;

            for (var address = 0; address < truth.Length; address++)
                Assert.AreEqual(truth[address], set.Contains(address, address));
            for (var k = 1; k < set.Intervals.Count; k++)
                Assert.IsGreaterThan(set.Intervals[k - 1].Last + 1, set.Intervals[k].First);
        }
    }
}
