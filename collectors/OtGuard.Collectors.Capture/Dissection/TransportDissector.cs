using System.Buffers.Binary;
using System.Globalization;
using OtGuard.Collectors.Capture.Network;
using OtGuard.Collectors.Dissection;

namespace OtGuard.Collectors.Capture.Dissection;

/// <summary>TCP and UDP, and who takes apart what they carry.</summary>
/// <remarks>RFC 9293 §3.1 and §3.2, RFC 7323 §2 and §3, RFC 2018, RFC 768.</remarks>
internal sealed class TransportDissector(ProtocolRegistry protocols)
{
    /// <summary>Connections followed; the oldest gives way.</summary>
    private const int MaximumConnections = 4096;

    /// <summary>Bytes after which a protocol that cannot say yet is asked no more.</summary>
    private const int MaximumProbeBytes = 4096;

    private readonly Dictionary<(Endpoint, Endpoint, Transport), DissectedConnection> _connections = [];
    private readonly Queue<(Endpoint, Endpoint, Transport)> _order = [];

    public void Tcp(
        DissectedFrame frame, ref FieldCursor cursor, AddressKind kind, ReadOnlySpan<byte> addresses, int missing,
            bool isWhole)
    {
        var header = cursor.Rest;
        if (!cursor.Number(2, "source port", out var from) || !cursor.Number(2, "destination port", out var to)) return;
        var (sender, receiver) = Endpoints(frame, kind, addresses, (ushort)from, (ushort)to);
        if (!cursor.Number(4, "sequence number", out var sequence) || !cursor.Number(4, "acknowledgement number", out _)
            || !cursor.Bits(
                2, out var bits, ("header length", 0xF000, words => $"{NetworkDissector.Text(words * 4)} bytes"),
                    ("reserved", 0x0E00, null),
                ("flags", 0x01FF, Flags))
            || !cursor.Number(2, "window", out _) || !cursor.Number(2, "checksum", out _, value => $"0x{value:x4}")
            || !cursor.Number(2, "urgent pointer", out _)) return;
        var headerLength = (int)(bits >> 12) * 4;
        frame.Describe("TCP", Flags(bits & 0x1FF));
        if (headerLength < 20)
        {
            cursor.Break("header", "header length below 20 bytes", FieldFault.Malformed);
            return;
        }

        if (headerLength > 20 && !Options(ref cursor, headerLength - 20)) return;
        var flags = (TcpFlags)(byte)bits;
        var (connection, fromFirst) = Find(sender, receiver, Transport.Tcp);
        if ((flags & TcpFlags.Syn) != 0) connection.Open(fromFirst, (flags & TcpFlags.Acknowledgement) == 0);
        var stream = connection.Stream(fromFirst);
        var payload = cursor.Rest;
        var at = cursor.Offset;
        cursor.Skip(payload.Length);
        var next = (uint)sequence + (uint)((flags & TcpFlags.Syn) != 0 ? 1 : 0);
        if (payload.IsEmpty && missing == 0)
        {
            if ((flags & TcpFlags.Syn) != 0) stream.Next = next;
            return;
        }

        // A keep-alive repeats the last byte; what was repeated was taken apart where it came first.
        var known = stream.Next is { } expected ? unchecked((int)(expected - next)) : 0;
        if (known > 0 && known < 1 << 30)
        {
            var repeated = Math.Min(known, payload.Length);
            cursor.Output.Add("TCP", "repeated payload", "bytes that an earlier frame brought", at, repeated);
            payload = payload[repeated..];
            at += repeated;
            next += (uint)repeated;
            if (payload.IsEmpty) return;
        }
        else if (known != 0)
        {
            stream.End();
        }

        stream.Next = next + (uint)payload.Length + (uint)missing;
        stream.Message ??= new JoinedMessage("TCP", (message, _) => Dissect(connection, fromFirst, message));
        stream.Message.Add(frame, at, payload.Length);
        Cut(connection, stream, fromFirst);

        // What follows cannot be joined: bytes are missing here, or the packet goes on in a fragment.
        if (missing > 0 || !isWhole || (flags & (TcpFlags.Fin | TcpFlags.Reset)) != 0) stream.End();
    }

