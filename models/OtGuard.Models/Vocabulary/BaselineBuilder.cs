using OtGuard.Collectors;
using OtGuard.Models.Fields;

namespace OtGuard.Models;

/// <summary>Makes a baseline of learned tables: sorted, with routers, redundant pairs, stages and completeness.</summary>
internal static class BaselineBuilder
{
    internal static Baseline Build(
        VocabularyTables tables, MessageLearner messages, IReadOnlyList<NameFact> names, LearnedTime time,
        FrameSelection selection, LearningOptions options)
    {
        var learnedFrom = time.LearnedFrom(selection, options);
        var completeness = CompletenessOf(tables, messages, time.Everything, learnedFrom.Observed, options);
        var contents = new BaselineContents
        {
            LearnedFrom = learnedFrom,
            Options = options,
            Completeness = completeness,
            Hosts = [.. Seen(tables.Hosts)
                .OrderBy(host => host.Key)
                .Select(host => new HostFact(host.Key, LearningStage.Learning, host.Value.Sightings))],
            Routers = Routers.Of(tables.Bindings.Keys, tables.Hosts.Keys, options),
            Bindings = [.. Seen(tables.Bindings)
                .OrderBy(binding => binding.Key.Address).ThenBy(binding => binding.Key.Link)
                .Select(binding => new BindingFact(binding.Key.Address, binding.Key.Link, binding.Value.Sightings))],
            Roles = [.. Seen(tables.Roles)
                .OrderBy(role => role.Key.Address).ThenBy(role => role.Key.Role)
                .ThenBy(role => role.Key.Service, StringComparer.Ordinal)
                .Select(role => new RoleFact(role.Key.Address, role.Key.Role, role.Key.Service, role.Value.Sightings))],
            Conversations =
            [
                .. ConversationFacts(tables.Conversations, isGroup: false),
                .. ConversationFacts(tables.GroupConversations, isGroup: true),
            ],
            Units = [.. Seen(tables.Units)
                .OrderBy(unit => unit.Key.Server).ThenBy(unit => unit.Key.Protocol, StringComparer.Ordinal)
                .ThenBy(unit => unit.Key.Unit)
                .Select(unit => new UnitFact(unit.Key.Server, unit.Key.Protocol, unit.Key.Unit, unit.Value.Sightings))],
            Functions = [.. tables.Functions.Where(function => function.Value.Seen.IsSeen)
                .OrderBy(function => function.Key.Pair, PairOrder).ThenBy(function => function.Key.Unit)
                .ThenBy(function => function.Key.Code).ThenBy(function => function.Key.SubCode)
                .Select(function => new FunctionFact(
                    function.Key.Pair, function.Key.Unit, function.Key.Code, function.Key.SubCode, function.Value.Name,
                    function.Value.Seen.Sightings))],
            Ranges =
            [
                .. RangeFacts(tables.ReadRanges, isWrite: false),
                .. RangeFacts(tables.WriteRanges, isWrite: true),
            ],
            Writers = [.. Seen(tables.Writers)
                .OrderBy(writer => writer.Key.Pair, PairOrder).ThenBy(writer => writer.Key.Unit)
                .Select(writer => new WriterFact(writer.Key.Pair, writer.Key.Unit, writer.Value.Sightings))],
            Refusals = [.. Seen(tables.Refusals)
                .OrderBy(refusal => refusal.Key.Pair, PairOrder).ThenBy(refusal => refusal.Key.Unit)
                .ThenBy(refusal => refusal.Key.Code).ThenBy(refusal => refusal.Key.Reason)
                .Select(refusal => new RefusalFact(
                    refusal.Key.Pair, refusal.Key.Unit, refusal.Key.Code, refusal.Key.Reason,
                    refusal.Value.Sightings))],
            Identities = [.. Seen(tables.Identities)
                .OrderBy(identity => identity.Key.Server)
                .ThenBy(identity => identity.Key.Protocol, StringComparer.Ordinal)
                .ThenBy(identity => identity.Key.Unit).ThenBy(identity => identity.Key.Name, StringComparer.Ordinal)
                .ThenBy(identity => identity.Key.Value, StringComparer.Ordinal)
                .Select(identity => new IdentityFact(
                    identity.Key.Server, identity.Key.Protocol, identity.Key.Unit, identity.Key.Name,
                    identity.Key.Value,
                    identity.Value.Sightings))],
            Peers = PeerGroups.Of(tables, options),
            Names = names,
            Credentials = [.. Seen(tables.Credentials)
                .OrderBy(fact => fact.Key.Client).ThenBy(fact => fact.Key.Server)
                .ThenBy(fact => fact.Key.Protocol, StringComparer.Ordinal).ThenBy(fact => fact.Key.Name, StringComparer.Ordinal)
                .ThenBy(fact => fact.Key.Value, StringComparer.Ordinal)
                .Select(fact => new CredentialFact(
                    fact.Key.Client, fact.Key.Server, fact.Key.Protocol, fact.Key.Name, fact.Key.Value, fact.Value.Sightings))],
            Buses = messages.BusFacts(),
            Messages = messages.MessageFacts(),
            Fields = time.Earlier is null
                ? messages.Fields.Build()
                : FieldUnion.Of(time.Earlier.Fields, messages.Fields.Build()),
        };
        var learning = new AssetLearning(contents);
        return new Baseline(contents with
        {
            Hosts = [.. contents.Hosts.Select(host => host with { Stage = learning.StageOf(host.Address) })],
        });
    }

