using System.Text;
using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>
/// Learns a baseline from the observations of clean traffic: hosts, conversations of any protocol, functions, ranges,
/// writers, refusals and identities. Knows no protocol: it learns what the fields of an observation say.
/// </summary>
/// <remarks>
/// <para>What was answered, refused and left unanswered is learned alike: the baseline says what a client asks for.
/// Bytes that could not be decoded and answers nobody asked for teach that the conversation exists, nothing more.</para>
/// <para>An observation said before costs one look-up: the facts it shows are found once for each different observation
/// and marked once a minute.</para>
/// <para>Not thread-safe. Bounded by <see cref="LearningOptions.MaximumFacts"/> for each family.</para>
/// </remarks>
public sealed class VocabularyLearner : IObservationConsumer
{
    /// <summary>Different observations remembered with their facts; beyond it all are forgotten and found again.</summary>
    private const int MaximumSayings = 1 << 16;

    /// <summary>
    /// Roles and bindings that go on with a conversation: two of each, and more where its hosts are reached through
    /// several routers.
    /// </summary>
    private const int MaximumFactsPerConversation = 16;

    /// <summary>How often conversations that yield no observations are looked at, in capture time.</summary>
    private const long SampleNanoseconds = 5 * CaptureTime.NanosecondsPerSecond;

    private readonly ProtocolRegistry _protocols;
    private readonly FrameSelection _selection;
    private readonly LearningOptions _options;
    private readonly VocabularyTables _tables;
    private readonly MessageLearner _messages;
    private readonly Dictionary<ObservationKey, Saying> _sayings = [];
    private readonly Dictionary<int, TrackedConversation> _tracked = [];
    private readonly Dictionary<int, Conversation> _startedBefore = [];
    private readonly List<Tally> _found = [];
    private readonly Tally _everything = new();
    private readonly ServiceRoles _serviceRoles = new();
    private long _start;
    private long _latest = long.MinValue;
    private long _nextSample = long.MinValue;
    private bool _started;

    private readonly Baseline? _earlier;
    private readonly ExtendedTime _extended = new();

    /// <summary>Creates a learner that learns the selected frames.</summary>
    /// <param name="protocols">The protocols of the run.</param>
    /// <param name="selection">The frames to learn from.</param>
    /// <param name="options">The settings.</param>
    /// <param name="earlier">What was learned before, to go on with; null to begin anew.</param>
    public VocabularyLearner(
        ProtocolRegistry protocols, FrameSelection selection, LearningOptions options, Baseline? earlier = null)
    {
        ArgumentNullException.ThrowIfNull(protocols);
        _protocols = protocols;
        _selection = selection;
        _options = options;
        _tables = new VocabularyTables(options);
        _messages = new MessageLearner(protocols, options);
        if (earlier is null) return;
        _earlier = earlier;
        _tables.Continue(earlier, _extended);
        _messages.Continue(earlier, _extended);
        // Objects whose numbers say nothing are known to this run by the names they were learned with.
        foreach (var name in earlier.Names)
            if (protocols.IndexOf(name.Protocol) is { } index) _ = protocols[index].TryParseTargetKey(name.Name, out _);
    }

    /// <summary>Observations received, learned (emitted) and left out.</summary>
    public StageCounters Counters { get; } = new("learning");

    /// <summary>
    /// Hosts, roles, conversations, functions, ranges, writers and messages known so far: how it grows tells how far
    /// learning is.
    /// </summary>
    public int Known => _tables.Count + _messages.Known;

    /// <inheritdoc/>
    public void Consume(ObservationBatch batch)
    {
        foreach (ref readonly var observation in batch.Items) Learn(in observation, batch);
    }

