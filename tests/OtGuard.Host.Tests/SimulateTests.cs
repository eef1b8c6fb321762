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
        Assert.AreEqual(5, types["site"]);
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
        Assert.AreEqual(
            new FileInfo(run.Json[0].GetProperty("file").GetString()!).Length, run.Json[0].GetProperty("bytes").GetInt64());
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
    [DataRow("simulate run vehicle --poll 5s -o", "--poll is for the substation, and vehicle has none")]
    [DataRow("simulate run vehicle --live --network 127.0.0.1 -o", "--network is for the substation")]
    [DataRow("simulate run substation --speed 2 -o", "--speed goes with --live")]
    [DataRow("simulate run substation --poll 0.01s -o", "0.1s or more")]
    [DataRow("simulate run substation --start yesterday -o", "A moment is a date with a time")]
    [DataRow("simulate run substation --live -o", "substation has none")]
    [DataRow("simulate run vehicle --live --attack doip-unknown-target -o", "can be written into captures only")]
    [DataRow("simulate run truck --live -o socketcan:vcan0,vcan1 --truth", "truck has 1 bus(es)")]
    public void What_cannot_be_simulated_is_refused_in_a_sentence(string line, string said)
    {
        using var folder = new TemporaryFolder();

        var run = Otguard.Run([.. line.Split(' '), folder.File("out")]);

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains(said, run.Error);
        Assert.IsFalse(Directory.Exists(folder.File("out")));
    }

    [TestMethod]
    [DataRow("simulate run substation", "-o is missing")]
    [DataRow("simulate run vehicle --live", "-o is missing")]
    [DataRow("simulate run substation --live --attack arp-spoofing", "can be written into captures only")]
    [DataRow("simulate run substation --live --network 10.20.0.0/8", "256 IPv4 addresses")]
    [DataRow("simulate run joint -o -", "-o takes a folder for both")]
    public void What_does_not_go_together_is_refused_in_a_sentence(string line, string said)
    {
        var run = Otguard.Run(line.Split(' '));

        Assert.AreEqual(2, run.ExitCode, run.Error);
        Assert.Contains(said, run.Error);
    }

    [TestMethod]
    public void Calendar_begins_where_it_is_told_and_is_as_thin_as_it_is_told()
    {
        using var folder = new TemporaryFolder();

        var run = Otguard.Run(
            "simulate", "run", "substation", "--life", "calendar", "--start", "2026-02-03T09:00", "--poll", "60s", "--duration", "2h",
            "-o", folder.Path, "--format", "jsonl");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        // A poll a second is some 1,500 frames a minute; one a minute some 140, and the maintenance window a few hundred in all.
        Assert.IsInRange(15_000, 22_000, run.Json[0].GetProperty("frames").GetInt64());
        var seen = Otguard.Run("inspect", folder.File("capture.pcap"), "--show", "observations", "--format", "jsonl").Json;
        Assert.StartsWith("2026-02-03T09:00", seen[0].GetProperty("time").GetString()!);
        Assert.IsTrue(seen.Any(o => o.GetProperty("operation").GetString() == "ReadDeviceIdentification"), "It is Tuesday morning.");
    }

    [TestMethod]
    public void Joint_site_is_one_folder_with_both_worlds_and_the_truth_of_each()
    {
        using var folder = new TemporaryFolder();

        var run = Otguard.Run(
            "simulate", "run", "joint", "--duration", "20s", "--attack", "charging-limit-cut", "--attack", "masquerade", "--at", "5s",
            "--set", "limit=200", "-o", folder.Path, "--format", "jsonl");

        // The second attack would begin a minute after the first.
        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("'masquerade' would begin", run.Error);
        run = Otguard.Run(
            "simulate", "run", "joint", "--duration", "80s", "--attack", "charging-limit-cut", "--attack", "masquerade", "--at", "5s",
            "-o", folder.Path, "--format", "jsonl");
        Assert.AreEqual(0, run.ExitCode, run.Error);
        foreach (var (world, capture, planted) in (
            (string, string, string)[])[("substation", "capture.pcap", "charging-limit-cut"), ("vehicle", "bus.log", "masquerade")])
        {
            Assert.IsTrue(File.Exists(Path.Combine(folder.Path, world, capture)));
            var events = File.ReadAllLines(Path.Combine(folder.Path, world, "events.csv"));
            Assert.HasCount(2, events);
            Assert.StartsWith(planted + ";1;", events[1]);
        }
    }

    [TestMethod]
    public void Live_substation_ends_with_its_time_and_says_who_was_there()
    {
        using var folder = new TemporaryFolder();

        var run = Otguard.Run(
            "simulate", "run", "substation", "--live", "--speed", "10", "--duration", "20s", "--network", "127.33.1.0/24", "--port",
            FreePort(), "--attack", "write-by-new-host", "--at", "5s", "--truth", folder.File("truth.csv"), "--format", "jsonl");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.HasCount(15, run.Json.Where(o => o.GetProperty("type").GetString() == "server"));
        var played = run.Json.Single(o => o.GetProperty("type").GetString() == "played");
        Assert.AreEqual(20, played.GetProperty("seconds").GetDouble());
        Assert.IsGreaterThan(0, played.GetProperty("answers").GetInt64());
        Assert.AreEqual("127.33.1.66", run.Json.Single(o => o.GetProperty("type").GetString() == "planted").GetProperty("attacker").GetString());
        Assert.StartsWith("write-by-new-host;1;127.33.1.66;127.33.1.103;", File.ReadAllLines(folder.File("truth.csv"))[1]);
        Assert.Contains("Ctrl-C ends it", run.Error);
    }

    [TestMethod]
    public void Live_vehicle_logs_what_is_written_at_once_otherwise()
    {
        using var folder = new TemporaryFolder();
        string[] common = ["simulate", "run", "truck", "--start", "2026-01-12T06:00", "--duration", "20s", "--format", "jsonl"];

        var live = Otguard.Run([.. common, "--live", "--speed", "10", "-o", folder.File("live.log")]);
        Otguard.Run([.. common, "-o", folder.File("written")]);

        Assert.AreEqual(0, live.ExitCode, live.Error);
        Assert.AreEqual(
            File.ReadAllText(Path.Combine(folder.File("written"), "bus.log")), File.ReadAllText(folder.File("live.log")));
    }

    private static string FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
