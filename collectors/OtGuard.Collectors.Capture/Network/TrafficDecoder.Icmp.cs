using System.Buffers.Binary;

namespace OtGuard.Collectors.Capture.Network;

/// <summary>What ICMP says about other connections and about addresses.</summary>
public sealed partial class TrafficDecoder
{
    /// <summary>Destination unreachable, port unreachable (RFC 792).</summary>
    private void ReadIcmp(ReadOnlySpan<byte> data)
    {
        if (data.Length < 8 + 28 || data[0] != 3 || data[1] != 3) return;
        if (IpPacket.TryReadV4(data[8..], out var original) == IpFault.None) Refuse(in original);
    }

    /// <summary>Neighbour discovery, and destination unreachable, port unreachable (RFC 4443 §3.1).</summary>
    private void ReadIcmp6(Flow flow, bool fromA, in IpPacket packet)
    {
        var data = packet.Payload;
        var source = NetworkAddress.FromIPv6(packet.SourceHigh, packet.SourceLow);
        _neighbours.ReadNeighbourDiscovery(flow.Connection!, flow.DirectionOf(fromA), source, data);
        if (data.Length < 8 + 48 || data[0] != 1 || data[1] != 4) return;
        if (IpPacket.TryReadV6(data[8..], out var original) == IpFault.None) Refuse(in original);
    }

    private void Refuse(in IpPacket original)
    {
        if (original.Payload.Length < 4 || original.Protocol is not (6 or 17)) return;
        var key = new FlowKey(
            original.Kind, original.Protocol == 6 ? Transport.Tcp : Transport.Udp,
            original.SourceHigh, original.SourceLow, original.DestinationHigh, original.DestinationLow,
            BinaryPrimitives.ReadUInt32BigEndian(original.Payload));
        if (_flows.Find(in key, out var fromA) is { } refused) _tcp.Refuse(refused, fromA);
    }
}
