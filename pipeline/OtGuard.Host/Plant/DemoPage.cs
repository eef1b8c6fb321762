using System.Security.Cryptography;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Dashboard;
using OtGuard.Dashboard.Plant;
using OtGuard.Host.Commands;
using OtGuard.Host.Configuration;
using OtGuard.Host.Runs;
using OtGuard.Host.Service;
using OtGuard.Models;
using OtGuard.Models.Signals;
using OtGuard.Storage.Embedded;

namespace OtGuard.Host.Plant;

/// <summary>
/// The page of a demonstration: what its runs judged goes into a store of its own, and is shown by the same pages that
/// the
/// service shows. On this machine alone, by plain HTTP, with accounts that are marked and gone with it.
/// </summary>
internal sealed class DemoPage : IAsyncDisposable
{
    /// <summary>The account, and a second one: what one proposes, another has to approve.</summary>
    private const string First = "demo", Second = "demo-second";

    /// <summary>Deviations of one transaction.</summary>
    private const int AtOnce = 500;

    private readonly EmbeddedStore _store;
    private readonly AlertPipeline _pipeline;
    private readonly DemoPlant _plant;
    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly List<IReadOnlyList<SeriesPoint>> _points = [];
    private PlantObserver? _observer;
    private TrafficRollUp? _rollUp;
    private CaptureTime _latest;

    private DemoPage(EmbeddedStore store, string folder, TimeProvider clock)
    {
        (_store, _folder, _clock) = (store, folder, clock);
        _pipeline = new AlertPipeline(store, new AlertingOptions(), clock);
        _plant = new DemoPlant(clock.GetUtcNow());
    }

    public static DemoPage Open(string folder, TimeProvider clock) => new(
        EmbeddedStore.Open(
            new EmbeddedStoreOptions { Path = Path.Combine(folder, "demo.store"), ReserveBytes = 0 }, clock),
        folder, clock);

    /// <summary>Follows a run from its first frame.</summary>
    public void Watch(JudgingRun run, Baseline baseline, string site)
    {
        var (origin, options) = (new DeviationOrigin(site), new FeedOptions());
        var sampler = new SignalSampler(run.Protocols, baseline);
        run.Add(sampler);
        _observer = new PlantObserver(run.Protocols, baseline, site, _ => site);
        run.Add(_observer);
        _rollUp = new TrafficRollUp(
            site, origin, options, () => run.Run.Traffic.Conversations, _points.Add,
            new SignalRollUp(site, origin, options, sampler, _points.Add));
        run.Run.FrameListener = _rollUp;
    }

    /// <summary>Takes what a run judged.</summary>
    public async Task TakeAsync(JudgingRun run, Baseline baseline, string site, string capture, CancellationToken cancellation)
    {
        _rollUp?.Finish();
        _latest = _rollUp?.Latest ?? default;
        var origin = new DeviationOrigin(site, site);
        foreach (var batch in run.Deviations.OrderBy(deviation => deviation.FirstSeen).Chunk(AtOnce))
            await _pipeline.TakeAsync(
                [
                    .. batch.Select(d => DeviationRecord.Of(d, run.Protocols.Name(d.Protocol), origin) with { Sensor = site }),
                ], cancellation);
        foreach (var points in _points) await _store.Series.WriteAsync(points, cancellation);
        _points.Clear();
        var file = Path.Combine(_folder, $"{site.Replace(", ", "-", StringComparison.Ordinal)}-learned.baseline");
        new BaselineFile(new FileInfo(file)).Save(baseline);
        _plant.Add(
            _observer!.Picture(), baseline, file,
            new SourceView(
                site, Path.GetFileName(capture), site, site, site, "ended", "simulated", false, run.Run.Frames,
                run.Run.Source.Files.Sum(one => one.LostFrames), _latest, Path.GetFileName(file), null, [], null,
                [.. run.Run.Stages.Select(StageHealth.Of).Select(stage =>
                    new StageView(stage.Stage, stage.Received, stage.Emitted, stage.Dropped, stage.Failed))]));
    }

    /// <summary>Shows the page until it is stopped.</summary>
    public async Task ServeAsync(int port, Surroundings surroundings, TextWriter error, CancellationToken stop)
    {
        _plant.Shelve(_clock);
        var parts = new DashboardParts
        {
            Alerts = _store,
            Changes = _store,
            Accounts = _store.Accounts,
            Series = _store.Series,
            Desk = new AlertDesk(_store, _pipeline, _clock),
            Plant = _plant,
            Clock = _clock,
            IsHttps = false,
            IsDemonstration = true,
        };
        await using var web = await StartAsync(port, parts, error);
        var password = RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 16);
        foreach (var name in new[] { First, Second })
            await web.Accounts.CreateDemonstrationAsync(name, password, Enum.GetValues<AccountRole>(), stop);
        error.WriteLine();
        error.WriteLine($"See it on {web.Address} as '{First}' with the password {password}");
        error.WriteLine($"('{Second}', with the same password, approves what '{First}' proposes). Ctrl-C ends it.");
        surroundings.Answering?.Invoke(web.Address);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(stopped.SetResult);
        await stopped.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _plant.Dispose();
        await _store.DisposeAsync();
    }

    private static async Task<WebService> StartAsync(int port, DashboardParts parts, TextWriter error)
    {
        var settings = new HttpSettings { Https = false, Port = port };
        try
        {
            return await WebService.StartAsync(settings, "", parts, health: null, error.WriteLine);
        }
        catch (IOException) when (port != 0)
        {
            // Another program, or another demonstration, has the port.
            return await WebService.StartAsync(settings with { Port = 0 }, "", parts, health: null, error.WriteLine);
        }
    }

    private sealed class DemoPlant(DateTimeOffset startedAt) : IPlant, IDisposable
    {
        private readonly List<PlantPicture> _pictures = [];
        private readonly List<Baseline> _baselines = [];
        private readonly List<string> _files = [];
        private readonly List<SourceView> _sources = [];
        private PlantShelf? _shelf;
        private LogJudge? _logs;

        public ServiceState State => new(
            "ok", [], startedAt, Destinations.Version, _sources, null, null, [], "demo.store", null, null);

        public PlantPicture Picture { get; private set; } = PlantPicture.Empty;

        public IReadOnlyList<SignalBand> Signals { get; private set; } = [];

        public IReadOnlyDictionary<string, DeclaredPlace> Declared { get; } = new Dictionary<string, DeclaredPlace>();

        public IReadOnlyList<ZoneView> Zones => [];

        public string? ZoneOf(string address) => null;

        public IBaselineShelf Baselines => _shelf!;

        public ILogJudge? Logs => _logs;

        public IEvidenceReader? Evidence => null;

        public IFrameReading Frames { get; } = new FrameReading(null);

        public void Add(PlantPicture picture, Baseline baseline, string file, SourceView source)
        {
            _pictures.Add(picture);
            _baselines.Add(baseline);
            _files.Add(file);
            _sources.Add(source);
        }

        public void Shelve(TimeProvider clock)
        {
            _shelf = new PlantShelf(_files, clock);
            _logs = new LogJudge(_shelf, null);
            Picture = MonitorPlant.Together(_pictures);
            Signals = MonitorPlant.SignalsOf(_baselines);
        }

        public void Dispose() => _logs?.Dispose();
    }
}
