using System.Buffers.Binary;
using System.Net;

namespace OtGuard.Simulators.Wire;

/// <summary>A VLAN tag.</summary>
/// <param name="Id">VLAN identifier, 0 to 4095.</param>
/// <param name="Priority">Priority code point, 0 to 7.</param>
/// <param name="TagProtocol">0x8100 for IEEE 802.1Q, 0x88A8 for the outer tag of QinQ.</param>
public readonly record struct VlanTag(ushort Id, byte Priority = 0, ushort TagProtocol = 0x8100);

/// <summary>TCP control bits (RFC 9293 §3.1).</summary>
[Flags]
public enum TcpControl : byte
{
    /// <summary>No bit: a null scan.</summary>
    None = 0,

    /// <summary>No more data from the sender.</summary>
    Fin = 1,

    /// <summary>Synchronise sequence numbers.</summary>
    Syn = 2,

    /// <summary>Abort.</summary>
    Rst = 4,

    /// <summary>Push.</summary>
    Psh = 8,

    /// <summary>The acknowledgement number counts.</summary>
    Ack = 16,

    /// <summary>The urgent pointer counts.</summary>
    Urg = 32,
}

/// <summary>What may differ between packets besides addresses and payload.</summary>
public sealed record PacketOptions
{
    /// <summary>The options used where none are given.</summary>
    public static readonly PacketOptions Default = new();

    /// <summary>VLAN tags, outermost first.</summary>
    public IReadOnlyList<VlanTag> Tags { get; init; } = [];

    /// <summary>Time to live, or hop limit.</summary>
    public byte TimeToLive { get; init; } = 64;

    /// <summary>IPv4 identification.</summary>
    public ushort Identification { get; init; }

    /// <summary>IPv4 don't-fragment bit.</summary>
    public bool DontFragment { get; init; } = true;

    /// <summary>IPv4 more-fragments bit.</summary>
    public bool MoreFragments { get; init; }

    /// <summary>IPv4 fragment offset in bytes, a multiple of 8.</summary>
    public int FragmentOffsetBytes { get; init; }

    /// <summary>Differentiated services and ECN octet.</summary>
    public byte TrafficClass { get; init; }

    /// <summary>IPv4 options; padded to a multiple of four bytes, 40 at most.</summary>
    public ReadOnlyMemory<byte> IPv4Options { get; init; }

    /// <summary>TCP options; padded to a multiple of four bytes, 40 at most.</summary>
    public ReadOnlyMemory<byte> TcpOptions { get; init; }

    /// <summary>TCP window as sent.</summary>
    public ushort Window { get; init; } = 64240;

    /// <summary>True to leave the TCP or UDP checksum wrong, as a sender with checksum offloading shows it.</summary>
    public bool WrongChecksum { get; init; }

    /// <summary>True to pad short frames to Ethernet's minimum of 60 bytes, as received frames are.</summary>
    public bool Pad { get; init; } = true;
}

/// <summary>Builds whole Ethernet frames. Every method returns a new array with right lengths and checksums.</summary>
/// <remarks>
/// IEEE 802.3 and 802.1Q; RFC 826 (ARP), RFC 791 (IPv4), RFC 8200 (IPv6), RFC 9293 (TCP), RFC 768 (UDP), RFC 792 and
/// RFC 4443 (ICMP).
/// </remarks>
public static class Packet
{
    /// <summary>EtherType of IPv4.</summary>
    public const ushort EtherTypeIPv4 = 0x0800;

    /// <summary>EtherType of ARP.</summary>
    public const ushort EtherTypeArp = 0x0806;

    /// <summary>EtherType of IPv6.</summary>
    public const ushort EtherTypeIPv6 = 0x86DD;

    /// <summary>IP protocol number of ICMP.</summary>
    public const byte ProtocolIcmp = 1;

    /// <summary>IP protocol number of TCP.</summary>
    public const byte ProtocolTcp = 6;

    /// <summary>IP protocol number of UDP.</summary>
    public const byte ProtocolUdp = 17;

    /// <summary>IP protocol number of ICMPv6.</summary>
    public const byte ProtocolIcmpV6 = 58;

    /// <summary>Shortest frame on the wire without the frame check sequence, which captures leave out.</summary>
    public const int MinimumFrameBytes = 60;

    private const int EthernetBytes = 14;
    private const int TagBytes = 4;
    private const int IPv4Bytes = 20;
    private const int IPv6Bytes = 40;
    private const int TcpBytes = 20;
    private const int UdpBytes = 8;

