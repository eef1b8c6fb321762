using System.Runtime.CompilerServices;
using static System.Buffers.Binary.BinaryPrimitives;

namespace OtGuard.Collectors.Modbus;

/// <summary>
/// Decodes one connection that carries Modbus: cuts messages, pairs requests with responses and writes one observation
/// for each exchange.
/// </summary>
/// <remarks>
/// <para>Framing. In step with the stream, every message is taken by the length it declares, whatever its function code
/// is. A header that cannot be one (protocol identifier, length) is taken by the length its function has, where the
/// function fixes it, and flagged. Otherwise the stream is out of step, as it is after a gap: bytes are skipped one by
/// one until a message of a known function with just the length it needs begins, and all that was skipped becomes one
/// observation. Every decision rests on bytes of the stream alone, never on where a segment ended, so that splitting
/// changes nothing.</para>
/// <para>Pairing. A response belongs to the oldest waiting request with its transaction and unit identifier and its
/// function code; devices that repeat identifiers are thereby paired in order. Failing that, the oldest with the same
/// identifiers, or with the same transaction and function code at another unit, is taken, and the misfit
/// flagged.</para>
/// </remarks>
internal sealed class ModbusDecoder : IConnectionDecoder
{
    /// <summary>Stands for a missing transaction identifier (RTU frames have none).</summary>
    public const uint NoTransaction = uint.MaxValue;

    /// <summary>How many given-up requests are remembered, to know a late answer from one nobody asked for.</summary>
    private const int GivenUpCapacity = 8;

    private readonly byte _protocol;
    private readonly ModbusFraming _framing;
    private readonly bool _datagrams;
    private readonly long _timeoutNanoseconds;
    private readonly PendingTable _pending;
    private readonly ulong[] _givenUp = new ulong[GivenUpCapacity];

    /// <summary>A bit for each unit that has answered since it last left a request unanswered.</summary>
    private readonly ulong[] _answered = new ulong[4];

    /// <summary>A bit for each unit that left a request unanswered after it had answered.</summary>
    private readonly ulong[] _fellSilent = new ulong[4];
    private StreamState _toServer;
    private StreamState _toClient;
    private int _givenUpNext;

    /// <summary>Until when a response may belong to a request from before the capture or inside a gap.</summary>
    private long _requestsUncertainUntil = long.MinValue;
    private bool _started;

    public ModbusDecoder(byte protocol, Transport transport, ModbusFraming framing, ModbusOptions options)
    {
        _protocol = protocol;
        _framing = framing;
        _datagrams = transport == Transport.Udp;
        _timeoutNanoseconds = options.ResponseTimeout.Ticks * 100;
        _pending = new PendingTable(options.MaximumOutstandingRequests);
    }

    /// <inheritdoc/>
    public int MaximumMessageBytes =>
        _framing == ModbusFraming.Rtu ? ModbusLimits.RtuAduMaximumBytes : ModbusLimits.TcpAduMaximumBytes;

    /// <inheritdoc/>
    public int Decode(
        Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output)
    {
        if (!_started) Start(connection, sighting);
        GiveUp(connection, sighting.Time, output);
        var used = _framing == ModbusFraming.Rtu
            ? DecodeRtu(connection, direction, data, sighting, output)
            : DecodeMbap(connection, direction, data, sighting, output);
        if (_datagrams)
        {
            EndDatagram(connection, direction, data, used, sighting, output);
            return data.Length;
        }

        Stream(direction).Waiting = data.Length - used;
        return used;
    }

    /// <inheritdoc/>
    public void OnGap(Connection connection, Direction direction, Sighting sighting, ObservationBatch output)
    {
        ref var stream = ref Stream(direction);
        WriteSkipped(connection, direction, output);
        stream.OutOfStep = true;
        stream.AfterGap = true;
        stream.Waiting = 0;
        if (direction == Direction.ToServer)
        {
            _requestsUncertainUntil = sighting.Time.UnixNanoseconds + _timeoutNanoseconds;
            for (var age = 0; age < _pending.Count; age++) _pending[age].SentBeforeGap = true;
        }
        else
        {
            for (var age = 0; age < _pending.Count; age++) _pending[age].AnswerMayBeLost = true;
        }
    }

