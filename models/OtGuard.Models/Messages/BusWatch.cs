using OtGuard.Collectors;
using OtGuard.Models.Fields;

namespace OtGuard.Models;

/// <summary>
/// Follows the buses of a run and says what about each of their frames the baseline does not know. What it holds is what
/// detectors ask about: a message's learned band and its latest gap, what the bus carried in the last second.
/// </summary>
/// <remarks>
/// Not thread-safe. Allocates nothing for a frame of a message that was heard before. Bounded: by the baseline's messages,
/// and by <see cref="MaximumUnknown"/> others on each bus.
/// </remarks>
public sealed class BusWatch
{
    /// <summary>
    /// Identifiers that no baseline knows and that are followed on one bus: twice the 2,048 that 11 bits allow. Further ones
    /// are unknown like them, and their rates are not.
    /// </summary>
    public const int MaximumUnknown = 4096;

    private readonly Baseline? _baseline;
    private readonly ProtocolRegistry _protocols;
    private readonly MessageTimingLimits _limits;
    private readonly Dictionary<(NetworkAddress Bus, byte Protocol), BusState> _buses = [];
    private readonly List<BusState> _all = [];
    private BusState? _last;

    internal BusWatch(Baseline? baseline, ProtocolRegistry protocols, MessageTimingLimits limits) =>
        (_baseline, _protocols, _limits) = (baseline, protocols, limits);

    /// <summary>The buses heard so far.</summary>
    public IReadOnlyList<BusState> Buses => _all;

    /// <summary>The message of the observation at hand; null where it is none, or one beyond the limit.</summary>
    public MessageState? Message { get; private set; }

    /// <summary>The bus of the observation at hand, where it is a frame on one.</summary>
    public BusState? Bus { get; private set; }

    /// <summary>Whether an observation is a frame on a bus.</summary>
    internal static bool IsFrame(in Observation observation) => MessageKeys.IsFrame(in observation);

    /// <summary>What is new about a frame.</summary>
    internal Novelty Observe(in Observation observation, ObservationBatch batch)
    {
        var bus = BusOf(in observation);
        Bus = bus;
        Message = null;
        bus.Advance(in observation);
        bus.Recent.Add(in observation, batch);
        switch (observation.Operation)
        {
            case Operation.Diagnose:
                bus.NoteError();
                return Novelty.None;
            case Operation.Segment:
                bus.MessageOf(observation.Target.Start)?.NoteSegment();
                return Novelty.None;
        }

        bus.Window.Frames++;
        var message = bus.Find(observation.Target.Start);
        Message = message;
        return message is null ? bus.NoveltyOfUnknown : message.Observe(in observation, batch, bus);
    }

    /// <summary>
    /// The frames of the bus an observation was made on, up to the latest: those before a deviation. Empty elsewhere.
    /// </summary>
    internal IReadOnlyList<string> FramesBefore(in Observation observation)
    {
        if (observation.Connection.Transport != Transport.Can) return [];
        foreach (var bus in _all)
        {
            if (bus.Connection.Conversation.Service == observation.Connection.Conversation.Service)
                return bus.Recent.Lines(_protocols[bus.Protocol], bus.Address);
        }

        return [];
    }

    /// <summary>
    /// A parameter group that was put together of several frames is the message of its group: a node sends its trouble codes
    /// in one frame or, where there are more, by its transport (SAE J1939-73 §5.7.1).
    /// </summary>
    internal void NoteAssembled(in Observation observation)
    {
        if (observation.LatencyNanoseconds < 0) return;
        foreach (var bus in _all)
        {
            if (bus.Connection.Conversation.Service == observation.Connection.Conversation.Service)
                bus.NoteAssembled(observation.Target.Start, observation.Connection.Conversation.Client.Low);
        }
    }

    /// <summary>No bus is looked at: the observation at hand is of another kind.</summary>
    internal void Clear() => (Bus, Message) = (null, null);