    private static readonly Comparer<PairKey> PairOrder = Comparer<PairKey>.Create((left, right) =>
    {
        var client = left.Client.CompareTo(right.Client);
        if (client != 0) return client;
        var server = left.Server.CompareTo(right.Server);
        if (server != 0) return server;
        var protocol = string.CompareOrdinal(left.Protocol, right.Protocol);
        return protocol != 0 ? protocol : string.CompareOrdinal(left.Actor, right.Actor);
    });

    private static IEnumerable<KeyValuePair<TKey, Tally>> Seen<TKey>(Dictionary<TKey, Tally> table)
        where TKey : notnull => table.Where(entry => entry.Value.IsSeen);

    private static IEnumerable<ConversationFact> ConversationFacts(
        Dictionary<ConversationKey, LearnedConversation> table, bool isGroup) => table
        .Where(conversation => conversation.Value.Seen.IsSeen)
        .OrderBy(conversation => conversation.Key.Client).ThenBy(conversation => conversation.Key.Server)
        .ThenBy(conversation => conversation.Key.Transport).ThenBy(conversation => conversation.Key.Service)
        .Select(conversation => new ConversationFact(
            conversation.Key, [.. conversation.Value.Protocols], isGroup, conversation.Value.Seen.Sightings));

    private static IEnumerable<RangeFact> RangeFacts(
        Dictionary<(PairKey Pair, short Unit, TargetSpace Space), LearnedRange> table, bool isWrite) => table
        .Where(range => range.Value.Seen.IsSeen)
        .OrderBy(range => range.Key.Pair, PairOrder).ThenBy(range => range.Key.Unit).ThenBy(range => range.Key.Space)
        .Select(range => new RangeFact(
            range.Key.Pair, range.Key.Unit, range.Key.Space, isWrite, [.. range.Value.Intervals.Items],
            Groups(range.Value.Requests), range.Value.Seen.Sightings));

    private static IReadOnlyList<RequestGroup> Groups(Dictionary<AddressInterval, Tally> requests) =>
    [
        .. requests.Where(request => request.Value.IsSeen)
            .GroupBy(request => request.Value.Sightings.Tally, request => request.Key)
            .OrderByDescending(group => group.Key.Minutes).ThenByDescending(group => group.Key.Hours)
            .ThenByDescending(group => group.Key.Shifts).ThenByDescending(group => group.Key.Days)
            .Select(group => new RequestGroup(group.Key, [.. group.OrderBy(r => r.First).ThenBy(r => r.Last)])),
    ];

    private static Completeness CompletenessOf(
        VocabularyTables tables, MessageLearner messages, Sightings everything, TimeSpan observed, LearningOptions options)
    {
        return new Completeness([.. FactFamilies.All.Select(Family)]);

        long OverflowOf(FactFamily family) => family switch
        {
            FactFamily.Messages => messages.Overflow,
            FactFamily.MessageForms => messages.FormOverflow,
            _ => tables.Overflow[(int)family],
        };

        FamilyCompleteness Family(FactFamily family)
        {
            var seen = TalliesOf(tables, messages, family).Where(tally => tally.IsSeen).Select(tally => tally.Sightings).ToList();
            var counts = Occasion.Scales.Select(scale => new OccasionCounts(
                scale,
                everything.Occasions(scale),
                seen.Count(s => s.Occasions(scale) == 1),
                seen.Count(s => s.Occasions(scale) == 2)));
            return new FamilyCompleteness(
                family, seen.Count, OverflowOf(family), observed, [.. counts], options);
        }
    }

