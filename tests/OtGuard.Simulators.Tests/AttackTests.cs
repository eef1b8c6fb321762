using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Tests;

[TestClass]
public sealed class AttackTests
{
    private static readonly SubstationOptions Minutes = new()
    {
        Duration = TimeSpan.FromSeconds(110),
        FastPoll = TimeSpan.FromSeconds(2),
    };

    // What tshark may complain about where the attack is just that.
    private static readonly Dictionary<string, string> Planted = new()
    {
        ["network-scan"] = "tcp.flags.reset == 1",
        ["port-scan"] = "tcp.flags.reset == 1",
        ["exception-storm"] = "modbus.exception_code",
        ["function-code-enumeration"] = "modbus",
        ["device-identification-sweep"] = "modbus.exception_code",
        ["register-sweep"] = "modbus.exception_code",
        ["unit-sweep"] = "modbus.exception_code",
        ["malformed-burst"] = "modbus",
        ["exception-from-client"] = "modbus",
        ["foreign-protocol-identifier"] = "tcp",
        ["wrong-length"] = "tcp",
        ["foreign-protocol-on-502"] = "tcp",
        ["mismatching-responses"] = "modbus",
        ["request-flood"] = "tcp.flags.reset == 1",
        ["server-resets"] = "tcp.flags.reset == 1",
        ["arp-spoofing"] = "arp",
        ["retransmissions"] = "tcp.analysis.retransmission",
        ["segment-loss"] = "tcp.analysis.flags",
        ["one-sided-mirror"] = "tcp.analysis.flags",
    };

    public static IEnumerable<IAttack[]> All() => AttackCatalogue.All.Select(attack => new[] { attack });

    [TestMethod]
    [DynamicData(nameof(All))]
    public void Tshark_finds_nothing_wrong_but_what_was_planted(IAttack attack)
    {
        using var stream = new MemoryStream();
        new SubstationGenerator(Minutes).Generate(
            new PcapWriter(stream), new PlannedEvent(TimeSpan.FromSeconds(20), attack));

        Tshark.AssertHealthy(stream.ToArray(), Planted.GetValueOrDefault(attack.Name));
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void Ground_truth_is_what_the_attacker_sent_or_was_answered(IAttack attack)
    {
        var recorder = new SubstationTests.Recorder();
        var site = new Site(new CaptureBuilder(), 1);
        new SubstationGenerator(Minutes).Generate(recorder, new PlannedEvent(TimeSpan.FromSeconds(20), attack));
        var attacker = Hex(attack.Attacker(site));
        var victims = attack.Victims(site).Select(Hex).ToList();

        var marked = recorder.Frames.Where(frame => frame.Truth is not null).ToList();

        if (attack.IsAttack) Assert.IsNotEmpty(marked);
        foreach (var (_, hex, truth) in marked)
        {
            Assert.AreEqual(attack.Name, truth!.Event);
            Assert.AreEqual(attack.IsAttack, truth.IsAttack);
            Assert.Contains(attacker, hex, "A marked frame has nothing to do with the attacker.");
        }

        Assert.IsTrue(
            !attack.IsAttack || victims.TrueForAll(victim => marked.Exists(frame => frame.Hex.Contains(victim))),
            "A victim is in no marked frame.");
        // The intruder has no life of its own: every frame from or to its link address is the attack's.
        var intruder = Mac(site.Intruder);
        Assert.IsFalse(recorder.Frames.Exists(
            frame => frame.Truth is null && (frame.Hex[..12] == intruder || frame.Hex[12..24] == intruder)));
    }

    [TestMethod]
    public void Names_are_unique_and_every_attack_says_what_it_is()
    {
        CollectionAssert.AllItemsAreUnique(AttackCatalogue.All.Select(attack => attack.Name).ToList());
        foreach (var attack in AttackCatalogue.All)
        {
            Assert.AreSame(attack, AttackCatalogue.Find(attack.Name));
            Assert.EndsWith(".", attack.Description);
            Assert.AreEqual(attack.IsAttack, attack.Techniques.Count > 0, attack.Name);
        }
    }

    [TestMethod]
    public void Silenced_device_leaves_polls_unanswered_until_it_is_woken()
    {
        using var stream = new MemoryStream();
        new SubstationGenerator(Minutes).Generate(
            new PcapWriter(stream), new PlannedEvent(TimeSpan.FromSeconds(20), new ForceListenOnly()));

        var sent = Tshark.Run(
            stream.ToArray(), "-Y", "modbus and ip.src == 10.20.0.103", "-T", "fields", "-e", "frame.time_relative");

        var times = sent.Select(time => double.Parse(time, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.IsFalse(times.Exists(time => time is > 20.5 and < 49));
        Assert.IsTrue(times.Exists(time => time > 51));
    }

    private static string Hex(EthernetHost host) => Convert.ToHexString(host.Address);

    private static string Mac(EthernetHost host)
    {
        var bytes = new byte[MacAddress.Length];
        host.Mac.WriteTo(bytes);
        return Convert.ToHexString(bytes);
    }
}