    private BusState BusOf(in Observation observation)
    {
        if (_last is { } last && last.Connection == observation.Connection) return last;
        var address = observation.Connection.Conversation.Client;
        if (_buses.TryGetValue((address, observation.Protocol), out var bus)) return _last = bus;
        bus = new BusState(observation.Connection, observation.Protocol, _baseline, _protocols, _limits);
        _buses.Add((address, observation.Protocol), bus);
        _all.Add(bus);
        return _last = bus;
    }
}

/// <summary>What a learned rhythm allows; each a named setting of detection.</summary>
/// <param name="GapShare">
/// A frame that comes within this share of the shortest learned gap is one too many. ½: a frame put between two regular ones
/// leaves a gap of half a cycle or less before it or behind it.
/// </param>
/// <param name="MinimumGaps">
/// Gaps learned at least before a message's rhythm is judged: the next of n gaps lies below all of them with a probability of
/// 1/(n + 1) whatever their distribution, 3 % for 30, before <paramref name="GapShare"/> widens the band.
/// </param>
/// <param name="CyclicSpread">
/// A message is cyclic where its longest learned gap is at most so many times its median. 3: two frames in a row may be lost to
/// the recorder; what pauses longer is sent on events, and its absence says nothing.
/// </param>
/// <param name="MissingGaps">A cyclic message is missing after so many of its longest learned gaps. 3, as for CyclicSpread.</param>
internal readonly record struct MessageTimingLimits(
    double GapShare, int MinimumGaps, double CyclicSpread, double MissingGaps)
{
    internal static readonly MessageTimingLimits Default = new(0.5, 30, 3, 3);
}

/// <summary>A bus while it is judged.</summary>
public sealed class BusState
{
    /// <summary>
    /// Errors after which a sender is bus-off: each adds 8 to its counter, which may reach 255 (ISO 11898-1:2015 §12.1.4).
    /// </summary>
    public const int BusOffErrors = 32;

    private readonly long[] _errorTimes = new long[BusOffErrors];
    private readonly MessageState?[] _base = new MessageState?[2048];
    private readonly Dictionary<uint, MessageState> _extended = [];
    private readonly List<MessageState> _learned = [];
    private readonly bool _judgesMessages;
    private readonly long _deadAir;
    private long _windowEnd = BusWindow.Nanoseconds;
    private int _windowStretch;
    private int _unknown;

    /// <summary>A field and no property: it is a structure that changes.</summary>
    internal BusClock Clock;

    internal BusState(
        Connection connection, byte protocol, Baseline? baseline, ProtocolRegistry protocols, MessageTimingLimits limits)
    {
        Connection = connection;
        Protocol = protocol;
        Address = connection.Conversation.Client;
        var name = protocols.Name(protocol);
        Fact = baseline?.BusOf(Address, name);
        Clock = new BusClock((baseline?.Options ?? new LearningOptions()).BusPause.Ticks * 100);
        // The whole bus was never silent for longer than a third of it: what is, is a hole in the recording.
        _deadAir = Fact is null ? BusWindow.Nanoseconds : (long)(limits.MissingGaps * Fact.LongestSilence);
        _judgesMessages = baseline is not null && Fact is not null && baseline.Judges(FactFamily.Messages);
        JudgesForms = baseline is not null && baseline.Judges(FactFamily.MessageForms);
        if (baseline is null || Fact is null) return;
        foreach (var fact in baseline.MessagesOf(Address, name))
        {
            var identifier = MessageKeys.IdentifierOf(fact.Message);
            var state = new MessageState(
                identifier, fact, baseline.FieldsOf(Address, identifier), limits, Fact.Resolution, _deadAir);
            Keep(state);
            _learned.Add(state);
        }
    }

    /// <summary>The connection that stands for the bus.</summary>
    public Connection Connection { get; }

    /// <summary>The bus.</summary>
    public NetworkAddress Address { get; }

