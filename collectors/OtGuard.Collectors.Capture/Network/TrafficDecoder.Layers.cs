using System.Buffers.Binary;
using OtGuard.Collectors.Capture.Identification;

namespace OtGuard.Collectors.Capture.Network;

/// <summary>Link layers beside Ethernet, tags, IPv6, fragments and every transport beside TCP.</summary>
public sealed partial class TrafficDecoder
{
    /// <summary>Tags walked before a frame counts as malformed: two VLANs, a redundancy tag and a few MPLS labels.</summary>
    private const int MaximumTags = 8;

    private void ReadOtherLink(LinkType linkType, ReadOnlySpan<byte> data)
    {
        switch (linkType.Value)
        {
            case 0: // Null: the address family in the writer's order, so one of the two readings is small
            case 108: // Loop: in network order
                if (data.Length < 4) _linkCounters.Fail("link header cut");
                else ReadFamily(BinaryPrimitives.ReadUInt32BigEndian(data), data[4..]);
                break;
            case 12 or 14 or 101: // Raw, and the numbers it had on other systems
                ReadRaw(data, depth: 0);
                break;
            case 228:
                ReadIPv4(data, depth: 0);
                break;
            case 229:
                ReadIPv6(data, depth: 0);
                break;
            case 113:
                ReadLinuxCooked(data);
                break;
            case 276:
                ReadLinuxCooked2(data);
                break;
            case 192:
                ReadPacketInformation(data);
                break;
            case 227:
                _linkCounters.Drop("CAN frame");
                break;
            default:
                _linkCounters.Drop("link type not supported");
                break;
        }
    }

    private void ReadFamily(uint family, ReadOnlySpan<byte> data)
    {
        if (family > 0xFFFF) family = BinaryPrimitives.ReverseEndianness(family);
        switch (family)
        {
            case 2:
                ReadIPv4(data, depth: 0);
                break;
            case 10 or 24 or 28 or 30: // AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS
                ReadIPv6(data, depth: 0);
                break;
            default:
                _linkCounters.Drop("address family not supported");
                break;
        }
    }

    private void ReadRaw(ReadOnlySpan<byte> data, int depth)
    {
        if (!data.IsEmpty && data[0] >> 4 == 6) ReadIPv6(data, depth);
        else ReadIPv4(data, depth);
    }

    /// <summary>LINKTYPE_PPI: a header with its length and the link type of what follows, both little-endian.</summary>
    private void ReadPacketInformation(ReadOnlySpan<byte> data)
    {
        var length = data.Length < 8 ? int.MaxValue : BinaryPrimitives.ReadUInt16LittleEndian(data[2..]);
        if (length > data.Length || length < 8)
        {
            _linkCounters.Fail("link header cut");
            return;
        }

        var linkType = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
        if (linkType == LinkType.Ethernet.Value) ReadEthernet(data[length..], depth: 0);
        else if (linkType is 192 or > ushort.MaxValue) _linkCounters.Drop("link type not supported");
        else ReadOtherLink(new LinkType((ushort)linkType), data[length..]);
    }

    private void ReadLinuxCooked(ReadOnlySpan<byte> data)
    {
        if (data.Length < 16)
        {
            _linkCounters.Fail("link header cut");
            return;
        }

        ReadCookedAddress(
            BinaryPrimitives.ReadUInt16BigEndian(data), BinaryPrimitives.ReadUInt16BigEndian(data[2..]),
            BinaryPrimitives.ReadUInt16BigEndian(data[4..]), data[6..]);
        ReadCookedPayload(BinaryPrimitives.ReadUInt16BigEndian(data[2..]), BinaryPrimitives.ReadUInt16BigEndian(data[14..]), data, 16);
    }

    private void ReadLinuxCooked2(ReadOnlySpan<byte> data)
    {
        if (data.Length < 20)
        {
            _linkCounters.Fail("link header cut");
            return;
        }

        ReadCookedAddress(data[10], BinaryPrimitives.ReadUInt16BigEndian(data[8..]), data[11], data[12..]);
        ReadCookedPayload(BinaryPrimitives.ReadUInt16BigEndian(data[8..]), BinaryPrimitives.ReadUInt16BigEndian(data), data, 20);
    }

