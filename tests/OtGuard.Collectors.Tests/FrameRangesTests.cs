using CsCheck;

namespace OtGuard.Collectors.Tests;

[TestClass]
public sealed class FrameRangesTests
{
    [TestMethod]
    public void Neighbouring_frames_are_one_range()
    {
        var ranges = new FrameRanges();

        foreach (var frame in new long[] { 3, 4, 5, 9 }) ranges.Add(frame);

        CollectionAssert.AreEqual(new[] { (3L, 5L), (9L, 9L) }, ranges.Ranges.ToArray());
        Assert.AreEqual(4, ranges.Count);
    }

    [TestMethod]
    public void Beyond_64_ranges_the_count_goes_on()
    {
        var ranges = new FrameRanges();

        for (var frame = 1; frame <= 200; frame += 2) ranges.Add(frame);

        Assert.AreEqual(FrameRanges.Capacity, ranges.Ranges.Length);
        Assert.IsTrue(ranges.IsCut);
        Assert.AreEqual(100, ranges.Count);
        Assert.AreEqual(199, ranges.Last);
    }

    [TestMethod]
    public void A_late_frame_takes_its_place()
    {
        var ranges = new FrameRanges();

        foreach (var frame in new long[] { 1, 5, 7, 6, 3, 5 }) ranges.Add(frame);

        CollectionAssert.AreEqual(new[] { (1L, 1L), (3L, 3L), (5L, 7L) }, ranges.Ranges.ToArray());
        Assert.AreEqual(5, ranges.Count);
    }

    [TestMethod]
    public void Any_order_of_few_frames_gives_the_set()
    {
        Gen.Long[1, 120].Array[0, 60].Sample(frames =>
        {
            var ranges = new FrameRanges();
            foreach (var frame in frames) ranges.Add(frame);

            var kept = new List<long>();
            foreach (var (first, last) in ranges.Ranges)
                for (var frame = first; frame <= last; frame++) kept.Add(frame);
            return kept.SequenceEqual(frames.Distinct().Order()) && ranges.Count == kept.Count;
        });
    }
}
