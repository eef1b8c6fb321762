using OtGuard.TestKit;

namespace OtGuard.Collectors.Modbus.Tests.Peers;

/// <summary>The capture and expected logs ICSNPP's Modbus plugin for Zeek is tested with, field by field.</summary>
[TestClass]
public sealed class IcsnppTests
{
    private const string Peer = "icsnpp-modbus";
    private const string Capture = "icsnpp-modbus/modbus_example.pcap";
    private const string Expected = "modbus/icsnpp-modbus/expected/";

    [TestMethod]
    public void Log_of_exchanges_agrees()
    {
        var found = new List<Difference>();
        var ours = PeerCapture.Run($"modbus/{Capture}").Observations.ToList();
        var theirs = ZeekLog.Read(Expected + "modbus_detailed.log");
        foreach (var row in theirs)
        {
            var id = $"{row["id.orig_p"]}/{row["tid"]}";
            var seen = ours.Find(candidate => Id(candidate) == id);
            if (seen is null)
            {
                found.Add(new Difference(Peer, Capture, id, "row of modbus_detailed.log", "", row["func"]));
                continue;
            }

            ours.Remove(seen);
            var values = new Dictionary<string, string>
            {
                ["id.orig_h"] = seen.Observation.Connection.Client.Address.ToString(),
                ["id.resp_h"] = seen.Observation.Connection.Server.Address.ToString(),
                ["id.resp_p"] = PeerCapture.Invariant(seen.Observation.Connection.Server.Port),
                ["unit"] = PeerCapture.Text(seen.Json, "unit"),
                ["func"] = ZeekLog.FunctionName(seen.Observation.Code),
                ["address"] = PeerCapture.Text(seen.Json, "address"),
                ["quantity"] = PeerCapture.Text(seen.Json, "quantity"),
                ["request_values"] = PeerCapture.Text(seen.Json, "requestValues", ","),
                ["response_values"] = PeerCapture.Text(seen.Json, "responseValues", ","),
                ["matched"] = seen.Observation.LatencyNanoseconds >= 0 ? "T" : "F",
                ["request_subfunction_code"] = SubFunction(seen),
                ["response_subfunction_code"] = SubFunction(seen),
                ["request_data"] = Escaped(PeerCapture.Text(seen.Json, "diagnosticData")),
                ["response_data"] = Escaped(
                    seen.Observation.Code == FunctionCode.Diagnostics ? PeerCapture.Text(seen.Json, "responseData") : ""),
                ["exception_code"] = seen.Observation.Reason < 0 ? "" : ZeekLog.ExceptionName(seen.Observation.Reason),
                ["mei_type"] = PeerCapture.Text(seen.Json, "mei") == "14" ? "Read Device Identification" : "",
            };
            foreach (var (field, value) in values)
                if (value != row[field]) found.Add(new Difference(Peer, Capture, id, field, value, row[field]));
        }

        found.AddRange(ours.Select(seen =>
            new Difference(Peer, Capture, Id(seen), "row of modbus_detailed.log", "present", "")));
        Differences.AssertKnown(Peer, Capture, found);
    }

    [TestMethod]
    public void Log_of_functions_agrees()
    {
        // The file has no line with the names of its columns: addresses and ports, function, exception.
        var ours = PeerCapture.Run($"modbus/{Capture}").Observations
            .Select(seen => string.Join(
                '\t',
                seen.Observation.Connection.Client.Address,
                seen.Observation.Connection.Client.Port,
                seen.Observation.Connection.Server.Address,
                seen.Observation.Connection.Server.Port,
                ZeekLog.FunctionName(seen.Observation.Code) + (seen.Outcome == Outcome.Rejected ? "_EXCEPTION" : ""),
                seen.Outcome == Outcome.Rejected ? ZeekLog.ExceptionName(seen.Observation.Reason) : "-"))
            .ToArray();
        var theirs = File.ReadAllLines(SharedData.PathOf(Expected + "modbus.log"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => string.Join('\t', line.Split('\t')[2..8]))
            .ToArray();

        Assert.AreSequenceEqual(theirs, ours);
    }

    [TestMethod]
    public void Log_of_mask_writes_agrees()
    {
        var ours = PeerCapture.Run($"modbus/{Capture}").Pdus.Where(pdu => pdu.FunctionCode == FunctionCode.MaskWriteRegister)
            .Select(pdu => string.Join(
                ' ',
                pdu.Source,
                pdu.Destination,
                pdu.IsRequest ? "REQUEST" : "RESPONSE",
                PeerCapture.Text(pdu.Json, "transaction"),
                PeerCapture.Text(pdu.Json, "unit"),
                PeerCapture.Text(pdu.Json, "address"),
                PeerCapture.Text(pdu.Json, "andMask"),
                PeerCapture.Text(pdu.Json, "orMask")));
        var theirs = ZeekLog.Read(Expected + "modbus_mask_write_register.log")
            .Select(row => string.Join(
                ' ',
                $"{row["source_h"]}:{row["source_p"]}",
                $"{row["destination_h"]}:{row["destination_p"]}",
                row["request_response"],
                row["tid"],
                row["unit"],
                row["address"],
                row["and_mask"],
                row["or_mask"]));

        Assert.AreSequenceEqual(theirs.ToArray(), ours.ToArray());
    }

    [TestMethod]
    public void Log_of_reads_and_writes_in_one_agrees()
    {
        var ours = PeerCapture.Run($"modbus/{Capture}").Pdus
            .Where(pdu => pdu.FunctionCode == FunctionCode.ReadWriteMultipleRegisters)
            .Select(pdu => string.Join(
                ' ',
                pdu.Source,
                pdu.Destination,
                pdu.IsRequest ? "REQUEST" : "RESPONSE",
                PeerCapture.Text(pdu.Json, "transaction"),
                PeerCapture.Text(pdu.Json, "unit"),
                Of(pdu, "writeAddress", true),
                Of(pdu, "writeValues", true),
                Of(pdu, "readAddress", true),
                Of(pdu, "readQuantity", true),
                Of(pdu, "responseValues", false)));
        var theirs = ZeekLog.Read(Expected + "modbus_read_write_multiple_registers.log")
            .Select(row => string.Join(
                ' ',
                $"{row["source_h"]}:{row["source_p"]}",
                $"{row["destination_h"]}:{row["destination_p"]}",
                row["request_response"],
                row["tid"],
                row["unit"],
                row["write_start_address"],
                row["write_registers"],
                row["read_start_address"],
                row["read_quantity"],
                row["read_registers"]));

        Assert.AreSequenceEqual(theirs.ToArray(), ours.ToArray());
    }

    private static string Of(PduSeen pdu, string member, bool ofRequest) =>
        pdu.IsRequest == ofRequest ? PeerCapture.Text(pdu.Json, member, ",") : "";

    private static string Id(Seen seen) =>
        $"{seen.Observation.Connection.Client.Port}/{seen.Observation.Transaction}";

    private static string SubFunction(Seen seen) =>
        PeerCapture.Text(seen.Json, "subFunction") == "2" ? "Return Diagnostic Register" : "";

    /// <summary>Zeek prints bytes that are no text as <c>\x00</c>.</summary>
    private static string Escaped(string hexadecimal) =>
        string.Concat(hexadecimal.Chunk(2).Select(pair => "\\x" + new string(pair)));
}
