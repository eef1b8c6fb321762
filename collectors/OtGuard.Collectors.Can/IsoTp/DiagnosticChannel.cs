using System.Runtime.InteropServices;
using OtGuard.Collectors.Can.Frames;
using OtGuard.Collectors.Can.Uds;

namespace OtGuard.Collectors.Can.IsoTp;

/// <summary>A request that waits for its answers.</summary>
internal sealed class WaitingRequest
{
    private readonly List<uint> _answeredBy = [];
    private byte[] _data = new byte[8];
    private int _length;

    public IdentifierState? Sender { get; private set; }

    public ReadOnlySpan<byte> Message => _data.AsSpan(0, _length);

    public Sighting Sighting { get; private set; }

    public short Unit { get; private set; }

    public int Offset { get; private set; }

    /// <summary>The bus's clock up to which an answer is in time.</summary>
    public long Deadline { get; set; }

    /// <summary>The number of the bus's frames up to which it may come all the same.</summary>
    public long LastCount { get; set; }

    /// <summary>Whether nothing in its frame speaks against a request: what follows the message is padding.</summary>
    public bool IsPadded { get; private set; }

    public bool Pending { get; set; }

    /// <summary>Whether an observation of it has been written.</summary>
    public bool Written { get; set; }

    public void Begin(
        IdentifierState sender, ReadOnlySpan<byte> message, Sighting sighting, short unit, bool isPadded)
    {
        if (_data.Length < message.Length) _data = new byte[message.Length];
        message.CopyTo(_data);
        _length = message.Length;
        Sender = sender;
        Sighting = sighting;
        Unit = unit;
        Offset = sender.Offset;
        IsPadded = isPadded;
        Pending = false;
        Written = false;
        _answeredBy.Clear();
    }

    public void End() => Sender = null;

    public bool IsAnsweredBy(uint identifier) => _answeredBy.Contains(identifier);

    /// <summary>At most as many as one request waits for: the list stays short.</summary>
    public void AnsweredBy(uint identifier)
    {
        if (_answeredBy.Count < 64) _answeredBy.Add(identifier);
    }
}

/// <summary>Two identifiers of which one may answer the other.</summary>
internal sealed class DiagnosticPair(IdentifierState request, IdentifierState response)
{
    public IdentifierState Request { get; } = request;

    public IdentifierState Response { get; } = response;

    public bool IsClaimed { get; set; }

    /// <summary>Was claimed once and then contradicted: never again.</summary>
    public bool IsWithdrawn { get; set; }

    public Connection? Connection { get; set; }

    /// <summary>Whether the last request was left unanswered.</summary>
    public bool IsSilent { get; set; }

    /// <summary>The first exchange, kept until a second one makes sure that it was one.</summary>
    public byte[]? HeldRequest { get; set; }

    public byte[]? HeldResponse { get; set; }

    public Sighting HeldRequested { get; set; }

    public Sighting HeldResponded { get; set; }

    public short HeldUnit { get; set; }
}

/// <summary>
/// Finds the diagnostic conversations of one channel: puts ISO-TP messages together and pairs requests with responses,
/// whatever identifiers a manufacturer gave them.
/// </summary>
/// <remarks>
/// <para>Which identifiers. Those that standards set aside for diagnostics are taken by their number as long as every
/// frame on them is ISO-TP. Any other pair has to show itself: a frame that is a whole, padded request of a known
/// service, and within the response time a frame of another identifier of the same width that answers it: a negative
/// response to that very service, or a positive one that repeats what the service has to repeat. A negative response is
/// enough; positive ones must be two, the first being kept until then. Every frame of both identifiers has to be ISO-TP,
/// and an identifier that sends what looks like a response while nobody has asked has to answer more than twice as
/// often: so a periodic frame whose bytes happen to be 0x50 is never taken for a responder. A pair that sends more
/// unasked than asked afterwards is withdrawn.</para>
/// <para>Bounds. Messages, requests and pairs have fixed numbers; the oldest gives way and is counted. Times are capture
/// times.</para>
/// </remarks>
internal sealed class DiagnosticChannel
{
    private const int MaximumPairs = 256;

    /// <summary>Requests kept of an identifier of which it is not known yet whether it asks.</summary>
    private const int MaximumCandidates = 4;

    private const long NanosecondsPerTimeSpanTick = 100;

    /// <summary>GMW3110 §4.4: extended addresses from here on are groups, whose members answer with normal addressing.</summary>
    private const short LowestGroupAddress = 0xFD;

