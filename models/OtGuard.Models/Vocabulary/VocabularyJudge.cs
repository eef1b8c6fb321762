using System.Text;
using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>Says what about an observation a baseline does not know.</summary>
/// <remarks>
/// <para>An observation that was found to be known entirely is remembered by everything its vocabulary depends on and
/// costs one probe from then on. What is new is looked up again each time: it is the exception.</para>
/// <para>Allocates nothing but where a device gives an identity other than the last time. Not thread-safe.</para>
/// </remarks>
public sealed class VocabularyJudge
{
    /// <summary>Different devices whose last identification is remembered; beyond it all are forgotten.</summary>
    private const int MaximumIdentifications = 4096;

    private const int ViewSlots = 1024;

    private readonly Baseline _baseline;
    private readonly ProtocolRegistry _protocols;
    private readonly KnownObservations _known = new();
    private readonly ConversationView?[] _views = new ConversationView?[ViewSlots];
    private readonly Dictionary<(int Conversation, short Unit, int SubCode, Target), byte[]> _identifications = [];
    private readonly ServiceRoles _serviceRoles = new();
    private readonly bool[] _judges;

    /// <summary>Creates a judge by <paramref name="baseline"/>.</summary>
    public VocabularyJudge(Baseline baseline, ProtocolRegistry protocols)
    {
        ArgumentNullException.ThrowIfNull(baseline);
        ArgumentNullException.ThrowIfNull(protocols);
        _baseline = baseline;
        _protocols = protocols;
        _judges = [.. FactFamilies.All.Select(baseline.Judges)];
    }

    /// <summary>What is new about <paramref name="observation"/>, whose values lie in <paramref name="batch"/>.</summary>
    public Novelty Judge(in Observation observation, ObservationBatch batch)
    {
        if (observation.Protocol == ProtocolRegistry.Network) return JudgeNetwork(in observation, batch);
        // What a device answers about itself, and how sides prove who they are, is no part of the key: it is looked at each time.
        var key = ObservationKey.Of(in observation);
        return observation.Operation != Operation.Identify && !CredentialsOf.AreGivenBy(in observation)
            && _known.Contains(in key)
            ? Novelty.None
            : LookUp(in observation, in key, batch);
    }

    private Novelty LookUp(in Observation observation, in ObservationKey key, ObservationBatch batch)
    {
        var novelty = JudgeApplication(in observation);
        if (CredentialsOf.AreGivenBy(in observation)) return novelty | JudgeCredentials(in observation, batch);
        if (IdentityOf.IsGivenBy(in observation)) return novelty | JudgeIdentity(in observation, batch);
        if (novelty == Novelty.None) _known.Add(in key);
        return novelty;
    }

    private Novelty JudgeApplication(in Observation observation)
    {
        var conversation = observation.Connection.Conversation;
        var view = ViewOf(conversation, observation.Protocol, observation.Actor);
        var novelty = ConversationNovelty(observation.Connection, view.Fact is not null);
        if (observation.RequestFrame != 0) novelty |= HostNovelty(conversation.Client);
        if (observation.ResponseFrame != 0) novelty |= HostNovelty(conversation.Server);
        // Bytes without a meaning, and answers to nothing, may be garbage: their functions and addresses say nothing.
        if (observation.Outcome is Outcome.Undecodable or Outcome.Unsolicited)
            return Judged(novelty, view.IsPeerKnown);

        if (_judges[(int)FactFamily.Roles])
        {
            if (observation.RequestFrame != 0 && !view.IsClient && _baseline.KnownHost(conversation.Client))
                novelty |= Novelty.Role;
            if (observation.ResponseFrame != 0 && !view.IsServer && _baseline.KnownHost(conversation.Server))
                novelty |= Novelty.Role;
        }

        if (observation.Unit >= 0 && _judges[(int)FactFamily.Units]
            && !_baseline.KnownUnit(conversation.Server, view.Protocol, observation.Unit)) novelty |= Novelty.Unit;
        // Who opened a session before the capture began cannot be known: it may be any of those who were learned there.
        var pair = observation.Actor == 0 && observation.Connection.JoinedMidway ? view.AnybodysPair ?? view.Pair : view.Pair;
        var use = UseNovelty(pair, in observation);
        var isPeers = use == Novelty.None || UseNovelty(view.PeerPair, in observation) == Novelty.None;
        return Judged(novelty | use, view.IsPeerKnown && isPeers);
    }

