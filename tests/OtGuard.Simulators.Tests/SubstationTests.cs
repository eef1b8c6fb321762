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
        var learned = Facts(Generate(DemoScenario.Substation(1) with { Duration = TimeSpan.FromMinutes(20) }));

        var later = Facts(Generate(DemoScenario.Substation(77) with
        {
            Start = DemoScenario.Substation(1).Start + 1_200_000_000_000,
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
                Physics.AssertConsistent(site);
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
        Physics.AssertConsistent(site);
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
    public void Interlocks_hold_whoever_commands()
    {
        var site = new Site(new CaptureBuilder(), 3);
        var feeder = site.Feeders[2];

        var earthLive = feeder.Answer(ModbusPdu.WriteSingleCoil(SubstationProcess.EarthingCoil, true))!;
        feeder.Answer(ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, false));
        feeder.Answer(ModbusPdu.WriteSingleCoil(SubstationProcess.EarthingCoil, true));
        var closeEarthed = feeder.Answer(ModbusPdu.WriteMultipleCoilsRequest(0, true, true))!;
        site.Process.AdvanceTo(site.Capture.Start + 2_000_000_000);

        Assert.AreEqual("8504", Convert.ToHexString(earthLive));
        Assert.AreEqual("8F04", Convert.ToHexString(closeEarthed));
        Assert.IsFalse(feeder.Coils[SubstationProcess.BreakerCoil]);
        Assert.IsTrue(feeder.DiscreteInputs[SubstationProcess.EarthingInput]);
        feeder.Answer(ModbusPdu.WriteSingleCoil(SubstationProcess.EarthingCoil, false));
        Assert.AreEqual("0500", Convert.ToHexString(feeder.Answer(ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, true))!)[..4]);
    }

    [TestMethod]
    public void Taps_of_parallel_transformers_stay_together_even_when_their_setpoints_do_not()
    {
        var site = new Site(new CaptureBuilder(), 3);
        site.Transformers[0].Answer(ModbusPdu.WriteSingleRegister(SubstationProcess.SetpointRegister, 2300));
        site.Transformers[1].Answer(ModbusPdu.WriteSingleRegister(SubstationProcess.SetpointRegister, 1700));

        for (var minute = 1; minute <= 60; minute++)
        {
            site.Process.AdvanceTo(site.Capture.Start + minute * 60_000_000_000L);
            var taps = site.Transformers.Select(device => (int)device.InputRegisters[SubstationProcess.TapRegister]).ToList();
            Assert.IsLessThanOrEqualTo(SubstationProcess.ParallelTaps, Math.Abs(taps[0] - taps[1]));
        }
    }

    [TestMethod]
    public void Meters_count_what_flows()
    {
        var site = new Site(new CaptureBuilder(), 3);
        var device = site.Feeders[0];
        long Meter() => (long)device.InputRegisters[SubstationProcess.EnergyRegister] << 16
            | device.InputRegisters[SubstationProcess.EnergyRegister + 1];
        var before = Meter();
        double kilowattHours = 0;

        for (var second = 1; second <= 3600; second++)
        {
            site.Process.AdvanceTo(site.Capture.Start + second * 1_000_000_000L);
            kilowattHours += device.InputRegisters[SubstationProcess.ActivePowerRegister] / 3600.0;
        }

        Assert.AreEqual(kilowattHours, Meter() - before, 1);
    }

    [TestMethod]
    public void Day_week_and_season_show_in_the_power()
    {
        // Kilowatts of a device at an hour (universal time) of a day.
        static double Power(int month, int day, int hour, Func<Site, SimulatedDevice> of)
        {
            var at = new DateTimeOffset(2026, month, day, hour, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1_000_000;
            return (short)of(new Site(new CaptureBuilder(at), 3)).InputRegisters[SubstationProcess.ActivePowerRegister];
        }

        // Monday the 15th of June, Sunday the 14th, Monday the 12th of January.
        Assert.IsLessThan(Power(6, 15, 11, site => site.Feeders[1]) * 0.6, Power(6, 14, 11, site => site.Feeders[1]));
        Assert.IsLessThan(Power(1, 12, 18, site => site.Feeders[0]) * 0.8, Power(6, 15, 18, site => site.Feeders[0]));
        Assert.IsLessThan(Power(1, 12, 11, site => site.Solar) * 2, Power(6, 15, 11, site => site.Solar), "more is fed in in summer");
        Assert.AreEqual(0, Power(6, 15, 23, site => site.Solar));
        Assert.AreNotEqual(0, Power(6, 15, 4, site => site.Solar), "the sun is up at six by the clock in June");
        Assert.AreEqual(0, Power(1, 12, 6, site => site.Solar));
    }

    [TestMethod]
    public void Calendar_has_its_maintenance_window_and_its_quiet_weekend()
    {
        // From Monday on, a week, thinned to a poll a quarter of an hour.
        var options = new SubstationOptions { Life = StationLifeKind.Calendar, Duration = TimeSpan.FromDays(7) }
            .Thinned(TimeSpan.FromMinutes(15));
        using var stream = new MemoryStream();
        var summary = new SubstationGenerator(options with { GooseHeartbeat = TimeSpan.FromHours(1) }).Generate(new TcpAlone(new PcapWriter(stream)));

        var commands = Tshark.Run(
            stream.ToArray(), "-Y", "tcp.dstport == 502 and modbus.func_code in {5, 6, 15, 16, 43}", "-T", "fields",
            "-e", "frame.time_epoch", "-e", "modbus.func_code", "-e", "ip.dst").Select(line => line.Split('\t')).Select(parts => (
                Time: DateTimeOffset.FromUnixTimeSeconds((long)double.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture)),
                Function: parts[1], To: parts[2])).ToList();

        Assert.IsLessThan(1_000_000L, summary.Frames);
        Assert.HasCount(14, commands.Where(command => command.Function == "43"));
        Assert.IsTrue(commands.Where(command => command.Function == "43").All(
            command => command.Time is { DayOfWeek: DayOfWeek.Tuesday, Hour: >= 9 and < 11 }));
        Assert.IsFalse(commands.Exists(
            command => command.Function == "5" && command.Time.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday && command.Function == "5"));
        Assert.IsTrue(commands.Where(command => command.Function == "5").GroupBy(command => command.To).All(
            feeder => feeder.Count() % 2 == 0), "A feeder that was opened is closed again.");
    }

    [TestMethod]
    [DataRow(StationLifeKind.Cycles)]
    [DataRow(StationLifeKind.Calendar)]
    public void A_month_is_planned_a_day_at_a_time(StationLifeKind life)
    {
        var month = new SubstationOptions { Life = life, Duration = TimeSpan.FromDays(30) };

        var planned = new SubstationSimulation(month, null, []);
        var day = new SubstationSimulation(month with { Duration = TimeSpan.FromDays(1) }, null, []);

        // What the last day has beyond the end of the capture is left out there; and the next day is to be planned.
        Assert.IsInRange(day.Site.Scheduled, day.Site.Scheduled * 1.4, planned.Site.Scheduled);
    }

    [TestMethod]
    public void Later_days_of_a_thinned_month_are_as_busy_as_the_first()
    {
        var options = new SubstationOptions { Duration = TimeSpan.FromDays(3) }.Thinned(TimeSpan.FromMinutes(30));
        var days = new long[3];
        var sink = new CountingSink(time => days[(time - options.Start) / 86_400_000_000_000]++);

        new SubstationGenerator(options).Generate(sink);

        // Every act of a cycle is in each day as often as in any other.
        Assert.AreEqual(days[0], days[1], days[0] * 0.02);
        Assert.AreEqual(days[0], days[2], days[0] * 0.02);
    }

    [TestMethod]
    public void Simulation_that_is_stopped_is_complete_up_to_there()
    {
        using var stop = new CancellationTokenSource();
        using var stream = new MemoryStream();
        var writer = new PcapWriter(stream);
        var half = OneCycle.Start + OneCycle.Duration.Ticks * 50;
        var sink = new CountingSink(time =>
        {
            if (time > half) stop.Cancel();
        }, writer);

        var summary = new SubstationGenerator(OneCycle) { Stop = stop.Token }.Generate(sink);

        Assert.AreEqual(summary.Frames, writer.Count);
        Assert.IsInRange(half, half + 2_000_000_000, summary.LastTime);
        Tshark.AssertHealthy(stream.ToArray());
    }

    // Tuesday has the maintenance window, Sunday the change of the servers, the first Thursday the relay test.
    [TestMethod]
    [DataRow("2026-02-03T06:00Z", 6)]
    [DataRow("2026-02-01T02:00Z", 3)]
    [DataRow("2026-02-05T09:00Z", 3)]
    public void Tshark_finds_nothing_wrong_in_the_calendar(string start, int hours)
    {
        var options = new SubstationOptions
        {
            Life = StationLifeKind.Calendar,
            Start = DateTimeOffset.Parse(start, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds() * 1_000_000,
            Duration = TimeSpan.FromHours(hours),
        }.Thinned(TimeSpan.FromMinutes(1));

        var pcap = Generate(options);

        Tshark.AssertHealthy(pcap);
        Assert.IsEmpty(Tshark.Run(pcap, "-Y", "modbus.exception_code"));
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

    // Spares tshark what it is not asked for.
    private sealed class TcpAlone(ICaptureSink inner) : ICaptureSink
    {
        private const int EtherType = 12;
        private const int Protocol = 23;

        public void Write(long unixNanoseconds, ReadOnlySpan<byte> frame, TruthRecord? truth)
        {
            if (frame.Length > Protocol && frame.Slice(EtherType, 2).SequenceEqual([(byte)8, (byte)0]) && frame[Protocol] == 6)
                inner.Write(unixNanoseconds, frame, truth);
        }
    }

    private sealed class CountingSink(Action<long> count, ICaptureSink? inner = null) : ICaptureSink
    {
        public void Write(long unixNanoseconds, ReadOnlySpan<byte> frame, TruthRecord? truth)
        {
            count(unixNanoseconds);
            inner?.Write(unixNanoseconds, frame, truth);
        }
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
