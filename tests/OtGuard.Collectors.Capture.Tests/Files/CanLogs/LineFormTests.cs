using static OtGuard.Collectors.Capture.Tests.Files.CanLogs.CanText;

namespace OtGuard.Collectors.Capture.Tests.Files.CanLogs;

[TestClass]
public sealed class LineFormTests
{
    private const string Epoch = "(1436509052.249713)";

    [TestMethod]
    [DataRow(Epoch + " vcan0 123#DEAD", "123 [2] DEAD")]
    [DataRow(Epoch + " vcan0 123#", "123 [0]")]
    [DataRow(Epoch + " vcan0 044#2A366C2BBA", "44 [5] 2A366C2BBA")]
    [DataRow(Epoch + " vcan0 123#0011223344556677 R", "123 [8] 0011223344556677")]
    [DataRow(Epoch + " vcan0 123#0011223344556677 T B", "123 [8] 0011223344556677")]
    [DataRow(Epoch + " vcan0 123#11.22.33", "123 [3] 112233")]
    [DataRow(Epoch + " vcan0 123#0011223344556677_9", "123 [8] 0011223344556677")]
    [DataRow(Epoch + " vcan0 0000007F#11", "7Fx [1] 11")]
    [DataRow(Epoch + " vcan0 1F334455#1122334455667788", "1F334455x [8] 1122334455667788")]
    [DataRow(Epoch + " vcan0 9F334455#11", "1F334455x [1] 11")]
    [DataRow(Epoch + " vcan0 123#R", "123 R [0]")]
    [DataRow(Epoch + " vcan0 123#R5", "123 R [5]")]
    [DataRow(Epoch + " vcan0 123##1112233", "123 FB [3] 112233")]
    [DataRow(Epoch + " vcan0 123##311", "123 FBS [1] 11")]
    [DataRow(Epoch + " vcan0 12345678##0", "12345678x F [0]")]
    [DataRow(Epoch + " vcan0 20000088#0000000000000000", "error 88")]
    [DataRow("  can0  123   [8]  11 22 33 44 55 66 77 88", "123 [8] 1122334455667788")]
    [DataRow(" (000.001671)  can0  08FE6E0B   [3]  FF FE FF", "8FE6E0Bx [3] FFFEFF")]
    [DataRow(" (2021-12-18 14:28:07.062001)  can0  123   [2]  11 22   '.\"'", "123 [2] 1122")]
    [DataRow("  can0  123  [08]  11 22 33 44 55 66 77 88", "123 F [8] 1122334455667788")]
    [DataRow("  can0  RX B -  123  [02]  11 22", "123 FB [2] 1122")]
    [DataRow("  can0  TX - -  123   [1]  11", "123 [1] 11")]
    [DataRow("  can0  123   [4]  remote request", "123 R [4]")]
    [DataRow("  can0  20000088   [8]  00 00 00 00 00 00 00 00   ERRORFRAME", "error 88")]
    public void Candump_writes_frames_in_these_forms(string line, string expected)
    {
        var reading = ReadText(line + "\n");

        Assert.AreSequenceEqual([expected], reading.Words());
        Assert.AreEqual("candump", reading.Files[0].Format);
        Assert.AreEqual(227, reading.Frames[0].LinkType);
    }

    [TestMethod]
    [DataRow("1.5 1 C8 Rx d 2 09 08", "C8 [2] 0908")]
    [DataRow("1.5 1 C8 Tx d 0", "C8 [0]")]
    [DataRow("1.5 1 18EBFF00x Rx d 1 01 Length = 273910 BitCount = 141 ID = 418119424x", "18EBFF00x [1] 01")]
    [DataRow("1.5 1 EngineData Rx d 1 01 Length = 273910 BitCount = 141 ID = 200", "C8 [1] 01")]
    [DataRow("1.5 2 100 Tx r", "100 R [0]")]
    [DataRow("1.5 2 300 Tx r 8 Length = 1704000 BitCount = 145 ID = 88888888x", "300 R [8]")]
    [DataRow("1.5 1 ErrorFrame ECC: 10100010", "error 80")]
    [DataRow("1.5 CANFD 5 Tx ErrorFrame Not Acknowledge error, dominant error flag", "error 20")]
    [DataRow("1.5 CANFD 1 Rx 300 1 0 8 8 11 c2 03 04 05 06 07 08 102203 133 303000", "300 FB [8] 11C2030405060708")]
    [DataRow("1.5 CANFD 1 Rx 300 Name_12 0 1 9 12 1 2 3 4 5 6 7 8 9 a b c", "300 FS [12] 0102030405060708090A0B0C")]
    [DataRow("1.5 CANFD 3 Tx 50005x 0 0 5 0 140000 73 200050 7a60", "50005x R [5]")]
    [DataRow("1.5 CANFD 3 Tx 5x 0 0 1 1 aa 140000 73 200040 7a60", "5x [1] AA")]
    public void Asc_has_frames_in_these_forms(string line, string expected)
    {
        var reading = ReadText($"date Sat Sep 30 15:06:13.191 2017\nbase hex  timestamps absolute\n  {line}\n");

        Assert.AreSequenceEqual([expected], reading.Words());
        Assert.AreEqual(1506783973_191000000 + 1_500_000_000, reading.Frames[0].Time);
        Assert.AreEqual("ASC", reading.Files[0].Format);
    }