    /// <summary>How exactly times run out: a hundredth of the shortest of the standards.</summary>
    private const long TickNanoseconds = 10_000_000;

    private readonly CanOptions _options;
    private readonly IConnectionSource _connections;
    private readonly UdsWriter _writer;
    private readonly StageCounters _counters;
    private readonly IdentifierState?[] _base = new IdentifierState?[CanFrameView.BaseMask + 1];
    private readonly Dictionary<uint, IdentifierState> _extended = [];
    private readonly List<IsoTpSession> _sessions = [];
    private readonly List<WaitingRequest> _waiting = [];
    private readonly List<ulong> _pairKeys = [];
    private readonly List<DiagnosticPair> _pairs = [];
    private readonly Dictionary<uint, Connection> _broadcasts = [];
    private readonly List<(IdentifierState Sender, byte[] Message, Sighting Sighting)> _sweep = [];
    /// <summary>Bytes of a message in a consecutive frame of a classic bus with extended addresses.</summary>
    private const int ShortestConsecutiveBytes = 6;

    private readonly long _messageTimeout;
    private readonly long _responseTimeout;
    private readonly long _pendingTimeout;
    private int _nextWaiting;
    private int _activeSessions;
    private int _activeWaiting;
    private bool _sweeping;
    private long _lastFirstFrame = long.MinValue / 2;
    private long _lastFlowControl = long.MinValue / 2;
    private long _begun;
    private long _tickedAt;
    private BusMoment _now;
    private Sighting _current;

    public DiagnosticChannel(
        CanOptions options, IConnectionSource connections, UdsWriter writer, StageCounters counters)
    {
        _options = options;
        _connections = connections;
        _writer = writer;
        _counters = counters;
        _messageTimeout = options.MessageTimeout.Ticks * NanosecondsPerTimeSpanTick;
        _responseTimeout = options.ResponseTimeout.Ticks * NanosecondsPerTimeSpanTick;
        _pendingTimeout = options.PendingTimeout.Ticks * NanosecondsPerTimeSpanTick;
    }

    /// <summary>Pairs of identifiers that are sure.</summary>
    public IEnumerable<(uint Request, uint Response)> Pairs =>
        _pairs.Where(pair => pair.IsClaimed).Select(pair => (pair.Request.Identifier, pair.Response.Identifier));

    /// <summary>Identifiers followed.</summary>
    public int Identifiers { get; private set; }

    /// <summary>What is known of an identifier; it is followed from now on.</summary>
    public IdentifierState Find(uint identifier) => StateOf(identifier);

    /// <summary>Takes a data frame.</summary>
    /// <param name="state">What <see cref="Find"/> has of its identifier.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="sighting">Where it was seen.</param>
    /// <param name="clock">The bus's clock in nanoseconds, which never goes back.</param>
    public void Process(IdentifierState state, in CanFrameView frame, Sighting sighting, long clock)
    {
        if (_now.Count == 0) _begun = clock;
        _now = new BusMoment(clock, _now.Count + 1);
        _current = sighting;
        if (_activeSessions + _activeWaiting > 0 && clock - _tickedAt >= TickNanoseconds) Tick();
        state.Frames++;
        var payload = frame.Payload;
        if (payload.IsEmpty) return;
        if (state.Frames == 1 && IsCalibrationConnect(payload)) NoteSweep(state, payload, sighting);
        if (!state.IsDiagnostic && state.Session is null)
        {
            // Nearly every frame of a bus ends here: its identifier has shown that it carries something else, or one of
            // the two first bytes does.
            if (state.InvalidNormal > 0 && state.InvalidAddressed > 0) return;
            var normal = state.InvalidNormal == 0 && MayBegin(payload, 0);
            var addressed = state.InvalidAddressed == 0 && MayBegin(payload, 1);
            if (!normal && !MayGoOn(payload, 0)) state.InvalidNormal++;
            if (!addressed && !MayGoOn(payload, 1)) state.InvalidAddressed++;
            if (normal || addressed) Consider(state, payload, sighting);
            return;
        }

        state.Connection?.Conversation.Frames.Add(sighting.Frame);
        Follow(state, payload, sighting);
    }

    /// <summary>Time has come so far without frames: what waits longer than its time is given up.</summary>
    public void GiveUpOverdue(long clock)
    {
        _now = new BusMoment(clock, _now.Count + _options.FramesBeforeTimeout);
        Tick();
    }

