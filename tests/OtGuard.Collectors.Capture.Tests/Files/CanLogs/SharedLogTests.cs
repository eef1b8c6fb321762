using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;
using OtGuard.Collectors.Capture.Files;
using OtGuard.TestKit;
using static OtGuard.Collectors.Capture.Tests.Files.CanLogs.CanText;

namespace OtGuard.Collectors.Capture.Tests.Files.CanLogs;

[TestClass]
public sealed partial class SharedLogTests
{
    private const string PythonCan = "can/formats/python-can/";

    // How a line with a frame looks in each format, told without the reader.
    private const string LoggedFrame = @"^\(\d+\.\d+\) \w+ [0-9A-Fa-f]+#";
    private const string PrintedFrame = @"^ \(\d+\.\d+\)  \w+  [0-9A-F]+   \[\d\]  ";

    [TestMethod]
    [DataRow("can/crysys/S-1-1-benign.log.gz", "candump", LoggedFrame)]
    [DataRow("can/crysys/S-1-1-malicious-CONST-msg-mod-0x410-0.4-0.6.log.gz", "candump", LoggedFrame)]
    [DataRow("can/crysys/trace_1.log.gz", "CAN table", @"^\d{10}\.\d+ +[0-9a-f]{4} ")]
    [DataRow("can/ev/2009_Zebra_Frozenbattery.trc.gz", "TRC", @"^ *\d+\) +[\d.]+  Rx ")]
    [DataRow("can/ev/EV-CANeplus2.log.gz", "CAN table", "\tRX\t")]
    [DataRow("can/ev/I3_akku_only.trc", "CARBUS", @"^\d+,\d+\t")]
    [DataRow("can/formats/BusMasterLog.log.gz", "BUSMASTER", @"^\d+:\d+:\d+:\d+ Rx ")]
    [DataRow("can/formats/CRTD_Log.txt.gz", "CRTD", @"^\d+\.\d+ R11 ")]
    [DataRow("can/formats/CarBusAnalyzer.trc", "CARBUS", @"^\d+,\d+\t")]
    [DataRow("can/formats/GVRET_Log.csv.gz", "CAN table", @"^\d+,[0-9A-F]{8},")]
    [DataRow("can/formats/candump.log.gz", "candump", LoggedFrame)]
    [DataRow("can/formats/sample-can.log", "candump", LoggedFrame)]
    [DataRow("can/j1939/BAM_Block_attack.txt.gz", "candump", PrintedFrame)]
    [DataRow("can/j1939/candump_dgdiagnostics_paccar_mx.txt.gz", "candump", LoggedFrame)]
    [DataRow("can/j1939/dos_full.log.gz", "candump", PrintedFrame)]
    [DataRow("can/j1939/fuzz_1ms_ID_Only.log.gz", "candump", PrintedFrame)]
    [DataRow("can/j1939/labeled_TSC1.csv.gz", "CAN table", @"^\d+\.\d+,can0,\d+,")]
    [DataRow("can/j1939/memory_leak_attack.log", "candump", LoggedFrame)]
    [DataRow("can/j1939/normal.log.gz", "candump", PrintedFrame)]
    [DataRow("can/j1939/tsc1.log.gz", "candump", PrintedFrame)]
    [DataRow("can/otids/a1.txt", "OTIDS text", "^Timestamp:")]
    [DataRow("can/road/Deal_correlated_signal_attack_1_masquerade.csv.gz", "CAN table", @"^\d+(,\d+){8},[01]\.0")]
    [DataRow("can/road/Deal_correlated_signal_attack_2_masquerade.csv.gz", "CAN table", @"^\d+(,\d+){8},[01]\.0")]
    [DataRow("can/road/Deal_max_engine_coolant_temp_attack_masquerade.csv.gz", "CAN table", @"^\d+(,\d+){8},[01]\.0")]
    [DataRow("can/road/Deal_reverse_light_off_attack_1_masquerade.csv.gz", "CAN table", @"^\d+(,\d+){8},[01]\.0")]
    [DataRow("can/road/Deal_reverse_light_off_attack_2_masquerade.csv.gz", "CAN table", @"^\d+(,\d+){8},[01]\.0")]
    [DataRow("can/similarity/test_data.log", "CAN table", "^[01] [0-9a-fA-F]{3}")]
    public void Every_log_is_read_completely(string relative, string format, string frameLine)
    {
        var lines = Lines(relative).Count(line => Regex.IsMatch(line, frameLine));

        var reading = ReadShared(relative);

        Assert.AreEqual(lines, reading.Frames.Count);
        Assert.IsGreaterThan(50, lines);
        Assert.AreEqual(format, reading.Files[0].Format);
        Assert.AreEqual(0, reading.Files[0].SkippedBytes);
        Assert.IsTrue(reading.Frames.All(frame => frame.LinkType == 227));
        Assert.DoesNotContain("could not be read", string.Concat(reading.Notices.Select(notice => notice.Text)));
    }

