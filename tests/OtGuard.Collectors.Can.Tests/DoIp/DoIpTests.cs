using System.Text.Json;
using OtGuard.Collectors.Can.DoIp;
using OtGuard.Collectors.Can.Tests.Peers;
using OtGuard.Collectors.Can.Uds;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Capture.Network;
using OtGuard.TestKit;

namespace OtGuard.Collectors.Can.Tests.DoIp;

[TestClass]
public sealed class DoIpTests : IObservationConsumer
{
    private readonly List<Seen> _seen = [];
    private ProtocolRegistry _protocols = new();

    [TestMethod]
    public void A_gateways_capture_agrees_with_tshark()
    {
        var path = SharedData.PathOf("other/doip/scapy/doip.pcap.gz");
        Read(path);
        var theirs = Tshark.Fields(
                path, ["-Y", "uds && doip"], "frame.number", "uds.sid", "uds.reply", "uds.err.sid", "uds.err.code")
            .Where(row => row[1].Length > 0)
            .Select(row => row[2] is "0x01" or "True" or "1"
                ? row[1] == "0x3f" ? $"{row[0]} - {row[3]} {row[4]}" : $"{row[0]} + {row[1]}"
                : $"{row[0]} ? {row[1]}")
            .Where(row => !row.EndsWith(" 0x78", StringComparison.Ordinal))
            .ToHashSet();
        var ours = _seen.Where(seen => seen.Protocol == "uds").SelectMany(Messages).ToHashSet();

        Assert.IsGreaterThan(15, theirs.Count);
        Assert.IsEmpty(theirs.Except(ours).ToArray(), "Only theirs: " + string.Join(", ", theirs.Except(ours)));
        Assert.IsEmpty(ours.Except(theirs).ToArray(), "Only ours: " + string.Join(", ", ours.Except(theirs)));
    }

    [TestMethod]
    public void Announcements_activations_and_refusals_are_observed()
    {
        var path = SharedData.PathOf("other/doip/scapy/doip.pcap.gz");
        Read(path);
        var types = Tshark.Fields(path, ["-Y", "doip"], "frame.number", "doip.type").ToArray();
        var doip = _seen.Where(seen => seen.Protocol == "doip").ToArray();

        Assert.HasCount(
            types.Count(row => row[1] == "0x0004"),
            doip.Where(seen => seen.Json.TryGetProperty("vin", out _)).ToArray());
        var activations = doip.Where(seen => seen.Json.GetProperty("payloadType").GetString() == "0005").ToArray();
        Assert.HasCount(types.Count(row => row[1] == "0x0005"), activations);
        Assert.IsGreaterThan(2, activations.Count(seen => seen.Outcome == Outcome.Succeeded));
        Assert.HasCount(
            types.Count(row => row[1] == "0x0000"),
            doip.Where(seen => ((DoIpAnomaly)seen.Observation.Anomalies).HasFlag(DoIpAnomaly.HeaderRefused)).ToArray());
    }

    [TestMethod]
    [DataRow("02FD0005000000070E00000000000000", true)]
    [DataRow("02FD800100000006 0E000001 1003", null)]
    [DataRow("02FD80020000000500010E0000", false)]
    public void Headers_are_claimed_with_the_role_they_show(string bytes, bool? senderIsClient)
    {
        var claim = new DoIpProtocol(new CanOptions()).Probe(
            new Probe(Bus.Bytes(bytes), Transport.Tcp, 40000, 50000, null));

        Assert.AreEqual(ClaimVerdict.Yes, claim.Verdict);
        Assert.AreEqual(senderIsClient, claim.SenderIsClient);
    }

    [TestMethod]
    [DataRow("02FC000500000007")]
    [DataRow("02FD123400000007")]
    [DataRow("02FD000500000070")]
    [DataRow("485454502F312E31")]
    public void Other_bytes_are_not(string bytes) =>
        Assert.AreEqual(
            ClaimVerdict.No,
            new DoIpProtocol(new CanOptions()).Probe(
                new Probe(Bus.Bytes(bytes), Transport.Tcp, 40000, 13400, null)).Verdict);