    public void Udp(DissectedFrame frame, ref FieldCursor cursor, AddressKind kind, ReadOnlySpan<byte> addresses,
        bool isWhole)
    {
        if (!cursor.Number(2, "source port", out var from) || !cursor.Number(2, "destination port", out var to)) return;
        var (sender, receiver) = Endpoints(frame, kind, addresses, (ushort)from, (ushort)to);
        if (!cursor.Number(2, "length", out _, isValid: value => value >= 8)
            || !cursor.Number(2, "checksum", out _, value => $"0x{value:x4}")) return;
        frame.Describe("UDP", "");
        if (cursor.Remaining == 0) return;
        var (connection, fromFirst) = Find(sender, receiver, Transport.Udp);
        var stream = connection.Stream(fromFirst);
        var at = cursor.Offset;
        var length = cursor.Remaining;
        cursor.Skip(length);
        stream.Message = new JoinedMessage("UDP", (message, _) => Dissect(connection, fromFirst, message));
        stream.Message.Add(frame, at, length);
        Cut(connection, stream, fromFirst);
        stream.End();
        _ = isWhole;
    }

    private static (Endpoint Sender, Endpoint Receiver) Endpoints(
        DissectedFrame frame, AddressKind kind, ReadOnlySpan<byte> addresses, ushort from, ushort to)
    {
        var (source, destination) = kind == AddressKind.IPv4
            ? (NetworkAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(addresses)),
                NetworkAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(addresses[4..])))
            : (NetworkAddress.FromIPv6(
                    BinaryPrimitives.ReadUInt64BigEndian(addresses),
                        BinaryPrimitives.ReadUInt64BigEndian(addresses[8..])),
                NetworkAddress.FromIPv6(
                    BinaryPrimitives.ReadUInt64BigEndian(addresses[16..]),
                        BinaryPrimitives.ReadUInt64BigEndian(addresses[24..])));
        var (sender, receiver) = (new Endpoint(source, from), new Endpoint(destination, to));
        frame.Sender = sender.ToString();
        frame.Receiver = receiver.ToString();
        return (sender, receiver);
    }

    private (DissectedConnection Connection, bool FromFirst) Find(Endpoint sender, Endpoint receiver,
        Transport transport)
    {
        if (_connections.TryGetValue((sender, receiver, transport), out var found)) return (found, true);
        if (_connections.TryGetValue((receiver, sender, transport), out found)) return (found, false);
        if (_order.Count >= MaximumConnections && _connections.Remove(_order.Dequeue(), out var oldest)) oldest.End();
        _order.Enqueue((sender, receiver, transport));
        var added = new DissectedConnection(transport, sender.Port, receiver.Port);
        _connections.Add((sender, receiver, transport), added);
        return (added, true);
    }

    /// <summary>Cuts the messages that are complete off the beginning of what a stream has brought.</summary>
    private void Cut(DissectedConnection connection, DissectedStream stream, bool fromFirst)
    {
        while (stream.Message is { IsClosed: false, Length: > 0 } message)
        {
            if (!connection.TryClaim(protocols, message.Bytes, fromFirst, out var mayBe))
            {
                if (!mayBe || message.Length > MaximumProbeBytes) stream.End();
                return;
            }

            var length = connection.Dissector!.LengthOf(message.Bytes, connection.Context(fromFirst));
            if (length == 0) return;
            if (length < 0)
            {
                stream.End();
                return;
            }

            if (length > message.Length) return;
            message.TakeFirst(length).Close(isComplete: true);
        }

        if (stream.Message is { IsClosed: true }) stream.Message = null;
    }

    private static void Dissect(DissectedConnection connection, bool fromFirst, JoinedMessage message)
    {
        var fields = new FieldWriter(message.Pieces);
        var context = connection.Context(fromFirst);
        if (connection.Dissector is { } dissector && dissector.LengthOf(message.Bytes, context) >= 0)
        {
            dissector.Dissect(message.Bytes, context, fields);
            return;
        }

        var cursor = new FieldCursor(message.Bytes, fields, connection.Transport == Transport.Tcp ? "TCP" : "UDP");
        if (connection.Name is null) cursor.TakeRest("payload");
        else cursor.TakeRest("payload", $"no message of {connection.Name} begins here", FieldFault.Malformed);
    }

    private static bool Options(ref FieldCursor cursor, int length)
    {
        var end = cursor.Position + length;
        while (cursor.Position < end)
        {
            var rest = cursor.Rest;
            if (rest.IsEmpty || rest[0] <= 1)
            {
                if (!cursor.Take(1, "option", rest.IsEmpty ? null : rest[0] == 0 ? "end of options" : "no operation"))
                    return false;
                continue;
            }

            var size = rest.Length > 1 ? rest[1] : 2;
            if (size < 2 || cursor.Position + size > end)
                return cursor.Take(end - cursor.Position, "options", null, FieldFault.Malformed);
            var name = (rest[0], size) switch
            {
                (2, 4) when rest.Length >= 4 => string.Create(
                    CultureInfo.InvariantCulture, $"maximum segment size {BinaryPrimitives.ReadUInt16BigEndian(rest[2..])}"),
                (3, 3) when rest.Length >= 3 => string.Create(CultureInfo.InvariantCulture, $"window scale {rest[2]}"),
                (4, 2) => "selective acknowledgement permitted",
                (5, _) => "selective acknowledgement",
                (8, 10) => "timestamps",
                _ => string.Create(CultureInfo.InvariantCulture, $"kind {rest[0]}"),
            };
            if (!cursor.Take(size, "option", name)) return false;
        }

        return true;
    }

    private static string Flags(ulong flags)
    {
        ReadOnlySpan<string> names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"];
        var set = new List<string>();
        for (var bit = 0; bit < names.Length; bit++)
            if ((flags >> bit & 1) != 0) set.Add(names[bit]);
        return set.Count == 0 ? "none" : string.Join(' ', set);
    }
}

