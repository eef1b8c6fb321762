using OtGuard.Collectors.Capture.Network;

namespace OtGuard.Collectors.Capture.Tests.Network;

[TestClass]
public class LinkAndIpTests
{
    private static readonly byte[] Datagram =
        Wire.IPv4(Network.Client, Network.Server, 17, Wire.Udp(50_000, RecordingProtocol.Port, [1, 2, 3]), id: 7);

    private static readonly byte[] Datagram6 = Wire.IPv6(
        "fe80::1", "fe80::2", 17, Wire.Udp(50_000, RecordingProtocol.Port, [1, 2, 3]));

    public static IEnumerable<object[]> Encapsulations()
    {
        yield return ["Ethernet", 1, Wire.Ethernet(1, 2, 0x0800, Datagram)];
        yield return ["Ethernet, IPv6", 1, Wire.Ethernet(1, 2, 0x86DD, Datagram6)];
        yield return ["VLAN", 1, Wire.Ethernet(1, 2, 0x8100, Wire.Concat(Wire.U16(5), Wire.U16(0x0800), Datagram))];
        yield return ["QinQ", 1, Wire.Ethernet(1, 2, 0x88A8, Wire.Concat(
            Wire.U16(5), Wire.U16(0x8100), Wire.U16(6), Wire.U16(0x0800), Datagram))];
        yield return ["HSR", 1, Wire.Ethernet(1, 2, 0x892F, Wire.Concat(
            Wire.U16(0x1000 | Datagram.Length + 6), Wire.U16(77), Wire.U16(0x0800), Datagram))];
        yield return ["MPLS", 1, Wire.Ethernet(1, 2, 0x8847, Wire.Concat([0, 1, 0, 64], [0, 2, 1, 64], Datagram))];
        yield return ["SNAP", 1, Wire.Ethernet(1, 2, Datagram.Length + 8, Wire.Concat(
            [0xAA, 0xAA, 3, 0, 0, 0], Wire.U16(0x0800), Datagram))];
        yield return ["raw", 101, Datagram];
        yield return ["raw, IPv6", 101, Datagram6];
        yield return ["IPv4", 228, Datagram];
        yield return ["IPv6", 229, Datagram6];
        yield return ["null, little-endian", 0, Wire.Concat([2, 0, 0, 0], Datagram)];
        yield return ["null, big-endian", 0, Wire.Concat([0, 0, 0, 30], Datagram6)];
        yield return ["loop", 108, Wire.Concat([0, 0, 0, 2], Datagram)];
        yield return ["Linux cooked", 113, Wire.Concat(
            Wire.U16(0), Wire.U16(1), Wire.U16(6), Wire.Mac(1), Wire.U16(0), Wire.U16(0x0800), Datagram)];
        yield return ["Linux cooked 2", 276, Wire.Concat(
            Wire.U16(0x0800), Wire.U16(0), Wire.U32(3), Wire.U16(1), [0, 6], Wire.Mac(1), Wire.U16(0), Datagram)];
        yield return ["GRE", 1, Tunnel(47, Wire.Concat(Wire.U16(0), Wire.U16(0x0800), Datagram))];
        yield return ["GRE with checksum, key and sequence number", 1, Tunnel(47, Wire.Concat(
            Wire.U16(0xB000), Wire.U16(0x6558), new byte[12], Wire.Ethernet(1, 2, 0x0800, Datagram)))];
        yield return ["ERSPAN I", 1, Tunnel(47, Wire.Concat(
            Wire.U16(0), Wire.U16(0x88BE), Wire.Ethernet(1, 2, 0x0800, Datagram)))];
        yield return ["ERSPAN II", 1, Tunnel(47, Wire.Concat(
            Wire.U16(0x1000), Wire.U16(0x88BE), Wire.U32(9), [0x10, 0, 0, 1, 0, 0, 0, 0], Wire.Ethernet(1, 2, 0x0800, Datagram)))];
        yield return ["ERSPAN III", 1, Tunnel(47, Wire.Concat(
            Wire.U16(0x1000), Wire.U16(0x22EB), Wire.U32(9), [0x20, 0, 0, 1], Wire.U32(5), [0, 0, 0, 1], new byte[8],
            Wire.Ethernet(1, 2, 0x0800, Datagram)))];
        yield return ["VXLAN", 1, Tunnel(17, Wire.Udp(60_000, 4789, Wire.Concat(
            [8, 0, 0, 0, 0, 0, 5, 0], Wire.Ethernet(1, 2, 0x0800, Datagram))))];
        yield return ["IP in IP", 1, Tunnel(4, Datagram)];
        yield return ["IPv4 with options", 1, Wire.Ethernet(1, 2, 0x0800, Wire.IPv4(
            Network.Client, Network.Server, 17, Wire.Udp(50_000, RecordingProtocol.Port, [1, 2, 3]), options: [1, 1, 1, 0]))];
        yield return ["IPv6 with extension headers", 1, Wire.Ethernet(1, 2, 0x86DD, Wire.IPv6("fe80::1", "fe80::2", 0, Wire.Concat(
            [60, 0, 1, 4, 0, 0, 0, 0], [51, 0, 1, 4, 0, 0, 0, 0], [17, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2],
            Wire.Udp(50_000, RecordingProtocol.Port, [1, 2, 3]))))];
        yield return ["Ethernet with padding", 1, Wire.Concat(Wire.Ethernet(1, 2, 0x0800, Datagram), new byte[15])];
    }

