using System.Text.Json;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

[TestClass]
public sealed class InspectSignalsTests
{
    [TestMethod]
    public void Fields_that_the_traffic_shows_are_listed_with_kind_range_and_rate()
    {
        var fields = Signals();

        var battery = fields.Where(field => field.GetProperty("id").GetString() == "1DB").ToArray();
        var current = battery.Single(field => field.GetProperty("startBit").GetInt32() == 7);
        Assert.AreEqual("bigEndian", current.GetProperty("byteOrder").GetString());
        Assert.AreEqual(11, current.GetProperty("length").GetInt32());
        Assert.AreEqual("physical", current.GetProperty("kind").GetString());
        Assert.AreEqual(100, current.GetProperty("framesPerSecond").GetDouble(), 1.0);
        var checksum = battery.Single(field => field.GetProperty("kind").GetString() == "checksum");
        Assert.AreEqual("CRC-8 polynomial 85", checksum.GetProperty("field").GetProperty("checksum").GetString());
        Assert.AreEqual(0, checksum.GetProperty("field").GetProperty("faults").GetInt64());
        var counter = battery.Single(field => field.GetProperty("kind").GetString() == "counter");
        Assert.AreEqual(3, counter.GetProperty("field").GetProperty("cycle").GetProperty("last").GetInt32());
    }

    [TestMethod]
    public void A_database_gives_the_signals_of_its_frames_and_the_traffic_the_others()
    {
        var fields = Signals("--dbc", SharedData.PathOf("can/formats/LeafPowertrainBus.dbc"));

        var voltage = fields.Single(field => field.GetProperty("signal").GetString() == "BattVoltage");
        Assert.AreEqual("dbc", voltage.GetProperty("source").GetString());
        Assert.AreEqual(367.5, voltage.GetProperty("minimum").GetDouble());
        Assert.AreEqual(393.5, voltage.GetProperty("maximum").GetDouble());
        Assert.Contains(field => field.GetProperty("source").GetString() == "traffic", fields);
    }

    [TestMethod]
    public void The_table_names_what_is_counted_and_how_a_checksum_is_computed()
    {
        var run = Otguard.Run("inspect", SharedData.PathOf("can/ev/EV-CANeplus2.log.gz"), "--show", "signals");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("up, 3 is followed by 0", run.Output);
        Assert.Contains("CRC-8 polynomial 85", run.Output);
    }

    private static JsonElement[] Signals(params string[] more)
    {
        var run = Otguard.Run(
            ["inspect", SharedData.PathOf("can/ev/EV-CANeplus2.log.gz"), "--show", "signals", "--format", "jsonl", .. more]);
        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.IsTrue(run.Json.All(line => line.GetProperty("type").GetString() == "signal"));
        return [.. run.Json];
    }
}
