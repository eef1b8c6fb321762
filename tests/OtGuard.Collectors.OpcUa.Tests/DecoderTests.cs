using System.Text;
using OtGuard.Collectors.OpcUa.Services;

using OtGuard.TestKit;

namespace OtGuard.Collectors.OpcUa.Tests;

[TestClass]
public sealed class ServiceTableTests
{
    [TestMethod]
    public void Every_service_of_part_4_is_there_once_with_two_type_ids()
    {
        // 5 discovery, 2 channel, 4 session, 4 node management, 5 view, 2 query, 4 attribute, 1 method,
        // 5 monitored item, 7 subscription, 1 session-less.
        Assert.HasCount(5 + 2 + 4 + 4 + 5 + 2 + 4 + 1 + 5 + 7 + 1, ServiceTable.All);
        var ids = ServiceTable.All.SelectMany(service => new[] { service.RequestTypeId, service.ResponseTypeId }).ToArray();
        Assert.HasCount(ids.Length, ids.Distinct().ToArray());
        Assert.HasCount(ServiceTable.All.Length, ServiceTable.All.Select(service => service.Name).Distinct().ToArray());
    }

    [TestMethod]
    public void Type_ids_are_found_in_both_directions()
    {
        foreach (var service in ServiceTable.All)
        {
            Assert.AreSame(service, ServiceTable.Find(service.RequestTypeId, out var isResponse));
            Assert.IsFalse(isResponse);
            Assert.AreSame(service, ServiceTable.Find(service.ResponseTypeId, out isResponse));
            Assert.IsTrue(isResponse);
        }
    }

    [TestMethod]
    [DataRow(0u)]
    [DataRow(630u)]
    [DataRow(65_535u)]
    [DataRow(uint.MaxValue)]
    public void Other_numbers_are_no_service(uint typeId) => Assert.IsNull(ServiceTable.Find(typeId, out _));
}

[TestClass]
public sealed class OperationTests
{
    [TestMethod]
    public void Read_of_three_nodes_is_three_observations_of_the_same_frames()
    {
        var exchange = new Exchange().Opened()
            .Request(Ua.ReadRequest("ns=2;s=Tap", "i=2258", "ns=1;g=09087e75-8e5e-499b-954f-f2a9603db28a"))
            .Response(Ua.ReadResponse(7, -1, 42));

        Assert.HasCount(3, exchange.Seen);
        CollectionAssert.AreEqual(
            (string[])["ns=2;s=Tap", "i=2258", "ns=1;g=09087e75-8e5e-499b-954f-f2a9603db28a"],
            exchange.Seen.Select(seen => seen.TargetName).ToArray());
        CollectionAssert.AreEqual((string[])["=7", "=-1", "=42"], exchange.Seen.Select(seen => seen.Values).ToArray());
        foreach (var seen in exchange.Seen)
        {
            Assert.AreEqual((Operation.Read, Outcome.Succeeded, (short)631, 13),
                (seen.Operation, seen.Outcome, seen.Observation.Code, seen.Observation.SubCode));
            Assert.AreEqual((5L, 6L), (seen.Observation.RequestFrame, seen.Observation.ResponseFrame));
            Assert.AreEqual(OpcUaAnomaly.None, seen.Anomalies);
        }
    }

    [TestMethod]
    public void Json_has_one_object_for_a_request_with_all_its_nodes()
    {
        var protocol = new OpcUaProtocol(new OpcUaOptions());
        var json = "";
        var batch = new ObservationBatch(new JsonTaker(protocol, text => json = text));
        var exchange = new Exchange(protocol: protocol);
        var decoder = protocol.CreateDecoder(1, Collectors.Transport.Tcp, 0);
        decoder.Decode(exchange.Connection, Direction.ToServer, Ua.Message(Ua.ReadRequest("ns=2;s=Tap", "i=85"), 9, 3), new Sighting(default, 1), batch);
        decoder.Decode(exchange.Connection, Direction.ToClient, Ua.Message(Ua.ReadResponse(7, 8), 9, 3), new Sighting(default, 1), batch);
        batch.Flush();

        Assert.AreEqual(
            """{"messageType":"MSG","secureChannelId":1,"tokenId":1,"sequenceNumber":3,"requestId":9,"service":"Read","nodes":["""
            + """{"nodeId":"ns=2;s=Tap","attribute":"Value","value":7,"status":"Good"},"""
            + """{"nodeId":"i=85","attribute":"Value","value":8,"status":"Good"}]}""",
            json);
    }

