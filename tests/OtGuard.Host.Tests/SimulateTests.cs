using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

[TestClass]
public sealed class SimulateTests
{
    [TestMethod]
    public void List_names_every_site_attack_and_look_alike()
    {
        var run = Otguard.Run("simulate", "list", "--format", "jsonl");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        var types = run.Json.CountBy(o => o.GetProperty("type").GetString()!).ToDictionary();
        Assert.AreEqual(4, types["site"]);
        Assert.IsGreaterThanOrEqualTo(70, types["attack"]);
        Assert.IsGreaterThanOrEqualTo(15, types["lookAlike"]);
        Assert.IsTrue(run.Json.All(o => o.GetProperty("description").GetString()!.EndsWith('.')));
    }

    [TestMethod]
    [DataRow("vehicle", "masquerade", "bus.log")]
    [DataRow("truck", "tsc1-injection", "bus.pcapng")]
    [DataRow("substation", "network-scan", "capture.pcap")]
    public void What_is_simulated_is_read_again_with_as_many_frames(string site, string attack, string file)
    {
        using var folder = new TemporaryFolder();

        var run = Otguard.Run(
            "simulate", "run", site, "--seed", "3", "--duration", "20s", "--attack", attack, "--at", "8s", "-o", folder.Path,
            "--format", "jsonl");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        var frames = run.Json[0].GetProperty("frames").GetInt64();
        var planted = run.Json[1];
        Assert.AreEqual(attack, planted.GetProperty("event").GetString());
        Assert.IsGreaterThan(0, planted.GetProperty("frames").GetInt64());
        var stats = Otguard.Run("inspect", folder.File(file), "--show", "stats", "--format", "jsonl");
        Assert.AreEqual(frames, stats.Json.First(o => o.GetProperty("type").GetString() == "file").GetProperty("frames").GetInt64());
        var labels = File.ReadLines(folder.File("labels.csv")).ToList();
        Assert.HasCount((int)frames, labels);
        Assert.AreEqual(planted.GetProperty("frames").GetInt64(), labels.Count(line => line.EndsWith(";1", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow("simulate run vehicle --attack network-scan -o", "There is no attack or look-alike 'network-scan' for vehicle")]
    [DataRow("simulate run vehicle --duration 5 -o", "A time is a number with s, m, h or d")]
    [DataRow("simulate run vehicle --duration 1m --attack masquerade --at 2m -o", "after the end of the simulated time")]
    [DataRow("simulate run tractor -o", "tractor")]
    public void What_cannot_be_simulated_is_refused_in_a_sentence(string line, string said)
    {
        using var folder = new TemporaryFolder();

        var run = Otguard.Run([.. line.Split(' '), folder.File("out")]);

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains(said, run.Error);
        Assert.IsFalse(Directory.Exists(folder.File("out")));
    }
}
