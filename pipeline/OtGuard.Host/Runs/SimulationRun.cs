using OtGuard.Host.Output;
using OtGuard.Simulators.Joint;
using OtGuard.Simulators.Live;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Vehicle.Output;
using OtGuard.Simulators.Wire;

namespace OtGuard.Host.Runs;

/// <summary>Writes a simulated site into files, or its capture alone to standard output.</summary>
internal static class SimulationRun
{
    private const string StandardOutput = "-";

    /// <summary>Simulates; Ctrl-C ends it early with files that are complete up to there.</summary>
    /// <returns>An exit code.</returns>
    public static int Run(SimulationRequest request, string target, bool asJson, TextWriter output, TextWriter error)
    {
        using var interruption = new Interruption();
        var progress = new SimulationProgress(error, request.Start, request.Duration);
        var isPiped = target == StandardOutput;
        IReadOnlyList<WrittenCapture> written;
        try
        {
            written = isPiped
                ? RunPiped(request, progress, interruption.Token)
                : RunIntoFolder(request, Path.GetFullPath(target), progress, interruption.Token);
        }
        catch (IOException) when (isPiped)
        {
            progress.Clear();
            error.WriteLine("Whoever read the output has gone.");
            return ExitCodes.Clean;
        }

        progress.Clear();
        var report = isPiped ? error : output;
        if (asJson) SimulationReport.WriteJson(written, report);
        else SimulationReport.Write(written, new Tables(report));
        if (!interruption.Token.IsCancellationRequested) return ExitCodes.Clean;
        error.WriteLine($"Stopped: what was written is complete for the first {Words.Duration(progress.Reached)} of {Words.Duration(request.Duration)}.");
        return ExitCodes.Interrupted;
    }

    private static IReadOnlyList<WrittenCapture> RunPiped(SimulationRequest request, SimulationProgress progress, CancellationToken stop)
    {
        var (planned, plannedVehicle) = request.Plan(request.Duration);
        if (request.Site is { HasSubstation: true, Vehicle: not null })
            throw new Commands.UsageException($"{request.Site.Name} has a capture and a bus log: -o takes a folder for both.");
        using var stream = new CountingStream(StandardStreams.Output());
        if (request.Site.HasSubstation)
        {
            var summary = new SubstationGenerator(request.Substation) { Stop = stop }.Generate(
                progress.Of(new PcapWriter(stream)), planned);
            stream.Flush();
            return [new WrittenCapture(StandardOutput, stream.Written, summary, [])];
        }

        using var log = new CandumpLog(stream);
        var vehicle = new VehicleGenerator(request.Vehicle) { Stop = stop }.Generate(progress.Of(log), null, plannedVehicle);
        log.Flush();
        return [new WrittenCapture(StandardOutput, stream.Written, vehicle.Can, vehicle.BusLoads)];
    }

    private static IReadOnlyList<WrittenCapture> RunIntoFolder(
        SimulationRequest request, string folder, SimulationProgress progress, CancellationToken stop)
    {
        var (planned, plannedVehicle) = request.Plan(request.Duration);
        switch (request.Site)
        {
            case { HasSubstation: true, Vehicle: null }:
                {
                    using var files = new CaptureFolder(folder);
                    var summary = new SubstationGenerator(request.Substation) { Stop = stop }.Generate(progress.Of(files), planned);
                    return [Written(files.CapturePath, files.Complete(summary))];
                }

            case { HasSubstation: false }:
                {
                    using var files = new VehicleFolder(folder);
                    var summary = new VehicleGenerator(request.Vehicle) { Stop = stop }.Generate(
                        progress.Of(files), files.Ethernet, plannedVehicle);
                    files.Complete(summary, request.Vehicle.Variant);
                    return Written(files, summary);
                }

            default:
                {
                    using var network = new CaptureFolder(Path.Combine(folder, "substation"));
                    using var buses = new VehicleFolder(Path.Combine(folder, "vehicle"));
                    var summary = new JointGenerator(request.Substation, request.Vehicle) { Stop = stop }.Generate(
                        progress.Of(network), progress.Of(buses), buses.Ethernet, planned, plannedVehicle);
                    buses.Complete(summary.Vehicle, request.Vehicle.Variant);
                    return [Written(network.CapturePath, network.Complete(summary.Substation)), .. Written(buses, summary.Vehicle)];
                }
        }
    }

    private static IReadOnlyList<WrittenCapture> Written(VehicleFolder files, VehicleSummary summary) =>
    [
        Written(files.LogPath, summary.Can) with { BusLoads = summary.BusLoads },
        Written(files.Ethernet.CapturePath, summary.Ethernet),
    ];

    private static WrittenCapture Written(string path, CaptureSummary summary) =>
        new(path, new FileInfo(path).Length, summary, []);
}
