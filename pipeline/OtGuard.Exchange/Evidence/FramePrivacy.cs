using System.Buffers.Binary;
using System.Net;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange.Evidence;

/// <summary>Frames as they leave: addresses replaced, payload cut off, checksums computed anew.</summary>
/// <remarks>
/// What of a frame is not understood leaves only where everything in it may leave. Kept without payload: Ethernet with
/// VLAN tags, IPv4 and IPv6 without options or extension headers, TCP and UDP without options, ARP, and the identifier
/// and length of CAN frames (LINKTYPE_CAN_SOCKETCAN). A frame cut short keeps its original length in the capture.
/// </remarks>
internal static class FramePrivacy
{
    public const ushort Ethernet = 1;
    public const ushort SocketCan = 227;

    private const ushort Ipv4Type = 0x0800;
    private const ushort Ipv6Type = 0x86DD;
    private const ushort ArpType = 0x0806;
    private const byte Tcp = 6;
    private const byte Udp = 17;

    /// <summary>A frame as it leaves; null where nothing of it may.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="profile">What leaves.</param>
    /// <param name="redactor">Replaces addresses.</param>
    public static EvidenceFrame? Apply(EvidenceFrame frame, SharingProfile profile, Redactor redactor)
    {
        if (profile.Payload == Treatment.Share && profile.Address == Treatment.Share) return frame;
        if (frame.LinkType == SocketCan)
        {
            // Identifier, length and flags; the eight bytes before the payload. An error frame's payload is the controller's.
            if (frame.Data.Length < 8) return null;
            return frame with { Data = profile.Payload == Treatment.Share ? frame.Data : frame.Data[..8] };
        }

        if (frame.LinkType != Ethernet) return null;
        var data = (byte[])frame.Data.Clone();
        if (HeaderBytes(data) is not { } header) return null;
        if (!ReplaceAddresses(data, redactor)) return null;
        return frame with { Data = data[..header], OriginalLength = Math.Max(frame.OriginalLength, frame.Data.Length) };
    }

    /// <summary>The number (from 1) of the first frame that holds payload, or null.</summary>
    public static int? FirstWithPayload(byte[] pcapng)
    {
        var number = 0;
        foreach (var frame in Pcapng.Read(pcapng))
        {
            number++;
            var header = frame.LinkType switch
            {
                SocketCan => Math.Min(8, frame.Data.Length),
                Ethernet => HeaderBytes(frame.Data) ?? 0,
                _ => 0,
            };
            if (frame.Data.Length > header) return number;
        }

        return null;
    }

    /// <summary>Bytes of the headers that may leave; null where the frame is not understood.</summary>
    private static int? HeaderBytes(ReadOnlySpan<byte> data)
    {
        if (!Network(data, out var at, out var type)) return null;
        switch (type)
        {
            case ArpType:
                return data.Length >= at + 28 && data[at + 4] == 6 && data[at + 5] == 4 ? at + 28 : null;
            case Ipv4Type:
                // Options and fragments may carry anything.
                if (data.Length < at + 20 || data[at] != 0x45
                    || (BinaryPrimitives.ReadUInt16BigEndian(data[(at + 6)..]) & 0x1FFF) != 0) return null;
                return Transport(data, at + 20, data[at + 9]);
            case Ipv6Type:
                return data.Length >= at + 40 ? Transport(data, at + 40, data[at + 6]) : null;
            default:
                return null;
        }
    }

    private static int? Transport(ReadOnlySpan<byte> data, int at, byte protocol) => protocol switch
    {
        // Options of TCP (time stamps, SACK) are cut off with the payload.
        Tcp when data.Length >= at + 20 => at + 20,
        Udp when data.Length >= at + 8 => at + 8,
        Tcp or Udp => null,
        _ => at,
    };

    private static bool Network(ReadOnlySpan<byte> data, out int at, out ushort type)
    {
        (at, type) = (14, 0);
        if (data.Length < 14) return false;
        type = BinaryPrimitives.ReadUInt16BigEndian(data[12..]);
        while (type is 0x8100 or 0x88A8 && data.Length >= at + 4)
        {
            type = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 2)..]);
            at += 4;
        }

        return true;
    }

    private static bool ReplaceAddresses(Span<byte> data, Redactor redactor)
    {
        if (!ReplaceLink(data[..6], redactor) || !ReplaceLink(data[6..12], redactor)) return false;
        if (!Network(data, out var at, out var type)) return false;
        switch (type)
        {
            case ArpType:
                return ReplaceLink(data.Slice(at + 8, 6), redactor) && ReplaceIp(data.Slice(at + 14, 4), redactor)
                    && ReplaceLink(data.Slice(at + 18, 6), redactor) && ReplaceIp(data.Slice(at + 24, 4), redactor);
            case Ipv4Type:
                if (!ReplaceIp(data.Slice(at + 12, 4), redactor) || !ReplaceIp(data.Slice(at + 16, 4), redactor)) return false;
                // Over the old addresses and the payload: each checksum would be a trace of them.
                data.Slice(at + 10, 2).Clear();
                BinaryPrimitives.WriteUInt16BigEndian(data[(at + 10)..], Checksum(data.Slice(at, 20)));
                ClearChecksum(data[(at + 20)..], data[at + 9]);
                return true;
            case Ipv6Type:
                if (!ReplaceIp(data.Slice(at + 8, 16), redactor) || !ReplaceIp(data.Slice(at + 24, 16), redactor)) return false;
                ClearChecksum(data[(at + 40)..], data[at + 6]);
                return true;
            default:
                return false;
        }
    }

    private static void ClearChecksum(Span<byte> transport, byte protocol)
    {
        var at = protocol switch { Tcp => 16, Udp => 6, _ => -1 };
        if (at < 0) return;
        transport.Slice(at, 2).Clear();
        if (protocol != Tcp) return;
        // The urgent pointer, and the offset that told of options now cut off.
        transport.Slice(18, 2).Clear();
        transport[12] = (byte)(0x50 | (transport[12] & 0x0F));
    }

    private static bool ReplaceIp(Span<byte> bytes, Redactor redactor)
    {
        var address = new IPAddress(bytes);
        if (bytes.IndexOfAnyExcept((byte)0) < 0 || bytes.IndexOfAnyExcept((byte)0xFF) < 0) return true;
        if (redactor.Address(address.ToString()) is not { } shared || !IPAddress.TryParse(shared, out var instead)) return false;
        return instead.TryWriteBytes(bytes, out _);
    }

    private static bool ReplaceLink(Span<byte> bytes, Redactor redactor)
    {
        if (bytes.IndexOfAnyExcept((byte)0) < 0 || bytes.IndexOfAnyExcept((byte)0xFF) < 0) return true;
        var text = Convert.ToHexStringLower(bytes);
        text = string.Join(':', text[..2], text[2..4], text[4..6], text[6..8], text[8..10], text[10..12]);
        if (redactor.Address(text) is not { } shared || !Pseudonyms.TryLinkAddress(shared, out var instead)) return false;
        instead.CopyTo(bytes);
        return true;
    }

    private static ushort Checksum(ReadOnlySpan<byte> header)
    {
        var sum = 0u;
        for (var i = 0; i + 1 < header.Length; i += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }
}
