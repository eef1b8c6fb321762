namespace OtGuard.Models;

/// <summary>Why a fact may have been taught by somebody who should not have been there.</summary>
[Flags]
public enum PoisoningSigns : byte
{
    /// <summary>No sign.</summary>
    None = 0,

    /// <summary>Seen on one occasion of many.</summary>
    Rare = 1,

    /// <summary>Of several clients of a server one alone does so.</summary>
    OneHost = 2,

    /// <summary>Seen at night alone.</summary>
    OddHours = 4,

    /// <summary>First seen near the end of learning.</summary>
    NearEnd = 8,
}

/// <summary>A fact that shows signs of having been taught, and what it permits.</summary>
/// <param name="Fact">The fact.</param>
/// <param name="Signs">The signs, at least one.</param>
public sealed record SuspectFact(FactInWords Fact, PoisoningSigns Signs);

/// <summary>What counts as a sign of poisoning.</summary>
public sealed record PoisoningOptions
{
    /// <summary>
    /// First and last hour of the night, both included, from 0 to 23. 22 to 5: the third of three shifts, in which nobody
    /// engineers.
    /// </summary>
    public (int First, int Last) Night { get; init; } = (22, 5);

    /// <summary>Hours that local time is ahead of UTC.</summary>
    public int UtcOffset { get; init; }

    /// <summary>
    /// The last share of the time learned that is its end. A tenth: who comes in late and stays had at most that long to
    /// repeat himself, and of what is always done a tenth of the time misses little.
    /// </summary>
    public double EndShare { get; init; } = 0.1;
}

/// <summary>
/// What in the training data was rare, came from one host alone, at odd hours, or near its end only: what an attacker who
/// was present then would have taught. No proof of anything; a list to go through before a baseline is approved.
/// </summary>
/// <remarks>
/// A sign is only looked for where it can be told from chance: rare on the coarsest scale of occasions of which there are
/// <see cref="LearningOptions.MinimumOccasions"/>; odd hours where the night and the day were both observed; the end where
/// the rest of the time is as many occasions of the finest scale at least.
/// </remarks>
public sealed class PoisoningReport
{
    private PoisoningReport(IReadOnlyList<SuspectFact> suspects, IReadOnlyList<string> notLookedFor) =>
        (Suspects, NotLookedFor) = (suspects, notLookedFor);

    /// <summary>The facts with signs: those with most signs first, then in the order of the baseline.</summary>
    public IReadOnlyList<SuspectFact> Suspects { get; }

    /// <summary>Signs that could not be looked for, a sentence each.</summary>
    public IReadOnlyList<string> NotLookedFor { get; }

    /// <summary>Makes the report.</summary>
    public static PoisoningReport Of(Baseline baseline, PoisoningOptions options)
    {
        ArgumentNullException.ThrowIfNull(baseline);
        ArgumentNullException.ThrowIfNull(options);
        var facts = FactList.Of(baseline).ToList();
        var from = baseline.LearnedFrom;
        List<string> notLookedFor = [];
        var counts = baseline.Completeness[FactFamily.Hosts].Counts;
        var scale = counts.LastOrDefault(count => count.Occasions >= baseline.Options.MinimumOccasions);
        if (scale.Occasions == 0) notLookedFor.Add("What is rare cannot be told: too little time was observed.");
        var night = Night(options);
        var observed = facts.Aggregate(0u, (hours, fact) => hours | fact.Seen.HoursOfDay);
        var judgesNight = (observed & night) != 0 && (observed & ~night) != 0
            && counts[(int)OccasionScale.Hour].Occasions >= Occasion.MinutesPerShift / Occasion.MinutesPerHour;
        if (!judgesNight) notLookedFor.Add("Odd hours cannot be told: day and night were not both observed, for a shift at least.");
        var end = from.Last.UnixNanoseconds - (long)((from.Last - from.First).Ticks * 100 * options.EndShare);
        var judgesEnd = counts[0].Occasions * (1 - options.EndShare) >= baseline.Options.MinimumOccasions;
        if (!judgesEnd) notLookedFor.Add("What came at the end alone cannot be told: too little time was observed before it.");
        var clients = facts.Where(fact => fact.Family == FactFamily.Conversations)
            .ToLookup(fact => fact.Recipient, fact => fact.Actor);
        var doers = facts.Where(IsDoing).ToLookup(Deed, fact => fact.Actor);
        List<SuspectFact> suspects = [];
        foreach (var fact in facts)
        {
            var signs = PoisoningSigns.None;
            if (scale.Occasions > 0 && fact.Seen.Occasions(scale.Scale) == 1) signs |= PoisoningSigns.Rare;
            if (IsDoing(fact) && doers[Deed(fact)].Distinct().Count() == 1 && clients[fact.Recipient].Distinct().Count() > 1)
                signs |= PoisoningSigns.OneHost;
            if (judgesNight && fact.Seen.HoursOfDay != 0 && (fact.Seen.HoursOfDay & ~night) == 0) signs |= PoisoningSigns.OddHours;
            if (judgesEnd && fact.Seen.First.UnixNanoseconds > end) signs |= PoisoningSigns.NearEnd;
            if (signs != PoisoningSigns.None) suspects.Add(new SuspectFact(fact, signs));
        }

        return new PoisoningReport(
            [.. suspects.OrderByDescending(suspect => int.PopCount((int)suspect.Signs)).ThenBy(suspect => suspect.Fact.Family)],
            notLookedFor);
    }

    // What a client does on a server, as against that it talks to it at all.
    private static bool IsDoing(FactInWords fact) => fact.Family
        is FactFamily.Functions or FactFamily.WriteRanges or FactFamily.Writers or FactFamily.Refusals;

    private static (FactFamily Family, string Deed) Deed(FactInWords fact)
    {
        var arrow = fact.Text.IndexOf(" -> ", StringComparison.Ordinal);
        return (fact.Family, fact.Text[arrow..]);
    }

    private static uint Night(PoisoningOptions options)
    {
        var hours = 0u;
        for (var hour = options.Night.First; ; hour = (hour + 1) % 24)
        {
            hours |= 1u << (((hour - options.UtcOffset) % 24 + 24) % 24);
            if (hour == options.Night.Last) return hours;
        }
    }
}
