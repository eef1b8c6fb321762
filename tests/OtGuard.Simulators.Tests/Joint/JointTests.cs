using System.Globalization;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Joint;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Vehicle.Output;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Tests.Joint;

[TestClass]
public sealed class JointTests
{
    private static readonly SubstationOptions Substation = new() { Seed = 4, Duration = TimeSpan.FromMinutes(4) };

    private static readonly VehicleOptions Vehicle = new()
    {
        Seed = 4,
        Duration = TimeSpan.FromMinutes(4),
        Legs = [new(DrivePhase.Parked, TimeSpan.FromSeconds(20)), new(DrivePhase.Charging, TimeSpan.FromMinutes(4))],
    };

    private static readonly TimeSpan At = TimeSpan.FromMinutes(2);

    private static readonly Lazy<Recording> Undisturbed = new(() => Run([], []));

    private static readonly Lazy<Dictionary<int, double>> WithoutVehicle = new(() => Alone([]));

    [TestMethod]
    public void Meter_of_the_park_and_bus_of_the_vehicle_tell_of_the_same_power_at_every_poll()
    {
        var run = Undisturbed.Value;

        AssertSamePower(run, WithoutVehicle.Value);
        Assert.IsGreaterThan(20, run.Bus.Where(second => second.Key is > 60 and < 110).Max(second => second.Value));
    }

    [TestMethod]
    public void Limit_cut_over_Modbus_shows_in_the_meter_and_on_the_bus()
    {
        PlannedEvent cut = new(At, new ChargingLimitCut(), Strength.Of(Intensity.Medium));

        var run = Run([cut], []);

        AssertSamePower(run, Alone([cut]));
        Assert.IsGreaterThan(20, run.Bus[115]);
        // 80 kW for sixteen stations, of which 6 % are lost.
        Assert.AreEqual(5 * VehicleState.ChargerEfficiency, run.Bus[140], 0.1);
        Assert.AreEqual("charging-limit-cut", run.Summary.Substation.Events.Single().Truth.Event);
        Assert.IsEmpty(run.Summary.Vehicle.Can.Events);
    }

    [TestMethod]
    public void Manipulated_request_on_the_bus_shows_in_the_meter()
    {
        PlannedVehicleEvent lie = new(At, VehicleAttackCatalogue.Find("charging-manipulation")!, Strength.Of(Intensity.High));

        var run = Run([], [lie]);
        var honest = Undisturbed.Value;

        AssertSamePower(run, WithoutVehicle.Value);
        // Of what was asked for, a tenth is heard for fifteen seconds.
        var before = run.Bus[115];
        Assert.IsLessThan(before / 5, run.Bus[130]);
        Assert.AreEqual(before, honest.Bus[130], before * 0.05);
        var missing = (before - run.Bus[130]) / VehicleState.ChargerEfficiency;
        Assert.AreEqual(missing, honest.Meter[130] - run.Meter[130], 3);
        Assert.IsEmpty(run.Summary.Substation.Events);
        Assert.AreEqual("charging-manipulation", run.Summary.Vehicle.Can.Events.Single().Truth.Event);
    }

    [TestMethod]
    public void Switched_off_park_charges_nobody()
    {
        PlannedEvent off = new(At, new SwitchOff());

        var run = Run([off], []);

        Assert.IsGreaterThan(20, run.Bus[115]);
        Assert.AreEqual(0, run.Bus[140]);
        Assert.AreEqual(0, run.Meter[140]);
    }

    [TestMethod]
    public void Tshark_finds_nothing_wrong_in_either_world()
    {
        var run = Undisturbed.Value;

        Tshark.AssertHealthy(run.Network);
        Tshark.AssertHealthy(run.Buses);
        Tshark.AssertHealthy(run.Ethernet);
    }

    [TestMethod]
    public void Each_world_needs_the_others_time()
    {
        Assert.ThrowsExactly<ArgumentException>(() => new JointGenerator(Substation, Vehicle with { Start = Vehicle.Start + 1 }));
        Assert.ThrowsExactly<ArgumentException>(() => new JointGenerator(Substation, Vehicle with { Duration = TimeSpan.FromHours(1) }));
    }