    /// <summary>Index of the protocol in the registry.</summary>
    public byte Protocol { get; }

    /// <summary>What was learned of the bus, or null: then nothing of it is judged by learning.</summary>
    public BusFact? Fact { get; }

    /// <summary>The learned messages.</summary>
    public IReadOnlyList<MessageState> Learned => _learned;

    /// <summary>Unknown identifiers that were beyond <see cref="BusWatch.MaximumUnknown"/>.</summary>
    public long UnknownBeyondLimit { get; private set; }

    /// <summary>Frames on the bus so far.</summary>
    public long Frames { get; private set; }

    /// <summary>Number of the latest frame, and its time.</summary>
    public Sighting Latest { get; private set; }

    /// <summary>
    /// Nanoseconds on which the bus carried frames, holes in the recording counted with no more than the longest silence that
    /// is possible.
    /// </summary>
    public long Alive { get; private set; }

    /// <summary>Error frames so far.</summary>
    public long Errors { get; private set; }

    /// <summary>
    /// When, in <see cref="Alive"/>, the last <see cref="BusOffErrors"/> error frames came within a second; null for never.
    /// </summary>
    public long? LastErrorBurst { get; private set; }

    /// <summary>The window that is over.</summary>
    public BusWindowCount LastWindow { get; private set; }

    internal RecentFrames Recent { get; } = new();

    internal bool JudgesForms { get; }

    internal Novelty NoveltyOfUnknown => _judgesMessages ? Novelty.Message : Novelty.None;

    internal int WindowNumber { get; private set; } = 1;

    internal BusWindowCount Window;

    internal void NoteError()
    {
        _errorTimes[Errors++ % BusOffErrors] = Alive;
        // The slot that comes next is that of the first of the last so many.
        if (Errors >= BusOffErrors && Alive - _errorTimes[Errors % BusOffErrors] <= BusWindow.Nanoseconds) LastErrorBurst = Alive;
    }

    internal void Advance(in Observation observation)
    {
        var step = Clock.Advance(observation.Time.UnixNanoseconds);
        Alive += (ulong)step <= (ulong)_deadAir ? step : _deadAir;
        Frames++;
        Latest = new Sighting(observation.Time, observation.RequestFrame);
        if (Clock.Now >= _windowEnd || Clock.Stretch != _windowStretch) NextWindow();
    }

    /// <summary>The message of an identifier, where it was learned or came.</summary>
    public MessageState? MessageOf(uint identifier) =>
        identifier < 2048 ? _base[identifier] : _extended.GetValueOrDefault(identifier);

    internal void NoteAssembled(uint group, ulong node)
    {
        // SAE J1939-21 §5.1: priority, parameter group, source address. The priority is that of the transport here.
        const uint withoutPriority = 0x03FF_FFFF;
        foreach (var message in _learned)
            if (message.Identifier >= 2048 && (message.Identifier & withoutPriority) == (group << 8 | (byte)node)) message.NoteAlive(this);
    }

    internal MessageState? Find(uint identifier) => MessageOf(identifier) ?? AddUnknown(identifier);

    private MessageState? AddUnknown(uint identifier)
    {
        if (_unknown >= BusWatch.MaximumUnknown)
        {
            UnknownBeyondLimit++;
            return null;
        }

        _unknown++;
        var state = new MessageState(identifier, null, null, default, 0, 0);
        Keep(state);
        return state;
    }

    private void Keep(MessageState state)
    {
        if (state.Identifier < 2048) _base[state.Identifier] = state;
        else _extended[state.Identifier] = state;
    }

    private void NextWindow()
    {
        Window.IsWhole = Clock.Stretch == _windowStretch;
        LastWindow = Window;
        Window = default;
        Window.Number = ++WindowNumber;
        _windowStretch = Clock.Stretch;
        _windowEnd = Clock.Now + BusWindow.Nanoseconds;
    }
}

