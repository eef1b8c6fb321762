using System.Collections.Concurrent;
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

    /// <summary>When <see cref="With"/> lets an event begin.</summary>
    public static readonly TimeSpan EventAt = TimeSpan.FromSeconds(3);

    private static readonly ConcurrentDictionary<(VehicleVariant, DrivePhase), Lazy<Drive>> Clean = new();

    /// <summary>A drive in the phase that an event needs, with the event in it or without.</summary>
    public static Drive With(IVehicleAttack attack, Intensity? intensity)
    {
        var first = attack.Phase ?? DrivePhase.City;
        var options = Short with
        {
            Variant = attack.Variant,
            Duration = EventAt + TimeSpan.FromSeconds(23),
            Workshop = false,
            Legs =
            [
                new DriveLeg(first, TimeSpan.FromSeconds(60)),
                .. Short.Legs.Where(leg => leg.Phase != first),
            ],
        };
        return intensity is null
            ? Clean.GetOrAdd((options.Variant, first), _ => new Lazy<Drive>(() => Run(options))).Value
            : Run(options, new PlannedVehicleEvent(EventAt, attack, Strength.Of(intensity.Value)));
    }

    public static Drive Run(VehicleOptions options, params IReadOnlyList<PlannedVehicleEvent> planned)
    {
        var recorder = new CanRecorder();
        var ethernet = new SubstationTests.Recorder();
        var summary = new VehicleGenerator(options).Generate(recorder, ethernet, planned);
        return new Drive(options, recorder.Frames, ethernet, summary);
    }

    public static byte[] ToPcapng(IEnumerable<CanFrame> frames)
    {
        using var stream = new MemoryStream();
        var writer = new SocketCanPcapWriter(stream, 3);
        foreach (var frame in frames) writer.Write(frame, null);
        return stream.ToArray();
    }

    public static string ToCandump(IReadOnlyList<CanFrame> frames)
    {
        using var text = new StringWriter();
        var writer = new CandumpWriter(text);
        foreach (var frame in frames) writer.Write(frame, null);
        return text.ToString();
    }

    /// <summary>A drive and what was recorded of it.</summary>
    internal sealed record Drive(
        VehicleOptions Options, IReadOnlyList<(CanFrame Frame, TruthRecord? Truth)> Frames,
        SubstationTests.Recorder Ethernet, VehicleSummary Summary)
    {
        public byte[] ToPcapng() => Drives.ToPcapng(Frames.Select(f => f.Frame));

        public string ToCandump() => Drives.ToCandump([.. Frames.Select(f => f.Frame)]);

        /// <summary>Frames of the planted event.</summary>
        public List<CanFrame> Marked => [.. Frames.Where(f => f.Truth is not null).Select(f => f.Frame)];

        public List<CanFrame> Of(uint id, int channel = 0) =>
            [.. Frames.Where(f => f.Frame.Id == id && f.Frame.Channel == channel && !f.Frame.IsError).Select(f => f.Frame)];
    }
}