    private void ReadCookedAddress(int packetType, ushort hardware, int length, ReadOnlySpan<byte> address)
    {
        // ARPHRD_ETHER; the loopback's address is all zeros and says nothing.
        if (hardware != 1 || length != 6) return;
        _frame.HasMac = true;
        _frame.SourceMac = NetworkAddress.FromMac(address).Low;

        // The destination is not recorded, only whether it was all (1) or a group (2).
        _frame.DestinationMac = packetType is 1 or 2 ? 0xFFFF_FFFF_FFFFul : 0;
    }

    private void ReadCookedPayload(ushort hardware, ushort protocol, ReadOnlySpan<byte> data, int at)
    {
        // ARPHRD_CAN, or a protocol of CAN's (0x000C to 0x000E) on whatever hardware.
        if (hardware == 280 || protocol is >= 0x000C and <= 0x000E) _linkCounters.Drop("CAN frame");
        else if (protocol == 0x0004) ReadLogicalLink(data, at, depth: 0); // LINUX_SLL_P_802_2
        else ReadNetwork(protocol, data, at, depth: 0);
    }

    /// <summary>What follows an EtherType at <paramref name="at"/>, through any number of tags.</summary>
    private void ReadNetwork(int etherType, ReadOnlySpan<byte> data, int at, int depth)
    {
        for (var tags = 0; ; tags++)
        {
            switch (etherType)
            {
                case 0x0800:
                    ReadIPv4(data[at..], depth);
                    return;
                case 0x86DD:
                    ReadIPv6(data[at..], depth);
                    return;
                case 0x8100 or 0x88A8 or 0x9100 or 0x9200: // VLAN, QinQ and the numbers before its standard
                    if (tags == MaximumTags || at + 4 > data.Length)
                    {
                        _linkCounters.Fail("VLAN tag cut");
                        return;
                    }

                    etherType = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 2)..]);
                    at += 4;
                    continue;
                case 0x892F: // HSR tag: path and size, sequence number, EtherType (IEC 62439-3:2016 §5.7)
                    if (tags == MaximumTags || at + 6 > data.Length)
                    {
                        _linkCounters.Fail("HSR tag cut");
                        return;
                    }

