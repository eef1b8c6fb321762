using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Xml;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Dissection;
using OtGuard.Host.Output;
using OtGuard.Host.Runs;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Dissection;

/// <summary>Fields lie where tshark says that they do, in messages of one frame.</summary>
[TestClass]
public sealed class TsharkFieldTests
{
    /// <summary>Our layer and name for a field of tshark's.</summary>
    private static readonly Dictionary<string, (string Layer, string Name)> Network = new(StringComparer.Ordinal)
    {
        ["eth.dst"] = ("Ethernet", "destination"),
        ["eth.src"] = ("Ethernet", "source"),
        ["eth.type"] = ("Ethernet", "EtherType"),
        ["ip.len"] = ("IPv4", "total length"),
        ["ip.ttl"] = ("IPv4", "time to live"),
        ["ip.proto"] = ("IPv4", "protocol"),
        ["ip.src"] = ("IPv4", "source"),
        ["ip.dst"] = ("IPv4", "destination"),
        ["ipv6.src"] = ("IPv6", "source"),
        ["ipv6.dst"] = ("IPv6", "destination"),
        ["ipv6.plen"] = ("IPv6", "payload length"),
        ["tcp.srcport"] = ("TCP", "source port"),
        ["tcp.dstport"] = ("TCP", "destination port"),
        ["tcp.ack"] = ("TCP", "acknowledgement number"),
        ["tcp.window_size_value"] = ("TCP", "window"),
        ["tcp.checksum"] = ("TCP", "checksum"),
        ["udp.srcport"] = ("UDP", "source port"),
        ["udp.length"] = ("UDP", "length"),
    };

    private static readonly Dictionary<string,
        (string Layer, string Name)> Modbus = new(Network, StringComparer.Ordinal)
        {
            ["mbtcp.trans_id"] = ("MBAP", "transaction identifier"),
            ["mbtcp.prot_id"] = ("MBAP", "protocol identifier"),
            ["mbtcp.len"] = ("MBAP", "length"),
            ["mbtcp.unit_id"] = ("MBAP", "unit identifier"),
            ["modbus.func_code"] = ("Modbus", "function code"),
            ["modbus.exception_code"] = ("Modbus", "exception code"),
            ["modbus.and_mask"] = ("Modbus", "AND mask"),
            ["modbus.or_mask"] = ("Modbus", "OR mask"),
            ["modbus.byte_cnt"] = ("Modbus", "byte count|write byte count|data length|response data length"),
            ["modbus.diagnostic_code"] = ("Modbus", "sub-function"),
        };

    private static readonly Dictionary<string, (string Layer, string Name)> OpcUa = new(Network, StringComparer.Ordinal)
    {
        ["opcua.transport.type"] = ("OPC UA", "message type"),
        ["opcua.transport.chunk"] = ("OPC UA", "chunk type"),
        ["opcua.transport.size"] = ("OPC UA", "message size"),
        ["opcua.transport.rbs"] = ("OPC UA", "receiveBufferSize"),
        ["opcua.transport.scid"] = ("OPC UA", "secureChannelId"),
        ["opcua.security.tokenid"] = ("OPC UA", "tokenId"),
        ["opcua.security.seq"] = ("OPC UA", "sequenceNumber"),
        ["opcua.security.rqid"] = ("OPC UA", "requestId"),
    };

    private static readonly Dictionary<string, (string Layer, string Name)> Bus = new(StringComparer.Ordinal)
    {
        ["can.len"] = ("CAN", "payload length"),
        ["uds.nrc"] = ("UDS", "negative response code"),
        ["uds.err.code"] = ("UDS", "negative response code"),
    };

    [TestMethod]
    [DataRow("modbus/emreekin/modbus-mask-write-register.pcap")]
    [DataRow("modbus/icsnpp-modbus/modbus_example.pcap")]
    [DataRow("modbus/iti/modbus_test.pcap")]
    [DataRow("modbus/ndpi/modbus.pcap")]
    [DataRow("modbus/zeek/modbus-eit.pcap")]
    [DataRow("modbus/zeek/modbusSmall.pcap")]
    public void Modbus_fields_lie_where_tshark_says(string capture) => Compare(capture, Modbus, "modbus.func_code", []);

