using System.Text.Json;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Storage.Embedded;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Service;

/// <summary>The service over captures: what it judges, stores, sends and answers.</summary>
[TestClass]
public sealed class RunTests : IDisposable
{
    private static readonly string[] Compared =
    [
        "id", "kind", "state", "time", "lastTime", "subject", "expected", "observed", "explanation", "severity",
        "frames", "count", "baseline",
    ];

    private static TemporaryFolder? _site;

    private readonly TemporaryFolder _folder = new();

    private static string Attacked => Path.Combine(_site!.File("attacked"), "capture.pcap");

    private static string Baseline => _site!.File("plant.baseline");

    public TestContext TestContext { get; set; } = null!;

    [ClassInitialize]
    public static void Simulate(TestContext context)
    {
        _site = new TemporaryFolder();
        var clean = _site.File("clean");
        Otguard.Run("simulate", "run", "substation", "--duration", "10m", "-o", clean);
        Otguard.Run(
            "simulate", "run", "substation", "--duration", "10m", "--seed", "2", "--attack", "network-scan", "--attack",
            "write-by-new-host", "--attack", "force-listen-only", "-o", _site.File("attacked"));
        Otguard.Run("learn", Path.Combine(clean, "capture.pcap"), "-o", Baseline);
    }

    [ClassCleanup]
    public static void CleanUpSite() => _site?.Dispose();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void The_service_and_detect_give_the_same_deviations_for_the_same_traffic()
    {
        Configure(new
        {
            data = "data",
            baseline = Baseline,
            http = new { port = 0 },
            sources = new[] { new { name = "plant", address = Attacked, sensor = "file" } },
        });

        var run = Otguard.Run("run", "--config", _folder.File("otguard.json"), "--until-end");

        Assert.AreEqual(1, run.ExitCode, run.Error);
        var stored = Otguard.Run("store", "export", "deviations", "--store", _folder.File("data/otguard.store")).Json;
        var detected = Otguard.Run("detect", Attacked, "-b", Baseline, "--format", "jsonl").Json;
        CollectionAssert.AreEqual(
            detected.Select(Told).Order(StringComparer.Ordinal).ToArray(),
            stored.Select(Told).Order(StringComparer.Ordinal).ToArray());
    }

    [TestMethod]
    public void A_state_of_a_car_that_must_not_be_is_told_in_the_units_of_its_signals()
    {
        var car = _folder.File("car");
        Otguard.Run("simulate", "run", "vehicle", "--duration", "90s", "-o", car);
        File.WriteAllText(_folder.File("site.json"), """
            {
              "criticalStates": [
                { "name": "faster than it may", "all": [ { "server": "can0", "signal": "VEH_Speed.VehicleSpeed", "is": "above", "value": 20 } ] },
                { "name": "never", "all": [ { "server": "can0", "signal": "VEH_Speed.VehicleSpeed", "is": "above", "value": 500 } ] }
              ]
            }
            """);
        Configure(new
        {
            data = "data",
            site = "site.json",
            http = new { port = 0 },
            dbc = new[] { Path.Combine(car, "vehicle.dbc") },
            sources = new[] { new { name = "car", address = Path.Combine(car, "bus.log") } },
        });

        var run = Otguard.Run("run", "--config", _folder.File("otguard.json"), "--until-end");

        Assert.AreEqual(1, run.ExitCode, run.Error);
        var state = Otguard.Run("store", "export", "deviations", "--store", _folder.File("data/otguard.store")).Json
            .Single(one => one.GetProperty("kind").GetString() == "critical-state");
        Assert.AreEqual("state faster than it may", state.GetProperty("subject").GetString());
        Assert.MatchesRegex(
            @"^can0 VEH_Speed\.VehicleSpeed = 20(\.\d+)? km/h$", state.GetProperty("observed").GetString()!);
    }

    [TestMethod]
    public void Several_sources_keep_their_site_zone_and_sensor_and_alerts_reach_the_sink()
    {
        Configure(new
        {
            data = "data",
            baseline = Baseline,
            http = new { port = 0 },
            sources = new[]
            {
                new { name = "one", address = Attacked, site = "north", zone = "bay-1" },
                new { name = "two", address = Attacked, site = "north", zone = "bay-2" },
            },
            sinks = new { file = new[] { new { path = "told.jsonl" } } },
        });

        Otguard.Run("run", "--config", _folder.File("otguard.json"), "--until-end");

        var stored = Otguard.Run("store", "export", "deviations", "--store", _folder.File("data/otguard.store")).Json;
        var places = stored.Select(one => (one.GetProperty("sensor").GetString(), one.GetProperty("zone").GetString()))
            .Distinct().Order().ToArray();
        Assert.HasCount(2, places);
        Assert.AreEqual(("one", "bay-1"), places[0]);
        Assert.AreEqual(("two", "bay-2"), places[1]);
        var told = File.ReadAllLines(_folder.File("told.jsonl"));
        Assert.IsNotEmpty(told);
        foreach (var line in told)
            Assert.AreEqual(
                "north", JsonDocument.Parse(line).RootElement.GetProperty("alert").GetProperty("site").GetString());
    }

