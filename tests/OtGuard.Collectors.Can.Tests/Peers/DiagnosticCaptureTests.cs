using System.Globalization;
using OtGuard.TestKit;

namespace OtGuard.Collectors.Can.Tests.Peers;

/// <summary>Services, refusals and frames of the diagnostic captures, as tshark reads them.</summary>
[TestClass]
public sealed class DiagnosticCaptureTests
{
    private static readonly string[] AsUds = ["-d", "can.subdissector,iso15765", "-d", "iso15765.subdissector,uds", "-Y", "uds"];

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("can/diag/ecu_trace.pcap.gz", "710 77A 700 77D")]
    [DataRow("can/diag/candump_uds_scanner.pcap.gz", "641 651")]
    [DataRow("can/diag/scapy_uds_scan-TP_DSC_SA.pcapng", "18DA0BF9 18DAF90B")]
    public void Every_diagnostic_message_tshark_reads_is_observed_with_its_service_and_refusal(
        string capture, string identifiers)
    {
        using var folder = new TemporaryFolder();
        var normalised = Tshark.Normalise(SharedData.PathOf(capture), folder.File("normalised.pcap"));
        var wanted = identifiers.Split(' ')
            .Select(id => uint.Parse(id, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToHashSet();
        var theirs = Tshark.Fields(
                normalised, AsUds, "frame.number", "can.id", "uds.sid", "uds.reply", "uds.err.sid", "uds.err.code")
            .Where(row => wanted.Contains(uint.Parse(row[1], CultureInfo.InvariantCulture)))
            .Select(row => row[3] is "0x01" or "True" or "1"
                ? row[2] == "0x3f" ? $"{row[0]} - {row[4]} {row[5]}" : $"{row[0]} + {row[2]}"
                : $"{row[0]} ? {row[2]}")
            .ToHashSet();
        var bus = new Bus { KeepsFrames = false }.Read(SharedData.PathOf(capture));
        var ours = new HashSet<string>();
        foreach (var seen in bus.Uds)
        {
            if (seen.Observation.Code < 0) continue;
            if (seen.Observation.RequestFrame > 0)
                ours.Add($"{seen.Observation.RequestFrame} ? 0x{seen.Observation.Code:x2}");
            if (seen.Observation.ResponseFrame == 0) continue;
            ours.Add(seen.Observation.Reason < 0
                ? $"{seen.Observation.ResponseFrame} + 0x{seen.Observation.Code:x2}"
                : $"{seen.Observation.ResponseFrame} - 0x{seen.Observation.Code:x2} 0x{seen.Observation.Reason:x2}");
        }

        // 'Response pending' is no observation of its own: it is in that of the exchange.
        var unseen = theirs.Except(ours).Where(row => !row.EndsWith(" 0x78", StringComparison.Ordinal)).ToArray();
        TestContext.WriteLine($"{theirs.Count} messages of tshark, {ours.Count} of ours.");
        Assert.IsGreaterThan(10, theirs.Count);
        Assert.IsEmpty(ours.Except(theirs).ToArray(), "Only ours: " + string.Join(", ", ours.Except(theirs).Take(20)));
        Assert.IsEmpty(unseen, "Only theirs: " + string.Join(", ", unseen.Take(20)));
    }

    [TestMethod]
    public void Gmlan_programming_is_paired_although_its_clock_runs_a_thousand_times_too_fast()
    {
        var bus = new Bus { KeepsFrames = false }.Read(SharedData.PathOf("can/diag/gmlan_trace.pcap.gz"));

        CollectionAssert.AreEqual(new[] { (0x241u, 0x641u) }, bus.Traffic.Channels[0].DiagnosticPairs.ToArray());
        var transfers = bus.Uds.Where(seen => seen.Observation.Code == 0x36).ToArray();
        Assert.IsGreaterThan(30, transfers.Length);
        Assert.IsEmpty(
            transfers.Where(seen => seen.Outcome is not (Outcome.Succeeded or Outcome.Unpaired)).ToArray(),
            string.Join('\n', transfers.Select(seen => seen.Essence)));
        Assert.AreEqual(0, bus.Uds.Count(seen => seen.UdsAnomalies.HasFlag(Uds.UdsAnomaly.SequenceNumberWrong)));
    }

    [TestMethod]
    public void Diagnostics_in_the_midst_of_a_vehicles_traffic_are_found_by_their_behaviour()
    {
        var bus = new Bus { KeepsFrames = false }.Read(SharedData.PathOf("can/ev/EV-CANeplus2.log.gz"));

        CollectionAssert.AreEqual(new[] { (0x784u, 0x78Cu) }, bus.Traffic.Channels[0].DiagnosticPairs.ToArray());
        Assert.IsTrue(bus.Uds.All(seen => seen.Observation.Code == 0x22));
    }

    [TestMethod]
    public void Looking_for_servers_on_one_identifier_after_the_other_is_seen()
    {
        var bus = new Bus { KeepsFrames = false }.Read(SharedData.PathOf("can/diag/candump_uds_scanner.pcap.gz"));

        var swept = bus.Uds.Where(seen => seen.UdsAnomalies == Uds.UdsAnomaly.IdentifierSweep).ToArray();
        Assert.IsGreaterThan(200, swept.Length);
        Assert.IsTrue(swept.All(seen => seen.Observation.Outcome == Outcome.Undecodable));
    }

    [TestMethod]
    [DataRow("can/formats/sample-can.log")]
    [DataRow("can/formats/candump.log.gz")]
    [DataRow("can/similarity/test_data.log")]
    [DataRow("can/crysys/trace_1.log.gz")]
    [DataRow("can/crysys/S-1-1-benign.log.gz")]
    [DataRow("can/ev/2009_Zebra_Frozenbattery.trc.gz")]
    [DataRow("can/road/Deal_reverse_light_off_attack_2_masquerade.csv.gz")]
    [DataRow("can/j1939/normal.log.gz")]
    [DataRow("can/j1939/fuzz_1ms_ID_Only.log.gz")]
    [DataRow("can/j1939/dos_full.log.gz")]
    public void Traffic_without_diagnostics_is_taken_for_none(string log)
    {
        var bus = new Bus { KeepsFrames = false }.Read(SharedData.PathOf(log));

        Assert.IsGreaterThan(1000L, bus.Traffic.FrameCounters.Emitted);
        Assert.IsEmpty(bus.Uds, string.Join('\n', bus.Uds.Take(5).Select(seen => seen.Essence)));
    }

    [TestMethod]
    [DataRow("can/j1939/normal.log.gz", true)]
    [DataRow("can/j1939/tsc1.log.gz", true)]
    [DataRow("can/j1939/BAM_Block_attack.txt.gz", true)]
    [DataRow("can/j1939/memory_leak_attack.log", true)]
    [DataRow("can/j1939/candump_dgdiagnostics_paccar_mx.txt.gz", true)]
    [DataRow("can/formats/sample-can.log", false)]
    [DataRow("can/formats/candump.log.gz", false)]
    public void Whether_a_bus_is_J1939_is_told_by_its_frames(string log, bool expected)
    {
        var bus = new Bus { KeepsFrames = false }.ReadCandump(SharedData.PathOf(log));

        Assert.AreEqual(expected, bus.Traffic.Channels[0].IsJ1939);
    }

    [TestMethod]
    public void J1939_identifiers_are_divided_as_tshark_divides_them()
    {
        using var folder = new TemporaryFolder();
        var capture = Tshark.Normalise(
            SharedData.PathOf("can/diag/scapy_uds_scan-TP_DSC_SA.pcapng"), folder.File("normalised.pcap"));
        var rows = Tshark.Fields(
            capture, ["-d", "can.subdissector,j1939", "-Y", "j1939"],
            "can.id", "j1939.priority", "j1939.pgn", "j1939.src_addr", "j1939.dst_addr");

        Assert.IsGreaterThan(1000, rows.Length);
        foreach (var row in rows.DistinctBy(row => row[0]))
        {
            var ours = Can.J1939.J1939Identifier.Of(uint.Parse(row[0], CultureInfo.InvariantCulture));
            Assert.AreEqual(int.Parse(row[1], CultureInfo.InvariantCulture), ours.Priority);
            Assert.AreEqual(int.Parse(row[2], CultureInfo.InvariantCulture), ours.ParameterGroup);
            Assert.AreEqual(int.Parse(row[3], CultureInfo.InvariantCulture), ours.Source);
            if (row[4].Length > 0) Assert.AreEqual(int.Parse(row[4], CultureInfo.InvariantCulture), ours.Destination);
        }
    }
}