    /// <summary>Gives up what waits longer than its time, and for more frames than any clock explains.</summary>
    private void Tick()
    {
        _tickedAt = _now.Clock;
        for (var index = 0; index < _sessions.Count && _activeSessions > 0; index++)
        {
            var session = _sessions[index];
            if (session.Owner is not null && IsOverdue(session)) Abandon(session, UdsAnomaly.MessageNeverCompleted);
        }

        for (var index = 0; index < _waiting.Count && _activeWaiting > 0; index++)
        {
            var request = _waiting[index];
            if (request.Sender is not null && IsOverdue(request)) GiveUp(request, captureEnded: false);
        }
    }

    private bool IsOverdue(IsoTpSession session) =>
        _now.Clock - session.LastClock > _messageTimeout
        && _now.Count - session.LastCount >= _options.FramesBeforeTimeout;

    private bool IsOverdue(WaitingRequest request) => _now.Clock > request.Deadline && _now.Count >= request.LastCount;

    /// <summary>End of the capture.</summary>
    public void Finish()
    {
        foreach (var session in _sessions)
        {
            if (session.Owner is { } owner) EndSession(owner, session);
        }

        foreach (var request in _waiting)
            if (request.Sender is not null) GiveUp(request, captureEnded: true);
    }

    /// <summary>CONNECT, mode normal or user defined, padded with zeros where at all (ASAM MCD-1 XCP 1.1 §1.6.1.1.1).</summary>
    private static bool IsCalibrationConnect(ReadOnlySpan<byte> payload) =>
        payload.Length is >= 2 and <= 8 && payload[0] == 0xFF && payload[1] <= 1 && payload[2..].IndexOfAnyExcept((byte)0) < 0;

    private static bool MayBegin(ReadOnlySpan<byte> payload, int offset)
    {
        if (payload.Length < offset + 2) return false;
        var head = payload[offset];
        return head < 0x20 && head != 0 || head == 0 && payload.Length > 8;
    }

    private static bool MayGoOn(ReadOnlySpan<byte> payload, int offset) =>
        payload.Length > offset + 1 && payload[offset] is >= 0x20 and <= 0x32;

    private IdentifierState StateOf(uint identifier)
    {
        if ((identifier & CanFrameView.ExtendedFlag) == 0)
            return _base[identifier & CanFrameView.BaseMask] ?? AddState(identifier);
        return _extended.TryGetValue(identifier, out var state) ? state : AddState(identifier);
    }

    private IdentifierState AddState(uint identifier)
    {
        if (_extended.Count >= _options.MaximumIdentifiers) ForgetOthers();
        var state = new IdentifierState(identifier, IdentifierForms.Of(identifier));
        Identifiers++;
        if ((identifier & CanFrameView.ExtendedFlag) == 0) _base[identifier & CanFrameView.BaseMask] = state;
        else _extended.Add(identifier, state);
        return state;
    }

    /// <summary>Too many identifiers of 29 bits: those without a part in anything start anew.</summary>
    private void ForgetOthers()
    {
        var before = _extended.Count;
        foreach (var (identifier, state) in _extended)
            if (state.Claims == 0 && state.Session is null) _extended.Remove(identifier);
        if (_extended.Count >= _options.MaximumIdentifiers) _extended.Clear();
        Identifiers -= before - _extended.Count;
        _counters.Drop("identifier forgotten", before - _extended.Count);
    }

    // ---- Identifiers nothing is known of ----------------------------------------------------------------------------

    /// <summary>A frame of an identifier that is not known for diagnostics: whether it shows that it is.</summary>
    /// <remarks>
    /// An address before a single frame can look like a first frame: so whole messages go before the beginnings of such.
    /// </remarks>
    private void Consider(IdentifierState state, ReadOnlySpan<byte> payload, Sighting sighting)
    {
        if (TrySingle(state, payload, 0, sighting) || TrySingle(state, payload, 1, sighting)
            || TryFirst(state, payload, 0, sighting) || TryFirst(state, payload, 1, sighting)) return;

        // What looks like a response and answers nothing tells against its identifier.
        var plain = IsoTpFrame.Read(payload, 0);
        if (plain.Kind == IsoTpKind.Single && UdsServices.IsResponse(plain.Data[0])) state.Unsolicited++;
    }

