using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>
/// How far learning is of each asset in each family of facts. An asset's time begins when it was first seen, so that one
/// found later learns on its own.
/// </summary>
/// <remarks>
/// <para>Decided by the asset's own facts on the occasions it was itself seen on (<see cref="FamilyCompleteness"/>): dynamic
/// where the next hour is foreseeable and less than <see cref="LearningOptions.CompleteBelow"/> new facts are expected over
/// it; operational where that holds for <see cref="LearningOptions.CompleteHorizon"/>, and learning has been stable: in the
/// last third of the asset's time new facts came at a lower rate than that, too. A family that found no room for all facts
/// stays at learning.</para>
/// <para>A fact belongs to each host it names, one about a message to its bus. Immutable once made, thread-safe behind
/// <see cref="Lazy{T}"/>.</para>
/// </remarks>
internal sealed class AssetLearning
{
    /// <summary>Stability is looked for in the last of so many equal parts of the time.</summary>
    internal const int Parts = 3;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly LearningOptions _options;
    private readonly Completeness _all;
    private readonly SortedDictionary<NetworkAddress, Asset> _assets = [];

    internal AssetLearning(BaselineContents contents)
    {
        _options = contents.Options;
        _all = contents.Completeness;
        foreach (var host in contents.Hosts) _assets.TryAdd(host.Address, new Asset(host.Seen));
        foreach (var messages in contents.Messages.GroupBy(message => MessageKeys.BusOf(message.Message)))
            _assets.TryAdd(messages.Key, new Asset(Together(messages.Select(message => message.Seen))));
        AddFacts(contents);
    }

    internal IReadOnlyList<NetworkAddress> Assets => [.. _assets.Keys];

    /// <summary>The least stage of all families; learning for an asset never seen.</summary>
    internal LearningStage StageOf(NetworkAddress asset) => FactFamilies.All.Min(family => StageOf(asset, family));

    internal LearningStage StageOf(NetworkAddress asset, FactFamily family)
    {
        if (Find(asset) is not { } found) return LearningStage.Learning;
        var completeness = CompletenessOf(found, family);
        if (completeness.IsComplete && IsStable(found, family)) return LearningStage.Operational;
        return completeness.Overflow == 0 && completeness.Expect(Hour) is { } hour && hour.NewFacts < _options.CompleteBelow
            ? LearningStage.Dynamic
            : LearningStage.Learning;
    }

    internal FamilyCompleteness? CompletenessOf(NetworkAddress asset, FactFamily family) =>
        Find(asset) is { } found ? CompletenessOf(found, family) : null;

    private FamilyCompleteness CompletenessOf(Asset asset, FactFamily family)
    {
        var facts = asset.FactsOf(family);
        return new FamilyCompleteness(
            family, facts.Sum(fact => fact.Count), _all[family].Overflow, asset.Observed,
            [
                .. Occasion.Scales.Select(scale => new OccasionCounts(
                    scale, asset.Seen.Occasions(scale), On(1, scale), On(2, scale))),
            ],
            _options);

        int On(int occasions, OccasionScale scale) =>
            facts.Where(fact => fact.Seen.On(scale) == occasions).Sum(fact => fact.Count);
    }

    private bool IsStable(Asset asset, FactFamily family)
    {
        var last = (asset.Seen.Last - asset.Seen.First) / Parts;
        var added = asset.FactsOf(family).Where(fact => asset.Seen.Last - fact.First < last).Sum(fact => fact.Count);
        return added * (_options.CompleteHorizon / last) < _options.CompleteBelow || added == 0;
    }

    private Asset? Find(NetworkAddress asset) =>
        _assets.GetValueOrDefault(asset)
        ?? (asset.IsCanIdentifier || asset.IsCanNode ? _assets.GetValueOrDefault(MessageKeys.BusOf(asset)) : null);

