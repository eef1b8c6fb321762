using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>The facts while they are learned. Each family holds so many; what finds no room is counted.</summary>
internal sealed class VocabularyTables
{
    /// <summary>A service speaks one protocol, a few where it is a tunnel; more is no vocabulary.</summary>
    private const int MaximumProtocolsPerConversation = 16;

    private readonly int _maximumFacts;
    private readonly int _maximumRequests;

    internal VocabularyTables(LearningOptions options) =>
        (_maximumFacts, _maximumRequests) = (options.MaximumFacts, options.MaximumRequestsPerRange);

    internal int Count =>
        Hosts.Count + Roles.Count + Conversations.Count + GroupConversations.Count + Units.Count + Functions.Count
        + ReadRanges.Count + WriteRanges.Count + Writers.Count + Refusals.Count;

    internal Dictionary<NetworkAddress, Tally> Hosts { get; } = [];

    internal Dictionary<(NetworkAddress Address, NetworkAddress Link), Tally> Bindings { get; } = [];

    internal Dictionary<(NetworkAddress Address, HostRole Role, string Service), Tally> Roles { get; } = [];

    internal Dictionary<ConversationKey, LearnedConversation> Conversations { get; } = [];

    internal Dictionary<ConversationKey, LearnedConversation> GroupConversations { get; } = [];

    internal Dictionary<(NetworkAddress Server, string Protocol, short Unit), Tally> Units { get; } = [];

    internal Dictionary<(PairKey Pair, short Unit, short Code, int SubCode), LearnedFunction> Functions { get; } = [];

    internal Dictionary<(PairKey Pair, short Unit, TargetSpace Space), LearnedRange> ReadRanges { get; } = [];

    internal Dictionary<(PairKey Pair, short Unit, TargetSpace Space), LearnedRange> WriteRanges { get; } = [];

    internal Dictionary<(PairKey Pair, short Unit), Tally> Writers { get; } = [];

    internal Dictionary<(PairKey Pair, short Unit, short Code, int Reason), Tally> Refusals { get; } = [];

    internal Dictionary<(NetworkAddress Server, string Protocol, short Unit, string Name, string Value), Tally>
        Identities
    { get; } = [];

    internal Dictionary<(NetworkAddress Client, NetworkAddress Server, string Protocol, string Name, string Value), Tally>
        Credentials
    { get; } = [];

    /// <summary>Facts that found no room, by family.</summary>
    internal long[] Overflow { get; } = new long[FactFamilies.All.Length];

    /// <summary>Goes on with what an earlier learning saw. Call before anything is learned.</summary>
    internal void Continue(Baseline earlier, ExtendedTime extended)
    {
        foreach (var family in earlier.Completeness.Families) Overflow[(int)family.Family] = family.Overflow;
        foreach (var host in earlier.Hosts) Seen(Hosts, host.Address, host.Seen);
        foreach (var binding in earlier.Bindings) Seen(Bindings, (binding.Address, binding.LinkAddress), binding.Seen);
        foreach (var role in earlier.Roles) Seen(Roles, (role.Address, role.Role, role.Service), role.Seen);
        foreach (var unit in earlier.Units) Seen(Units, (unit.Server, unit.Protocol, unit.Unit), unit.Seen);
        foreach (var writer in earlier.Writers) Seen(Writers, (writer.Pair, writer.Unit), writer.Seen);
        foreach (var refusal in earlier.Refusals)
            Seen(Refusals, (refusal.Pair, refusal.Unit, refusal.Code, refusal.Reason), refusal.Seen);
        foreach (var identity in earlier.Identities)
            Seen(Identities, (identity.Server, identity.Protocol, identity.Unit, identity.Name, identity.Value), identity.Seen);
        foreach (var fact in earlier.Credentials)
            Seen(Credentials, (fact.Client, fact.Server, fact.Protocol, fact.Name, fact.Value), fact.Seen);
        foreach (var fact in earlier.Conversations)
        {
            var learned = new LearnedConversation();
            learned.Seen.Continue(fact.Seen, extended);
            learned.Protocols.UnionWith(fact.Protocols);
            (fact.IsGroup ? GroupConversations : Conversations).Add(fact.Key, learned);
        }

        foreach (var fact in earlier.Functions)
        {
            var learned = new LearnedFunction { Name = fact.Name };
            learned.Seen.Continue(fact.Seen, extended);
            Functions.Add((fact.Pair, fact.Unit, fact.Code, fact.SubCode), learned);
        }

        foreach (var fact in earlier.Ranges)
        {
            var learned = new LearnedRange { IsWrite = fact.IsWrite };
            learned.Seen.Continue(fact.Seen, extended);
            foreach (var interval in fact.Intervals) learned.Intervals.Add(interval);
            foreach (var (seen, requests) in fact.Requests)
            {
                var sightings = new Sightings(
                    fact.Seen.First, fact.Seen.Last, 0, seen.Minutes, seen.Hours, seen.Shifts, seen.Days, fact.Seen.HoursOfDay);
                foreach (var request in requests) Seen(learned.Requests, request, sightings);
            }

            (fact.IsWrite ? WriteRanges : ReadRanges).Add((fact.Pair, fact.Unit, fact.Space), learned);
        }

        void Seen<TKey>(Dictionary<TKey, Tally> table, TKey key, Sightings before)
            where TKey : notnull
        {
            var tally = new Tally();
            tally.Continue(before, extended);
            table.Add(key, tally);
        }
    }

