using System.Buffers.Binary;
using System.Globalization;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Can.Frames;
using OtGuard.Collectors.Can.IsoTp;
using OtGuard.Collectors.Can.J1939;
using OtGuard.Collectors.Can.Uds;
using OtGuard.Collectors.Dissection;

namespace OtGuard.Collectors.Can.Dissection;

/// <summary>
/// Takes frames of CAN buses apart: the frame itself, the signals of a DBC file, ISO-TP with the diagnostic message it
/// carries, and J1939. Messages of several frames are put together. Not thread-safe.
/// </summary>
/// <remarks>
/// LINKTYPE_CAN_SOCKETCAN, LINKTYPE_LINUX_SLL; ISO 15765-2:2016 §9.6; SAE J1939-21 §5. Which identifiers carry
/// diagnostics is what <see cref="CanTraffic"/> found: those of the standards from the first frame on, others once an
/// exchange was seen.
/// </remarks>
public sealed class CanDissector : ILinkDissector
{
    /// <summary>Messages put together at a time; the oldest gives way.</summary>
    private const int MaximumSessions = 256;

    private readonly DbcDatabase? _database;
    private readonly CanTraffic _traffic;
    private readonly J1939Dissector _j1939 = new();
    private readonly Dictionary<(int Source, uint Identifier), IsoTpMessage> _sessions = [];

    /// <summary>Creates the dissector.</summary>
    /// <param name="database">Names and signals of frames, or null where none are known.</param>
    public CanDissector(DbcDatabase? database = null)
    {
        _database = database;
        var options = new CanOptions();
        _traffic = new CanTraffic(
            new ProtocolRegistry(new CanProtocol(database), new UdsProtocol(), new J1939Protocol()), options,
            new ObservationBatch(new NoObservations()));
    }

    /// <inheritdoc/>
    public bool Takes(in CapturedFrame frame) => CanTraffic.Carries(in frame);

    /// <inheritdoc/>
    public void Dissect(in CapturedFrame captured, DissectedFrame frame)
    {
        _traffic.Process(in captured);
        var data = frame.Data.Span;
        var fields = new FieldWriter(frame, 0, data.Length);
        var cursor = new FieldCursor(data, fields, "Linux cooked");
        var isFd = false;
        if (captured.LinkType == LinkType.LinuxCooked)
        {
            if (!cursor.Number(2, "packet type", out _) || !cursor.Number(2, "hardware type", out _, Hardware)
                || !cursor.Take(10, "address") || !cursor.Number(2, "protocol", out var protocol, Hex4)) return;
            isFd = protocol == 0x000D;
        }
        else if (captured.LinkType == LinkType.LinuxCooked2)
        {
            if (!cursor.Number(2, "protocol", out var protocol, Hex4) || !cursor.Take(2, "reserved")
                || !cursor.Number(4, "interface index", out _) || !cursor.Number(2, "hardware type", out _, Hardware)
                || !cursor.Take(10, "packet type and address")) return;
            isFd = protocol == 0x000D;
        }

        cursor.Layer = "CAN";
        var isLittleEndian = _traffic.IsLittleEndian(captured.Source);
        var fault = CanFrameView.TryRead(cursor.Rest, isLittleEndian, isFd, out var view);
        if (cursor.Remaining < 4)
        {
            cursor.Break("identifier", "", FieldFault.CutOff);
            return;
        }

        var at = cursor.Offset;
        var word = BinaryPrimitives.ReadUInt32BigEndian(cursor.Rest);
        if (isLittleEndian) word = BinaryPrimitives.ReverseEndianness(word);
        var identifier = (word & CanFrameView.ExtendedFlag) != 0
            ? word & (CanFrameView.ExtendedFlag | CanFrameView.ExtendedMask)
            : word & CanFrameView.ExtendedMask;
        Flag("extended identifier (IDE)", CanFrameView.ExtendedFlag);
        Flag("remote transmission request (RTR)", CanFrameView.RemoteFlag);
        Flag("error frame", CanFrameView.ErrorFlag);
        var text = CanProtocol.IdentifierText(identifier);
        fields.AddBits("CAN", "identifier", $"0x{text}", at, 4, InOrder(CanFrameView.ExtendedMask));
        cursor.Skip(4);
        frame.Sender = text;
        if (!cursor.Number(
                1, "payload length", out _, value => string.Create(CultureInfo.InvariantCulture, $"{value} bytes"),
                isValid: _ => fault is not (CanFrameFault.LengthInvalid or CanFrameFault.Xl))
            || !cursor.Bits(
                1, out _, ("bit rate switch (BRS)", 1, YesNo), ("error state indicator (ESI)", 2, YesNo),
                    ("CAN FD (FDF)", 4, YesNo),
                ("reserved", 0xF8, null))
            || !cursor.Take(1, "reserved")
                || !cursor.Number(1, "data length code above 8", out _, value => value == 0 ? "none" : Text(value)))
            return;
        if (fault != CanFrameFault.None)
        {
            frame.Describe("CAN", "frame that cannot be read");
            cursor.Break(
                "data", fault == CanFrameFault.PayloadCut ? FieldCursor.Hex(cursor.Rest) : "a length no frame has",
                fault == CanFrameFault.PayloadCut ? FieldFault.CutOff : FieldFault.Malformed);
            return;
        }

        frame.Describe("CAN", view.IsRemote ? "remote frame" : view.IsError ? "error frame"
            : Convert.ToHexString(view.Payload));
        var payloadAt = cursor.Offset;
        cursor.Take(view.Payload.Length, "data");
        if (!view.IsRemote && !view.IsError)
            Carried(captured.Source, view, frame, fields, at, isLittleEndian, payloadAt);
        cursor.TakeRest("bytes behind the frame");

        void Flag(string name, uint bit) => fields.AddBits("CAN", name, YesNo(word & bit), at, 4, InOrder(bit));

        ulong InOrder(uint bits) => isLittleEndian ? BinaryPrimitives.ReverseEndianness(bits) : bits;
    }

