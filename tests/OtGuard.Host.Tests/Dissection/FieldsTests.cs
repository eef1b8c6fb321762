using System.Text.Json;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Dissection;

/// <summary>Frames field by field, by the command line.</summary>
[TestClass]
public sealed class FieldsTests
{
    [TestMethod]
    public void A_request_is_shown_field_by_field_beside_its_bytes()
    {
        var run = Otguard.Run("inspect", SharedData.PathOf("modbus/zeek/modbusSmall.pcap"), "--show", "fields",
            "--frames", "4-4");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("request, unit 1: write multiple coils (function code 15)", run.Output);
        Assert.Contains("  66 +2    0001               transaction identifier: 1", run.Output);
        Assert.Contains("  73 +1    0f                 function code: 15, write multiple coils", run.Output);
        Assert.DoesNotContain("frame 5", run.Output);
    }

    [TestMethod]
    public void Only_the_frames_selected_are_shown_and_a_message_is_completed_by_those_behind_them()
    {
        var frames = Show("opcua/iti/opc-ua-ap-method-wireshark-freeze.pcap");
        var spanned = frames.First(frame => frame.GetProperty("messages").GetArrayLength() > 0);
        var number = spanned.GetProperty("frame").GetInt64();

        var alone = Show("opcua/iti/opc-ua-ap-method-wireshark-freeze.pcap", "--frames", $"{number}-{number}");

        Assert.HasCount(1, alone);
        Assert.AreEqual(spanned.GetRawText(), alone[0].GetRawText());
    }

    [TestMethod]
    public void A_message_of_several_segments_names_its_frames_and_a_field_in_two_of_them_is_a_part_in_each()
    {
        var frames = Show("opcua/iti/opc-ua-ap-method-wireshark-freeze.pcap");
        var spanning = frames.Where(frame => frame.GetProperty("messages").GetArrayLength() > 0).ToList();

        Assert.IsNotEmpty(spanning);
        foreach (var frame in spanning)
        {
            var numbers = frame.GetProperty("messages")[0].GetProperty("frames").EnumerateArray().Select(
                one => one.GetInt64()).ToList();
            Assert.Contains(frame.GetProperty("frame").GetInt64(), numbers);
            Assert.IsGreaterThan(1, numbers.Count);
        }

        Assert.Contains(
            frame => frame.GetProperty("fields").EnumerateArray().Any(field => field.TryGetProperty("part", out _)),
                spanning);
    }

