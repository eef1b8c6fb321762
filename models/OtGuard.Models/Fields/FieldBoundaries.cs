namespace OtGuard.Models.Fields;

/// <summary>
/// Whether two neighbouring bits belong to one field, from how often they flipped alone and together.
/// </summary>
/// <remarks>
/// Let <c>h</c> be the more significant bit, <c>l</c> the less significant one, and ask what happens to <c>l</c> where
/// <c>h</c> flips. In a number that moves by steps smaller than 2^l a flip of <c>h</c> is a carry, and <c>l</c> flips
/// with it each time; in one that moves by larger steps <c>l</c> is as good as random and flips about every other time.
/// So in one field P(l flips | h flips) lies between <see cref="LeastCarry"/> and 1. Between two fields <c>l</c> flips
/// as it does anyway, or in some dependence below that.
///
/// The directions add to this: a carry lets <c>l</c> fall where <c>h</c> rises, a sign that is extended lets both go
/// the same way; two fields, and random bits, do now one and now the other. And the rates do: within a number the rate
/// at most doubles from bit to bit where it ramps, is equal where it is saturated, and falls off faster only towards
/// bits that are reached seldom; it does not rise with significance (READ: Marchetti and Stabili, IEEE Transactions on
/// Information Forensics and Security 14(4), 2019, calls a fall of the rate from one bit to the next less significant
/// one a boundary).
///
/// All of it is one sum of log likelihood ratios with flat priors over the stated ranges: few flips weigh little, many
/// weigh much.
/// </remarks>
internal static class FieldBoundaries
{
    /// <summary>Points at which a probability is integrated out.</summary>
    private const int Points = 64;

    /// <summary>
    /// Between two fields the rate may change by anything: as many doublings down or up as a bit that flips once in 64
    /// frames is from one that flips in each, so 12 from end to end.
    /// </summary>
    private const double RatioSpan = 12;

    /// <summary>
    /// The least share of a bit's flips that the next less significant one joins in. Steps of a normal or an
    /// exponential distribution, however wide, keep it at ½ or above; evenly distributed ones up to 2.4 times 2^l bring
    /// it down to 0.39.
    /// </summary>
    private const double LeastCarry = 0.4;

    /// <summary>
    /// Signals in databases of cars (six of opendbc, 6,068 signals) have 4.2 bits on average: 3.2 joints to a boundary.
    /// </summary>
    private static readonly double PriorLogOdds = Math.Log(3.2);

    /// <summary>
    /// Doublings by which the rate typically falls short of half a doubling towards less significant bits: equal rates
    /// are common, rates halved are not found within a number.
    /// </summary>
    private const double FallScale = 0.4;

    /// <summary>
    /// Doublings by which it typically exceeds that: towards bits that a slow number reaches seldom it is several.
    /// </summary>
    private const double RiseScale = 1.5;

    /// <summary>
    /// Natural logarithm of the odds that <paramref name="high"/> and <paramref name="low"/> are of one field.
    /// </summary>
    /// <param name="transitions">Frames that followed another.</param>
    /// <param name="high">Flips of the more significant bit, above 0.</param>
    /// <param name="low">Flips of the less significant one, above 0.</param>
    /// <param name="together">Times both flipped.</param>
    /// <param name="opposed">Times one rose while the other fell.</param>
    public static double LogOdds(long transitions, int high, int low, int together, int opposed)
    {
        var alone = transitions - high;
        var marginal = (low - together + 0.5) / (alone + 1);
        var misses = high - together;
        var random = Even(LogMean(LeastCarry, 1 - LeastCarry, together, misses), LogLikelihood(0.5, together, misses));
        var same = Even(LogMean(LeastCarry, 1, together, misses), random);
        var apart = Even(LogMean(0, LeastCarry, together, misses), LogLikelihood(marginal, together, misses));
        var chance = together * Math.Log(0.5);
        var direction = Even(LogMean(0, 1, opposed, together - opposed), chance) - chance;
        return PriorLogOdds + same - apart + direction + LogRatioOdds(Math.Log2((double)low / high));
    }

    /// <summary>
    /// How much likelier a change of the flip rate is within a field than between two. Within: around half a doubling
    /// a bit (between none, saturated, and one, a ramp), steeply less likely below, slowly above. Between: anything.
    /// </summary>
    private static double LogRatioOdds(double doublings)
    {
        var distance = doublings - 0.5;
        var density = 1 / (FallScale + RiseScale) * Math.Exp(distance < 0 ? distance / FallScale : -distance / RiseScale);
        return Math.Log(Math.Max(density, 1e-6) * RatioSpan);
    }

    /// <summary>
    /// Logarithm of the mean likelihood over probabilities evenly spread from <paramref name="from"/> to <paramref
    /// name="to"/>.
    /// </summary>
    private static double LogMean(double from, double to, int hits, int misses)
    {
        var sum = double.NegativeInfinity;
        for (var point = 0; point < Points; point++)
        {
            var p = from + (to - from) * (point + 0.5) / Points;
            sum = LogSum(sum, hits * Math.Log(p) + misses * Math.Log(1 - p));
        }

        return sum - Math.Log(Points);
    }

    private static double LogLikelihood(double p, int hits, int misses) =>
        hits * Math.Log(p) + misses * Math.Log(Math.Max(1 - p, 1e-9));

    /// <summary>Two explanations, each as likely as the other beforehand.</summary>
    private static double Even(double one, double other) => Math.Log(0.5) + LogSum(one, other);

    private static double LogSum(double a, double b)
    {
        if (double.IsNegativeInfinity(a)) return b;
        var high = Math.Max(a, b);
        return high + Math.Log(Math.Exp(a - high) + Math.Exp(b - high));
    }
}