/// <summary>What is joined of one direction of a connection.</summary>
internal sealed class DissectedStream
{
    /// <summary>The sequence number that follows what was seen; null before anything was.</summary>
    public uint? Next { get; set; }

    /// <summary>Bytes that no message was made of yet.</summary>
    public JoinedMessage? Message { get; set; }

    /// <summary>Nothing joins on: what there is is dissected as far as it goes.</summary>
    public void End()
    {
        Message?.Close(isComplete: false);
        Message = null;
    }
}

/// <summary>A connection as far as taking its messages apart needs it.</summary>
internal sealed class DissectedConnection(Transport transport, ushort firstPort, ushort secondPort)
{
    private readonly DissectedStream _fromFirst = new();
    private readonly DissectedStream _fromSecond = new();
    private bool? _firstIsClient;
    private bool _roleIsSure;
    private byte _variant;

    public Transport Transport => transport;

    /// <summary>The name of the protocol that claimed it, or null.</summary>
    public string? Name { get; private set; }

    public IMessageDissector? Dissector { get; private set; }

    public DissectedStream Stream(bool fromFirst) => fromFirst ? _fromFirst : _fromSecond;

    /// <summary>A handshake: it says who asks, and a connection begins.</summary>
    public void Open(bool fromFirst, bool isRequest)
    {
        if (isRequest)
        {
            End();
            _fromFirst.Next = _fromSecond.Next = null;
            Dissector = null;
            Name = null;
        }

        _firstIsClient = fromFirst == isRequest;
        _roleIsSure = true;
    }

    public void End()
    {
        _fromFirst.End();
        _fromSecond.End();
    }

    public MessageContext Context(bool fromFirst) => new(
        transport,
        _firstIsClient is not { } first ? null : fromFirst == first ? Direction.ToServer : Direction.ToClient,
        _variant);

    /// <summary>
    /// Whether a protocol whose messages are taken apart has the connection, by the bytes one side sends first.
    /// </summary>
    /// <param name="protocols">Who is asked.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="fromFirst">Who sends them.</param>
    /// <param name="mayBe">Whether more bytes may show it.</param>
    public bool TryClaim(ProtocolRegistry protocols, ReadOnlySpan<byte> data, bool fromFirst, out bool mayBe)
    {
        mayBe = false;
        if (Dissector is not null) return true;
        var (source, destination) = fromFirst ? (firstPort, secondPort) : (secondPort, firstPort);
        var probe = new Probe(
            data, transport, source, destination, _firstIsClient is { } first ? fromFirst == first : null);
        for (var index = 1; index <= protocols.Count; index++)
        {
            var protocol = protocols[(byte)index];
            if (protocol.Dissector is not { } dissector) continue;
            var claim = protocol.Probe(in probe);
            mayBe |= claim.Verdict == ClaimVerdict.NeedMoreData;
            if (claim.Verdict != ClaimVerdict.Yes) continue;
            (Dissector, Name, _variant) = (dissector, protocol.DisplayName, claim.Variant);
            if (_roleIsSure) return true;
            if (claim.SenderIsClient is { } isClient) _firstIsClient = fromFirst == isClient;
            else if (protocol.RegisteredPorts.Contains((transport, destination))) _firstIsClient = fromFirst;
            else if (protocol.RegisteredPorts.Contains((transport, source))) _firstIsClient = !fromFirst;
            return true;
        }

        return false;
    }
}