    /// <summary>Adds that a redundant partner does the same, where nothing else but the host is new.</summary>
    private static Novelty Judged(Novelty novelty, bool isKnownOfPeer)
    {
        const Novelty beyondPeers = Novelty.Unit | Novelty.Identity | Novelty.Binding | Novelty.Protocol;
        return novelty != Novelty.None && isKnownOfPeer && (novelty & beyondPeers) == 0
            ? novelty | Novelty.HeldByPeer
            : novelty;
    }

    /// <summary>What a client's use of functions and addresses has that <paramref name="pair"/> has not.</summary>
    private Novelty UseNovelty(PairVocabulary? pair, in Observation observation)
    {
        var novelty = Novelty.None;
        var unit = observation.Unit;
        if (observation.Code >= 0 && _judges[(int)FactFamily.Functions]
            && !(pair?.Functions.Contains((unit, observation.Code, observation.SubCode)) ?? false))
            novelty |= Novelty.Function;
        var isWrite = observation.IsWrite;
        if (isWrite && _judges[(int)FactFamily.Writers] && !(pair?.Writers.Contains(unit) ?? false))
            novelty |= Novelty.Writer;
        var isReadWrite = observation.Operation == Operation.ReadWrite;
        if (IsRangeNew(pair, unit, observation.Target, isWrite && !isReadWrite)
            || (isReadWrite && IsRangeNew(pair, unit, observation.WriteTarget, isWrite: true)))
            novelty |= Novelty.Range;
        if (observation.Outcome == Outcome.Rejected && _judges[(int)FactFamily.Refusals]
            && !(pair?.Refusals.Contains((unit, observation.Code, observation.Reason)) ?? false))
            novelty |= Novelty.Refusal;
        return novelty;
    }

    private bool IsRangeNew(PairVocabulary? pair, short unit, Target target, bool isWrite)
    {
        if (target.Space == TargetSpace.None || target.Count <= 0) return false;
        if (!_judges[(int)(isWrite ? FactFamily.WriteRanges : FactFamily.ReadRanges)]) return false;
        return pair is null
            || !pair.Ranges.TryGetValue((unit, target.Space, isWrite), out var range)
            || !range.Contains(target.Start, (uint)Math.Min(target.End, uint.MaxValue));
    }

    private Novelty HostNovelty(NetworkAddress address)
    {
        if (!_judges[(int)FactFamily.Hosts] || address.Kind == AddressKind.None) return Novelty.None;
        if (address.IsUnspecified || address.IsMulticast || address.IsBroadcast) return Novelty.None;
        return _baseline.KnownHost(address) || VirtualRouters.IsVirtual(address) ? Novelty.None : Novelty.Asset;
    }

    private Novelty ConversationNovelty(Connection connection, bool isKnown)
    {
        if (isKnown) return Novelty.None;
        var conversation = connection.Conversation;
        var family = conversation.IsGroup ? FactFamily.GroupConversations : FactFamily.Conversations;
        if (!_judges[(int)family]) return Novelty.None;
        return connection.RoleEvidence == RoleEvidence.Guess && IsKnownReversed(connection)
            ? Novelty.None
            : Novelty.Conversation;
    }

    /// <summary>
    /// Where it is only guessed who asks, the same conversation may have been learned the other way round: by the port
    /// now taken for the server's, or by the one now taken for the client's.
    /// </summary>
    private bool IsKnownReversed(Connection connection)
    {
        var reversed = ConversationKey.Of(connection.Conversation).Reversed;
        return _baseline.ConversationOf(reversed) is not null
            || (connection.Client.Port != 0
                && _baseline.ConversationOf(reversed with { Service = connection.Client.Port }) is not null);
    }

