using System.Text.Json;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

[TestClass]
public sealed class InspectTests
{
    private const string Example = "modbus/icsnpp-modbus/modbus_example.pcap";

    [TestMethod]
    public void An_observation_has_the_members_of_the_contract_in_their_order()
    {
        var run = Otguard.Run("inspect", SharedData.PathOf(Example), "--show", "observations", "--format", "jsonl");

        var first = run.Json.First(o => o.GetProperty("operation").GetString() == "ReadHoldingRegisters");
        Assert.AreEqual(
            "type protocol time client server operation outcome latencyMicroseconds requestFrame responseFrame anomalies modbus",
            string.Join(' ', first.EnumerateObject().Select(member => member.Name)));
        Assert.AreEqual("observation", first.GetProperty("type").GetString());
        Assert.AreEqual("2020-07-25T07:03:28.238966000Z", first.GetProperty("time").GetString());
        Assert.AreEqual("127.0.0.1:47785", first.GetProperty("client").GetString());
        Assert.AreEqual("127.0.0.1:502", first.GetProperty("server").GetString());
        Assert.AreEqual("Succeeded", first.GetProperty("outcome").GetString());
        Assert.AreEqual(96, first.GetProperty("latencyMicroseconds").GetInt64());
        Assert.AreEqual(20, first.GetProperty("requestFrame").GetInt64());
        Assert.AreEqual(22, first.GetProperty("responseFrame").GetInt64());
        var modbus = first.GetProperty("modbus");
        Assert.AreEqual(5, modbus.GetProperty("transaction").GetInt32());
        Assert.AreEqual(4, modbus.GetProperty("unit").GetInt32());
        Assert.AreEqual(3, modbus.GetProperty("functionCode").GetInt32());
        Assert.AreEqual(JsonValueKind.Null, modbus.GetProperty("subFunction").ValueKind);
        Assert.AreEqual(JsonValueKind.Null, modbus.GetProperty("exceptionCode").ValueKind);
        Assert.AreEqual(1, modbus.GetProperty("address").GetInt32());
        Assert.AreEqual(1, modbus.GetProperty("quantity").GetInt32());
        Assert.AreEqual(0, modbus.GetProperty("requestValues").GetArrayLength());
        Assert.AreEqual(170, modbus.GetProperty("responseValues")[0].GetInt32());
    }

    [TestMethod]
    public void Without_further_words_assets_come_first_and_then_the_matrix()
    {
        var run = Otguard.Run("inspect", SharedData.PathOf(Example));

        Assert.AreEqual(0, run.ExitCode);
        Assert.StartsWith("Assets", run.Output);
        Assert.IsGreaterThan(
            run.Output.IndexOf("Assets", StringComparison.Ordinal),
            run.Output.IndexOf("Communication matrix", StringComparison.Ordinal));
        Assert.Contains("ReadHoldingRegisters", run.Output);
        Assert.DoesNotContain("\u001b", run.Output);
    }

    [TestMethod]
    public void The_matrix_says_who_writes_where()
    {
        var run = Otguard.Run("inspect", SharedData.PathOf(Example), "--show", "matrix", "--format", "jsonl");

        var row = run.Json.First(o => o.GetProperty("protocol").GetString() == "modbus");
        Assert.AreEqual("conversation", row.GetProperty("type").GetString());
        var written = row.GetProperty("ranges").EnumerateArray()
            .Where(range => range.GetProperty("write").GetBoolean())
            .Select(range => $"{range.GetProperty("unit")} {range.GetProperty("space")} {range.GetProperty("addresses")}")
            .ToArray();
        Assert.Contains("7 Coils [[1,4]]", written);
    }

    [TestMethod]
    public void Several_captures_are_one_stream_with_running_frame_numbers()
    {
        var one = SharedData.PathOf("modbus/zeek/modbusSmall.pcap");
        var single = Otguard.Run("inspect", one, "--show", "observations", "--format", "jsonl").Json;

        var both = Otguard.Run("inspect", one, one, "--show", "observations", "--format", "jsonl").Json;

        // The clock steps back where the second file begins: what the first one left open does not answer it.
        Assert.HasCount(2 * single.Count, both);
        Assert.AreEqual(
            single[^1].GetProperty("requestFrame").GetInt64() + 166, both[^1].GetProperty("requestFrame").GetInt64());
    }

    [TestMethod]
    public void A_cut_capture_gives_everything_before_the_cut_and_says_where()
    {
        using var folder = new TemporaryFolder();
        var whole = File.ReadAllBytes(SharedData.PathOf("modbus/zeek/modbusSmall.pcap"));
        File.WriteAllBytes(folder.File("cut.pcap"), whole[..^40]);
        var expected = Otguard.Run(
            "inspect", SharedData.PathOf("modbus/zeek/modbusSmall.pcap"), "--show", "stats", "--format", "jsonl");

        var run = Otguard.Run("inspect", folder.File("cut.pcap"), "--show", "stats", "--format", "jsonl");

        Assert.AreEqual(0, run.ExitCode);
        Assert.AreEqual(Frames(expected) - 1, Frames(run));
        Assert.HasCount(1, run.Json.Where(o => o.GetProperty("type").GetString() == "notice"));

        static long Frames(Outcome outcome) =>
            outcome.Json.First(o => o.GetProperty("type").GetString() == "file").GetProperty("frames").GetInt64();
    }

    [TestMethod]
    public void Wrong_checksums_are_counted_and_shown()
    {
        // The client's side of this capture was recorded before its network card put the checksums in.
        var run = Otguard.Run("inspect", SharedData.PathOf("modbus/iti/ModbusTCP.pcap"), "--show", "stats", "--format", "jsonl");

        var noted = run.Json.Where(o => o.GetProperty("type").GetString() == "stage")
            .SelectMany(o => o.GetProperty("noted").EnumerateObject())
            .Where(note => note.Name.Contains("checksum", StringComparison.Ordinal))
            .Sum(note => note.Value.GetInt64());
        Assert.IsGreaterThan(0, noted);
    }

    [TestMethod]
    public void Channels_give_the_share_of_what_was_decoded()
    {
        var run = Otguard.Run(
            "inspect", SharedData.PathOf("modbus/lemay/moving_two_files_modbus_6RTU.pcap"), "--show", "channels", "--format", "jsonl");

        var modbus = run.Json.Where(o => o.GetProperty("protocol").GetString() == "modbus").ToArray();
        Assert.IsNotEmpty(modbus);
        Assert.IsTrue(modbus.All(o => o.GetProperty("decodedBytes").GetInt64() > 0));
        Assert.Contains(o => o.GetProperty("undecodedBytes").GetInt64() > 0, run.Json);
    }
}