    [TestMethod]
    public async Task Traffic_is_rolled_up_to_the_last_frame()
    {
        Configure(new
        {
            data = "data",
            http = new { port = 0 },
            sources = new[] { new { name = "plant", address = Attacked } },
        });
        Otguard.Run("run", "--config", _folder.File("otguard.json"), "--until-end");

        await using var store = EmbeddedStore.Open(
            new EmbeddedStoreOptions { Path = _folder.File("data/otguard.store") }, TimeProvider.System);
        var series = await store.Series.ReadAsync(
            new SeriesQuery("traffic", "frames", new CaptureTime(0), new CaptureTime(long.MaxValue))
            {
                By = ["asset"],
                Step = TimeSpan.FromDays(10_000),
                Aggregate = SeriesAggregate.Sum,
            },
            TestContext.CancellationToken);

        var frames = Otguard.Run("inspect", Attacked, "--show", "matrix", "--format", "jsonl").Json
            .Sum(line => line.GetProperty("framesFromClient").GetInt64() + line.GetProperty("framesFromServer")
                .GetInt64());
        Assert.AreEqual(frames, (long)series.Sum(one => one.Points.Sum(point => point.Value)));
    }

    [TestMethod]
    public async Task Values_of_signals_that_the_baseline_knows_are_kept_as_series()
    {
        Configure(new
        {
            data = "data",
            baseline = Baseline,
            http = new { port = 0 },
            sources = new[] { new { name = "plant", address = Attacked } },
        });
        Otguard.Run("run", "--config", _folder.File("otguard.json"), "--until-end");

        await using var store = EmbeddedStore.Open(
            new EmbeddedStoreOptions { Path = _folder.File("data/otguard.store") }, TimeProvider.System);
        var series = await store.Series.ReadAsync(
            new SeriesQuery("signals", "unit 1 holding register 0", new CaptureTime(0), new CaptureTime(long.MaxValue))
            {
                By = ["asset", "protocol"],
            },
            TestContext.CancellationToken);

        Assert.IsNotEmpty(series);
        Assert.AreEqual("modbus", series[0].Tags["protocol"]);
        // Ten minutes in steps of ten seconds, as far as the register is polled within each.
        Assert.IsGreaterThan(20, series[0].Points.Count);
    }

    [TestMethod]
    public async Task Without_a_configuration_it_says_what_there_is_and_answers()
    {
        using var running = Running.Start(("OTGUARD_DATA", _folder.File("data")), ("OTGUARD_HTTP__PORT", "0"));

        var health = await running.GetAsync("healthz", TestContext.CancellationToken);
        var metrics = await running.GetTextAsync("metrics", TestContext.CancellationToken);
        var ended = await running.StopAsync();

        Assert.AreEqual("degraded", health.GetProperty("status").GetString());
        Assert.Contains("No source is configured", health.GetProperty("reasons")[0].GetString()!);
        Assert.Contains("otguard_alerts_raised_total", metrics);
        Assert.Contains("net:lo (up)", ended.Error);
        Assert.Contains("CAP_NET_RAW", ended.Error);
        Assert.IsTrue(File.Exists(_folder.File("data/otguard.store")));
        Assert.AreEqual(0, ended.ExitCode, ended.Error);
    }

    [TestMethod]
    public async Task Without_a_baseline_rules_are_judged_by_and_the_vocabulary_is_learned_and_kept()
    {
        Configure(new
        {
            data = "data",
            http = new { port = 0 },
            sources = new[] { new { name = "plant", address = Attacked } },
        });

        var first = Otguard.Run("run", "--config", _folder.File("otguard.json"), "--until-end");
        var learned = _folder.File("data/plant.learned.baseline");

        Assert.Contains("Its vocabulary is learned into", first.Error);
        Assert.AreEqual(0, Otguard.Run("baseline", "show", learned).ExitCode);
        var kinds = Otguard.Run("store", "export", "deviations", "--store", _folder.File("data/otguard.store")).Json
            .Select(one => one.GetProperty("basis").GetString()).Distinct().Single();
        Assert.AreEqual("rule", kinds);

        using var running = Running.StartWith(_folder.File("otguard.json"));
        JsonElement source;
        do source = (await running.GetAsync("healthz", TestContext.CancellationToken)).GetProperty("sources")[0];
        while (source.GetProperty("state").GetString() != "ended");
        Assert.IsGreaterThan(10, source.GetProperty("learnedFacts").GetInt32());
        Assert.IsGreaterThan(1000, source.GetProperty("frames").GetInt64());
        await running.StopAsync();
    }

    [TestMethod]
    public void A_source_that_cannot_be_read_is_told_and_the_others_go_on()
    {
        File.WriteAllText(_folder.File("no.pcap"), "This is no capture.");
        Configure(new
        {
            data = "data",
            baseline = Baseline,
            http = new { port = 0 },
            sources = new[] { new { name = "bad", address = "no.pcap" }, new { name = "good", address = Attacked } },
        });

        var run = Otguard.Run("run", "--config", _folder.File("otguard.json"), "--until-end");

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("no.pcap' is not a capture file", run.Error);
        var stored = Otguard.Run("store", "export", "deviations", "--store", _folder.File("data/otguard.store")).Json;
        Assert.AreEqual(1, stored.Count(one => one.GetProperty("kind").GetString() == "source-gone"));
        Assert.IsGreaterThan(10, stored.Count(one => one.GetProperty("sensor").GetString() == "good"));
    }

    /// <summary>All that a deviation says, where it stands in its life and what it was stored as left aside.</summary>
    private static string Told(JsonElement deviation) => string.Join(
        '|', Compared.Select(name => deviation.GetProperty(name).ToString()));

    private void Configure(object configuration) =>
        File.WriteAllText(_folder.File("otguard.json"), JsonSerializer.Serialize(configuration));
}
