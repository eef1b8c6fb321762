using System.Globalization;
using OtGuard.Collectors.Capture.Identification;
using OtGuard.Collectors.Dissection;

namespace OtGuard.Collectors.Capture.Dissection;

/// <summary>Link, tags, ARP and IP; what IP carries goes to the <see cref="TransportDissector"/>.</summary>
/// <remarks>IEEE 802.3 §3.2, IEEE 802.1Q §9, RFC 826, RFC 791 §3.1, RFC 8200 §3 and §4, RFC 792, RFC 4443.</remarks>
internal sealed class NetworkDissector(ProtocolRegistry protocols)
{
    private const int MaximumTags = 8;
    private const int MaximumExtensionHeaders = 8;

    private readonly TransportDissector _transport = new(protocols);

    public void Dissect(DissectedFrame frame)
    {
        var data = frame.Data.Span;
        var cursor = new FieldCursor(data, new FieldWriter(frame, 0, data.Length), "");
        Link(frame, ref cursor, frame.LinkType.Value);
        if (cursor.Remaining == 0 || cursor.IsCutOff) return;
        cursor.Layer = cursor.Layer.Length == 0 ? "Link" : cursor.Layer;
        cursor.TakeRest("trailer or padding");
    }

    private void Link(DissectedFrame frame, ref FieldCursor cursor, int linkType)
    {
        switch (linkType)
        {
            case 1:
                Ethernet(frame, ref cursor);
                break;
            case 0 or 108:
                cursor.Layer = "Loopback";
                if (cursor.Number(4, "address family", out var family, littleEndian: linkType == 0))
                    Raw(frame, ref cursor, family == 2);
                break;
            case 12 or 14 or 101 or 228 or 229:
                Raw(frame, ref cursor, !cursor.Rest.IsEmpty && cursor.Rest[0] >> 4 != 6);
                break;
            case 113:
                cursor.Layer = "Linux cooked";
                if (!cursor.Number(2, "packet type", out _, CookedType)
                    || !cursor.Number(2, "hardware type", out _)
                    || !cursor.Number(2, "address length", out var length)
                    || !cursor.Take((int)Math.Min(length, 8), "address",
                        Mac(cursor.Rest, (int)Math.Min(length, 8)))) break;
                if (length < 8 && !cursor.Take(8 - (int)length, "padding")) break;
                if (cursor.Number(2, "protocol", out var protocol, EtherType))
                    Network(frame, ref cursor, (int)protocol);
                break;
            case 276:
                cursor.Layer = "Linux cooked v2";
                if (!cursor.Number(2, "protocol", out var second, EtherType) || !cursor.Take(2, "reserved")
                    || !cursor.Number(4, "interface index", out _) || !cursor.Number(2, "hardware type", out _)
                    || !cursor.Number(1, "packet type", out _, CookedType) || !cursor.Number(1, "address length", out _)
                    || !cursor.Take(8, "address")) break;
                Network(frame, ref cursor, (int)second);
                break;
            default:
                cursor.Layer = "Link";
                cursor.TakeRest(
                    "bytes", string.Create(CultureInfo.InvariantCulture, $"link type {linkType} is not taken apart"));
                break;
        }
    }

    private void Ethernet(DissectedFrame frame, ref FieldCursor cursor)
    {
        cursor.Layer = "Ethernet";
        var addresses = cursor.Rest;
        if (!cursor.Take(6, "destination", Mac(addresses, 6))) return;
        frame.Receiver = Mac(addresses, 6);
        if (!cursor.Take(6, "source", Mac(cursor.Rest, 6))) return;
        frame.Sender = Mac(addresses[6..], 6);
        if (!cursor.Number(2, "EtherType", out var type, EtherType)) return;
        frame.Describe("Ethernet", EtherType(type));
        Network(frame, ref cursor, (int)type);
    }

    private void Raw(DissectedFrame frame, ref FieldCursor cursor, bool isV4)
    {
        if (isV4) IPv4(frame, ref cursor);
        else IPv6(frame, ref cursor);
    }

