using OtGuard.Models.Signals;

namespace OtGuard.Models.Tests.Signals;

/// <summary>Who goes with whom, and by how much.</summary>
[TestClass]
public sealed class RelatedSignalsTests
{
    private const int Rows = 2000;
    private const int Parts = 8;

    [TestMethod]
    public void Sum_is_found_in_all_of_its_parts_none_of_which_goes_with_it_closely()
    {
        var random = new Random(1);
        var parts = Enumerable.Range(0, Parts).Select(_ => Column(_ => random.NextSingle())).ToArray();
        var unrelated = Enumerable.Range(0, 20).Select(_ => Column(_ => random.NextSingle())).ToArray();
        var related = new RelatedSignals([Column(row => parts.Sum(part => part[row])), .. parts, .. unrelated]);

        for (var part = 1; part <= Parts; part++) Assert.IsLessThan(0.5, Math.Abs(related.Correlation(0, part)));
        var found = related.Of(0, static _ => true, 16);

        Assert.AreSequenceEqual(Enumerable.Range(1, Parts).ToList(), found.Order().ToList());
    }

    [TestMethod]
    public void What_may_not_be_taken_is_not_and_no_more_are_than_told()
    {
        var random = new Random(2);
        var parts = Enumerable.Range(0, Parts).Select(_ => Column(_ => random.NextSingle())).ToArray();
        var related = new RelatedSignals([Column(row => parts.Sum(part => part[row])), .. parts]);

        var found = related.Of(0, static signal => signal > 3, 3);

        Assert.HasCount(3, found);
        Assert.IsTrue(found.TrueForAll(static signal => signal > 3));
    }

    [TestMethod]
    public void Constant_and_missing_columns_go_with_nothing()
    {
        var random = new Random(3);
        var moving = Column(_ => random.NextSingle());
        var related = new RelatedSignals([moving, Column(_ => 5), null, [.. moving]]);

        Assert.AreEqual(3, Assert.ContainsSingle(related.Of(0, static _ => true, 16)));
        Assert.IsEmpty(related.Of(1, static _ => true, 16));
        Assert.IsEmpty(related.Of(2, static _ => true, 16));
        Assert.AreEqual(0, related.Correlation(0, 1));
        Assert.AreEqual(0, related.Correlation(0, 2));
        Assert.AreEqual(1, related.Correlation(0, 3), 1e-3);
    }

    [TestMethod]
    public void Linear_model_finds_the_weights_of_a_sum_and_extrapolates()
    {
        var random = new Random(4);
        List<float[]> rows = [.. Enumerable.Range(0, 500).Select(_ => (float[])[random.NextSingle(), 100 * random.NextSingle(), 7])];
        List<float> target = [.. rows.Select(static row => 3 * row[0] - row[1] + 20)];

        var model = LinearModel.FitMost(rows, target, rows.Count, 3)!;

        Assert.AreEqual(3 * 2 - 300 + 20, model.Predict([2, 300, 7]), 1);
    }

    [TestMethod]
    public void Moments_at_which_copies_contradict_each_other_do_not_bend_the_line_through_the_rest()
    {
        var random = new Random(5);
        // A value and its copy, which is behind for a moment when it is switched off and when it is switched on.
        List<float[]> rows = [.. Enumerable.Range(0, 1000).Select(_ => (float[])[1500 + 100 * random.NextSingle()])];
        List<float> target = [.. rows.Select(static row => row[0])];
        for (var row = 0; row < 1000; row += 25)
        {
            if (row % 50 == 0) target[row] = 0;
            else rows[row][0] = 0;
        }

        var model = LinearModel.FitMost(rows, target, rows.Count, 1)!;

        Assert.AreEqual(1600, model.Predict([1600]), 1);
        Assert.AreEqual(1500, model.Predict([1500]), 1);
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.MaxValue)]
    public void Linear_model_of_rows_beyond_all_numbers_is_none_or_finite(float value)
    {
        List<float[]> rows = [.. Enumerable.Range(0, 100).Select(at => (float[])[at, at % 7 == 0 ? value : at])];
        List<float> target = [.. rows.Select(static row => row[0])];

        var model = LinearModel.FitMost(rows, target, rows.Count, 2);

        Assert.IsTrue(model is null || double.IsFinite(model.Predict([1, 1])));
    }

    private static float[] Column(Func<int, float> value) => [.. Enumerable.Range(0, Rows).Select(value)];
}
