using OtGuard.Detections.WeakChallenge;

namespace OtGuard.Detections.Tests.Rules;

/// <summary>The bounds by which seeds are called weak, against values worked out by other means.</summary>
[TestClass]
public sealed class WeakChallengeTests
{
    [TestMethod]
    [DataRow(23, 2, 8, 253.0 / 256, DisplayName = "23 choose 2 pairs, each alike once in 256")]
    [DataRow(2, 2, 32, 2.328_306_436_538_696e-10, DisplayName = "two seeds of 32 bits")]
    [DataRow(12, 3, 16, 220.0 / 4_294_967_296, DisplayName = "one of twelve seeds of 16 bits three times")]
    public void Repetition_has_at_most_the_probability_of_a_coincidence(int seeds, int times, int bits, double expected) =>
        Assert.AreEqual(expected, WeakChallengeDetector.RepetitionBound(seeds, times, bits), expected * 1e-9);

    [TestMethod]
    [DataRow(8, 8, 2, 1.0 / 256, DisplayName = "a byte that is the same twice")]
    [DataRow(32, 16, 5, 601_080_390.0 / 18_446_744_073_709_551_616.0, DisplayName = "half of 32 bits, five seeds")]
    public void Constant_bits_have_at_most_the_probability_of_never_changing(int bits, int constant, int seeds, double expected) =>
        Assert.AreEqual(expected, WeakChallengeDetector.ConstantBound(bits, constant, seeds), expected * 1e-9);

    [TestMethod]
    public void Random_seeds_of_many_units_are_called_weak_no_more_often_than_stated()
    {
        // 2,000 units of 64 seeds of 16 bits: at a stated 1 in 1,000, two are expected and ten come once in 20,000 runs.
        const int units = 2000;
        const double stated = 0.001;
        var random = new Random(20_260_112);
        var weak = 0;
        for (var unit = 0; unit < units; unit++)
        {
            var counts = new Dictionary<int, int>();
            var isWeak = false;
            for (var seen = 1; seen <= 64; seen++)
            {
                var seed = random.Next(1 << 16);
                var times = counts[seed] = counts.GetValueOrDefault(seed) + 1;
                isWeak |= times >= 2 && WeakChallengeDetector.RepetitionBound(seen, times, 16) <= stated * Math.Pow(2, -times);
            }

            if (isWeak) weak++;
        }

        Assert.IsLessThan(10, weak);
    }
}