    internal Tally? Host(NetworkAddress address) =>
        address.IsUnspecified || address.IsMulticast || address.IsBroadcast
            ? null
            : Get(Hosts, address, FactFamily.Hosts);

    internal Tally? Binding(NetworkAddress address, NetworkAddress link) =>
        Get(Bindings, (address, link), FactFamily.Bindings);

    internal Tally? Role(NetworkAddress address, HostRole role, string service) =>
        Get(Roles, (address, role, service), FactFamily.Roles);

    internal Tally? Conversation(Conversation conversation) => conversation.IsGroup
        ? Get(GroupConversations, ConversationKey.Of(conversation), FactFamily.GroupConversations)?.Seen
        : Get(Conversations, ConversationKey.Of(conversation), FactFamily.Conversations)?.Seen;

    internal Tally? Unit(NetworkAddress server, string protocol, short unit) =>
        Get(Units, (server, protocol, unit), FactFamily.Units);

    internal Tally? Function(PairKey pair, short unit, short code, int subCode, string name)
    {
        var function = Get(Functions, (pair, unit, code, subCode), FactFamily.Functions);
        if (function is null) return null;
        function.Name = name;
        return function.Seen;
    }

    internal LearnedRange? Range(PairKey pair, short unit, TargetSpace space, bool isWrite)
    {
        var range = isWrite
            ? Get(WriteRanges, (pair, unit, space), FactFamily.WriteRanges)
            : Get(ReadRanges, (pair, unit, space), FactFamily.ReadRanges);
        if (range is not null) range.IsWrite = isWrite;
        return range;
    }

    /// <summary>One request within a range: widens the range, and is counted by itself while there is room.</summary>
    internal Tally? Request(LearnedRange range, AddressInterval request)
    {
        if (range.Requests.TryGetValue(request, out var seen)) return seen;
        if (range.Intervals.Items.Count >= _maximumFacts)
        {
            Overflow[(int)(range.IsWrite ? FactFamily.WriteRanges : FactFamily.ReadRanges)]++;
            return null;
        }

        range.Intervals.Add(request);
        if (range.Requests.Count >= _maximumRequests) return null;
        seen = new Tally();
        range.Requests.Add(request, seen);
        return seen;
    }

    internal Tally? Refusal(PairKey pair, short unit, short code, int reason) =>
        Get(Refusals, (pair, unit, code, reason), FactFamily.Refusals);

    internal Tally? Writer(PairKey pair, short unit) => Get(Writers, (pair, unit), FactFamily.Writers);

    internal Tally? Credential(Conversation conversation, string protocol, string name, string value) =>
        Get(Credentials, (conversation.Client, conversation.Server, protocol, name, value), FactFamily.Credentials);

    internal Tally? Identity(NetworkAddress server, string protocol, short unit, string name, string value) =>
        Get(Identities, (server, protocol, unit, name, value), FactFamily.Identities);

    /// <summary>Takes over a protocol recognised on a conversation.</summary>
    internal void Name(Conversation conversation, string name)
    {
        var table = conversation.IsGroup ? GroupConversations : Conversations;
        if (table.TryGetValue(ConversationKey.Of(conversation), out var learned)
            && learned.Protocols.Count < MaximumProtocolsPerConversation) learned.Protocols.Add(name);
    }

    private TFact? Get<TKey, TFact>(Dictionary<TKey, TFact> table, TKey key, FactFamily family)
        where TKey : notnull
        where TFact : class, new()
    {
        if (table.TryGetValue(key, out var fact)) return fact;
        if (table.Count >= _maximumFacts)
        {
            Overflow[(int)family]++;
            return null;
        }

        fact = new TFact();
        table.Add(key, fact);
        return fact;
    }
}

internal sealed class LearnedConversation
{
    internal Tally Seen { get; } = new();

    internal SortedSet<string> Protocols { get; } = new(StringComparer.Ordinal);
}

internal sealed class LearnedFunction
{
    internal Tally Seen { get; } = new();

    internal string Name { get; set; } = "";
}

internal sealed class LearnedRange
{
    internal Tally Seen { get; } = new();

    internal bool IsWrite { get; set; }

    internal AddressIntervals Intervals { get; } = new();

    internal Dictionary<AddressInterval, Tally> Requests { get; } = [];
}
