using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Rhythm;

/// <summary>The learned rhythms. Immutable, thread-safe.</summary>
internal sealed class PollModel : FamilyModel
{
    /// <summary>Repetitions kept at most; learning counts further ones.</summary>
    public const int MaximumRhythms = 1 << 14;

    internal const int FastScale = 0;
    internal const int SlowScale = 1;
    internal const int MissingScale = 2;
    internal const int DriftScale = 3;
    internal const int PublishScale = 4;

    /// <param name="longestStep">The longest silence of the whole capture, in nanoseconds.</param>
    /// <param name="places">The longest silence of each place.</param>
    /// <param name="rhythms">The rhythms, in the order of their keys.</param>
    /// <param name="beyond">Repetitions that found no room.</param>
    public PollModel(long longestStep, IReadOnlyList<long> places, IReadOnlyList<PollRhythm> rhythms, long beyond) =>
        (LongestStep, Places, Rhythms, Beyond) = (longestStep, places, rhythms, beyond);

    public override string Family => PollFamily.FamilyName;

    public override IReadOnlyList<string> Scales { get; } =
        ["poll-fast", "poll-slow", "poll-missing", "poll-drift", "publish-missing"];

    public long LongestStep { get; }

    public IReadOnlyList<long> Places { get; }

    public IReadOnlyList<PollRhythm> Rhythms { get; }

    public long Beyond { get; }

    public override IEnumerable<string> Lines()
    {
        foreach (var rhythm in Rhythms)
        {
            var key = rhythm.Key;
            var who = key.Kind == PollKind.Message
                ? $"{key.Asker} identifier {key.Target.Start:X}"
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{key.Asker} -> {key.Server}:{key.Service} {key.Protocol} unit {key.Unit} code {key.Code} ")
                + string.Create(CultureInfo.InvariantCulture, $"{key.Target.Space} {key.Target.Start} x {key.Target.Count}");
            var edges = rhythm.Edges;
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{who}: {(rhythm.IsPeriodic ? "every" : "on average every")} {rhythm.Cycle / 1e9:G5} s in {rhythm.Gaps} gaps, ")
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $"at most {edges.TooMany:G3} too many, {edges.TooFew:G3} too few, {edges.Silent:G3} missing in a row");
        }

        if (Beyond > 0) yield return string.Create(CultureInfo.InvariantCulture, $"{Beyond} observations without room");
    }

    public override void Write(ModelWriter writer)
    {
        writer.Write(LongestStep);
        writer.Write(Beyond);
        writer.Write(Places.Count);
        foreach (var place in Places) writer.Write(place);
        writer.Write(Rhythms.Count);
        foreach (var rhythm in Rhythms) rhythm.Write(writer);
    }

    public static PollModel Read(ModelReader reader)
    {
        var longestStep = reader.ReadLong();
        var beyond = reader.ReadLong();
        var places = new long[reader.ReadCount(2 * MaximumRhythms)];
        for (var at = 0; at < places.Length; at++) places[at] = reader.ReadLong();
        var rhythms = new PollRhythm[reader.ReadCount(MaximumRhythms)];
        for (var at = 0; at < rhythms.Length; at++) rhythms[at] = PollRhythm.Read(reader, places.Length);
        var isSound = longestStep > 0 && places.All(place => place > 0)
            && rhythms.DistinctBy(rhythm => rhythm.Key).Count() == rhythms.Length;
        if (!isSound)
            throw new BaselineFormatException("The rhythms of the baseline's models are out of their bounds.");
        return new PollModel(longestStep, places, rhythms, beyond);
    }

    /// <remarks>The silences of a place are those of the later traffic, where it was seen there.</remarks>
    public override FamilyModel Merge(FamilyModel earlier)
    {
        var before = (PollModel)earlier;
        var known = Rhythms.Select(rhythm => rhythm.Key).ToHashSet();
        var kept = before.Rhythms.Where(rhythm => !known.Contains(rhythm.Key)).Take(MaximumRhythms - Rhythms.Count).ToList();
        if (kept.Count == 0) return this;
        var numbers = new Dictionary<NetworkAddress, int>();
        foreach (var rhythm in Rhythms) numbers.TryAdd(rhythm.Key.Place, rhythm.Place);
        var places = Places.ToList();
        var all = Rhythms.ToList();
        foreach (var rhythm in kept)
        {
            if (!numbers.TryGetValue(rhythm.Key.Place, out var number))
            {
                numbers.Add(rhythm.Key.Place, number = places.Count);
                places.Add(before.Places[rhythm.Place]);
            }

            all.Add(rhythm with { Place = number });
        }

        all.Sort((first, second) => PollOrder.Instance.Compare(first.Key, second.Key));
        return new PollModel(Math.Max(LongestStep, before.LongestStep), places, all, Beyond + before.Beyond);
    }

    public override IReadOnlyList<NetworkAddress> Assets => [.. Rhythms.Select(rhythm => rhythm.Key.Place).Distinct()];

    public override LearningStage StageOf(NetworkAddress asset) => Rhythms
        .Where(rhythm => rhythm.Key.Place == asset).Select(rhythm => rhythm.Stage).DefaultIfEmpty(LearningStage.Learning).Min();

    public override FamilyWatch CreateWatch(WatchContext context) => new PollWatch(this, context);
}
