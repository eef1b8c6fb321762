using System.Security.Cryptography;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Tests;

[TestClass]
public sealed class SubstationTests
{
    // One cycle holds every kind of act; a shorter one would crowd them.
    private static readonly SubstationOptions OneCycle = new() { Duration = TimeSpan.FromMinutes(10) };

    [TestMethod]
    public void Tshark_finds_nothing_wrong_in_a_clean_cycle()
    {
        var pcap = Generate(OneCycle);

        Tshark.AssertHealthy(pcap);
        Assert.IsEmpty(Tshark.Run(pcap, "-Y", "modbus.exception_code"));
        var protocols = Tshark.Run(pcap, "-q", "-z", "io,phs");
        foreach (var protocol in (string[])["modbus", "goose", "ntp", "snmp", "lldp", "stp", "arp"])
            Assert.IsTrue(protocols.Any(line => line.TrimStart().StartsWith(protocol + " ", StringComparison.Ordinal)),
                protocol + " is missing");
    }

    [TestMethod]
    public void Session_opened_at_the_start_is_clean_as_well()
    {
        Tshark.AssertHealthy(Generate(OneCycle with { JoinMidway = false, Duration = TimeSpan.FromSeconds(30) }));
    }

    [TestMethod]
    public void Same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        var options = OneCycle with { Duration = TimeSpan.FromMinutes(2) };

        var first = SHA256.HashData(Generate(options));
        var again = SHA256.HashData(Generate(options));
        var other = SHA256.HashData(Generate(options with { Seed = 2 }));