/// <summary>What a bus carried in one window of <see cref="BusWindow.Nanoseconds"/>.</summary>
public struct BusWindowCount
{
    /// <summary>Its number, from 1.</summary>
    public int Number { get; internal set; }

    /// <summary>Frames in it, without error frames and parts of longer messages: what carries those has rules of its own.</summary>
    public int Frames { get; internal set; }

    /// <summary>The message with the most frames.</summary>
    public uint TopIdentifier { get; internal set; }

    /// <summary>Frames of that message.</summary>
    public int TopFrames { get; internal set; }

    /// <summary>False where a pause cut it short.</summary>
    public bool IsWhole { get; internal set; }
}

/// <summary>A message while it is judged.</summary>
/// <remarks>
/// Whether a frame is one too many is told as a network polices a sender's rate (the virtual scheduling of ITU-T I.371's
/// generic cell rate algorithm): each frame moves the time at which the next is due by the shortest cycle that was kept up
/// while learning (the shortest time of eight gaps, by eight); a frame far before that time is one too many and moves
/// nothing. A late frame keeps a credit of as much as frames were late while learning, so that one that was held up and
/// the punctual one behind it are not taken for an injection. An injected frame is found by its own gap or by that of the
/// genuine frame behind it.
/// </remarks>
public sealed class MessageState
{
    private readonly long _cycle;
    private readonly long _tolerance;
    private readonly long _credit;
    private long _due;
    private long _latest;
    private int _stretch;
    private int _window;
    private int _inWindow;
    private readonly FieldChecks? _fields;
    private int _lastForm = -1;

    internal MessageState(
        uint identifier, MessageFact? fact, CanFieldMap? fields, MessageTimingLimits limits, long resolution, long deadAir)
    {
        if (fields is not null && new FieldChecks(fields, IsSure) is { IsProtected: true } checks) _fields = checks;
        Identifier = identifier;
        Fact = fact;
        if (fact is not { Rhythm: var rhythm } || rhythm.Gaps < limits.MinimumGaps) return;
        IsCyclic = rhythm.Longest <= limits.CyclicSpread * rhythm.Median;
        IsRegular = IsCyclic && rhythm.Shortest >= limits.GapShare * rhythm.Median;
        if (IsCyclic) MissingAfter = (long)(rhythm.Longest * limits.MissingGaps) + deadAir;
        _cycle = rhythm.ShortestSpan / MessageTiming.SpanGaps;
        // Both ends of a gap are off by as much as the clock of the log is coarse.
        _tolerance = _cycle - (long)(limits.GapShare * Math.Min(rhythm.Shortest, _cycle)) + 2 * resolution;
        _credit = Math.Max(0, rhythm.Longest - rhythm.Median) + 2 * resolution;
    }

    /// <summary>The arbitration identifier, bit 31 set for 29 bits.</summary>
    public uint Identifier { get; }

    /// <summary>What was learned of it, or null.</summary>
    public MessageFact? Fact { get; }

    /// <summary>Whether it comes in cycles, so that its absence means something.</summary>
    public bool IsCyclic { get; }

    /// <summary>Whether nothing came between its cycles either: then an early frame is one too many, and no event.</summary>
    public bool IsRegular { get; }

    /// <summary>Nanoseconds of silence after which it is missing, where it is cyclic.</summary>
    public long MissingAfter { get; }

    /// <summary>The latest gap in nanoseconds, -1 where there was none.</summary>
    public long Gap { get; private set; } = -1;

    /// <summary>How long before its time the latest frame came, in nanoseconds, where it was one too many.</summary>
    public long Early { get; private set; }

    /// <summary>What did not fit in the latest frame whose counter or checksum was wrong.</summary>
    public FieldVerdict Protection { get; private set; }

    /// <summary>A gap above one and a half cycles: at least one frame is missing in it.</summary>
    private long LostAfter => Fact!.Rhythm.Median * 3 / 2;