    [TestMethod]
    [DataRow("opcua/icsnpp-opcua/open62541_client-server_mainloop.pcap")]
    [DataRow("opcua/icsnpp-opcua/open62541_read_service_test_data.pcap")]
    [DataRow("opcua/icsnpp-opcua/python_opcua-client-server_minimal.pcap")]
    [DataRow("opcua/emreekin/opycua_share.pcap")]
    public void OPC_UA_fields_lie_where_tshark_says(string capture) =>
        Compare(capture, OpcUa, "opcua.transport.size", []);

    [TestMethod]
    [DataRow("can/diag/canfd.pcap.gz", "can.len")]
    [DataRow("can/diag/candump_uds_scanner.pcap.gz", "can.len")]
    public void Fields_of_buses_lie_where_tshark_says(string capture, string expected) =>
        Compare(capture, Bus, expected, []);

    private static void Compare(
        string capture, Dictionary<string, (string Layer, string Name)> names, string expected, string[] options)
    {
        using var folder = new TemporaryFolder();
        var path = SharedData.PathOf(capture);
        if (path.EndsWith(".gz", StringComparison.Ordinal))
        {
            var plain = folder.File("capture.pcap");
            using var packed = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            using var file = File.Create(plain);
            packed.CopyTo(file);
            path = plain;
        }

        var theirs = Read(path, names, options);
        var compared = new Dictionary<string, int>(StringComparer.Ordinal);
        List<string> differences = [];
        foreach (var frame in Dissect(path))
        {
            // tshark counts in what it has joined where we count in frames.
            if (frame.Messages.Count > 0 || !theirs.TryGetValue(frame.Number, out var fields)) continue;
            foreach (var (name, at, length) in fields)
            {
                var (layer, ours) = names[name];
                var candidates = frame.Fields.Where(field => field.Layer == layer
                    && ours.Split('|').Contains(field.Name)).ToList();
                if (!candidates.Exists(field => field.Offset == at && field.Length == length))
                    differences.Add(
                        $"frame {frame.Number}, {name}: {at}+{length}, ours {string.Join(", ", candidates.Select(one => $"{one.Offset}+{one.Length}"))}");
                compared[name] = compared.GetValueOrDefault(name) + 1;
            }
        }

        Assert.IsGreaterThan(0, compared.GetValueOrDefault(expected), string.Join(", ", compared.Keys));
        Assert.IsEmpty(differences, string.Join('\n', differences.Take(20)));
    }

    private static List<DissectedFrame> Dissect(string path)
    {
        var dissector = FieldsReport.Dissector(OfflineRun.Protocols(), null);
        List<DissectedFrame> frames = [];
        using var source = CaptureFiles.Open([path]);
        while (source.TryRead(out var frame)) dissector.Add(in frame);
        dissector.Finish();
        while (dissector.TryTake(out var frame)) frames.Add(frame);
        return frames;
    }

    /// <summary>
    /// By frame: name, place and length of the fields that lie in the frame itself and not in what was joined.
    /// </summary>
    private static Dictionary<long, List<(string Name, int At, int Length)>> Read(
        string path, Dictionary<string, (string Layer, string Name)> names, string[] options)
    {
        using var process = Start([
            "-n", "-r", path, "-T", "pdml", "-o", "tcp.relative_sequence_numbers:FALSE", .. options,
        ]);
        var errors = process.StandardError.ReadToEndAsync();
        Dictionary<long, List<(string, int, int)>> found = [];
        using (var reader = XmlReader.Create(process.StandardOutput,
            new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore }))
        {
            List<(string, int, int)>? fields = null;
            while (reader.Read())
            {
                if (reader.NodeType != XmlNodeType.Element) continue;
                var name = reader.GetAttribute("name");
                if (reader.Name == "packet") fields = [];
                if (reader.Name != "field" || name is null || fields is null) continue;
                if (name == "num" && reader.GetAttribute("show") is { } show)
                    found[long.Parse(show, CultureInfo.InvariantCulture)] = fields;
                if (!names.ContainsKey(name) || reader.GetAttribute("hide") == "yes") continue;
                fields.Add((name, Number("pos"), Number("size")));
            }

            int Number(string attribute) =>
                int.Parse(reader.GetAttribute(attribute) ?? "0", CultureInfo.InvariantCulture);
        }

        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, errors.Result);
        return found;
    }

    private static Process Start(string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("tshark", arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true
            })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            const string message = "tshark is not installed (tests/run.sh --install-peers installs it).";
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
            Assert.Inconclusive(message);
            throw;
        }
    }
}
