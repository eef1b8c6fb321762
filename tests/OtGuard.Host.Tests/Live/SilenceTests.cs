using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Live;

/// <summary>What a line on which nothing comes any more is judged by: the time alone.</summary>
[TestClass]
public sealed class SilenceTests
{
    [TestMethod]
    public void A_line_that_falls_silent_deviates_though_no_frame_comes_to_show_it()
    {
        using var folder = new TemporaryFolder();
        var capture = folder.File("capture.pcap");
        Assert.AreEqual(0, Otguard.Run("simulate", "run", "substation", "--duration", "12m", "-o", folder.Path).ExitCode);
        Assert.AreEqual(0, Otguard.Run("learn", capture, "-o", folder.File("baseline")).ExitCode);
        var baseline = new BaselineFile(new FileInfo(folder.File("baseline"))).Load();
        using var judging = new JudgingRun([capture], baseline, FrameSelection.All, null, null);
        judging.Run.ReadToEnd(CancellationToken.None);
        var end = judging.Run.Source.Files[0].Interfaces[0].Last!.Value;
        var before = judging.Deviations.Count;

        // A controller that restarts may be away for five minutes; what lasts longer is worth a look.
        for (var second = 1; second <= 290; second++) judging.Run.TimePassed!(end + TimeSpan.FromSeconds(second));
        Assert.HasCount(before, judging.Deviations);
        for (var second = 291; second <= 400; second++) judging.Run.TimePassed!(end + TimeSpan.FromSeconds(second));

        var silent = judging.Deviations.Skip(before).ToList();
        Assert.IsNotEmpty(silent);
        Assert.IsTrue(silent.Exists(deviation => deviation.Kind.Name == "polling-suspended"));
    }
}
