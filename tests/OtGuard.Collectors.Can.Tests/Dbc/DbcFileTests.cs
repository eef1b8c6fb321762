using System.Globalization;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.TestKit;

namespace OtGuard.Collectors.Can.Tests.Dbc;

[TestClass]
public sealed class DbcFileTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Every_shared_file_loads_with_the_number_of_messages_its_list_states()
    {
        var listed = File.ReadLines(SharedData.PathOf("README.md"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length > 4 && cells[1].EndsWith(".dbc", StringComparison.Ordinal))
            .Select(cells => (Path: cells[1], Count: int.Parse(cells[4].Split(' ')[0], CultureInfo.InvariantCulture)))
            .ToArray();

        Assert.IsGreaterThan(15, listed.Length);
        foreach (var (path, count) in listed)
        {
            var file = DbcReader.ReadFile(SharedData.PathOf(path));
            TestContext.WriteLine(
                $"{path}: {file.Messages.Count} messages, {file.Messages.Sum(m => m.Signals.Count)} signals, "
                + $"{file.Faults.Count} faults: {string.Join(" | ", file.Faults.Take(5).Select(f => $"{f.Line}: {f.Text}"))}");
            Assert.HasCount(count, file.Messages, path);
        }
    }

    [TestMethod]
    public void Every_signal_line_of_the_shared_files_is_read_or_its_fault_listed()
    {
        foreach (var folder in new[] { "can/dbc", "can/ev", "can/formats" })
        {
            foreach (var path in Directory.EnumerateFiles(SharedData.PathOf(folder), "*.dbc"))
            {
                var lines = File.ReadLines(path).Count(line => line.TrimStart().StartsWith("SG_ ", StringComparison.Ordinal));
                var file = DbcReader.ReadFile(path);
                var left = file.Faults.Count(fault => fault.Text.Contains("left out", StringComparison.Ordinal));

                Assert.AreEqual(lines, file.Messages.Sum(message => message.Signals.Count) + left, path);
            }
        }
    }

    // ExampleMessage of motohawk.dbc, worked by hand: Temperature 0|12@0- (0.01,250), AverageRadius 6|6@0+ (0.1,0),
    // Enable 7|1@0+. C0 06 E0: Enable bit 7 = 1, radius bits 6..1 = 100000b = 32 -> 3.2, temperature = bit 0 of byte 0
    // (0), byte 1 (06), top three bits of byte 2 (111b) = 0000 0011 0111b = 55 -> 250.55.
    [TestMethod]
    [DataRow("C0 06 E0 00 00 00 00 00", 250.55, 3.2, 1)]
    [DataRow("01 FF E0 00 00 00 00 00", 249.99, 0.0, 0)]
    [DataRow("01 00 00 00 00 00 00 00", 229.52, 0.0, 0)]
    public void Big_endian_signals_cross_bytes(string data, double temperature, double radius, double enable)
    {
        var message = Load("can/dbc/motohawk.dbc").Messages.Single();
        var payload = Bus.Bytes(data);

        Assert.AreEqual(temperature, Value(message, "Temperature", payload), 1e-9);
        Assert.AreEqual(radius, Value(message, "AverageRadius", payload), 1e-9);
        Assert.AreEqual(enable, Value(message, "Enable", payload), 1e-9);
        Assert.AreEqual("Disabled", message.Find("Enable")!.Values[0]);
        Assert.AreEqual("degK", message.Find("Temperature")!.Unit);
        Assert.AreEqual(229.52, message.Find("Temperature")!.Minimum);
        Assert.AreEqual("PCM1 FOO", string.Join(' ', message.Find("Temperature")!.Receivers));
        Assert.AreEqual("Example message used as template in MotoHawk models.", message.Comment);
        Assert.IsNull(message.CycleTime);
    }

    // signed.dbc: the same numbers at every place and in both orders; bits worked out by hand.
    [TestMethod]
    [DataRow("Message32", "s32", "FF FF FF FF 00 00 00 00", -1L)]
    [DataRow("Message32", "s32", "FE FF FF FF 00 00 00 00", -2L)]
    [DataRow("Message33", "s33", "00 00 00 00 01 00 00 00", -4294967296L)]
    [DataRow("Message33", "s33", "FF FF FF FF 00 00 00 00", 4294967295L)]
    [DataRow("Message64", "s64", "FF FF FF FF FF FF FF FF", -1L)]
    [DataRow("Message64", "s64", "00 00 00 00 00 00 00 80", long.MinValue)]
    [DataRow("Message64big", "s64big", "80 00 00 00 00 00 00 00", long.MinValue)]
    [DataRow("Message64big", "s64big", "FF FF FF FF FF FF FF FE", -2L)]
    [DataRow("Message33big", "s33big", "80 00 00 00 00 00 00 00", -4294967296L)]
    [DataRow("Message33big", "s33big", "00 00 00 00 80 00 00 00", 1L)]
    [DataRow("Message32big", "s32big", "FF FF FF FE 00 00 00 00", -2L)]
    [DataRow("Message63", "s63", "FF FF FF FF FF FF FF 7F", -1L)]
    [DataRow("Message63big", "s63big", "00 00 00 00 00 00 00 02", 1L)]
    [DataRow("Message63_1", "s63", "02 00 00 00 00 00 00 00", 1L)]
    [DataRow("Message63big_1", "s63big", "40 00 00 00 00 00 00 00", -4611686018427387904L)]
    [DataRow("Message378910", "s7", "FE 00 00 00 00 00 00 00", -1L)]
    [DataRow("Message378910", "s9", "00 00 FE 03 00 00 00 00", -1L)]
    [DataRow("Message378910", "s3", "00 00 00 00 1C 00 00 00", -1L)]
    [DataRow("Message378910", "s3big", "00 00 00 00 E0 00 00 00", -1L)]
    [DataRow("Message378910", "s8big", "01 FE 00 00 00 00 00 00", -1L)]
    [DataRow("Message378910", "s10big", "00 00 00 00 00 01 FF 80", -1L)]
    [DataRow("Message378910", "s7big", "00 00 00 00 00 00 00 7F", -1L)]
    public void Signed_signals_extend_their_sign(string message, string signal, string data, long expected)
    {
        var found = Load("can/dbc/signed.dbc").Messages.Single(m => m.Name == message).Find(signal)!;

        Assert.IsTrue(found.TryReadRaw(Bus.Bytes(data), out var raw));
        Assert.AreEqual(expected, raw);
    }

    [TestMethod]
    public void Floating_point_signals_are_read_as_such()
    {
        var file = Load("can/dbc/floating_point.dbc");
        var two = file.Messages.Single(m => m.Name == "Message2");

        // -129.448 as a double; 129.5 and 1234500.5 as singles, little-endian.
        Assert.AreEqual(
            -129.448, Value(file.Messages.Single(m => m.Name == "Message1"), "Signal1", Bus.Bytes("75931804562E60C0")), 1e-9);
        Assert.AreEqual(129.5, Value(two, "Signal1", Bus.Bytes("0080014324B29649")), 1e-3);
        Assert.AreEqual(1234500.5, Value(two, "Signal2", Bus.Bytes("0080014324B29649")), 1e-1);
    }

    [TestMethod]
    [DataRow("Shared", "02 11 00 00 00 00 00 00", "S0 S2")]
    [DataRow("Shared", "13 11 00 00 00 00 00 00", "S0 S1 S2")]
    [DataRow("Shared", "11 11 00 00 00 00 00 00", "S0 S1")]
    [DataRow("Normal", "10 11 00 00 00 00 00 00", "S0 S1")]
    [DataRow("Extended", "00 00 00 00 02 00 00 00", "S0 S1 S2 S3 S6 S8")]
    [DataRow("Extended", "20 00 00 00 01 00 00 00", "S0 S1 S4 S6 S7")]
    [DataRow("Extended", "01 00 00 00 01 00 00 00", "S0 S5 S6 S7")]
    [DataRow("ExtendedTypes", "05 00 00 00 00 00 00 00", "S11 S9")]
    [DataRow("ExtendedTypes", "03 00 00 00 00 00 00 00", "S0 S10 S11")]
    public void Multiplexing_simple_and_extended_selects_the_signals(string message, string data, string signals)
    {
        var found = Load("can/dbc/multiplex_2.dbc").Messages.Single(m => m.Name == message);
        var payload = Bus.Bytes(data);

        Assert.AreEqual(
            signals,
            string.Join(' ', found.Signals.Where(s => s.IsPresentIn(payload)).Select(s => s.Name).Order(StringComparer.Ordinal)));
    }

    [TestMethod]
    public void Short_frames_give_the_signals_that_fit()
    {
        var message = Load("can/dbc/motohawk.dbc").Messages.Single();

        Assert.IsTrue(message.Find("Enable")!.TryDecode(Bus.Bytes("80"), out var enable));
        Assert.AreEqual(1.0, enable);
        Assert.IsFalse(message.Find("Temperature")!.TryDecode(Bus.Bytes("80 00"), out _));
    }

    [TestMethod]
    public void J1939_files_name_a_parameter_group_from_any_sender()
    {
        var database = new DbcDatabase(Load("can/dbc/j1939.dbc"));
        var message = database.Files[0].Messages.First(m => (m.Identifier & 0x8000_0000) != 0);

        Assert.AreEqual(message.Name, database.Find(message.Identifier & 0x83FF_FF00 | 0x8C00_0042)?.Name);
    }

    [TestMethod]
    [DataRow("BO_ 1 A: 8 X\n SG_ S : 0|8@2+ (1,0) [0|0] \"\" X\n SG_ T : 0|8@1+ (1,0) [0|0] \"\" X", 2, 1)]
    [DataRow("BO_ 1 A: 8 X\nBO_ 1 B: 8 X", 2, 2)]
    [DataRow("BO_ 4000 A: 8 X", 1, 1)]
    [DataRow("BO_ 1 A: 8 X\nCM_ SG_ 1 Nothing \"x\";", 2, 1)]
    [DataRow("BO_ 1 A: 1 X\n SG_ S : 4|8@1+ (1,0) [0|0] \"\" X", 2, 1)]
    [DataRow("BO_ 1 A: 8 X\nCM_ \"never ends", 2, 1)]
    [DataRow("nonsense here\nBO_ 1 A: 8 X", 1, 1)]
    public void Faults_are_listed_with_their_lines_and_the_rest_is_read(string text, int line, int messages)
    {
        var file = DbcReader.Read(text, "x");

        Assert.IsTrue(file.Faults.Any(fault => fault.Line == line), string.Join(" | ", file.Faults));
        Assert.HasCount(messages, file.Messages);
    }

    [TestMethod]
    public void Attributes_have_defaults_and_enumerations_their_words()
    {
        var file = DbcReader.Read(
            """
            BO_ 100 A: 8 X
            BO_ 101 B: 8 X
            BA_DEF_ BO_ "GenMsgCycleTime" INT 0 10000;
            BA_DEF_ BO_ "Kind" ENUM "no","yes";
            BA_DEF_DEF_ "GenMsgCycleTime" 100;
            BA_ "GenMsgCycleTime" BO_ 101 20;
            BA_ "Kind" BO_ 100 1;
            """,
            "x");

        Assert.AreEqual(TimeSpan.FromMilliseconds(100), file.Messages[0].CycleTime);
        Assert.AreEqual(TimeSpan.FromMilliseconds(20), file.Messages[1].CycleTime);
        Assert.AreEqual("yes", file.Messages[0].Attributes["Kind"]);
        Assert.IsEmpty(file.Faults);
    }

    [TestMethod]
    public void Signals_are_members_of_the_frames_json()
    {
        var bus = new Bus(database: new DbcDatabase(Load("can/dbc/motohawk.dbc")));
        var json = bus.Send("1F0", "C0 06 E0 00 00 00 00 00").Frames.Single().Json;

        Assert.AreEqual("1F0", json.GetProperty("id").GetString());
        Assert.AreEqual("C006E00000000000", json.GetProperty("data").GetString());
        Assert.AreEqual(250.55, json.GetProperty("signals").GetProperty("Temperature").GetDouble(), 1e-9);
        Assert.AreEqual(1, json.GetProperty("signals").GetProperty("Enable").GetInt32());
    }

    private static DbcFile Load(string path) => DbcReader.ReadFile(SharedData.PathOf(path));

    private static double Value(DbcMessage message, string signal, byte[] payload)
    {
        Assert.IsTrue(message.Find(signal)!.TryDecode(payload, out var value));
        return value;
    }
}
