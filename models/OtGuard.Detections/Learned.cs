using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections;

/// <summary>What detectors ask a baseline, in terms of the observation or conversation in hand.</summary>
/// <remarks>Those that return lists are for the words of a new deviation: they allocate and may search.</remarks>
internal static class Learned
{
    /// <summary>True for a host that was seen sending.</summary>
    public static bool KnowsHost(this Baseline baseline, NetworkAddress host) => baseline.KnownHost(host);

    /// <summary>True for a conversation that was learned.</summary>
    public static bool KnowsConversation(this Baseline baseline, Conversation conversation) =>
        baseline.ConversationOf(ConversationKey.Of(conversation)) is not null;

    /// <summary>True for a conversation that was learned with client and server exchanged.</summary>
    public static bool KnowsReversed(this Baseline baseline, Conversation conversation) =>
        baseline.ConversationOf(ConversationKey.Of(conversation).Reversed) is not null;

    /// <summary>True where the client used some TCP or UDP service of the server.</summary>
    public static bool KnowsPair(this Baseline baseline, NetworkAddress client, NetworkAddress server) =>
        Between(baseline, client, server).Any();

    /// <summary>The services the client used on the server, in words.</summary>
    public static IReadOnlyList<string> ServicesOf(this Baseline baseline, NetworkAddress client, NetworkAddress server) =>
        [.. Between(baseline, client, server).Select(fact => Service(fact.Key))];

    /// <summary>The clients of the conversation's server and service.</summary>
    public static IReadOnlyList<NetworkAddress> ClientsOf(this Baseline baseline, Conversation conversation) =>
        baseline.ClientsOf(conversation.Server, conversation.Transport, conversation.Service);

    /// <summary>The redundant partner of the client that was learned in this conversation, or null.</summary>
    public static NetworkAddress? StandbyOf(this Baseline baseline, Conversation conversation)
    {
        foreach (var peer in baseline.PeersOf(conversation.Client))
            if (baseline.ConversationOf(ConversationKey.Of(conversation) with { Client = peer }) is not null) return peer;
        return null;
    }

    /// <summary>True where that protocol was learned on the conversation, or on its server's service by any client.</summary>
    public static bool WasLearned(this Baseline baseline, Conversation conversation, string? protocol) =>
        protocol is null
            ? baseline.ConversationOf(ConversationKey.Of(conversation)) is { ProtocolName: null }
            : baseline.ProtocolsOf(conversation.Server, conversation.Transport, conversation.Service).Contains(protocol);

    /// <summary>True for a host that answered requests of the protocol.</summary>
    public static bool IsServer(this Baseline baseline, NetworkAddress host, string protocol) =>
        baseline.HasRole(host, HostRole.Server, protocol);

    /// <summary>True for a host that sent requests of the protocol.</summary>
    public static bool IsClient(this Baseline baseline, NetworkAddress host, string protocol) =>
        baseline.HasRole(host, HostRole.Client, protocol);

    /// <summary>True for a host that wrote to any unit.</summary>
    public static bool IsWriter(this Baseline baseline, NetworkAddress host, string protocol) =>
        baseline.Writers.Any(writer => writer.Pair.Client == host && writer.Pair.Protocol == protocol);

    /// <summary>The hosts that wrote to the unit.</summary>
    public static IReadOnlyList<NetworkAddress> WritersTo(this Baseline baseline, in Observation observation) =>
        baseline.WritersOf(observation.Connection.Conversation.Server, observation.Unit);

    /// <summary>True where the client used the function on any unit of any server.</summary>
    public static bool UsesFunction(this Baseline baseline, in Observation observation, ProtocolRegistry protocols)
    {
        var (client, code, subCode) = (observation.Connection.Conversation.Client, observation.Code, observation.SubCode);
        var protocol = protocols.Name(observation.Protocol);
        return baseline.Functions.Any(function => function.Pair.Client == client && function.Pair.Protocol == protocol
            && function.Code == code && function.SubCode == subCode);
    }

    /// <summary>The functions the client used on the unit, in words.</summary>
    public static IReadOnlyList<string> FunctionsOf(
        this Baseline baseline, in Observation observation, ProtocolRegistry protocols)
    {
        var (conversation, protocol) = (observation.Connection.Conversation, protocols[observation.Protocol]);
        return
        [
            .. baseline.FunctionsOf(conversation.Client, conversation.Server, observation.Unit)
                .Select(function => protocol.OperationText(function.Code, function.SubCode)),
        ];
    }

    /// <summary>True where all of the target lies within a learned range.</summary>
    public static bool KnowsRange(this Baseline baseline, in Observation observation, Target target, bool write)
    {
        foreach (var range in Ranges(baseline, in observation, target.Space, write))
            if (target.Start >= range.First && target.End <= range.Last) return true;
        return false;
    }

    /// <summary>The ranges the client read, or wrote, in a space of the unit.</summary>
    public static IReadOnlyList<Target> RangesOf(
        this Baseline baseline, in Observation observation, TargetSpace space, bool write) =>
        [.. Ranges(baseline, in observation, space, write).Select(range =>
            new Target(space, range.First, (int)Math.Min(int.MaxValue, (long)range.Last - range.First + 1)))];

    /// <summary>The reasons for which the unit refused the client's function.</summary>
    public static IReadOnlyList<int> RefusalsOf(
        this Baseline baseline, in Observation observation, ProtocolRegistry protocols)
    {
        var conversation = observation.Connection.Conversation;
        var pair = new PairKey(conversation.Client, conversation.Server, protocols.Name(observation.Protocol));
        var (unit, code) = (observation.Unit, observation.Code);
        return
        [
            .. baseline.Refusals
                .Where(refusal => refusal.Pair == pair && refusal.Unit == unit && refusal.Code == code)
                .Select(refusal => refusal.Reason),
        ];
    }

    /// <summary>
    /// True where the family has settled: over as much time again as was learned, less than
    /// <see cref="LearningOptions.CompleteBelow"/> new facts are to be expected. Less than complete, which takes a day;
    /// enough for what machines do in cycles. False where too few occasions were seen to say anything.
    /// </summary>
    public static bool IsSettled(this Baseline baseline, FactFamily family)
    {
        var known = baseline.Completeness[family];
        return known.Overflow == 0
            && known.Expect(known.Observed) is { } expected
            && expected.NewFacts < baseline.Options.CompleteBelow;
    }

    /// <summary>True for a link address at which some host was learned.</summary>
    public static bool IsBound(this Baseline baseline, NetworkAddress link) =>
        baseline.Bindings.Any(binding => binding.LinkAddress == link);

    private static IReadOnlyList<AddressInterval> Ranges(
        Baseline baseline, in Observation observation, TargetSpace space, bool write)
    {
        var conversation = observation.Connection.Conversation;
        return baseline.RangesOf(conversation.Client, conversation.Server, observation.Unit, space, write);
    }

    private static IEnumerable<ConversationFact> Between(Baseline baseline, NetworkAddress client, NetworkAddress server) =>
        baseline.Conversations.Where(fact => fact.Key.Client == client && fact.Key.Server == server
            && fact.Key.Transport is Transport.Tcp or Transport.Udp);

    private static string Service(ConversationKey key) => Phrases.Port(key.Transport, key.Service);
}
