using OtGuard.TestKit;

namespace OtGuard.Collectors.OpcUa.Tests;

[TestClass]
public sealed class TransportTests
{
    [TestMethod]
    public void Hello_and_acknowledge_are_one_handshake()
    {
        var seen = new Exchange().Send(Direction.ToServer, Ua.Hello()).Send(Direction.ToClient, Ua.Acknowledge()).Single;

        Assert.AreEqual((Operation.Handshake, Outcome.Succeeded), (seen.Operation, seen.Outcome));
        Assert.AreEqual("HEL", seen.Json.GetProperty("messageType").GetString());
        Assert.AreEqual("opc.tcp://plc:4840", seen.Json.GetProperty("request").GetProperty("endpointUrl").GetString());
    }

    [TestMethod]
    public void Error_in_answer_to_hello_refuses_it()
    {
        var seen = new Exchange().Send(Direction.ToServer, Ua.Hello()).Send(Direction.ToClient, Ua.Error(0x80830000)).Single;

        Assert.AreEqual((Outcome.Rejected, unchecked((int)0x80830000)), (seen.Outcome, seen.Observation.Reason));
    }

    [TestMethod]
    public void Reverse_hello_turns_the_roles()
    {
        var exchange = new Exchange();
        exchange.Send(Direction.ToServer, Ua.Frame("RHEF", new UaWriter().String("urn:server").String("opc.tcp://plc:4840").Bytes));
        exchange.Send(Direction.ToClient, Ua.Hello()).Send(Direction.ToServer, Ua.Acknowledge());
        exchange.Send(Direction.ToClient, Ua.OpenRequest()).Send(Direction.ToServer, Ua.OpenResponse());
        exchange.Send(Direction.ToClient, Ua.Message(Ua.ReadRequest("i=85"), 2, 2));
        exchange.Send(Direction.ToServer, Ua.Message(Ua.ReadResponse(3), 2, 2));

        Assert.AreEqual((Operation.Read, Outcome.Succeeded, OpcUaAnomaly.None), (exchange.Last.Operation, exchange.Last.Outcome, exchange.Last.Anomalies));
    }

    [TestMethod]
    public void Chunks_are_put_together()
    {
        var body = Ua.ReadRequest("ns=2;s=One", "ns=2;s=Two");
        var exchange = new Exchange().Opened();
        exchange.Send(Direction.ToServer, Ua.Message(body[..20], 2, 2, type: "MSGC"));
        exchange.Send(Direction.ToServer, Ua.Message(body[20..31], 2, 3, type: "MSGC"));
        exchange.Send(Direction.ToServer, Ua.Message(body[31..], 2, 4));
        exchange.Response(Ua.ReadResponse(1, 2));

        CollectionAssert.AreEqual((string[])["ns=2;s=One", "ns=2;s=Two"], exchange.Seen.Select(seen => seen.TargetName).ToArray());
        Assert.AreEqual(OpcUaAnomaly.None, exchange.Last.Anomalies);
    }

    [TestMethod]
    public void Abort_refuses_the_request_with_its_reason()
    {
        var exchange = new Exchange().Opened().Request(Ua.ReadRequest("i=85"));
        exchange.Send(Direction.ToClient, Ua.Message(Ua.ReadResponse(1)[..10], 2, 2, type: "MSGC"));
        exchange.Send(Direction.ToClient, Ua.Message(new UaWriter().UInt32(0x80B80000).String("too large").Bytes, 2, 3, type: "MSGA"));

        var seen = exchange.Single;
        Assert.AreEqual((Outcome.Rejected, unchecked((int)0x80B80000), OpcUaAnomaly.MessageAborted),
            (seen.Outcome, seen.Observation.Reason, seen.Anomalies));
    }

    [TestMethod]
    public void More_chunks_than_the_server_takes_are_said_once()
    {
        var exchange = new Exchange();
        exchange.Send(Direction.ToServer, Ua.Hello()).Send(Direction.ToClient, Ua.Acknowledge(chunks: 3));
        exchange.Send(Direction.ToServer, Ua.OpenRequest()).Send(Direction.ToClient, Ua.OpenResponse());
        for (var chunk = 0; chunk < 40; chunk++)
            exchange.Send(Direction.ToServer, Ua.Message(Ua.ReadRequest("i=85"), 2, (uint)(2 + chunk), type: "MSGC"));

        Assert.HasCount(1, exchange.Seen.Where(seen => seen.Anomalies.HasFlag(OpcUaAnomaly.ChunkCountExceeded)).ToArray());
        exchange.Close();
        Assert.IsTrue(exchange.Seen.Any(seen => seen.Anomalies.HasFlag(OpcUaAnomaly.ChunksAbandoned)));
    }

