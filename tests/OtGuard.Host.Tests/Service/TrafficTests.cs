using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using OtGuard.Collectors.Capture.Files;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Service;

/// <summary>What the service keeps of the traffic: the recent, and what shows a deviation.</summary>
[TestClass]
public sealed class TrafficTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private bool _isBus;

    private string Recorded => _folder.File("attacked/" + (_isBus ? "bus.log" : "capture.pcap"));

    private string Config => _folder.File("otguard.json");

    private string Store => _folder.File("data/otguard.store");

    public TestContext TestContext { get; set; } = null!;

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public async Task Every_deviation_with_frames_has_them_as_evidence_and_the_traffic_outlives_the_service()
    {
        Simulate("substation", "network-scan", "write-by-new-host");
        Configure(new { keep = true });

        var run = Otguard.Run("run", "--config", Config, "--until-end");

        Assert.AreEqual(1, run.ExitCode, run.Error);
        var shown = Otguard.Run("store", "export", "deviations", "--store", Store).Json
            .Where(one => one.GetProperty("frames").GetArrayLength() > 0).ToList();
        Assert.IsGreaterThan(3, shown.Count);
        var times = Times(Recorded);
        foreach (var deviation in shown)
        {
            var kept = _folder.File($"data/evidence/plant/{deviation.GetProperty("id").GetString()}.pcapng");
            var wanted = deviation.GetProperty("frames").EnumerateArray()
                .SelectMany(range => Enumerable.Range(range[0].GetInt32(), range[1].GetInt32() - range[0].GetInt32() + 1))
                .SelectMany(frame => Enumerable.Range(frame - 50, 101))
                .Where(frame => frame >= 1 && frame <= times.Count).Distinct().Order();
            CollectionAssert.AreEqual(wanted.Select(frame => times[frame - 1]).ToList(), Times(kept), kept);
        }

        // All of it is younger than a day, and in the ring.
        Assert.AreEqual(
            times.Count,
            Directory.GetFiles(_folder.File("data/traffic/plant")).Order(StringComparer.Ordinal).Sum(file => Times(file).Count));
        using var running = Running.StartWith(Config);
        JsonElement source;
        do source = (await running.GetAsync("healthz", TestContext.CancellationToken)).GetProperty("sources")[0];
        while (source.GetProperty("state").GetString() != "ended");
        var ring = source.GetProperty("traffic").GetProperty("ring");
        Assert.AreEqual(2L * times.Count, ring.GetProperty("frames").GetInt64(), "Read again, it is there twice.");
        Assert.Contains(
            "otguard_ring_age_seconds{", await running.GetTextAsync("metrics", TestContext.CancellationToken));
        Assert.IsLessThan(
            TimeSpan.FromMinutes(10.1),
            TimeSpan.Parse(source.GetProperty("traffic").GetProperty("age").GetString()!, CultureInfo.InvariantCulture));
        await running.StopAsync();
        var doctor = Otguard.Run("doctor", "--config", Config).Output;
        Assert.Contains("reaches back", doctor);
        Assert.Contains($"holds what shows {shown.Count} deviations", doctor);
    }

    [TestMethod]
    public void Evidence_of_an_alert_is_written_out_as_a_capture()
    {
        Simulate("substation", "write-by-new-host");
        Configure(new { keep = true });
        Otguard.Run("run", "--config", Config, "--until-end");
        var alerts = Otguard.Run("alerts", "list", "--store", Store, "--state", "all", "--format", "jsonl").Json.ToList();

        foreach (var alert in alerts)
        {
            var number = alert.GetProperty("number").GetInt64().ToString(CultureInfo.InvariantCulture);
            var file = _folder.File($"alert{number}.pcapng");
            var written = Otguard.Run("alerts", "evidence", number, "-o", file, "--store", Store);
            Assert.AreEqual(0, written.ExitCode, written.Error);
            Assert.Contains($"{Times(file).Count:N0} frames", written.Output);
            if (alert.GetProperty("deviations").GetInt64() == 1)
                Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))), written.Output);
        }

        Assert.IsNotEmpty(alerts);
        var other = Otguard.Run(
            "alerts", "evidence", "1", "-o", _folder.File("other.log"), "--store", Store);
        Assert.AreEqual(2, other.ExitCode);
        Assert.Contains("which candump does not know", other.Error);
        var none = Otguard.Run(
            "alerts", "evidence", "1", "-o", _folder.File("x"), "--store", Store, "--evidence", _folder.File("none"));
        Assert.AreEqual(3, none.ExitCode);
        Assert.Contains("There is no evidence of alert 1", none.Error);
    }

    [TestMethod]
    public void Evidence_of_a_bus_is_written_as_candump_does()
    {
        _isBus = true;
        Simulate("vehicle", "security-access-brute-force");
        Configure(new { keep = true });
        Otguard.Run("run", "--config", Config, "--until-end");

        var file = _folder.File("alert.log");
        var written = Otguard.Run("alerts", "evidence", "1", "-o", file, "--store", Store);

        Assert.AreEqual(0, written.ExitCode, written.Error);
        var lines = File.ReadAllLines(file);
        Assert.IsGreaterThan(50, lines.Length);
        CollectionAssert.IsSubsetOf(lines, File.ReadAllLines(Recorded));
    }

    [TestMethod]
    public void Where_no_traffic_is_to_be_kept_there_is_none()
    {
        Simulate("substation", "write-by-new-host");
        Configure(new { keep = false });

        Otguard.Run("run", "--config", Config, "--until-end");

        Assert.IsTrue(File.Exists(Store));
        Assert.IsFalse(Directory.Exists(_folder.File("data/traffic")) || Directory.Exists(_folder.File("data/evidence")));
    }

    private static List<long> Times(string path)
    {
        using var source = CaptureFiles.Open([path]);
        List<long> times = [];
        while (source.TryRead(out var frame)) times.Add(frame.Time.UnixNanoseconds);
        return times;
    }

    private void Simulate(string site, params string[] attacks)
    {
        var run = Otguard.Run(
            ["simulate", "run", site, "--duration", "5m", .. attacks.SelectMany(one => new[] { "--attack", one }), "-o",
                _folder.File("attacked")]);
        Assert.AreEqual(0, run.ExitCode, run.Error);
    }

    private void Configure(object traffic) => File.WriteAllText(Config, JsonSerializer.Serialize(new
    {
        data = "data",
        http = new { port = 0 },
        sources = new[] { new { name = "plant", address = Recorded } },
        traffic,
    }));
}
