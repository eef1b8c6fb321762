using Microsoft.Extensions.Time.Testing;
using OtGuard.Replay;
using OtGuard.Storage.Embedded;
using OtGuard.TestKit;

namespace OtGuard.Alerting.Tests;

/// <summary>A control room on a store of its own, with a clock moved by hand.</summary>
internal sealed class Desk : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Assets _assets = new();

    public Desk(AlertingOptions? options = null)
    {
        Store = EmbeddedStore.Open(
            new EmbeddedStoreOptions { Path = _folder.File("desk.store"), Writer = "test", ReserveBytes = 0 }, Clock);
        Pipeline = new AlertPipeline(Store, options ?? new AlertingOptions(), Clock, _assets);
        Acts = new AlertDesk(Store, Pipeline, Clock);
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero));

    public EmbeddedStore Store { get; }

    public AlertPipeline Pipeline { get; }

    public AlertDesk Acts { get; }

    public void Declare(string address, AssetContext context) => _assets.Known[address] = context;

    public Task<IntakeResult> Take(params DeviationRecord[] deviations) => Pipeline.TakeAsync(deviations, default);

    public async Task<IReadOnlyList<Alert>> Alerts() =>
        [.. (await Store.ListAlertsAsync(new AlertQuery { Limit = 100_000 }, default)).OrderBy(alert => alert.Number)];

    public async Task<Alert> Alert(long number) =>
        (await Alerts()).Single(alert => alert.Number == number);

    public async Task<string> TrailOf(DeviationRecord deviation) =>
        (await Store.ListDeviationsAsync(null, 0, 100_000, default))
            .Single(stored => stored.Deviation.Id == deviation.Id).Trail;

    /// <summary>A write by 10.0.0.66 on 10.0.0.9, so long after the start.</summary>
    public static DeviationRecord Write(double minutes = 0, string asset = "10.0.0.9", int? severity = null) =>
        SampleDeviations.Of("write-by-non-writer", $"10.0.0.66 → {asset}", TimeSpan.FromMinutes(minutes),
            severity: severity);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _folder.Dispose();
    }

    private sealed class Assets : IAssetDirectory
    {
        public Dictionary<string, AssetContext> Known { get; } = [];

        public AssetContext Find(string? address, string? zone) =>
            address is not null && Known.TryGetValue(address, out var context) ? context : new AssetContext();
    }
}