    private sealed class JsonTaker(OpcUaProtocol protocol, Action<string> take) : IObservationConsumer
    {
        public void Consume(ObservationBatch batch)
        {
            using var stream = new MemoryStream();
            using (var writer = new System.Text.Json.Utf8JsonWriter(stream)) protocol.WriteJson(writer, batch.Items, batch);
            take(Encoding.UTF8.GetString(stream.ToArray()));
        }
    }

    [TestMethod]
    public void Write_carries_the_value_in_its_request()
    {
        var seen = new Exchange().Opened()
            .Request(Ua.WriteRequest("ns=2;s=Tap", 12)).Response(Ua.WriteResponse()).Single;

        Assert.AreEqual((Operation.Write, Outcome.Succeeded, "ns=2;s=Tap", ":=12"),
            (seen.Operation, seen.Outcome, seen.TargetName, seen.Values));
        Assert.IsTrue(seen.Observation.IsWrite);
    }

    [TestMethod]
    public void Bad_status_of_an_operation_is_a_refusal()
    {
        var seen = new Exchange().Opened()
            .Request(Ua.WriteRequest("ns=2;s=Tap", 12)).Response(Ua.WriteResponse(0x803B0000)).Single;

        Assert.AreEqual(Outcome.Rejected, seen.Outcome);
        Assert.AreEqual(unchecked((int)0x803B0000), seen.Observation.Reason);
        Assert.AreEqual("BadNotWritable", new OpcUaProtocol(new OpcUaOptions()).ReasonText(seen.Observation.Reason));
    }

    [TestMethod]
    public void Service_fault_refuses_every_operation_of_its_request()
    {
        var exchange = new Exchange().Opened()
            .Request(Ua.ReadRequest("i=1", "i=2")).Response(Ua.Fault(0x80100000));

        Assert.HasCount(2, exchange.Seen);
        foreach (var seen in exchange.Seen)
            Assert.AreEqual((Outcome.Rejected, unchecked((int)0x80100000)), (seen.Outcome, seen.Observation.Reason));
    }

    [TestMethod]
    public void Responses_are_paired_by_request_identifier_whatever_their_order()
    {
        var exchange = new Exchange().Opened()
            .Request(Ua.ReadRequest("i=1"), 5).Request(Ua.ReadRequest("i=2"), 6)
            .Response(Ua.ReadResponse(20), 6).Response(Ua.ReadResponse(10), 5);

        CollectionAssert.AreEqual((string[])["i=2=20", "i=1=10"], exchange.Seen.Select(seen => seen.TargetName + seen.Values).ToArray());
    }

    [TestMethod]
    public void Publish_names_the_nodes_of_its_monitored_items()
    {
        var exchange = new Exchange().Opened()
            .Request(Ua.CreateMonitoredItemsRequest(3, 77, "ns=2;s=Tap")).Response(Ua.CreateMonitoredItemsResponse(501))
            .Request(Ua.PublishRequest(), 3).Response(Ua.PublishResponse(3, (77, 5), (78, 6)), 3);

        Assert.HasCount(3, exchange.Seen);
        Assert.AreEqual((Operation.Subscribe, "ns=2;s=Tap"), (exchange.Seen[0].Operation, exchange.Seen[0].TargetName));
        Assert.AreEqual((Operation.Notify, "ns=2;s=Tap", "=5"), (exchange.Seen[1].Operation, exchange.Seen[1].TargetName, exchange.Seen[1].Values));
        Assert.AreEqual((Operation.Notify, "", "=6"), (exchange.Seen[2].Operation, exchange.Seen[2].TargetName, exchange.Seen[2].Values));
    }

