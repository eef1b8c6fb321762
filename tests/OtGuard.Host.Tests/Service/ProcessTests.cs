using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OtGuard.Storage.Tests.Peers;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Service;

/// <summary>The service as the operating system runs it: a process that is told to end, or is ended.</summary>
[TestClass]
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TestContext TestContext { get; set; } = null!;

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [DataRow("TERM")]
    [DataRow("INT")]
    public async Task A_signal_ends_it_with_everything_stored(string signal)
    {
        if (OperatingSystem.IsWindows()) Assert.Inconclusive("Signals are those of Unix.");
        Prepare();
        using var service = Start();
        await UntilAsync("is being stored", service, until: "Health:", signal);
        await service.WaitForExitAsync(TestContext.CancellationToken);

        Assert.AreEqual(0, service.ExitCode);
        var stored = Otguard.Run("store", "export", "deviations", "--store", _folder.File("data/otguard.store")).Lines;
        Assert.IsNotEmpty(stored);
        Assert.AreEqual(0, Otguard.Run("store", "check", "--store", _folder.File("data/otguard.store")).ExitCode);
    }

    [TestMethod]
    public async Task Killed_at_any_moment_and_started_again_the_store_holds_each_deviation_once()
    {
        Prepare();
        for (var i = 1; i <= 4; i++)
        {
            using var killed = Start();
            // At moments spread over the first half second of its work.
            await ReadUntilAsync(killed, "Store:");
            await Task.Delay(TimeSpan.FromMilliseconds(100 * i), TimeProvider.System, TestContext.CancellationToken);
            killed.Kill();
            await killed.WaitForExitAsync(TestContext.CancellationToken);
        }

        var last = Otguard.Run("run", "--config", _folder.File("otguard.json"), "--until-end");

        Assert.AreEqual(1, last.ExitCode, last.Error);
        var stored = Otguard.Run("store", "export", "deviations", "--store", _folder.File("data/otguard.store")).Json
            .Select(one => one.GetProperty("id").GetString()).ToList();
        var detected = Otguard.Run(
            "detect", _folder.File("attacked/capture.pcap"), "-b", _folder.File("plant.baseline"), "--format", "jsonl")
            .Json.Select(one => one.GetProperty("kind").GetString()).ToList();
        Assert.HasCount(detected.Count, stored);
        Assert.HasCount(stored.Count, stored.Distinct().ToList());
        var told = File.ReadAllLines(_folder.File("told.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("delivery").GetString()).ToList();
        var alerts = Otguard.Run(
            "alerts", "list", "--store", _folder.File("data/otguard.store"), "--state", "all", "--format", "jsonl")
                .Json;
        foreach (var alert in alerts)
            Assert.IsTrue(
                told.Exists(one => one!.StartsWith(alert.GetProperty("id").GetString()!, StringComparison.Ordinal)));
    }

    [TestMethod]
    public void The_unit_for_systemd_is_sound()
    {
        var unit = Path.Combine(SharedData.RepositoryRoot, "packaging", "otguard.service");
        var copy = _folder.File("otguard.service");
        // Where it is installed says systemd about programs that are there.
        File.WriteAllText(copy, File.ReadAllText(unit)
            .Replace("/usr/bin/otguard", "/bin/true", StringComparison.Ordinal));
        using var verify = new PeerCommand("systemd-analyze", "verify", copy);

        Assert.AreEqual("", verify.Output.Trim());
        Assert.AreEqual(0, verify.ExitCode);
    }

    [TestMethod]
    public async Task The_demonstration_is_written_to_an_InfluxDB_server()
    {
        using var server = await InfluxServer.StartAsync(TestContext.CancellationToken);
        await server.CreateAsync("demo", TestContext.CancellationToken);
        File.WriteAllText(_folder.File("password"), InfluxServer.Password);

        var run = Otguard.Run(
            "demo", "--attack", "write-by-new-host", "--influx", server.Url.ToString(), "--influx-database", "demo",
            "--influx-user", InfluxServer.User, "--influx-password-file", _folder.File("password"), "--format",
                "jsonl");

        Assert.Contains("messages are in the database demo", run.Error);
        var deviations = run.Json.Count(line => line.GetProperty("type").GetString() == "deviation");
        foreach (var (question, least) in new[]
        {
            ("SELECT count(severity) FROM deviations", deviations), ("SELECT count(number) FROM alerts", 1),
            ("SELECT count(bytes) FROM traffic", 1000), ("SELECT count(*) FROM signals", 100),
        })
        {
            var rows = await server.RowsAsync("demo", question, TestContext.CancellationToken);
            Assert.IsNotEmpty(rows, question);
            Assert.IsGreaterThanOrEqualTo(least, rows[0].Skip(1).Sum(cell => cell.GetInt32()), question);
        }
    }

    private void Prepare()
    {
        Otguard.Run("simulate", "run", "substation", "--duration", "5m", "-o", _folder.File("clean"));
        Otguard.Run(
            "simulate", "run", "substation", "--duration", "5m", "--seed", "2", "--attack", "write-by-new-host", "-o",
            _folder.File("attacked"));
        Otguard.Run("learn", _folder.File("clean/capture.pcap"), "-o", _folder.File("plant.baseline"));
        File.WriteAllText(_folder.File("otguard.json"), JsonSerializer.Serialize(new
        {
            data = "data",
            baseline = "plant.baseline",
            http = new { port = 0 },
            sources = new[] { new { name = "plant", address = "attacked/capture.pcap" } },
            sinks = new { file = new[] { new { path = "told.jsonl" } } },
        }));
    }

    private Process Start()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "otguard");
        return Process.Start(new ProcessStartInfo(program, ["run", "--config", _folder.File("otguard.json")])
        {
            RedirectStandardError = true,
        })!;
    }

    private async Task UntilAsync(string last, Process service, string until, string signal)
    {
        await ReadUntilAsync(service, until);
        var pid = service.Id.ToString(CultureInfo.InvariantCulture);
        using var kill = Process.Start("kill", [$"-{signal}", pid]);
        await kill.WaitForExitAsync(TestContext.CancellationToken);
        await ReadUntilAsync(service, last);
    }

    private async Task ReadUntilAsync(Process service, string text)
    {
        // Far longer than any of it takes: what never comes is to be a failure.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (await service.StandardError.ReadLineAsync(patience.Token) is { } line)
            if (line.Contains(text, StringComparison.Ordinal)) return;
        Assert.Fail($"The service ended before it said '{text}'.");
    }

    /// <summary>A program that is run to its end; a test without it is skipped by name.</summary>
    private sealed class PeerCommand : IDisposable
    {
        private readonly Process _process;

        public PeerCommand(string program, params string[] arguments)
        {
            try
            {
                _process = Process.Start(new ProcessStartInfo(program, arguments)
                {
                    RedirectStandardError = true,
                    RedirectStandardOutput = true,
                })!;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                var message = $"'{program}' is missing; tests/run.sh --install-peers installs it.";
                if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
                Assert.Inconclusive(message);
                throw;
            }

            Output = _process.StandardOutput.ReadToEnd() + _process.StandardError.ReadToEnd();
            _process.WaitForExit();
        }

        public string Output { get; }

        public int ExitCode => _process.ExitCode;

        public void Dispose() => _process.Dispose();
    }
}
