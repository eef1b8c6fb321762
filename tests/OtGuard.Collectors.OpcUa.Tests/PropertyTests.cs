using CsCheck;
using OtGuard.Collectors.OpcUa.Services;
using OtGuard.Collectors.OpcUa.Types;

using OtGuard.TestKit;

namespace OtGuard.Collectors.OpcUa.Tests;

[TestClass]
public sealed class PropertyTests
{
    private static readonly byte[][] Requests =
    [
        Ua.ReadRequest("ns=2;s=Tap", "i=85"), Ua.WriteRequest("ns=2;s=Tap", 4), Ua.PublishRequest(),
        Ua.CreateMonitoredItemsRequest(3, 77, "ns=2;s=Tap"), Ua.CreateSessionRequest("urn:scada"),
        Ua.ActivateSessionRequest("ns=1;i=77", "i=324", Ua.UserNameToken("operator", "secret")),
    ];

    private static readonly byte[][] Responses =
    [
        Ua.ReadResponse(1, 2), Ua.WriteResponse(), Ua.PublishResponse(3, (77, 1), (78, 2)),
        Ua.CreateMonitoredItemsResponse(9), Ua.CreateSessionResponse("ns=1;i=77"), Ua.ActivateSessionResponse(),
        Ua.Fault(0x80100000),
    ];

    private static readonly Gen<string> Type = Gen.Frequency(
        (8, Gen.Const("MSGF")), (2, Gen.Const("MSGC")), (1, Gen.Const("MSGA")), (1, Gen.Const("CLOF")));

    private static Gen<byte[]> Stream(byte[][] bodies) => Gen.Frequency(
            (10, Gen.Select(Gen.Int[0, bodies.Length - 1], Gen.UInt[1, 4], Gen.UInt[1, 9], Gen.UInt[1, 2], Type,
                (body, request, sequence, channel, type) =>
                    Ua.Message(bodies[body], request, sequence, channel, 1, type))),
            (1, Gen.Const(Ua.Hello())),
            (1, Gen.Const(Ua.Acknowledge())),
            (1, Gen.Const(Ua.OpenRequest())),
            (1, Gen.Const(Ua.OpenResponse())),
            (1, Gen.Const(Ua.SecuredOpen(2, [0x30, 3, 1, 2, 3]))),
            (1, Gen.Byte.Array[1, 60]),
            (2, Gen.Select(Gen.Int[0, bodies.Length - 1], Gen.Int[0, 400], Gen.Byte, (body, at, value) =>
            {
                var message = Ua.Message(bodies[body]);
                message[at % message.Length] = value;
                return message;
            })))
        .Array[1, 10]
        .Select(parts => parts.SelectMany(part => part).ToArray());

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Splitting_a_stream_at_any_byte_changes_no_observation(bool joinedMidway) =>
        Gen.Select(Stream(Requests), Stream(Responses), Gen.Int[1, 64].Array[1, 200]).Sample((requests, responses, sizes) =>
            Run(requests, responses, [int.MaxValue], joinedMidway).SequenceEqual(Run(requests, responses, sizes, joinedMidway)));