    private static IEnumerable<Tally> TalliesOf(
        VocabularyTables tables, MessageLearner messages, FactFamily family) => family switch
        {
            FactFamily.Hosts => tables.Hosts.Values,
            FactFamily.Bindings => tables.Bindings.Values,
            FactFamily.Roles => tables.Roles.Values,
            FactFamily.Conversations => tables.Conversations.Values.Select(conversation => conversation.Seen),
            FactFamily.GroupConversations => tables.GroupConversations.Values.Select(conversation => conversation.Seen),
            FactFamily.Units => tables.Units.Values,
            FactFamily.Functions => tables.Functions.Values.Select(function => function.Seen),
            // Requests and not merged ranges are counted: merging would make one fact of many that came at different times.
            FactFamily.ReadRanges => tables.ReadRanges.Values.SelectMany(range => range.Requests.Values),
            FactFamily.WriteRanges => tables.WriteRanges.Values.SelectMany(range => range.Requests.Values),
            FactFamily.Writers => tables.Writers.Values,
            FactFamily.Refusals => tables.Refusals.Values,
            FactFamily.Identities => tables.Identities.Values,
            FactFamily.Messages => messages.Messages,
            FactFamily.MessageForms => messages.Forms,
            FactFamily.Credentials => tables.Credentials.Values,
        };
}

/// <summary>The time that was learned: of this learning, and of the one that it extends.</summary>
/// <param name="Own">What this learning saw; null for nothing.</param>
/// <param name="Earlier">What is extended, or null.</param>
/// <param name="Extended">How the two go together.</param>
internal sealed record LearnedTime(Sightings? Own, Baseline? Earlier, ExtendedTime Extended)
{
    /// <summary>When anything at all was seen.</summary>
    internal Sightings Everything => Before is not { } before
        ? Own ?? default
        : Own is { } own ? Extended.Unite(before, own) : before;

    private Sightings? Before
    {
        get
        {
            if (Earlier is not { LearnedFrom: { Observations: > 0 } from }) return null;
            // Every family counts the same occasions.
            var occasions = Earlier.Completeness[FactFamily.Hosts].Counts;
            return new Sightings(
                from.First, from.Last, from.Observations, occasions[0].Occasions, occasions[1].Occasions,
                occasions[2].Occasions, occasions[3].Occasions, HoursOfDay: 0);
        }
    }

    internal LearnedFrom LearnedFrom(FrameSelection selection, LearningOptions options)
    {
        var observed = Own is { } own ? Observed(own) : TimeSpan.Zero;
        var everything = Everything;
        if (Earlier is null)
            return new LearnedFrom(options.Files, selection, everything.Count, everything.First, everything.Last, observed);
        var from = Earlier.LearnedFrom;
        return new LearnedFrom(
            [.. from.Files.Select(file => Named(file, from.Selection)), .. options.Files], selection, everything.Count,
            everything.First, everything.Last, Own is null ? from.Observed : Extended.Unite(from.Observed, observed))
        {
            Extends = Earlier.ContentHash,
        };
    }

    /// <summary>From first to last, but not more than the minutes on which anything was seen.</summary>
    private static TimeSpan Observed(Sightings everything)
    {
        var span = everything.Last - everything.First;
        var minutes = TimeSpan.FromMinutes(everything.Minutes);
        return span < minutes ? span : minutes;
    }

    private static string Named(string file, FrameSelection selection) =>
        selection == FrameSelection.All ? file : $"{file} ({BaselineText.SelectionText(selection)})";
}

/// <summary>Tells routers by the addresses on their link address.</summary>
/// <remarks>
/// A MAC address carries its own host's address and, where it routes, those of the networks behind it. It is taken for
/// a router where it carries at least <see cref="LearningOptions.RouterMinimumAddresses"/> addresses in two networks or
/// more (/24 for IPv4, /64 for IPv6: masks are not on the wire, and these are the usual ones), or public addresses
/// beside others, or where it is the virtual address of VRRP or HSRP. Link-local addresses do not count: every IPv6
/// host has one beside its own.
/// </remarks>
internal static class Routers
{
    internal static IReadOnlyList<RouterFact> Of(
        IEnumerable<(NetworkAddress Address, NetworkAddress Link)> bindings, IEnumerable<NetworkAddress> hosts,
        LearningOptions options)
    {
        var routers = new SortedDictionary<NetworkAddress, RouterFact>();
        foreach (var carried in bindings.Where(b => !IsLinkLocal(b.Address)).GroupBy(b => b.Link, b => b.Address))
        {
            var addresses = carried.Distinct().ToList();
            var isVirtual = VirtualRouters.IsVirtual(carried.Key);
            if (isVirtual || IsRouter(addresses, options))
                routers[carried.Key] = new RouterFact(carried.Key, isVirtual, addresses.Count);
        }

        foreach (var host in hosts)
            if (VirtualRouters.IsVirtual(host)) routers.TryAdd(host, new RouterFact(host, IsVirtual: true, 0));
        return [.. routers.Values];
    }

