using System.Globalization;

namespace OtGuard.Models;

/// <summary>Facts of a family by the number of occasions of one scale they were seen on.</summary>
/// <param name="Scale">The scale.</param>
/// <param name="Occasions">Occasions of it on which anything at all was observed: T in the literature.</param>
/// <param name="Once">Facts seen on exactly one of them: Q1.</param>
/// <param name="Twice">Facts seen on exactly two of them: Q2.</param>
public readonly record struct OccasionCounts(OccasionScale Scale, int Occasions, int Once, int Twice);

/// <summary>How many new facts are to be expected over a stretch of time to come.</summary>
/// <param name="Horizon">The stretch of time.</param>
/// <param name="Scale">The scale it was estimated on.</param>
/// <param name="NewFacts">The estimate.</param>
/// <param name="AtMost">An upper limit of the expectation, at 95 % confidence.</param>
public readonly record struct Expectation(TimeSpan Horizon, OccasionScale Scale, double NewFacts, double AtMost);

/// <summary>
/// How complete the learned facts of one family are: how many more are to be expected, and over what time that can be
/// said at all.
/// </summary>
/// <remarks>
/// <para>The samples are occasions, not messages: a poll repeated a thousand times in a minute is one occasion, or the
/// estimate would call everything known after the first minute. A fact seen on one occasion only tells of others that
/// were missed (Good 1953, <i>Biometrika</i> 40:237).</para>
/// <para>With T occasions, Q1 facts seen on exactly one of them and Q2 on exactly two, the number of facts still unseen
/// is Q0 = (T-1)/T · Q1²/(2 Q2) (Chao 1987, <i>Biometrics</i> 43:783), and over the next t occasions
/// Q0 · (1 - (1 - Q1/(T·Q0 + Q1))^t) new ones are to be expected (Chao et al. 2009, <i>Ecology</i> 90:1125; 2014,
/// <i>Ecological Monographs</i> 84:45). With Q2 = 0 the data set no limit to Q0; the limit of the formula for Q0 → ∞,
/// Q1·t/T, is taken, so that want of repetition is never read as completeness.</para>
/// <para>The upper limit needs no model of the rates: facts that come as Poisson processes of whatever rates λ are
/// expected to add Σ e^(-λT)(1 - e^(-λt)) ≤ (t/T) Σ λT e^(-λT) = (t/T) E[Q1]; for E[Q1] stands the 95 % limit of a
/// Poisson count (Garwood 1936, <i>Biometrika</i> 28:437).</para>
/// <para>Nothing is said beyond the time that was observed: extrapolation to at most twice the sample is what Chao et
/// al. accept.</para>
/// </remarks>
public sealed class FamilyCompleteness
{
    private readonly LearningOptions _options;

    internal FamilyCompleteness(
        FactFamily family, int facts, long overflow, TimeSpan observed, IReadOnlyList<OccasionCounts> counts,
        LearningOptions options)
    {
        Family = family;
        Facts = facts;
        Overflow = overflow;
        Observed = observed;
        Counts = counts;
        _options = options;
    }

    /// <summary>The family.</summary>
    public FactFamily Family { get; }

    /// <summary>Facts learned. For ranges: different requests, before they are merged.</summary>
    public int Facts { get; }

    /// <summary>Facts that found no room: with any, the family is not judged.</summary>
    public long Overflow { get; }

    /// <summary>How long the network was observed, gaps of a minute and more left out.</summary>
    public TimeSpan Observed { get; }

    /// <summary>The counts, one for each scale.</summary>
    public IReadOnlyList<OccasionCounts> Counts { get; }

    /// <summary>True where <see cref="LearningOptions.CompleteHorizon"/> is foreseeable and little new is expected over it.</summary>
    public bool IsComplete =>
        Overflow == 0 && Expect(_options.CompleteHorizon) is { } expected && expected.NewFacts < _options.CompleteBelow;

    /// <summary>
    /// How many new facts are to be expected over <paramref name="horizon"/>; null where nothing can be said about it,
    /// because less was observed, or too few occasions.
    /// </summary>
    public Expectation? Expect(TimeSpan horizon)
    {
        if (horizon <= TimeSpan.Zero || horizon > Observed) return null;
        // The coarsest scale that fits: what comes in bursts within the hour is one occasion of the hour.
        for (var at = Counts.Count - 1; at >= 0; at--)
        {
            var counts = Counts[at];
            var length = Occasion.Length(counts.Scale);
            if (length > horizon || counts.Occasions < _options.MinimumOccasions) continue;
            // The first and the last occasion are rarely whole: the time observed counts, not how many began.
            var occasions = Math.Min(counts.Occasions, Observed / length);
            var ahead = horizon / length;
            return new Expectation(
                horizon,
                counts.Scale,
                NewFacts(occasions, counts.Once, counts.Twice, ahead),
                ahead / occasions * PoissonUpperLimit(counts.Once));
        }

        return null;
    }

    /// <summary>One sentence: what is to be expected over each horizon, and about which nothing can be said.</summary>
    public string Sentence()
    {
        var known = new List<string>();
        foreach (var (horizon, name) in Horizons)
        {
            if (Expect(horizon) is { } expected)
            {
                known.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"over the next {name} {expected.NewFacts:0.0} new ones are to be expected (at most {expected.AtMost:0.0})"));
                continue;
            }