    /// <summary>The baseline of what was learned. Call once, at the end.</summary>
    public Baseline Complete()
    {
        foreach (var saying in _sayings.Values) saying.Settle();
        if (_started) Sample(long.MaxValue);
        foreach (var conversation in _startedBefore.Values)
        {
            // What goes on beyond the selection was there at its end.
            var time = conversation.LastSeen.UnixNanoseconds;
            if (TouchesSelection(conversation)) Adopt(conversation, _started ? Math.Min(time, _latest) : time);
        }
        foreach (var conversation in _tracked.Values.Select(tracked => tracked.Conversation))
            if (conversation.ProtocolName is { } name && !EndsBeyondSelection(conversation))
                _tables.Name(conversation, name);
        if (_earlier is { LearnedFrom: { Observations: > 0 } from } && _started)
        {
            var own = _everything.Own;
            _extended.Overlaps = own.First <= from.Last && own.Last >= from.First;
        }

        return BaselineBuilder.Build(
            _tables, _messages, Names(), new LearnedTime(_started ? _everything.Own : null, _earlier, _extended), _selection, _options);
    }

    private void Learn(in Observation observation, ObservationBatch batch)
    {
        Counters.Received++;
        if (!_selection.Contains(Math.Max(observation.RequestFrame, observation.ResponseFrame)))
        {
            if (observation.Operation == Operation.ConversationStarted && observation.Frame < _selection.First
                && _startedBefore.Count < _options.MaximumFacts)
                _startedBefore.TryAdd(observation.Connection.Conversation.Index, observation.Connection.Conversation);
            Counters.Drop("outside the selected frames");
            return;
        }

        var time = observation.Time.UnixNanoseconds;
        if (!_started) Start(time);
        if (time > _latest) _latest = time;
        if (time >= _nextSample)
        {
            Sample(time);
            _nextSample = time + SampleNanoseconds;
        }

        if (observation.Protocol == ProtocolRegistry.Network) LearnNetwork(in observation, batch, time);
        else if (MessageKeys.IsFrame(in observation)) LearnFrame(in observation, batch, time);
        else LearnApplication(in observation, batch, time);
        Counters.Emitted++;
    }

    private void Start(long time)
    {
        _start = time;
        _started = true;
    }

    /// <summary>The minute of the learned time; what seems earlier than its beginning belongs to its first minute.</summary>
    private int MinuteOf(long time) =>
        time <= _start ? 0 : (int)Math.Min((time - _start) / Occasion.NanosecondsPerMinute, int.MaxValue);

    private void LearnFrame(in Observation observation, ObservationBatch batch, long time)
    {
        var minute = MinuteOf(time);
        _everything.See(time, minute);
        _messages.Learn(in observation, batch, minute);
    }

    private void LearnApplication(in Observation observation, ObservationBatch batch, long time)
    {
        var key = ObservationKey.Of(in observation);
        if (!_sayings.TryGetValue(key, out var saying))
        {
            if (_sayings.Count == MaximumSayings)
            {
                foreach (var known in _sayings.Values) known.Settle();
                _sayings.Clear();
            }

            saying = new Saying(FactsOf(in observation));
            _sayings.Add(key, saying);
        }

        if (!saying.TryCount(time))
        {
            var minute = MinuteOf(time);
            saying.Mark(time, minute, _start);
            _everything.Mark(time, minute);
        }

        _everything.Add(1, time);
        if (IdentityOf.IsGivenBy(in observation))
            LearnIdentity(in observation, batch, time);
        if (CredentialsOf.AreGivenBy(in observation)) LearnCredentials(in observation, batch, time);
    }

    private void LearnCredentials(in Observation observation, ObservationBatch batch, long time)
    {
        var minute = MinuteOf(time);
        var protocol = _protocols[observation.Protocol];
        foreach (var (name, value) in protocol.Credentials(in observation, batch))
            _tables.Credential(observation.Connection.Conversation, protocol.Name, name, value)?.See(time, minute);
    }

    /// <summary>The names of objects whose numbers say nothing.</summary>
    private IReadOnlyList<NameFact> Names()
    {
        var names = new SortedDictionary<(string Protocol, TargetSpace Space, uint Number), NameFact>();
        foreach (var name in _earlier?.Names ?? []) names[(name.Protocol, name.Space, name.Number)] = name;
        foreach (var ((pair, _, space), range) in _tables.ReadRanges.Concat(_tables.WriteRanges))
        {
            if (space != TargetSpace.Nodes || _protocols.IndexOf(pair.Protocol) is not { } index) continue;
            foreach (var (first, last) in range.Intervals.Items)
            {
                for (var number = first; ; number++)
                {
                    if (_protocols[index].TargetKey(new Target(space, number, 1)) is { } name)
                        names[(pair.Protocol, space, number)] = new NameFact(pair.Protocol, space, number, name);
                    if (number == last) break;
                }
            }
        }

        return [.. names.Values];
    }