    [TestMethod]
    [DynamicData(nameof(Encapsulations))]
    public void A_datagram_is_found_in_every_encapsulation(string name, int linkType, byte[] frame)
    {
        var network = new Network();
        network.Frame(frame, new LinkType((ushort)linkType));
        network.Finish();

        Assert.AreEqual("1 2 3", string.Join(' ', network.OnlyDecoder.ToServer), name);
        var conversation = network.Decoder.Conversations.Single(c => c.Service == RecordingProtocol.Port);
        Assert.AreEqual(1, conversation.Frames.Count);
        Assert.AreSame(conversation, network.FrameConversations[1]);
        Assert.AreEqual(frame.Length, conversation.FromClient.Bytes);
    }

    [TestMethod]
    [DynamicData(nameof(Encapsulations))]
    public void A_frame_cut_anywhere_is_counted_and_never_thrown_at(string name, int linkType, byte[] frame)
    {
        for (var length = 0; length < frame.Length; length++)
        {
            var network = new Network();
            network.Frame(frame[..length], new LinkType((ushort)linkType), frame.Length);
            network.Finish();
            Assert.AreEqual(1, network.FrameTimes, name);
        }
    }

    [TestMethod]
    public void Tunnels_nested_beyond_the_limit_are_left_wrapped()
    {
        var packet = Datagram;
        for (var i = 0; i < 9; i++) packet = Wire.IPv4("10.9.0.1", "10.9.0.2", 4, packet, id: 100 + i);
        var network = new Network();
        network.Frame(Wire.Ethernet(1, 2, 0x0800, packet));
        network.Finish();

        Assert.IsEmpty(network.Protocol.Decoders);
        Assert.AreEqual(1, network.FrameTimes);
    }

    [TestMethod]
    public void The_two_LANs_of_PRP_are_decoded_once()
    {
        var network = new Network();
        for (var number = 0; number < 3; number++)
        {
            foreach (var lan in new[] { 0xA, 0xB })
            {
                var payload = Wire.IPv4(
                    Network.Client, Network.Server, 17, Wire.Udp(50_000, RecordingProtocol.Port, [1, 2, 3]), id: 7);
                payload = Wire.Concat(payload, Wire.U16(number), Wire.U16(lan << 12 | payload.Length + 6), Wire.U16(0x88FB));
                network.Frame(Wire.Ethernet(1, 2, 0x0800, payload));
                network.Now += TimeSpan.FromMilliseconds(60);
            }
        }

        network.Finish();

        Assert.HasCount(9, network.OnlyDecoder.ToServer);
        Assert.AreEqual(3, network.Decoder.LinkCounters.Noted["frame seen twice"]);
        Assert.AreEqual(6, network.Decoder.Conversations[0].Frames.Count);
    }

