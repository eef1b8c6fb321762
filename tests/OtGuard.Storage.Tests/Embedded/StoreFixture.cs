using Microsoft.Extensions.Time.Testing;
using OtGuard.Alerting;
using OtGuard.Storage.Embedded;
using OtGuard.TestKit;

namespace OtGuard.Storage.Tests.Embedded;

/// <summary>A store in a folder of its own, with a clock moved by hand.</summary>
internal sealed class StoreFixture : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    public StoreFixture(Func<EmbeddedStoreOptions, EmbeddedStoreOptions>? configure = null,
        AlertingOptions? alerting = null)
    {
        Options = new EmbeddedStoreOptions { Path = _folder.File("test.store"), Writer = "test", ReserveBytes = 0 };
        if (configure is not null) Options = configure(Options);
        Alerting = alerting ?? new AlertingOptions();
        Store = EmbeddedStore.Open(Options, Clock);
        Pipeline = new AlertPipeline(Store, Alerting, Clock);
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 0, 0, TimeSpan.Zero));

    public EmbeddedStoreOptions Options { get; }

    public AlertingOptions Alerting { get; }

    public EmbeddedStore Store { get; private set; }

    public AlertPipeline Pipeline { get; private set; }

    public string File(string name) => _folder.File(name);

    public async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = EmbeddedStore.Open(Options, Clock);
        Pipeline = new AlertPipeline(Store, Alerting, Clock);
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _folder.Dispose();
    }
}