    /// <summary>The facts an observation of an application protocol shows.</summary>
    private Tally[] FactsOf(in Observation observation)
    {
        _found.Clear();
        var conversation = observation.Connection.Conversation;
        Track(conversation);
        Found(_tables.Conversation(conversation));
        if (observation.RequestFrame != 0) Found(_tables.Host(conversation.Client));
        if (observation.ResponseFrame != 0) Found(_tables.Host(conversation.Server));
        if (observation.Outcome is Outcome.Undecodable or Outcome.Unsolicited) return [.. _found];

        var protocol = _protocols.Name(observation.Protocol);
        var actor = observation.Actor == 0 ? "" : _protocols[observation.Protocol].ActorText(observation.Actor);
        var pair = new PairKey(conversation.Client, conversation.Server, protocol, actor);
        if (observation.RequestFrame != 0) Found(_tables.Role(conversation.Client, HostRole.Client, protocol));
        if (observation.ResponseFrame != 0) Found(_tables.Role(conversation.Server, HostRole.Server, protocol));
        if (observation.Unit >= 0) Found(_tables.Unit(conversation.Server, protocol, observation.Unit));
        if (observation.Code >= 0)
        {
            Found(_tables.Function(
                pair, observation.Unit, observation.Code, observation.SubCode,
                _protocols[observation.Protocol].OperationName(observation.Code, observation.SubCode)));
        }

        if (observation.IsWrite) Found(_tables.Writer(pair, observation.Unit));
        var isReadWrite = observation.Operation == Operation.ReadWrite;
        FindRange(pair, in observation, observation.Target, observation.IsWrite && !isReadWrite);
        if (isReadWrite) FindRange(pair, in observation, observation.WriteTarget, isWrite: true);
        if (observation.Outcome == Outcome.Rejected)
            Found(_tables.Refusal(pair, observation.Unit, observation.Code, observation.Reason));
        return [.. _found];
    }

    private void FindRange(PairKey pair, in Observation observation, Target target, bool isWrite)
    {
        if (target.Space == TargetSpace.None || target.Count <= 0) return;
        var range = _tables.Range(pair, observation.Unit, target.Space, isWrite);
        if (range is null) return;
        Found(range.Seen);
        Found(_tables.Request(range, new AddressInterval(target.Start, (uint)Math.Min(target.End, uint.MaxValue))));
    }

    private void Found(Tally? tally)
    {
        if (tally is not null) _found.Add(tally);
    }

    private void LearnIdentity(in Observation observation, ObservationBatch batch, long time)
    {
        var minute = MinuteOf(time);
        var host = IdentityOf.Host(in observation);
        var protocol = _protocols[observation.Protocol];
        foreach (var (name, value) in protocol.Identity(in observation, batch))
            _tables.Identity(host, protocol.Name, observation.Unit, name, value)?.See(time, minute);
    }

    private void LearnNetwork(in Observation observation, ObservationBatch batch, long time)
    {
        var minute = MinuteOf(time);
        _everything.See(time, minute);
        var conversation = observation.Connection.Conversation;
        switch (observation.Operation)
        {
            case Operation.AddressBound:
                LearnBinding(in observation, time, minute);
                return;
            case Operation.AddressSought:
                LearnLinkAddress(observation.LinkAddress, time, minute);
                return;
            case Operation.ConversationStarted:
            case Operation.ConnectionAttempted:
                Track(conversation);
                LearnHost(conversation.Client, time, minute);
                break;
            case Operation.ConnectionOpened:
                LearnHost(conversation.Client, time, minute);
                LearnHost(conversation.Server, time, minute);
                LearnRoles(observation.Connection, time, minute);
                break;
            case Operation.ProtocolIdentified:
            case Operation.ForeignProtocol:
                Track(conversation);
                _tables.Conversation(conversation)?.See(time, minute);
                if (RecognisedProtocol.Of(in observation, batch) is { Length: > 0 } name)
                    _tables.Name(conversation, Encoding.UTF8.GetString(name));
                return;
            default:
                break;
        }

        _tables.Conversation(conversation)?.See(time, minute);
    }

