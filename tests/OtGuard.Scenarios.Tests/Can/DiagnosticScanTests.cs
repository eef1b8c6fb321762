using OtGuard.TestKit;

namespace OtGuard.Scenarios.Tests.Can;

/// <summary>
/// The scans in real captures are recognised as scans, the benign diagnostics and the ordinary traffic in the same data are
/// not; whatever was learned has nothing to do with any of them.
/// </summary>
[TestClass]
public sealed class DiagnosticScanTests
{
    public required TestContext TestContext { get; set; }

    [TestMethod]
    [DataRow("diag/candump_uds_scanner.pcap.gz", true, DisplayName = "a scanner of identifiers, services, sessions and access")]
    [DataRow("diag/scapy_uds_scan-TP_DSC_SA.pcapng", true, DisplayName = "a scanner of sessions and access")]
    [DataRow("diag/ecu_trace.pcap.gz", false, DisplayName = "a control unit is programmed")]
    [DataRow("diag/gmlan_trace.pcap.gz", false, DisplayName = "a control unit is programmed by GMLAN")]
    [DataRow("diag/canfd.pcap.gz", false, DisplayName = "four frames of CAN FD")]
    [DataRow("j1939/candump_dgdiagnostics_paccar_mx.txt.gz", false, DisplayName = "a workshop tool asks a truck's engine for everything")]
    [DataRow("j1939/normal.log.gz", false, DisplayName = "a truck drives")]
    [DataRow("ev/EV-CANeplus2.log.gz", false, DisplayName = "an electric car")]
    [DataRow("ev/2009_Zebra_Frozenbattery.trc.gz", false, DisplayName = "another electric car")]
    [DataRow("ev/I3_akku_only.trc", false, DisplayName = "a battery")]
    [DataRow("formats/candump.log.gz", false, DisplayName = "a car's powertrain bus")]
    [DataRow("crysys/S-1-1-benign.log.gz", false, DisplayName = "a car at constant speed")]
    [DataRow("crysys/trace_1.log.gz", false, DisplayName = "a car changes lanes")]
    public void Scans_are_recognised_and_nothing_else_is_one(string capture, bool isScan)
    {
        using var folder = new TemporaryFolder();
        CanCommand.Learn(folder, CanCommand.UnrelatedBus);

        var deviations = CanCommand.Judge(folder, capture);

        foreach (var deviation in deviations.Where(d => d.GetProperty("level").GetString() == "alarm").Take(20))
            TestContext.WriteLine($"{deviation.GetProperty("kind")}: {deviation.GetProperty("explanation")}");
        Assert.AreEqual(isScan, CanCommand.Alarms(deviations).Contains("diagnostic-scan"));
    }

    [TestMethod]
    public void Programming_a_control_unit_that_was_programmed_while_learning_raises_nothing_of_diagnostics()
    {
        using var folder = new TemporaryFolder();
        CanCommand.Learn(folder, "diag/ecu_trace.pcap.gz");

        var deviations = CanCommand.Judge(folder, "diag/ecu_trace.pcap.gz");

        Assert.IsEmpty(deviations.Where(deviation => deviation.GetProperty("protocol").GetString() == "uds"));
    }

    [TestMethod]
    public void Programming_a_control_unit_by_a_tester_never_learned_is_told_act_by_act()
    {
        using var folder = new TemporaryFolder();
        CanCommand.Learn(folder, CanCommand.UnrelatedBus);

        var deviations = CanCommand.Judge(folder, "diag/ecu_trace.pcap.gz");

        var ofDiagnostics = deviations.Where(deviation => deviation.GetProperty("protocol").GetString() == "uds");
        Assert.AreSequenceEqual(
            (string[])
            [
                "communication-disabled", "diagnostic-write", "routine-control", "security-access-granted",
                "software-transfer", "trouble-codes-suppressed",
            ],
            CanCommand.Alarms(ofDiagnostics));
        var written = deviations.Single(deviation => deviation.GetProperty("kind").GetString() == "diagnostic-write");
        Assert.AreEqual(106, written.GetProperty("autosarEvents")[0].GetInt32());
    }

    [TestMethod]
    public void Map_of_events_of_a_manufacturer_takes_the_place_of_the_specification()
    {
        using var folder = new TemporaryFolder();
        CanCommand.Learn(folder, CanCommand.UnrelatedBus);
        File.WriteAllText(folder.File("events.tsv"), "diagnostic-write\tdone\t4711\tOURS_WRITE\tproject\n");

        var deviations = CanCommand.Judge(
            folder, "diag/ecu_trace.pcap.gz", "1-", "--event-map", folder.File("events.tsv"));

        var mapped = deviations.Where(deviation => deviation.GetProperty("autosarEvents").GetArrayLength() > 0).Single();
        Assert.AreEqual("diagnostic-write", mapped.GetProperty("kind").GetString());
        Assert.AreEqual(4711, mapped.GetProperty("autosarEvents")[0].GetInt32());
    }
}
