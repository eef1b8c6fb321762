using OtGuard.Collectors;
using static OtGuard.Models.Novelty;

namespace OtGuard.Models.Tests.Vocabulary;

[TestClass]
public sealed class VocabularyJudgeTests
{
    private const string Scada = "10.0.0.5";
    private const string Plc = "10.0.0.9";
    private const string Other = "10.0.0.66";

    private static readonly Baseline Learned = Traffic.Learn(t =>
    {
        t.Read(Scada, Plc, 0, 10);
        t.Read(Scada, Plc, 10, 10);
        t.Read(Scada, Plc, 100, 10);
        t.Write(Scada, Plc, 40);
        t.Read(Scada, Plc, 500, 1, outcome: Outcome.Rejected, reason: 2);
        t.Say(Scada, Plc, Operation.ReadWrite, 23, Registers(0, 5), writeTarget: Registers(40, 1));
        t.Say(Scada, Plc, Operation.Identify, 43, Target.None, response: "VendorName=Acme\nRevision=1.0");
    });

    private static Target Registers(uint start, int count) => new(TargetSpace.HoldingRegisters, start, count);

    private static Novelty Last(Action<Traffic> act, Baseline? baseline = null) =>
        Traffic.Judge(baseline ?? Learned, act)[^1];

    [TestMethod]
    public void What_was_learned_is_not_new()
    {
        var verdicts = Traffic.Judge(Learned, t =>
        {
            t.Read(Scada, Plc, 0, 20);
            t.Read(Scada, Plc, 100, 10);
            t.Read(Scada, Plc, 100, 10);
            t.Write(Scada, Plc, 40);
            t.Read(Scada, Plc, 500, 1, outcome: Outcome.Rejected, reason: 2);
            t.Say(Scada, Plc, Operation.ReadWrite, 23, Registers(3, 2), writeTarget: Registers(40, 1));
            t.Say(Scada, Plc, Operation.Identify, 43, Target.None, response: "VendorName=Acme\nRevision=1.0");
        });

        foreach (var novelty in verdicts) Assert.AreEqual(None, novelty);
    }

    [TestMethod]
    [DataRow(20u, 1, Novelty.Range, DisplayName = "one behind the range")]
    [DataRow(15u, 6, Novelty.Range, DisplayName = "reaching out of the range")]
    [DataRow(0u, 110, Novelty.Range, DisplayName = "over the gap between two ranges")]
    [DataRow(19u, 1, None, DisplayName = "the last of the range")]
    [DataRow(99u, 1, Novelty.Range, DisplayName = "one before a range")]
    public void A_read_is_new_where_its_addresses_are_not_all_in_one_learned_range(uint start, int count,
        Novelty expected) =>
        Assert.AreEqual(expected, Last(t => t.Read(Scada, Plc, start, count)));

    [TestMethod]
    public void A_function_never_used_is_new_with_its_addresses() =>
        Assert.AreEqual(Function | Novelty.Range, Last(t =>
            t.Say(Scada, Plc, Operation.Read, 1, new Target(TargetSpace.Coils, 0, 1))));

    [TestMethod]
    public void A_unit_never_addressed_is_new() =>
        Assert.AreEqual(Unit | Function | Novelty.Range, Last(t => t.Read(Scada, Plc, 0, 10, unit: 2)));

    [TestMethod]
    public void A_write_to_an_address_never_written_is_new_though_it_is_read() =>
        Assert.AreEqual(Novelty.Range, Last(t => t.Write(Scada, Plc, 5)));

    [TestMethod]
    public void A_refused_write_of_a_new_host_makes_it_a_new_writer()
    {
        var novelty = Last(t => t.Write(Other, Plc, 40, outcome: Outcome.Rejected, reason: 1));

        Assert.AreEqual(Novelty.Asset | Novelty.Conversation | Function | Novelty.Range | Writer | Refusal, novelty);
    }

    [TestMethod]
    public void A_refusal_for_another_reason_is_new() =>
        Assert.AreEqual(Refusal, Last(t => t.Read(Scada, Plc, 500, 1, outcome: Outcome.Rejected, reason: 4)));

    [TestMethod]
    [DataRow(Outcome.Undecodable)]
    [DataRow(Outcome.Unsolicited)]
    public void Functions_and_addresses_of_garbage_mean_nothing(Outcome outcome) =>
        Assert.AreEqual(None, Last(t =>
            t.Say(Scada, Plc, Operation.Vendor, 99, Registers(60000, 1), unit: 77, outcome: outcome)));

    [TestMethod]
    public void The_written_part_of_a_read_write_is_judged_by_itself() =>
        Assert.AreEqual(Novelty.Range, Last(t =>
            t.Say(Scada, Plc, Operation.ReadWrite, 23, Registers(0, 5), writeTarget: Registers(41, 1))));

    [TestMethod]
    public void A_device_that_gives_another_revision_is_new()
    {
        const string changed = "VendorName=Acme\nRevision=2.0";

        var verdicts = Traffic.Judge(Learned, t =>
        {
            t.Say(Scada, Plc, Operation.Identify, 43, Target.None, response: "VendorName=Acme\nRevision=1.0");
            t.Say(Scada, Plc, Operation.Identify, 43, Target.None, response: changed);
            t.Say(Scada, Plc, Operation.Identify, 43, Target.None, response: changed);
        });

        Assert.AreSequenceEqual(new[] { None, Identity, Identity }, verdicts[^3..]);
    }

    [TestMethod]
    public void A_server_that_asks_is_in_a_new_role()
    {
        var novelty = Last(t => t.Read(Plc, Scada, 0, 1));

        Assert.IsTrue(novelty.HasFlag(Role | Novelty.Conversation));
        Assert.IsFalse(novelty.HasFlag(Novelty.Asset));
    }

    [TestMethod]
    public void A_destination_that_never_answered_is_no_asset()
    {
        var verdicts = Traffic.Judge(Learned, t => t.Connect(Scada, "10.0.0.77", 161, Transport.Udp));

        Assert.AreEqual(Novelty.Conversation, verdicts[0]);
    }

    [TestMethod]
    public void A_guessed_direction_is_known_the_other_way_round()
    {
        var baseline = Traffic.Learn(t => t.Connect(Scada, Plc, 123, Transport.Udp));

        var verdicts = Traffic.Judge(baseline, t =>
        {
            t.RoleEvidence = RoleEvidence.Guess;
            t.Connect(Plc, Scada, 123, Transport.Udp);
        });

        Assert.IsFalse(verdicts[0].HasFlag(Novelty.Conversation));
    }

    [TestMethod]
    public void A_guessed_direction_is_known_by_the_port_taken_for_the_clients()
    {
        // Traffic's clients speak from port 50000: learned is a service on that port.
        var baseline = Traffic.Learn(t => t.Connect(Scada, Plc, 50000));

        var guessed = Traffic.Judge(baseline, t =>
        {
            t.RoleEvidence = RoleEvidence.Guess;
            t.Connect(Plc, Scada, 1613);
        });
        var seen = Traffic.Judge(baseline, t => t.Connect(Plc, Scada, 1613));

        Assert.IsFalse(guessed[0].HasFlag(Novelty.Conversation));
        Assert.IsTrue(seen[0].HasFlag(Novelty.Conversation));
    }
}