    [TestMethod]
    public void Message_beyond_the_budget_is_decoded_as_far_as_it_is_kept()
    {
        var exchange = new Exchange(new OpcUaOptions { MaximumMessageBytes = 64 << 10 }).Opened();
        string[] nodes = [.. Enumerable.Range(0, 4000).Select(number => $"ns=2;s=A.Rather.Long.Name.{number:D5}")];
        var body = Ua.ReadRequest(nodes);
        uint sequence = 2;
        for (var at = 0; at < body.Length; at += 8000)
        {
            var last = at + 8000 >= body.Length;
            exchange.Send(Direction.ToServer,
                Ua.Message(body[at..Math.Min(at + 8000, body.Length)], 2, sequence++, type: last ? "MSGF" : "MSGC"));
        }

        exchange.Response(Ua.Fault(0x80B80000));

        Assert.AreEqual("ns=2;s=A.Rather.Long.Name.00000", exchange.Seen[0].TargetName);
        Assert.IsTrue(exchange.Seen[0].Anomalies.HasFlag(OpcUaAnomaly.MessageTooLarge));
        Assert.IsFalse(exchange.Seen[0].Anomalies.HasFlag(OpcUaAnomaly.EncodingInvalid));
    }

    [TestMethod]
    public void Chunk_too_long_to_wait_for_is_read_over_and_the_next_one_decoded()
    {
        var exchange = new Exchange(new OpcUaOptions { MaximumChunkBytes = 8192 }).Opened();
        exchange.Send(Direction.ToServer, Ua.Message(new byte[20_000], 2, 2));
        exchange.Send(Direction.ToServer, Ua.Message(Ua.ReadRequest("i=85"), 3, 3)).Send(Direction.ToClient, Ua.Message(Ua.ReadResponse(1), 3, 2));

        Assert.IsTrue(exchange.Seen[0].Anomalies.HasFlag(OpcUaAnomaly.MessageTooLarge));
        Assert.AreEqual((Operation.Read, Outcome.Succeeded), (exchange.Last.Operation, exchange.Last.Outcome));
    }

    [TestMethod]
    [DataRow(4u, OpcUaAnomaly.SequenceGap)]
    [DataRow(1u, OpcUaAnomaly.SequenceRepeated)]
    [DataRow(2u, OpcUaAnomaly.None)]
    public void Sequence_numbers_have_to_follow_each_other(uint sequence, object anomaly)
    {
        var seen = new Exchange().Opened()
            .Send(Direction.ToServer, Ua.Message(Ua.ReadRequest("i=85"), 2, sequence)).Response(Ua.ReadResponse(1)).Single;

        Assert.AreEqual((OpcUaAnomaly)anomaly, seen.Anomalies);
    }

    [TestMethod]
    public void Sequence_numbers_may_wrap()
    {
        var exchange = new Exchange().Opened();
        exchange.Send(Direction.ToServer, Ua.Message(Ua.ReadRequest("i=85"), 2, uint.MaxValue - 1000));
        exchange.Send(Direction.ToServer, Ua.Message(Ua.ReadRequest("i=85"), 3, 1));
        exchange.Send(Direction.ToClient, Ua.Message(Ua.ReadResponse(1), 3, 2));

        Assert.AreEqual(OpcUaAnomaly.None, exchange.Last.Anomalies);
    }

    [TestMethod]
    public void Token_never_issued_is_said_and_a_renewed_one_is_not()
    {
        var exchange = new Exchange().Opened();
        exchange.Send(Direction.ToServer, Ua.Message(Ua.ReadRequest("i=85"), 2, 2, token: 9)).Response(Ua.ReadResponse(1));
        Assert.IsTrue(exchange.Last.Anomalies.HasFlag(OpcUaAnomaly.TokenUnknown));

        exchange.Send(Direction.ToServer, Ua.OpenRequest(3, 3, channel: 1)).Send(Direction.ToClient, Ua.OpenResponse(3, 3, token: 2));
        exchange.Send(Direction.ToServer, Ua.Message(Ua.ReadRequest("i=85"), 4, 4, token: 2));
        exchange.Send(Direction.ToClient, Ua.Message(Ua.ReadResponse(1), 4, 4, token: 2));
        Assert.AreEqual(OpcUaAnomaly.None, exchange.Last.Anomalies);
        Assert.AreEqual(2, exchange.Protocol.Channels[0].Tokens);
    }

    [TestMethod]
    public void Token_is_expired_beyond_a_quarter_over_its_lifetime()
    {
        var exchange = new Exchange();
        exchange.Send(Direction.ToServer, Ua.OpenRequest()).Send(Direction.ToClient, Ua.OpenResponse(lifetime: 1000));
        exchange.Milliseconds = 1250;
        exchange.Send(Direction.ToServer, Ua.Message(Ua.ReadRequest("i=85"), 2, 2)).Send(Direction.ToClient, Ua.Message(Ua.ReadResponse(1), 2, 2));
        Assert.AreEqual(OpcUaAnomaly.None, exchange.Last.Anomalies);

        exchange.Milliseconds = 1251;
        exchange.Send(Direction.ToServer, Ua.Message(Ua.ReadRequest("i=85"), 3, 3)).Send(Direction.ToClient, Ua.Message(Ua.ReadResponse(1), 3, 3));
        Assert.IsTrue(exchange.Last.Anomalies.HasFlag(OpcUaAnomaly.TokenExpired));
    }

