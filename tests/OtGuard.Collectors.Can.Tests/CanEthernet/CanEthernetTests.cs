using System.Text;
using System.Text.Json;
using OtGuard.Collectors.Can.CanEthernet;
using OtGuard.Collectors.Can.Frames;
using OtGuard.Collectors.Can.J1939;
using OtGuard.Collectors.Can.Tests.Peers;
using OtGuard.Collectors.Can.Uds;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Capture.Network;
using OtGuard.TestKit;

namespace OtGuard.Collectors.Can.Tests.CanEthernet;

[TestClass]
public sealed class CanEthernetTests : IObservationConsumer
{
    private readonly List<string> _frames = [];
    private readonly List<(CanEthernetAnomaly Anomalies, Outcome Outcome, string Json)> _datagrams = [];
    private readonly CanEthernetProtocol _protocol = new();
    private readonly ProtocolRegistry _protocols;
    private readonly ObservationBatch _batch;
    private readonly CanTraffic _traffic;

    public CanEthernetTests()
    {
        _protocols = new ProtocolRegistry(_protocol, new CanProtocol(), new UdsProtocol(), new J1939Protocol());
        _batch = new ObservationBatch(this);
        _traffic = new CanTraffic(_protocols, new CanOptions(), _batch);
        _protocol.UseTraffic(_traffic);
    }

    [TestMethod]
    public void Every_frame_of_a_capture_is_the_one_tshark_sees()
    {
        var path = SharedData.PathOf("can/ndpi/can.pcap");
        Read(path);
        var theirs = Tshark.Fields(
                path, ["-Y", "caneth"], "frame.number", "can.id", "can.len", "can.flags.xtd", "can.flags.rtr")
            .SelectMany(row => row[1].Split(',').Select((_, i) => string.Join(
                ' ', row[0], At(row[1], i)[2..], At(row[2], i), IsTrue(At(row[3], i)), IsTrue(At(row[4], i)))))
            .ToArray();

        Assert.HasCount(16, theirs);
        CollectionAssert.AreEqual(theirs, _frames);
    }

    [TestMethod]
    public void Data_frames_carry_their_payload_and_remote_frames_only_their_length()
    {
        Decode("49534F3131383938 01 03 | 23010000 02 AABB000000000000 00 00 | 6A12F109 08 0102030405060708 01 00 | 00020000 04 0000000000000000 00 01");

        Assert.AreEqual(
            "1 00000123 2 False False AABB, 1 09f1126a 8 True False 0102030405060708, 1 00000200 4 False True",
            string.Join(", ", _frames));
        Assert.AreEqual((CanEthernetAnomaly.None, Outcome.Succeeded), (_datagrams[0].Anomalies, _datagrams[0].Outcome));
        Assert.Contains("\"version\":1,\"frames\":3", _datagrams[0].Json);
    }

    [TestMethod]
    [DataRow("49534F3131383938 02 01 230100000200AABB0000000000000000", "VersionUnknown", "Undecodable", 0)]
    [DataRow("49534F3131383938 01", "HeaderCut", "Undecodable", 0)]
    [DataRow("49534F3131383938 01 02 23010000 02 AABB000000000000 00 00 2301", "FramesMissing", "Succeeded", 1)]
    [DataRow("49534F3131383938 01 11", "TooManyFrames, FramesMissing", "Succeeded", 0)]
    [DataRow("49534F3131383938 01 00 FF", "BytesAfterFrames", "Succeeded", 0)]
    [DataRow("49534F3131383938 01 01 23010000 09 AABB000000000000 00 00", "LengthAboveEight", "Succeeded", 1)]
    [DataRow("49534F3131383938 01 01 23010000 01 AABB000000000000 00 10", "FlagNeitherZeroNorOne", "Succeeded", 1)]
    [DataRow("49534F3131383938 01 01 23090000 01 AABB000000000000 00 00", "IdentifierTooLong", "Succeeded", 1)]
    public void What_is_wrong_with_a_datagram_is_named(string bytes, string anomalies, string outcome, int frames)
    {
        Decode(bytes);

        Assert.AreEqual(anomalies, _datagrams[0].Anomalies.ToString());
        Assert.AreEqual(outcome, _datagrams[0].Outcome.ToString());
        Assert.HasCount(frames, _frames);
    }