    private bool TrySingle(IdentifierState state, ReadOnlySpan<byte> payload, int offset, Sighting sighting)
    {
        if (!MayBe(state, payload, offset, IsoTpKind.Single, out var frame)) return false;
        var padding = payload[(frame.Data.Length + (payload.Length > 8 ? 2 : 1) + offset)..];
        var padded = padding.IsEmpty || padding.IndexOfAnyExcept(padding[0]) < 0;

        // Behind an address that could as well be a first frame, only what is padded is a whole message.
        if (offset == 1 && (!padded || padding.IsEmpty) && IsoTpFrame.Read(payload, 0).Kind == IsoTpKind.First) return false;
        state.Offset = offset;
        OnMessage(state, frame.Data, Unit(state, payload), sighting, sighting, padded);
        return true;
    }

    private bool TryFirst(IdentifierState state, ReadOnlySpan<byte> payload, int offset, Sighting sighting)
    {
        if (offset == 0 && state.Frames == 1 && IsoTpFrame.Read(payload, 0).Kind == IsoTpKind.First)
            NoteSweep(state, payload, sighting);
        if (!MayBe(state, payload, offset, IsoTpKind.First, out var frame)
            || frame.Length > (uint)_options.MaximumMessageBytes) return false;
        state.Offset = offset;
        Begin(state, frame, sighting);
        return true;
    }

    private bool MayBe(
        IdentifierState state, ReadOnlySpan<byte> payload, int offset, IsoTpKind kind, out IsoTpFrame frame)
    {
        frame = default;
        if ((offset == 0 ? state.InvalidNormal : state.InvalidAddressed) > 0) return false;
        frame = IsoTpFrame.Read(payload, offset);
        if (frame.Kind != kind || frame.Data.IsEmpty) return false;
        var first = frame.Data[0];
        return UdsServices.IsResponse(first)
            ? MayAnswer(state, frame.Data, offset)
            : UdsMessage.LooksLikeRequest(first);
    }

    private bool MayAnswer(IdentifierState state, ReadOnlySpan<byte> data, int offset)
    {
        if (_activeWaiting == 0) return false;
        foreach (var request in _waiting)
        {
            if (request.Sender is not { } sender || sender == state
                || request.Offset != offset && request.Unit < LowestGroupAddress
                || sender.IsExtended != state.IsExtended || IsOverdue(request)) continue;
            if (UdsMessage.Fit(request.Message, data) >= UdsFit.Service) return true;
        }

        return false;
    }

    // ---- Identifiers of diagnostics ---------------------------------------------------------------------------------

    private void Follow(IdentifierState state, ReadOnlySpan<byte> payload, Sighting sighting)
    {
        var frame = IsoTpFrame.Read(payload, state.Offset);
        switch (frame.Kind)
        {
            case IsoTpKind.None:
                if (state.Offset == 0) state.InvalidNormal++;
                else state.InvalidAddressed++;
                Abuse(state, payload, sighting, UdsAnomaly.FrameInvalid);
                break;
            case IsoTpKind.Single:
                if (state.Session is { } interrupted) Abandon(interrupted, UdsAnomaly.FirstFrameRestarted);
                state.SkipsConsecutive = false;
                if (!state.IsDiagnostic) Consider(state, payload, sighting);
                else OnMessage(state, frame.Data, Unit(state, payload), sighting, sighting, isPadded: true);
                break;
            case IsoTpKind.First:
                _lastFirstFrame = _now.Clock;
                if (state.Session is { } unfinished) Abandon(unfinished, UdsAnomaly.FirstFrameRestarted);
                state.SkipsConsecutive = false;
                if (frame.Length > (uint)_options.MaximumMessageBytes)
                {
                    // Its frames are as many as it announced.
                    Skip(state, -(int)Math.Min(frame.Length / ShortestConsecutiveBytes, int.MaxValue / 2));
                    Abuse(state, payload, sighting, UdsAnomaly.MessageTooLong);
                    break;
                }

                Begin(state, frame, sighting);
                break;
            case IsoTpKind.Consecutive:
                Continue(state, frame, payload, sighting);
                break;
            case IsoTpKind.FlowControl:
                if (state.Claims == 0) break;
                _lastFlowControl = _now.Clock;
                if (frame.Value == 2) Abuse(state, payload, sighting, UdsAnomaly.FlowControlOverflow);
                else if (_now.Clock - _lastFirstFrame > _messageTimeout)
                    Abuse(state, payload, sighting, UdsAnomaly.FlowControlUnexpected);
                break;
        }
    }

    private void Begin(IdentifierState state, in IsoTpFrame frame, Sighting sighting)
    {
        _lastFirstFrame = _now.Clock;
        var session = FreeSession();
        session.Begin(state, (int)frame.Length, frame.Data, sighting, _now);
        state.Session = session;
        _activeSessions++;
    }

