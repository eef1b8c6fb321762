using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Vehicle.Car;
using OtGuard.TestKit;

namespace OtGuard.Simulators.Tests.Vehicle;

[TestClass]
public sealed class VehicleTests
{
    [TestMethod]
    public void Crc_of_the_standard_check_string_is_4B()
    {
        Assert.AreEqual(0x4B, Crc8.Of("123456789"u8));
    }

    [TestMethod]
    [DataRow("", 44 + 3)]
    [DataRow("0000000000000000", 108 + 24 - 3)]
    public void Bits_of_a_frame_are_between_the_bare_and_the_fully_stuffed_length(string data, int most)
    {
        var bytes = Convert.FromHexString(data);
        var (nominal, fast) = CanBits.Count(CanFrame.Classic(0x555, bytes));

        Assert.AreEqual(0, fast);
        Assert.IsInRange(44 + 8 * bytes.Length, most, nominal);
    }

    [TestMethod]
    [DataRow(VehicleVariant.Car, "Car/car.dbc")]
    [DataRow(VehicleVariant.CarFd, "Car/car.dbc")]
    [DataRow(VehicleVariant.Truck, "Truck/truck.dbc")]
    public void Committed_dbc_file_is_what_the_simulator_writes(VehicleVariant variant, string file)
    {
        var path = Path.Combine(SharedData.RepositoryRoot, "simulators", "OtGuard.Simulators", "Vehicle", file);

        Assert.AreEqual(File.ReadAllText(path), VehicleGenerator.Dbc(variant));
    }

    [TestMethod]
    [DataRow(VehicleVariant.Car)]
    [DataRow(VehicleVariant.CarFd)]
    [DataRow(VehicleVariant.Truck)]
    public void Same_seed_gives_the_same_frames_and_another_seed_others(VehicleVariant variant)
    {
        var options = Drives.Short with { Variant = variant, Duration = TimeSpan.FromSeconds(10) };

        var first = Drives.Run(options).ToCandump();

        Assert.AreEqual(first, Drives.Run(options).ToCandump());
        Assert.AreNotEqual(first, Drives.Run(options with { Seed = 6 }).ToCandump());
    }

    [TestMethod]
    [DataRow(VehicleVariant.Car, 38)]
    [DataRow(VehicleVariant.CarFd, 47)]
    [DataRow(VehicleVariant.Truck, 30)]
    public void Every_message_is_sent_and_no_other_identifier_but_diagnostics(VehicleVariant variant, int atLeast)
    {
        var drive = Drives.Of(variant);
        var channels = variant == VehicleVariant.CarFd ? 3 : 2;
        var defined = VehicleGenerator.Definitions(variant).Where(message => message.Channel < channels).ToList();
        var seen = drive.Frames.Select(f => f.Frame.Id).ToHashSet();

        // A shift or a turn need not come within the first seconds of a shorter drive.
        foreach (var message in defined.Where(message => message.Sending is Sending.Cyclic or Sending.CyclicAndOnEvent))
            Assert.Contains(message.Id, seen, message.Name);
        Assert.IsGreaterThanOrEqualTo(atLeast, seen.Count);
        if (variant == VehicleVariant.Truck) return;
        seen.ExceptWith(defined.Select(message => message.Id));
        Assert.IsTrue(seen.All(id => id is >= 0x7E0 and <= 0x7EF), string.Join(' ', seen));
    }

    [TestMethod]
    [DataRow(VehicleVariant.Car)]
    [DataRow(VehicleVariant.CarFd)]
    [DataRow(VehicleVariant.Truck)]
    public void Cyclic_messages_keep_their_cycle_times(VehicleVariant variant)
    {
        var drive = Drives.Of(variant);
        foreach (var message in Present(variant).Where(message => message.Sending == Sending.Cyclic))
        {
            var times = drive.Of(message.Id, message.Channel).ConvertAll(frame => frame.Time / 1e6);
            var gaps = times.Zip(times.Skip(1), (a, b) => b - a).ToList();
            var cycle = message.CycleMilliseconds;

            Assert.AreEqual(cycle, (times[^1] - times[0]) / gaps.Count, cycle * 0.01, message.Name);
            // Releases are at most 2 % late, the bus may be busy with a dozen frames of others.
            Assert.IsTrue(gaps.TrueForAll(gap => Math.Abs(gap - cycle) < 0.021 * cycle + 4), message.Name);
            Assert.IsGreaterThan(1, gaps.Distinct().Count(), message.Name);
        }
    }

    [TestMethod]
    [DataRow(VehicleVariant.Car)]
    [DataRow(VehicleVariant.CarFd)]
    public void Counters_count_and_checksums_hold(VehicleVariant variant)
    {
        var drive = Drives.Of(variant);
        foreach (var message in Present(variant).Where(message => message.Protection != Protection.None))
        {
            var before = -1;
            foreach (var frame in drive.Of(message.Id, message.Channel))
            {
                var data = frame.Data;
                var last = message.Length - 1;
                var (counter, checksum, expected) = message.Protection switch
                {
                    Protection.CrcFirst => (data[1] & 15, data[0], SlowCrc(data[1..message.Length])),
                    Protection.CrcLastWithId =>
                        (data[last - 1] >> 4, data[last], SlowCrc([(byte)message.Id, .. data[..last]])),
                    Protection.NibbleXor => (data[last] & 15, data[last] >> 4, SlowXor(data[..message.Length])),
                    Protection.Counter => (data[last] & 15, 0, 0),
                    Protection.None => throw new InvalidOperationException(),
                };

                Assert.AreEqual(expected, checksum, message.Name);
                if (before >= 0) Assert.AreEqual(before + 1 & 15, counter, message.Name);
                before = counter;
            }
        }
    }