    private void Carried(
        int source, in CanFrameView view, DissectedFrame frame, FieldWriter fields, int identifierAt,
            bool isLittleEndian, int payloadAt)
    {
        var channel = _traffic.Find(source);
        if (channel is not null && channel.Diagnostics.Find(view.Identifier) is { IsDiagnostic: true } state)
        {
            IsoTp((source, view.Identifier), state.Offset, view.Payload, frame, fields, payloadAt);
            return;
        }

        var message = _database?.Find(view.Identifier);
        var isJ1939 = view.IsExtended
            && (channel?.IsJ1939 == true || _database is not null && _database.Files.Any(file => file.IsJ1939)
                || J1939Groups.Name(J1939Identifier.Of(view.Identifier).ParameterGroup).Length > 0);
        if (isJ1939) _j1939.Dissect(source, view, frame, fields, identifierAt, isLittleEndian, payloadAt);
        if (message is null || message.Signals.Count == 0) return;
        var layer = $"DBC {message.Name}";
        frame.Describe(isJ1939 ? frame.Protocol : "CAN", message.Name);
        if (view.Payload.Length < message.Length)
            fields.Add(
                layer, "message", string.Create(CultureInfo.InvariantCulture, $"{message.Length} bytes are declared"),
                payloadAt + view.Payload.Length, 0, FieldFault.CutOff);
        foreach (var signal in message.Signals) Signal(layer, signal, view.Payload, fields, payloadAt);
    }

    private static void Signal(string layer, DbcSignal signal, ReadOnlySpan<byte> payload, FieldWriter fields,
        int payloadAt)
    {
        if (!signal.IsPresentIn(payload)) return;
        if (!signal.TryReadRaw(payload, out var raw) || !signal.TryDecode(payload, out var value))
        {
            fields.Add(layer, signal.Name, "", payloadAt + payload.Length, 0, FieldFault.CutOff);
            return;
        }

        var number = signal.IsPlain
            ? signal.IsSigned ? raw.ToString(CultureInfo.InvariantCulture) : Text((ulong)raw)
            : string.Create(CultureInfo.InvariantCulture, $"{value:G12}");
        var words = signal.Values.TryGetValue(raw, out var name) ? $"{number} ({name})" : number;
        if (signal.Unit.Length > 0) words = $"{words} {signal.Unit}";
        if (signal.HasRange && (value < signal.Minimum || value > signal.Maximum))
            words = string.Create(CultureInfo.InvariantCulture,
                $"{words}, outside of {signal.Minimum:G12} to {signal.Maximum:G12}");
        var mask = Mask(signal, payload.Length);
        var first = mask.AsSpan().IndexOfAnyExcept((byte)0);
        if (first < 0) return;
        var last = mask.AsSpan().LastIndexOfAnyExcept((byte)0);
        var bits = mask.AsMemory(first, last + 1 - first);
        fields.Add(
            layer, signal.Name, words, payloadAt + first, bits.Length, FieldFault.None,
            bits.Span.IndexOfAnyExcept((byte)0xFF) < 0 ? default : bits);
    }

    /// <summary>The signal's bits in the bytes of a payload that holds them all.</summary>
    private static byte[] Mask(DbcSignal signal, int length)
    {
        var mask = new byte[length];
        var bit = signal.StartBit;
        for (var left = signal.Length; left > 0; left--)
        {
            mask[bit / 8] |= (byte)(1 << bit % 8);
            bit = !signal.IsBigEndian ? bit + 1 : bit % 8 == 0 ? bit + 15 : bit - 1;
        }

        return mask;
    }

