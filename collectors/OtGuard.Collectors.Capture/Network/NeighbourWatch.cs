using System.Buffers.Binary;

namespace OtGuard.Collectors.Capture.Network;

/// <summary>What address resolution says about who has which address: ARP and IPv6 neighbour discovery.</summary>
internal sealed class NeighbourWatch(FrameContext frame, NetworkObserver observer, FlowTable flows)
{
    /// <summary>Addresses whose latest link address is remembered; all are forgotten when there are more.</summary>
    private const int MaximumAddresses = 4096;

    private const int SourceLinkAddress = 1;
    private const int TargetLinkAddress = 2;

    private readonly Dictionary<NetworkAddress, ulong> _latest = [];

    /// <summary>Reads an ARP packet for IPv4 over Ethernet (RFC 826); announcements and probes by RFC 5227.</summary>
    public void ReadArp(Connection connection, ReadOnlySpan<byte> data)
    {
        if (data.Length < 28
            || BinaryPrimitives.ReadUInt16BigEndian(data[2..]) != 0x0800
            || data[4] != 6
            || data[5] != 4) return;
        var operation = BinaryPrimitives.ReadUInt16BigEndian(data[6..]);
        var senderMac = NetworkAddress.FromMac(data[8..]).Low;
        var sender = NetworkAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(data[14..]));
        var target = NetworkAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(data[24..]));

        // A probe (RFC 5227 §2.1) has no sender address yet: it seeks and binds nothing.
        if (!sender.IsUnspecified)
            Bind(connection, Direction.ToServer, sender, senderMac);
        if (operation == 1 && target != sender)
            observer.WriteAddress(connection, Operation.AddressSought, Direction.ToServer, target, senderMac);
    }

    /// <summary>
    /// Reads neighbour solicitations and advertisements and router advertisements (RFC 4861 §4).
    /// </summary>
    public void ReadNeighbourDiscovery(Connection connection, Direction sender, NetworkAddress source, ReadOnlySpan<byte> data)
    {
        if (data.Length < 8) return;
        switch (data[0])
        {
            case 134 when data.Length >= 16:
                BindNeighbour(connection, sender, source, LinkAddress(data[16..], SourceLinkAddress));
                break;
            case 135 when data.Length >= 24:
                var asker = LinkAddress(data[24..], SourceLinkAddress);
                if (!source.IsUnspecified) BindNeighbour(connection, sender, source, asker);
                observer.WriteAddress(
                    connection, Operation.AddressSought, sender, Target(data), asker != 0 ? asker : frame.SourceMac);
                break;
            case 136 when data.Length >= 24:
                BindNeighbour(connection, sender, Target(data), LinkAddress(data[24..], TargetLinkAddress));
                break;
            default:
                break;
        }
    }

    private static NetworkAddress Target(ReadOnlySpan<byte> data) => NetworkAddress.FromIPv6(
        BinaryPrimitives.ReadUInt64BigEndian(data[8..]), BinaryPrimitives.ReadUInt64BigEndian(data[16..]));

    private void Bind(Connection connection, Direction sender, NetworkAddress subject, ulong mac)
    {
        if (_latest.TryGetValue(subject, out var latest) && latest == mac)
        {
            observer.WriteAddress(connection, Operation.AddressBound, sender, subject, mac);
            return;
        }

        if (_latest.Count >= MaximumAddresses) _latest.Clear();
        _latest[subject] = mac;
        observer.WriteAddress(connection, Operation.AddressBound, sender, subject, mac, SilenceOf(subject));
    }

    // Found by looking at all connections, which a new link address is rare enough for.
    private long SilenceOf(NetworkAddress address)
    {
        long silence = -1;
        foreach (var flow in flows.Flows)
        {
            if (flow.Key.Source != address && flow.Key.Destination != address) continue;
            var since = Math.Max(0, frame.Time.UnixNanoseconds - flow.LastSeen.UnixNanoseconds);
            if (silence < 0 || since < silence) silence = since;
        }

        return silence;
    }

    private void BindNeighbour(Connection connection, Direction sender, NetworkAddress subject, ulong mac)
    {
        // An advertisement may leave the option out where the asker knows the address: then it is the sender's own.
        if (mac == 0) mac = frame.SourceMac;
        if (mac != 0) Bind(connection, sender, subject, mac);
    }

    private static ulong LinkAddress(ReadOnlySpan<byte> options, int kind)
    {
        while (options.Length >= 8)
        {
            var length = options[1] * 8;
            if (length == 0 || length > options.Length) return 0;
            if (options[0] == kind) return NetworkAddress.FromMac(options[2..]).Low;
            options = options[length..];
        }

        return 0;
    }
}
