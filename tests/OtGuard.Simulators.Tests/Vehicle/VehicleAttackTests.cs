using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Vehicle.Attacks;
using OtGuard.Simulators.Vehicle.Bus;

namespace OtGuard.Simulators.Tests.Vehicle;

[TestClass]
public sealed class VehicleAttackTests
{
    // The true sender's own diagnostics, and its answers to a tester.
    private const uint FirstDiagnosticId = 0x7DF;

    // What makes the battery charge otherwise changes every signal that tells of it.
    private static readonly string[] ChangingThePhysics = ["charging-manipulation"];

    public static IEnumerable<object[]> Attacks() =>
        VehicleAttackCatalogue.All.Where(attack => attack.IsAttack).Select(attack => new object[] { attack });

    public static IEnumerable<object[]> LookAlikes() =>
        VehicleAttackCatalogue.All.Where(attack => !attack.IsAttack).Select(attack => new object[] { attack });

    [TestMethod]
    public void There_are_many_attacks_and_look_alikes_with_names_of_their_own()
    {
        var all = VehicleAttackCatalogue.All;

        Assert.IsGreaterThanOrEqualTo(40, all.Count(attack => attack.IsAttack));
        Assert.IsGreaterThanOrEqualTo(12, all.Count(attack => !attack.IsAttack));
        CollectionAssert.AllItemsAreUnique(
            all.Select(attack => attack.Name).Concat(AttackCatalogue.All.Select(attack => attack.Name)).ToList());
        foreach (var attack in all)
        {
            Assert.AreSame(attack, VehicleAttackCatalogue.Find(attack.Name));
            Assert.EndsWith(".", attack.Description);
            Assert.AreEqual(attack.IsAttack, attack.Techniques.Count > 0, attack.Name);
            Assert.AreEqual(attack.IsAttack, attack.Parameters.Count > 0, attack.Name);
            foreach (var technique in attack.Techniques) StringAssert.Matches(technique, new("^T0[0-9]{3}$"));
            foreach (var row in attack.ExpectedRows) StringAssert.Matches(row, new("^D[0-9]{1,2}$"));
            foreach (var parameter in attack.Parameters) Assert.AreNotEqual(parameter.Low, parameter.High);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Attacks))]
    public void Every_frame_that_is_not_the_attackers_is_the_one_of_a_drive_without_attack(IVehicleAttack attack)
    {
        var clean = Sequences(Drives.With(attack, intensity: null), attack);
        var signatures = new HashSet<string>();
        foreach (var intensity in Enum.GetValues<Intensity>())
        {
            var drive = Drives.With(attack, intensity);

            AssertTruth(drive, attack);
            signatures.Add(Signature(drive));
            if (ChangingThePhysics.Contains(attack.Name)) continue;
            var attacked = Sequences(drive, attack);
            foreach (var (key, expected) in clean)
            {
                var actual = attacked.GetValueOrDefault(key) ?? [];
                // A frame may be late at the end.
                Assert.IsInRange(expected.Count - 2, expected.Count + 2, actual.Count, $"{attack.Name} {intensity} {key}");
                var common = Math.Min(expected.Count, actual.Count);
                CollectionAssert.AreEqual(expected[..common], actual[..common], $"{attack.Name} {intensity} {key}");
            }
        }

        Assert.HasCount(3, signatures, "Two intensities do the same.");
    }

    [TestMethod]
    [DynamicData(nameof(LookAlikes))]
    public void Look_alike_is_known_but_labelled_normal(IVehicleAttack attack)
    {
        var drive = Drives.With(attack, Intensity.Medium);

        AssertTruth(drive, attack);
        Assert.AreNotEqual(Drives.With(attack, intensity: null).ToCandump(), drive.ToCandump());
    }

    [TestMethod]
    public void Independent_readers_read_every_planted_frame()
    {
        List<CanFrame> all = [];
        foreach (var attack in VehicleAttackCatalogue.All)
        {
            // The clock that is set back is shown by python-can as it is; tshark too.
            all.AddRange(Drives.With(attack, Intensity.Medium).Marked);
        }

        Assert.IsTrue(all.Exists(frame => frame.IsError) && all.Exists(frame => frame.IsRemote));
        var pcapng = Drives.ToPcapng(all);
        Tshark.AssertHealthy(pcapng);
        var types = Tshark.Run(pcapng, "-T", "fields", "-e", "can.flags.err", "-e", "can.flags.rtr", "-e", "can.id");
        Assert.HasCount(all.Count, types);
        for (var i = 0; i < types.Length; i++)
        {
            // An error frame has an error class in place of an identifier.
            var frame = all[i];
            Assert.AreEqual(frame.IsError ? "1\t\t" : $"0\t{(frame.IsRemote ? 1 : 0)}\t{frame.Id}", types[i]);
        }

        IndependentReaderTests.AssertReadEqual(all);
    }

    [TestMethod]
    public void Reprogramming_is_what_tshark_makes_of_it()
    {
        var drive = Drives.With(VehicleAttackCatalogue.Find("unauthorised-reprogramming")!, Intensity.Medium);

        var services = Tshark.Run(
            Drives.ToPcapng(drive.Marked), "-d", "can.subdissector,iso15765", "-d", "iso15765.subdissector,uds",
            "-Y", "uds", "-T", "fields", "-e", "uds.sid", "-e", "uds.reply");

        var requests = services.Where(line => line.EndsWith('0') || line.EndsWith("False", StringComparison.Ordinal))
            .Select(line => line.Split('\t')[0]).ToList();
        string[] expected =
        [
            "0x10", "0x85", "0x28", "0x10", "0x27", "0x27", "0x31", "0x34", .. Enumerable.Repeat("0x36", 20), "0x37", "0x31", "0x11",
        ];
        CollectionAssert.AreEqual(expected, requests);
    }

    [TestMethod]
    [DataRow("doip-activation-denied", "doip.response_code == 0", 5)]
    [DataRow("doip-unknown-target", "doip.diag_nack_code == 3", 20)]
    [DataRow("doip-malformed-header", "doip.nack_code", 5)]
    public void DoIp_attack_is_what_tshark_makes_of_it(string name, string filter, int count)
    {
        var drive = Drives.With(VehicleAttackCatalogue.Find(name)!, Intensity.Medium);
        var pcap = drive.Ethernet.ToPcap();

        Assert.HasCount(count, Tshark.Run(pcap, "-Y", filter));
        var odd = Tshark.Unhealthy(pcap).Select(found => drive.Ethernet.Frames[found.Frame - 1].Truth).ToList();
        Assert.IsFalse(odd.Exists(truth => truth is null));
        if (name != "doip-malformed-header") Assert.IsEmpty(odd);
    }

    [TestMethod]
    public void Control_unit_off_the_bus_is_silent_until_the_impostor_speaks()
    {
        var attack = VehicleAttackCatalogue.Find("bus-off-masquerade")!;
        var drive = Drives.With(attack, Intensity.Medium);
        var errors = drive.Marked.Where(frame => frame.IsError).ToList();
        var impostor = drive.Marked.First(frame => !frame.IsError);

        Assert.HasCount(32, errors);
        Assert.IsTrue(errors.TrueForAll(frame => frame.Id == 0x88));
        foreach (var message in VehicleGenerator.Definitions(VehicleVariant.Car).Where(message => message.Node == "ESP" && message.Channel == 0))
        {
            var silent = drive.Of(message.Id).Count(frame => frame.Time > errors[^1].Time + 20_000_000 && frame.Time < impostor.Time);
            Assert.AreEqual(0, silent, message.Name);
        }
    }

    [TestMethod]
    public void Manipulated_charging_shows_at_the_meter()
    {
        var attack = VehicleAttackCatalogue.Find("charging-manipulation")!;
        var clean = Drives.With(attack, intensity: null).Summary.Charging;
        var manipulated = Drives.With(attack, Intensity.High).Summary.Charging;

        Assert.IsLessThan(0.2, manipulated[18].MeterKilowatts / clean[18].MeterKilowatts);
        Assert.AreEqual(clean[2].MeterKilowatts, manipulated[2].MeterKilowatts);
    }

    private static void AssertTruth(Drives.Drive drive, IVehicleAttack attack)
    {
        var summary = attack.IsOnEthernet ? drive.Summary.Ethernet : drive.Summary.Can;
        var other = attack.IsOnEthernet ? drive.Summary.Can : drive.Summary.Ethernet;
        Assert.IsEmpty(other.Events);
        var planted = Assert.ContainsSingle(summary.Events);
        Assert.AreEqual(attack.Name, planted.Truth.Event);
        Assert.AreEqual(attack.IsAttack, planted.Truth.IsAttack);
        Assert.IsLessThanOrEqualTo(planted.LastTime, planted.FirstTime);
        if (attack.IsOnEthernet) return;
        var numbers = Enumerable.Range(0, drive.Frames.Count).Where(i => drive.Frames[i].Truth is not null).ToList();
        Assert.AreEqual(planted.Frames, numbers.Count);
        if (numbers.Count > 0)
        {
            Assert.AreEqual(planted.FirstFrame, numbers[0] + 1);
            Assert.AreEqual(planted.LastFrame, numbers[^1] + 1);
        }

        Assert.IsTrue(numbers.TrueForAll(i => drive.Frames[i].Frame.Time >= drive.Options.Start + Drives.EventAt.Ticks * 100));
        if (attack.IsAttack && attack.Name != "suspension") Assert.IsNotEmpty(numbers);
    }

    // What each true sender that is no victim sent, in order; diagnostics apart, which an attack's questions change.
    private static Dictionary<string, List<string>> Sequences(Drives.Drive drive, IVehicleAttack attack)
    {
        var senders = VehicleGenerator.Definitions(attack.Variant).ToDictionary(
            message => (message.Channel, message.Id), message => message.Node);
        return drive.Frames
            .Where(f => f.Truth is null && !f.Frame.IsError && (f.Frame.IsExtended || f.Frame.Id < FirstDiagnosticId))
            .Where(f => senders.TryGetValue((f.Frame.Channel, f.Frame.Id), out var node) && !attack.Victims.Contains(node))
            .GroupBy(f => $"{f.Frame.ChannelName} {f.Frame.Id:X}", f => Convert.ToHexString(f.Frame.Data))
            .ToDictionary(group => group.Key, group => group.ToList());
    }

    private static string Signature(Drives.Drive drive)
    {
        var planted = drive.Summary.Can.Events.Concat(drive.Summary.Ethernet.Events).First();
        return $"{planted.Frames} {planted.LastTime} {string.Concat(drive.Marked.Select(frame => Convert.ToHexString(frame.Data)))}";
    }
}