    private static Sightings Together(IEnumerable<Sightings> sightings) => sightings.Aggregate((one, other) => new Sightings(
        one.First < other.First ? one.First : other.First,
        one.Last > other.Last ? one.Last : other.Last,
        one.Count + other.Count,
        // On at least as many occasions as the message seen on most of them.
        Math.Max(one.Minutes, other.Minutes), Math.Max(one.Hours, other.Hours), Math.Max(one.Shifts, other.Shifts),
        Math.Max(one.Days, other.Days), one.HoursOfDay | other.HoursOfDay));

    private void AddFacts(BaselineContents contents)
    {
        foreach (var fact in contents.Hosts) Add(FactFamily.Hosts, fact.Seen, fact.Address);
        foreach (var fact in contents.Bindings) Add(FactFamily.Bindings, fact.Seen, fact.Address, fact.LinkAddress);
        foreach (var fact in contents.Roles) Add(FactFamily.Roles, fact.Seen, fact.Address);
        foreach (var fact in contents.Conversations)
        {
            Add(
                fact.IsGroup ? FactFamily.GroupConversations : FactFamily.Conversations, fact.Seen, fact.Key.Client,
                fact.Key.Server);
        }

        foreach (var fact in contents.Units) Add(FactFamily.Units, fact.Seen, fact.Server);
        foreach (var fact in contents.Functions) Add(FactFamily.Functions, fact.Seen, fact.Pair.Client, fact.Pair.Server);
        foreach (var fact in contents.Ranges)
        {
            var family = fact.IsWrite ? FactFamily.WriteRanges : FactFamily.ReadRanges;
            foreach (var (seen, requests) in fact.Requests)
                Add(family, new Fact(seen, fact.Seen.First, requests.Count), fact.Pair.Client, fact.Pair.Server);
        }

        foreach (var fact in contents.Writers) Add(FactFamily.Writers, fact.Seen, fact.Pair.Client, fact.Pair.Server);
        foreach (var fact in contents.Refusals) Add(FactFamily.Refusals, fact.Seen, fact.Pair.Client, fact.Pair.Server);
        foreach (var fact in contents.Identities) Add(FactFamily.Identities, fact.Seen, fact.Server);
        foreach (var fact in contents.Credentials) Add(FactFamily.Credentials, fact.Seen, fact.Client, fact.Server);
        foreach (var fact in contents.Messages)
        {
            var bus = MessageKeys.BusOf(fact.Message);
            Add(FactFamily.Messages, fact.Seen, bus);
            foreach (var form in fact.Forms) Add(FactFamily.MessageForms, new Fact(form.Seen, fact.Seen.First, 1), bus);
        }
    }

    private void Add(FactFamily family, Sightings seen, params ReadOnlySpan<NetworkAddress> assets) =>
        Add(family, new Fact(seen.Tally, seen.First, 1), assets);

    private void Add(FactFamily family, Fact fact, params ReadOnlySpan<NetworkAddress> assets)
    {
        for (var at = 0; at < assets.Length; at++)
        {
            // One that names a host twice is one fact of it.
            if (assets[..at].Contains(assets[at])) continue;
            if (_assets.TryGetValue(assets[at], out var asset)) asset.FactsOf(family).Add(fact);
        }
    }

    /// <param name="Seen">On how many occasions.</param>
    /// <param name="First">When first, or not later than that.</param>
    /// <param name="Count">How many facts of that kind.</param>
    private readonly record struct Fact(OccasionTally Seen, CaptureTime First, int Count);

    private sealed class Asset(Sightings seen)
    {
        private readonly List<Fact>?[] _facts = new List<Fact>?[FactFamilies.All.Length];

        internal Sightings Seen { get; } = seen;

        /// <summary>From first to last, but not more than the minutes it was seen on.</summary>
        internal TimeSpan Observed
        {
            get
            {
                var (span, minutes) = (Seen.Last - Seen.First, TimeSpan.FromMinutes(Seen.Minutes));
                return span < minutes ? span : minutes;
            }
        }

        internal List<Fact> FactsOf(FactFamily family) => _facts[(int)family] ??= [];
    }
}
