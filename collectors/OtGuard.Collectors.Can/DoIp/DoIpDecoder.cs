using System.Buffers.Binary;
using OtGuard.Collectors.Can.Uds;

namespace OtGuard.Collectors.Can.DoIp;

/// <summary>
/// Decodes one connection that carries DoIP: cuts messages, pairs those that ask with those that answer, and pairs what
/// diagnostic messages hold by their logical addresses.
/// </summary>
internal sealed class DoIpDecoder : IConnectionDecoder
{
    private const int MaximumWaiting = 32;
    private const int AddressBytes = 4;

    private readonly byte _protocol;
    private readonly bool _datagrams;
    private readonly byte? _udsIndex;
    private readonly long _responseTimeout;
    private readonly long _pendingTimeout;
    private readonly List<Waiting> _waiting = [];
    private readonly bool[] _outOfStep = new bool[2];
    private readonly uint[] _passOver = new uint[2];
    private ObservationBatch? _udsOutput;
    private UdsWriter? _udsWriter;

    /// <summary>What the next request without an answer follows.</summary>
    private Silence _silence = Silence.FromTheStart;

    public DoIpDecoder(byte protocol, Transport transport, byte? uds, CanOptions options)
    {
        _protocol = protocol;
        _datagrams = transport == Transport.Udp;
        _responseTimeout = options.ResponseTimeout.Ticks * 100;
        _pendingTimeout = options.PendingTimeout.Ticks * 100;
        _udsIndex = uds;
    }

    /// <inheritdoc/>
    public int MaximumMessageBytes => ushort.MaxValue;

    /// <inheritdoc/>
    public int Decode(
        Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output)
    {
        GiveUp(connection, sighting.Time, output);
        var used = 0;
        while (used < data.Length)
        {
            var rest = data[used..];
            ref var passOver = ref _passOver[(int)direction];
            if (passOver > 0)
            {
                var take = (int)Math.Min(passOver, (uint)rest.Length);
                passOver -= (uint)take;
                used += take;
                continue;
            }

            if (rest.Length < DoIpProtocol.HeaderBytes) break;
            if (_outOfStep[(int)direction])
            {
                if (!DoIpProtocol.Looks(rest, out _))
                {
                    used++;
                    continue;
                }

                _outOfStep[(int)direction] = false;
            }

            var step = Message(connection, direction, rest, sighting, output);
            if (step == 0) break;
            used += step;
        }

        if (!_datagrams) return used;
        _outOfStep[(int)direction] = false;
        _passOver[(int)direction] = 0;
        if (used < data.Length)
            Write(connection, direction, -1, Operation.Unknown, Outcome.Undecodable, data[used..], sighting,
                DoIpAnomaly.LengthInvalid, output);
        return data.Length;
    }

    /// <inheritdoc/>
    public void OnGap(Connection connection, Direction direction, Sighting sighting, ObservationBatch output)
    {
        _outOfStep[(int)direction] = true;
        _passOver[(int)direction] = 0;
    }

    /// <inheritdoc/>
    public void OnTime(Connection connection, CaptureTime now, ObservationBatch output) => GiveUp(connection, now, output);

    /// <inheritdoc/>
    public void OnClose(Connection connection, Sighting sighting, bool captureEnded, ObservationBatch output)
    {
        foreach (var waiting in _waiting)
            if (waiting.IsActive) WriteUnanswered(connection, waiting, captureEnded, output);
    }

