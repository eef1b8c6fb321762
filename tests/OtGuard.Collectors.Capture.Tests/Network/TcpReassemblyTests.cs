using OtGuard.Collectors.Capture.Network;

namespace OtGuard.Collectors.Capture.Tests.Network;

[TestClass]
public class TcpReassemblyTests
{
    [TestMethod]
    public void A_whole_connection_is_observed_and_its_bytes_are_delivered_both_ways()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1, 2, 3);
        network.ServerSends(4, 5);
        network.FromClient(network.ClientSequence++, network.ServerSequence, Wire.Fin | Wire.Ack);
        network.FromServer(network.ServerSequence++, network.ClientSequence, Wire.Fin | Wire.Ack);
        network.FromClient(network.ClientSequence, network.ServerSequence, Wire.Ack);
        network.Finish();

        Assert.AreEqual("1 2 3", string.Join(' ', network.OnlyDecoder.ToServer));
        Assert.AreEqual("4 5", string.Join(' ', network.OnlyDecoder.ToClient));
        Assert.AreEqual(">3 <2 close", string.Join(' ', network.OnlyDecoder.Events));
        Assert.AreEqual(
            "ConversationStarted AddressBound ConnectionAttempted AddressBound ConnectionOpened ProtocolIdentified "
                + "ConnectionClosed",
            string.Join(' ', network.Operations));
        var conversation = network.TcpConversation;
        Assert.AreEqual("recording", conversation.ProtocolName);
        Assert.AreEqual(Network.Client, conversation.Client.ToString());
        Assert.AreEqual(RecordingProtocol.Port, conversation.Service);
        Assert.AreEqual(8, conversation.Frames.Count);
        Assert.AreEqual(5, conversation.FromClient.Frames);
        Assert.AreEqual(3, conversation.FromServer.Frames);
        Assert.AreEqual(5, conversation.Visibility.DecodedBytes);
        Assert.HasCount(8, network.FrameConversations);
    }

    [TestMethod]
    public void Without_room_for_a_history_a_direction_is_counted_once_as_not_compared()
    {
        var network = new Network(options: new TrafficOptions { MaximumHistoryBytes = 0, VerifyTransportChecksums = false });
        network.Handshake();
        network.ClientSends(1, 2, 3);
        network.ClientSends(4);
        network.FromClient(network.ClientSequence - 2, network.ServerSequence, Wire.Ack, [9, 9]);
        network.Finish();

        Assert.AreEqual("1 2 3 4", string.Join(' ', network.OnlyDecoder.ToServer));
        Assert.AreEqual(0, network.CountOf(Operation.SegmentsDisagree));
        Assert.AreEqual(
            1,
            network.Decoder.TcpCounters.Noted["direction not compared with what was sent before, for want of room"]);
    }

    [TestMethod]
    public void Segments_out_of_order_are_delivered_in_order()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(0);
        network.FromClient(network.ClientSequence + 2, network.ServerSequence, Wire.Ack, [3, 4]);
        network.FromClient(network.ClientSequence + 4, network.ServerSequence, Wire.Ack, [5]);
        network.FromClient(network.ClientSequence, network.ServerSequence, Wire.Ack, [1, 2]);
        network.Finish();

        Assert.AreEqual("0 1 2 3 4 5", string.Join(' ', network.OnlyDecoder.ToServer));
        Assert.AreEqual(0, network.CountOf(Operation.BytesMissing));
    }

    [TestMethod]
    public void A_retransmission_that_reaches_further_delivers_only_what_is_new()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1, 2, 3);
        network.FromClient(network.ClientSequence - 2, network.ServerSequence, Wire.Ack, [2, 3, 4]);
        network.Finish();

        Assert.AreEqual("1 2 3 4", string.Join(' ', network.OnlyDecoder.ToServer));
        Assert.AreEqual(0, network.CountOf(Operation.SegmentsDisagree));
        Assert.AreEqual(1, network.Decoder.TcpCounters.Noted["retransmission"]);
    }

    [TestMethod]
    public void A_retransmission_with_other_bytes_is_observed_and_the_first_bytes_stay()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1, 2, 3);
        network.FromClient(network.ClientSequence - 3, network.ServerSequence, Wire.Ack, [1, 9, 8]);
        network.ClientSends(4);
        network.Finish();

        Assert.AreEqual("1 2 3 4", string.Join(' ', network.OnlyDecoder.ToServer));
        var disagreement = network.Observations.Single(o => o.Operation == Operation.SegmentsDisagree);
        Assert.AreEqual(2, disagreement.Target.Count);
        Assert.AreEqual(Direction.ToServer, disagreement.Sender);
    }

    [TestMethod]
    public void Two_segments_behind_a_hole_that_disagree_are_observed_and_the_first_bytes_stay()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(0);
        network.FromClient(network.ClientSequence + 1, network.ServerSequence, Wire.Ack, [2, 3]);
        network.FromClient(network.ClientSequence + 1, network.ServerSequence, Wire.Ack, [2, 7, 4]);
        network.FromClient(network.ClientSequence, network.ServerSequence, Wire.Ack, [1]);
        network.Finish();

        Assert.AreEqual("0 1 2 3 4", string.Join(' ', network.OnlyDecoder.ToServer));
        Assert.AreEqual(1, network.CountOf(Operation.SegmentsDisagree));
    }

    [TestMethod]
    public void Keep_alives_are_not_data_and_never_a_disagreement()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1, 2, 3);
        network.Now += TimeSpan.FromSeconds(1);
        network.FromClient(network.ClientSequence - 1, network.ServerSequence, Wire.Ack);
        network.Now += TimeSpan.FromSeconds(1);
        network.FromClient(network.ClientSequence - 1, network.ServerSequence, Wire.Ack, [0]);
        network.ClientSends(4);
        network.Finish();

        Assert.AreEqual("1 2 3 4", string.Join(' ', network.OnlyDecoder.ToServer));
        Assert.AreEqual(0, network.CountOf(Operation.SegmentsDisagree));
        Assert.AreEqual(2, network.Decoder.TcpCounters.Noted["keep-alive"]);
    }

    [TestMethod]
    public void A_request_missing_from_the_capture_is_a_gap_before_its_answer()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1, 2);
        network.ServerSends(3);
        network.ClientSequence += 12;
        network.ServerSends(4);
        network.ClientSends(5);
        network.Finish();

        Assert.AreEqual(">2 <1 >gap <1 >1 capture ended", string.Join(' ', network.OnlyDecoder.Events));
        Assert.AreEqual(12, network.Observations.Single(o => o.Operation == Operation.BytesMissing).Target.Count);
        Assert.AreEqual(12, network.TcpConversation.Visibility.LostBytes);
    }

    [TestMethod]
    public void Bytes_that_come_just_after_their_gap_are_delivered_and_not_lost()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1, 2);
        network.FromServer(network.ServerSequence, network.ClientSequence + 2, Wire.Ack, [9]);
        network.ServerSequence++;
        network.ClientSends(3, 4);
        network.ClientSends(5);
        network.Finish();

        Assert.AreEqual("1 2 3 4 5", string.Join(' ', network.OnlyDecoder.ToServer));
        Assert.AreEqual(0, network.TcpConversation.Visibility.LostBytes);
    }

    [TestMethod]
    public void A_hole_nobody_fills_is_given_up_after_its_time()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1);
        network.ClientSequence += 5;
        network.ClientSends(2);
        Assert.AreEqual(">1", string.Join(' ', network.OnlyDecoder.Events));
        network.Now += TimeSpan.FromSeconds(3);
        network.ClientSends(3);
        network.Finish();

        Assert.AreEqual(">1 >gap >1 >1 capture ended", string.Join(' ', network.OnlyDecoder.Events));
    }

    [TestMethod]
    public void A_hole_still_open_at_the_end_hands_on_what_waits_behind_it()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1);
        network.ClientSequence += 5;
        network.ClientSends(2);
        network.Finish();

        Assert.AreEqual(">1 >gap >1 capture ended", string.Join(' ', network.OnlyDecoder.Events));
    }

    [TestMethod]
    public void Out_of_order_bytes_beyond_the_budget_end_the_hole_and_are_counted()
    {
        var network = new Network(options: new TrafficOptions { MaximumReorderBytesPerConnection = 64, MaximumReorderSegments = 4 });
        network.Handshake();
        network.ClientSends(1);
        network.ClientSequence += 5;
        for (var i = 0; i < 10; i++) network.ClientSends(2, 2, 2, 2);
        network.Finish();

        Assert.HasCount(41, network.OnlyDecoder.ToServer);
        Assert.AreEqual(1, network.CountOf(Operation.BytesMissing));
        Assert.AreEqual(1, network.Decoder.TcpCounters.Dropped["out-of-order bytes beyond the budget"]);
    }

    [TestMethod]
    public void A_segment_cut_by_the_snapshot_length_is_a_gap_and_what_follows_is_in_order()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1);
        var whole = Wire.Ethernet(1, 2, 0x0800, Wire.IPv4(Network.Client, Network.Server, 6, Wire.Tcp(
            Network.ClientPort, RecordingProtocol.Port, network.ClientSequence, network.ServerSequence, Wire.Ack, [2, 3, 4, 5])));
        network.Frame(whole[..^2], originalLength: whole.Length);
        network.ClientSequence += 4;
        network.ClientSends(6);
        network.Finish();

        Assert.AreEqual(">1 >2 >gap >1 capture ended", string.Join(' ', network.OnlyDecoder.Events));
        Assert.AreEqual(2, network.TcpConversation.Visibility.LostBytes);
    }

    [TestMethod]
    public void Requests_acknowledged_and_never_captured_are_a_gap_the_decoder_hears_of_when_it_begins()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSequence += 12;
        network.ServerSends(1, 2, 3);
        network.ClientSequence += 12;
        network.ServerSends(4);
        network.Finish();

        Assert.AreEqual(">gap <3 >gap <1 capture ended", string.Join(' ', network.OnlyDecoder.Events));
    }

    [TestMethod]
    public void A_client_of_which_nothing_was_captured_is_a_gap_before_each_answer()
    {
        var network = new Network();
        network.FromServer(network.ServerSequence++, network.ClientSequence, Wire.Syn | Wire.Ack);
        network.ClientSequence += 12;
        network.ServerSends(1, 2, 3);
        network.ClientSequence += 12;
        network.ServerSends(4);
        network.Finish();

        Assert.AreEqual(">gap <3 >gap <1 capture ended", string.Join(' ', network.OnlyDecoder.Events));
    }

    [TestMethod]
    public void Sequence_numbers_may_wrap()
    {
        var network = new Network { ClientSequence = uint.MaxValue - 3 };
        network.Handshake();
        network.ClientSends(1, 2, 3, 4, 5, 6);
        network.FromClient(network.ClientSequence + 1, network.ServerSequence, Wire.Ack, [8]);
        network.ClientSends(7);
        network.Finish();

        Assert.AreEqual("1 2 3 4 5 6 7 8", string.Join(' ', network.OnlyDecoder.ToServer));
        Assert.AreEqual(0, network.CountOf(Operation.BytesMissing));
    }

    [TestMethod]
    public void A_message_over_several_segments_is_offered_until_it_is_complete()
    {
        var network = new Network(framed: true);
        network.Handshake();
        network.ClientSends(0xA5);
        network.ClientSends(6, 1);
        network.ClientSends(2, 3, 4, 0xA5, 3, 9, 0xA5);
        network.ClientSends(2);
        network.Finish();

        Assert.AreEqual("6 3 2", string.Join(' ', network.OnlyDecoder.MessageLengths));
        Assert.AreEqual(11, network.TcpConversation.Visibility.DecodedBytes);
    }

    [TestMethod]
    public void Data_in_the_SYN_is_delivered()
    {
        var network = new Network();
        network.FromClient(network.ClientSequence, 0, Wire.Syn, [1, 2]);
        network.ClientSequence += 3;
        network.FromServer(network.ServerSequence++, network.ClientSequence, Wire.Syn | Wire.Ack);
        network.ClientSends(3);
        network.Finish();

        Assert.AreEqual("1 2 3", string.Join(' ', network.OnlyDecoder.ToServer));
    }

    [TestMethod]
    public void An_acknowledgement_and_a_FIN_that_differ_in_flags_only_are_two_frames()
    {
        var network = new Network();
        network.Handshake();
        network.ClientSends(1);
        foreach (var flags in new byte[] { Wire.Ack, Wire.Ack | Wire.Fin })
        {
            network.Ip(Network.Server, Network.Client, 6, Wire.Tcp(
                RecordingProtocol.Port, Network.ClientPort, network.ServerSequence, network.ClientSequence, flags), id: 0);
        }

        network.FromClient(network.ClientSequence, network.ServerSequence + 1, Wire.Ack | Wire.Fin);
        network.Finish();

        Assert.AreEqual(1, network.CountOf(Operation.ConnectionClosed));
        Assert.AreEqual(0, network.CountOf(Operation.BytesMissing));
    }

    [TestMethod]
    public void A_frame_mirrored_twice_is_decoded_once_and_counted_as_a_frame()
    {
        var network = new Network();
        network.Handshake();
        for (byte i = 0; i < 4; i++)
        {
            var segment = Wire.Tcp(
                Network.ClientPort, RecordingProtocol.Port, network.ClientSequence++, network.ServerSequence, Wire.Ack, [i]);
            network.Ip(Network.Client, Network.Server, 6, segment, id: 700 + i);
            network.Ip(Network.Client, Network.Server, 6, segment, id: 700 + i);
        }

        network.Finish();

        Assert.AreEqual("0 1 2 3", string.Join(' ', network.OnlyDecoder.ToServer));
        Assert.AreEqual(11, network.TcpConversation.Frames.Count);
        Assert.AreEqual(4, network.Decoder.LinkCounters.Noted["frame seen twice"]);
        Assert.IsFalse(network.Decoder.TcpCounters.Noted.ContainsKey("retransmission"));
    }
}