    [TestMethod]
    public void Asc_in_decimal_with_relative_times()
    {
        var reading = ReadText(
            "base dec timestamps relative\n0.5 1 200 Rx d 2 16 255\n0.25 Start of measurement\n0.25 1 200x Rx d 1 1\n");

        Assert.AreSequenceEqual(["C8 [2] 10FF", "C8x [1] 01"], reading.Words());
        Assert.AreSequenceEqual([500_000_000L, 1_000_000_000L], reading.Frames.Select(frame => frame.Time));
    }

    [TestMethod]
    [DataRow("Sat Sep 30 15:06:13.191 2017")]
    [DataRow("Sam Sep 30 15:06:13.191 2017")]
    [DataRow("Sat Sep 30 03:06:13.191 PM 2017")]
    [DataRow("Sat Sep 30 03:06:13.191 pm 2017")]
    [DataRow("sam. sept. 30 15:06:13.191 2017")]
    [DataRow("30.09.2017 15:06:13.191")]
    [DataRow("2017-09-30 15:06:13.191")]
    [DataRow("9/30/2017 3:06:13.191 PM")]
    public void Date_is_read_in_the_usual_locales(string date)
    {
        var reading = ReadText($"date {date}\nbase hex timestamps absolute\n0.0 1 C8 Rx d 0\n");

        Assert.AreEqual(1506783973_191000000, reading.Frames[0].Time);
    }

    [TestMethod]
    [DataRow("Mit Mär 1 00:00:00 2017", 1488326400)]
    [DataRow("mar. mai 2 00:00:00 2017", 1493683200)]
    [DataRow("Die Okt 3 00:00:00 2017", 1506988800)]
    [DataRow("Don Dez 7 12:00:00 AM 2017", 1512604800)]
    public void Month_is_read_in_other_languages(string date, long seconds)
    {
        var reading = ReadText($"date {date}\nbase hex timestamps absolute\n0.0 1 C8 Rx d 0\n");

        Assert.AreEqual(seconds * 1_000_000_000, reading.Frames[0].Time);
    }

    [TestMethod]
    [DataRow("", "     1)     17535  00000100  2  00 11", "100x [2] 0011")]
    [DataRow("", "    12)     48937      0704  1  RTR", "704 R [1]")]
    [DataRow("1.1", "     1)         3.0  Rx         0210  2  FF FE", "210 [2] FFFE")]
    [DataRow("1.1", "     1)         3.0  Error      0008  4  00 19 08 08", "error 80")]
    [DataRow("1.2", "     1)         3.0 1  Rx         0210  2  FF FE", "210 [2] FFFE")]
    [DataRow("1.3", "     1)         3.0 1  Rx        0210 -  2  FF FE", "210 [2] FFFE")]
    [DataRow("2.0", "     1     1059.900 DT     0300 Rx 7  00 00 00 00 04 00 00", "300 [7] 00000000040000")]
    [DataRow("2.0", "     1     1059.900 FB     0300 Rx 12 00 00 00 00 04 00 00 01 02 03 04 05",
        "300 FB [12] 000000000400000102030405")]
    [DataRow("2.1", "     1     1059.900 BI 1   0300 Rx -  9 00 00 00 00 04 00 00 01 02 03 04 05",
        "300 FBS [12] 000000000400000102030405")]
    [DataRow("2.1", "     1     1059.900 FE 1   0300 Rx -  1 00", "300 FS [1] 00")]
    [DataRow("2.1", "     1     1059.900 RR 1   0300 Rx -  3", "300 R [3]")]
    [DataRow("2.1", "     1     1059.900 ER 1     -  Rx -  5 04 00 02 00 00", "error 80")]
    public void Trc_has_frames_in_these_forms(string version, string line, string expected)
    {
        var header = version.Length == 0 ? ";##########\n" : $";$FILEVERSION={version}\n;$STARTTIME=44548.5\n";

        var reading = ReadText($"{header};   Start time: 18.12.2021 12:00:00.000\n{line}\n");

        Assert.AreSequenceEqual([expected], reading.Words());
        Assert.AreEqual(1639828800, reading.Frames[0].Time / 1_000_000_000 / 60 * 60);
    }

