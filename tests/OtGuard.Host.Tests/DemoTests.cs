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
        Assert.AreEqual(4, summary.GetProperty("planted").GetInt32());
        Assert.AreEqual(4, summary.GetProperty("found").GetInt32());
        Assert.AreEqual(0, summary.GetProperty("missed").GetInt32());
        Assert.AreEqual(0, summary.GetProperty("false").GetInt32());
    }

    [TestMethod]
    public void One_intruder_is_a_readable_number_of_alarms()
    {
        var run = Otguard.Run("demo", "--format", "jsonl");

        // Four attacks; each kind of act of each attacker is one alarm. Twenty are what a person still reads.
        var alarms = run.Json.Count(o =>
            o.GetProperty("type").GetString() == "deviation" && o.GetProperty("level").GetString() == "alarm");
        Assert.IsInRange(4, 20, alarms);
    }

    [TestMethod]
    public void Each_attack_is_named_as_what_it_is()
    {
        var run = Otguard.Run("demo", "--format", "jsonl");

        var alarms = run.Json.Where(o => o.GetProperty("type").GetString() == "deviation")
            .ToDictionary(o => o.GetProperty("id").GetString()!, o => o.GetProperty("kind").GetString()!);
        var kinds = run.Json.Where(o => o.GetProperty("type").GetString() == "planted")
            .ToDictionary(
                o => o.GetProperty("attack").GetString()!,
                o => o.GetProperty("alarms").EnumerateArray().Select(id => alarms[id.GetString()!]).ToArray());
        Assert.Contains("port-scan", kinds["network-scan"]);
        Assert.Contains("device-identification-read", kinds["device-identification-sweep"]);
        Assert.Contains("function-code-enumeration", kinds["function-code-enumeration"]);
        Assert.Contains("write-by-non-writer", kinds["write-by-known-reader"]);
    }

    [TestMethod]
    public void The_text_says_what_was_planted_and_found()
    {
        var run = Otguard.Run("demo");

        Assert.AreEqual(0, run.ExitCode);
        Assert.Contains("4 planted, 4 found, 0 missed, 0 false", run.Output);
        Assert.Contains("while learning, only", run.Output);
    }
}