    [TestMethod]
    [DataRow(VehicleVariant.Car, 0.2, 0.45)]
    [DataRow(VehicleVariant.Truck, 0.15, 0.45)]
    public void Main_bus_is_loaded_like_a_real_one(VehicleVariant variant, double least, double most)
    {
        Assert.IsInRange(least, most, Drives.Of(variant).Summary.BusLoads[0]);
    }

    [TestMethod]
    [DataRow(VehicleVariant.Car)]
    [DataRow(VehicleVariant.CarFd)]
    [DataRow(VehicleVariant.Truck)]
    public void Frames_of_a_bus_never_overlap(VehicleVariant variant)
    {
        foreach (var bus in Drives.Of(variant).Frames.Select(f => f.Frame).GroupBy(frame => frame.Channel))
        {
            var (rate, fast) = variant == VehicleVariant.Truck ? (250_000, 250_000) : (500_000, bus.Key == 2 ? 2_000_000 : 500_000);
            var end = 0L;
            foreach (var frame in bus)
            {
                var begin = frame.Time - CanBits.Nanoseconds(frame, rate, fast);
                Assert.IsGreaterThanOrEqualTo(end + 3 * 1_000_000_000L / rate, begin);
                end = frame.Time;
            }
        }
    }

    [TestMethod]
    public void Gateway_forwards_the_same_data_within_some_milliseconds()
    {
        var drive = Drives.Of(VehicleVariant.Car);
        foreach (var id in CarMessages.Classic.Where(message => message.ForwardedTo == 1).Select(message => message.Id))
        {
            var original = drive.Of(id);
            var copies = drive.Of(id, 1);
            Assert.IsInRange(original.Count - 1, original.Count, copies.Count);
            for (var i = 0; i < copies.Count; i++)
            {
                CollectionAssert.AreEqual(original[i].Data, copies[i].Data);
                Assert.IsInRange(0.3e6, 4e6, copies[i].Time - original[i].Time);
            }
        }
    }

    [TestMethod]
    public void Physics_fit_together_in_every_phase()
    {
        var state = new VehicleState(new VehicleOptions { Seed = 9, Duration = TimeSpan.FromMinutes(10) });
        var phases = new HashSet<DrivePhase>();
        var (speed, distance, charge) = (0.0, state.OdometerKilometres, state.StateOfCharge);
        for (var step = 1; step <= 60_000; step++)
        {
            state.AdvanceTo(state.Start + step * 10_000_000L);
            phases.Add(state.Phase);
            // Limits of acceleration, distance as the integral of speed, power as voltage times current.
            Assert.IsInRange(-3.01, 1.81, (state.MetresPerSecond - speed) / 0.01);
            Assert.AreEqual(state.MetresPerSecond * 0.01 / 1000, state.OdometerKilometres - distance, 1e-9);
            Assert.AreEqual(-state.BatteryKilowatts * 0.01 / 3600 / 26 * 100, state.StateOfCharge - charge, 1e-6);
            Assert.IsTrue(state.EngineRpm is 0 or >= 900 and < 6500, $"{state.EngineRpm} rpm at {state.SpeedKmh} km/h");
            Assert.IsTrue(state.BatteryVolts is > 300 and < 410, $"{state.BatteryVolts} V");
            if (state.BrakeBar > 0 && speed > 0.1) Assert.IsLessThan(0, state.Acceleration);
            if (state.IsPlugged)
            {
                Assert.AreEqual(0, state.MetresPerSecond);
                Assert.AreEqual(state.DeliveredKilowatts, -state.BatteryKilowatts, 0.01);
            }

            (speed, distance, charge) = (state.MetresPerSecond, state.OdometerKilometres, state.StateOfCharge);
        }

        Assert.HasCount(4, phases);
    }

    [TestMethod]
    public void Meter_and_vehicle_speak_of_the_same_power()
    {
        var drive = Drives.Of(VehicleVariant.Car);
        var main = CarMessages.Classic.First(message => message.Name == "BMS_Main");
        var frames = drive.Of(main.Id);

        Assert.IsNotEmpty(drive.Summary.Charging);
        foreach (var sample in drive.Summary.Charging)
        {
            var frame = frames.First(frame => frame.Time >= sample.Time);
            var kilowatts = -main["PackVoltage"].Read(frame.Data) * main["PackCurrent"].Read(frame.Data) / 1000;
            // Up to 50 ms of a ramp of 8 kW/s lie between the two.
            Assert.AreEqual(sample.MeterKilowatts * VehicleState.ChargerEfficiency, kilowatts, 0.6);
        }

        Assert.IsGreaterThan(20, drive.Summary.Charging.Max(sample => sample.MeterKilowatts));
    }

    private static IEnumerable<MessageDefinition> Present(VehicleVariant variant) =>
        VehicleGenerator.Definitions(variant).Where(message => message.Channel < (variant == VehicleVariant.CarFd ? 3 : 2));

    // Bit by bit, as SAE J1850 describes it.
    private static int SlowCrc(byte[] data)
    {
        var crc = 0xFF;
        foreach (var value in data)
        {
            for (var bit = 7; bit >= 0; bit--)
            {
                var top = (crc >> 7 ^ value >> bit) & 1;
                crc = crc << 1 & 0xFF;
                if (top != 0) crc ^= 0x1D;
            }
        }

        return crc ^ 0xFF;
    }

    private static int SlowXor(byte[] data)
    {
        var nibbles = Convert.ToHexString(data).Select(digit => Convert.ToInt32(digit.ToString(), 16)).ToList();
        nibbles.RemoveAt(nibbles.Count - 2);
        return nibbles.Aggregate(0, (sum, nibble) => sum ^ nibble);
    }
}
