using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Service;

/// <summary>A service that is told to read its configuration again.</summary>
[TestClass]
public sealed class ReloadTests : IDisposable
{
    private static readonly string[] Nobody = ["10.20.0.250"];

    private readonly TemporaryFolder _folder = new();
    private Process? _service;

    public TestContext TestContext { get; set; } = null!;

    private string Store => _folder.File("data/otguard.store");

    public void Dispose()
    {
        if (_service is { HasExited: false }) _service.Kill(entireProcessTree: true);
        _service?.Dispose();
        _folder.Dispose();
    }

    [TestMethod]
    public async Task Sinks_sources_and_alerting_change_while_it_runs_and_acts_on_alerts_reach_the_new_sink()
    {
        Simulate("first", "write-by-new-host");
        Simulate("second", "force-listen-only");
        Configure(new { sources = new[] { Source("one", "first/capture.pcap") }, sinks = Files("old") });
        Start();
        await SaidAsync("Health:");
        await UntilAsync(() => File.Exists(_folder.File("old.jsonl")));

        Configure(new
        {
            sources = new[] { Source("one", "first/capture.pcap"), Source("two", "second/capture.pcap") },
            sinks = Files("new"),
            alerting = new { budgetPerHour = 100 },
        });
        var said = await ReloadAsync();
        Assert.Contains("source two is listened to", said);
        Assert.Contains("new is sent to anew, old no longer is", said);
        Assert.Contains("alerts are made by the new settings", said);
        await UntilAsync(() => File.Exists(_folder.File("new.jsonl")));
        var acknowledged = Otguard.Run("alerts", "acknowledge", "1", "--store", Store, "--as", "ann");
        Assert.AreEqual(0, acknowledged.ExitCode, acknowledged.Error);
        await UntilAsync(() => File.ReadAllText(_folder.File("new.jsonl")).Contains("\"acknowledged\"", StringComparison.Ordinal));
        await StopAsync();

        var stored = Otguard.Run("store", "export", "deviations", "--store", Store).Json
            .Select(one => one.GetProperty("sensor").GetString()).Distinct().Order(StringComparer.Ordinal);
        Assert.AreEqual("one two", string.Join(' ', stored));
        Assert.DoesNotContain("\"acknowledged\"", File.ReadAllText(_folder.File("old.jsonl")));
    }

    [TestMethod]
    public async Task A_source_goes_on_and_is_judged_by_the_new_site_file()
    {
        Simulate("first");
        Simulate("second", "write-by-known-reader");
        Directory.CreateDirectory(_folder.File("recorded"));
        File.WriteAllText(_folder.File("site.json"), "{}");
        var source = Source("line", $"dir:{_folder.File("recorded")}?settle=500ms");
        Configure(new { site = "site.json", sources = new[] { source } });
        Start();
        await SaidAsync("Health:");
        File.Copy(_folder.File("first/capture.pcap"), _folder.File("recorded/1.pcap"));
        await UntilAsync(() => Directory.GetFiles(_folder.File("data/traffic/line")) is [var file, ..]
            && new FileInfo(file).Length > 100_000);

        // Nobody may write to any of the coils of any device from here on but one host that is not there.
        File.WriteAllText(_folder.File("site.json"), JsonSerializer.Serialize(new
        {
            writes = Enumerable.Range(101, 14).Select(host => new
            {
                server = $"10.20.0.{host}",
                table = "coils",
                first = 0,
                last = 65535,
                writers = Nobody,
            }),
            maintenance = new[]
            {
                new { workOrder = "4711", from = "2020-01-01T00:00:00Z", until = "2020-01-02T00:00:00Z" },
            },
        }));
        Assert.Contains("it is judged by the new site file", await ReloadAsync());
        File.Copy(_folder.File("second/capture.pcap"), _folder.File("recorded/2.pcap"));
        await UntilAsync(() => Kinds().Contains("writer-not-declared"));
        await StopAsync();

        Assert.Contains("4711", Otguard.Run("alerts", "windows", "list", "--store", Store).Output);
        Assert.AreEqual(0, Otguard.Run("store", "check", "--store", Store).ExitCode);
    }

