using System.Globalization;

namespace OtGuard.Models.Scoring;

/// <summary>
/// What a score on one scale is worth: how often a day events that reach it come without any attack, as clean traffic
/// showed that no model was fitted on.
/// </summary>
/// <remarks>
/// <para>Alarms come in bursts, so events are counted and not frames: a run of scores above <see cref="Candidate"/> of one
/// key, closed when none came for a while (<see cref="EventFormer"/>), counts once, with the greatest score in it.</para>
/// <para>Up to the score that <see cref="TailEvents"/> events reached, the rate is counted: (1 + events that reach it) /
/// exposure, the conformal estimate, which cannot fall below 1 / exposure. Beyond it the rate is extrapolated by a Pareto
/// tail, rate(s) = rate(u) · (s/u)^-α: scores are ratios to what was learned, and such excesses are at most polynomial in
/// their tail (Pickands 1975, Balkema and de Haan 1974). α is Hill's estimate (1975) over the k events above u, divided by
/// 1 + 1/√k, one standard error towards the heavier tail.</para>
/// <para>B. M. Hill, Annals of Statistics 3 (1975) 1163. J. Pickands, Annals of Statistics 3 (1975) 119. V. Vovk, A.
/// Gammerman, G. Shafer, Algorithmic Learning in a Random World, 2005 (conformal p-values).</para>
/// </remarks>
public sealed record ScaleCalibration
{
    /// <summary>
    /// Events a tail is fitted to at least. With ten, Hill's estimate is good to a third; with fewer the greatest score is
    /// taken for the beginning of a tail of <see cref="AssumedTail"/>.
    /// </summary>
    public const int TailEvents = 10;

    /// <summary>
    /// Exponent of the tail where too few events were seen to fit one. Four: an excess twice as far is sixteen times as rare,
    /// which is heavier than what most scores show whose tails could be fitted (see the evaluation's table of calibrations).
    /// </summary>
    public const double AssumedTail = 4;

    /// <summary>
    /// The exponent is not believed to be greater, however close together the scores lie: ten times as far is at most a
    /// million times as rare.
    /// </summary>
    public const double SteepestTail = 6;

    /// <summary>The scale's name.</summary>
    public required string Scale { get; init; }

    /// <summary>The score from which on a candidate for an event begins.</summary>
    public required double Candidate { get; init; }

    /// <summary>Capture time of the clean traffic judged.</summary>
    public required TimeSpan Exposure { get; init; }

    /// <summary>Scores of the events in it, the greatest of each, in descending order; at most <see cref="MaximumEvents"/>.</summary>
    public required IReadOnlyList<double> Events { get; init; }

    /// <summary>Events in it altogether.</summary>
    public required long EventCount { get; init; }

    /// <summary>Events whose score is kept one by one.</summary>
    public const int MaximumEvents = 256;

    /// <summary>How many of the greatest events the tail was fitted to.</summary>
    public int Tail => Math.Min(Events.Count, Math.Max(TailEvents, Events.Count / 10));

    /// <summary>The score from which on the rate is extrapolated.</summary>
    public double TailFrom => Events.Count >= TailEvents ? Events[Tail - 1] : Events.Count > 0 ? Events[0] : Math.Max(1, Candidate);

    /// <summary>The exponent of the tail.</summary>
    public double Exponent
    {
        get
        {
            if (Events.Count < TailEvents) return AssumedTail;
            var from = TailFrom;
            var sum = 0.0;
            for (var at = 0; at < Tail - 1; at++) sum += Math.Log(Events[at] / from);
            if (sum <= 0) return SteepestTail;
            var hill = (Tail - 1) / sum;
            return Math.Min(SteepestTail, hill / (1 + 1 / Math.Sqrt(Tail - 1)));
        }
    }

    /// <summary>Events a day that reach the score, without any attack.</summary>
    public double RatePerDay(double score)
    {
        if (score < Candidate) return double.PositiveInfinity;
        var days = Math.Max(Exposure.TotalDays, 1.0 / 86_400);
        var from = TailFrom;
        var atTail = (1 + (Events.Count >= TailEvents ? Tail : Events.Count)) / days;
        // Of a few events the tail begins with all of them at the greatest: no score below it is rarer.
        if (score <= from && Events.Count < TailEvents) return (1 + EventCount) / days;
        if (score <= from)
        {
            var reached = 0L;
            while (reached < Events.Count && Events[(int)reached] >= score) reached++;
            // Below the least score kept one by one all that is known is how many there were.
            if (reached == Events.Count) reached = EventCount;
            return (1 + reached) / days;
        }

        return atTail * Math.Pow(score / from, -Exponent);
    }

    /// <summary>The score that is reached as often as told without any attack.</summary>
    public double ScoreAt(double ratePerDay)
    {
        if (ratePerDay <= 0) return Score.Most;
        var days = Math.Max(Exposure.TotalDays, 1.0 / 86_400);
        var from = TailFrom;
        var atTail = (1 + (Events.Count >= TailEvents ? Tail : Events.Count)) / days;
        if (ratePerDay < atTail) return Math.Min(Score.Most, from * Math.Pow(ratePerDay / atTail, -1 / Exponent));
        var allowed = Math.Floor(ratePerDay * days) - 1;
        if (allowed >= EventCount) return Candidate;
        return allowed < 0 || Events.Count == 0 ? from : Math.BitIncrement(Events[(int)Math.Min(Events.Count - 1, allowed)]);
    }

    /// <summary>The smallest rate that was counted and not extrapolated, in events a day.</summary>
    public double Resolution => 1 / Math.Max(Exposure.TotalDays, 1.0 / 86_400);

    /// <summary>
    /// What two calibrations of one scale on different traffic say together: as if one had gone on with the other. Events
    /// count from the higher of the two candidates on.
    /// </summary>
    public ScaleCalibration With(ScaleCalibration other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var candidate = Math.Max(Candidate, other.Candidate);
        var events = Events.Concat(other.Events).Where(score => score >= candidate).OrderDescending().ToList();
        // Of events that are not kept one by one it is not known which reach the candidate: all are taken to.
        var unlisted = EventCount - Events.Count + other.EventCount - other.Events.Count;
        return this with
        {
            Candidate = candidate,
            Exposure = Exposure + other.Exposure,
            EventCount = events.Count + unlisted,
            Events = [.. events.Take(MaximumEvents)],
        };
    }

    /// <summary>The line of the baseline: name, candidate, exposure, counts and the greatest scores.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Scale}: candidates from {Candidate:G4}, {EventCount} events in {Exposure:c}, tail from {TailFrom:G4} with exponent {Exponent:G3}");
}
