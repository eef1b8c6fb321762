using System.Globalization;
using System.Text;
using System.Text.Json;
using OtGuard.TestKit;

namespace OtGuard.Collectors.OpcUa.Tests.Peers;

/// <summary>The logs that ICSNPP-OPCUA-Binary's own tests expect of two captures, against ours.</summary>
/// <remarks>The logs come without their header line, so columns stand here by their places.</remarks>
[TestClass]
public sealed class IcsnppTests
{
    private const int Columns = 54;
    private const int TypeColumn = 6;
    private const int ChannelColumn = 17;
    private const int SequenceColumn = 24;
    private const int RequestIdColumn = 26;
    private const int RequestTypeColumn = 29;
    private const int ResponseIdColumn = 45;
    private const int ResponseTypeColumn = 48;

    [TestMethod]
    [DataRow("expected_mainloop", "open62541_client-server_mainloop.pcap", 37)]
    [DataRow("expected_no-handshake", "open62541_client-server_mainloop-no-handshake.pcap", 29)]
    public void Every_exchange_has_their_channel_sequence_request_and_services(string logs, string capture, int rows)
    {
        var theirs = Rows(logs, "opcua_binary.log").ToList();
        Assert.HasCount(rows, theirs);
        foreach (var row in theirs) Assert.IsGreaterThanOrEqualTo(Columns, row.Length);

        var run = PeerCapture.Run("opcua/icsnpp-opcua/" + capture);
        var types = run.Chunks.Where(chunk => chunk.RequestId is not null)
            .ToLookup(chunk => (chunk.Frame, chunk.RequestId!.Value));
        var ours = run.Observations
            .Where(seen => seen.Observation.Code > 0 && seen.Observation.Part == 0)
            .Select(seen => Ours(seen, types));

        // The peer's rows of the transport have none of these.
        var left = theirs.Where(row => row[TypeColumn] is not ("HEL" or "ACK")).Select(Theirs).ToList();
        var found = ours.Where(our => !left.Remove(our))
            .Select(our => new Difference("icsnpp-opcua", capture, "", "exchange", our, ""))
            .Concat(left.Select(their => new Difference("icsnpp-opcua", capture, "", "exchange", "", their)));
        Differences.AssertKnown("icsnpp-opcua", capture, found.ToList());
    }

    [TestMethod]
    public void Endpoints_offered_are_theirs()
    {
        var ours = PeerCapture.Run("opcua/icsnpp-opcua/open62541_client-server_mainloop.pcap").Observations
            .Where(seen => seen.Operation == Operation.Discover)
            .SelectMany(seen => seen.Facts!.Endpoints)
            .Select(endpoint => $"{endpoint.Url} {endpoint.ApplicationUri} {endpoint.ProductUri} {endpoint.SecurityMode} {endpoint.SecurityPolicy}");

        var theirs = Rows("expected_mainloop", "opcua_binary_get_endpoints_description.log")
            .Select(row => $"{row[11]} {row[12]} {row[13]} {Mode(row[^4])} {row[^3].Split('#')[1]}");
        CollectionAssert.AreEqual(theirs.ToList(), ours.ToList());
    }

    [TestMethod]
    public void References_browsed_are_theirs()
    {
        var ours = PeerCapture.Run("opcua/icsnpp-opcua/open62541_client-server_mainloop.pcap").Observations
            .Where(seen => seen.Operation == Operation.Browse)
            .SelectMany(seen => seen.Json.GetProperty("nodes").EnumerateArray())
            .SelectMany(node => node.GetProperty("response").GetProperty("references").EnumerateArray())
            .Select(reference => $"{Text(reference, "referenceTypeId")} {Text(reference, "nodeId")} {Text(reference, "browseName")}");

        var theirs = Rows("expected_mainloop", "opcua_binary_browse_response_references.log")
            .Select(row => $"i={row[13]} {Node(row, 19)} {(row[26] == "-" ? "" : row[26] + ":")}{row[27]}");
        CollectionAssert.AreEqual(theirs.ToList(), ours.ToList());
    }

    [TestMethod]
    public void Nodes_read_and_written_are_theirs()
    {
        var run = PeerCapture.Run("opcua/icsnpp-opcua/open62541_client-server_mainloop.pcap");

        foreach (var (log, operation) in new[]
        {
            ("opcua_binary_read_nodes_to_read.log", Operation.Read), ("opcua_binary_write.log", Operation.Write),
        })
        {
            var ours = run.Observations.Where(seen => seen.Operation == operation)
                .Select(seen => $"{seen.TargetName} {seen.Observation.SubCode}");
            var theirs = Rows("expected_mainloop", log).Where(row => row[6] == "T")
                .Select(row => $"ns={row[12]};s={row[14]} {row[17]}");
            CollectionAssert.AreEqual(theirs.ToList(), ours.ToList());
        }
    }

    [TestMethod]
    public void The_user_is_theirs_and_the_password_they_log_is_kept_nowhere()
    {
        var theirs = Rows("expected_mainloop", "opcua_binary_activate_session.log").First(row => row[6] == "T");
        Assert.AreEqual("password", theirs[23]);

        var run = PeerCapture.Run("opcua/icsnpp-opcua/open62541_client-server_mainloop.pcap");
        var ours = run.Observations.Single(seen => seen.Operation == Operation.Authenticate);

        Assert.AreEqual(theirs[22], ours.Facts!.UserName);
        Assert.IsTrue(ours.Facts.PasswordReadable);
        Assert.Contains("user1", Encoding.UTF8.GetString(ours.RequestData));
        foreach (var seen in run.Observations)
        {
            Assert.DoesNotContain("password\0", Encoding.UTF8.GetString(seen.RequestData) + "\0");
            Assert.DoesNotContain("\"password\"", seen.Json.GetRawText());
        }
    }

    private static IEnumerable<string[]> Rows(string folder, string log) =>
        File.ReadLines(SharedData.PathOf($"opcua/icsnpp-opcua/{folder}/{log}"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('\t'));

    private static string Theirs(string[] row)
    {
        // Where the request is missing the response has the channel, and its own sequence number.
        var hasRequest = row[RequestTypeColumn] != "-";
        var channel = row[ChannelColumn].Split(',')[^1];
        var requestId = hasRequest ? row[RequestIdColumn] : row[ResponseIdColumn];
        return $"{row[TypeColumn]} {channel} {row[SequenceColumn]} {requestId} {row[RequestTypeColumn]} {row[ResponseTypeColumn]}";
    }

    private static string Ours(Seen seen, ILookup<(long, uint), Transport.ChunkSeen> chunks)
    {
        var observation = seen.Observation;
        var json = seen.Json;
        return $"{Text(json, "messageType")} {Text(json, "secureChannelId")} {Text(json, "sequenceNumber")} "
            + $"{observation.Transaction} {TypeId(observation.RequestFrame)} {TypeId(observation.ResponseFrame)}";

        string TypeId(long frame) => frame == 0
            ? "-"
            : chunks[(frame, observation.Transaction)].First().TypeId!.Value.ToString(CultureInfo.InvariantCulture);
    }

    private static string Node(string[] row, int at) =>
        row[at] is "-" or "0" ? $"i={row[at + 1]}" : $"ns={row[at]};i={row[at + 1]}";

    private static string Mode(string number) => number switch
    {
        "1" => "None",
        "2" => "Sign",
        _ => "SignAndEncrypt",
    };

    private static string Text(JsonElement json, string member) =>
        json.GetProperty(member) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : json.GetProperty(member).GetRawText();
}
