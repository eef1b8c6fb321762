using System.Diagnostics.Metrics;

namespace OtGuard.Host.Service;

/// <summary>
/// The service's health as metrics. Every number is read when it is asked for; nothing is counted twice.
/// </summary>
internal sealed class ServiceMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "OtGuard";

    private readonly Meter _meter = new(MeterName);
    private readonly Func<MonitorHealth> _health;

    public ServiceMetrics(Func<MonitorHealth> health)
    {
        _health = health;
        Count("otguard_source_frames", "Frames received.", Sources(source => source.Frames));
        Count("otguard_source_lost_frames", "Frames lost before they were read.", Sources(source => source.Lost));
        Gauge("otguard_source_up", "1 while the source is read.",
            Sources(source => source.State == SourceState.Running ? 1 : 0));
        Gauge("otguard_source_blind", "How many ways the source is blind in.", Sources(source => source.Blind.Count));
        Gauge("otguard_source_open_deviations", "Deviations that are open.", Sources(source => source.OpenDeviations));
        Gauge("otguard_source_learned_facts", "Facts learned while there is no baseline.",
            Sources(source => source.LearnedFacts ?? 0));
        Count("otguard_stage_received", "Items that came into a stage.", Stages(stage => stage.Received));
        Count("otguard_stage_emitted", "Items that went on.", Stages(stage => stage.Emitted));
        Count("otguard_stage_dropped", "Items left out, by reason.", Reasons("reason", stage => stage.Dropped));
        Count("otguard_stage_failed", "Items that could not be handled, by kind.",
            Reasons("kind", stage => stage.Failed));
        Gauge("otguard_ring_age_seconds", "How far back the recent traffic reaches.",
            Traffic(traffic => (long?)traffic.Age?.TotalSeconds));
        Gauge("otguard_ring_bytes", "Bytes of the recent traffic.", Traffic(traffic => traffic.Ring?.Bytes));
        Count("otguard_ring_lost_frames", "Frames that were judged and not kept.",
            Traffic(traffic => traffic.Ring?.LostFrames));
        Count("otguard_ring_evicted_frames", "Frames that made room for newer ones.",
            Traffic(traffic => traffic.Ring?.EvictedFrames));
        Count("otguard_evidence_made", "Deviations whose frames were kept.", Traffic(traffic => traffic.Evidence?.Made));
        Gauge("otguard_evidence_bytes", "Bytes of all evidence.", Traffic(traffic => traffic.Evidence?.Bytes));
        Count("otguard_evidence_lost", "Times evidence could not be kept.",
            Traffic(traffic => traffic.Evidence?.Failed + traffic.Evidence?.Refused));
        Count("otguard_evidence_evicted", "Files of evidence that made room.",
            Traffic(traffic => traffic.Evidence?.Evicted));
        Gauge("otguard_feed_waiting", "Deviations that wait for the store.", health => One(health.Feed.Waiting));
        Count("otguard_feed_deferred", "Times a source found no room and kept its deviations for later.",
            health => One(health.Feed.Deferred));
        Count("otguard_feed_points_dropped", "Points dropped because the store was behind.",
            health => One(health.Feed.PointsDropped));
        Count("otguard_deviations_decided", "Deviations by the stage and reason that decided about them.",
            health => health.Decisions.Select(one => new Measurement<long>(one.Value, Tag("decision", one.Key))));
        Count("otguard_alerts_raised", "Alerts raised.", health => One(health.AlertsRaised));
        Count("otguard_store_refused", "Deviations given to a store that did not take them.",
            health => health.Intake.Dropped.Concat(health.Intake.Failed)
                .Select(one => new Measurement<long>(one.Value, Tag("reason", one.Key))));
        Gauge("otguard_store_bytes", "Bytes the store's contents take.",
            health => One(health.Store.Figures?.UsedBytes ?? 0));
        Gauge("otguard_store_room", "How far the store has had to go to have room; 0 is ample.",
            health => One((long)health.Store.Room));
        Gauge("otguard_store_open_alerts", "Alerts that are open.", health =>
            One(health.Store.Figures?.OpenAlerts ?? 0));
        Gauge("otguard_outbox_waiting", "Messages that wait for a destination.",
            health =>
                health.Destinations.Select(one => new Measurement<long>(one.Waiting, Tag("destination", one.Name))));
        Count("otguard_outbox_delivered", "Messages delivered.",
            health => health.Destinations.Select(
                one => new Measurement<long>(one.Delivered, Tag("destination", one.Name))));
        Gauge("otguard_outbox_dead_letters", "Messages that a destination refused for good.",
            health => health.Destinations.Select(
                one => new Measurement<long>(one.DeadLetters, Tag("destination", one.Name))));
        _meter.CreateObservableGauge(
            "otguard_lag_seconds",
            () => _health().Lag is { Median: { } median, P99: { } high, Highest: { } highest }
                ? [new Measurement<double>(median, Tag("quantile", "0.5")),
                    new Measurement<double>(high, Tag("quantile", "0.99")),
                    new Measurement<double>(highest, Tag("quantile", "1"))]
                : Enumerable.Empty<Measurement<double>>(),
            description: "Seconds from the receipt of a frame to the stored deviation, over the last thousand.");
    }

    public void Dispose() => _meter.Dispose();

    private void Count(string name, string description, Func<MonitorHealth, IEnumerable<Measurement<long>>> measure) =>
        _meter.CreateObservableCounter(name, () => measure(_health()), description: description);

    private void Gauge(string name, string description, Func<MonitorHealth, IEnumerable<Measurement<long>>> measure) =>
        _meter.CreateObservableGauge(name, () => measure(_health()), description: description);

    private static Func<MonitorHealth, IEnumerable<Measurement<long>>> Sources(Func<SourceHealth, long> number) =>
        health => health.Sources.Select(source => new Measurement<long>(number(source), Tag("source", source.Name)));

    private static Func<MonitorHealth, IEnumerable<Measurement<long>>> Traffic(Func<TrafficHealth, long?> number) =>
        health => health.Sources.SelectMany(source => source.Traffic is { } traffic && number(traffic) is { } value
            ? [new Measurement<long>(value, Tag("source", source.Name))]
            : Enumerable.Empty<Measurement<long>>());

    private static Func<MonitorHealth, IEnumerable<Measurement<long>>> Stages(Func<StageHealth, long> number) =>
        health => health.Sources.SelectMany(source => source.Stages.Select(stage => new Measurement<long>(
            number(stage), Tag("source", source.Name), Tag("stage", stage.Stage))));

    private static Func<MonitorHealth, IEnumerable<Measurement<long>>> Reasons(
        string tag, Func<StageHealth, IReadOnlyDictionary<string, long>> counts) =>
        health => health.Sources.SelectMany(source => source.Stages.SelectMany(stage => counts(stage)
            .Select(one => new Measurement<long>(
                one.Value, Tag("source", source.Name), Tag("stage", stage.Stage), Tag(tag, one.Key)))));

    private static Measurement<long>[] One(long number) => [new Measurement<long>(number)];

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
