using OtGuard.Host.Commands;
using OtGuard.Host.Output;
using OtGuard.Simulators.Live;

namespace OtGuard.Host.Runs;

/// <summary>How a site is played live.</summary>
/// <param name="Speed">Seconds of the site in a true second.</param>
/// <param name="Addresses">Where the substation's hosts are.</param>
/// <param name="Buses">Where the frames of the buses go: '-', a file or named pipe, or <c>socketcan:</c> with interfaces.</param>
/// <param name="Truth">The file for the planted events, or null.</param>
internal sealed record LiveRequest(double Speed, LiveAddresses Addresses, string? Buses, string? Truth);

/// <summary>Plays a simulated site live, until its time is over or Ctrl-C.</summary>
internal static class LiveRun
{
    private const string SocketCan = "socketcan:";

    // Without an end, moments for what is planted are chosen as in ten minutes.
    private static readonly TimeSpan PlanningTime = TimeSpan.FromMinutes(10);

    /// <summary>Plays.</summary>
    /// <returns>An exit code; Ctrl-C is how such a run ends, and no failure.</returns>
    public static int Run(SimulationRequest request, LiveRequest live, bool asJson, TextWriter output, TextWriter error)
    {
        using var interruption = new Interruption();
        var (planned, plannedVehicle) = request.Plan(request.Duration < PlanningTime ? request.Duration : PlanningTime);
        foreach (var planted in planned.Select(entry => entry.Attack.CanBeLive ? null : entry.Attack.Name)
            .Concat(plannedVehicle.Select(entry => entry.Attack.CanBeLive ? null : entry.Attack.Name)))
        {
            if (planted is null) continue;
            throw new UsageException(
                $"'{planted}' consists of packets that no connection of a program sends, or of what a recorder loses: "
                + "it can be written into captures only.");
        }

        using var buses = OpenBuses(request, live, interruption.Token);
        var truth = live.Truth is null ? null : new LiveTruthFile(live.Truth);
        using var simulation = new LiveSimulation(new LiveOptions
        {
            Speed = live.Speed,
            Substation = request.Site.HasSubstation ? request.Substation : null,
            Planned = planned,
            Addresses = live.Addresses,
            Vehicle = request.Site.Vehicle is null ? null : request.Vehicle,
            PlannedVehicle = plannedVehicle,
            Buses = buses,
            EventsChanged = truth is null ? null : truth.Write,
        });
        if (simulation.Servers.Count > 0) SimulationReport.WriteServers(simulation.Servers, new Tables(error));
        error.WriteLine($"{request.Site.Name} is live. Ctrl-C ends it.");
        LiveSummary summary;
        try
        {
            summary = simulation.RunAsync(interruption.Token).GetAwaiter().GetResult();
        }
        catch (IOException) when (buses is CandumpLog)
        {
            error.WriteLine("Whoever read the bus log has gone.");
            return ExitCodes.Clean;
        }

        var report = live.Buses == "-" ? error : output;
        if (asJson) SimulationReport.WriteLiveJson(summary, report);
        else SimulationReport.WriteLive(summary, new Tables(report));
        if (buses is SocketCanSender sender) TellLosses(sender, error);
        return ExitCodes.Clean;
    }

    private static void TellLosses(SocketCanSender sender, TextWriter error)
    {
        if (sender.Dropped > 0) error.WriteLine($"{sender.Dropped:N0} frames were dropped: the queue of an interface was full.");
        if (sender.ErrorsLeftOut > 0)
            error.WriteLine($"{sender.ErrorsLeftOut:N0} error frames were left out: a controller reports its own.");
    }

    private static ILiveCanSink? OpenBuses(SimulationRequest request, LiveRequest live, CancellationToken stop)
    {
        if (request.Site.Vehicle is not { } variant)
        {
            if (live.Buses is not null) throw new UsageException($"-o takes the frames of buses when played live, and {request.Site.Name} has none.");
            return null;
        }

        switch (live.Buses)
        {
            case null:
                throw new UsageException("-o is missing: where the frames of the buses go ('-', a file or named pipe, or socketcan:vcan0,vcan1).");
            case "-":
                return new CandumpLog(StandardStreams.Output());
            case var target when target.StartsWith(SocketCan, StringComparison.Ordinal):
                var interfaces = target[SocketCan.Length..].Split(',', StringSplitOptions.RemoveEmptyEntries);
                var needed = Simulators.Vehicle.VehicleGenerator.Buses(variant);
                if (interfaces.Length != needed)
                    throw new UsageException($"{request.Site.Name} has {needed} bus(es): socketcan: takes as many interfaces, as in socketcan:vcan0,vcan1.");
                return new SocketCanSender(interfaces);
            case var target:
                // A named pipe opens when somebody reads it; until then Ctrl-C has to be heard.
                var opening = Task.Run(() => new FileStream(target, FileMode.Create, FileAccess.Write, FileShare.Read), CancellationToken.None);
                return new CandumpLog(opening.WaitAsync(stop).GetAwaiter().GetResult());
        }
    }
}