    [TestMethod]
    public void A_frame_of_a_bus_shows_the_signals_of_its_database_with_their_bits()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("bus.log"), "(1.000000) can0 1DB#E2C0000000000000\n(1.100000) can0 1DB#E2\n");
        File.WriteAllText(
            folder.File("bus.dbc"),
            "VERSION \"\"\n\nBU_: A\n\nBO_ 475 Battery: 8 A\n SG_ Current : 7|11@0- (0.5,0) [-400|200] \"A\" A\n"
            + " SG_ State : 24|2@1+ (1,0) [0|3] \"\" A\n\nVAL_ 475 State 0 \"off\" 1 \"on\" ;\n");

        var frames = ShowFile(folder.File("bus.log"), "--dbc", folder.File("bus.dbc"));

        var current = Field(frames[0], "DBC Battery", "Current");
        Assert.AreEqual("-117 A", current.GetProperty("value").GetString());
        Assert.AreEqual("8 2 ffe0", $"{current.GetProperty("offset")} {current.GetProperty("length")} {current.GetProperty("mask").GetString()}");
        Assert.AreEqual("0 (off)", Field(frames[0], "DBC Battery", "State").GetProperty("value").GetString());
        Assert.AreEqual("cut-off", Field(frames[1], "DBC Battery", "Current").GetProperty("fault").GetString());
    }

    [TestMethod]
    public void A_diagnostic_message_of_several_frames_is_put_together()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            folder.File("bus.log"),
            """
            (1.000000) can0 7E0#0322F19000000000
            (1.010000) can0 7E8#101462F190574155
            (1.020000) can0 7E0#3000000000000000
            (1.030000) can0 7E8#215A5A5A31323334
            (1.040000) can0 7E8#2235363738393031
            (1.050000) can0 7E0#0227010000000000
            (1.060000) can0 7E8#037F273500000000

            """);

        var frames = ShowFile(folder.File("bus.log"));

        Assert.AreEqual("0xf190, identification",
            Field(frames[0], "UDS", "data identifier").GetProperty("value").GetString());
        var parts = frames.Where((_, at) => at is 1 or 3 or 4).Select(frame => Field(frame, "UDS",
            "data record")).ToList();
        Assert.IsTrue(parts.All(part => part.GetProperty("part").GetBoolean()
            && part.GetProperty("value").GetString() == "WAUZZZ12345678901"));
        Assert.AreEqual("[2,4,5]", frames[4].GetProperty("messages")[0].GetProperty("frames").GetRawText().Replace(
            " ", "", StringComparison.Ordinal));
        Assert.AreEqual("0x35, invalid key",
            Field(frames[6], "UDS", "negative response code").GetProperty("value").GetString());
        Assert.AreEqual("0x01, request seed", Field(frames[5], "UDS", "sub-function").GetProperty("value").GetString());
    }

    [TestMethod]
    public void A_J1939_message_carried_by_the_transport_protocol_is_put_together()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            folder.File("bus.log"),
            """
            (1.000000) can0 18EEFF03#0102030405060708
            (1.010000) can0 1CECFF03#200A0002FFCAFE00
            (1.020000) can0 1CEBFF03#0144000A00030102
            (1.030000) can0 1CEBFF03#020B0403FFFFFFFF

            """);

        var frames = ShowFile(folder.File("bus.log"));

        Assert.AreEqual("60928 (0x0EE00), AddressClaimed",
            Field(frames[0], "J1939", "parameter group (PGN)").GetProperty("value").GetString());
        Assert.AreEqual("65226 (0x0FECA), DM1",
            Field(frames[1], "J1939", "parameter group").GetProperty("value").GetString());
        Assert.AreEqual("10", Field(frames[2], "J1939 message",
            "suspect parameter number (SPN)").GetProperty("value").GetString());
        Assert.AreEqual("on", Field(frames[2], "J1939 message", "malfunction lamp").GetProperty("value").GetString());
    }

    [TestMethod]
    public void What_the_bytes_do_not_hold_is_said_as_cut_off_and_what_breaks_the_standard_as_malformed()
    {
        var faults = Show("opcua/iti/opc-ua-ap-method-wireshark-freeze.pcap").SelectMany(
            frame => frame.GetProperty("fields").EnumerateArray())
            .Where(field => field.TryGetProperty("fault",
                out _)).Select(field => field.GetProperty("fault").GetString()).Distinct().ToList();

        Assert.AreEqual("cut-off malformed", string.Join(' ', faults.Order()));
    }

    [TestMethod]
    public void A_selection_of_frames_without_fields_is_wrong_usage()
    {
        var run = Otguard.Run("inspect", SharedData.PathOf("modbus/zeek/modbusSmall.pcap"), "--frames", "1-2");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("--show fields", run.Error);
    }

    private static JsonElement Field(JsonElement frame, string layer, string name) =>
        frame.GetProperty("fields").EnumerateArray()
        .First(field => field.GetProperty("layer").GetString() == layer
            && field.GetProperty("name").GetString() == name);

    private static JsonElement[] Show(string capture, params string[] arguments) =>
        ShowFile(SharedData.PathOf(capture), arguments);

    private static JsonElement[] ShowFile(string path, params string[] arguments)
    {
        var run = Otguard.Run(["inspect", path, "--show", "fields", "--format", "jsonl", .. arguments]);
        Assert.AreEqual(0, run.ExitCode, run.Error);
        return [.. run.Json];
    }
}