    [TestMethod]
    public void Splitting_a_stream_changes_nothing()
    {
        string[] toServer = ["02FD0005000000070E000000000000", "02FD8001000000060E0000011003", "02FD8001000000070E00000122F190"];
        var toClient = Bus.Bytes(
            "02FD0006000000090E0000011000000000 02FD80020000000500010E0000 02FD80010000000A 00010E00 5003003201F4"
            + "02FD80030000000500010E0003");
        string[] Decode(int step)
        {
            _seen.Clear();
            var (decoder, connection, batch) = Decoder();
            Feed(decoder, connection, Direction.ToServer, Bus.Bytes(string.Concat(toServer)), step, batch);
            Feed(decoder, connection, Direction.ToClient, toClient, step, batch);
            decoder.OnClose(connection, default, false, batch);
            batch.Flush();
            return [.. _seen.Select(seen => seen.Essence)];
        }

        var whole = Decode(int.MaxValue);
        Assert.HasCount(3, whole);
        foreach (var step in new[] { 1, 2, 3, 5, 7, 11, 13 }) CollectionAssert.AreEqual(whole, Decode(step));
    }

    [TestMethod]
    public void Random_bytes_never_throw()
    {
        var random = new Random(5);
        for (var round = 0; round < 2000; round++)
        {
            var (decoder, connection, batch) = Decoder();
            for (var part = 0; part < 4; part++)
            {
                var data = new byte[random.Next(64)];
                random.NextBytes(data);
                if (data.Length > 8 && random.Next(2) == 0) Bus.Bytes("02FD80010000").CopyTo(data, 0);
                var used = decoder.Decode(connection, (Direction)(part & 1), data, new Sighting(default, part), batch);
                Assert.IsInRange(0, data.Length, used);
            }

            decoder.OnClose(connection, default, false, batch);
            batch.Flush();
        }
    }

    public void Consume(ObservationBatch batch)
    {
        foreach (var observation in batch.Items)
        {
            if (observation.Protocol == ProtocolRegistry.Network) continue;
            var protocol = _protocols[observation.Protocol];
            using var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream)) protocol.WriteJson(writer, observation, batch);
            _seen.Add(new Seen(
                observation,
                protocol.Name,
                batch.Bytes(observation.RequestData).ToArray(),
                batch.Bytes(observation.ResponseData).ToArray(),
                JsonDocument.Parse(stream.ToArray()).RootElement));
        }
    }

    private static IEnumerable<string> Messages(Seen seen)
    {
        var observation = seen.Observation;
        if (observation.RequestFrame > 0) yield return $"{observation.RequestFrame} ? 0x{observation.Code:x2}";
        if (observation.ResponseFrame == 0) yield break;
        yield return observation.Reason < 0
            ? $"{observation.ResponseFrame} + 0x{observation.Code:x2}"
            : $"{observation.ResponseFrame} - 0x{observation.Code:x2} 0x{observation.Reason:x2}";
    }

    private static void Feed(
        IConnectionDecoder decoder, Connection connection, Direction direction, byte[] data, int step, ObservationBatch batch)
    {
        byte[] rest = [];
        for (var at = 0; at < data.Length; at += Math.Min(step, data.Length - at))
        {
            byte[] offered = [.. rest, .. data.AsSpan(at, Math.Min(step, data.Length - at))];
            rest = offered[decoder.Decode(connection, direction, offered, new Sighting(default, (long)direction + 1), batch)..];
        }
    }

    private (IConnectionDecoder Decoder, Connection Connection, ObservationBatch Batch) Decoder()
    {
        var doip = Register();
        var address = NetworkAddress.FromIPv4(0x0A000001);
        var conversation = new Conversation(0, address, address, Transport.Tcp, DoIpProtocol.Port);
        return (
            doip.CreateDecoder(1, Transport.Tcp, 0),
            new Connection(0, new Endpoint(address, 40000), new Endpoint(address, 13400), Transport.Tcp, conversation),
            new ObservationBatch(this));
    }

    private DoIpProtocol Register()
    {
        var doip = new DoIpProtocol(new CanOptions());
        _protocols = new ProtocolRegistry(doip, new UdsProtocol());
        doip.UseRegistry(_protocols);
        return doip;
    }

    private void Read(string path)
    {
        Register();
        var batch = new ObservationBatch(this);
        var decoder = new TrafficDecoder(_protocols, new TrafficOptions(), batch);
        using var source = CaptureFiles.Open([path]);
        while (source.TryRead(out var frame)) decoder.Process(frame);
        decoder.Finish();
    }
}
