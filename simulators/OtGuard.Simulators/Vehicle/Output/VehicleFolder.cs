using System.Text;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Vehicle.Output;

/// <summary>
/// A folder with everything of a simulated vehicle: <c>bus.log</c> (candump) and <c>bus.pcapng</c> with the same frames,
/// their ground truth (<see cref="TruthFiles"/>), <c>vehicle.dbc</c>, <c>charging.csv</c>; <c>ethernet/</c> with the
/// capture of the vehicle's Ethernet and a ground truth of its own.
/// </summary>
public sealed class VehicleFolder : ICanSink, IDisposable
{
    private readonly string _folder;
    private readonly StreamWriter _log;
    private readonly FileStream _capture;
    private readonly CandumpWriter _candump;
    private readonly SocketCanPcapWriter _pcapng;
    private readonly TruthFiles _truth;

    /// <summary>Creates the folder and its files; existing ones are replaced.</summary>
    public VehicleFolder(string folder)
    {
        Directory.CreateDirectory(folder);
        _folder = folder;
        _log = new StreamWriter(LogPath, append: false, Encoding.ASCII, 1 << 17);
        _candump = new CandumpWriter(_log);
        _capture = new FileStream(CapturePath, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 18);
        _pcapng = new SocketCanPcapWriter(_capture, 3);
        _truth = new TruthFiles(folder);
        Ethernet = new CaptureFolder(Path.Combine(folder, "ethernet"));
    }

    /// <summary>The candump log.</summary>
    public string LogPath => Path.Combine(_folder, "bus.log");

    /// <summary>The capture of the buses.</summary>
    public string CapturePath => Path.Combine(_folder, "bus.pcapng");

    /// <summary>The DBC file.</summary>
    public string DbcPath => Path.Combine(_folder, "vehicle.dbc");

    /// <summary>Takes the packets of the vehicle's Ethernet.</summary>
    public CaptureFolder Ethernet { get; }

    /// <inheritdoc/>
    public void Write(CanFrame frame, TruthRecord? truth)
    {
        _candump.Write(frame, truth);
        _pcapng.Write(frame, truth);
        _truth.Add(truth);
    }

    /// <summary>Writes what is known only at the end and closes the files.</summary>
    public void Complete(VehicleSummary summary, VehicleVariant variant)
    {
        ArgumentNullException.ThrowIfNull(summary);
        _truth.Complete(summary.Can.Events);
        Ethernet.Complete();
        File.WriteAllText(DbcPath, VehicleGenerator.Dbc(variant));
        using (var charging = new StreamWriter(Path.Combine(_folder, "charging.csv")) { NewLine = "\n" })
        {
            charging.WriteLine("time;vehicleKilowatts;meterKilowatts;stateOfCharge");
            foreach (var sample in summary.Charging)
                charging.WriteLine(FormattableString.Invariant(
                    $"{sample.Time};{sample.VehicleKilowatts:F3};{sample.MeterKilowatts:F3};{sample.StateOfCharge:F3}"));
        }

        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _log.Dispose();
        _capture.Dispose();
        _truth.Dispose();
        Ethernet.Dispose();
    }
}

/// <summary>Keeps frames in memory, for tests.</summary>
public sealed class CanRecorder : ICanSink
{
    private readonly List<(CanFrame Frame, TruthRecord? Truth)> _frames = [];

    /// <summary>The frames in the order in which they came.</summary>
    public IReadOnlyList<(CanFrame Frame, TruthRecord? Truth)> Frames => _frames;

    /// <inheritdoc/>
    public void Write(CanFrame frame, TruthRecord? truth) => _frames.Add((frame, truth));
}
