using System.Text.Json;
using OtGuard.Collectors.Can.Tests.Live;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Service;

/// <summary>The service on a live source: an adapter played by a library in the place of PEAK's.</summary>
[TestClass]
public sealed class LiveRunTests : IDisposable
{
    private const uint IllegalHandle = 0x1C00;
    private const uint NoDriver = 0x0200;

    private readonly TemporaryFolder _folder = new();

    public TestContext TestContext { get; set; } = null!;

    private string Store => _folder.File("data/otguard.store");

    public void Dispose() => _folder.Dispose();

    [TestInitialize]
    public void Reset() => FakePcan.Reset();

    [TestMethod]
    public async Task Frames_are_judged_while_they_come_and_a_stop_stores_what_was_judged()
    {
        // An ECU reset by UDS (0x11), and its answer.
        FakePcan.Push(0x7E0, 0, "0211010000000000", 1);
        FakePcan.Push(0x7E8, 0, "0251010000000000", 2);
        using var running = Running.StartWith(Configuration());

        var source = await UntilAsync(running, one => one.GetProperty("frames").GetInt64() == 2);
        Assert.AreEqual("running", source.GetProperty("state").GetString());
        Assert.IsTrue(source.GetProperty("isLive").GetBoolean());
        JsonElement lag;
        do lag = (await running.GetAsync("healthz", TestContext.CancellationToken)).GetProperty("lag");
        while (lag.GetProperty("count").GetInt64() == 0);
        TestContext.WriteLine($"From frame to stored deviation: {lag.GetProperty("highest").GetDouble():0.000} s.");
        var ended = await running.StopAsync();

        Assert.AreEqual(0, ended.ExitCode, ended.Error);
        Assert.Contains("PCAN_USBBUS1", ended.Error);
        var kinds = Kinds();
        Assert.Contains("ecu-reset close", kinds, string.Join(", ", kinds));
        Assert.AreEqual(0, FakePcan.Writes);
    }

    [TestMethod]
    public async Task An_adapter_that_is_unplugged_is_told_and_read_again_when_it_is_back()
    {
        FakePcan.Push(0x100, 0, "01", 1);
        using var running = Running.StartWith(Configuration());
        await UntilAsync(running, one => one.GetProperty("frames").GetInt64() == 1);

        FakePcan.InitializeStatus(NoDriver);
        FakePcan.PushStatus(IllegalHandle);
        var gone = await UntilAsync(running, one => one.GetProperty("state").GetString() == "gone");
        var health = await running.GetAsync("healthz", TestContext.CancellationToken);
        FakePcan.InitializeStatus(0);
        FakePcan.Push(0x100, 0, "02", 3);
        await UntilAsync(running, one => one.GetProperty("state").GetString() == "running");
        await running.StopAsync();

        Assert.AreEqual("source-gone", gone.GetProperty("blind")[0].GetString());
        Assert.AreEqual("blind", health.GetProperty("status").GetString());
        Assert.Contains("source-gone close", Kinds());
    }

    private List<string> Kinds() =>
    [
        .. Otguard.Run("store", "export", "deviations", "--store", Store).Json.Select(
            one => $"{one.GetProperty("kind").GetString()} {one.GetProperty("state").GetString()}"),
    ];

    private string Configuration()
    {
        File.WriteAllText(_folder.File("otguard.json"), JsonSerializer.Serialize(new
        {
            data = "data",
            http = new { port = 0 },
            sources = new[] { new { name = "car", address = "pcan:PCAN_USBBUS1" } },
        }));
        return _folder.File("otguard.json");
    }

    private async Task<JsonElement> UntilAsync(Running running, Func<JsonElement, bool> isSo)
    {
        while (true)
        {
            var source = (await running.GetAsync("healthz", TestContext.CancellationToken)).GetProperty("sources")[0];
            if (isSo(source)) return source;
        }
    }
}