    private void LearnRoles(Connection connection, long time, int minute)
    {
        if (_serviceRoles.LabelOf(connection) is not { } service) return;
        var tracked = Track(connection.Conversation);
        SeeWith(tracked, _tables.Role(connection.Conversation.Client, HostRole.Client, service), time, minute);
        SeeWith(tracked, _tables.Role(connection.Conversation.Server, HostRole.Server, service), time, minute);
    }

    /// <summary>Counts a fact that is observed when a conversation begins and goes on as long as it does.</summary>
    private static void SeeWith(TrackedConversation? tracked, Tally? fact, long time, int minute)
    {
        if (fact is null) return;
        fact.See(time, minute);
        if (tracked?.Facts.Count < MaximumFactsPerConversation) tracked.Facts.Add(fact);
    }

    private void LearnBinding(in Observation observation, long time, int minute)
    {
        var link = observation.LinkAddress;
        LearnLinkAddress(link, time, minute);
        var address = BoundAddress.Of(in observation);
        if (link.Kind != AddressKind.Mac || address.Kind is not (AddressKind.IPv4 or AddressKind.IPv6)) return;
        LearnHost(address, time, minute);
        if (address.IsUnspecified) return;
        var conversation = observation.Connection.Conversation;
        // Address resolution repeats the binding itself; a packet's own headers are told of once a flow.
        SeeWith(
            conversation.Transport == Transport.Link ? null : Track(conversation),
            _tables.Binding(address, link), time, minute);
    }

    private void LearnLinkAddress(NetworkAddress address, long time, int minute)
    {
        if (address.Kind == AddressKind.Mac) LearnHost(address, time, minute);
    }

    private void LearnHost(NetworkAddress address, long time, int minute) => _tables.Host(address)?.See(time, minute);

    private TrackedConversation? Track(Conversation conversation)
    {
        if (_tracked.TryGetValue(conversation.Index, out var tracked)) return tracked;
        if (_tracked.Count >= _options.MaximumFacts) return null;
        tracked = new TrackedConversation(conversation);
        _tracked.Add(conversation.Index, tracked);
        return tracked;
    }

    /// <summary>
    /// Marks the occasions of conversations that go on without giving observations (an EtherType that is not decoded, a
    /// stream of datagrams). Their records run ahead of the observations by what a batch holds: what already lies beyond
    /// <paramref name="now"/>, or beyond the selection, is not looked at, because occasions are counted in their order.
    /// </summary>
    private void Sample(long now)
    {
        foreach (var conversation in _startedBefore.Values)
        {
            if (conversation.Frames.Last < _selection.First || EndsBeyondSelection(conversation)) continue;
            if (conversation.LastSeen.UnixNanoseconds > now) continue;
            Adopt(conversation, conversation.LastSeen.UnixNanoseconds);
            _startedBefore.Remove(conversation.Index);
        }

        foreach (var tracked in _tracked.Values)
        {
            var conversation = tracked.Conversation;
            var time = conversation.LastSeen.UnixNanoseconds;
            if (conversation.Frames.Count == tracked.Frames || time > now || EndsBeyondSelection(conversation))
                continue;
            tracked.Frames = conversation.Frames.Count;
            var minute = MinuteOf(time);
            _everything.Mark(time, minute);
            _tables.Conversation(conversation)?.Mark(time, minute);
            if (conversation.FromClient.Frames > 0) _tables.Host(conversation.Client)?.Mark(time, minute);
            if (conversation.FromServer.Frames > 0) _tables.Host(conversation.Server)?.Mark(time, minute);
            foreach (var fact in tracked.Facts) fact.Mark(time, minute);
        }
    }

