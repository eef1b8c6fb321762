using OtGuard.Collectors;
using OtGuard.Dashboard.Plant;
using OtGuard.Host.Plant;
using OtGuard.Storage.Embedded;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Service;

/// <summary>The write ledger and the CAN bench outlive the program.</summary>
[TestClass]
public sealed class PlantMemoryTests
{
    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    public async Task Writes_messages_and_buses_of_before_are_shown_with_those_of_now_each_once()
    {
        using var folder = new TemporaryFolder();
        await using var store = EmbeddedStore.Open(new EmbeddedStoreOptions
        {
            Path = folder.File("a.store"),
            ReserveBytes = 0
        }, TimeProvider.System);
        var first = PlantPicture.Empty with
        {
            Writes = [Write(2, "7"), Write(1, "6")],
            Messages = [Message("100", 50), Message("200", 60)],
            Buses = [new BusView("can0", 110, 1, 20, 9000, 2)],
        };
        await new PlantMemory(store.Acts).KeepAsync("line", first, Stop);

        var memory = new PlantMemory(store.Acts);
        await memory.LoadAsync("line", Stop);
        var now = memory.With(
            "line", PlantPicture.Empty with
            {
                Writes = [Write(3, "8"), Write(2, "7")],
                Messages = [Message("100", 1)]
            });

        Assert.AreEqual("8 7 6", string.Join(' ', now.Writes.Select(write => write.After)));
        Assert.AreEqual("100 1, 200 60", string.Join(", ", now.Messages.Select(one => $"{one.Id} {one.Frames}")));
        Assert.AreEqual("can0 110 0", string.Join(", ",
            now.Buses.Select(one => $"{one.Name} {one.Frames} {one.BitsPerSecond}")));
        Assert.IsEmpty(memory.With("another", PlantPicture.Empty).Writes);
    }

    [TestMethod]
    public async Task The_service_shows_after_a_restart_what_was_written_before_it()
    {
        using var folder = new TemporaryFolder();
        var made = Otguard.Run("simulate", "run", "substation", "--duration", "2m", "--attack", "write-by-new-host",
            "-o", folder.File("traffic"));
        Assert.AreEqual(0, made.ExitCode, made.Error);
        File.WriteAllText(folder.File("otguard.json"), """
            {
              "data": "data", "http": { "port": 0 }, "traffic": { "keep": false },
              "sources": [ { "name": "line", "address": "traffic/capture.pcap" } ]
            }
            """);
        var run = Otguard.Run("run", "--config", folder.File("otguard.json"), "--until-end");
        Assert.IsLessThan(2, run.ExitCode, run.Error);

        await using var store = EmbeddedStore.Open(
            new EmbeddedStoreOptions { Path = folder.File("data/otguard.store"), ReserveBytes = 0 },
                TimeProvider.System);
        var memory = new PlantMemory(store.Acts);
        await memory.LoadAsync("line", Stop);

        var writes = memory.With("line", PlantPicture.Empty).Writes;
        Assert.IsNotEmpty(writes);
        Assert.Contains(write => write.Client.Length > 0 && write.After.Length > 0 && write.Source == "line", writes);
    }

    private static WriteView Write(long second, string after) => new(
        CaptureTime.FromSeconds(second, 0), "10.0.0.5", "10.0.0.9", 1, "Modbus", "write single coil", "coil 0", null,
            "", after,
        "succeeded", second, "line");

    private static MessageView Message(string id, long frames) => new(
        "can0", id, null, frames, 0.1, "00", [-1], [], CaptureTime.FromSeconds(frames, 0), Standing.Unknown);
}