    /// <summary>An Ethernet II frame; below 0x0600 the type is an IEEE 802.3 length and is set by the caller.</summary>
    public static byte[] Ethernet(
        MacAddress source, MacAddress destination, ushort etherType, ReadOnlySpan<byte> payload,
        PacketOptions? options = null)
    {
        options ??= PacketOptions.Default;
        var frame = Allocate(options, payload.Length, out var start);
        WriteEthernet(frame, source, destination, etherType, options);
        payload.CopyTo(frame.AsSpan(start));
        return frame;
    }

    /// <summary>An IEEE 802.3 frame with a length field and an LLC header (spanning tree, for one).</summary>
    public static byte[] Llc(
        MacAddress source, MacAddress destination, byte dsap, byte ssap, byte control, ReadOnlySpan<byte> payload)
    {
        byte[] body = [dsap, ssap, control, .. payload];
        return Ethernet(source, destination, (ushort)body.Length, body);
    }

    /// <summary>"Who has <paramref name="target"/>? Tell me", to everybody or to one host.</summary>
    public static byte[] ArpRequest(EthernetHost from, IPAddress target, MacAddress? askedAgain = null)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(target);
        return Arp(from.Mac, askedAgain ?? MacAddress.Broadcast, 1, from.Mac, from.Ip, default, target);
    }

    /// <summary>The answer to <see cref="ArpRequest"/>.</summary>
    public static byte[] ArpReply(EthernetHost from, EthernetHost to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        return Arp(from.Mac, to.Mac, 2, from.Mac, from.Ip, to.Mac, to.Ip);
    }

    /// <summary>A host announces its own binding to everybody (RFC 5227 §3: a request for its own address).</summary>
    public static byte[] GratuitousArp(EthernetHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return Arp(host.Mac, MacAddress.Broadcast, 1, host.Mac, host.Ip, default, host.Ip);
    }

    /// <summary>An ARP packet with every field as given, true or not.</summary>
    /// <param name="source">Link address of the frame's sender.</param>
    /// <param name="destination">Link address of the frame's receiver.</param>
    /// <param name="operation">1 request, 2 reply.</param>
    /// <param name="senderMac">Sender hardware address.</param>
    /// <param name="senderIp">Sender protocol address, IPv4.</param>
    /// <param name="targetMac">Target hardware address.</param>
    /// <param name="targetIp">Target protocol address, IPv4.</param>
    public static byte[] Arp(
        MacAddress source, MacAddress destination, ushort operation,
        MacAddress senderMac, IPAddress senderIp, MacAddress targetMac, IPAddress targetIp)
    {
        ArgumentNullException.ThrowIfNull(senderIp);
        ArgumentNullException.ThrowIfNull(targetIp);
        Span<byte> body = stackalloc byte[28];
        body.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(body, 1);
        BinaryPrimitives.WriteUInt16BigEndian(body[2..], EtherTypeIPv4);
        body[4] = 6;
        body[5] = 4;
        BinaryPrimitives.WriteUInt16BigEndian(body[6..], operation);
        senderMac.WriteTo(body[8..]);
        senderIp.TryWriteBytes(body[14..18], out _);
        targetMac.WriteTo(body[18..]);
        targetIp.TryWriteBytes(body[24..28], out _);
        return Ethernet(source, destination, EtherTypeArp, body);
    }

    /// <summary>An IP packet of any protocol; version 4 or 6 by the hosts' addresses.</summary>
    public static byte[] Ip(
        EthernetHost from, EthernetHost to, byte protocol, ReadOnlySpan<byte> payload, PacketOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        var frame = AllocateIp(from, to, protocol, payload.Length, options ?? PacketOptions.Default, out var body);
        payload.CopyTo(frame.AsSpan(body));
        return frame;
    }

    /// <summary>An IPv4 packet in fragments of <paramref name="fragmentBytes"/> (rounded down to 8) at most.</summary>
    public static IReadOnlyList<byte[]> IPv4Fragments(
        EthernetHost from, EthernetHost to, byte protocol, ReadOnlySpan<byte> payload, int fragmentBytes,
        PacketOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fragmentBytes, 8);
        options ??= PacketOptions.Default;
        var step = fragmentBytes & ~7;
        var frames = new List<byte[]>();
        for (var offset = 0; offset < payload.Length; offset += step)
        {
            var length = Math.Min(step, payload.Length - offset);
            frames.Add(Ip(from, to, protocol, payload.Slice(offset, length), options with
            {
                DontFragment = false,
                MoreFragments = offset + length < payload.Length,
                FragmentOffsetBytes = offset,
            }));
        }

        return frames;
    }

    /// <summary>A TCP segment.</summary>
    public static byte[] Tcp(
        EthernetHost from, ushort fromPort, EthernetHost to, ushort toPort, TcpControl flags,
        uint sequence, uint acknowledgement, ReadOnlySpan<byte> payload = default, PacketOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        options ??= PacketOptions.Default;
        var header = TcpBytes + Padded(options.TcpOptions.Length);
        var frame = AllocateIp(from, to, ProtocolTcp, header + payload.Length, options, out var start);
        var segment = frame.AsSpan(start, header + payload.Length);
        BinaryPrimitives.WriteUInt16BigEndian(segment, fromPort);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], toPort);
        BinaryPrimitives.WriteUInt32BigEndian(segment[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(segment[8..], acknowledgement);
        segment[12] = (byte)(header / 4 << 4);
        segment[13] = (byte)flags;
        BinaryPrimitives.WriteUInt16BigEndian(segment[14..], options.Window);
        options.TcpOptions.Span.CopyTo(segment[TcpBytes..]);
        payload.CopyTo(segment[header..]);
        var sum = Checksum(segment, PseudoHeader(from, to, ProtocolTcp, segment.Length));
        BinaryPrimitives.WriteUInt16BigEndian(segment[16..], options.WrongChecksum ? (ushort)(sum ^ 0x5555) : sum);
        return frame;
    }

    /// <summary>The bytes of a UDP datagram (header and payload), to be fragmented for instance.</summary>
    public static byte[] UdpDatagram(
        EthernetHost from, ushort fromPort, EthernetHost to, ushort toPort, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        var datagram = new byte[UdpBytes + payload.Length];
        WriteUdp(datagram, from, fromPort, to, toPort, payload, wrongChecksum: false);
        return datagram;
    }

    /// <summary>A UDP datagram.</summary>
    public static byte[] Udp(
        EthernetHost from, ushort fromPort, EthernetHost to, ushort toPort, ReadOnlySpan<byte> payload,
        PacketOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        options ??= PacketOptions.Default;
        var frame = AllocateIp(from, to, ProtocolUdp, UdpBytes + payload.Length, options, out var start);
        WriteUdp(
            frame.AsSpan(start, UdpBytes + payload.Length), from, fromPort, to, toPort, payload, options.WrongChecksum);
        return frame;
    }

    /// <summary>
    /// ICMP (or ICMPv6) port unreachable: <paramref name="from"/> refuses the packet in
    /// <paramref name="refusedFrame"/>, an untagged frame of this class.
    /// </summary>
    public static byte[] PortUnreachable(EthernetHost from, EthernetHost to, ReadOnlySpan<byte> refusedFrame)
    {
        ArgumentNullException.ThrowIfNull(from);
        var packet = refusedFrame[EthernetBytes..];
        var length = from.IsIPv6
            ? IPv6Bytes + BinaryPrimitives.ReadUInt16BigEndian(packet[4..])
            : BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        // RFC 1812 §4.3.2.3: as much of the refused packet as fits in 576 bytes.
        var quoted = packet[..Math.Min(length, 528)];
        return from.IsIPv6 ? Icmp(from, to, 1, 4, 0, quoted) : Icmp(from, to, 3, 3, 0, quoted);
    }

    /// <summary>An ICMP or ICMPv6 message, by the hosts' addresses.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="to">The receiver.</param>
    /// <param name="type">ICMP type.</param>
    /// <param name="code">ICMP code.</param>
    /// <param name="rest">The four bytes after the checksum (identifier and sequence number of an echo).</param>
    /// <param name="payload">What follows.</param>
    public static byte[] Icmp(
        EthernetHost from, EthernetHost to, byte type, byte code, uint rest, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        var protocol = from.IsIPv6 ? ProtocolIcmpV6 : ProtocolIcmp;
        var frame = AllocateIp(from, to, protocol, 8 + payload.Length, PacketOptions.Default, out var start);
        var message = frame.AsSpan(start, 8 + payload.Length);
        message[0] = type;
        message[1] = code;
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], rest);
        payload.CopyTo(message[8..]);
        var initial = from.IsIPv6 ? PseudoHeader(from, to, protocol, message.Length) : 0;
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], Checksum(message, initial));
        return frame;
    }

    /// <summary>The internet checksum (RFC 1071) of bytes and a sum to start from.</summary>
    internal static ushort Checksum(ReadOnlySpan<byte> bytes, uint initial)
    {
        var sum = initial + Sum(bytes);
        while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }

    private static uint Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0U;
        var i = 0;
        for (; i + 1 < bytes.Length; i += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
        return i < bytes.Length ? sum + ((uint)bytes[i] << 8) : sum;
    }

    private static uint PseudoHeader(EthernetHost from, EthernetHost to, byte protocol, int length) =>
        Sum(from.Address) + Sum(to.Address) + protocol + (uint)length;

    private static void WriteUdp(
        Span<byte> datagram, EthernetHost from, ushort fromPort, EthernetHost to, ushort toPort,
        ReadOnlySpan<byte> payload, bool wrongChecksum)
    {
        BinaryPrimitives.WriteUInt16BigEndian(datagram, fromPort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], toPort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[4..], (ushort)datagram.Length);
        payload.CopyTo(datagram[UdpBytes..]);
        var sum = Checksum(datagram, PseudoHeader(from, to, ProtocolUdp, datagram.Length));
        // Zero means "no checksum", so a sum of zero is sent as its other form.
        if (sum == 0) sum = 0xFFFF;
        BinaryPrimitives.WriteUInt16BigEndian(datagram[6..], wrongChecksum ? (ushort)(sum ^ 0x5555) : sum);
    }

    private static byte[] Allocate(PacketOptions options, int payload, out int start)
    {
        start = EthernetBytes + options.Tags.Count * TagBytes;
        return new byte[options.Pad ? Math.Max(MinimumFrameBytes, start + payload) : start + payload];
    }

    private static void WriteEthernet(
        Span<byte> frame, MacAddress source, MacAddress destination, ushort etherType, PacketOptions options)
    {
        destination.WriteTo(frame);
        source.WriteTo(frame[6..]);
        var at = 12;
        foreach (var tag in options.Tags)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame[at..], tag.TagProtocol);
            BinaryPrimitives.WriteUInt16BigEndian(frame[(at + 2)..], (ushort)(tag.Priority << 13 | tag.Id));
            at += TagBytes;
        }

        BinaryPrimitives.WriteUInt16BigEndian(frame[at..], etherType);
    }

    private static byte[] AllocateIp(
        EthernetHost from, EthernetHost to, byte protocol, int length, PacketOptions options, out int body)
    {
        var (source, destination) = EthernetHost.Link(from, to);
        if (from.IsIPv6)
        {
            var frame6 = Allocate(options, IPv6Bytes + length, out var start6);
            WriteEthernet(frame6, source, destination, EtherTypeIPv6, options);
            var header6 = frame6.AsSpan(start6);
            BinaryPrimitives.WriteUInt32BigEndian(header6, 0x6000_0000U | (uint)options.TrafficClass << 20);
            BinaryPrimitives.WriteUInt16BigEndian(header6[4..], (ushort)length);
            header6[6] = protocol;
            header6[7] = options.TimeToLive;
            from.Address.CopyTo(header6[8..]);
            to.Address.CopyTo(header6[24..]);
            body = start6 + IPv6Bytes;
            return frame6;
        }

        var headerBytes = IPv4Bytes + Padded(options.IPv4Options.Length);
        var frame = Allocate(options, headerBytes + length, out var start);
        WriteEthernet(frame, source, destination, EtherTypeIPv4, options);
        var header = frame.AsSpan(start, headerBytes);
        header[0] = (byte)(0x40 | headerBytes / 4);
        header[1] = options.TrafficClass;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(headerBytes + length));
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], options.Identification);
        var fragment = options.FragmentOffsetBytes / 8
            | (options.DontFragment ? 0x4000 : 0) | (options.MoreFragments ? 0x2000 : 0);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], (ushort)fragment);
        header[8] = options.TimeToLive;
        header[9] = protocol;
        from.Address.CopyTo(header[12..]);
        to.Address.CopyTo(header[16..]);
        options.IPv4Options.Span.CopyTo(header[IPv4Bytes..]);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], Checksum(header, 0));
        body = start + headerBytes;
        return frame;
    }

    // Options are filled up with zeros, which end the list in IPv4 and TCP alike.
    private static int Padded(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 40);
        return length + 3 & ~3;
    }
}