    [TestMethod]
    public void Any_bytes_are_read_without_leaving_their_span() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[0, ServiceTable.All.Length - 1], Gen.Bool).Sample((bytes, at, response) =>
        {
            var service = ServiceTable.All[at];
            byte[] body = [1, 0, .. BitConverterOf(response ? service.ResponseTypeId : service.RequestTypeId), .. bytes];
            return MessageReader.Rest(body) <= bytes.Length;
        });

    [TestMethod]
    public void Node_ids_survive_their_text() =>
        Gen.Select(Gen.Int[0, 3], Gen.UShort, Gen.UInt, Gen.Byte.Array[0, 20]).Sample((kind, space, number, bytes) =>
        {
            var name = Convert.ToHexString(bytes);
            var text = (space == 0 ? "" : $"ns={space};") + kind switch
            {
                0 => $"i={number}",
                1 => $"s={name}",
                2 => $"g={new Guid(number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)}",
                _ => $"b={Convert.ToBase64String(bytes)}",
            };
            var encoded = new UaWriter().NodeId(text).Bytes;
            var reader = new UaReader(encoded);
            var node = reader.NodeId();
            return node.ToText(encoded) == text && reader.Remaining == 0
                && NodeIdView.TryParse(text, out var parsed, out var data) && parsed.Hash(data) == node.Hash(encoded);
        });

    [TestMethod]
    public void Every_form_of_a_number_is_the_same_node()
    {
        byte[][] forms = [[0, 85], [1, 0, 85, 0], [2, 0, 0, 85, 0, 0, 0]];
        var hashes = forms.Select(form =>
        {
            var reader = new UaReader(form);
            return reader.NodeId().Hash(form);
        }).Distinct();

        Assert.HasCount(1, hashes.ToArray());
    }

    [TestMethod]
    public void Numbers_of_nodes_are_the_same_in_every_run()
    {
        var first = new OpcUaProtocol(new OpcUaOptions());
        var second = new OpcUaProtocol(new OpcUaOptions());
        Assert.IsTrue(second.TryParseTargetKey("ns=1;s=Other", out _));
        Assert.IsTrue(first.TryParseTargetKey("ns=2;s=Tap", out var one));
        Assert.IsTrue(second.TryParseTargetKey("ns=2;s=Tap", out var other));

        Assert.AreEqual(one, other);
        Assert.AreEqual("ns=2;s=Tap", second.TargetKey(one));
        // Baselines hold the number: it may not change with the program either.
        Assert.AreEqual(NumberOfTap, one.Start);
    }

    private const uint NumberOfTap = 3923977489;

    [TestMethod]
    public void Full_node_table_tells_nodes_apart_without_naming_them()
    {
        var protocol = new OpcUaProtocol(new OpcUaOptions { MaximumNodes = 1 });
        Assert.IsTrue(protocol.TryParseTargetKey("i=1", out var one));
        Assert.IsTrue(protocol.TryParseTargetKey("i=2", out var two));

        Assert.AreNotEqual(one, two);
        Assert.AreEqual(("i=1", null), (protocol.TargetKey(one), protocol.TargetKey(two)));
        Assert.AreEqual(1L, protocol.State.Nodes.Overflowed);
    }

    [TestMethod]
    [DataRow(99, false)]
    [DataRow(130, true)]
    public void Variants_nested_beyond_the_limit_are_said(int levels, bool tooDeep)
    {
        // An array of one Variant inside each other.
        var writer = new UaWriter();
        for (var level = 0; level < levels; level++) writer.Byte(0x80 | 24).Int32(1);
        var reader = new UaReader(writer.Variant(1).Bytes);
        reader.Variant();

        Assert.AreEqual(tooDeep ? EncodingFault.TooDeep : EncodingFault.None, reader.Fault);
    }

    [TestMethod]
    public void Length_bombs_cost_nothing()
    {
        var body = new UaWriter().NodeId("i=631").RequestHeader().Double(0).Int32(0).Int32(int.MaxValue).Bytes;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var rest = MessageReader.Rest(body);

        Assert.AreEqual((-1, 0L), (rest, GC.GetAllocatedBytesForCurrentThread() - before));
    }

    [TestMethod]
    public void Matrix_keeps_its_values_when_its_dimensions_lie()
    {
        var body = new UaWriter().NodeId("i=634").ResponseHeader().Int32(1)
            .Byte(1).Byte(0xC6).Int32(3).Int32(1).Int32(2).Int32(3).Int32(2).Int32(2).Int32(2).Int32(-1).Bytes;
        var seen = new Exchange().Opened().Request(Ua.ReadRequest("i=85")).Response(body).Single;

        Assert.AreEqual((Outcome.Succeeded, "=[1,2,3]", OpcUaAnomaly.EncodingInvalid), (seen.Outcome, seen.Values, seen.Anomalies));
    }

    private static byte[] BitConverterOf(ushort number) => [(byte)number, (byte)(number >> 8)];

    private static List<string> Run(byte[] requests, byte[] responses, int[] sizes, bool joinedMidway)
    {
        var exchange = new Exchange(joinedMidway: joinedMidway);
        Feed(exchange, Direction.ToServer, requests, sizes);
        Feed(exchange, Direction.ToClient, responses, sizes);
        exchange.Close();
        return [.. exchange.Seen.Select(seen => seen.Essence)];
    }

    private static void Feed(Exchange exchange, Direction direction, byte[] stream, int[] sizes)
    {
        var turn = 0;
        for (var at = 0; at < stream.Length;)
        {
            var size = Math.Min(sizes[turn++ % sizes.Length], stream.Length - at);
            exchange.Send(direction, stream[at..(at + size)]);
            at += size;
        }
    }
}