    [TestMethod]
    public void Trc_columns_are_taken_from_the_header()
    {
        var reading = ReadText(";$FILEVERSION=2.0\n;$COLUMNS=N,O,I,l,T,D\n 1 2.5 0300 2 DT 11 22\n");

        Assert.AreSequenceEqual(["300 [2] 1122"], reading.Words());
    }

    [TestMethod]
    public void Trc_that_tells_of_the_bus_is_passed_over_and_said()
    {
        var reading = ReadText(
            ";$FILEVERSION=1.1\n;$STARTTIME=44548.5\n 1) 1.0 Rx 0210 1 FF\n 2) 2.0 Warng FFFFFFFF 4 00 00 00 08 BUSHEAVY\n");

        Assert.HasCount(1, reading.Frames);
        Assert.AreEqual(
            "1 line (4) with something else than a frame, passed over; line 4 is ' 2) 2.0 Warng FFFFFFFF 4 00 00 00 08 BUSHEAVY'.",
            reading.Notices.Single().Text);
    }

    [TestMethod]
    public void BusMaster_writes_hexadecimal_and_decimal()
    {
        const string Header =
            "***BUSMASTER Ver 2.4.0***\n***PROTOCOL CAN***\n***START DATE AND TIME 23:9:2015 22:17:28:928***\n";
        var hexadecimal = ReadText(Header + "***HEX***\n***SYSTEM MODE***\n"
            + "22:20:14:9920 Rx 1 0x21A s 2 FE 36 \n22:20:15:5 Tx 1 0x0000021A x 1 10 \n22:20:16:0000 Rx 2 0x21A sr 4\n");
        var decimals = ReadText(Header + "***DEC***\n***ABSOLUTE MODE***\n00:00:01:0000 Rx 1 538 s 2 254 54\n");

        Assert.AreSequenceEqual(["21A [2] FE36", "21Ax [1] 10", "21A R [4]"], hexadecimal.Words());
        Assert.AreEqual(1443046814_992000000, hexadecimal.Frames[0].Time);
        Assert.AreEqual(1443046815_005000000, hexadecimal.Frames[1].Time);
        Assert.AreSequenceEqual(["21A [2] FE36"], decimals.Words());
        Assert.AreEqual(1443046649_928000000, decimals.Frames[0].Time);
    }

    [TestMethod]
    public void Clock_of_the_day_goes_on_past_midnight()
    {
        var reading = ReadText("***BUSMASTER Ver 2.4.0***\n***START DATE AND TIME 23:9:2015 23:59:00:000***\n"
            + "23:59:59:0000 Rx 1 0x1 s 0\n00:00:01:0000 Rx 1 0x1 s 0\n");

        Assert.AreEqual(2_000_000_000, reading.Frames[1].Time - reading.Frames[0].Time);
    }

    [TestMethod]
    public void Crtd_has_a_bus_in_front_of_the_type()
    {
        var reading = ReadText(
            "1320745424.000 CXX OVMS log\n1320745424.002 R11 402 FA 01\n1320745424.015 2R29 402 02\n1320745424.106 CEV Open\n");

        Assert.AreSequenceEqual(["402 [2] FA01", "402x [1] 02"], reading.Words());
        Assert.AreSequenceEqual(["1", "2"], reading.Files[0].Interfaces.Select(item => item.Name));
        Assert.AreEqual(1320745424_002000000, reading.Frames[0].Time);
    }

    [TestMethod]
    public void Otids_text_marks_remote_frames()
    {
        var reading = ReadText("Timestamp:          0.001600        ID: 0220    000    DLC: 2    ec 03\n"
            + "Timestamp:          0.001684        ID: 0153    100    DLC: 0\n");

        Assert.AreSequenceEqual(["220 [2] EC03", "153 R [0]"], reading.Words());
    }