    private void Continue(IdentifierState state, in IsoTpFrame frame, ReadOnlySpan<byte> payload, Sighting sighting)
    {
        if (state.Session is not { } session)
        {
            if (state.Claims > 0) Stray(state, payload, sighting);
            return;
        }

        if (IsOverdue(session))
        {
            Abandon(session, UdsAnomaly.MessageNeverCompleted);
            return;
        }

        if (frame.Value != session.NextSequence)
        {
            Abandon(session, UdsAnomaly.SequenceNumberWrong, sighting, payload);
            return;
        }

        session.Continue(frame.Data, _now);
        if (!session.IsComplete) return;
        OnMessage(state, session.Message, Unit(state, payload), session.Begun, sighting, isPadded: true);
        if (state.Session == session) EndSession(state, session);
    }

    /// <summary>
    /// A consecutive frame of no message. The rest of a message whose first frame was lost is told once; one that comes
    /// after a pause is the rest of another message, and a run longer than any message, or that nobody asked for, is the rest
    /// of none.
    /// </summary>
    private void Stray(IdentifierState state, ReadOnlySpan<byte> payload, Sighting sighting)
    {
        var goesOn = state.SkipsConsecutive && _now.Clock - state.StrayClock <= _messageTimeout;
        Skip(state, goesOn ? state.Stray + 1 : 1);
        if (!goesOn)
        {
            state.StrayBegan = _now.Clock;
            Abuse(state, payload, sighting, UdsAnomaly.ConsecutiveFrameWithoutFirst);
        }
        else if (state.Stray == _options.UnaskedConsecutiveFrames && state.StrayBegan - _lastFlowControl > _messageTimeout
            && state.StrayBegan - _begun > _messageTimeout)
        {
            Abuse(state, payload, sighting, UdsAnomaly.ConsecutiveFramesUnasked);
        }
        else if (state.Stray == _options.MaximumMessageBytes / ShortestConsecutiveBytes + 1)
        {
            Abuse(state, payload, sighting, UdsAnomaly.ConsecutiveFramesBeyondMessage);
        }
    }

    private IsoTpSession FreeSession()
    {
        IsoTpSession? oldest = null;
        foreach (var session in _sessions)
        {
            if (session.Owner is null) return session;
            if (oldest is null || session.LastClock < oldest.LastClock) oldest = session;
        }

        if (oldest is null || _sessions.Count < _options.MaximumMessages)
        {
            var made = new IsoTpSession();
            _sessions.Add(made);
            return made;
        }

        _counters.Drop("ISO-TP message gave way");
        Abandon(oldest, UdsAnomaly.MessageGaveWay);
        return oldest;
    }

    private void EndSession(IdentifierState owner, IsoTpSession session)
    {
        owner.Session = null;
        session.End();
        _activeSessions--;
    }

    private void Abandon(
        IsoTpSession session, UdsAnomaly anomaly, Sighting sighting = default, ReadOnlySpan<byte> payload = default)
    {
        var owner = session.Owner!;
        if (sighting.Frame == 0) sighting = session.Begun;
        Abuse(owner, payload.IsEmpty ? session.Message : payload, sighting, anomaly);
        Skip(owner, 0);
        EndSession(owner, session);
    }

    /// <summary>Passes the rest of a broken message over, which is <paramref name="stray"/> frames long already.</summary>
    private void Skip(IdentifierState state, int stray)
    {
        state.SkipsConsecutive = true;
        state.Stray = stray;
        state.StrayClock = _now.Clock;
    }

    private void Abuse(IdentifierState state, ReadOnlySpan<byte> payload, Sighting sighting, UdsAnomaly anomaly)
    {
        if (!state.IsDiagnostic) return;
        _counters.Note("ISO-TP rule broken");
        var asks = true;
        Connection? connection = null;
        foreach (var pair in _pairs)
        {
            if (!pair.IsClaimed || pair.Request != state && pair.Response != state) continue;
            asks = pair.Request == state;
            connection = pair.Connection;
            break;
        }

        _writer.Abuse(
            connection ?? Broadcast(state),
            asks ? Direction.ToServer : Direction.ToClient,
            payload,
            sighting,
            anomaly);
    }

    /// <summary>The address before the control information, or -1 with normal addressing.</summary>
    private static short Unit(IdentifierState state, ReadOnlySpan<byte> payload) =>
        state.Offset == 0 ? (short)-1 : payload[0];

    // ---- Requests and responses -------------------------------------------------------------------------------------