    /// <inheritdoc/>
    public void OnCut(
        Connection connection,
        Direction direction,
        ReadOnlySpan<byte> begun,
        int missing,
        Sighting sighting,
        ObservationBatch output)
    {
        if (!_started) Start(connection, sighting);
        GiveUp(connection, sighting.Time, output);
        ref var stream = ref Stream(direction);
        var endsWithSegment = false;
        if (_framing == ModbusFraming.Mbap && !stream.OutOfStep && begun.Length > ModbusLimits.MbapHeaderBytes
            && HasHeader(begun))
        {
            var declared = ModbusLimits.MbapPrefixBytes + ReadUInt16BigEndian(begun[4..]);
            Message(
                connection,
                direction,
                ReadUInt16BigEndian(begun),
                begun[6],
                begun[ModbusLimits.MbapHeaderBytes..Math.Min(begun.Length, declared)],
                ModbusAnomaly.MessageCut,
                sighting,
                output);
            endsWithSegment = begun.Length + missing == declared;
        }

        stream.Waiting = 0;
        // Where the message ended with its segment nothing else is lost, and the next segment begins the next message.
        if (!endsWithSegment && !_datagrams) OnGap(connection, direction, sighting, output);
    }

    /// <inheritdoc/>
    public void OnTime(Connection connection, CaptureTime now, ObservationBatch output)
    {
        GiveUp(connection, now, output);
    }

    /// <inheritdoc/>
    public void OnClose(Connection connection, Sighting sighting, bool captureEnded, ObservationBatch output)
    {
        GiveUp(connection, sighting.Time, output);
        while (_pending.Count > 0)
            WriteWithoutResponse(connection, captureEnded, ModbusAnomaly.None, output, cutShort: true);
        CloseStream(connection, Direction.ToServer, sighting, captureEnded, output);
        CloseStream(connection, Direction.ToClient, sighting, captureEnded, output);
    }

    private void Start(Connection connection, Sighting sighting)
    {
        _started = true;
        if (!connection.JoinedMidway) return;
        _requestsUncertainUntil = sighting.Time.UnixNanoseconds + _timeoutNanoseconds;
        if (_datagrams) return;
        _toServer = _toClient = new StreamState { OutOfStep = true, AfterGap = true, AtStart = true };
    }

    private ref StreamState Stream(Direction direction)
    {
        if (direction == Direction.ToServer) return ref _toServer;
        return ref _toClient;
    }

    // ---- MBAP -------------------------------------------------------------------------------------------------------

    private int DecodeMbap(
        Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output)
    {
        ref var stream = ref Stream(direction);
        var used = 0;
        while (data.Length - used > ModbusLimits.MbapHeaderBytes)
        {
            var rest = data[used..];
            if (stream.OutOfStep)
            {
                used += Skip(rest, direction, sighting, ref stream);
                if (stream.OutOfStep) break;
                WriteSkipped(connection, direction, output);
                continue;
            }

            // Protocol identifier and length in one: in step and in order is the common case.
            var fields = ReadUInt32BigEndian(rest[2..]);
            if (fields - ModbusLimits.MbapLengthMinimum
                > ModbusLimits.MbapLengthMaximum - ModbusLimits.MbapLengthMinimum)
            {
                var odd = OddHeader(connection, direction, rest, sighting, output, ref stream);
                if (odd == 0) break;
                used += odd;
                continue;
            }

            var total = ModbusLimits.MbapPrefixBytes + (int)fields;
            if (rest.Length < total) break;
            var pdu = rest[ModbusLimits.MbapHeaderBytes..total];
            var length = pdu.Length;
            var anomalies = ModbusAnomaly.None;
            if (HidesAnother(pdu, direction, ref length))
            {
                pdu = pdu[..length];
                total = ModbusLimits.MbapHeaderBytes + length;
                anomalies = ModbusAnomaly.TrailingBytes;
            }

            Message(
                connection, direction, ReadUInt16BigEndian(rest), rest[6], pdu, anomalies, sighting, output);
            used += total;
        }

        return used;
    }

    /// <summary>
    /// Whether behind the fields of its function a PDU holds the header of another message: then the declared length
    /// covers both, and the message is cut where its function ends.
    /// </summary>
    private static bool HidesAnother(ReadOnlySpan<byte> pdu, Direction direction, ref int length)
    {
        // The shortest message is a header and a function code; shorter rests are trailing bytes and no more.
        const int shortest = ModbusLimits.MbapHeaderBytes + 1;
        if (pdu.Length <= shortest) return false;
        var own = PduLength.Of(pdu, direction);
        if (own <= 0 || pdu.Length - own < shortest) return false;
        if (Framing.Mbap(pdu[own..], direction) != Fit.Yes) return false;
        length = own;
        return true;
    }