    /// <summary>One message; returns its bytes, 0 where more are needed.</summary>
    private int Message(
        Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output)
    {
        if ((byte)~data[1] != data[0])
        {
            _outOfStep[(int)direction] = true;
            Write(connection, direction, -1, Operation.Unknown, Outcome.Undecodable, data[..DoIpProtocol.HeaderBytes],
                sighting, DoIpAnomaly.VersionInverseWrong | DoIpAnomaly.BytesSkipped, output);
            return 1;
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        var length = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        if (length > (uint)(MaximumMessageBytes - DoIpProtocol.HeaderBytes))
        {
            _passOver[(int)direction] = length;
            Write(connection, direction, DoIpType.Code(type), Operation.Unknown, Outcome.Undecodable,
                data[..DoIpProtocol.HeaderBytes], sighting, DoIpAnomaly.MessageTooLong, output);
            return DoIpProtocol.HeaderBytes;
        }

        var total = DoIpProtocol.HeaderBytes + (int)length;
        if (data.Length < total) return 0;
        var message = data[..total];
        if (!DoIpType.TryLengths(type, out var least, out var greatest))
            Write(connection, direction, DoIpType.Code(type), Operation.Vendor, Outcome.Succeeded, message, sighting,
                DoIpAnomaly.TypeUnknown, output);
        else if (length < (uint)least || length > (uint)greatest)
            Write(connection, direction, DoIpType.Code(type), Operation.Unknown, Outcome.Undecodable, message, sighting,
                DoIpAnomaly.LengthInvalid, output);
        else
            Known(connection, direction, type, message, sighting, output);
        return total;
    }

    private void Known(
        Connection connection,
        Direction direction,
        ushort type,
        ReadOnlySpan<byte> message,
        Sighting sighting,
        ObservationBatch output)
    {
        var payload = message[DoIpProtocol.HeaderBytes..];
        if (DoIpType.AnswerTo(type) is not null)
        {
            Wait(connection, direction, type, message, 0, sighting, output);
            return;
        }

        switch (type)
        {
            case DoIpType.Diagnostic:
                OnDiagnostic(connection, direction, message, sighting, output);
                break;
            case DoIpType.DiagnosticAck:
                break;
            case DoIpType.DiagnosticNack:
                Refused(connection, direction, payload, message, sighting, output);
                break;
            case DoIpType.GenericNack:
                var refused = Oldest(direction);
                Answer(connection, direction, type, refused, message, payload[0], DoIpAnomaly.HeaderRefused, sighting, output);
                break;
            case DoIpType.RoutingActivationResponse:
                // 0x10: activated; 0x11: activated once somebody at the vehicle confirms.
                var code = payload[4];
                var granted = code is 0x10 or 0x11;
                Answer(connection, direction, type, Oldest(direction, type), message,
                    granted ? -1 : code, granted ? DoIpAnomaly.None : DoIpAnomaly.ActivationRefused, sighting, output);
                break;
            default:
                Answer(connection, direction, type, Oldest(direction, type), message, -1,
                    DoIpAnomaly.None, sighting, output);
                break;
        }
    }

    // ---- Diagnostic messages ----------------------------------------------------------------------------------------

    private void OnDiagnostic(
        Connection connection, Direction direction, ReadOnlySpan<byte> message, Sighting sighting, ObservationBatch output)
    {
        var payload = message[DoIpProtocol.HeaderBytes..];
        var addresses = BinaryPrimitives.ReadUInt32BigEndian(payload);
        var data = payload[AddressBytes..];
        if (Uds(output) is not { } uds)
        {
            Write(connection, direction, DoIpType.Code(DoIpType.Diagnostic), Operation.Vendor, Outcome.Succeeded, message,
                sighting, DoIpAnomaly.None, output);
            return;
        }

        if (!UdsServices.IsResponse(data[0]))
        {
            Wait(connection, direction, DoIpType.Diagnostic, data, addresses, sighting, output);
            return;
        }

        var swapped = addresses << 16 | addresses >> 16;
        Waiting? best = null;
        var bestFit = UdsFit.None;
        foreach (var waiting in _waiting)
        {
            // To a functional address all may answer, each with its own.
            if (!waiting.IsActive || waiting.Type != DoIpType.Diagnostic || waiting.Direction == direction
                || waiting.Addresses >> 16 != swapped >> 16
                || waiting.Addresses != swapped && !IsFunctional((ushort)waiting.Addresses)) continue;
            var fit = UdsMessage.Fit(waiting.Message, data);
            if (fit < bestFit || fit == bestFit && (best is null || best.Sighting.Frame <= waiting.Sighting.Frame)) continue;
            best = waiting;
            bestFit = fit;
        }

        var unit = Unit((ushort)(addresses >> 16));
        if (best is null || bestFit == UdsFit.None)
        {
            uds.Unsolicited(connection, data, sighting, unit, UdsAnomaly.None, swapped);
            return;
        }

        var negative = data[0] == UdsServices.NegativeResponse;
        if (negative && data is [_, _, UdsServices.ResponsePending])
        {
            best.Pending = true;
            best.Deadline = sighting.Time.UnixNanoseconds + _pendingTimeout;
            return;
        }

        var anomalies = best.Pending ? UdsAnomaly.ResponsePending : UdsAnomaly.None;
        if (bestFit == UdsFit.EchoMismatch) anomalies |= UdsAnomaly.EchoMismatch;
        uds.Exchange(connection, best.Message, best.Sighting, data, sighting,
            negative ? Outcome.Rejected : Outcome.Succeeded, unit, anomalies, addresses: swapped);
        best.Answered = true;
        _silence = Silence.Begun;
        if (!IsFunctional((ushort)best.Addresses)) best.IsActive = false;
    }

    private void Refused(
        Connection connection,
        Direction direction,
        ReadOnlySpan<byte> payload,
        ReadOnlySpan<byte> message,
        Sighting sighting,
        ObservationBatch output)
    {
        // Addresses are those of the refusal: the other way round.
        var addresses = BinaryPrimitives.ReadUInt32BigEndian(payload);
        var swapped = addresses << 16 | addresses >> 16;
        var refused = OldestDiagnostic(direction, swapped);
        Answer(connection, direction, DoIpType.DiagnosticNack, refused, message, payload[4], DoIpAnomaly.DiagnosticRefused,
            sighting, output);
    }

    /// <summary>ISO 13400-2:2019 table 13: E400 to EFFF are addresses of groups.</summary>
    private static bool IsFunctional(ushort address) => address is >= 0xE400 and <= 0xEFFF;

    private static short Unit(ushort address) => address <= short.MaxValue ? (short)address : (short)-1;

    private UdsWriter? Uds(ObservationBatch output)
    {
        if (_udsIndex is not { } index) return null;
        if (_udsOutput == output && _udsWriter is not null) return _udsWriter;
        _udsOutput = output;
        return _udsWriter = new UdsWriter(index, output);
    }

    // ---- Pairing ----------------------------------------------------------------------------------------------------

    private void Wait(
        Connection connection,
        Direction direction,
        ushort type,
        ReadOnlySpan<byte> message,
        uint addresses,
        Sighting sighting,
        ObservationBatch output)
    {
        Waiting? free = null;
        Waiting? oldest = null;
        foreach (var waiting in _waiting)
        {
            if (!waiting.IsActive) free ??= waiting;
            else if (oldest is null || waiting.Sighting.Frame < oldest.Sighting.Frame) oldest = waiting;
        }

        if (free is null && _waiting.Count < MaximumWaiting) _waiting.Add(free = new Waiting());
        if (free is null)
        {
            free = oldest!;
            WriteUnanswered(connection, free, captureEnded: false, output);
        }

        free.Begin(direction, type, message, addresses, sighting, sighting.Time.UnixNanoseconds + _responseTimeout);
    }

    /// <summary>The oldest that waits for an answer of a type, or for any.</summary>
    private Waiting? Oldest(Direction answering, ushort? answer = null)
    {
        Waiting? oldest = null;
        foreach (var waiting in _waiting)
        {
            if (!waiting.IsActive || waiting.Direction == answering
                || answer is not null && DoIpType.AnswerTo(waiting.Type) != answer) continue;
            if (oldest is null || waiting.Sighting.Frame < oldest.Sighting.Frame) oldest = waiting;
        }

        return oldest;
    }

    private Waiting? OldestDiagnostic(Direction answering, uint addresses)
    {
        Waiting? oldest = null;
        foreach (var waiting in _waiting)
        {
            if (!waiting.IsActive || waiting.Direction == answering || waiting.Type != DoIpType.Diagnostic
                || waiting.Addresses != addresses) continue;
            if (oldest is null || waiting.Sighting.Frame < oldest.Sighting.Frame) oldest = waiting;
        }

        return oldest;
    }

    private void GiveUp(Connection connection, CaptureTime now, ObservationBatch output)
    {
        foreach (var waiting in _waiting)
        {
            if (waiting.IsActive && now.UnixNanoseconds > waiting.Deadline)
                WriteUnanswered(connection, waiting, captureEnded: false, output);
        }
    }

    private void WriteUnanswered(Connection connection, Waiting waiting, bool captureEnded, ObservationBatch output)
    {
        waiting.IsActive = false;
        if (waiting.Answered) return;
        var outcome = captureEnded || connection.OneSided ? Outcome.Unpaired : Outcome.Unanswered;
        if (waiting.Type != DoIpType.Diagnostic)
        {
            Write(connection, waiting.Direction, DoIpType.Code(waiting.Type), OperationOf(waiting.Type), outcome,
                waiting.Message, waiting.Sighting, DoIpAnomaly.None, output);
            return;
        }

        var suppressed = UdsMessage.Read(waiting.Message).SuppressesResponse && !waiting.Pending;
        Uds(output)?.Exchange(connection, waiting.Message, waiting.Sighting, default, default,
            suppressed ? Outcome.Succeeded : outcome, Unit((ushort)waiting.Addresses),
            waiting.Pending ? UdsAnomaly.ResponsePending : UdsAnomaly.None,
            outcome == Outcome.Unanswered && !suppressed ? _silence : Silence.None,
            waiting.Addresses);
        if (outcome == Outcome.Unanswered && !suppressed && _silence == Silence.Begun) _silence = Silence.Continued;
    }

    private void Answer(
        Connection connection,
        Direction direction,
        ushort type,
        Waiting? asked,
        ReadOnlySpan<byte> message,
        int reason,
        DoIpAnomaly anomalies,
        Sighting sighting,
        ObservationBatch output)
    {
        output.Reserve(message.Length + (asked?.Message.Length ?? 0));
        output.Add(new Observation
        {
            Time = asked?.Sighting.Time ?? sighting.Time,
            Connection = connection,
            Protocol = _protocol,
            Operation = OperationOf(asked?.Type ?? type),
            Outcome = reason >= 0 ? Outcome.Rejected
                : asked is not null || type == DoIpType.VehicleAnnouncement ? Outcome.Succeeded
                : Outcome.Unsolicited,
            Sender = asked?.Direction ?? direction,
            Code = DoIpType.Code(asked?.Type ?? type),
            SubCode = -1,
            Unit = -1,
            Reason = reason,
            LatencyNanoseconds =
                asked is null ? -1 : sighting.Time.UnixNanoseconds - asked.Sighting.Time.UnixNanoseconds,
            Anomalies = (ulong)anomalies,
            RequestData = asked is null ? default : output.Store(asked.Message),
            ResponseData = output.Store(message),
            RequestFrame = asked?.Sighting.Frame ?? 0,
            ResponseFrame = sighting.Frame,
        });
        asked?.IsActive = false;
    }

    private void Write(
        Connection connection,
        Direction direction,
        short code,
        Operation operation,
        Outcome outcome,
        ReadOnlySpan<byte> message,
        Sighting sighting,
        DoIpAnomaly anomalies,
        ObservationBatch output)
    {
        output.Reserve(message.Length);
        output.Add(new Observation
        {
            Time = sighting.Time,
            Connection = connection,
            Protocol = _protocol,
            Operation = operation,
            Outcome = outcome,
            Sender = direction,
            Code = code,
            SubCode = -1,
            Unit = -1,
            Reason = -1,
            LatencyNanoseconds = -1,
            Anomalies = (ulong)anomalies,
            RequestData = output.Store(message),
            RequestFrame = sighting.Frame,
        });
    }

    private static Operation OperationOf(ushort type) => type switch
    {
        DoIpType.VehicleRequest or DoIpType.VehicleRequestByEid or DoIpType.VehicleRequestByVin
            or DoIpType.VehicleAnnouncement => Operation.Identify,
        DoIpType.RoutingActivationRequest or DoIpType.RoutingActivationResponse => Operation.Control,
        DoIpType.Diagnostic or DoIpType.DiagnosticNack => Operation.Vendor,
        _ => Operation.Diagnose,
    };

    /// <summary>A message that waits for its answer.</summary>
    private sealed class Waiting
    {
        private byte[] _data = new byte[32];
        private int _length;

        public bool IsActive { get; set; }

        public Direction Direction { get; private set; }

        public ushort Type { get; private set; }

        public uint Addresses { get; private set; }

        public Sighting Sighting { get; private set; }

        public long Deadline { get; set; }

        public bool Pending { get; set; }

        public bool Answered { get; set; }

        /// <summary>The whole message, or of a diagnostic one what it holds.</summary>
        public ReadOnlySpan<byte> Message => _data.AsSpan(0, _length);

        public void Begin(
            Direction direction, ushort type, ReadOnlySpan<byte> message, uint addresses, Sighting sighting, long deadline)
        {
            if (_data.Length < message.Length) _data = new byte[message.Length];
            message.CopyTo(_data);
            _length = message.Length;
            Direction = direction;
            Type = type;
            Addresses = addresses;
            Sighting = sighting;
            Deadline = deadline;
            Pending = false;
            Answered = false;
            IsActive = true;
        }
    }
}
