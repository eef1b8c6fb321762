using System.Globalization;
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

    // Events in which tshark finds something odd, and has to: aborts, nonsense, repetitions, values nested too deeply.
    // Exceptions are normal to it, answers that do not fit escape it, and what does not look like Modbus it takes for
    // plain data.
    private static readonly string[] Odd =
    [
        "arp-spoofing", "device-replaced", "function-code-enumeration", "historian-reconnect", "malformed-burst",
        "network-scan", "opcua-channel-flood", "opcua-nesting-bomb", "opcua-security-downgrade", "opcua-server-restart",
        "port-scan", "request-flood", "retransmissions", "server-resets", "spoofed-command", "wrong-length",
    ];

    // Attacks that consist in what is not sent.
    private static readonly string[] Silent = ["opcua-notifications-suppressed", "polling-suspended", "slower-polling"];

    public static IEnumerable<IAttack[]> All() => AttackCatalogue.All.Select(attack => new[] { attack });

    [TestMethod]
    public void Tshark_finds_oddities_where_they_were_planted_and_nowhere_else()
    {
        // What a mirror loses shows in the next frames, which are normal; these have tests of their own. That an address
        // moved to other hardware is remarked upon for the rest of the capture: that comes last.
        var attacks = AttackCatalogue.All.Where(attack => attack is not (OneSidedMirror or SegmentLoss or TapLoss))
            .OrderBy(attack => attack is DeviceReplaced).ToList();
        var apart = TimeSpan.FromSeconds(75);
        var recorder = new SubstationTests.Recorder();
        new SubstationGenerator(DemoScenario.Substation(5) with { Duration = apart * (attacks.Count + 1) }).Generate(
            recorder, [.. attacks.Select((attack, i) => new PlannedEvent(apart * i + apart / 3, attack))]);

        var found = Tshark.Unhealthy(recorder.ToPcap());

        var events = found.Select(odd => (odd.Text, recorder.Frames[odd.Frame - 1].Truth?.Event)).ToList();
        var strangers = events.Where(odd => odd.Event is null).Select(odd => odd.Text).ToList();
        Assert.IsEmpty(strangers, string.Join('\n', strangers.Take(10)));
        Assert.AreEqual(string.Join('\n', Odd), string.Join('\n', events.Select(odd => odd.Event).Distinct().Order()));
    }

    [TestMethod]
    public void Lost_segments_are_missed_by_tshark_and_nothing_else_is_wrong()
    {
        const string missing = "tcp.analysis.lost_segment or tcp.analysis.ack_lost_segment";
        var recorder = new SubstationTests.Recorder();
        new SubstationGenerator(Minutes).Generate(
            recorder, new PlannedEvent(TimeSpan.FromSeconds(20), new SegmentLoss()));
        var pcap = recorder.ToPcap();

        Tshark.AssertHealthy(pcap, missing);
        Assert.IsGreaterThanOrEqualTo(new SegmentLoss().Segments, Tshark.Run(pcap, "-Y", missing).Length);
    }

    [TestMethod]
    public void Mirror_that_is_down_loses_everything_and_nothing_else()
    {
        var clean = new SubstationTests.Recorder();
        new SubstationGenerator(Minutes).Generate(clean);
        var recorder = new SubstationTests.Recorder();
        new SubstationGenerator(Minutes).Generate(recorder, new PlannedEvent(TimeSpan.FromSeconds(20), new TapLoss()));

        bool IsSeen(long time) => time - clean.Frames[0].Time is < 19_500_000_000 or > 50_500_000_000;

        Assert.IsFalse(recorder.Frames.Exists(frame => frame.Time - clean.Frames[0].Time is > 20_000_000_000 and < 49_500_000_000));
        CollectionAssert.AreEqual(
            clean.Frames.Where(frame => IsSeen(frame.Time)).Select(frame => frame.Hex).ToList(),
            recorder.Frames.Where(frame => IsSeen(frame.Time)).Select(frame => frame.Hex).ToList());
    }

    [TestMethod]
    public void Lies_about_a_feeder_fit_together_and_its_other_readers_hear_them_too()
    {
        var recorder = new SubstationTests.Recorder();
        new SubstationGenerator(Minutes).Generate(
            recorder, new PlannedEvent(TimeSpan.FromSeconds(20), new ConsistentLies(), Strength.Of(Intensity.High)));

        var told = Tshark.Run(
            recorder.ToPcap(), "-Y", "modbus.func_code == 4 and ip.src == 10.20.0.103 and modbus.regval_uint16", "-T", "fields",
            "-e", "frame.time_relative", "-e", "modbus.regval_uint16");

        var values = told.Select(line => line.Split('\t')).Where(parts => parts[1].Split(',').Length == 8).Select(parts => (
            Lied: double.Parse(parts[0], CultureInfo.InvariantCulture) > 20,
            Values: parts[1].Split(',').Select(text => (short)ushort.Parse(text, CultureInfo.InvariantCulture)).ToArray())).ToList();
        foreach (var (_, v) in values)
            Assert.AreEqual(Math.Sqrt(3) * v[0] / 100 * v[1] / 10 * v[4] / 1000, v[2], 1 + v[2] * 0.01);
        Assert.IsLessThan(values.Where(v => !v.Lied).Min(v => v.Values[2]) * 0.6, values.Where(v => v.Lied).Max(v => (double)v.Values[2]));
    }

    [TestMethod]
    public void One_sided_mirror_shows_the_server_direction_missing_and_back_again()
    {
        var recorder = new SubstationTests.Recorder();
        new SubstationGenerator(Minutes).Generate(
            recorder, new PlannedEvent(TimeSpan.FromSeconds(20), new OneSidedMirror()));

        string[] Times(string host) => Tshark.Run(
            recorder.ToPcap(), "-Y", $"modbus and ip.src == {host} and ip.addr == 10.20.0.103", "-T", "fields",
            "-e", "frame.time_relative");
        static bool Blind(string time) => double.Parse(time, CultureInfo.InvariantCulture) is > 20 and < 80;

        Assert.DoesNotContain(true, Times("10.20.0.103").Select(Blind));
        Assert.Contains(true, Times("10.20.0.11").Select(Blind));
        Assert.Contains(false, Times("10.20.0.103").Select(Blind));
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void Ground_truth_is_what_the_attacker_sent_or_was_answered(IAttack attack)
    {
        var recorder = new SubstationTests.Recorder();
        var site = new Site(new CaptureBuilder(), 1);
        var summary = new SubstationGenerator(Minutes).Generate(recorder, new PlannedEvent(TimeSpan.FromSeconds(20), attack));
        var attacker = Hex(attack.Attacker(site));
        var victims = attack.Victims(site).Select(Hex).ToList();

        var marked = recorder.Frames.Where(frame => frame.Truth is not null).ToList();

        Assert.AreEqual(attack.Name, summary.Events.Single().Truth.Event);
        Assert.AreEqual(marked.Count, summary.Events.Single().Frames);
        if (attack.IsAttack) Assert.AreEqual(Silent.Contains(attack.Name), marked.Count == 0);
        foreach (var (_, hex, truth) in marked)
        {
            Assert.AreEqual(attack.Name, truth!.Event);
            Assert.AreEqual(attack.IsAttack, truth.IsAttack);
            Assert.Contains(attacker, hex, "A marked frame has nothing to do with the attacker.");
        }

        Assert.IsTrue(
            !attack.IsAttack || Silent.Contains(attack.Name) || victims.TrueForAll(victim => marked.Exists(frame => frame.Hex.Contains(victim))),
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

        var times = sent.Select(time => double.Parse(time, CultureInfo.InvariantCulture)).ToList();
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