    [TestMethod]
    public void Every_file_of_the_can_folder_is_read_or_named_for_what_it_is()
    {
        var named = new Dictionary<string, string>();
        var folder = SharedData.PathOf("can");
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            try
            {
                using var source = CaptureFiles.Open([path]);
                Assert.IsTrue(source.TryRead(out _), path);
            }
            catch (UnreadableCaptureException fault)
            {
                named[Path.GetRelativePath(folder, path)] = fault.Message;
            }
        }

        var others = named.Where(file => !file.Key.EndsWith(".dbc", StringComparison.Ordinal)).ToDictionary();
        // The ground truth beside the traces, another tool's result, a table of names, and a diagnosis tool's report.
        Assert.AreSequenceEqual(
            [
                "crysys/S-1-1-benign.json", "crysys/S-1-1-malicious-CONST-msg-mod-0x410-0.4-0.6.json",
                "ev/test4-vin_and_status.txt", "j1939/pgn_labels.csv", "ndpi/can.pcap.out",
            ],
            others.Keys);
        Assert.EndsWith("it is the report of a diagnosis tool (EDIABAS), without frames.", others["ev/test4-vin_and_status.txt"]);
        Assert.IsTrue(others.Where(file => file.Key.EndsWith(".json", StringComparison.Ordinal))
            .All(file => file.Value.EndsWith("it is JSON.", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow("can/formats/GVRET_Log.csv.gz")]
    [DataRow("can/formats/CRTD_Log.txt.gz")]
    [DataRow("can/formats/BusMasterLog.log.gz")]
    public void One_log_in_four_formats_has_the_same_frames(string relative)
    {
        var candump = ReadShared("can/formats/candump.log.gz");
        var other = ReadShared(relative);

        Assert.AreSequenceEqual(candump.Words(), other.Words());
        // The candump of this set has whole seconds only, the other three have milliseconds.
        var gvret = ReadShared("can/formats/GVRET_Log.csv.gz");
        var shift = other.Frames[0].Time - gvret.Frames[0].Time;
        Assert.AreSequenceEqual(gvret.Frames.Select(frame => frame.Time), other.Frames.Select(frame => frame.Time - shift));
    }

    [TestMethod]
    public void Labelled_table_has_the_frames_and_times_of_its_log()
    {
        var log = ReadShared("can/j1939/tsc1.log.gz");
        var table = ReadShared("can/j1939/labeled_TSC1.csv.gz");

        Assert.AreSequenceEqual(log.Contents, table.Contents);
    }

    [TestMethod]
    public void Asc_and_its_conversion_to_trc_have_the_same_frames()
    {
        var asc = ReadShared(PythonCan + "test_CanMessage.asc");
        var trc = ReadShared(PythonCan + "test_CanMessage.trc");

        Assert.AreSequenceEqual(asc.Words(), trc.Words());
        // The start time of a trace is a fraction of a day with microseconds.
        Assert.AreSequenceEqual(
            asc.Frames.Select(frame => frame.Time / 1000), trc.Frames.Select(frame => frame.Time / 1000));
    }

    [TestMethod]
    public void Two_versions_of_a_trace_have_the_same_frames()
    {
        var first = ReadShared(PythonCan + "test_CanMessage_V1_0_BUS1.trc");
        var second = ReadShared(PythonCan + "test_CanMessage_V2_1.trc");

        Assert.AreSequenceEqual(first.Words(), second.Words());
        for (var i = 0; i < first.Frames.Count; i++)
            Assert.AreEqual(first.Frames[i].Time / 1e9, second.Frames[i].Time / 1e9, 0.0011);
    }

    [TestMethod]
    public void Changed_trace_differs_in_the_changed_identifier_alone()
    {
        var benign = ReadShared("can/crysys/S-1-1-benign.log.gz").Contents;
        var malicious = ReadShared("can/crysys/S-1-1-malicious-CONST-msg-mod-0x410-0.4-0.6.log.gz");

        var contents = malicious.Contents;

        var changed = malicious.Frames.Where((_, i) => contents[i] != benign[i]).ToList();

        Assert.IsNotEmpty(changed);
        Assert.IsTrue(changed.All(frame => Words(frame).StartsWith("410 ", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow("logfile.asc")]
    [DataRow("single_frame.asc")]
    [DataRow("test_CanErrorFrames.asc")]
    [DataRow("test_CanFdMessage.asc")]
    [DataRow("test_CanFdMessage.blf")]
    [DataRow("test_CanMessage.asc")]
    [DataRow("test_CanMessage.blf")]
    [DataRow("test_CanMessage.trc")]
    [DataRow("test_CanMessage_V2_1.trc")]
    [DataRow("test_CanRemoteMessage.asc")]
    public void Frames_agree_with_python_can(string file)
    {
        var expected = PythonFrames(SharedData.PathOf(PythonCan + file));
        var reading = ReadShared(PythonCan + file);
        var actual = reading.Frames.Select(frame => Comparable(frame, reading.Frames[0].Time)).ToList();
        foreach (var (line, without) in PythonDifferences(file))
        {
            Assert.IsTrue(actual.Remove(line), line);
            if (without is not null) Assert.IsTrue(expected.Remove(without), without);
        }

        Assert.AreSequenceEqual(expected, actual);
    }

    [TestMethod]
    [DataRow("can/formats/sample-can.log", ".log")]
    [DataRow("can/formats/candump.log.gz", ".log")]
    [DataRow("can/j1939/memory_leak_attack.log", ".log")]
    [DataRow("can/j1939/candump_dgdiagnostics_paccar_mx.txt.gz", ".log")]
    [DataRow("can/ev/2009_Zebra_Frozenbattery.trc.gz", ".trc")]
    public void Frames_of_larger_logs_agree_with_python_can(string relative, string extension)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("log" + extension);
        File.WriteAllLines(path, Lines(relative));
        var reading = ReadShared(relative);

        Assert.AreSequenceEqual(
            PythonFrames(path), reading.Frames.Select(frame => Comparable(frame, reading.Frames[0].Time)));
    }

    // What python-can reads otherwise, and why: (as it is read here, as python-can reads it).
    private static (string Line, string? Python)[] PythonDifferences(string file) => file switch
    {
        // A CANFD line whose flags lack FDF and whose data are left out: a classic remote frame, as CAN FD has none.
        "logfile.asc" => [("27799981 50005x R [5]", "27799981 50005x R F [5]")],
        // python-can passes over remote frames of traces.
        "test_CanMessage_V2_1.trc" => [("31402200 704 R [1]", null)],
        // A classic line with 64 bytes cannot be a classic frame; python-can keeps eight of them.
        "single_frame.asc" => [("0 123x F [64] " + Counting(64), "0 123x [8] " + Counting(8))],
        _ => [],
    };

    private static string Counting(int bytes) => Convert.ToHexString([.. Enumerable.Range(0, bytes).Select(i => (byte)i)]);

    private static string Comparable(ReadFrame frame, long first)
    {
        var words = Words(frame);
        var error = words.StartsWith("error", StringComparison.Ordinal);
        return $"{(long)Math.Round((frame.Time - first) / 1000.0)} {(error ? "error" : words)}";
    }

    private static List<string> PythonFrames(string path)
    {
        const string Script = """
            import sys, can
            first = None
            for m in can.LogReader(sys.argv[1]):
                first = m.timestamp if first is None else first
                time = round((m.timestamp - first) * 1e6)
                if m.is_error_frame:
                    print(time, 'error')
                    continue
                # An identifier above 7FF has 29 bits, whatever the flag says; a classic frame has at most 8 bytes.
                extended = m.is_extended_id or m.arbitration_id > 0x7ff
                length = m.dlc if m.is_fd or len(m.data) > 8 else min(m.dlc, 8)
                flags = (' R' if m.is_remote_frame else '') + (' F' if m.is_fd else '') + (
                    'B' if m.bitrate_switch else '') + ('S' if m.error_state_indicator else '')
                data = '' if m.is_remote_frame or length == 0 else ' ' + m.data.hex().upper()
                print(f"{time} {m.arbitration_id:X}{'x' if extended else ''}{flags} [{length}]{data}")
            """;
        const string Python = "/usr/bin/python3";
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Python, ["-c", Script, path])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var faults = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0 && faults.Result.Contains("No module named", StringComparison.Ordinal)) Missing();
            Assert.AreEqual(0, process.ExitCode, faults.Result);
            return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Missing();
            throw;
        }
    }

    private static void Missing()
    {
        const string Message = "python-can (Debian: python3-can) is not installed.";
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(Message);
        Assert.Inconclusive(Message);
    }

    private static string[] Lines(string relative)
    {
        var path = SharedData.PathOf(relative);
        using var file = File.OpenRead(path);
        using Stream stream = relative.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
        using var reader = new StreamReader(stream);
        return LineEnd().Split(reader.ReadToEnd());
    }

    [GeneratedRegex("\r\n|\n|\r")]
    private static partial Regex LineEnd();
}