    /// <summary>
    /// Whether it turned out to carry parts of longer messages: a diagnostic conversation shows itself after its first frames.
    /// </summary>
    public bool CarriesSegments { get; private set; }

    /// <summary>Frames in this run.</summary>
    public long Frames { get; private set; }

    /// <summary>Number of its latest frame; 0 before the first.</summary>
    public long LastFrame { get; private set; }

    /// <summary>The bus's <see cref="BusState.Alive"/> when it came last; 0 before the first.</summary>
    public long LastAlive { get; private set; }

    /// <summary>How long it has been silent, in nanoseconds of the bus's <see cref="BusState.Alive"/>.</summary>
    public long SilenceOn(BusState bus) => bus.Alive - LastAlive;

    internal void NoteSegment() => CarriesSegments = true;

    internal void NoteAlive(BusState bus) => LastAlive = bus.Alive;

    internal Novelty Observe(in Observation observation, ObservationBatch batch, BusState bus)
    {
        Frames++;
        LastAlive = bus.Alive;
        LastFrame = observation.RequestFrame;
        if (_window != bus.WindowNumber)
        {
            _window = bus.WindowNumber;
            _inWindow = 0;
        }

        if (++_inWindow > bus.Window.TopFrames)
        {
            bus.Window.TopFrames = _inWindow;
            bus.Window.TopIdentifier = Identifier;
        }

        var novelty = Novelty.None;
        var form = observation.SubCode << 16 | (ushort)observation.Code;
        if (form != _lastForm) novelty |= NewForm(form, bus);
        if (observation.Operation == Operation.Broadcast)
        {
            if (IsTooEarly(in bus.Clock)) novelty |= Novelty.Rhythm;
            if (_fields is not null && IsUnprotected(batch.Bytes(observation.RequestData))) novelty |= Novelty.Protection;
        }

        return Fact is not null ? novelty : bus.NoveltyOfUnknown;
    }

    /// <summary>
    /// Whether a counter or checksum is one beyond doubt: it held in every frame, in so many of them that what only looks
    /// like it by chance (one in four for the next step of two bits, one in 16 for a checksum of four) would have shown; a
    /// single bit that toggles, and a counter that may also stay, are left out.
    /// </summary>
    private static bool IsSure(CanField field)
    {
        const int frames = 64;
        return field.Faults == 0 && field.Frames >= frames && field.Length > 1 && field.Cycle is not { Holds: true };
    }

    private bool IsUnprotected(ReadOnlySpan<byte> payload)
    {
        var verdict = _fields!.CheckProtection(payload);
        if (verdict.Violations == FieldViolations.None) return false;
        // Frames that the recorder lost break a counter too.
        if (verdict.Violations == FieldViolations.CounterBroken && (Gap < 0 || Gap > LostAfter)) return false;
        Protection = verdict;
        return true;
    }

    private bool IsTooEarly(in BusClock clock)
    {
        var now = clock.Now;
        if (_stretch != clock.Stretch)
        {
            _stretch = clock.Stretch;
            Gap = -1;
            _due = now;
        }
        else
        {
            Gap = now - _latest;
        }

        _latest = now;
        if (_cycle == 0) return false;
        if (now < _due - _tolerance)
        {
            Early = _due - now;
            return true;
        }

        _due = Math.Max(now - _credit, _due) + _cycle;
        return false;
    }

    private Novelty NewForm(int form, BusState bus)
    {
        if (Fact is null || !bus.JudgesForms) return Novelty.None;
        // By index: a list behind its interface is enumerated on the heap.
        for (var at = 0; at < Fact.Forms.Count; at++)
        {
            if ((Fact.Forms[at].SubCode << 16 | (ushort)Fact.Forms[at].Code) != form) continue;
            _lastForm = form;
            return Novelty.None;
        }

        return Novelty.Form;
    }
}