    private static bool IsRouter(List<NetworkAddress> addresses, LearningOptions options)
    {
        if (addresses.Exists(a => a.IsPublic) && addresses.Exists(a => !a.IsPublic && a.Kind == AddressKind.IPv4))
            return true;
        // IPv4 and IPv6 apart: a host with one of each is in two networks and routes nothing.
        return addresses.GroupBy(a => a.Kind).Any(kind =>
            kind.Count() >= options.RouterMinimumAddresses && kind.Select(Network).Distinct().Count() >= 2);
    }

    private static ulong Network(NetworkAddress address) =>
        address.Kind == AddressKind.IPv6 ? address.High : address.Low >> 8;

    private static bool IsLinkLocal(NetworkAddress address) => address.Kind switch
    {
        AddressKind.IPv6 => address.High >> 54 == 0xFE80 >> 6,
        AddressKind.IPv4 => address.Low >> 16 == 0xA9FE,
        AddressKind.Mac or AddressKind.None or AddressKind.Can => false,
    };
}

/// <summary>Tells redundant pairs: two clients that poll the same points of the same servers.</summary>
/// <remarks>
/// Two clients hold one role where the read requests (server, unit, space, start, quantity) they have in common are at
/// least <see cref="LearningOptions.PeerSimilarity"/> of all that either makes (Jaccard index), are at least
/// <see cref="LearningOptions.PeerMinimumRequests"/>, and each was polled by both on
/// <see cref="LearningOptions.PeerMinimumMinutes"/> minutes. Writes are left out: the standby's are what is not seen
/// until it takes over. A host that polls a few registers shares few requests; one that copies the whole polling for
/// minutes while the baseline is learned would pass, which is why the pairs stand in the file to be reviewed.
/// </remarks>
internal static class PeerGroups
{
    internal static IReadOnlyList<PeerFact> Of(VocabularyTables tables, LearningOptions options)
    {
        var peers = new SortedDictionary<(NetworkAddress First, NetworkAddress Second), PeerFact>();
        foreach (var (one, other) in options.DeclaredPeers)
        {
            var pair = one < other ? (one, other) : (other, one);
            peers[pair] = new PeerFact(pair.Item1, pair.Item2, "declared");
        }

        var polling = PollingOf(tables, options);
        for (var i = 0; i < polling.Count; i++)
        {
            for (var j = i + 1; j < polling.Count; j++)
            {
                var (first, second) = (polling[i], polling[j]);
                var common = first.Requests.Count(second.Requests.Contains);
                var all = first.Requests.Count + second.Requests.Count - common;
                if (common < options.PeerMinimumRequests || common < options.PeerSimilarity * all) continue;
                peers.TryAdd(
                    (first.Client, second.Client),
                    new PeerFact(
                        first.Client, second.Client,
                        FormattableString.Invariant($"learned: {common} of {all} read requests in common")));
            }
        }

        return [.. peers.Values];
    }

    /// <summary>What each client polls; those that poll too little to be anybody's peer are left out.</summary>
    private static List<(NetworkAddress Client, HashSet<PolledRequest> Requests)> PollingOf(
        VocabularyTables tables, LearningOptions options)
    {
        var polling = new SortedDictionary<NetworkAddress, HashSet<PolledRequest>>();
        foreach (var ((pair, unit, space), range) in tables.ReadRanges)
        {
            if (!polling.TryGetValue(pair.Client, out var requests)) polling.Add(pair.Client, requests = []);
            foreach (var (request, seen) in range.Requests)
                if (seen.Minutes >= options.PeerMinimumMinutes)
                    requests.Add(new PolledRequest(pair.Server, pair.Protocol, unit, space, request));
        }

        return [.. polling.Where(p => p.Value.Count >= options.PeerMinimumRequests).Select(p => (p.Key, p.Value))];
    }

    private readonly record struct PolledRequest(
        NetworkAddress Server, string Protocol, short Unit, TargetSpace Space, AddressInterval Request);
}
