using System.Buffers.Binary;

namespace OtGuard.Collectors.Capture.Network;

/// <summary>What is carried inside: mirror sessions and overlays.</summary>
public sealed partial class TrafficDecoder
{
    /// <summary>GRE (RFC 2784, RFC 2890) with IP, Ethernet or a mirrored frame (ERSPAN I to III) in it.</summary>
    private void ReadGre(in IpPacket packet, int depth)
    {
        var data = packet.Payload;
        if (data.Length < 4)
        {
            ReadOtherIp(in packet, "GRE header cut");
            return;
        }

        var flags = data[0];
        var hasSequence = (flags & 0x10) != 0;
        var at = 4 + ((flags & 0x80) != 0 ? 4 : 0) + ((flags & 0x20) != 0 ? 4 : 0) + (hasSequence ? 4 : 0);
        var etherType = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        if (at > data.Length)
        {
            ReadOtherIp(in packet, "GRE header cut");
            return;
        }

        // Version 1 is PPTP's, and source routing (0x40) was withdrawn with RFC 1701: neither is a mirror.
        if ((data[1] & 7) != 0 || (flags & 0x40) != 0 || depth >= _options.MaximumTunnelDepth)
        {
            ReadOtherIp(in packet, null);
            return;
        }

        var inner = data[at..];
        switch (etherType)
        {
            case 0x88BE: // ERSPAN I has no header of its own and no sequence number, II has eight bytes
                if (!hasSequence) break;
                if (inner.Length < 8)
                {
                    ReadOtherIp(in packet, "ERSPAN header cut");
                    return;
                }

                inner = inner[8..];
                break;
            case 0x22EB: // ERSPAN III: twelve bytes, and eight more where the last bit says so
                if (inner.Length < 12 || (inner[11] & 1) != 0 && inner.Length < 20)
                {
                    ReadOtherIp(in packet, "ERSPAN header cut");
                    return;
                }

                inner = inner[((inner[11] & 1) != 0 ? 20 : 12)..];
                break;
            case 0x6558: // transparent Ethernet bridging
                break;
            default:
                var routed = BeginTunnel(in packet);
                ReadNetwork(etherType, data, at, depth + 1);
                EndTunnel(routed);
                return;
        }

        var flow = BeginTunnel(in packet);
        ReadEthernet(inner, depth + 1);
        EndTunnel(flow);
    }

    private void ReadTunnelled(in IpPacket packet, ReadOnlySpan<byte> inner, int depth)
    {
        if (depth >= _options.MaximumTunnelDepth)
        {
            ReadOtherIp(in packet, null);
            return;
        }

        var flow = BeginTunnel(in packet);
        ReadRaw(inner, depth + 1);
        EndTunnel(flow);
    }

    /// <summary>The tunnel is a conversation of its own; the frame is told to the listener for what is inside.</summary>
    private Flow BeginTunnel(in IpPacket packet)
    {
        var flow = FindOrAdd(IpKey(in packet), out var fromA);
        if (flow.Conversation is null) _binder.BindByPorts(flow);
        _binder.Account(flow, fromA, isOuter: true);
        _unwrapped++;
        return flow;
    }

    private void EndTunnel(Flow flow)
    {
        if (!_binder.Accounted) _binder.AccountInner(flow);
    }
}
