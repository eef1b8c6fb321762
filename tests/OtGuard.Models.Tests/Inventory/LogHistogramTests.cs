namespace OtGuard.Models.Tests.Inventory;

[TestClass]
public sealed class LogHistogramTests
{
    [TestMethod]
    [DataRow(0.5)]
    [DataRow(0.01)]
    [DataRow(0.99)]
    public void Quantiles_are_within_a_sixteenth_of_the_truth(double quantile)
    {
        var random = new Random(7);
        var values = Enumerable.Range(0, 10_000).Select(_ => (long)Math.Exp(random.NextDouble() * 40)).ToArray();
        var histogram = new LogHistogram();
        foreach (var value in values) histogram.Add(value);
        Array.Sort(values);

        var truth = values[(int)Math.Ceiling(quantile * values.Length) - 1];

        Assert.AreEqual(truth, histogram.Quantile(quantile), truth / 16.0 + 1);
    }

    [TestMethod]
    public void Extremes_are_exact_and_an_empty_one_says_zero()
    {
        var histogram = new LogHistogram();
        Assert.AreEqual(0, histogram.Quantile(0.5));

        foreach (var value in new[] { 5L, long.MaxValue, 17L, -3L }) histogram.Add(value);

        Assert.AreEqual(0, histogram.Minimum);
        Assert.AreEqual(long.MaxValue, histogram.Maximum);
        Assert.AreEqual(4, histogram.Count);
        Assert.AreEqual(5, histogram.Quantile(0.5));
    }
}
