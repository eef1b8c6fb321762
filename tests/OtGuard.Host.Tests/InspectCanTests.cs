using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

[TestClass]
public sealed class InspectCanTests
{
    [TestMethod]
    public void A_candump_log_is_shown_frame_by_frame()
    {
        var run = Otguard.Run(
            "inspect", SharedData.PathOf("can/formats/candump.log.gz"), "--show", "observations", "--format", "jsonl");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        var frames = run.Json.Where(o => o.GetProperty("protocol").GetString() == "can").ToArray();
        Assert.HasCount(12_974, frames);
        var can = frames[4].GetProperty("can");
        Assert.AreEqual("27A", can.GetProperty("id").GetString());
        Assert.IsFalse(can.GetProperty("extended").GetBoolean());
        Assert.IsFalse(can.GetProperty("fd").GetBoolean());
        Assert.AreEqual(7, can.GetProperty("dlc").GetInt32());
        Assert.AreEqual("30300D8C091500", can.GetProperty("data").GetString());
    }

    [TestMethod]
    public void A_database_gives_the_signals_their_names_and_values()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("bus.log"), "(1.000000) can0 1DB#E200000000000000\n");
        File.WriteAllText(
            folder.File("bus.dbc"),
            "VERSION \"\"\n\nBU_: A\n\nBO_ 475 Battery: 8 A\n SG_ Current : 7|8@0- (0.5,0) [-400|200] \"A\" A\n");

        var run = Otguard.Run(
            "inspect", folder.File("bus.log"), "--show", "observations", "--format", "jsonl", "--dbc", folder.File("bus.dbc"));

        Assert.AreEqual(-15.0, run.Json[0].GetProperty("can").GetProperty("signals").GetProperty("Current").GetDouble());
    }

    [TestMethod]
    public void A_table_without_a_header_is_read_by_its_columns()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("bus.csv"), "1760,1,2,3,4,5,6,7,8,0.0\n208,9,9,9,9,9,9,9,9,1.0\n");

        var run = Otguard.Run(
            "inspect", folder.File("bus.csv"), "--columns", "id=0,data=1-8,label=9", "--show", "observations", "--format", "jsonl");

        Assert.AreEqual(
            "6E0 0102030405060708,0D0 0909090909090909",
            string.Join(',', run.Json.Select(o =>
                $"{o.GetProperty("can").GetProperty("id").GetString()} {o.GetProperty("can").GetProperty("data").GetString()}")));
    }

    [TestMethod]
    public void Wrong_columns_are_wrong_usage()
    {
        var run = Otguard.Run("inspect", SharedData.PathOf("can/formats/candump.log.gz"), "--columns", "colour=3");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("--columns", run.Error);
    }

    [TestMethod]
    public void A_bus_is_learned_with_its_messages_and_their_rhythm()
    {
        using var folder = new TemporaryFolder();
        var baseline = folder.File("bus.baseline");

        var run = Otguard.Run("learn", SharedData.PathOf("can/formats/candump.log.gz"), "-o", baseline);

        Assert.AreEqual(0, run.ExitCode, run.Error);
        var lines = File.ReadAllLines(baseline);
        Assert.Contains(line => line.StartsWith("can0 can | 12974 frames", StringComparison.Ordinal), lines);
        Assert.Contains(line => line.StartsWith("can0:", StringComparison.Ordinal) && line.Contains(" gaps of "), lines);
    }

    [TestMethod]
    public void Frames_in_UDP_datagrams_are_shown_on_a_channel_for_each_sender()
    {
        var run = Otguard.Run("inspect", SharedData.PathOf("can/ndpi/can.pcap"), "--show", "observations", "--format", "jsonl");

        Assert.HasCount(8, run.Json.Where(o => o.GetProperty("protocol").GetString() == "can-eth").ToArray());
        var frames = run.Json.Where(o => o.GetProperty("protocol").GetString() == "can").ToArray();
        Assert.HasCount(16, frames);
        Assert.AreEqual(8, frames.Select(o => o.GetProperty("can").GetProperty("channel").GetString()).Distinct().Count());
    }
}