    private void OnMessage(
        IdentifierState state,
        ReadOnlySpan<byte> message,
        short unit,
        Sighting begun,
        Sighting completed,
        bool isPadded)
    {
        if (!UdsServices.IsResponse(message[0]))
        {
            state.Candidates++;
            Ask(state, message, unit, completed, isPadded);
            return;
        }

        if (Answer(state, message, begun, completed, isPadded)) return;
        if (state.Claims == 0 && MayAnswer(state, message, state.Offset)) return;
        state.Unsolicited++;
        Withdraw(state);
        if (state.Claims == 0) return;
        foreach (var pair in _pairs)
        {
            if (!pair.IsClaimed || pair.Response != state) continue;
            _writer.Unsolicited(pair.Connection!, message, completed, unit, UdsAnomaly.None);
            return;
        }
    }

    private void Ask(IdentifierState state, ReadOnlySpan<byte> message, short unit, Sighting sighting, bool isPadded)
    {
        var request = FreeWaiting(state);
        request.Begin(state, message, sighting, unit, isPadded);
        Extend(request, _responseTimeout);
        _activeWaiting++;
    }

    private void Extend(WaitingRequest request, long nanoseconds)
    {
        request.Deadline = _now.Clock + nanoseconds;
        request.LastCount = _now.Count + _options.FramesBeforeTimeout;
    }

    private WaitingRequest FreeWaiting(IdentifierState state)
    {
        WaitingRequest? free = null;
        WaitingRequest? earliest = null;
        var own = 0;
        foreach (var request in _waiting)
        {
            // Who asks anew after the time waits no longer.
            if (request.Sender == state && _now.Clock > request.Deadline) GiveUp(request, captureEnded: false);
            if (request.Sender is null) free ??= request;
            if (request.Sender != state) continue;
            own++;
            if (earliest is null || request.Sighting.Frame < earliest.Sighting.Frame) earliest = request;
        }

        // Of an identifier that only may be asking, a few are enough.
        if (!state.IsDiagnostic && own >= MaximumCandidates)
        {
            GiveUp(earliest!, captureEnded: false);
            free ??= earliest;
        }

        if (free is not null) return free;
        if (_waiting.Count < _options.MaximumOutstandingRequests)
        {
            var made = new WaitingRequest();
            _waiting.Add(made);
            return made;
        }

        var oldest = _waiting[_nextWaiting];
        _nextWaiting = (_nextWaiting + 1) % _waiting.Count;
        _counters.Drop("diagnostic request gave way");
        GiveUp(oldest, captureEnded: false, UdsAnomaly.TooManyOutstanding);
        return oldest;
    }

    private bool Answer(
        IdentifierState state, ReadOnlySpan<byte> message, Sighting begun, Sighting completed, bool isPadded)
    {
        WaitingRequest? best = null;
        var bestRank = 0;
        foreach (var request in _waiting)
        {
            if (request.Sender is not { } sender || sender == state || sender.IsExtended != state.IsExtended
                || request.Offset != state.Offset || request.Sighting.Frame > begun.Frame || IsOverdue(request)
                || request.IsAnsweredBy(state.Identifier)) continue;
            var fit = UdsMessage.Fit(request.Message, message);
            if (fit == UdsFit.None) continue;
            var pair = FindPair(sender, state);
            var claimed = pair is { IsClaimed: true };
            var structural = IdentifierForms.Answers(sender.Identifier, state.Identifier);
            if (!claimed && !structural && (sender.IsStructural || fit < UdsFit.Full || pair is { IsWithdrawn: true }))
                continue;
            var inTime = _now.Clock <= request.Deadline;
            var rank = (int)fit + (inTime ? 4 : 0) + (structural ? 8 : 0) + (claimed ? 16 : 0);
            if (rank < bestRank || rank == bestRank && best is not null
                && best.Sighting.Frame <= request.Sighting.Frame) continue;
            best = request;
            bestRank = rank;
        }

        if (best is null) return false;
        state.Solicited++;
        Pair(best, state, message, completed, isPadded);
        return true;
    }