    [TestMethod]
    public void Identical_datagrams_outside_of_the_window_are_each_decoded()
    {
        var network = new Network();
        for (var i = 0; i < 5; i++)
        {
            network.Frame(Wire.Ethernet(1, 2, 0x0800, Datagram));
            network.Now += TimeSpan.FromMilliseconds(20);
        }

        Assert.HasCount(15, network.OnlyDecoder.ToServer);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Fragments_in_any_order_are_one_datagram_and_all_their_frames_are_counted(bool reversed)
    {
        var udp = Wire.Udp(50_000, RecordingProtocol.Port, [.. Enumerable.Range(0, 30).Select(i => (byte)i)]);
        byte[][] fragments =
        [
            Wire.IPv4(Network.Client, Network.Server, 17, udp[..16], id: 5, fragment: 0x2000),
            Wire.IPv4(Network.Client, Network.Server, 17, udp[16..32], id: 5, fragment: 0x2000 | 2),
            Wire.IPv4(Network.Client, Network.Server, 17, udp[32..], id: 5, fragment: 4),
        ];
        var network = new Network();
        foreach (var fragment in reversed ? fragments.Reverse() : fragments)
            network.Frame(Wire.Ethernet(1, 2, 0x0800, fragment));
        network.Finish();

        Assert.AreEqual(string.Join(' ', Enumerable.Range(0, 30)), string.Join(' ', network.OnlyDecoder.ToServer));
        Assert.HasCount(1, network.Decoder.Conversations);
        Assert.AreEqual(3, network.Decoder.Conversations[0].Frames.Count);
        Assert.AreEqual(3, network.FrameTimes);
    }

    [TestMethod]
    public void Fragments_mirrored_twice_belong_to_the_conversation_of_their_datagram()
    {
        var udp = Wire.Udp(50_000, RecordingProtocol.Port, new byte[24]);
        var network = new Network();
        foreach (var fragment in new[]
        {
            Wire.IPv4(Network.Client, Network.Server, 17, udp[..16], id: 5, fragment: 0x2000),
            Wire.IPv4(Network.Client, Network.Server, 17, udp[16..], id: 5, fragment: 2),
        })
        {
            network.Frame(Wire.Ethernet(1, 2, 0x0800, fragment));
            network.Frame(Wire.Ethernet(1, 2, 0x0800, fragment));
        }

        network.Finish();

        Assert.HasCount(24, network.OnlyDecoder.ToServer);
        Assert.AreEqual(4, network.Decoder.Conversations.Single().Frames.Count);
        Assert.AreEqual(4, network.FrameTimes);
        Assert.AreEqual(2, network.Decoder.LinkCounters.Noted["frame seen twice"]);
    }

    [TestMethod]
    public void Fragments_of_IPv6_are_put_together()
    {
        var udp = Wire.Udp(50_000, RecordingProtocol.Port, [.. Enumerable.Range(0, 16).Select(i => (byte)i)]);
        var network = new Network();
        network.Frame(Wire.Ethernet(1, 2, 0x86DD, Wire.IPv6("fe80::1", "fe80::2", 44, Wire.Concat(
            [17, 0], Wire.U16(1), Wire.U32(99), udp[..16]))));
        network.Frame(Wire.Ethernet(1, 2, 0x86DD, Wire.IPv6("fe80::1", "fe80::2", 44, Wire.Concat(
            [17, 0], Wire.U16(16), Wire.U32(99), udp[16..]))));
        network.Finish();

        Assert.HasCount(16, network.OnlyDecoder.ToServer);
    }

    [TestMethod]
    public void Fragments_that_overlap_and_disagree_are_noted_and_the_first_bytes_stay()
    {
        var udp = Wire.Udp(50_000, RecordingProtocol.Port, [1, 1, 1, 1, 1, 1, 1, 1]);
        var network = new Network();
        network.Frame(Wire.Ethernet(1, 2, 0x0800, Wire.IPv4(Network.Client, Network.Server, 17, udp[..16], id: 5, fragment: 0x2000)));
        network.Frame(Wire.Ethernet(1, 2, 0x0800, Wire.IPv4(
            Network.Client, Network.Server, 17, [9, 9, 9, 9, 9, 9, 9, 9, 2, 2], id: 5, fragment: 1)));
        network.Finish();

        Assert.AreEqual(1, network.Decoder.LinkCounters.Noted["fragments overlap and disagree"]);
        Assert.AreEqual("1 1 1 1 1 1 1 1", string.Join(' ', network.OnlyDecoder.ToServer));
    }

    [TestMethod]
    public void Fragments_without_the_rest_are_given_up_and_their_frames_counted()
    {
        var network = new Network(options: new TrafficOptions { MaximumFragmentedDatagrams = 3 });
        for (var id = 0; id < 10; id++)
        {
            network.Frame(Wire.Ethernet(1, 2, 0x0800, Wire.IPv4(
                Network.Client, Network.Server, 17, new byte[16], id: id, fragment: 0x2000)));
        }

        network.Finish();

        Assert.AreEqual(7, network.Decoder.LinkCounters.Dropped["fragments given up for want of room"]);
        Assert.AreEqual(10, network.Decoder.Conversations.Single().Frames.Count);
        Assert.AreEqual(10, network.FrameTimes);
    }

    [TestMethod]
    public void Wrong_checksums_are_counted_and_the_packet_is_used()
    {
        var frame = Wire.Ethernet(1, 2, 0x0800, Datagram);
        frame[14 + 10] ^= 1;
        frame[14 + 20 + 6] = 1;
        var network = new Network(options: new TrafficOptions { VerifyTransportChecksums = true });
        network.Frame(frame);
        network.Finish();

        Assert.HasCount(3, network.OnlyDecoder.ToServer);
        Assert.AreEqual(1, network.Decoder.LinkCounters.Noted["IPv4 header checksum wrong"]);
        Assert.AreEqual(1, network.Decoder.LinkCounters.Noted["TCP or UDP checksum wrong"]);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(3)]
    [DataRow(54)]
    [DataRow(55)]
    [DataRow(57)]
    [DataRow(1400)]
    [DataRow(1403)]
    public void A_right_UDP_checksum_is_not_counted_and_one_wrong_bit_is(int length)
    {
        var udp = Wire.Udp(
            50_000, RecordingProtocol.Port, [.. Enumerable.Range(0, length).Select(i => (byte)(255 - i * 7 % 5))]);
        var pseudo = Wire.Concat(
            Wire.U32((uint)NetworkAddress.Parse(Network.Client).Low), Wire.U32((uint)NetworkAddress.Parse(Network.Server).Low),
            [0, 17], Wire.U16(udp.Length), udp);
        (udp[6], udp[7]) = ((byte)(Wire.Checksum(pseudo) >> 8), (byte)Wire.Checksum(pseudo));
        var network = new Network(options: new TrafficOptions());
        network.Ip(Network.Client, Network.Server, 17, udp);
        udp[^1] ^= 0x10;
        network.Ip(Network.Client, Network.Server, 17, udp);
        network.Finish();

        Assert.AreEqual(1, network.Decoder.LinkCounters.Noted["TCP or UDP checksum wrong"]);
    }

    [TestMethod]
    public void A_CAN_frame_is_counted_only()
    {
        var network = new Network();
        network.Frame(new byte[16], LinkType.SocketCan);
        network.Finish();

        Assert.AreEqual(1, network.Decoder.LinkCounters.Dropped["CAN frame"]);
        Assert.IsNull(network.FrameConversations[1]);
    }

    private static byte[] Tunnel(byte protocol, byte[] payload) =>
        Wire.Ethernet(8, 9, 0x0800, Wire.IPv4("10.9.0.1", "10.9.0.2", protocol, payload, id: 3));
}