    /// <summary>
    /// A header whose protocol identifier or length cannot be right. Taken by the length of its function where that is
    /// fixed; else the stream is out of step. Returns the bytes used, 0 for more needed.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int OddHeader(
        Connection connection,
        Direction direction,
        ReadOnlySpan<byte> data,
        Sighting sighting,
        ObservationBatch output,
        ref StreamState stream)
    {
        var protocolIdentifier = ReadUInt16BigEndian(data[2..]);
        var declared = ReadUInt16BigEndian(data[4..]);
        var body = data[ModbusLimits.MbapHeaderBytes..];
        var anomalies = ModbusAnomaly.None;
        int length;
        if (protocolIdentifier != ModbusLimits.MbapProtocolIdentifier)
        {
            anomalies |= ModbusAnomaly.ProtocolIdentifierNotZero;
            length = declared - 1;
            if (declared is < ModbusLimits.MbapLengthMinimum or > ModbusLimits.MbapLengthMaximum)
                return OutOfStep(sighting, ref stream);
            var fit = Framing.Pdu(body, length, direction);
            if (fit == Fit.NeedMore) return 0;
            if (fit == Fit.No) return OutOfStep(sighting, ref stream);
        }
        else
        {
            anomalies |= declared < ModbusLimits.MbapLengthMinimum
                ? ModbusAnomaly.LengthTooShort
                : ModbusAnomaly.LengthTooLong;
            length = PduLength.Of(body, direction);
            if (length == PduLength.NeedMore) return 0;
            if (length == PduLength.Open || length > ModbusLimits.PduMaximumBytes)
                return OutOfStep(sighting, ref stream);
        }

        if (body.Length < length) return 0;
        Message(
            connection, direction, ReadUInt16BigEndian(data), data[6], body[..length], anomalies, sighting, output);
        return ModbusLimits.MbapHeaderBytes + length;
    }

    private static int OutOfStep(Sighting sighting, ref StreamState stream)
    {
        stream.OutOfStep = true;
        stream.Skip(1, sighting);
        return 1;
    }

    /// <summary>Skips to the next message. Out of step still where the bytes end before one is sure.</summary>
    /// <remarks>
    /// Bytes that are no message of a known function are taken for one all the same where a connection joined midway
    /// begins with them, as segments begin with messages, and where they answer a request that waits.
    /// </remarks>
    private int Skip(ReadOnlySpan<byte> data, Direction direction, Sighting sighting, ref StreamState stream)
    {
        var at = 0;
        if (stream.AtStart)
        {
            stream.AtStart = false;
            if (HasHeader(data))
            {
                stream.OutOfStep = false;
                return 0;
            }
        }

        while (data.Length - at > ModbusLimits.MbapHeaderBytes)
        {
            var fit = Framing.Mbap(data[at..], direction);
            if (fit == Fit.NeedMore) break;
            if (fit == Fit.Yes || direction == Direction.ToClient && AnswersWaiting(data[at..]))
            {
                stream.OutOfStep = false;
                break;
            }

            at++;
        }

        if (at > 0) stream.Skip(at, sighting);
        return at;
    }

    private static bool HasHeader(ReadOnlySpan<byte> data) =>
        ReadUInt32BigEndian(data[2..]) is >= ModbusLimits.MbapLengthMinimum and <= ModbusLimits.MbapLengthMaximum;

    private bool AnswersWaiting(ReadOnlySpan<byte> data)
    {
        if (_pending.Count == 0 || !HasHeader(data)) return false;
        var age = _pending.IndexOf(PendingTable.Key(ReadUInt16BigEndian(data), data[6]));
        return age >= 0 && Answers(data[7], _pending[age].Function);
    }

    // ---- RTU --------------------------------------------------------------------------------------------------------

    private int DecodeRtu(
        Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output)
    {
        ref var stream = ref Stream(direction);
        var used = 0;
        while (data.Length - used >= ModbusLimits.RtuAduMinimumBytes)
        {
            var rest = data[used..];
            var length = Framing.Rtu(rest, direction, stream.OutOfStep);
            if (length == 0) break;
            if (length < 0)
            {
                // One frame with a wrong check sum, or no frame at all: the next right one tells where it ended.
                stream.OutOfStep = true;
                stream.Skip(1, sighting);
                used++;
                continue;
            }

            if (stream.OutOfStep || stream.Skipped > 0)
            {
                stream.OutOfStep = false;
                WriteSkipped(connection, direction, output);
            }

            Message(
                connection,
                direction,
                0,
                rest[0],
                rest[1..(length - ModbusLimits.RtuCrcBytes)],
                ModbusAnomaly.None,
                sighting,
                output);
            used += length;
        }

        return used;
    }

    // ---- Ends -------------------------------------------------------------------------------------------------------

    /// <summary>What a datagram leaves over never gets more: a message it declares longer than it is.</summary>
    private void EndDatagram(
        Connection connection,
        Direction direction,
        ReadOnlySpan<byte> data,
        int used,
        Sighting sighting,
        ObservationBatch output)
    {
        ref var stream = ref Stream(direction);
        var rest = data[used..];
        if (rest.Length > ModbusLimits.MbapHeaderBytes && _framing == ModbusFraming.Mbap && !stream.OutOfStep
            && ReadUInt16BigEndian(rest[2..]) == ModbusLimits.MbapProtocolIdentifier)
        {
            Message(
                connection,
                direction,
                ReadUInt16BigEndian(rest),
                rest[6],
                rest[ModbusLimits.MbapHeaderBytes..],
                ModbusAnomaly.MessageIncomplete,
                sighting,
                output);
        }
        else if (rest.Length > 0)
        {
            stream.Skip(rest.Length, sighting);
        }

        WriteSkipped(connection, direction, output);
        stream = default;
    }

    private void CloseStream(
        Connection connection, Direction direction, Sighting sighting, bool captureEnded, ObservationBatch output)
    {
        ref var stream = ref Stream(direction);
        if (stream.Waiting > 0 && !captureEnded)
        {
            if (stream.Skipped == 0 && !stream.OutOfStep)
            {
                WriteUndecodable(connection, direction, ModbusAnomaly.MessageIncomplete, sighting, output);
            }
            else
            {
                stream.Skip(stream.Waiting, sighting);
            }
        }

        WriteSkipped(connection, direction, output);
        stream = default;
    }

    private void WriteSkipped(Connection connection, Direction direction, ObservationBatch output)
    {
        ref var stream = ref Stream(direction);
        if (stream.Skipped > 0)
        {
            var anomaly = stream.AfterGap ? ModbusAnomaly.BytesSkippedAfterGap
                : _framing == ModbusFraming.Rtu ? ModbusAnomaly.CrcWrong | ModbusAnomaly.BytesSkipped
                : ModbusAnomaly.BytesSkipped;
            WriteUndecodable(connection, direction, anomaly, stream.SkippedFrom, output);
        }

        stream.Skipped = 0;
        stream.AfterGap = false;
    }

    // ---- Pairing ----------------------------------------------------------------------------------------------------

    private void Message(
        Connection connection,
        Direction direction,
        ushort transaction,
        byte unit,
        ReadOnlySpan<byte> pdu,
        ModbusAnomaly anomalies,
        Sighting sighting,
        ObservationBatch output)
    {
        if (unit > ModbusLimits.UnitMaximum
            && (_framing == ModbusFraming.Rtu || unit != ModbusLimits.UnitNotSignificant))
            anomalies |= ModbusAnomaly.UnitReserved;
        if (direction == Direction.ToServer)
            Request(connection, transaction, unit, pdu, anomalies, sighting, output);
        else
            Response(connection, transaction, unit, pdu, anomalies, sighting, output);
    }

    // Kept apart: inlined into the loop, each message would pay for clearing the other's locals.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Request(
        Connection connection,
        ushort transaction,
        byte unit,
        ReadOnlySpan<byte> pdu,
        ModbusAnomaly anomalies,
        Sighting sighting,
        ObservationBatch output)
    {
        var key = PendingTable.Key(transaction, unit);
        if (_pending.Count > 0)
        {
            if (_framing == ModbusFraming.Mbap) anomalies |= CompareWithWaiting(key, pdu);
            if (_pending.IsFull) WriteWithoutResponse(connection, true, ModbusAnomaly.TooManyOutstanding, output);
        }

        ref var request = ref _pending.Add(key);
        request.Time = sighting.Time;
        request.Frame = sighting.Frame;
        request.Anomalies = anomalies;
        request.Transaction = transaction;
        request.Unit = unit;
        request.Function = pdu[0];
        request.AnswerMayBeLost = false;
        request.SentBeforeGap = false;
        request.StorePdu(pdu);

        if (_framing == ModbusFraming.Rtu && unit == ModbusLimits.RtuBroadcastAddress)
        {
            // Nobody answers a broadcast (Serial Line V1.02 §2.2).
            var age = _pending.Count - 1;
            Write(
                connection, ref _pending[age], default, default, Outcome.Succeeded, Silence.None, ModbusAnomaly.None, output);
            _pending.RemoveAt(age);
        }
    }

    private ModbusAnomaly CompareWithWaiting(uint key, ReadOnlySpan<byte> pdu)
    {
        var age = _pending.IndexOf(key);
        if (age < 0) return ModbusAnomaly.None;
        for (; age >= 0; age = age + 1 < _pending.Count ? _pending.IndexOf(key, age + 1) : -1)
            if (_pending[age].Pdu.SequenceEqual(pdu)) return ModbusAnomaly.RequestRepeated;
        return ModbusAnomaly.TransactionReused;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Response(
        Connection connection,
        ushort transaction,
        byte unit,
        ReadOnlySpan<byte> pdu,
        ModbusAnomaly anomalies,
        Sighting sighting,
        ObservationBatch output)
    {
        var key = PendingTable.Key(transaction, unit);
        var age = Find(key, pdu[0], ref anomalies);
        if (age < 0)
        {
            WriteWithoutRequest(connection, key, pdu, anomalies, sighting, output);
            return;
        }

        // Whatever was lost was asked before this one, and servers answer in order, as far as it matters here.
        if (!_pending[age].SentBeforeGap) _requestsUncertainUntil = long.MinValue;
        var outcome = (pdu[0] & FunctionCode.ExceptionBit) != 0 ? Outcome.Rejected : Outcome.Succeeded;
        // A gateway's word that it did not reach a unit is no answer of the unit.
        var silence = Silence.None;
        if (outcome == Outcome.Rejected && pdu.Length > 1 && ModbusRefusals.MeaningOf(pdu[1]) == RefusalMeaning.Unreachable)
            silence = FallSilent(unit);
        else
            _answered[unit >> 6] |= 1UL << unit;
        Write(connection, ref _pending[age], pdu, sighting, outcome, silence, anomalies, output);
        _pending.RemoveAt(age);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(uint key, byte code, ref ModbusAnomaly anomalies)
    {
        if (_pending.Count == 0) return -1;
        if (_pending.KeyAt(0) == key && Answers(code, _pending[0].Function)) return 0;
        return FindFurther(key, code, ref anomalies);
    }

    private int FindFurther(uint key, byte code, ref ModbusAnomaly anomalies)
    {
        var sameKey = _pending.IndexOf(key);
        for (var age = sameKey; age >= 0; age = age + 1 < _pending.Count ? _pending.IndexOf(key, age + 1) : -1)
            if (Answers(code, _pending[age].Function)) return age;
        if (sameKey >= 0)
        {
            anomalies |= ModbusAnomaly.ResponseFunctionMismatch;
            return sameKey;
        }

        if (_framing == ModbusFraming.Rtu) return -1;
        for (var age = 0; age < _pending.Count; age++)
        {
            if (_pending.KeyAt(age) >> 8 != key >> 8 || !Answers(code, _pending[age].Function)) continue;
            anomalies |= ModbusAnomaly.ResponseUnitMismatch;
            return age;
        }

        return -1;
    }

    /// <summary>Whether a response may belong to a request that the capture does not hold.</summary>
    private bool IsRequestUncertain(Connection connection, Sighting sighting) =>
        connection.OneSided || sighting.Time.UnixNanoseconds <= _requestsUncertainUntil;

    /// <summary>An answer has the function code of its request, or that with the exception bit.</summary>
    private static bool Answers(byte response, byte request) =>
        response == request || response == (request | FunctionCode.ExceptionBit);

    /// <summary>Gives up what has waited for longer than the time-out.</summary>
    private void GiveUp(Connection connection, CaptureTime now, ObservationBatch output)
    {
        if (_pending.Count > 0 && now.UnixNanoseconds - _pending.OldestTime > _timeoutNanoseconds)
            GiveUpExpired(connection, now, output);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GiveUpExpired(Connection connection, CaptureTime now, ObservationBatch output)
    {
        while (_pending.Count > 0
            && now.UnixNanoseconds - _pending.OldestTime > _timeoutNanoseconds)
        {
            ref var request = ref _pending[0];
            _givenUp[_givenUpNext++ % GivenUpCapacity] =
                1UL << 32 | (ulong)_pending.KeyAt(0) << 8 | request.Function;
            WriteWithoutResponse(connection, false, ModbusAnomaly.None, output);
        }
    }

    // ---- Observations -----------------------------------------------------------------------------------------------

    /// <summary>Writes the oldest request without a response and takes it out.</summary>
    private void WriteWithoutResponse(
        Connection connection,
        bool mayStillCome,
        ModbusAnomaly anomalies,
        ObservationBatch output,
        bool cutShort = false)
    {
        ref var request = ref _pending[0];
        var outcome = mayStillCome || request.AnswerMayBeLost || connection.OneSided
            ? Outcome.Unpaired
            : IsSilent(request.Pdu) ? Outcome.Succeeded
            : Outcome.Unanswered;
        var silence = outcome != Outcome.Unanswered ? Silence.None
            : cutShort ? Silence.CutShort
            : FallSilent(request.Unit);
        Write(connection, ref request, default, default, outcome, silence, anomalies, output);
        _pending.RemoveAt(0);
    }

    private Silence FallSilent(byte unit)
    {
        var bit = 1UL << unit;
        ref var answered = ref _answered[unit >> 6];
        ref var fellSilent = ref _fellSilent[unit >> 6];
        if ((answered & bit) == 0) return (fellSilent & bit) == 0 ? Silence.FromTheStart : Silence.Continued;
        answered &= ~bit;
        fellSilent |= bit;
        return Silence.Begun;
    }

    /// <summary>Force Listen Only Mode is not answered (Application Protocol V1.1b3 §6.8.1).</summary>
    private static bool IsSilent(ReadOnlySpan<byte> pdu) =>
        pdu.Length >= 3 && pdu[0] == FunctionCode.Diagnostics
        && ReadUInt16BigEndian(pdu[1..]) == DiagnosticsSubFunction.ForceListenOnlyMode;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Write(
        Connection connection,
        ref PendingRequest request,
        ReadOnlySpan<byte> response,
        Sighting answered,
        Outcome outcome,
        Silence silence,
        ModbusAnomaly anomalies,
        ObservationBatch output)
    {
        var asking = request.Pdu;
        PduFacts asked = default;
        RequestReader.Read(asking, ref asked);
        PduFacts given = default;
        var reason = -1;
        var isCut = ((anomalies | request.Anomalies) & ModbusAnomaly.MessageCut) != 0;
        output.Reserve(asking.Length + response.Length);
        var requestData = output.Store(asking);
        ValueSlice responseData = default;
        long latency = -1;
        if (!response.IsEmpty)
        {
            ResponseReader.Read(response, asking, asked, ref given);
            if (outcome == Outcome.Rejected)
            {
                if (response.Length > 1) reason = response[1];
            }
            else if ((asked.Undecodable || given.Undecodable) && !isCut)
            {
                outcome = Outcome.Undecodable;
            }

            responseData = output.Store(response);
            latency = Math.Max(0, answered.Time.UnixNanoseconds - request.Time.UnixNanoseconds);
        }
        else if (asked.Undecodable && !isCut)
        {
            outcome = Outcome.Undecodable;
        }

        output.Add(new Observation
        {
            Time = request.Time,
            Connection = connection,
            Protocol = _protocol,
            Operation = asked.Operation,
            Outcome = outcome,
            Sender = Direction.ToServer,
            Code = request.Function,
            SubCode = asked.SubCode,
            Unit = request.Unit,
            Reason = reason,
            Target = asked.Target,
            WriteTarget = asked.WriteTarget,
            Transaction = _framing == ModbusFraming.Rtu ? NoTransaction : request.Transaction,
            LatencyNanoseconds = latency,
            Silence = silence,
            Anomalies = (ulong)(anomalies | request.Anomalies | Sure(asked.Anomalies | given.Anomalies, isCut)),
            RequestData = requestData,
            ResponseData = responseData,
            RequestValues = asked.Values(requestData),
            ResponseValues = given.Values(responseData),
            RequestFrame = request.Frame,
            ResponseFrame = answered.Frame,
        });
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteWithoutRequest(
        Connection connection,
        uint key,
        ReadOnlySpan<byte> pdu,
        ModbusAnomaly anomalies,
        Sighting sighting,
        ObservationBatch output)
    {
        var code = new FunctionCode(pdu[0]);
        var outcome = Outcome.Unsolicited;
        if (WasGivenUp(key, code))
        {
            anomalies |= ModbusAnomaly.ResponseLate;
            outcome = Outcome.Unpaired;
        }
        else if (IsRequestUncertain(connection, sighting))
        {
            outcome = Outcome.Unpaired;
        }

        PduFacts facts = default;
        var isCut = (anomalies & ModbusAnomaly.MessageCut) != 0;
        ResponseReader.Read(pdu, default, default, ref facts);
        output.Reserve(pdu.Length);
        var data = output.Store(pdu);
        output.Add(new Observation
        {
            Time = sighting.Time,
            Connection = connection,
            Protocol = _protocol,
            Operation = facts.Operation,
            Outcome = outcome == Outcome.Unpaired && facts.Undecodable && !isCut ? Outcome.Undecodable : outcome,
            Sender = Direction.ToClient,
            Code = code.Function.Value,
            SubCode = facts.SubCode,
            Unit = (short)(key & 0xFF),
            Reason = code.IsException && pdu.Length > 1 ? pdu[1] : -1,
            Target = facts.Target,
            Transaction = _framing == ModbusFraming.Rtu ? NoTransaction : key >> 8,
            LatencyNanoseconds = -1,
            Anomalies = (ulong)(anomalies | Sure(facts.Anomalies, isCut)),
            ResponseData = data,
            ResponseValues = facts.Values(data),
            ResponseFrame = sighting.Frame,
        });
    }

    /// <summary>The anomalies that hold whatever the bytes were that the capture cut off.</summary>
    private static ModbusAnomaly Sure(ModbusAnomaly anomalies, bool isCut)
    {
        const ModbusAnomaly unsure = ModbusAnomaly.PduTooShort | ModbusAnomaly.TrailingBytes
            | ModbusAnomaly.ByteCountInvalid | ModbusAnomaly.DiagnosticsDataInvalid | ModbusAnomaly.FileReferenceInvalid
            | ModbusAnomaly.DeviceIdInvalid | ModbusAnomaly.EchoMismatch | ModbusAnomaly.ResponseLengthMismatch;
        return isCut ? anomalies & ~unsure : anomalies;
    }

    private bool WasGivenUp(uint key, FunctionCode code)
    {
        var wanted = 1UL << 32 | (ulong)key << 8 | code.Function.Value;
        for (var index = 0; index < GivenUpCapacity; index++)
        {
            if (_givenUp[index] != wanted) continue;
            _givenUp[index] = 0;
            return true;
        }

        return false;
    }

    private void WriteUndecodable(
        Connection connection, Direction direction, ModbusAnomaly anomaly, Sighting sighting, ObservationBatch output)
    {
        output.Reserve(0);
        output.Add(new Observation
        {
            Time = sighting.Time,
            Connection = connection,
            Protocol = _protocol,
            Operation = Operation.Unknown,
            Outcome = Outcome.Undecodable,
            Sender = direction,
            Code = -1,
            SubCode = -1,
            Unit = -1,
            Reason = -1,
            Transaction = NoTransaction,
            LatencyNanoseconds = -1,
            Anomalies = (ulong)anomaly,
            RequestFrame = direction == Direction.ToServer ? sighting.Frame : 0,
            ResponseFrame = direction == Direction.ToClient ? sighting.Frame : 0,
        });
    }

    /// <summary>Where one direction's byte stream stands.</summary>
    private struct StreamState
    {
        /// <summary>The next byte is not known to begin a message.</summary>
        public bool OutOfStep;

        /// <summary>It is so because the capture lacks bytes, not because of what was sent.</summary>
        public bool AfterGap;

        /// <summary>Nothing of a connection joined midway was seen yet.</summary>
        public bool AtStart;

        /// <summary>Bytes skipped since the last message.</summary>
        public long Skipped;

        /// <summary>Where the first of them was seen.</summary>
        public Sighting SkippedFrom;

        /// <summary>Bytes that wait for the rest of their message.</summary>
        public int Waiting;

        public void Skip(int bytes, Sighting sighting)
        {
            if (Skipped == 0) SkippedFrom = sighting;
            Skipped += bytes;
        }
    }
}