    private void Network(DissectedFrame frame, ref FieldCursor cursor, int etherType)
    {
        var link = cursor.Layer;
        for (var tags = 0; ; tags++)
        {
            switch (etherType)
            {
                case 0x0800:
                    IPv4(frame, ref cursor);
                    cursor.Layer = link;
                    return;
                case 0x86DD:
                    IPv6(frame, ref cursor);
                    cursor.Layer = link;
                    return;
                case 0x0806:
                    Arp(frame, ref cursor);
                    cursor.Layer = link;
                    return;
                case 0x8100 or 0x88A8 or 0x9100 or 0x9200 when tags < MaximumTags:
                    cursor.Layer = "VLAN";
                    if (!cursor.Bits(2, out _, ("priority", 0xE000, null), ("drop eligible", 0x1000, YesNo),
                        ("identifier", 0x0FFF, null))
                        || !cursor.Number(2, "EtherType", out var inner, EtherType)) return;
                    etherType = (int)inner;
                    continue;
                case 0x892F when tags < MaximumTags:
                    cursor.Layer = "HSR";
                    if (!cursor.Bits(2, out _, ("path", 0xF000, null), ("size", 0x0FFF, null))
                        || !cursor.Number(2, "sequence number", out _)
                        || !cursor.Number(2, "EtherType", out var behind, EtherType)) return;
                    etherType = (int)behind;
                    continue;
                default:
                    var name = EtherTypes.Name(etherType, cursor.Rest);
                    frame.Describe(name ?? "Ethernet", "");
                    cursor.TakeRest("payload", name is null ? null : $"{name}, not taken apart");
                    return;
            }
        }
    }

    private static void Arp(DissectedFrame frame, ref FieldCursor cursor)
    {
        cursor.Layer = "ARP";
        if (!cursor.Number(2, "hardware type", out var hardware)
            || !cursor.Number(2, "protocol type", out var protocol, EtherType)
            || !cursor.Number(1, "hardware address length", out var hardwareLength)
            || !cursor.Number(1, "protocol address length", out var length)
            || !cursor.Number(2, "operation", out var operation, value => value switch
            {
                1 => "1, request",
                2 => "2, reply",
                _ => Text(value),
            })) return;
        frame.Describe("ARP", operation == 1 ? "request" : operation == 2 ? "reply" : "");
        var isUsual = hardware == 1 && protocol == 0x0800 && hardwareLength == 6 && length == 4;
        foreach (var side in (ReadOnlySpan<string>)["sender", "target"])
        {
            var bytes = cursor.Rest;
            if (!cursor.Take((int)hardwareLength, $"{side} hardware address", isUsual ? Mac(bytes, 6) : null)) return;
            bytes = cursor.Rest;
            if (!cursor.Take((int)length, $"{side} protocol address", isUsual ? V4(bytes) : null)) return;
        }
    }

    private void IPv4(DissectedFrame frame, ref FieldCursor cursor)
    {
        cursor.Layer = "IPv4";
        var header = cursor.Rest;
        if (!cursor.Bits(1, out var first, ("version", 0xF0, null),
            ("header length", 0x0F, words => $"{Text(words * 4)} bytes")))
            return;
        var headerLength = (int)(first & 15) * 4;
        if (first >> 4 != 4 || headerLength < 20)
        {
            cursor.Break("header", "no header of IPv4", FieldFault.Malformed);
            return;
        }

        if (!cursor.Bits(1, out _, ("differentiated services", 0xFC, null), ("congestion notification", 0x03, null))
            || !cursor.Number(2, "total length", out var total, value => $"{Text(value)} bytes",
                isValid: value => value == 0 || value >= (ulong)headerLength)
            || !cursor.Number(2, "identification", out _, value => $"0x{value:x4}")
            || !cursor.Bits(
                2, out var fragment, ("reserved", 0x8000, null), ("don't fragment", 0x4000, YesNo),
                    ("more fragments", 0x2000, YesNo),
                ("fragment offset", 0x1FFF, value => $"{Text(value * 8)} bytes"))
            || !cursor.Number(1, "time to live", out _)
            || !cursor.Number(1, "protocol", out var protocol, IpProtocol)
            || !cursor.Number(2, "header checksum", out _, value => $"0x{value:x4}")) return;
        if (!cursor.Take(4, "source", V4(cursor.Rest))) return;
        frame.Sender = V4(header[12..]);
        if (!cursor.Take(4, "destination", V4(cursor.Rest))) return;
        frame.Receiver = V4(header[16..]);
        if (headerLength > 20 && !cursor.Take(headerLength - 20, "options")) return;
        frame.Describe("IPv4", IpProtocol(protocol));
        var length = total == 0 ? header.Length : (int)total;
        Payload(
            frame, ref cursor, (int)protocol, Math.Max(0, length - headerLength), (fragment & 0x1FFF) != 0,
            (fragment & 0x2000) != 0, AddressKind.IPv4, header[12..20]);
    }