    private void IsoTp(
        (int Source, uint Identifier) key, int offset, ReadOnlySpan<byte> payload, DissectedFrame frame,
            FieldWriter fields, int payloadAt)
    {
        var cursor = new FieldCursor(payload, fields, "ISO-TP", payloadAt);
        frame.Describe("ISO-TP", "");
        if (offset > 0 && !cursor.Number(1, "address", out _, value => $"0x{value:x2}")) return;
        var part = IsoTpFrame.Read(payload, offset);
        var session = _sessions.GetValueOrDefault(key);
        switch (part.Kind)
        {
            case IsoTpKind.Single:
                End(key, session);
                cursor.Bits(1, out var head, ("frame type", 0xF0, _ => "0, single frame"), ("length", 0x0F, Text));
                if ((head & 15) == 0) cursor.Number(1, "length", out _);
                var single = new IsoTpMessage((int)part.Length);
                Take(single, frame, ref cursor, part.Data.Length);
                single.Joined.Close(isComplete: true);
                cursor.TakeRest("padding");
                break;
            case IsoTpKind.First:
                End(key, session);
                cursor.Bits(2, out var begin, ("frame type", 0xF000, _ => "1, first frame"),
                    ("length", 0x0FFF, value => $"{Text(value)} bytes"));
                if ((begin & 0xFFF) == 0) cursor.Number(4, "length", out _);
                frame.Describe("ISO-TP", string.Create(CultureInfo.InvariantCulture,
                    $"first frame of {part.Length} bytes"));
                if (_sessions.Count >= MaximumSessions) End(_sessions.First().Key, _sessions.First().Value);
                var started = new IsoTpMessage((int)Math.Min(part.Length, JoinedMessage.MaximumBytes));
                _sessions[key] = started;
                Take(started, frame, ref cursor, cursor.Remaining);
                break;
            case IsoTpKind.Consecutive:
                frame.Describe("ISO-TP", string.Create(CultureInfo.InvariantCulture,
                    $"consecutive frame {part.Value}"));
                var next = session?.Next ?? -1;
                cursor.Bits(
                    1, out _, ("frame type", 0xF0, _ => "2, consecutive frame"),
                    ("sequence number", 0x0F, value => next < 0 || (int)value == next
                        ? Text(value)
                        : string.Create(CultureInfo.InvariantCulture, $"{value}, where {next} was to come")));
                if (session is null || session.Joined.IsClosed || part.Value != next)
                {
                    End(key, session);
                    cursor.TakeRest("data", session is null ? "of a message whose beginning is not here" : null);
                    break;
                }

                session.Next = (next + 1) & 15;
                Take(session, frame, ref cursor, Math.Min(cursor.Remaining, session.Missing));
                cursor.TakeRest("padding");
                if (session.Missing > 0) break;
                _sessions.Remove(key);
                session.Joined.Close(isComplete: true);
                break;
            case IsoTpKind.FlowControl:
                frame.Describe("ISO-TP", "flow control");
                cursor.Bits(1, out _, ("frame type", 0xF0, _ => "3, flow control"), ("flow status", 0x0F, FlowStatus));
                if (cursor.Number(1, "block size", out _, value => value == 0 ? "0, no limit" : Text(value)))
                    cursor.Number(1, "minimum separation time (STmin)", out _, SeparationTime);
                cursor.TakeRest("padding");
                break;
            default:
                cursor.TakeRest("data", "no frame of ISO-TP", FieldFault.Malformed);
                break;
        }
    }

    private static void Take(IsoTpMessage message, DissectedFrame frame, ref FieldCursor cursor, int length)
    {
        message.Joined.Add(frame, cursor.Offset, length);
        cursor.Skip(length);
    }

    private void End((int, uint) key, IsoTpMessage? session)
    {
        if (session is null) return;
        session.Joined.Close(isComplete: false);
        _sessions.Remove(key);
    }

    private static string FlowStatus(ulong value) => value switch
    {
        0 => "0, continue to send",
        1 => "1, wait",
        2 => "2, overflow",
        _ => Text(value),
    };

    private static string SeparationTime(ulong value) => value switch
    {
        <= 0x7F => $"{Text(value)} ms",
        >= 0xF1 and <= 0xF9 => $"{Text((value - 0xF0) * 100)} µs",
        _ => $"0x{value:x2}, reserved",
    };

    private static string Hardware(ulong value) => value == 280 ? "280, CAN" : Text(value);

    private static string Hex4(ulong value) => $"0x{value:x4}";

    internal static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    internal static string YesNo(ulong value) => value == 0 ? "no" : "yes";

    private sealed class NoObservations : IObservationConsumer
    {
        public void Consume(ObservationBatch batch)
        {
            // Only what the traffic learns of its identifiers is of use here.
        }
    }

    /// <summary>A diagnostic message that is put together.</summary>
    private sealed class IsoTpMessage(int length)
    {
        public JoinedMessage Joined { get; } =
            new("ISO-TP", (message, _) => UdsDissector.Dissect(message.Bytes, new FieldWriter(message.Pieces)));

        /// <summary>The sequence number that comes next.</summary>
        public int Next { get; set; } = 1;

        public int Missing => length - Joined.Length;
    }
}
