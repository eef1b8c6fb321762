using OtGuard.Alerting;
using OtGuard.Dashboard.Plant;
using OtGuard.Host.Configuration;
using OtGuard.Host.Service;
using OtGuard.Models;
using OtGuard.Models.Signals;
using OtGuard.Storage.Traffic;

namespace OtGuard.Host.Plant;

/// <summary>What the service shows of itself and of the plant. Thread-safe.</summary>
/// <param name="configuration">The configuration the service was started with.</param>
/// <param name="declared">The configuration and the site file that are in force: both are read again while it runs.</param>
/// <param name="parts">What sources are judged with.</param>
/// <param name="health">How the service does.</param>
/// <param name="pictures">What each source shows.</param>
/// <param name="clock">The clock.</param>
internal sealed class MonitorPlant(
    ServiceConfiguration configuration, Func<(ServiceConfiguration Configuration, Site Site)> declared, JudgeParts parts,
    Func<MonitorHealth> health, Func<IReadOnlyList<PlantPicture>> pictures, TimeProvider clock) : IPlant, IDisposable
{
    private readonly PlantShelf _shelf = new(
        [
            .. configuration.Sources.Select(source => source.Baseline).Append(configuration.Baseline).OfType<string>()
                .Distinct(StringComparer.Ordinal),
        ], clock);

    private readonly Lazy<IReadOnlyList<SignalBand>> _signals = new(() => SignalsOf(parts.Baselines.Values));
    private LogJudge? _logs;

    public ServiceState State
    {
        get
        {
            var now = health();
            var (settings, site) = declared();
            return new ServiceState(
                now.Status, now.Reasons, now.StartedAt, now.Version,
                [.. now.Sources.Select(source => Of(source, settings, site))], now.Lag.Median, now.Lag.P99,
                now.Destinations, now.Store.Path, now.Store.Figures?.FileBytes, site.Name);
        }
    }

    public PlantPicture Picture => Together(pictures());

    public IReadOnlyList<ZoneView> Zones => declared().Site.Zones;

    public string? ZoneOf(string address) => declared().Site.ZoneOf(address);

    public IReadOnlyList<SignalBand> Signals => _signals.Value;

    public IReadOnlyDictionary<string, DeclaredPlace> Declared => declared().Site.Places;

    public IBaselineShelf Baselines => _shelf;

    public ILogJudge? Logs => _logs ??= new LogJudge(_shelf, parts.Database);

    public IEvidenceReader? Evidence { get; } = configuration.Traffic.Keep
        ? new EvidenceFolder(configuration.Evidence.Folder!)
        : null;

    public IFrameReading Frames { get; } = new FrameReading(parts.Database);

    public void Dispose() => _logs?.Dispose();

    /// <summary>The signals of baselines, by the tags and fields of their series.</summary>
    public static IReadOnlyList<SignalBand> SignalsOf(IEnumerable<Baseline> baselines) =>
    [
        .. baselines.SelectMany(baseline => LearnedSignal.Of(baseline.Models)).Select(signal =>
            {
                var (asset, field) = SignalRollUp.Place(signal.Definition);
                return new SignalBand(
                    asset, field, signal.Definition.Protocol, signal.Kind.ToString().ToLowerInvariant(), signal.Definition.Unit,
                    double.IsFinite(signal.Minimum) ? signal.Minimum : null,
                    double.IsFinite(signal.Maximum) ? signal.Maximum : null);
            })
            .DistinctBy(band => (band.Asset, band.Field))
            .OrderBy(band => band.Asset, StringComparer.Ordinal).ThenBy(band => band.Field, StringComparer.Ordinal),
    ];

    /// <summary>Several pictures as one.</summary>
    public static PlantPicture Together(IReadOnlyList<PlantPicture> pictures) => pictures switch
    {
        [] => PlantPicture.Empty,
        [var one] => one,
        _ => new PlantPicture(
            [.. pictures.SelectMany(picture => picture.Assets)],
            [.. pictures.SelectMany(picture => picture.Conversations)],
            [.. pictures.SelectMany(picture => picture.Messages)],
            [.. pictures.SelectMany(picture => picture.Buses)],
            [.. pictures.SelectMany(picture => picture.Writes).OrderByDescending(write => write.Time)],
            pictures.Sum(picture => picture.WritesForgotten),
            [.. pictures.SelectMany(picture => picture.Diagnostics).OrderByDescending(one => one.Time)]),
    };

    private static SourceView Of(SourceHealth source, ServiceConfiguration configuration, Site site)
    {
        // A source that has just gone may still be told of.
        var settings = configuration.Sources.FirstOrDefault(one => one.Name == source.Name);
        var baseline = settings?.Baseline ?? configuration.Baseline;
        return new SourceView(
            source.Name, source.Address, source.Sensor, settings?.Site ?? site.Name, settings?.Zone,
            source.State.ToString().ToLowerInvariant(), source.Text, source.IsLive, source.Frames, source.Lost,
            source.LastFrame, baseline is null ? null : Path.GetFileName(baseline), source.LearnedFacts,
            [.. source.Blind.Select(kind => DeviationCatalogue.Kind(kind).Title)], source.ReadableShare,
            [.. source.Stages.Select(stage => new StageView(stage.Stage, stage.Received, stage.Emitted, stage.Dropped, stage.Failed))]);
    }
}