    [TestMethod]
    public void Joined_midway_decoding_begins_with_the_first_whole_message()
    {
        var exchange = new Exchange(joinedMidway: true);
        exchange.Send(Direction.ToServer, [.. new byte[333], .. Ua.Message(Ua.ReadRequest("i=85"), 40, 700, 5, 3)]);
        exchange.Send(Direction.ToClient, [.. new byte[17], .. Ua.Message(Ua.ReadResponse(4), 40, 900, 5, 3)]);

        Assert.AreEqual((Operation.Read, Outcome.Succeeded, "=4"), (exchange.Last.Operation, exchange.Last.Outcome, exchange.Last.Values));
        Assert.AreEqual("None", exchange.Protocol.Channels[0].Mode);
        foreach (var seen in exchange.Seen.Where(seen => seen.Outcome == Outcome.Undecodable))
            Assert.AreEqual(OpcUaAnomaly.BytesSkippedAfterGap, seen.Anomalies);
    }

    [TestMethod]
    public void After_a_gap_decoding_resumes_with_the_next_message()
    {
        var exchange = new Exchange().Opened();
        exchange.Request(Ua.ReadRequest("i=1"), 2).Gap(Direction.ToServer).Gap(Direction.ToClient);
        exchange.Send(Direction.ToServer, Ua.Message(Ua.ReadRequest("i=2"), 5, 9)[30..]);
        exchange.Send(Direction.ToServer, Ua.Message(Ua.ReadRequest("i=3"), 6, 10));
        exchange.Send(Direction.ToClient, Ua.Message(Ua.ReadResponse(3), 6, 12));

        Assert.AreEqual((Outcome.Succeeded, "i=3", "=3"), (exchange.Last.Outcome, exchange.Last.TargetName, exchange.Last.Values));
        Assert.AreEqual(OpcUaAnomaly.None, exchange.Last.Anomalies);
        exchange.Close();
        Assert.AreEqual((Outcome.Unpaired, "i=1"), (exchange.Last.Outcome, exchange.Last.TargetName));
    }

    [TestMethod]
    public void Bytes_that_are_no_message_are_skipped_and_said()
    {
        var exchange = new Exchange().Opened();
        exchange.Send(Direction.ToServer, [.. "GET / HTTP/1.1 HELO MSGF"u8, .. Ua.Message(Ua.ReadRequest("i=85"), 2, 2)]);
        exchange.Response(Ua.ReadResponse(1));

        Assert.AreEqual((Outcome.Undecodable, OpcUaAnomaly.BytesSkipped), (exchange.Seen[0].Outcome, exchange.Seen[0].Anomalies));
        Assert.AreEqual((Operation.Read, Outcome.Succeeded), (exchange.Last.Operation, exchange.Last.Outcome));
    }

    [TestMethod]
    public void Message_cut_by_the_capture_is_decoded_as_far_as_it_goes()
    {
        var exchange = new Exchange().Opened().Request(Ua.ReadRequest("ns=2;s=One", "ns=2;s=Two"));
        exchange.Response(Ua.ReadResponse(1, 2));
        var message = Ua.Message(Ua.ReadRequest("ns=2;s=One", "ns=2;s=Two"), 3, 3);
        exchange.Cut(Direction.ToServer, message[..^6], 6);
        exchange.Send(Direction.ToServer, Ua.Message(Ua.ReadRequest("i=3"), 4, 4)).Send(Direction.ToClient, Ua.Message(Ua.ReadResponse(3), 4, 3));

        Assert.AreEqual("i=3", exchange.Last.TargetName);
        exchange.Close();
        Assert.IsTrue(exchange.Seen.Any(seen => seen.TargetName == "ns=2;s=One" && seen.Anomalies.HasFlag(OpcUaAnomaly.MessageCut)));
    }

    [TestMethod]
    [DataRow("HELF20000000", ClaimVerdict.Yes)]
    [DataRow("4D5347", ClaimVerdict.NeedMoreData)]
    public void Probe_knows_headers(string start, object verdict)
    {
        var bytes = start.StartsWith("HEL", StringComparison.Ordinal) ? Ua.Hello() : Convert.FromHexString(start);

        var claim = new OpcUaProtocol(new OpcUaOptions()).Probe(new Probe(bytes, Collectors.Transport.Tcp, 50000, 50001, null));

        Assert.AreEqual((ClaimVerdict)verdict, claim.Verdict);
    }

    [TestMethod]
    [DataRow("i=631", true)]
    [DataRow("i=634", false)]
    [DataRow("i=397", false)]
    public void Probe_tells_who_asks_by_the_type_id(string typeId, bool senderIsClient)
    {
        var bytes = Ua.Message(new UaWriter().NodeId(typeId).Raw(new byte[40]).Bytes);

        var claim = new OpcUaProtocol(new OpcUaOptions()).Probe(new Probe(bytes, Collectors.Transport.Tcp, 50000, 50001, null));

        Assert.AreEqual(new Claim(ClaimVerdict.Yes, 0, senderIsClient), claim);
    }
}
