namespace OtGuard.Collectors.Capture.Tests.Network;

[TestClass]
public class AddressTests
{
    [TestMethod]
    public void An_ARP_request_binds_its_sender_and_seeks_its_target()
    {
        var network = new Network();
        network.Frame(Wire.Ethernet(1, 0xFFFF, 0x0806, Wire.Arp(1, 1, "10.0.0.1", 0, "10.0.0.2")));
        network.Frame(Wire.Ethernet(2, 1, 0x0806, Wire.Arp(2, 2, "10.0.0.2", 1, "10.0.0.1")));
        network.Finish();

        Assert.AreEqual(
            "ConversationStarted, AddressBound 10.0.0.1 02:00:00:00:00:01, AddressSought 10.0.0.2 02:00:00:00:00:01, "
                + "ConversationStarted, AddressBound 10.0.0.2 02:00:00:00:00:02",
            Addresses(network));
        Assert.AreEqual(2, network.Decoder.Conversations.Count(c => c is { Transport: Transport.Link, Service: 0x0806 }));
    }

    [TestMethod]
    public void A_probe_binds_nothing_and_an_announcement_seeks_nothing()
    {
        var network = new Network();
        network.Frame(Wire.Ethernet(1, 0xFFFF, 0x0806, Wire.Arp(1, 1, "0.0.0.0", 0, "10.0.0.9")));
        network.Frame(Wire.Ethernet(1, 0xFFFF, 0x0806, Wire.Arp(1, 1, "10.0.0.9", 0, "10.0.0.9")));
        network.Finish();

        Assert.AreEqual(
            "ConversationStarted, AddressSought 10.0.0.9 02:00:00:00:00:01, AddressBound 10.0.0.9 02:00:00:00:00:01",
            Addresses(network));
    }

    [TestMethod]
    public void Neighbour_solicitation_and_advertisement_bind_and_seek()
    {
        var network = new Network();
        network.Frame(Wire.Ethernet(1, 3, 0x86DD, Wire.IPv6("fe80::1", "ff02::1:ff00:2", 58, Wire.Concat(
            [135, 0, 0, 0, 0, 0, 0, 0], Wire.Address6("fe80::2"), [1, 1], Wire.Mac(1)))));
        network.Frame(Wire.Ethernet(2, 1, 0x86DD, Wire.IPv6("fe80::2", "fe80::1", 58, Wire.Concat(
            [136, 0, 0, 0, 0, 0, 0, 0], Wire.Address6("fe80::2"), [2, 1], Wire.Mac(2)))));
        network.Finish();

        var text = Addresses(network);
        Assert.Contains("AddressSought fe80::2 02:00:00:00:00:01", text);
        Assert.Contains("AddressBound fe80::1 02:00:00:00:00:01", text);
        Assert.Contains("AddressBound fe80::2 02:00:00:00:00:02", text);
    }

    [TestMethod]
    public void A_link_address_is_bound_once_a_connection_and_again_when_it_changes()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1);
        network.ServerSends(2);
        var packet = Wire.IPv4(Network.Client, Network.Server, 6, Wire.Tcp(
            Network.ClientPort, RecordingProtocol.Port, network.ClientSequence, network.ServerSequence, Wire.Ack, [3]));
        network.Frame(Wire.Ethernet(66, 2, 0x0800, packet));
        network.Finish();

        var bound = network.Observations.Where(o => o.Operation == Operation.AddressBound).ToArray();
        Assert.AreEqual(
            "10.0.0.1 02:00:00:00:00:01, 10.0.0.2 02:00:00:00:00:02, 10.0.0.1 02:00:00:00:00:42",
            string.Join(", ", bound.Select(o => $"{o.Subject} {o.LinkAddress}")));
        Assert.HasCount(3, network.OnlyDecoder.ToServer.Concat(network.OnlyDecoder.ToClient));
    }

    [TestMethod]
    public void A_datagram_to_all_on_its_link_is_a_group_conversation_whatever_its_IP_address()
    {
        var network = new Network();
        network.Frame(Wire.Concat(
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], Wire.Mac(1), Wire.U16(0x0800),
            Wire.IPv4("10.0.0.1", "10.0.0.255", 17, Wire.Udp(138, 50_138, [1]))));
        network.Finish();

        Assert.IsTrue(network.Decoder.Conversations[0].IsGroup);
        Assert.AreEqual("10.0.0.1", network.Decoder.Conversations[0].Client.ToString());
        Assert.AreEqual(50_138, network.Decoder.Conversations[0].Service);
    }

    [TestMethod]
    public void Port_unreachable_refuses_the_datagram_it_quotes()
    {
        var network = new Network();
        var udp = Wire.Udp(50_000, 9, [1]);
        network.Ip(Network.Client, Network.Server, 17, udp, id: 3);
        network.Ip(Network.Server, Network.Client, 1, Wire.Concat(
            [3, 3, 0, 0, 0, 0, 0, 0], Wire.IPv4(Network.Client, Network.Server, 17, udp, id: 3)));
        network.Finish();

        var refused = network.Observations.Single(o => o.Operation == Operation.ConnectionRefused);
        Assert.AreEqual(9, refused.Connection.Server.Port);
        Assert.AreEqual(Direction.ToClient, refused.Sender);
    }

    [TestMethod]
    public void A_link_protocol_is_a_conversation_from_its_sender()
    {
        var network = new Network();
        network.Frame(Wire.Ethernet(1, 9, 0x88B8, [0, 1, 0, 8, 0, 0, 0, 0]));
        network.Frame(Wire.Ethernet(2, 9, 0x0026, [0x42, 0x42, 3, 0, 0, 0, 0]));
        network.Finish();

        Assert.AreEqual("goose", network.Decoder.Conversations[0].ProtocolName);
        Assert.AreEqual("02:00:00:00:00:01", network.Decoder.Conversations[0].Client.ToString());
        Assert.AreEqual(0x42, network.Decoder.Conversations[1].Service);
    }

    private static string Addresses(Network network) => string.Join(", ", network.Observations.Select(o =>
        o.Operation is Operation.AddressBound or Operation.AddressSought
            ? $"{o.Operation} {o.Subject} {o.LinkAddress}"
            : o.Operation.ToString()));
}