    [TestMethod]
    public void Microchip_log_is_read_behind_its_header()
    {
        var reading = ReadText("//---\nMicrochip Technology Inc.\nCAN BUS Analyzer\n//---\n//---\nSystem Settings\n//---\n"
            + "39048;RX;0x0000021A;2;0xFE;0x36\n39049;TX;0x18FEF100;1;0x01\n");

        Assert.AreSequenceEqual(["21A [2] FE36", "18FEF100x [1] 01"], reading.Words());
        Assert.AreEqual(1_000_000, reading.Frames[1].Time - reading.Frames[0].Time);
    }

    [TestMethod]
    public void Lines_that_cannot_be_read_are_counted_and_shown_with_their_numbers()
    {
        var reading = ReadText($"{Epoch} can0 1#1\n{Epoch} can0 123#11\nwhat?\n{Epoch} can0 123#1\n\n{Epoch} can0 123#22\n"
            + $"{Epoch} can0 123#0011223344556677889900\n");

        Assert.HasCount(2, reading.Frames);
        Assert.AreEqual(
            $"4 lines (1, 3-4, 7) could not be read as candump; line 1 is '{Epoch} can0 1#1'.", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Many_lines_that_cannot_be_read_take_one_notice()
    {
        var lines = Enumerable.Range(0, 1000).Select(i => $"{Epoch} can0 123#11\n{Epoch} can0 123#1\n");

        var reading = ReadText(string.Concat(lines));

        Assert.HasCount(1000, reading.Frames);
        Assert.StartsWith("1000 lines (2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24 and 988 more)", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Can_xl_frames_are_counted()
    {
        var reading = ReadText($"{Epoch} can0 123#11\n{Epoch} can0 45123#81:00:12345678#11223344\n");

        Assert.HasCount(1, reading.Frames);
        Assert.AreEqual(1, reading.Files[0].SkippedFrames);
        Assert.AreEqual("1 line (2) with a CAN XL frame: counted and left out.", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Every_channel_has_a_number_and_its_name()
    {
        var reading = ReadText($"{Epoch} can0 123#11\n{Epoch} can1 123#11\n{Epoch} can0 123#11\n");

        Assert.AreSequenceEqual([0, 1, 0], reading.Frames.Select(frame => frame.Source));
        Assert.AreSequenceEqual(["can0", "can1"], reading.Files[0].Interfaces.Select(item => item.Name));
    }

    [TestMethod]
    public void Channels_beyond_the_limit_are_left_out_and_counted()
    {
        var reading = ReadText(string.Concat(Enumerable.Range(0, 300).Select(i => $"{Epoch} can{i} 123#11\n")));

        Assert.HasCount(256, reading.Files[0].Interfaces);
        Assert.AreEqual(44, reading.Files[0].SkippedFrames);
        Assert.AreEqual(
            "44 frames of channels beyond the limit of 256 were left out, first after frame 256.", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Time_that_goes_backwards_is_reported_and_kept()
    {
        var reading = ReadText("(2.000000) can0 123#11\n(1.000000) can0 123#11\n");

        Assert.AreSequenceEqual([2_000_000_000L, 1_000_000_000L], reading.Frames.Select(frame => frame.Time));
        Assert.StartsWith("Time goes backwards at 1 frame", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Log_without_times_is_in_order_and_says_so()
    {
        var reading = ReadText("  can0  123   [1]  11\n  can0  123   [1]  22\n");

        Assert.AreSequenceEqual([0L, 1_000_000L], reading.Frames.Select(frame => frame.Time));
        Assert.Contains("no times", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Line_ends_and_byte_order_mark_of_windows_do_not_matter()
    {
        var reading = ReadText($"\ufeff{Epoch} can0 123#11\r\n{Epoch} can0 123#22\r\n");

        Assert.AreSequenceEqual(["123 [1] 11", "123 [1] 22"], reading.Words());
        Assert.IsEmpty(reading.Notices);
    }

    [TestMethod]
    public void Line_without_an_end_is_taken_and_said()
    {
        var reading = ReadText($"{Epoch} can0 123#1122\n{Epoch} can0 123#11");

        Assert.HasCount(2, reading.Frames);
        Assert.AreEqual(
            "The last line, 2, has no line end and may have been cut; its frame was taken as it is.", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Line_of_a_megabyte_is_passed_over()
    {
        var reading = ReadText($"{Epoch} can0 123#11\n{new string('x', 1 << 20)}\n{Epoch} can0 123#22\n");

        Assert.AreSequenceEqual(["123 [1] 11", "123 [1] 22"], reading.Words());
        Assert.StartsWith("1 line (2) could not be read as candump", reading.Notices.Single().Text);
        Assert.IsGreaterThan(1 << 20, reading.Files[0].SkippedBytes);
    }
}
