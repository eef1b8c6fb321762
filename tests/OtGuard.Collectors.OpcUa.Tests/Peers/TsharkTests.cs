using System.Globalization;
using System.IO.Compression;
using OtGuard.Collectors.OpcUa.Transport;
using OtGuard.TestKit;

namespace OtGuard.Collectors.OpcUa.Tests.Peers;

/// <summary>Every message of every shared capture against the decode of tshark: type, chunk, size, token, sequence, request, service.</summary>
[TestClass]
public sealed class TsharkTests
{
    private static readonly string[] Fields =
    [
        "opcua.transport.type", "opcua.transport.chunk", "opcua.transport.size", "opcua.security.tokenid",
        "opcua.security.seq", "opcua.security.rqid", "opcua.servicenodeid.numeric",
    ];

    [TestMethod]
    [DataRow("emreekin/opycua_share.pcap")]
    [DataRow("icsnpp-opcua/open62541_browse_request_with_results.pcap")]
    [DataRow("icsnpp-opcua/open62541_client-server-getEndpoints.pcap")]
    [DataRow("icsnpp-opcua/open62541_client-server_encrypted.pcap")]
    [DataRow("icsnpp-opcua/open62541_client-server_mainloop-hasInnerDiagInfo.pcap")]
    [DataRow("icsnpp-opcua/open62541_client-server_mainloop-hasInnerStatusCode.pcap")]
    [DataRow("icsnpp-opcua/open62541_client-server_mainloop-no-handshake.pcap")]
    [DataRow("icsnpp-opcua/open62541_client-server_mainloop-not-localhost.pcap")]
    [DataRow("icsnpp-opcua/open62541_client-server_mainloop-withStringTable.pcap")]
    [DataRow("icsnpp-opcua/open62541_client-server_mainloop.pcap")]
    [DataRow("icsnpp-opcua/open62541_client-server_minimal.pcap")]
    [DataRow("icsnpp-opcua/open62541_read_service_test_data.pcap")]
    [DataRow("icsnpp-opcua/pending_overflow.pcap")]
    [DataRow("icsnpp-opcua/python_opcua-client-server_minimal.pcap")]
    [DataRow("iti/opc-ua-ap-method-wireshark-freeze.pcap")]
    [DataRow("kiwimiri/anssi_normal.pcap")]
    [DataRow("kiwimiri/plaintext_test.pcap")]
    [DataRow("kiwimiri/pythonopcua_20251026_025314.pcap")]
    [DataRow("kiwimiri/scenario_baseline_none.pcap")]
    [DataRow("kiwimiri/test_signenc.pcap")]
    public void Every_message_is_read_as_tshark_reads_it(string capture)
    {
        var ours = PeerCapture.Run("opcua/" + capture).Chunks
            .GroupBy(chunk => chunk.Frame).ToDictionary(group => group.Key, Cells);
        var theirs = Read("opcua/tshark/" + capture.Replace('/', '_') + ".tsv.gz");
        Assert.IsNotEmpty(theirs);

        var found = new List<Difference>();
        foreach (var frame in ours.Keys.Union(theirs.Keys).Order())
        {
            var our = ours.GetValueOrDefault(frame);
            var their = theirs.GetValueOrDefault(frame);
            var row = frame.ToString(CultureInfo.InvariantCulture);
            for (var field = 0; field < Fields.Length; field++)
            {
                if ((our?[field] ?? "") != (their?[field] ?? ""))
                    found.Add(new Difference("tshark", capture, row, Fields[field], our?[field] ?? "", their?[field] ?? ""));
            }
        }

        Differences.AssertKnown("tshark", capture, found);
    }

    /// <summary>The columns of one frame; several messages of it joined, as tshark joins them.</summary>
    private static string[] Cells(IEnumerable<ChunkSeen> chunks) =>
    [
        Join(chunks, chunk => Letters(chunk.Header.Type)),
        Join(chunks, chunk => ((char)chunk.Header.Chunk).ToString()),
        Join(chunks, chunk => Text(chunk.Header.Size)),
        Join(chunks, chunk => Text(chunk.Token)),
        Join(chunks, chunk => Text(chunk.Sequence)),
        Join(chunks, chunk => Text(chunk.RequestId)),
        Join(chunks, chunk => Text(chunk.TypeId)),
    ];

    private static string Join(IEnumerable<ChunkSeen> chunks, Func<ChunkSeen, string> text) =>
        string.Join(';', chunks.Select(text).Where(cell => cell.Length > 0));

    private static string Letters(uint type) => new([(char)(type & 255), (char)(type >> 8 & 255), (char)(type >> 16)]);

    private static string Text(uint? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static Dictionary<long, string[]> Read(string relative)
    {
        using var file = File.OpenRead(SharedData.PathOf(relative));
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        var header = reader.ReadLine()!.Split('\t');
        var columns = Fields.Select(field => Array.IndexOf(header, field)).ToArray();
        var rows = new Dictionary<long, string[]>();
        while (reader.ReadLine() is { } line)
        {
            var cells = line.Split('\t');
            rows.Add(long.Parse(cells[0], CultureInfo.InvariantCulture), [.. columns.Select(column => cells[column])]);
        }

        return rows;
    }
}
