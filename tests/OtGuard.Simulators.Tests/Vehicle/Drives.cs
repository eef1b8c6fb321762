using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Vehicle.Attacks;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Vehicle.Output;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Tests.Vehicle;

/// <summary>Simulated drives that several tests look at.</summary>
internal static class Drives
{
    /// <summary>One cycle in a fifth of its usual time, so that every phase is in two minutes.</summary>
    public static readonly VehicleOptions Short = new()
    {
        Seed = 5,
        Duration = TimeSpan.FromSeconds(150),
        Legs =
        [
            new DriveLeg(DrivePhase.Parked, TimeSpan.FromSeconds(15)),
            new DriveLeg(DrivePhase.City, TimeSpan.FromSeconds(40)),
            new DriveLeg(DrivePhase.Motorway, TimeSpan.FromSeconds(30)),
            new DriveLeg(DrivePhase.City, TimeSpan.FromSeconds(30)),
            new DriveLeg(DrivePhase.Charging, TimeSpan.FromSeconds(35)),
        ],
    };

    private static readonly Lazy<Drive> CarDrive = new(() => Run(Short));
    private static readonly Lazy<Drive> FdDrive = new(() => Run(Short with
    {
        Variant = VehicleVariant.CarFd,
        Duration = TimeSpan.FromSeconds(40),
    }));

    private static readonly Lazy<Drive> TruckDrive = new(() => Run(Short with { Variant = VehicleVariant.Truck }));

    public static Drive Of(VehicleVariant variant) => variant switch
    {
        VehicleVariant.Car => CarDrive.Value,
        VehicleVariant.CarFd => FdDrive.Value,
        VehicleVariant.Truck => TruckDrive.Value,
    };

    /// <summary>A drive in which an event begins at a moment that suits it, with a minute after.</summary>
    public static Drive With(IVehicleAttack attack, Intensity intensity = Intensity.Medium)
    {
        var options = Short with { Variant = attack.Variant };
        var at = attack.Phase is null ? TimeSpan.FromSeconds(20) : VehicleGenerator.MomentFor(attack, Short);
        return Run(
            options with { Duration = at + TimeSpan.FromSeconds(45) }, new PlannedVehicleEvent(at, attack, intensity));
    }

    public static Drive Run(VehicleOptions options, params IReadOnlyList<PlannedVehicleEvent> planned)
    {
        var recorder = new CanRecorder();
        var ethernet = new SubstationTests.Recorder();
        var summary = new VehicleGenerator(options).Generate(recorder, ethernet, planned);
        return new Drive(options, recorder.Frames, ethernet, summary);
    }

    /// <summary>A drive and what was recorded of it.</summary>
    internal sealed record Drive(
        VehicleOptions Options, IReadOnlyList<(CanFrame Frame, TruthRecord? Truth)> Frames,
        SubstationTests.Recorder Ethernet, VehicleSummary Summary)
    {
        public byte[] ToPcapng()
        {
            using var stream = new MemoryStream();
            var writer = new SocketCanPcapWriter(stream, 3);
            foreach (var (frame, truth) in Frames) writer.Write(frame, truth);
            return stream.ToArray();
        }

        public string ToCandump()
        {
            using var text = new StringWriter();
            var writer = new CandumpWriter(text);
            foreach (var (frame, truth) in Frames) writer.Write(frame, truth);
            return text.ToString();
        }

        public List<CanFrame> Of(uint id, int channel = 0) =>
            [.. Frames.Where(f => f.Frame.Id == id && f.Frame.Channel == channel && !f.Frame.IsError).Select(f => f.Frame)];
    }
}