                    var number = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 2)..]);
                    _frame.IsDuplicate |= _duplicates.IsRepeated(_frame.SourceMac, number, _frame.Time);
                    etherType = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 4)..]);
                    at += 6;
                    continue;
                case 0x8847 or 0x8848:
                    ReadLabels(data, at, depth);
                    return;
                case < 0x0600: // a length: IEEE 802.3 with LLC
                    ReadLogicalLink(data, at, depth);
                    return;
                default:
                    ReadLinkProtocol((ushort)etherType, data[at..]);
                    return;
            }
        }
    }

    private void ReadLogicalLink(ReadOnlySpan<byte> data, int at, int depth)
    {
        if (at + 3 > data.Length)
        {
            _linkCounters.Fail("LLC header cut");
            return;
        }

        // SNAP: the EtherType behind the organisation 00-00-00 (RFC 1042), or an organisation's own number.
        if (data[at] == 0xAA && data[at + 1] == 0xAA && data[at + 2] == 3 && at + 8 <= data.Length)
        {
            var etherType = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 6)..]);
            if ((data[at + 3] | data[at + 4] | data[at + 5]) == 0 && etherType >= 0x0600) ReadNetwork(etherType, data, at + 8, depth);
            else ReadLinkProtocol(etherType, data[(at + 8)..]);
            return;
        }

        ReadLinkProtocol(data[at], data[at..]);
    }

    private void ReadLabels(ReadOnlySpan<byte> data, int at, int depth)
    {
        for (var labels = 0; labels < MaximumTags && at + 4 <= data.Length; labels++)
        {
            var isBottom = (data[at + 2] & 1) != 0;
            at += 4;
            if (!isBottom) continue;

            // What is inside is not said (RFC 3032): the first four bits tell IP, anything else stays a link protocol.
            if (at < data.Length && data[at] >> 4 is 4 or 6) ReadRaw(data[at..], depth);
            else ReadLinkProtocol(0x8847, data[at..]);
            return;
        }

        _linkCounters.Fail("MPLS labels cut");
    }

    /// <summary>
    /// The trailer of PRP: sequence number, LAN and size, suffix 0x88FB (IEC 62439-3:2016 §4.2.7). The size has to be
    /// that of everything behind the EtherType, so that padding is not taken for it.
    /// </summary>
    private void ReadTrailer(ReadOnlySpan<byte> data)
    {
        if (!_frame.HasMac || data.Length < 6 || BinaryPrimitives.ReadUInt16BigEndian(data[^2..]) != 0x88FB) return;
        var lanAndSize = BinaryPrimitives.ReadUInt16BigEndian(data[^4..]);
        if ((lanAndSize & 0xFFF) != data.Length || lanAndSize >> 12 is not (0xA or 0xB)) return;
        var number = BinaryPrimitives.ReadUInt16BigEndian(data[^6..]);
        _frame.IsDuplicate |= _duplicates.IsRepeated(_frame.SourceMac, number, _frame.Time);
        _redundant++;
    }

    private void ReadLinkProtocol(ushort etherType, ReadOnlySpan<byte> payload)
    {
        _packets++;
        ReadTrailer(payload);
        var key = new FlowKey(
            AddressKind.Mac, Transport.Link, 0, _frame.SourceMac, 0, _frame.DestinationMac, (uint)etherType << 16 | etherType);
        var flow = FindOrAdd(in key, out _);
        if (flow.Conversation is null) binderBind(flow, etherType, payload);
        _binder.Account(flow, fromA: true);
        if (IsDuplicate(_frame.SourceMac ^ _frame.DestinationMac << 8 ^ (ulong)etherType << 48, payload)) return;
        flow.Conversation!.Visibility.UndecodedBytes += payload.Length;
        if (etherType == 0x0806) _neighbours.ReadArp(flow.Connection!, payload);

        void binderBind(Flow unbound, ushort type, ReadOnlySpan<byte> bytes)
        {
            _binder.BindByPorts(unbound);
            unbound.Conversation!.ProtocolName ??= ProtocolIdentifier.NameOfEtherType(type, bytes);
        }
    }

    private void ReadIPv6(ReadOnlySpan<byte> data, int depth)
    {
        var fault = IpPacket.TryReadV6(data, out var packet);
        if (fault != IpFault.None)
        {
            FailIp(fault);
            return;
        }

        if (packet.MissingTail > 0) NoteMissingTail(ref packet);
        if (packet.Length < data.Length && depth == 0) ReadTrailer(data);
        ReadTransport(in packet, depth);
    }

    /// <summary>
    /// A packet longer than its frame lies, unless the frame was cut. No stack takes it; what is there is used, and
    /// nothing is waited for.
    /// </summary>
    private void NoteMissingTail(ref IpPacket packet)
    {
        if (_frame.IsCut) return;
        packet.MissingTail = 0;
        _linkCounters.Note("IP length beyond its frame");
    }

    private void ReadFragment(in IpPacket packet, int depth)
    {
        _binder.Accounted = true;
        if (_frame.IsDuplicate || IsRepeated(in packet, packet.Payload))
        {
            _mirroredTwice++;
            AccountFragment(in packet);
            return;
        }

        var datagram = _fragments.Add(in packet, _frame.Record, _frame.Time, out var evicted);
        if (evicted is not null) AccountIncomplete(evicted);
        if (datagram is null) return;
        _fragments.Remove(datagram);
        datagram.Frames.RemoveAt(datagram.Frames.Count - 1);
        _frame.Fragments = datagram.Frames;
        var whole = packet;
        whole.FragmentOffset = 0;
        whole.MoreFragments = false;
        whole.Payload = datagram.Bytes.AsSpan(0, datagram.TotalLength);
        whole.Length = datagram.TotalLength;
        _reassembled++;
        _binder.Reassembled = null;
        ReadTransport(in whole, depth);
        if (_binder.Reassembled is { } found) _fragments.Complete(datagram.Key, found.Flow, found.FromA);
        _frame.Fragments = null;
        datagram.Release();
    }

    /// <summary>A fragment seen twice counts where its first copy did; where that is forgotten, for its two addresses.</summary>
    private void AccountFragment(in IpPacket packet)
    {
        if (_fragments.TryPlaceRepeated(in packet, _frame.Record, out var flow, out var fromA))
        {
            if (flow is not null) _binder.Account(flow, fromA);
            return;
        }

        flow = FindOrAdd(IpKey(in packet), out fromA);
        if (flow.Conversation is null) _binder.BindByPorts(flow);
        _binder.Account(flow, fromA);
    }

    private void AccountIncomplete(FragmentedDatagram datagram)
    {
        var key = datagram.Key;
        Flow? flow = null;
        var fromA = true;
        if (key.Protocol is 6 or 17 && datagram.Start.Length >= 4)
        {
            var transport = key.Protocol == 6 ? Transport.Tcp : Transport.Udp;
            var ports = BinaryPrimitives.ReadUInt32BigEndian(datagram.Start);
            flow = _flows.Find(
                new FlowKey(
                    key.Kind, transport, key.SourceHigh, key.SourceLow, key.DestinationHigh, key.DestinationLow, ports),
                out fromA);
        }

        flow ??= FindOrAdd(
            new FlowKey(
                key.Kind, Transport.Ip, key.SourceHigh, key.SourceLow, key.DestinationHigh, key.DestinationLow,
                (uint)key.Protocol << 16 | key.Protocol),
            out fromA);
        if (flow.Conversation is null) _binder.BindByPorts(flow);
        _frame.Fragments = datagram.Frames;
        _binder.AccountFragments(flow, fromA);
        if (flow.Conversation is { } conversation) conversation.Visibility.LostBytes += Math.Max(0, datagram.TotalLength);
        datagram.Release();
    }

    private void FlushFragments(bool all)
    {
        while (_fragments.TakeExpired(_frame.Time, all) is { } datagram) AccountIncomplete(datagram);
    }

    private void ReadOtherTransport(in IpPacket packet, int depth)
    {
        switch (packet.Protocol)
        {
            case 17:
                ReadUdp(in packet, depth);
                break;
            case 4 or 41: // IPv4 or IPv6 in IP
                ReadTunnelled(in packet, packet.Payload, depth);
                break;
            case 47:
                ReadGre(in packet, depth);
                break;
            default:
                ReadOtherIp(in packet, null);
                break;
        }
    }

    private void ReadUdp(in IpPacket packet, int depth)
    {
        var data = packet.Payload;
        if (data.Length < 8)
        {
            ReadOtherIp(in packet, "UDP header cut");
            return;
        }

        // 0 is a jumbogram or offload; a length beyond the packet lies, and what is there is used.
        int length = BinaryPrimitives.ReadUInt16BigEndian(data[4..]);
        if (length is > 0 and < 8) _linkCounters.Fail("UDP length shorter than its header");
        if (length > data.Length + packet.MissingTail) _linkCounters.Note("UDP length beyond its packet");
        var payload = length >= 8 && length < data.Length ? data[8..length] : data[8..];
        if (_options.VerifyTransportChecksums) VerifyChecksum(in packet);
        var ports = BinaryPrimitives.ReadUInt32BigEndian(data);
        var isVxlan = (ushort)ports == 4789 && payload.Length >= 8 && payload[0] == 0x08 && depth < _options.MaximumTunnelDepth;
        var key = new FlowKey(
            packet.Kind, Transport.Udp, packet.SourceHigh, packet.SourceLow, packet.DestinationHigh, packet.DestinationLow,
            ports);
        var flow = FindOrAdd(in key, out var fromA);
        if (isVxlan)
        {
            if (flow.Conversation is null) _binder.BindByPorts(flow);
            flow.Conversation!.ProtocolName ??= "vxlan";
            _binder.Account(flow, fromA, isOuter: true);
            _unwrapped++;
            ReadEthernet(payload[8..], depth + 1);
            if (!_binder.Accounted) _binder.AccountInner(flow);
            return;
        }

        _binder.Account(flow, fromA);
        if (_frame.IsDuplicate || IsRepeated(in packet, data))
        {
            _mirroredTwice++;
            return;
        }

        NoteMac(flow, fromA);
        _datagrams++;
        _delivery.DeliverDatagram(flow, fromA, payload, packet.MissingTail);
        if (packet.MissingTail > 0)
        {
            flow.Conversation!.Visibility.LostBytes += packet.MissingTail;
            _linkCounters.Note("datagram cut by the snapshot length");
        }
    }

    /// <summary>An IP protocol without ports, or a TCP or UDP packet whose ports cannot be read.</summary>
    private void ReadOtherIp(in IpPacket packet, string? failure)
    {
        if (failure is not null) _linkCounters.Fail(failure);
        var flow = FindOrAdd(IpKey(in packet), out var fromA);
        if (flow.Conversation is null) _binder.BindByPorts(flow);
        _binder.Account(flow, fromA);
        if (_frame.IsDuplicate || IsRepeated(in packet, packet.Payload))
        {
            _mirroredTwice++;
            return;
        }

        NoteMac(flow, fromA);
        flow.Conversation!.Visibility.UndecodedBytes += packet.Payload.Length;
        flow.Conversation.Visibility.LostBytes += packet.MissingTail;
        if (packet.Protocol == 1) ReadIcmp(packet.Payload);
        else if (packet.Protocol == 58) ReadIcmp6(flow, fromA, in packet);
    }

    private static FlowKey IpKey(in IpPacket packet) => new(
        packet.Kind, Transport.Ip, packet.SourceHigh, packet.SourceLow, packet.DestinationHigh, packet.DestinationLow,
        (uint)packet.Protocol << 16 | packet.Protocol);

    private Flow FindOrAdd(in FlowKey key, out bool fromA)
    {
        if (_flows.Find(in key, out fromA) is { } found) return found;
        if (_flows.IsFull) _tcp.Evict();
        var flow = new Flow
        {
            Key = key,
            FirstSeen = _frame.Time,
            LastSeen = _frame.Time,
            FirstFrame = _frame.Number,
        };
        _flows.Add(flow);
        return flow;
    }

    private void NoteMac(Flow flow, bool fromA)
    {
        if (_frame.SourceMac != (fromA ? flow.MacA : flow.MacB)) _binder.NoteMac(flow, fromA);
    }

    private bool IsRepeated(in IpPacket packet, ReadOnlySpan<byte> bytes) => _duplicates.IsRepeated(
        DuplicateFilter.Mix(packet.SourceLow ^ packet.SourceHigh ^ (ulong)packet.FragmentOffset << 48)
            ^ DuplicateFilter.Mix(packet.DestinationLow ^ packet.DestinationHigh << 1) << 1
            ^ (ulong)packet.Identification << 8 ^ packet.Protocol,
        bytes,
        _frame.Time);

    private bool IsDuplicate(ulong identity, ReadOnlySpan<byte> bytes)
    {
        if (!_frame.IsDuplicate && !_duplicates.IsRepeated(identity, bytes, _frame.Time)) return false;
        _mirroredTwice++;
        return true;
    }

    /// <summary>The ones' complement sum over pseudo header and segment is all ones, or 0 for UDP says "none" (RFC 768).</summary>
    private void VerifyChecksum(in IpPacket packet)
    {
        var data = packet.Payload;
        if (packet.MissingTail > 0) return;
        if (packet.Protocol == 17 && BinaryPrimitives.ReadUInt16BigEndian(data[6..]) == 0) return;
        ulong pseudo = Words(packet.SourceHigh) + Words(packet.SourceLow) + Words(packet.DestinationHigh)
            + Words(packet.DestinationLow) + packet.Protocol + (ulong)data.Length;
        var folded = BinaryPrimitives.ReverseEndianness((ushort)IpPacket.Fold(pseudo));
        if (IpPacket.Sum(data, folded) != 0xFFFF) _wrongTransportSums++;

        static ulong Words(ulong value) => (value >> 32) + (value & 0xFFFF_FFFF);
    }
}