    [TestMethod]
    public void Handles_of_another_subscription_name_no_node()
    {
        var exchange = new Exchange().Opened()
            .Request(Ua.CreateMonitoredItemsRequest(3, 77, "ns=2;s=Tap")).Response(Ua.CreateMonitoredItemsResponse(501))
            .Request(Ua.PublishRequest(), 3).Response(Ua.PublishResponse(4, (77, 5)), 3);

        Assert.AreEqual("", exchange.Last.TargetName);
    }

    [TestMethod]
    public void Keep_alive_is_one_observation_without_a_node()
    {
        var seen = new Exchange().Opened()
            .Request(new UaWriter().NodeId("i=826").RequestHeader().Int32(-1).Bytes)
            .Response(new UaWriter().NodeId("i=829").ResponseHeader().UInt32(1).Int32(-1).Byte(0).UInt32(1).Int64(0)
                .Int32(-1).Int32(-1).Int32(-1).Bytes).Single;

        Assert.AreEqual((Operation.Notify, Outcome.Succeeded, Target.None), (seen.Operation, seen.Outcome, seen.Observation.Target));
        Assert.AreEqual(OpcUaAnomaly.None, seen.Anomalies);
    }

    [TestMethod]
    public void Call_has_its_method_object_and_arguments()
    {
        var seen = new Exchange().Opened()
            .Request(new UaWriter().NodeId("i=712").RequestHeader().Int32(1).NodeId("ns=1;i=10").NodeId("ns=1;i=11")
                .Int32(2).Variant(1).Variant(2.5).Bytes)
            .Response(new UaWriter().NodeId("i=715").ResponseHeader().Int32(1).UInt32(0).Int32(-1).Int32(-1)
                .Int32(1).Variant(9).Int32(-1).Bytes).Single;

        Assert.AreEqual((Operation.Call, "ns=1;i=11", ":=1,2.5=9"), (seen.Operation, seen.TargetName, seen.Values));
        Assert.AreEqual(TargetSpace.Nodes, seen.Observation.WriteTarget.Space);
        Assert.AreEqual(OpcUaAnomaly.None, seen.Anomalies);
    }

    [TestMethod]
    public void Operations_beyond_the_limit_are_counted_and_said()
    {
        var exchange = new Exchange(new OpcUaOptions { MaximumOperations = 2 }).Opened()
            .Request(Ua.ReadRequest("i=1", "i=2", "i=3")).Response(Ua.ReadResponse(1, 2, 3));

        Assert.HasCount(2, exchange.Seen);
        Assert.Contains("operations-cut", Names(exchange.Last));
        Assert.AreEqual(1L, exchange.Protocol.Counters.Dropped["operation beyond those written of one message"]);
    }

    [TestMethod]
    public void Request_is_given_up_after_the_time_it_asks_for()
    {
        var exchange = new Exchange().Opened();
        exchange.Request(new UaWriter().NodeId("i=673").RequestHeader(timeoutHint: 2000).Int32(-1).Bytes);

        Assert.IsEmpty(exchange.Tick(2000).Seen);
        Assert.AreEqual(Outcome.Unanswered, exchange.Tick(2001).Single.Outcome);
        exchange.Response(Ua.WriteResponse());
        Assert.AreEqual((Outcome.Unpaired, OpcUaAnomaly.ResponseLate),
            (exchange.Last.Outcome, exchange.Last.Anomalies & OpcUaAnomaly.ResponseLate));
    }

    internal static string Names(Seen seen) => string.Join(
        ' ', OpcUaAnomalies.Descriptors.Where(anomaly => ((ulong)seen.Anomalies >> anomaly.Bit & 1) != 0).Select(anomaly => anomaly.Name));
}
