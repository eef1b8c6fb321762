using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Vehicle;
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

    /// <inheritdoc/>
    public CaptureSummary Generate(ICaptureSink sink, params IReadOnlyList<PlannedEvent> planned) =>
        Generate(sink, out _, planned);

    /// <summary>
    /// What the charging park was allowed to take, without any traffic: for a vehicle that stands at one of its stations.
    /// </summary>
    public IReadOnlyList<StationLimit> StationLimits(params IReadOnlyList<PlannedEvent> planned)
    {
        Generate(new TruthCollector(), out var site, planned);
        return site.StationLimits;
    }

    private CaptureSummary Generate(ICaptureSink sink, out Site site, IReadOnlyList<PlannedEvent> planned)
    {
        ArgumentNullException.ThrowIfNull(planned);
        var capture = new CaptureBuilder(_options.Start);
        site = new Site(capture, _options.Seed, _options.Vehicle);
        var collector = new TruthCollector(sink);
        new StationLife(site, _options).Begin();
        new OpcUaLife(site, _options).Begin();
        foreach (var happening in planned) Plant(site, happening, planned);
        site.Run(_options.Start + Nanoseconds(_options.Duration), collector);
        return collector.Summary;
    }

    private void Plant(Site site, PlannedEvent planned, IReadOnlyList<PlannedEvent> all)
    {
        var attack = planned.Attack;
        var before = all.TakeWhile(other => other != planned).Count(other => other.Attack.Name == attack.Name);
        var name = before == 0 ? attack.Name : $"{attack.Name}-{before + 1}";
        // Who it is depends on which server is active when it begins.
        var at = _options.Start + Nanoseconds(planned.At);
        site.At(at, Identify, null);

        void Identify()
        {
            var truth = new TruthRecord(
                name, attack.IsAttack, attack.Attacker(site).Ip.ToString(),
                [.. attack.Victims(site).Select(victim => victim.Ip.ToString())], attack.Techniques);
            site.At(at, () => attack.Write(site.Capture, site, planned.Strength ?? Strength.Medium), truth);
        }
    }

    private static long Nanoseconds(TimeSpan span) => span.Ticks * 100;
}
