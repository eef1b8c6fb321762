using OtGuard.Collectors.Capture.Network;

namespace OtGuard.Collectors.Capture.Tests.Network;

[TestClass]
public class ConnectionTests
{
    [TestMethod]
    public void A_port_used_again_is_a_new_connection_of_the_same_conversation()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1);
        network.ClientSequence = 70_000;
        network.ServerSequence = 80_000;
        network.Handshake();
        network.ClientSends(2);
        network.Finish();

        Assert.HasCount(2, network.Protocol.Decoders);
        Assert.AreEqual("2", string.Join(' ', network.Protocol.Decoders[1].ToServer));
        Assert.AreEqual(2, network.Observations.Where(o => o.Operation == Operation.ConnectionAttempted)
            .Select(o => o.Connection.Index).Distinct().Count());
        Assert.AreEqual(8, network.TcpConversation.Frames.Count);
    }

    [TestMethod]
    public void A_SYN_answered_by_a_reset_is_refused()
    {
        var network = new Network();
        network.FromClient(network.ClientSequence++, 0, Wire.Syn);
        network.FromServer(0, network.ClientSequence, Wire.Rst | Wire.Ack);
        network.Finish();

        Assert.AreEqual(1, network.CountOf(Operation.ConnectionRefused));
        Assert.AreEqual(0, network.CountOf(Operation.ConnectionReset));
        Assert.AreEqual(2, network.TcpConversation.Frames.Count);
    }

    [TestMethod]
    public void A_SYN_nobody_answers_in_time_is_unanswered_once_and_its_repetitions_are_no_attempts()
    {
        var network = new Network();
        for (var i = 0; i < 4; i++)
        {
            network.FromClient(network.ClientSequence, 0, Wire.Syn);
            network.Now += TimeSpan.FromSeconds(3);
        }

        network.Finish();

        Assert.AreEqual(1, network.CountOf(Operation.ConnectionAttempted));
        Assert.AreEqual(1, network.CountOf(Operation.ConnectionUnanswered));
        Assert.AreEqual(4, network.TcpConversation.Frames.Count);
    }

    [TestMethod]
    public void A_reset_says_who_sent_it()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1);
        network.FromServer(network.ServerSequence, network.ClientSequence, Wire.Rst | Wire.Ack);
        network.Finish();

        var reset = network.Observations.Single(o => o.Operation == Operation.ConnectionReset);
        Assert.AreEqual(Direction.ToClient, reset.Sender);
        Assert.AreEqual(">1 close", string.Join(' ', network.OnlyDecoder.Events));
    }

    [TestMethod]
    public void A_reset_outside_of_the_window_is_not_taken()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1);
        network.FromServer(network.ServerSequence + 1_000_000_000, network.ClientSequence, Wire.Rst);
        network.ClientSends(2);
        network.Finish();

        Assert.AreEqual("1 2", string.Join(' ', network.OnlyDecoder.ToServer));
        Assert.AreEqual(0, network.CountOf(Operation.ConnectionReset));
    }

    [TestMethod]
    public void A_connection_that_lives_on_after_a_reset_is_decoded_on()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1);
        network.FromServer(network.ServerSequence, network.ClientSequence, Wire.Rst | Wire.Ack);
        network.ServerSends(2);
        network.ClientSends(3);
        network.Finish();

        Assert.AreEqual(1, network.CountOf(Operation.ConnectionReset));
        Assert.HasCount(2, network.Protocol.Decoders);
        Assert.AreEqual("2", string.Join(' ', network.Protocol.Decoders[1].ToClient));
        Assert.AreEqual("3", string.Join(' ', network.Protocol.Decoders[1].ToServer));
        Assert.AreEqual(7, network.TcpConversation.Frames.Count);
    }

    [TestMethod]
    public void Joined_midway_the_registered_port_is_the_servers_whoever_speaks_first()
    {
        var network = new Network();
        network.ServerSends(1, 2);
        network.ClientSends(3);
        network.Finish();

        var conversation = network.TcpConversation;
        Assert.AreEqual(Network.Client, conversation.Client.ToString());
        Assert.AreEqual(RecordingProtocol.Port, conversation.Service);
        Assert.AreEqual(1, conversation.FromServer.Frames);
        Assert.AreEqual("1 2", string.Join(' ', network.OnlyDecoder.ToClient));
        Assert.IsTrue(network.Observations[0].Connection.JoinedMidway);
        Assert.AreEqual(1, network.CountOf(Operation.ConnectionOpened));
    }

    [TestMethod]
    public void Joined_midway_structure_outweighs_ports_and_earlier_frames_are_counted_the_right_way()
    {
        // The bytes say "I answer" (0xA6) and come from the higher port.
        var network = new Network(framed: true);
        network.Ip(Network.Client, Network.Server, 6, Wire.Tcp(1000, 900, 1, 1, Wire.Ack));
        network.Ip(Network.Server, Network.Client, 6, Wire.Tcp(900, 1000, 1, 1, Wire.Ack));
        Assert.IsEmpty(network.Decoder.Conversations);
        network.Ip(Network.Client, Network.Server, 6, Wire.Tcp(1000, 900, 1, 1, Wire.Ack, [0xA6, 2]));
        network.Finish();

        var conversation = network.TcpConversation;
        Assert.AreEqual(Network.Server, conversation.Client.ToString());
        Assert.AreEqual(1000, conversation.Service);
        Assert.AreEqual(2, conversation.FromServer.Frames);
        Assert.AreEqual(1, conversation.FromClient.Frames);
        Assert.AreEqual(3, conversation.Frames.Count);
        Assert.AreEqual(RoleEvidence.Structure, network.Observations[0].Connection.RoleEvidence);
        Assert.IsTrue(network.FrameConversations.Values.All(found => found == conversation));
    }

    [TestMethod]
    public void A_message_begun_before_the_capture_is_skipped_and_a_later_segment_is_claimed()
    {
        var network = new Network(framed: true);
        network.ClientSends(7, 7, 7);
        network.ClientSends(0xA5, 3, 1);
        network.Finish();

        Assert.AreEqual("165 3 1", string.Join(' ', network.OnlyDecoder.ToServer));
        Assert.AreEqual(3, network.TcpConversation.Visibility.UndecodedBytes);
        Assert.AreEqual(3, network.TcpConversation.Visibility.DecodedBytes);
    }

    [TestMethod]
    public void Foreign_bytes_on_a_registered_port_are_reported_once_and_decoded_by_nobody()
    {
        var network = new Network(framed: true);
        network.Handshake();
        for (var i = 0; i < 12; i++) network.ClientSends(1, 2, 3);
        network.Finish();

        Assert.IsEmpty(network.Protocol.Decoders);
        Assert.AreEqual(1, network.CountOf(Operation.ForeignProtocol));
        Assert.AreEqual(36, network.TcpConversation.Visibility.UndecodedBytes);
    }

    [TestMethod]
    public void One_visible_direction_is_reported_once_a_conversation_and_decoded()
    {
        var network = new Network();
        for (var round = 0; round < 2; round++)
        {
            network.FromClient(network.ClientSequence++, 0, Wire.Syn);
            network.ServerSequence++;
            for (var i = 0; i < 6; i++)
            {
                network.ClientSends(1);
                network.ServerSequence += 10;
            }

            network.ClientSequence += 500_000;
        }

        network.Finish();

        Assert.AreEqual(1, network.CountOf(Operation.OneSided));
        Assert.IsTrue(network.TcpConversation.OneSided);
        Assert.IsTrue(network.Observations[^1].Connection.OneSided);
        Assert.AreEqual(0, network.CountOf(Operation.BytesMissing));
        Assert.AreEqual(0, network.CountOf(Operation.ConnectionUnanswered));
        Assert.HasCount(6, network.Protocol.Decoders[1].ToServer);
    }

    [TestMethod]
    public void One_visible_direction_shows_in_a_single_exchange_with_its_handshake_and_ends_when_the_other_is_seen()
    {
        var network = new Network();
        network.FromClient(network.ClientSequence++, 0, Wire.Syn);
        network.ServerSequence++;
        network.ClientSends(1);
        network.ServerSequence += 10;
        network.FromClient(network.ClientSequence, network.ServerSequence, Wire.Ack);
        network.FromClient(network.ClientSequence++, network.ServerSequence + 1, Wire.Ack | Wire.Fin);
        network.ServerSequence++;
        network.Decoder.Finish();
        Assert.AreEqual(1, network.CountOf(Operation.OneSided));
        var connection = network.Observations[^1].Connection;
        Assert.IsTrue(connection.OneSided);

        var whole = new Network();
        for (var i = 0; i < 4; i++)
        {
            whole.ClientSends(1);
            whole.ServerSequence += 10;
        }

        whole.ServerSends(2);
        whole.Finish();
        Assert.AreEqual(1, whole.CountOf(Operation.OneSided));
        Assert.IsFalse(whole.Observations[0].Connection.OneSided);
    }

    [TestMethod]
    public void Decoders_are_told_the_time_while_something_may_wait_and_not_for_ever()
    {
        var network = new Network(options: new TrafficOptions { DecoderTimeAfterData = TimeSpan.FromSeconds(10) });
        network.Handshake();
        network.ClientSends(1);
        for (var i = 0; i < 100; i++)
        {
            network.Now += TimeSpan.FromSeconds(1);
            network.Frame(Wire.Ethernet(3, 4, 0x88B8, [1, (byte)i]));
        }

        Assert.IsInRange(10, 12, network.OnlyDecoder.Times);
    }

    [TestMethod]
    public void Decoders_are_told_the_time_where_no_frame_comes_any_more()
    {
        var network = new Network();
        network.Decoder.OnTime(At(0));
        network.Handshake();
        network.ClientSends(1);
        for (var i = 1; i <= 5; i++) network.Decoder.OnTime(At(i));
        // Time that is told late, or again, moves nothing.
        network.Decoder.OnTime(At(2));

        Assert.AreEqual(5, network.OnlyDecoder.Times);

        CaptureTime At(int seconds) => new((network.Now + TimeSpan.FromSeconds(seconds)).Ticks * 100);
    }

    [TestMethod]
    public void Connections_beyond_the_limit_push_out_the_oldest_and_are_counted()
    {
        var network = new Network(options: new TrafficOptions { MaximumConnections = 10 });
        for (var port = 1; port <= 40; port++)
            network.Ip(Network.Client, Network.Server, 6, Wire.Tcp(40_000, port, 1, 0, Wire.Syn));
        network.Finish();

        Assert.AreEqual(30, network.Decoder.TcpCounters.Dropped["connection given up for want of room"]);
        Assert.HasCount(40, network.Decoder.Conversations);
        Assert.AreEqual(40, network.CountOf(Operation.ConnectionAttempted));
    }

    [TestMethod]
    public void Conversations_beyond_the_limit_go_under_one()
    {
        var network = new Network(options: new TrafficOptions { MaximumConversations = 5 });
        for (var port = 1; port <= 40; port++)
            network.Ip(Network.Client, Network.Server, 6, Wire.Tcp(40_000, port, 1, 0, Wire.Syn));
        network.Finish();

        Assert.HasCount(6, network.Decoder.Conversations);
        Assert.AreEqual(35, network.Decoder.Conversations[5].Frames.Count);
        Assert.AreEqual(35, network.Decoder.LinkCounters.Noted["conversation beyond the limit"]);
    }

    [TestMethod]
    public void Conversations_that_were_silent_for_hours_make_room_for_new_ones_under_numbers_of_their_own()
    {
        var network = new Network(options: new TrafficOptions { MaximumConversations = 5 });
        void Speak(int port) => network.Ip(Network.Client, Network.Server, 6, Wire.Tcp(40_000, port, 1, 0, Wire.Syn));
        for (var port = 1; port <= 5; port++) Speak(port);
        network.Now += TimeSpan.FromHours(2.1);
        Speak(5);
        Speak(6);
        Speak(1);
        network.Finish();

        // One is forgotten for the sixth, and another for the first, which is known no more.
        CollectionAssert.AreEquivalent(
            new ushort[] { 3, 4, 5, 6, 1 }, network.Decoder.Conversations.Select(one => one.Service).ToArray());
        var numbers = network.FrameConversations.Values.Select(one => one!.Index).Distinct().ToList();
        Assert.HasCount(7, numbers);
        Assert.AreEqual(2, network.Decoder.LinkCounters.Noted["silent conversation forgotten"]);
        Assert.IsFalse(network.Decoder.LinkCounters.Noted.ContainsKey("conversation beyond the limit"));
    }
}