            known.Add($"nothing can be said yet about a{(name == "hour" ? "n" : "")} {name}");
            break;
        }

        var lost = Overflow == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"; {Overflow} more found no room: not judged");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{FactFamilies.Words(Family)}: {Facts} learned; {string.Join("; ", known)}{lost}");
    }

    /// <summary>The estimate for <paramref name="ahead"/> more occasions.</summary>
    internal static double NewFacts(double occasions, int once, int twice, double ahead)
    {
        if (once == 0) return 0;
        if (twice == 0) return once * ahead / occasions;
        var unseen = (occasions - 1) / occasions * once * once / (2.0 * twice);
        return unseen <= 0 ? 0 : unseen * (1 - Math.Pow(1 - once / (occasions * unseen + once), ahead));
    }

    /// <summary>The mean under which a Poisson count of at most <paramref name="count"/> has a probability of 5 %.</summary>
    internal static double PoissonUpperLimit(int count)
    {
        // Above 200 the normal approximation by Wilson and Hilferty is within a thousandth.
        const double confidence = 0.95;
        const double normalQuantile = 1.6448536269514722;
        if (count > 200)
        {
            var n = count + 1.0;
            return n * Math.Pow(1 - 1 / (9 * n) + normalQuantile / (3 * Math.Sqrt(n)), 3);
        }

        var (low, high) = ((double)count, count + 10 + 4 * Math.Sqrt(count + 1.0));
        for (var step = 0; step < 60; step++)
        {
            var mean = (low + high) / 2;
            if (PoissonCumulative(count, mean) > 1 - confidence) low = mean;
            else high = mean;
        }

        return high;
    }

    private static double PoissonCumulative(int count, double mean)
    {
        var term = Math.Exp(-mean);
        var sum = term;
        for (var k = 1; k <= count; k++) sum += term *= mean / k;
        return sum;
    }

    private static readonly (TimeSpan Length, string Name)[] Horizons =
    [
        (TimeSpan.FromMinutes(1), "minute"),
        (TimeSpan.FromHours(1), "hour"),
        (TimeSpan.FromDays(1), "day"),
        (TimeSpan.FromDays(7), "week"),
    ];
}

/// <summary>How complete a baseline is, family by family.</summary>
public sealed class Completeness
{
    internal Completeness(IReadOnlyList<FamilyCompleteness> families) => Families = families;

    /// <summary>All families.</summary>
    public IReadOnlyList<FamilyCompleteness> Families { get; }

    /// <summary>The family's completeness.</summary>
    public FamilyCompleteness this[FactFamily family] => Families[(int)family];

    /// <summary>True where every family is complete. Never before <see cref="LearningOptions.CompleteHorizon"/> was observed.</summary>
    public bool IsComplete => Families.All(family => family.IsComplete);

    /// <summary>True where what is written, and by whom, is complete.</summary>
    public bool IsWriteSideComplete => this[FactFamily.WriteRanges].IsComplete && this[FactFamily.Writers].IsComplete;

    /// <summary>A sentence for each family that has facts.</summary>
    public IEnumerable<string> Sentences() =>
        Families.Where(f => f.Facts > 0 || f.Overflow > 0).Select(f => f.Sentence());
}

/// <summary>Names of the families.</summary>
internal static class FactFamilies
{
    internal static readonly FactFamily[] All = Enum.GetValues<FactFamily>();

    /// <summary>The name in the file: also the section's.</summary>
    internal static string Section(FactFamily family) => family switch
    {
        FactFamily.Hosts => "hosts",
        FactFamily.Bindings => "bindings",
        FactFamily.Roles => "roles",
        FactFamily.Conversations => "conversations",
        FactFamily.GroupConversations => "group-conversations",
        FactFamily.Units => "units",
        FactFamily.Functions => "functions",
        FactFamily.ReadRanges => "read-ranges",
        FactFamily.WriteRanges => "write-ranges",
        FactFamily.Writers => "writers",
        FactFamily.Refusals => "refusals",
        FactFamily.Identities => "identities",
        FactFamily.Messages => "messages",
        FactFamily.MessageForms => "message-forms",
        FactFamily.Credentials => "credentials",
    };

    /// <summary>The name for people.</summary>
    internal static string Words(FactFamily family) => family switch
    {
        FactFamily.Hosts => "hosts",
        FactFamily.Bindings => "address bindings",
        FactFamily.Roles => "roles",
        FactFamily.Conversations => "conversations",
        FactFamily.GroupConversations => "group conversations",
        FactFamily.Units => "units",
        FactFamily.Functions => "functions",
        FactFamily.ReadRanges => "read requests",
        FactFamily.WriteRanges => "write requests",
        FactFamily.Writers => "writers",
        FactFamily.Refusals => "refusals",
        FactFamily.Identities => "identity texts",
        FactFamily.Messages => "messages on buses",
        FactFamily.MessageForms => "forms of messages",
        FactFamily.Credentials => "certificates and security in use",
    };
}
