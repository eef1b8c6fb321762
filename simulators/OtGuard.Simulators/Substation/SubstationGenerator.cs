using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation;

/// <summary>
/// A medium-voltage substation seen from the mirror port of its switch: a SCADA pair polling fourteen devices, an
/// operator, an engineering workstation, and what else a station's network carries.
/// </summary>
/// <remarks>
/// Life follows the calendar (<see cref="StationLifeKind.Calendar"/>) or repeats in cycles (<see cref="SubstationOptions.Cycle"/>). In the first half of each, server A is active, in
/// the second server B; in either half the operator uses every command there is once, in an order of its own; after a
/// fifth of the cycle the workstation visits every device, reads it and asks for its identification; every lasting
/// link is closed and opened once, every binding of addresses asked for once. So a baseline learned on a few cycles
/// has met all that follows, though never in the same order or at the same moment. The operator is busier than any in
/// real life for it.
/// </remarks>
public sealed class SubstationGenerator : ITrafficGenerator
{
    private readonly SubstationOptions _options;

    /// <summary>Creates a generator.</summary>
    public SubstationGenerator(SubstationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>Ends the simulation early when cancelled, as if its duration were over: what was written is complete.</summary>
    public CancellationToken Stop { get; init; }

    /// <inheritdoc/>
    public CaptureSummary Generate(ICaptureSink sink, params IReadOnlyList<PlannedEvent> planned)
    {
        var simulation = new SubstationSimulation(_options, sink, planned);
        simulation.RunUntil(_options.Start + _options.Duration.Ticks * 100, Stop);
        return simulation.Complete();
    }
}
