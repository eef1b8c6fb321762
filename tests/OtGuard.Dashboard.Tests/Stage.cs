using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OtGuard.Alerting;
using OtGuard.Dashboard.Access;
using OtGuard.Dashboard.Plant;
using OtGuard.Exchange;
using OtGuard.Host.Configuration;
using OtGuard.Host.Plant;
using OtGuard.Host.Service;
using OtGuard.Models;
using OtGuard.Replay;
using OtGuard.Storage.Embedded;
using OtGuard.TestKit;

namespace OtGuard.Dashboard.Tests;

/// <summary>The web service alone, on a store and a plant that a test fills.</summary>
internal sealed class Stage : IAsyncDisposable
{
    public const string Password = "a-long-enough-Passphrase";

    private readonly TemporaryFolder _folder = new();

    private Stage(TimeProvider clock)
    {
        Clock = clock;
        Store = EmbeddedStore.Open(new EmbeddedStoreOptions { Path = _folder.File("test.store"), ReserveBytes = 0 }, clock);
        Pipeline = new AlertPipeline(Store, new AlertingOptions(), clock);
    }

    public TimeProvider Clock { get; }

    public EmbeddedStore Store { get; }

    public AlertPipeline Pipeline { get; }

    public StillPlant Plant { get; } = new();

    public WebService Web { get; private set; } = null!;

    public Uri Address => Web.Address;

    public static async Task<Stage> OpenAsync(TimeProvider? clock = null, AccountOptions? accounts = null,
        bool exchange = false)
    {
        var stage = new Stage(clock ?? TimeProvider.System);
        var parts = new DashboardParts
        {
            Alerts = stage.Store,
            Changes = stage.Store,
            Accounts = stage.Store.Accounts,
            Series = stage.Store.Series,
            Desk = new AlertDesk(stage.Store, stage.Pipeline, stage.Clock),
            Plant = stage.Plant,
            Cases = stage.Store.Cases,
            Exchange = exchange ? stage.MakeExchange() : null,
            Clock = stage.Clock,
            IsHttps = false,
            AccountOptions = accounts ?? new AccountOptions(),
        };
        stage.Web = await WebService.StartAsync(
            new HttpSettings { Https = false, Port = 0 }, "", parts, () => StillPlant.Health, _ => { });
        return stage;
    }

    /// <summary>Makes an account for each role, named like it, and 'second', another engineer.</summary>
    public async Task MakeAccountsAsync(CancellationToken cancellation)
    {
        foreach (var role in Enum.GetValues<AccountRole>())
            await Web.Accounts.CreateDemonstrationAsync(role.ToString().ToLowerInvariant(), Password, [role], cancellation);
        await Web.Accounts.CreateDemonstrationAsync("second", Password, [AccountRole.Engineer], cancellation);
    }

    /// <summary>Raises alerts of different subjects.</summary>
    public async Task RaiseAsync(int count, CancellationToken cancellation)
    {
        foreach (var batch in Enumerable.Range(1, count).Chunk(500))
            await Pipeline.TakeAsync(
                [
                    .. batch.Select(DeviationOf),
                ], cancellation);
    }

    /// <summary>One of different subjects, by its number.</summary>
    public static DeviationRecord DeviationOf(int n) => SampleDeviations.Of(
        "write-by-non-writer", $"10.9.{n / 200}.{n % 200 + 1} → 10.1.{n / 200 % 200}.{n % 200 + 1} unit 1", TimeSpan.FromHours(n));

    /// <summary>An exchange folder with a partner that wants two people.</summary>
    private string MakeExchange()
    {
        var made = ExchangeFolder.Create(
            _folder.File("exchange"),
            new Exchange.Cases.OperatorProfile
            {
                Id = Guid.NewGuid(),
                Name = "Stadtwerke Musterstadt",
                Sectors = ["energy"],
                Contact = "Leitwarte, +49 30 5550100",
            });
        File.WriteAllText(
            Path.Combine(made.Path, "partners", "two.json"),
            """{ "id": "two", "name": "Wants two people", "releasers": 2 }""");
        return made.Path;
    }