    /// <summary>Learns a conversation that began before the selection and goes on in it.</summary>
    private void Adopt(Conversation conversation, long time)
    {
        if (!_started) Start(time);
        if (time > _latest) _latest = time;
        Track(conversation);
        _everything.See(time, MinuteOf(time));
        _tables.Conversation(conversation)?.See(time, MinuteOf(time));
    }

    private bool EndsBeyondSelection(Conversation conversation) => conversation.Frames.Last > _selection.Last;

    private bool TouchesSelection(Conversation conversation)
    {
        foreach (var (first, last) in conversation.Frames.Ranges)
            if (last >= _selection.First && first <= _selection.Last) return true;
        return conversation.Frames.Last >= _selection.First && conversation.Frames.Last <= _selection.Last;
    }

    private sealed class TrackedConversation(Conversation conversation)
    {
        internal Conversation Conversation { get; } = conversation;

        /// <summary>Frames when it was looked at last.</summary>
        internal long Frames { get; set; }

        /// <summary>Facts that go on as long as it does: roles, bindings.</summary>
        internal HashSet<Tally> Facts { get; } = [];
    }

    /// <summary>A different observation, the facts it shows, and what was not yet added to them.</summary>
    private sealed class Saying(Tally[] facts)
    {
        private long _minuteFrom = long.MaxValue;
        private long _minuteTo = long.MinValue;
        private long _count;
        private long _last;

        /// <summary>Counts a sighting on the minute that is marked already; false where it is another minute.</summary>
        internal bool TryCount(long time)
        {
            if (time < _minuteFrom || time >= _minuteTo) return false;
            _count++;
            if (time > _last) _last = time;
            return true;
        }

        internal void Mark(long time, int minute, long start)
        {
            Settle();
            foreach (var fact in facts) fact.See(time, minute);
            _minuteFrom = start + minute * Occasion.NanosecondsPerMinute;
            _minuteTo = _minuteFrom + Occasion.NanosecondsPerMinute;
            _last = time;
        }

        internal void Settle()
        {
            if (_count > 0)
                foreach (var fact in facts) fact.Add(_count, _last);
            _count = 0;
        }
    }
}

/// <summary>How a service is named as a role, the same way for learning and judging.</summary>
internal sealed class ServiceRoles
{
    /// <summary>First port of the dynamic range, which no service owns (RFC 6335 §6).</summary>
    private const ushort FirstDynamicPort = 49152;

    // Two transports with fewer than 49,152 ports each, at most.
    private readonly Dictionary<(Transport Transport, ushort Service), string> _names = [];

    /// <summary><c>tcp/502</c>, <c>tcp/dynamic</c>, or null where it is only guessed who serves or a group is addressed.</summary>
    internal string? LabelOf(Connection connection)
    {
        var conversation = connection.Conversation;
        if (connection.RoleEvidence == RoleEvidence.Guess || conversation.Service == 0 || conversation.IsGroup)
            return null;
        return conversation.Transport switch
        {
            Transport.Tcp or Transport.Udp => NameOf(
                conversation.Transport, Math.Min(conversation.Service, FirstDynamicPort)),
            Transport.Link or Transport.Ip or Transport.Can => null,
        };
    }

    private string NameOf(Transport transport, ushort service)
    {
        if (_names.TryGetValue((transport, service), out var name)) return name;
        name = service < FirstDynamicPort
            ? BaselineText.ServiceName(transport, service)
            : BaselineText.TransportName(transport) + "/dynamic";
        _names.Add((transport, service), name);
        return name;
    }
}

/// <summary>Which protocol an observation says was recognised.</summary>
internal static class RecognisedProtocol
{
    /// <summary>Its name in ASCII; empty where the observation does not carry it.</summary>
    internal static ReadOnlySpan<byte> Of(in Observation observation, ObservationBatch batch) =>
        batch.Bytes(observation.RequestData);
}

/// <summary>Which address an observation of a binding is about.</summary>
internal static class BoundAddress
{
    internal static NetworkAddress Of(in Observation observation) => observation.Subject.Kind != AddressKind.None
        ? observation.Subject
        : observation.Connection.Conversation.Client;
}