    private void Pair(
        WaitingRequest request, IdentifierState state, ReadOnlySpan<byte> message, Sighting completed, bool isPadded)
    {
        var sender = request.Sender!;
        if (FindPair(sender, state) is not { } pair && (pair = AddPair(sender, state)) is null) return;
        var negative = message[0] == UdsServices.NegativeResponse;
        var fit = UdsMessage.Fit(request.Message, message);
        if (!pair.IsClaimed)
        {
            var structural = IdentifierForms.Answers(sender.Identifier, state.Identifier);
            if (!structural && (state.Invalid + sender.Invalid > 0 || state.Unsolicited * 2 >= state.Solicited)) return;
            if (!structural && !(negative && isPadded && request.IsPadded) && pair.HeldRequest is null)
            {
                request.AnsweredBy(state.Identifier);
                request.Written = true;
                pair.HeldRequest = request.Message.ToArray();
                pair.HeldResponse = message.ToArray();
                pair.HeldRequested = request.Sighting;
                pair.HeldResponded = completed;
                pair.HeldUnit = request.Unit;
                return;
            }

            Claim(pair);
        }

        if (negative && message is [_, _, UdsServices.ResponsePending])
        {
            request.Pending = true;
            Extend(request, _pendingTimeout);
            return;
        }

        var anomalies = request.Pending ? UdsAnomaly.ResponsePending : UdsAnomaly.None;
        if (fit == UdsFit.EchoMismatch) anomalies |= UdsAnomaly.EchoMismatch;
        request.Written = true;
        request.AnsweredBy(state.Identifier);
        pair.IsSilent = false;
        Note(pair, request.Sighting, completed);
        _writer.Exchange(
            pair.Connection!,
            request.Message,
            request.Sighting,
            message,
            completed,
            negative ? Outcome.Rejected : Outcome.Succeeded,
            request.Unit,
            anomalies);

        // To one server: answered is done. To everybody, others may follow until the time is over.
        if (sender.IsFunctional || PartnersOf(sender) > 1) return;
        request.End();
        _activeWaiting--;
    }

    private int PartnersOf(IdentifierState sender)
    {
        var partners = 0;
        foreach (var pair in _pairs)
            if (pair.IsClaimed && pair.Request == sender) partners++;
        return partners;
    }

    private void Claim(DiagnosticPair pair)
    {
        pair.IsClaimed = true;
        pair.Request.Claims++;
        pair.Response.Claims++;
        pair.Connection = _connections.Open(
            NetworkAddress.FromCanIdentifier(_connections.Channel, pair.Request.Identifier),
            NetworkAddress.FromCanIdentifier(_connections.Channel, pair.Response.Identifier),
            UdsProtocol.ProtocolName,
            pair.HeldRequest is null ? _current : pair.HeldRequested);
        _counters.Note("diagnostic pair found");
        if (pair.HeldRequest is not { } request) return;
        var response = pair.HeldResponse!;
        Note(pair, pair.HeldRequested, pair.HeldResponded);
        _writer.Exchange(
            pair.Connection,
            request,
            pair.HeldRequested,
            response,
            pair.HeldResponded,
            response[0] == UdsServices.NegativeResponse ? Outcome.Rejected : Outcome.Succeeded,
            pair.HeldUnit,
            UdsAnomaly.None);
        pair.HeldRequest = null;
        pair.HeldResponse = null;
    }

    private static void Note(DiagnosticPair pair, Sighting requested, Sighting responded)
    {
        var conversation = pair.Connection!.Conversation;
        pair.Request.Connection = pair.Connection;
        pair.Response.Connection = pair.Connection;
        conversation.Frames.Add(requested.Frame);
        conversation.Frames.Add(responded.Frame);
        conversation.FromClient.Frames++;
        conversation.FromServer.Frames++;
        if (responded.Time > conversation.LastSeen) conversation.LastSeen = responded.Time;
    }

    /// <summary>Who answers unasked more often than asked is no responder, whatever it looked like.</summary>
    private void Withdraw(IdentifierState state)
    {
        if (state.Claims == 0 || state.IsStructural || state.Unsolicited <= 2 * state.Solicited + 4) return;
        foreach (var pair in _pairs)
        {
            if (!pair.IsClaimed || pair.Response != state) continue;
            pair.IsClaimed = false;
            pair.IsWithdrawn = true;
            pair.Request.Claims--;
            pair.Response.Claims--;
            _counters.Note("diagnostic pair withdrawn");
        }
    }

    private static ulong Key(IdentifierState request, IdentifierState response) =>
        (ulong)request.Identifier << 32 | response.Identifier;

    private DiagnosticPair? FindPair(IdentifierState request, IdentifierState response)
    {
        var at = CollectionsMarshal.AsSpan(_pairKeys).IndexOf(Key(request, response));
        return at < 0 ? null : _pairs[at];
    }

