using System.Globalization;
using System.IO.Compression;
using OtGuard.TestKit;

namespace OtGuard.Collectors.Modbus.Tests.Peers;

/// <summary>Every capture against tshark's decode, message by message and field by field.</summary>
[TestClass]
public sealed class TsharkTests
{
    private const string Peer = "tshark";

    [TestMethod]
    [DataRow("emreekin/FC1-permit.pcap")]
    [DataRow("emreekin/ModbusFloat.pcap")]
    [DataRow("emreekin/crash.pcap")]
    [DataRow("emreekin/modbus-mask-write-register.pcap")]
    [DataRow("icsnpp-modbus/modbus_example.pcap")]
    [DataRow("iti/ModbusTCP.pcap")]
    [DataRow("iti/modbus_test.pcap")]
    [DataRow("lemay/characterization_modbus_6RTU_with_operate.pcap")]
    [DataRow("lemay/moving_two_files_modbus_6RTU.pcap")]
    [DataRow("lemay/send_a_fake_command_modbus_6RTU_with_operate.pcap")]
    [DataRow("ndpi/modbus.pcap")]
    [DataRow("zeek/fuzz-1011.pcap")]
    [DataRow("zeek/modbus-eit.pcap")]
    [DataRow("zeek/modbusSmall.pcap")]
    public void Messages_are_those_of_tshark(string capture)
    {
        var rows = Read($"modbus/tshark/{capture.Replace('/', '_')}.tsv.gz");
        var ours = PeerCapture.Run($"modbus/{capture}").Pdus.GroupBy(pdu => pdu.Frame)
            .ToDictionary(group => group.Key, group => group.ToList());
        var found = new List<Difference>();
        void Note(string frame, string field, string our, string their)
        {
            if (our != their) found.Add(new Difference(Peer, capture, frame, field, our, their));
        }

        var compared = 0;
        foreach (var row in rows)
        {
            var frame = row["frame.number"];
            var left = ours.GetValueOrDefault(long.Parse(frame, CultureInfo.InvariantCulture), []);
            var heads = Heads(row);
            var aligned = new List<PduSeen>();
            foreach (var head in heads)
            {
                var match = left.FirstOrDefault(pdu => Head(pdu) == head) ?? left.FirstOrDefault();
                if (match is null)
                {
                    Note(frame, "message", "", head);
                    continue;
                }

                left.Remove(match);
                aligned.Add(match);
                Note(frame, "transaction, protocol, length, unit, function", Head(match), head);
                compared++;
            }

            if (aligned.Count == 0) continue;
            Note(frame, "ip.src", aligned[0].Source.Address.ToString(), row["ip.src"]);
            Note(frame, "tcp.srcport", PeerCapture.Invariant(aligned[0].Source.Port), row["tcp.srcport"]);
            Note(frame, "ip.dst", aligned[0].Destination.Address.ToString(), row["ip.dst"]);
            Note(frame, "tcp.dstport", PeerCapture.Invariant(aligned[0].Destination.Port), row["tcp.dstport"]);
            Note(frame, "modbus.exception_code", Cell(aligned, Exception), row["modbus.exception_code"]);
            Note(frame, "modbus.reference_num", Cell(aligned, Reference), row["modbus.reference_num"]);
            Note(frame, "modbus.word_cnt", Cell(aligned, WordCount), row["modbus.word_cnt"]);
            Note(frame, "modbus.bit_cnt", Cell(aligned, BitCount), row["modbus.bit_cnt"]);
            Note(frame, "modbus.regval_uint16", Cell(aligned, Registers), row["modbus.regval_uint16"]);
        }

        foreach (var pdu in ours.Values.SelectMany(list => list)) Note(PeerCapture.Invariant(pdu.Frame), "message", Head(pdu), "");
        Assert.IsGreaterThan(0, compared);
        Differences.AssertKnown(Peer, capture, found);
    }

    private static string Head(PduSeen pdu) => string.Join(
        '/',
        pdu.Json.GetProperty("transaction").GetRawText(),
        pdu.Seen.Anomalies.HasFlag(ModbusAnomaly.ProtocolIdentifierNotZero) ? "not 0" : "0",
        PeerCapture.Invariant(pdu.Length),
        pdu.Json.GetProperty("unit").GetRawText(),
        pdu.Json.GetProperty("functionCode").GetRawText());

    private static List<string> Heads(Dictionary<string, string> row)
    {
        string[][] columns =
        [
            row["mbtcp.trans_id"].Split(';'), row["mbtcp.prot_id"].Split(';'), row["mbtcp.len"].Split(';'),
            row["mbtcp.unit_id"].Split(';'), row["modbus.func_code"].Split(';'),
        ];
        return [.. Enumerable.Range(0, columns[0].Length)
            .Select(index => string.Join('/', columns.Select(column => index < column.Length ? column[index] : "")))];
    }

    private static string Cell(IEnumerable<PduSeen> pdus, Func<PduSeen, string> field) =>
        string.Join(';', pdus.Select(field).Where(text => text.Length > 0));

    private static string Exception(PduSeen pdu) =>
        pdu.IsException ? PeerCapture.Text(pdu.Json, "exceptionCode") : "";

    /// <summary>tshark has the address where the message itself carries it; those of function 23 are other columns.</summary>
    private static string Reference(PduSeen pdu) => pdu switch
    {
        { IsException: true } => "",
        { FunctionCode: >= 1 and <= 4 or 24, IsRequest: true } => PeerCapture.Text(pdu.Json, "address"),
        { FunctionCode: 5 or 6 or 15 or 16 or 22 } => PeerCapture.Text(pdu.Json, "address"),
        _ => "",
    };

    private static string WordCount(PduSeen pdu) => pdu switch
    {
        { IsException: true } => "",
        { FunctionCode: 3 or 4, IsRequest: true } => PeerCapture.Text(pdu.Json, "quantity"),
        { FunctionCode: 16 } => PeerCapture.Text(pdu.Json, "quantity"),
        { FunctionCode: 24, IsRequest: false } => PeerCapture.Text(pdu.Json, "quantity"),
        _ => "",
    };

    private static string BitCount(PduSeen pdu) => pdu switch
    {
        { IsException: true } => "",
        { FunctionCode: 1 or 2, IsRequest: true } => PeerCapture.Text(pdu.Json, "quantity"),
        { FunctionCode: 15 } => PeerCapture.Text(pdu.Json, "quantity"),
        _ => "",
    };

    private static string Registers(PduSeen pdu) => pdu switch
    {
        { IsException: true } => "",
        { FunctionCode: 3 or 4, IsRequest: false } => PeerCapture.Text(pdu.Json, "responseValues"),
        { FunctionCode: 16, IsRequest: true } => PeerCapture.Text(pdu.Json, "requestValues"),
        _ => "",
    };

    private static List<Dictionary<string, string>> Read(string relative)
    {
        using var file = File.OpenRead(SharedData.PathOf(relative));
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        var header = reader.ReadLine()!.Split('\t');
        var rows = new List<Dictionary<string, string>>();
        while (reader.ReadLine() is { } line)
        {
            var cells = line.Split('\t');
            rows.Add(header.Select((name, index) => (name, index))
                .ToDictionary(column => column.name, column => column.index < cells.Length ? cells[column.index] : ""));
        }

        return rows;
    }
}
