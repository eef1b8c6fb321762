using OtGuard.Simulators.Joint;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation;

/// <summary>The substation as it runs, at whatever speed it is driven.</summary>
internal sealed class SubstationSimulation
{
    private readonly TruthCollector _collector;

    /// <summary>Prepares the station's life and what is planted in it; nothing happens yet.</summary>
    public SubstationSimulation(
        SubstationOptions options, ICaptureSink? sink, IReadOnlyList<PlannedEvent> planned, ChargingStation? station = null,
        ISessionPlayer? player = null)
    {
        ArgumentNullException.ThrowIfNull(planned);
        Site = new Site(new CaptureBuilder(options.Start) { Player = player }, options.Seed, station);
        _collector = new TruthCollector(sink);
        new StationLife(Site, options).Begin();
        new OpcUaLife(Site, options).Begin();
        foreach (var happening in planned) Plant(options, happening, planned);
    }

    public Site Site { get; }

    /// <summary>When the next act is due.</summary>
    public long NextAct => Site.NextAct;

    /// <summary>What came of it so far.</summary>
    public CaptureSummary Summary => _collector.Summary;

    /// <summary>Something of an event happens at a moment.</summary>
    public void Touch(TruthRecord truth, long time) => _collector.Touch(truth, time);

    /// <summary>Runs all acts before a moment, and the process up to it.</summary>
    public void RunUntil(long time, CancellationToken stop = default)
    {
        Site.RunUntil(time, _collector, stop);
        if (!stop.IsCancellationRequested) Site.Process.AdvanceTo(time);
    }

    /// <summary>Hands out the frames that are left.</summary>
    public CaptureSummary Complete()
    {
        Site.Capture.FlushAll(_collector);
        return Summary;
    }

    private void Plant(SubstationOptions options, PlannedEvent planned, IReadOnlyList<PlannedEvent> all)
    {
        var attack = planned.Attack;
        var before = all.TakeWhile(other => other != planned).Count(other => other.Attack.Name == attack.Name);
        var name = before == 0 ? attack.Name : $"{attack.Name}-{before + 1}";
        // Who it is depends on which server is active when it begins.
        var at = options.Start + planned.At.Ticks * 100;
        Site.At(at, Identify, null);

        void Identify()
        {
            var truth = new TruthRecord(
                name, attack.IsAttack, attack.Attacker(Site).Ip.ToString(),
                [.. attack.Victims(Site).Select(victim => victim.Ip.ToString())], attack.Techniques);
            Site.At(at, () => attack.Write(Site.Capture, Site, planned.Strength ?? Strength.Medium), truth);
        }
    }
}