    private DiagnosticPair? AddPair(IdentifierState request, IdentifierState response)
    {
        var pair = new DiagnosticPair(request, response);
        if (_pairs.Count < MaximumPairs)
        {
            _pairKeys.Add(Key(request, response));
            _pairs.Add(pair);
            return pair;
        }

        var free = _pairs.FindIndex(p => !p.IsClaimed);
        _counters.Drop("diagnostic pair gave way");
        if (free < 0) return null;
        _pairKeys[free] = Key(request, response);
        _pairs[free] = pair;
        return pair;
    }

    // ---- Requests without an answer ---------------------------------------------------------------------------------

    private void GiveUp(WaitingRequest request, bool captureEnded, UdsAnomaly anomalies = UdsAnomaly.None)
    {
        var sender = request.Sender!;
        if (!request.Written)
        {
            if (sender.Claims > 0 || sender.IsStructural && sender.Invalid == 0)
                WriteUnanswered(request, captureEnded, anomalies);
            else if (sender.Frames == sender.Candidates)
                NoteSweep(sender, request.Message, request.Sighting);
        }

        request.End();
        _activeWaiting--;
    }

    private void WriteUnanswered(WaitingRequest request, bool captureEnded, UdsAnomaly anomalies)
    {
        var sender = request.Sender!;
        var suppressed = UdsMessage.Read(request.Message).SuppressesResponse && !request.Pending;
        if (request.Pending) anomalies |= UdsAnomaly.ResponsePending;

        // The one that answered this sender before, where there is just one.
        DiagnosticPair? only = null;
        foreach (var pair in _pairs)
        {
            if (!pair.IsClaimed || pair.Request != sender) continue;
            if (only is not null)
            {
                only = null;
                break;
            }

            only = pair;
        }

        var silence = Silence.None;
        if (!suppressed && !captureEnded)
        {
            silence = only is null ? Silence.FromTheStart : only.IsSilent ? Silence.Continued : Silence.Begun;
            only?.IsSilent = true;
        }

        var connection = only?.Connection ?? Broadcast(sender);
        connection.Conversation.Frames.Add(request.Sighting.Frame);
        _writer.Exchange(
            connection,
            request.Message,
            request.Sighting,
            default,
            default,
            suppressed ? Outcome.Succeeded : captureEnded ? Outcome.Unpaired : Outcome.Unanswered,
            request.Unit,
            anomalies,
            silence);
    }

    /// <summary>
    /// The first frame of an identifier, when it is the beginning of a message. One such is nothing; the same from many
    /// identifiers that were silent before is somebody who looks for servers.
    /// </summary>
    private void NoteSweep(IdentifierState sender, ReadOnlySpan<byte> message, Sighting sighting)
    {
        var same = _sweep.Count > 0 && message.SequenceEqual(_sweep[0].Message);
        if (!same)
        {
            _sweep.Clear();
            _sweeping = false;
        }

        if (_sweeping)
        {
            WriteSwept(sender, message, sighting);
            return;
        }

        foreach (var seen in _sweep)
            if (seen.Sender == sender) return;
        _sweep.Add((sender, same ? _sweep[0].Message : message.ToArray(), sighting));
        if (_sweep.Count < _options.SweepIdentifiers) return;
        _sweeping = true;
        foreach (var (asker, bytes, seen) in _sweep) WriteSwept(asker, bytes, seen);
    }

    private void WriteSwept(IdentifierState sender, ReadOnlySpan<byte> message, Sighting sighting)
    {
        var connection = Broadcast(sender);
        connection.Conversation.Frames.Add(sighting.Frame);
        _writer.Abuse(connection, Direction.ToServer, message, sighting, UdsAnomaly.IdentifierSweep);
    }

    private Connection Broadcast(IdentifierState sender)
    {
        if (_broadcasts.TryGetValue(sender.Identifier, out var connection)) return connection;
        if (_broadcasts.Count >= _options.MaximumIdentifiers) return _connections.Whole;
        connection = _connections.Open(
            NetworkAddress.FromCanIdentifier(_connections.Channel, sender.Identifier),
            NetworkAddress.FromCanChannel(_connections.Channel),
            UdsProtocol.ProtocolName,
            _current);
        _broadcasts.Add(sender.Identifier, connection);
        return connection;
    }
}

/// <summary>Opens connections on a channel.</summary>
internal interface IConnectionSource
{
    /// <summary>The channel's number.</summary>
    int Channel { get; }

    /// <summary>The channel as a whole.</summary>
    Connection Whole { get; }

    /// <summary>A new connection with a conversation of its own.</summary>
    Connection Open(NetworkAddress client, NetworkAddress server, string protocolName, Sighting first);
}