        CollectionAssert.AreEqual(first, again);
        CollectionAssert.AreNotEqual(first, other);
    }

    [TestMethod]
    public void Planting_an_attack_that_touches_no_device_leaves_the_normal_frames_as_they_are()
    {
        var options = OneCycle with { Duration = TimeSpan.FromMinutes(3) };
        var clean = new Recorder();
        new SubstationGenerator(options).Generate(clean);
        var attacked = new Recorder();
        new SubstationGenerator(options).Generate(
            attacked, new PlannedEvent(TimeSpan.FromMinutes(1), new PortScan()));

        var normal = attacked.Frames.Where(frame => frame.Truth is null).Select(frame => frame.Hex);

        CollectionAssert.AreEqual(clean.Frames.ConvertAll(frame => frame.Hex), normal.ToList());
    }

    [TestMethod]
    public void Times_of_frames_never_go_back()
    {
        var recorder = new Recorder();
        new SubstationGenerator(OneCycle with { Duration = TimeSpan.FromMinutes(3) }).Generate(
            recorder, new PlannedEvent(TimeSpan.FromMinutes(1), new NetworkScan()));

        for (var i = 1; i < recorder.Frames.Count; i++)
            Assert.IsGreaterThanOrEqualTo(recorder.Frames[i - 1].Time, recorder.Frames[i].Time);
    }

    [TestMethod]
    public void Every_act_of_a_later_cycle_was_seen_in_an_earlier_one()
    {
        var learned = Facts(Generate(DemoScenario.Options(1) with { Duration = TimeSpan.FromMinutes(20) }));

        var later = Facts(Generate(DemoScenario.Options(77) with
        {
            Start = CaptureBuilder.DefaultStart + 1_200_000_000_000,
            Duration = TimeSpan.FromMinutes(10),
        }));

        later.ExceptWith(learned);
        Assert.IsEmpty(later, string.Join('\n', later.Take(10)));
    }

    [TestMethod]
    public void Either_server_gives_every_command_in_each_cycle()
    {
        var writes = Tshark.Run(
            Generate(OneCycle), "-Y", "tcp.dstport == 502 and modbus.func_code in {5, 6, 15, 16}", "-T", "fields",
            "-e", "ip.src", "-e", "ip.dst").Distinct().ToList();

        Assert.HasCount(2 * 13, writes);
    }

    [TestMethod]
    public void Registers_fit_together_at_every_hour()
    {
        var start = CaptureBuilder.DefaultStart / 86_400_000_000_000 * 86_400_000_000_000;
        for (var hour = 0; hour < 24; hour += 3)
        {
            var site = new Site(new CaptureBuilder(start + hour * 3_600_000_000_000), hour);
            for (var second = 0; second < 120; second++)
            {
                site.Process.AdvanceTo(site.Capture.Start + second * 1_000_000_000L);
                foreach (var device in site.Devices) AssertPower(device);
                AssertBalance(site);
            }
        }
    }

    [TestMethod]
    public void Open_breaker_carries_no_current()
    {
        var site = new Site(new CaptureBuilder(), 3);
        var feeder = site.Feeders[4];
        Assert.AreNotEqual(0, feeder.InputRegisters[SubstationProcess.CurrentRegister]);

        feeder.Answer(ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, false));
        site.Process.AdvanceTo(site.Capture.Start + 2_000_000_000);

        Assert.AreEqual(0, feeder.InputRegisters[SubstationProcess.CurrentRegister]);
        Assert.AreEqual(0, feeder.InputRegisters[SubstationProcess.ActivePowerRegister]);
        Assert.IsFalse(feeder.DiscreteInputs[0]);
        Assert.IsTrue(feeder.DiscreteInputs[1]);
        AssertBalance(site);
    }

    [TestMethod]
    public void Tap_changer_follows_its_setpoint()
    {
        var site = new Site(new CaptureBuilder(), 3);
        var transformer = site.Transformers[0];
        var before = transformer.InputRegisters[SubstationProcess.TapRegister];
        foreach (var each in site.Transformers)
            each.Answer(ModbusPdu.WriteSingleRegister(SubstationProcess.SetpointRegister, 2100));

        site.Process.AdvanceTo(site.Capture.Start + 600_000_000_000);

        Assert.IsGreaterThan(before, transformer.InputRegisters[SubstationProcess.TapRegister]);
        Assert.AreEqual(2100, transformer.InputRegisters[SubstationProcess.VoltageRegister], 21);
    }

    [TestMethod]
    public void Demonstration_stays_small_and_holds_its_four_attacks()
    {
        var learning = new MemoryStream();
        var attacked = new MemoryStream();

        var demo = DemoScenario.Write(new PcapWriter(learning), new PcapWriter(attacked));

        Assert.IsLessThan(300_000L, demo.Learning.Frames + demo.Attacked.Frames);
        Assert.IsEmpty(demo.Learning.Events);
        Assert.AreEqual(
            "network-scan device-identification-sweep function-code-enumeration write-by-known-reader",
            string.Join(' ', demo.Planted.Select(planted => planted.Name)));
        foreach (var planted in demo.Planted) Assert.IsGreaterThan(0L, planted.Frames);
    }

    private static byte[] Generate(SubstationOptions options)
    {
        using var stream = new MemoryStream();
        new SubstationGenerator(options).Generate(new PcapWriter(stream));
        return stream.ToArray();
    }

    // Who asked whom for what, and every pair of addresses that spoke.
    private static HashSet<string> Facts(byte[] pcap) =>
    [
        .. Tshark.Run(
            pcap, "-Y", "tcp.dstport == 502 and modbus", "-T", "fields", "-e", "ip.src", "-e", "ip.dst",
            "-e", "modbus.func_code", "-e", "modbus.reference_num", "-e", "modbus.word_cnt", "-e", "modbus.bit_cnt"),
        .. Tshark.Run(
            pcap, "-Y", "not tcp", "-T", "fields", "-e", "eth.src", "-e", "eth.dst", "-e", "eth.type",
            "-e", "udp.port", "-e", "arp.opcode", "-e", "arp.dst.proto_ipv4"),
    ];

    private static void AssertPower(SimulatedDevice device)
    {
        var input = device.InputRegisters;
        var kilovolts = input[SubstationProcess.VoltageRegister] / 100.0;
        var amperes = input[SubstationProcess.CurrentRegister] / 10.0;
        var factor = input[SubstationProcess.PowerFactorRegister] / 1000.0;
        var kilowatts = (short)input[SubstationProcess.ActivePowerRegister];
        Assert.AreEqual(Math.Sqrt(3) * kilovolts * amperes * factor, Math.Abs((double)kilowatts), 0.5, device.Name);
        Assert.IsTrue(kilovolts is > 18 and < 22, $"{device.Name}: {kilovolts} kV");
    }

    // The transformers' currents are rounded to 0.1 A, which is 3.5 kVA at 20 kV, and the power factor to 0.001.
    private static void AssertBalance(Site site)
    {
        static double Power(SimulatedDevice device) =>
            (short)device.InputRegisters[SubstationProcess.ActivePowerRegister];
        var delivered = site.Transformers.Sum(Power);
        var consumed = site.Devices.Except(site.Transformers).Sum(Power);
        Assert.AreEqual(consumed, delivered, 10 + Math.Abs(consumed) * 0.002);
    }

    internal sealed class Recorder : ICaptureSink
    {
        public List<(long Time, string Hex, TruthRecord? Truth)> Frames { get; } = [];

        public byte[] ToPcap()
        {
            using var stream = new MemoryStream();
            var writer = new PcapWriter(stream);
            foreach (var (time, hex, _) in Frames) writer.Write(time, Convert.FromHexString(hex));
            return stream.ToArray();
        }

        public void Write(long unixNanoseconds, ReadOnlySpan<byte> frame, TruthRecord? truth) =>
            Frames.Add((unixNanoseconds, Convert.ToHexString(frame), truth));
    }
}