    public HttpClient Stranger() => new(new HttpClientHandler
    {
        AllowAutoRedirect = false,
        CookieContainer = new CookieContainer(),
    })
    { BaseAddress = Address };

    public async Task<HttpClient> ClientAsync(string name, CancellationToken cancellation, string password = Password)
    {
        var http = Stranger();
        using var answer = await Tests.Plant.PostFormAsync(
            http, "login", "session/login", [new("name", name), new("password", password)], cancellation);
        Assert.AreEqual("/", answer.Headers.Location?.ToString());
        var session = await http.GetFromJsonAsync<JsonElement>("api/v1/session", cancellation);
        http.DefaultRequestHeaders.Add("X-CSRF-Token", session.GetProperty("csrfToken").GetString());
        return http;
    }

    public async ValueTask DisposeAsync()
    {
        await Web.DisposeAsync();
        await Store.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>A plant that a test writes down.</summary>
internal sealed class StillPlant : IPlant, IBaselineShelf
{
    public static readonly MonitorHealth Health = new()
    {
        Status = "ok",
        Reasons = [],
        StartedAt = DateTimeOffset.UnixEpoch,
        Version = "test",
        Rights = null,
        Sources = [],
        Feed = new FeedHealth(0, 0, 0, 0, 0, 0),
        Intake = new StageHealth("store", 0, 0, new Dictionary<string, long>(), new Dictionary<string, long>()),
        Decisions = new Dictionary<string, long>(),
        AlertsRaised = 0,
        Lag = new LagHealth(0, null, null, null),
        VerdictLag = new LagHealth(0, null, null, null),
        Reload = null,
        Store = new StoreHealth("", RoomStage.Ample, null),
        Destinations = [],
    };

    public ServiceState State { get; set; } = new("ok", [], DateTimeOffset.UnixEpoch, "test", [], null, null, [], "", null, null);

    public PlantPicture Picture { get; set; } = PlantPicture.Empty;

    public IReadOnlyList<SignalBand> Signals => [];

    public IReadOnlyDictionary<string, DeclaredPlace> Declared { get; } = new Dictionary<string, DeclaredPlace>();

    public IReadOnlyList<ZoneView> Zones { get; set; } = [];

    public string? ZoneOf(string address) => null;

    public IBaselineShelf Baselines => this;

    public ILogJudge? Logs => null;

    public IReadOnlyList<string> Names => [];

    public IEvidenceReader? Evidence => null;

    public IFrameReading Frames { get; } = new FrameReading(null);

    public Baseline Load(string name) => throw new IOException($"There is no baseline '{name}'.");

    public IReadOnlyList<string> HistoryOf(string name) => [];

    public Baseline LoadEarlier(string name, string hash) => Load(name);

    public Baseline Approve(string name, string who, string why) => Load(name);

    public Baseline Sign(string name, string key) => Load(name);

    /// <summary>Assets that ask and answer, in eight zones.</summary>
    public static PlantPicture Of(int assets) => PlantPicture.Empty with
    {
        Assets =
        [
            .. Enumerable.Range(0, assets).Select(n => new AssetView(
                $"10.{n / 250 / 250}.{n / 250 % 250}.{n % 250 + 1}", [], n % 10 == 0 ? AssetKind.ControlStation : AssetKind.Controller,
                n % 10 == 0, ["modbus"], [], [1], [], SampleDeviations.Start, SampleDeviations.Start, "plant", $"zone-{n % 8}",
                n % 100 == 0 ? Standing.New : Standing.Known)),
        ],
        Conversations =
        [
            .. Enumerable.Range(1, assets - 1).Select(n => new ConversationView(
                $"10.{n / 10 * 10 / 250 / 250}.{n / 10 * 10 / 250 % 250}.{n / 10 * 10 % 250 + 1}",
                $"10.{n / 250 / 250}.{n / 250 % 250}.{n % 250 + 1}", "modbus tcp/502", "modbus", [], "", "", 1, 0.001, 1000 + n, 0, 0,
                0, 2000, 100_000, 1, SampleDeviations.Start, SampleDeviations.Start, "plant", Standing.Known)),
        ],
    };
}
