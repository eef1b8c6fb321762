using System.Globalization;
using OtGuard.TestKit;

namespace OtGuard.Collectors.Modbus.Tests.Peers;

/// <summary>The captures Zeek tests its own Modbus analyzer with, and a run of it over a large capture.</summary>
[TestClass]
public sealed class ZeekTests
{
    private const string Peer = "zeek";

    [TestMethod]
    public void Responses_of_a_large_capture_are_those_of_zeek()
    {
        const string capture = "iti/ModbusTCP.pcap";
        var found = new List<Difference>();
        var ours = PeerCapture.Run($"modbus/{capture}").Pdus.Where(pdu => !pdu.IsRequest)
            .ToLookup(
                pdu => $"{pdu.Destination} {pdu.Source}",
                pdu => $"{pdu.Transaction} {pdu.Unit} {ZeekLog.FunctionName(pdu.FunctionCode)} {Microseconds(pdu)}");
        var theirs = ZeekLog.Read("modbus/iti/expected_ModbusTCP/modbus.log.gz")
            .ToLookup(
                row => $"{row["id.orig_h"]}:{row["id.orig_p"]} {row["id.resp_h"]}:{row["id.resp_p"]}",
                row => $"{row["tid"]} {row["unit"]} {row["func"]} {row["ts"]}");

        // In the order of the stream, connection by connection: a message missing or invented would shift all the rest.
        foreach (var connection in ours.Select(group => group.Key).Union(theirs.Select(group => group.Key)))
        {
            var our = ours[connection].ToArray();
            var their = theirs[connection].ToArray();
            for (var index = 0; index < Math.Max(our.Length, their.Length); index++)
            {
                var left = index < our.Length ? our[index] : "";
                var right = index < their.Length ? their[index] : "";
                if (left != right) found.Add(new Difference(Peer, capture, connection, "message", left, right));
            }
        }

        Assert.AreEqual(7986, theirs.Sum(group => group.Count()));
        Differences.AssertKnown(Peer, capture, found);
    }

    [TestMethod]
    [DataRow("zeek/fuzz-1011.pcap", "modbus/zeek/expected_fuzz-1011/output")]
    [DataRow("zeek/modbusSmall.pcap", "modbus/zeek/expected_modbusSmall/output")]
    public void Events_are_those_of_zeek(string capture, string expected)
    {
        var pdus = PeerCapture.Run($"modbus/{capture}").Pdus;
        var file = File.ReadAllLines(SharedData.PathOf(expected)).Where(line => line[0] != '#').Select(Unindexed).ToArray();
        var withHeaders = file.Any(line => line.StartsWith("modbus_message", StringComparison.Ordinal));
        var ours = pdus.SelectMany(pdu => Events(pdu, withHeaders)).ToList();
        var found = new List<Difference>();
        foreach (var line in file)
        {
            if (ours.Remove(line)) continue;
            var head = line[..(line.IndexOf("],", line.IndexOf("[tid", StringComparison.Ordinal), StringComparison.Ordinal) + 1)];
            var similar = ours.Find(candidate => candidate.StartsWith(head, StringComparison.Ordinal));
            if (similar is not null) ours.Remove(similar);
            found.Add(new Difference(
                Peer, capture, head, "arguments", similar is null ? "" : similar[head.Length..], line[head.Length..]));
        }

        found.AddRange(ours.Select(line => new Difference(Peer, capture, line, "event", "present", "")));
        Differences.AssertKnown(Peer, capture, found, "arguments", "event");
    }

    [TestMethod]
    public void Log_of_malformed_registers_is_that_of_zeek()
    {
        const string capture = "zeek/fuzz-1011.pcap";
        var ours = PeerCapture.Run($"modbus/{capture}").Pdus
            .Select(pdu => $"{pdu.Transaction} {pdu.Unit} {ZeekLog.FunctionName(pdu.FunctionCode)} "
                + (pdu.IsRequest ? "REQ" : "RESP"))
            .ToArray();
        var theirs = ZeekLog.Read("modbus/zeek/expected_fuzz-1011/modbus.log")
            .Select(row => $"{row["tid"]} {row["unit"]} {row["func"]} {row["pdu_type"]}")
            .ToArray();

        var found = ours.Except(theirs).Select(line => new Difference(Peer, capture, line, "row of modbus.log", "present", ""))
            .Concat(theirs.Except(ours).Select(line => new Difference(Peer, capture, line, "row of modbus.log", "", "present")))
            .ToList();
        Differences.AssertKnown(Peer, capture, found, "row of modbus.log");
    }

    private static string Microseconds(PduSeen pdu)
    {
        var time = pdu.Seen.Observation.Time.UnixNanoseconds + Math.Max(0, pdu.Seen.Observation.LatencyNanoseconds);
        var microseconds = time / 1000;
        return string.Create(
            CultureInfo.InvariantCulture, $"{microseconds / 1_000_000}.{microseconds % 1_000_000:D6}");
    }

    /// <summary>Zeek prints a constant 1 before each event of one of its tests.</summary>
    private static string Unindexed(string line) => line.StartsWith("1 ", StringComparison.Ordinal) ? line[2..] : line;

    private static IEnumerable<string> Events(PduSeen pdu, bool withHeaders)
    {
        var client = pdu.Seen.Observation.Connection.Client;
        var server = pdu.Seen.Observation.Connection.Server;
        var connection = $"[orig_h={client.Address}, orig_p={client.Port}/tcp, resp_h={server.Address}, "
            + $"resp_p={server.Port}/tcp, proto=6, ctx=[]]";
        var header = $"[tid={pdu.Transaction}, pid=0, uid={pdu.Unit}, function_code={pdu.FunctionCode}, len={pdu.Length}]";
        if (withHeaders) yield return $"modbus_message, {connection}, {header}, {(pdu.IsRequest ? "T" : "F")}";
        var name = ZeekLog.FunctionName(pdu.FunctionCode).ToLowerInvariant();
        var kind = pdu.IsRequest ? "request" : "response";
        yield return $"modbus_{name}_{kind}, {connection}, {header}, {Arguments(pdu)}";
    }

    private static string Arguments(PduSeen pdu)
    {
        var address = PeerCapture.Text(pdu.Json, "address");
        var quantity = PeerCapture.Text(pdu.Json, "quantity");
        return (pdu.FunctionCode, pdu.IsRequest) switch
        {
            (15, true) => $"{address}, [{Letters(pdu.Seen.RequestValues)}]",
            (1 or 2, false) => $"[{Letters(pdu.Seen.ResponseValues)}]",
            (3 or 4, false) => $"[{PeerCapture.Text(pdu.Json, "responseValues", ", ")}], {pdu.Seen.ResponseValues.Length}",
            _ => $"{address}, {quantity}",
        };
    }

    private static string Letters(int[] bits) => string.Join(", ", bits.Select(bit => bit == 1 ? "T" : "F"));
}