    private Novelty JudgeNetwork(in Observation observation, ObservationBatch batch)
    {
        var conversation = observation.Connection.Conversation;
        switch (observation.Operation)
        {
            case Operation.AddressBound:
                return JudgeBinding(in observation);
            case Operation.AddressSought:
                return observation.LinkAddress.Kind == AddressKind.Mac
                    ? HostNovelty(observation.LinkAddress) : Novelty.None;
            case Operation.ProtocolIdentified:
            case Operation.ForeignProtocol:
                return ProtocolNovelty(conversation, RecognisedProtocol.Of(in observation, batch));
            case Operation.ConversationStarted:
            case Operation.ConnectionAttempted:
            case Operation.ConnectionRefused:
            case Operation.ConnectionUnanswered:
                {
                    var novelty = StartNovelty(observation.Connection) | HostNovelty(conversation.Client);
                    return Judged(novelty, novelty != Novelty.None && IsKnownOfPeer(conversation));
                }

            case Operation.ConnectionOpened:
                {
                    var novelty = StartNovelty(observation.Connection) | HostNovelty(conversation.Client)
                        | HostNovelty(conversation.Server) | RoleNovelty(observation.Connection);
                    return Judged(novelty, novelty != Novelty.None && IsKnownOfPeer(conversation));
                }

            default:
                return Novelty.None;
        }
    }

    private Novelty StartNovelty(Connection connection) =>
        ConversationNovelty(connection,
            _baseline.ConversationOf(ConversationKey.Of(connection.Conversation)) is not null);

    private Novelty RoleNovelty(Connection connection)
    {
        if (!_judges[(int)FactFamily.Roles] || _serviceRoles.LabelOf(connection) is not { } service)
            return Novelty.None;
        var conversation = connection.Conversation;
        return (_baseline.KnownHost(conversation.Client)
            && !_baseline.HasRole(conversation.Client, HostRole.Client, service))
            || (_baseline.KnownHost(conversation.Server)
                && !_baseline.HasRole(conversation.Server, HostRole.Server, service))
                ? Novelty.Role
                : Novelty.None;
    }

    /// <summary>A service on which no protocol was recognised while learning says nothing about the one recognised now.</summary>
    private Novelty ProtocolNovelty(Conversation conversation, ReadOnlySpan<byte> name)
    {
        var learned = _baseline.ProtocolsOf(conversation.Server, conversation.Transport, conversation.Service);
        if (name.Length == 0 || learned.Count == 0) return Novelty.None;
        for (var at = 0; at < learned.Count; at++)
            if (Ascii.Equals(name, learned[at])) return Novelty.None;
        return Novelty.Protocol;
    }

    private Novelty JudgeBinding(in Observation observation)
    {
        var link = observation.LinkAddress;
        var address = BoundAddress.Of(in observation);
        if (link.Kind != AddressKind.Mac || address.Kind is not (AddressKind.IPv4 or AddressKind.IPv6))
            return Novelty.None;
        var novelty = HostNovelty(link) | HostNovelty(address);
        if (!_judges[(int)FactFamily.Bindings] || address.IsUnspecified) return novelty;
        var learned = _baseline.BindingOf(address);
        if (learned.Count == 0 || learned.Contains(link)) return novelty;
        // A virtual router's address moves to whoever holds it, and a host behind routers is reached through any.
        if (VirtualRouters.IsVirtual(link) || (_baseline.IsRouter(link) && AreRouters(learned))) return novelty;
        return novelty | Novelty.Binding;
    }

    private bool AreRouters(IReadOnlyList<NetworkAddress> addresses)
    {
        for (var at = 0; at < addresses.Count; at++)
            if (!_baseline.IsRouter(addresses[at])) return false;
        return true;
    }

    private bool IsKnownOfPeer(Conversation conversation)
    {
        // By index: a list behind its interface is enumerated on the heap.
        var peers = _baseline.PeersOf(conversation.Client);
        for (var at = 0; at < peers.Count; at++)
        {
            var key = ConversationKey.Of(conversation) with { Client = peers[at] };
            if (_baseline.ConversationOf(key) is not null) return true;
        }

        return false;
    }

    /// <summary>How the two sides prove who they are, where something was learned of that between them.</summary>
    private Novelty JudgeCredentials(in Observation observation, ObservationBatch batch)
    {
        if (!_judges[(int)FactFamily.Credentials]) return Novelty.None;
        var conversation = observation.Connection.Conversation;
        var protocol = _protocols[observation.Protocol];
        foreach (var (name, value) in protocol.Credentials(in observation, batch))
        {
            if (_baseline.CredentialsOf(conversation.Client, conversation.Server, protocol.Name, name).Contains(value)) continue;
            // Of two hosts of which nothing was learned, the conversation is what is new.
            if (_baseline.HasCredentials(conversation.Client, conversation.Server, protocol.Name)) return Novelty.Credential;
        }

        return Novelty.None;
    }

