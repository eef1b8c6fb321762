using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

[TestClass]
public sealed class DemoTests
{
    [TestMethod]
    [DataRow("1")]
    [DataRow("2")]
    [DataRow("77")]
    public void Everything_planted_is_found_and_nothing_else_is_raised(string seed)
    {
        var run = Otguard.Run("demo", "--seed", seed, "--format", "jsonl");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        var summary = run.Json[^1];
        Assert.AreEqual("demo", summary.GetProperty("type").GetString());
        Assert.AreEqual(8, summary.GetProperty("planted").GetInt32());
        Assert.AreEqual(8, summary.GetProperty("found").GetInt32());
        Assert.AreEqual(0, summary.GetProperty("missed").GetInt32());
        Assert.AreEqual(0, summary.GetProperty("false").GetInt32());
    }

    [TestMethod]
    public void One_intruder_is_a_readable_number_of_alarms()
    {
        var run = Otguard.Run("demo", "--format", "jsonl");

        // Eight attacks on two sites; each kind of act of each attacker is one alarm. Twenty-five are what a person still reads.
        var alarms = run.Json.Count(o =>
            o.GetProperty("type").GetString() == "deviation" && o.GetProperty("level").GetString() == "alarm");
        Assert.IsInRange(8, 25, alarms);
    }

    [TestMethod]
    public void Each_attack_is_named_as_what_it_is()
    {
        var run = Otguard.Run("demo", "--format", "jsonl");

        var alarms = run.Json.Where(o => o.GetProperty("type").GetString() == "deviation")
            .DistinctBy(o => o.GetProperty("id").GetString()!)
            .ToDictionary(o => o.GetProperty("id").GetString()!, o => o.GetProperty("kind").GetString()!);
        var kinds = run.Json.Where(o => o.GetProperty("type").GetString() == "planted")
            .ToDictionary(
                o => o.GetProperty("attack").GetString()!,
                o => o.GetProperty("alarms").EnumerateArray().Select(id => alarms[id.GetString()!]).ToArray());
        Assert.Contains("port-scan", kinds["network-scan"]);
        Assert.Contains("device-identification-read", kinds["device-identification-sweep"]);
        Assert.Contains("function-code-enumeration", kinds["function-code-enumeration"]);
        Assert.Contains("write-by-non-writer", kinds["write-by-known-reader"]);
        Assert.Contains("security-access-guessing", kinds["security-access-brute-force"]);
        Assert.Contains("message-missing", kinds["suspension"]);
        Assert.Contains("unknown-identifier", kinds["unknown-id-injection"]);
        Assert.Contains("bus-flood", kinds["id-zero-flood"]);
    }

    [TestMethod]
    public void The_text_says_what_was_planted_and_found()
    {
        var run = Otguard.Run("demo");

        Assert.AreEqual(0, run.ExitCode);
        Assert.Contains("8 planted, 8 found, 0 missed, 0 false", run.Output);
        Assert.Contains("while learning, only", run.Output);
    }

    [TestMethod]
    public void Learning_is_shown_as_it_goes_on()
    {
        var run = Otguard.Run("demo");

        Assert.Contains("after    1 minutes of its life:", run.Error);
        Assert.Contains("after   60 minutes of its life:", run.Error);
    }

    [TestMethod]
    public void One_attack_can_be_picked_and_only_its_site_is_shown()
    {
        var run = Otguard.Run("demo", "--attack", "address-claim-contention", "--intensity", "high", "--format", "jsonl");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        var planted = run.Json.Single(o => o.GetProperty("type").GetString() == "planted");
        Assert.AreEqual("truck", planted.GetProperty("site").GetString());
        Assert.AreEqual("address-claim-contention", planted.GetProperty("attack").GetString());
    }

    [TestMethod]
    public void What_is_missed_is_said_and_is_no_success()
    {
        // Lies that fit together need a model of the process.
        var run = Otguard.Run("demo", "--attack", "consistent-lies", "--intensity", "low");

        Assert.AreEqual(1, run.ExitCode);
        Assert.Contains("MISSED", run.Output);
        Assert.Contains("1 planted, 0 found, 1 missed, 0 false", run.Output);
    }

    [TestMethod]
    public void Benign_look_alike_raises_nothing()
    {
        var run = Otguard.Run("demo", "--attack", "relay-test");

        Assert.AreEqual(0, run.ExitCode, run.Output);
        Assert.Contains("relay-test is benign", run.Output);
        Assert.Contains("0 planted, 0 found, 0 missed, 0 false", run.Output);
    }

    [TestMethod]
    public void Captures_and_baselines_are_kept_on_demand_and_the_other_verbs_read_them()
    {
        using var folder = new TemporaryFolder();
        Otguard.Run("demo", "--keep", folder.Path, "--attack", "write-by-new-host");

        var run = Otguard.Run(
            "detect", Path.Combine(folder.Path, "substation-attacked.pcap"), "-b", Path.Combine(folder.Path, "substation-learned.baseline"));

        Assert.AreEqual(1, run.ExitCode);
        Assert.Contains("B3", run.Output);
    }

    [TestMethod]
    public void Unknown_attack_is_refused_with_a_hint()
    {
        var run = Otguard.Run("demo", "--attack", "nonsense");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("simulate list", run.Error);
    }
}