    // The other fifteen stations take what they would take without the vehicle that is simulated.
    private static void AssertSamePower(Recording run, Dictionary<int, double> alone)
    {
        var compared = 0;
        foreach (var (second, kilowatts) in run.Meter)
        {
            // Registers hold the power at a whole second, and an answer may leave in the second after its question:
            // where power ramps, it lies between what the bus told at the ends of the seconds around.
            if (!alone.TryGetValue(second, out var without) || !run.Bus.TryGetValue(second - 2, out var before)
                || !run.Bus.TryGetValue(second - 1, out var between) || !run.Bus.TryGetValue(second, out var after)) continue;
            var (least, most) = (Math.Min(before, Math.Min(between, after)), Math.Max(before, Math.Max(between, after)));
            var vehicle = kilowatts - without * (SubstationProcess.ChargingStations - 1) / SubstationProcess.ChargingStations;
            // Currents are rounded to 0.1 A, which is 3.5 kVA, in both captures.
            Assert.IsInRange(
                least / VehicleState.ChargerEfficiency - 4, most / VehicleState.ChargerEfficiency + 4, vehicle, $"second {second}");
            compared++;
        }

        // A quarter of the seconds has no answer or two: polls come a second apart, more or less.
        Assert.IsGreaterThan(150, compared);
    }

    private static Dictionary<int, double> Alone(IReadOnlyList<PlannedEvent> planned)
    {
        using var stream = new MemoryStream();
        new SubstationGenerator(Substation).Generate(new PcapWriter(stream), planned);
        return Meter(stream.ToArray());
    }

    private static Recording Run(IReadOnlyList<PlannedEvent> planned, IReadOnlyList<PlannedVehicleEvent> plannedVehicle)
    {
        using var network = new MemoryStream();
        var ethernet = new SubstationTests.Recorder();
        var buses = new CanRecorder();
        var summary = new JointGenerator(Substation, Vehicle).Generate(
            new PcapWriter(network), buses, ethernet, planned, plannedVehicle);
        var status = VehicleGenerator.Definitions(VehicleVariant.Car).First(message => message.Id == 0x260);
        var bus = new Dictionary<int, double>();
        foreach (var (frame, _) in buses.Frames)
        {
            if (frame.Id != status.Id || frame.IsError) continue;
            bus[(int)((frame.Time - Substation.Start) / 1_000_000_000)] = status["ChargePower"].Read(frame.Data);
        }

        return new Recording(
            summary, network.ToArray(), OtGuard.Simulators.Tests.Vehicle.Drives.ToPcapng(buses.Frames.Select(f => f.Frame)), ethernet.ToPcap(), Meter(network.ToArray()), bus);
    }

    // Active power that the park's controller answers with, by the second of the answer.
    private static Dictionary<int, double> Meter(byte[] pcap) => Tshark.Run(
        pcap, "-Y", "modbus.func_code == 4 and ip.src == 10.20.0.112", "-T", "fields", "-e", "frame.time_epoch",
        "-e", "modbus.regval_uint16").Select(line => line.Split('\t'))
        .Where(parts => parts[1].Split(',').Length == 8)
        .GroupBy(parts => (int)(double.Parse(parts[0], CultureInfo.InvariantCulture) - Substation.Start / 1e9))
        .ToDictionary(second => second.Key, second => (double)(short)ushort.Parse(
            second.Last()[1].Split(',')[SubstationProcess.ActivePowerRegister], CultureInfo.InvariantCulture));

    private sealed record Recording(
        JointSummary Summary, byte[] Network, byte[] Buses, byte[] Ethernet, Dictionary<int, double> Meter,
        Dictionary<int, double> Bus);

    private sealed class SwitchOff : DeviceAttack
    {
        public SwitchOff() => DeviceIndex = 11;

        public override string Name => "switch-off";

        public override string Description => "The park's breaker is opened.";

        public override void Write(CaptureBuilder capture, Site site, Strength strength) =>
            site.LinkOf(site.Active, Device(site)).Ask(ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, false));
    }
}
