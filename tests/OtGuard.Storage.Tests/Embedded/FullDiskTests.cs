using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using OtGuard.Alerting;
using OtGuard.Replay;
using OtGuard.Storage.Embedded;
using OtGuard.TestKit;

namespace OtGuard.Storage.Tests.Embedded;

/// <summary>On a file system of 24 MiB that somebody else fills.</summary>
[TestClass]
public sealed class FullDiskTests
{
    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    public async Task On_a_disk_that_fills_series_are_given_up_and_no_alert_is()
    {
        using var folder = new TemporaryFolder();
        var disk = Path.Combine(folder.Path, "disk");
        Directory.CreateDirectory(disk);
        if (!Run("mount", "-t", "tmpfs", "-o", "size=24m", "otguard-test", disk))
            Assert.Inconclusive("A file system can only be mounted as root.");
        try
        {
            await FillAsync(disk);
        }
        finally
        {
            Run("umount", disk);
        }
    }

    private async Task FillAsync(string disk)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 0, 0, TimeSpan.Zero));
        var options = new EmbeddedStoreOptions
        {
            Path = Path.Combine(disk, "full.store"),
            MinimumFreeBytes = 512 << 10,
            ReserveBytes = 4 << 20,
        };
        await using var store = EmbeddedStore.Open(options, clock);
        var pipeline = new AlertPipeline(store, new AlertingOptions(), clock);
        Assert.IsTrue(File.Exists(options.Path + ".reserve"));
        for (var second = 0; second < 40; second++)
            await store.Series.WriteAsync([.. Enumerable.Range(0, 1000)
                .Select(n => EmbeddedStoreTests.Point(n, second: second * 1000 + n))], Stop);
        var points = (await store.FiguresAsync(Stop)).Points;

        // Somebody else takes all that is left.
        var foreign = Path.Combine(disk, "foreign");
        await using (var file = File.Create(foreign))
        {
            var block = new byte[64 << 10];
            try
            {
                while (true)
                {
                    await file.WriteAsync(block, Stop);
                    await file.FlushAsync(Stop);
                }
            }
            catch (IOException)
            {
                // Full.
            }
        }

        const int given = 600;
        var furthest = RoomStage.Ample;
        for (var n = 1; n <= given; n += 20)
        {
            await pipeline.TakeAsync([.. Enumerable.Range(n, 20).Select(i => SampleDeviations.Of("invalid-field",
                $"10.0.0.{i % 250} → 10.0.1.{i / 250}", TimeSpan.FromSeconds(i)))], Stop);
            if (store.Room > furthest) furthest = store.Room;
            clock.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.AreNotEqual(RoomStage.Ample, furthest);
        var figures = await store.FiguresAsync(Stop);
        Assert.AreEqual(given, figures.Deviations);
        Assert.IsLessThan(points, figures.Points);
        Assert.IsGreaterThan(0, figures.Counters["points-removed-for-room"]);
        Assert.IsTrue((await store.CheckAsync(Stop)).IsSound);
        TestContext.WriteLine(
            $"furthest stage {furthest}, points {points} before and {figures.Points} after, deviations "
            + $"{figures.Deviations} of {given}");

        File.Delete(foreign);
        clock.Advance(TimeSpan.FromSeconds(2));
        await pipeline.TakeAsync([SampleDeviations.Of(1)], Stop);
        Assert.AreEqual(RoomStage.Ample, store.Room);
        Assert.IsTrue(File.Exists(options.Path + ".reserve"));
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