    [TestMethod]
    public async Task An_address_that_a_partner_warns_of_is_found_in_a_conversation_that_goes_on()
    {
        Simulate("first", "internet-peer");
        Directory.CreateDirectory(_folder.File("recorded"));
        Assert.AreEqual(0, Otguard.Run("partners", "init", "--name", "Own", "--exchange", _folder.File("exchange")).ExitCode);
        Configure(new { exchange = "exchange", sources = new[] { Source("line", $"dir:{_folder.File("recorded")}?settle=500ms") } });
        Start();
        await SaidAsync("Health:");
        File.Copy(_folder.File("first/capture.pcap"), _folder.File("recorded/1.pcap"));
        await UntilAsync(() => Kinds().Contains("external-peer"));
        var peer = Deviations().First(one => one.GetProperty("kind").GetString() == "external-peer")
            .GetProperty("subject").GetString()!.Split(' ')[0];
        File.WriteAllText(
            _folder.File("event.json"),
            """{"Event":{"info":"Campaign","Attribute":[{"uuid":"a","type":"ip-src","value":"PEER","to_ids":true}]}}"""
                .Replace("PEER", peer, StringComparison.Ordinal));
        var read = Otguard.Run(
            "intel", "read", _folder.File("event.json"), "--source", "cert", "--exchange", _folder.File("exchange"), "--store", Store);
        Assert.AreEqual(0, read.ExitCode, read.Error);

        await ReloadAsync();
        await UntilAsync(() => Kinds().Contains("indicator-match"));
        await StopAsync();
    }

    [TestMethod]
    public async Task What_cannot_change_is_refused_with_a_sentence_and_nothing_of_it_is_applied()
    {
        Simulate("first");
        Configure(new { sources = new[] { Source("one", "first/capture.pcap") }, sinks = Files("old") });
        Start();
        await SaidAsync("Health:");

        Configure(new { sources = new[] { Source("one", "first/capture.pcap") }, sinks = Files("new"), feed = new { signals = 5 } });
        var refused = await ReloadAsync();
        Assert.Contains("was not reloaded", refused);
        Assert.Contains("feed is as wide as it was made", refused);
        File.WriteAllText(_folder.File("otguard.json"), """{ "surces": [] }""");
        Assert.Contains("surces", await ReloadAsync());
        Configure(new { sources = new[] { Source("one", "first/capture.pcap") }, sinks = Files("old") });
        Assert.Contains("nothing in it has changed", await ReloadAsync());
        await StopAsync();

        Assert.IsFalse(File.Exists(_folder.File("new.jsonl")));
    }

    private static object Source(string name, string address) => new { name, address };

    private static object Files(string name) => new { file = new[] { new { name, path = $"{name}.jsonl" } } };

    private List<string?> Kinds() => [.. Deviations().Select(one => one.GetProperty("kind").GetString())];

    private IEnumerable<JsonElement> Deviations() => Otguard.Run("store", "export", "deviations", "--store", Store).Json;

    private void Simulate(string name, params string[] attacks)
    {
        var run = Otguard.Run(
            ["simulate", "run", "substation", "--duration", "3m", "--seed", name.Length.ToString(CultureInfo.InvariantCulture),
                .. attacks.SelectMany(one => new[] { "--attack", one }), "-o", _folder.File(name)]);
        Assert.AreEqual(0, run.ExitCode, run.Error);
    }

    private void Configure(object settings)
    {
        var json = JsonSerializer.SerializeToNode(settings)!.AsObject();
        json["data"] = "data";
        json["http"] = JsonSerializer.SerializeToNode(new { port = 0 });
        File.WriteAllText(_folder.File("otguard.json"), json.ToJsonString());
    }

    private void Start()
    {
        if (OperatingSystem.IsWindows()) Assert.Inconclusive("Signals are those of Unix.");
        _service = Process.Start(new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "otguard.dll"), "run", "--config", _folder.File("otguard.json")])
        {
            RedirectStandardError = true,
        })!;
    }

    /// <summary>What it says next that holds a word.</summary>
    private async Task<string> SaidAsync(string word)
    {
        List<string> said = [];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (await _service!.StandardError.ReadLineAsync(patience.Token) is { } line)
        {
            said.Add(line);
            if (line.Contains(word, StringComparison.Ordinal)) return string.Join('\n', said);
        }

        throw new AssertFailedException($"It ended without saying '{word}': {string.Join('\n', said)}");
    }

    private async Task<string> ReloadAsync()
    {
        Signal("HUP");
        return await SaidAsync("reloaded");
    }

    private async Task StopAsync()
    {
        Signal("TERM");
        await _service!.WaitForExitAsync(TestContext.CancellationToken);
        Assert.AreEqual(0, _service.ExitCode);
    }

    private void Signal(string name)
    {
        using var kill = Process.Start(
            "kill", [$"-{name}", _service!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.AreEqual(0, kill.ExitCode);
    }

    /// <summary>Waits for it; a minute is far more than any of it takes, and what never comes is to be a failure.</summary>
    private async Task UntilAsync(Func<bool> isSo, [CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        var since = Stopwatch.StartNew();
        while (!isSo())
        {
            Assert.IsLessThan(TimeSpan.FromMinutes(1), since.Elapsed, what);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.CancellationToken);
        }
    }
}