    private Novelty JudgeIdentity(in Observation observation, ObservationBatch batch)
    {
        var conversation = observation.Connection.Conversation;
        var response = batch.Bytes(
            observation.ResponseFrame != 0 ? observation.ResponseData : observation.RequestData);
        var key = (conversation.Index, observation.Unit, observation.SubCode, observation.Target);
        if (_identifications.TryGetValue(key, out var known) && response.SequenceEqual(known)) return Novelty.None;
        var protocol = _protocols[observation.Protocol];
        if (_judges[(int)FactFamily.Identities])
        {
            foreach (var (name, value) in protocol.Identity(in observation, batch))
            {
                var learned = _baseline.IdentityOf(IdentityOf.Host(in observation), observation.Unit, name);
                if (learned.Count > 0 && !learned.Contains(value)) return Novelty.Identity;
            }
        }

        if (_identifications.Count == MaximumIdentifications) _identifications.Clear();
        if (response.Length > 0) _identifications[key] = response.ToArray();
        return Novelty.None;
    }

    private ConversationView ViewOf(Conversation conversation, byte protocol, uint actor)
    {
        ref var slot = ref _views[(conversation.Index ^ (int)actor) & (ViewSlots - 1)];
        if (slot is { } view && view.Conversation == conversation && view.ProtocolIndex == protocol && view.Actor == actor)
            return view;
        return slot = new ConversationView(
            _baseline, conversation, protocol, actor, _protocols.Name(protocol),
            actor == 0 ? "" : _protocols[protocol].ActorText(actor));
    }

    /// <summary>What a baseline has about a conversation of this run, found once.</summary>
    private sealed class ConversationView
    {
        internal ConversationView(
            Baseline baseline, Conversation conversation, byte protocol, uint actor, string name, string actorText)
        {
            Conversation = conversation;
            ProtocolIndex = protocol;
            Actor = actor;
            Protocol = name;
            Fact = baseline.ConversationOf(ConversationKey.Of(conversation));
            Pair = baseline.PairOf(conversation.Client, conversation.Server, name, actorText);
            AnybodysPair = baseline.PairOfAnybody(conversation.Client, conversation.Server, name);
            IsClient = baseline.HasRole(conversation.Client, HostRole.Client, name);
            IsServer = baseline.HasRole(conversation.Server, HostRole.Server, name);
            foreach (var peer in baseline.PeersOf(conversation.Client))
            {
                if (baseline.PairOf(peer, conversation.Server, name, actorText) is not { } pair) continue;
                PeerPair = pair;
                IsPeerKnown = true;
                break;
            }
        }

        internal Conversation Conversation { get; }

        internal byte ProtocolIndex { get; }

        internal uint Actor { get; }

        internal string Protocol { get; }

        internal ConversationFact? Fact { get; }

        internal PairVocabulary? Pair { get; }

        internal PairVocabulary? AnybodysPair { get; }

        internal PairVocabulary? PeerPair { get; }

        internal bool IsPeerKnown { get; }

        internal bool IsClient { get; }

        internal bool IsServer { get; }
    }
}

/// <summary>Which observations say how the two sides prove who they are, the same way for learning and judging.</summary>
internal static class CredentialsOf
{
    internal static bool AreGivenBy(in Observation observation) =>
        observation.Operation is Operation.OpenChannel or Operation.OpenSession or Operation.Authenticate;
}

/// <summary>Observations found to be known, in a table that forgets the older of two where there is no room.</summary>
internal sealed class KnownObservations
{
    private const int IndexBits = 12;

    // Two neighbouring slots for each hash: a key is in one of them or not in the table.
    private readonly ObservationKey[] _slots = new ObservationKey[2 << IndexBits];

    internal bool Contains(in ObservationKey key)
    {
        var slots = _slots;
        var at = SlotOf(key.Hash);
        return slots[at].Is(in key) || slots[at + 1].Is(in key);
    }

    internal void Add(in ObservationKey key)
    {
        var at = SlotOf(key.Hash);
        _slots[at + 1] = _slots[at];
        _slots[at] = key;
    }

    private static int SlotOf(ulong hash) => (int)(hash >> (64 - IndexBits)) * 2;
}
