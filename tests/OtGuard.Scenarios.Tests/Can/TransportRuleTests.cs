using System.Text.Json;
using OtGuard.TestKit;

namespace OtGuard.Scenarios.Tests.Can;

/// <summary>
/// Attacks on the transport protocol of J1939 are named by its rules, whatever identifiers were learned: by the bus's kin as
/// by a car's that has nothing to do with it.
/// </summary>
/// <remarks>
/// The attacks come from another bench than the normal drive, with other nodes: that these are new proves nothing, so only
/// what rests on the transport protocol's rules is looked at.
/// </remarks>
[TestClass]
public sealed class TransportRuleTests
{
    private const string Normal = "j1939/normal.log.gz";
    private const string FirstHalf = "1-9978";
    private const string SecondHalf = "9979-";

    [TestMethod]
    [DataRow("j1939/BAM_Block_attack.txt.gz", Normal, "transport-overrun transport-sessions-broken")]
    [DataRow("j1939/BAM_Block_attack.txt.gz", CanCommand.UnrelatedBus, "transport-overrun transport-sessions-broken")]
    [DataRow("j1939/memory_leak_attack.log", Normal, "transport-overrun")]
    [DataRow("j1939/memory_leak_attack.log", CanCommand.UnrelatedBus, "transport-overrun")]
    public void Attacks_on_the_transport_protocol_are_named_by_its_rules(string attack, string learned, string kinds)
    {
        using var folder = new TemporaryFolder();
        CanCommand.Learn(folder, learned, learned == Normal ? FirstHalf : "1-");

        var raised = OfTransport(CanCommand.Judge(folder, attack));

        Assert.AreEqual(kinds, string.Join(' ', CanCommand.Alarms(raised)));
    }

    [TestMethod]
    public void Memory_read_beyond_a_message_is_covered_packet_by_packet()
    {
        using var folder = new TemporaryFolder();
        CanCommand.Learn(folder, Normal, FirstHalf);

        var overrun = OfTransport(CanCommand.Judge(folder, "j1939/memory_leak_attack.log")).Single();

        // The request for 255 packets of a message of 4, and those that came.
        Assert.IsGreaterThanOrEqualTo(250, overrun.GetProperty("count").GetInt64());
    }

    [TestMethod]
    [DataRow(Normal)]
    [DataRow(CanCommand.UnrelatedBus)]
    public void Held_out_half_of_a_normal_drive_raises_no_alarm_of_diagnostics_or_transport(string learned)
    {
        using var folder = new TemporaryFolder();
        CanCommand.Learn(folder, learned, learned == Normal ? FirstHalf : "1-");

        var deviations = CanCommand.Judge(folder, Normal, SecondHalf);

        Assert.IsEmpty(CanCommand.Alarms(deviations.Where(deviation => deviation.GetProperty("protocol").GetString() != "can")));
    }

    [TestMethod]
    public void Tool_that_asks_for_everything_a_truck_has_breaks_no_rule_of_the_transport_protocol()
    {
        using var folder = new TemporaryFolder();
        CanCommand.Learn(folder, Normal);

        var deviations = CanCommand.Judge(folder, "j1939/candump_dgdiagnostics_paccar_mx.txt.gz");

        Assert.IsEmpty(OfTransport(deviations));
    }

    private static IReadOnlyList<JsonElement> OfTransport(IEnumerable<JsonElement> deviations) =>
        [.. deviations.Where(deviation => deviation.GetProperty("catalogue").GetString() == "D24")];
}