    [TestMethod]
    [DataRow("49534F3131383938", Transport.Udp, true)]
    [DataRow("49534F3131383938 01 00", Transport.Udp, true)]
    [DataRow("49534F3131383938 01 00", Transport.Tcp, false)]
    [DataRow("49534F3131383937 01 00", Transport.Udp, false)]
    [DataRow("49534F31", Transport.Udp, false)]
    public void Only_datagrams_with_the_magic_text_are_claimed(string bytes, Transport transport, bool claimed)
    {
        var claim = _protocol.Probe(new Probe(Bus.Bytes(bytes), transport, 40000, 40001, null));

        Assert.AreEqual(claimed, claim.Verdict == ClaimVerdict.Yes);
    }

    [TestMethod]
    public void Senders_are_told_apart_by_address_and_served_port_and_are_bounded()
    {
        var channels = new CanEthernetChannels();
        var first = channels.Of(NetworkAddress.FromIPv4(1), 11898);

        Assert.AreEqual(first, channels.Of(NetworkAddress.FromIPv4(1), 11898));
        Assert.AreEqual(first + 1, channels.Of(NetworkAddress.FromIPv4(2), 11898));
        Assert.AreEqual(first + 2, channels.Of(NetworkAddress.FromIPv4(1), 11899));
        for (uint i = 10; i < 200; i++) channels.Of(NetworkAddress.FromIPv4(i), 11898);
        Assert.AreEqual(first + CanEthernetChannels.Maximum - 1, channels.Of(NetworkAddress.FromIPv4(1000), 11898));
        Assert.AreEqual(first, channels.Of(NetworkAddress.FromIPv4(1), 11898));
    }

    void IObservationConsumer.Consume(ObservationBatch batch)
    {
        foreach (ref readonly var observation in batch.Items)
        {
            var name = _protocols.Name(observation.Protocol);
            if (name == CanEthernetProtocol.ProtocolName)
                _datagrams.Add((
                    (CanEthernetAnomaly)observation.Anomalies, observation.Outcome, Json(observation, batch)));
            if (name != "can") continue;
            var kind = (CanFrameKind)observation.SubCode;
            var line = $"{observation.Frame} {observation.Target.Start & 0x1FFF_FFFF:x8} {observation.Code} "
                + $"{kind.HasFlag(CanFrameKind.Extended)} {kind.HasFlag(CanFrameKind.Remote)} "
                + Convert.ToHexString(batch.Bytes(observation.RequestData));
            _frames.Add(line.TrimEnd());
        }
    }

    private string Json(in Observation observation, ObservationBatch batch)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) _protocol.WriteJson(writer, observation, batch);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string At(string list, int index) => list.Split(',')[index];

    private static bool IsTrue(string flag) => flag is "1" or "True";

    private void Decode(string bytes)
    {
        var address = NetworkAddress.FromIPv4(0x0A000001);
        var connection = new Connection(
            0, new Endpoint(address, 40000), new Endpoint(address, 11898), Transport.Udp,
            new Conversation(0, address, address, Transport.Udp, 11898));
        var data = Bus.Bytes(bytes.Replace("|", "", StringComparison.Ordinal));
        var decoder = _protocol.CreateDecoder(1, Transport.Udp, 0);

        var used = decoder.Decode(connection, Direction.ToServer, data, new Sighting(default, 1), _batch);

        Assert.AreEqual(data.Length, used);
        _traffic.Finish();
    }

    private void Read(string path)
    {
        var decoder = new TrafficDecoder(_protocols, new TrafficOptions(), _batch);
        using var source = CaptureFiles.Open([path]);
        while (source.TryRead(out var frame)) decoder.Process(frame);
        decoder.Finish();
        _traffic.Finish();
    }
}
