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
}