    private void IPv6(DissectedFrame frame, ref FieldCursor cursor)
    {
        cursor.Layer = "IPv6";
        var header = cursor.Rest;
        if (!cursor.Bits(4, out var first, ("version", 0xF000_0000, null), ("traffic class", 0x0FF0_0000, null),
            ("flow label", 0xF_FFFF, value => $"0x{value:x5}")))
            return;
        if (first >> 28 != 6)
        {
            cursor.Break("header", "no header of IPv6", FieldFault.Malformed);
            return;
        }

        if (!cursor.Number(2, "payload length", out var payload, value => $"{Text(value)} bytes")
            || !cursor.Number(1, "next header", out var next, IpProtocol)
                || !cursor.Number(1, "hop limit", out _)) return;
        if (!cursor.Take(16, "source", V6(cursor.Rest))) return;
        frame.Sender = V6(header[8..]);
        if (!cursor.Take(16, "destination", V6(cursor.Rest))) return;
        frame.Receiver = V6(header[24..]);
        var begin = cursor.Position;
        var (isLater, hasMore) = (false, false);
        for (var headers = 0; headers < MaximumExtensionHeaders; headers++)
        {
            if (next is not (0 or 43 or 44 or 51 or 60 or 135 or 139 or 140)) break;
            var kind = next;
            if (!cursor.Number(1, "next header", out next, IpProtocol)) return;
            if (kind == 44)
            {
                if (!cursor.Take(1, "reserved") || !cursor.Bits(
                        2, out var fragment, ("fragment offset", 0xFFF8, value => $"{Text(value * 8)} bytes"),
                            ("reserved", 0x6, null),
                        ("more fragments", 1, YesNo))
                    || !cursor.Number(4, "identification", out _, value => $"0x{value:x8}")) return;
                isLater |= fragment >> 3 != 0;
                hasMore |= (fragment & 1) != 0;
                continue;
            }

            if (!cursor.Number(1, "extension header length", out var length)) return;
            if (!cursor.Take(kind == 51 ? (int)length * 4 + 6 : (int)length * 8 + 6, "extension header")) return;
        }

        frame.Describe("IPv6", IpProtocol(next));
        var left = payload == 0 ? cursor.Remaining : Math.Max(0, (int)payload - (cursor.Position - begin));
        Payload(frame, ref cursor, (int)next, left, isLater, hasMore, AddressKind.IPv6, header[8..40]);
    }

    /// <summary>
    /// What IP carries: at most <paramref name="length"/> bytes, of which the capture may hold fewer.
    /// </summary>
    private void Payload(
        DissectedFrame frame, ref FieldCursor cursor, int protocol, int length, bool isLaterFragment, bool hasMore,
        AddressKind kind, ReadOnlySpan<byte> addresses)
    {
        var captured = Math.Min(length, cursor.Remaining);
        var payload = cursor.Rest[..captured];
        var at = cursor.Offset;
        if (isLaterFragment)
        {
            cursor.Take(captured, "fragment", "a later fragment of a packet: not taken apart");
            return;
        }

        var inner = new FieldCursor(payload, cursor.Output, IpProtocol((ulong)protocol), at);
        switch (protocol)
        {
            case 6:
                _transport.Tcp(frame, ref inner, kind, addresses, length - captured, isWhole: !hasMore);
                break;
            case 17:
                _transport.Udp(frame, ref inner, kind, addresses, isWhole: !hasMore);
                break;
            case 1 or 58:
                inner.Layer = protocol == 1 ? "ICMP" : "ICMPv6";
                if (inner.Number(1, "type", out var type) && inner.Number(1, "code", out var code))
                {
                    frame.Describe(inner.Layer, string.Create(CultureInfo.InvariantCulture,
                        $"type {type}, code {code}"));
                    if (inner.Number(2, "checksum", out _, value => $"0x{value:x4}")) inner.TakeRest("message body");
                }

                break;
            default:
                inner.TakeRest("payload", $"{inner.Layer}, not taken apart");
                break;
        }

        cursor.Skip(captured);
    }

    internal static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    internal static string YesNo(ulong value) => value == 0 ? "no" : "yes";

    private static string EtherType(ulong value)
    {
        var name = value < 0x600 ? "length" : EtherTypes.Name((int)value, default);
        return name is null ? $"0x{value:x4}" : $"0x{value:x4}, {name}";
    }

    private static string IpProtocol(ulong value) => value switch
    {
        6 => "TCP",
        17 => "UDP",
        1 => "ICMP",
        58 => "ICMPv6",
        _ => IpProtocols.Name((byte)value) ?? $"protocol {Text(value)}",
    };

    private static string CookedType(ulong value) => value switch
    {
        0 => "0, to this host",
        1 => "1, broadcast",
        2 => "2, multicast",
        3 => "3, to another host",
        4 => "4, from this host",
        _ => Text(value),
    };

    private static string Mac(ReadOnlySpan<byte> bytes, int length) =>
        length == 6 && bytes.Length >= 6 ? NetworkAddress.FromMac(bytes).ToString()
            : FieldCursor.Hex(bytes[..Math.Min(length, bytes.Length)]);

    private static string V4(ReadOnlySpan<byte> bytes) => bytes.Length < 4
        ? ""
        : NetworkAddress.FromIPv4(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes)).ToString();

    private static string V6(ReadOnlySpan<byte> bytes) => bytes.Length < 16
        ? ""
        : NetworkAddress.FromIPv6(
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes),
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes[8..])).ToString();
}
