using OtGuard.Collectors.Capture.Files;
using static OtGuard.Collectors.Capture.Tests.Files.CanLogs.CanText;

namespace OtGuard.Collectors.Capture.Tests.Files.CanLogs;

[TestClass]
public sealed class TableTests
{
    [TestMethod]
    // The usual research data sets.
    [DataRow("1478198376.389427,0316,8,05,21,68,09,21,21,00,6f,R\n1478198376.389636,018f,2,fe,5b,T\n",
        "316 [8] 052168092121006F", "18F [2] FE5B")]
    [DataRow("852,32,10,0,0,0,2,116,128,0.0\n1505,137,63,192,11,10,1,56,128,1.0\n",
        "354 [8] 200A000000027480", "5E1 [8] 893FC00B0A013880")]
    [DataRow("0 080#0017dc09161116bb\n1 5a0\n1 018#7F58\n", "80 [8] 0017DC09161116BB", "5A0 [0]", "18 [2] 7F58")]
    [DataRow("Timestamp,Arbitration_ID,DLC,Data,Class\n1597.25,18F,3,20 A1 10,Normal\n1597.26,220,1,03,Attack\n",
        "18F [3] 20A110", "220 [1] 03")]
    [DataRow("timestamp,arbitration_id,data_field,attack\n1597.25,0C1,0000A1,0\n1597.26,1F3,FF,1\n", "C1 [3] 0000A1", "1F3 [1] FF")]
    [DataRow("ID,DATA_0,DATA_1,DATA_2,DATA_3,DATA_4,DATA_5,DATA_6,DATA_7,label\n65,96,0,0,0,0,0,0,0,BENIGN\n1068,132,13,160,0,0,0,0,0,ATTACK\n",
        "41 [8] 6000000000000000", "42C [8] 840DA00000000000")]
    [DataRow("time;id;dlc;d0;d1\n0.5;0x18FEF100;2;0xFF;0x01\n0.6;0x100;1;0x02;\n", "18FEF100x [2] FF01", "100 [1] 02")]
    [DataRow("1497283796.807994   0140    000    2    83 03\n1497283796.808210   0280    000    1    aa\n", "140 [2] 8303", "280 [1] AA")]
    public void Columns_are_told_from_header_or_rows(string text, params string[] expected)
    {
        var reading = ReadText(text);

        Assert.AreSequenceEqual(expected, reading.Words());
        Assert.StartsWith("The columns of the table were taken as ", reading.Notices[0].Text);
    }

    [TestMethod]
    public void Columns_the_user_names_win()
    {
        Assert.IsTrue(CanColumns.TryParse("time=1,id=3,data=4-5,label=0,idbase=16,timeunit=ms", out var columns, out _));

        var reading = ReadText("x,1000,?,100,1,2\ny,1002,?,200,3,255\n", new CaptureFileOptions { Columns = columns });

        Assert.AreSequenceEqual(["100 [2] 0102", "200 [2] 03FF"], reading.Words());
        Assert.AreEqual(2_000_000, reading.Frames[1].Time - reading.Frames[0].Time);
    }

    [TestMethod]
    public void Columns_named_for_a_table_do_not_change_how_other_files_are_read()
    {
        Assert.IsTrue(CanColumns.TryParse("id=0,data=1", out var columns, out _));

        var reading = ReadText("(1.000000) can0 123#11\n", new CaptureFileOptions { Columns = columns });

        Assert.AreEqual("candump", reading.Files[0].Format);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("data=1-8")]
    [DataRow("id=x")]
    [DataRow("id=0,data=8-1")]
    [DataRow("id=0,idbase=8")]
    [DataRow("id=0,colour=3")]
    [DataRow("id=999")]
    public void Columns_that_make_no_sense_are_refused_with_a_sentence(string text)
    {
        Assert.IsFalse(CanColumns.TryParse(text, out _, out var fault));
        Assert.EndsWith(".", fault);
    }

    [TestMethod]
    [DataRow(1_000_000_000L, "1700000000,1700000001")]
    [DataRow(1_000_000L, "1700000000000,1700000000001")]
    [DataRow(1_000L, "1700000000000000,1700000000000001")]
    [DataRow(1L, "1700000000000000000,1700000000000000001")]
    [DataRow(1_000L, "166064000,166065000")]
    [DataRow(1_000_000L, "48659509,48659510")]
    public void Unit_of_whole_times_is_told_from_their_size_or_the_rate(long unit, string times)
    {
        var reading = ReadText("time,id,data\n" + string.Concat(times.Split(',').Select(time => $"{time},0x1A,00\n")));

        var step = long.Parse(times.Split(',')[1], null) - long.Parse(times.Split(',')[0], null);
        Assert.AreEqual(step * unit, reading.Frames[1].Time - reading.Frames[0].Time);
    }

    [TestMethod]
    public void Label_is_handed_out_beside_each_frame()
    {
        var road = Labels("can/road/Deal_max_engine_coolant_temp_attack_masquerade.csv.gz");
        var torque = Labels("can/j1939/labeled_TSC1.csv.gz");
        var similarity = Labels("can/similarity/test_data.log");

        Assert.AreEqual(43, road.Count(label => label == "1.0"));
        Assert.AreEqual(57_141 - 43, road.Count(label => label == "0.0"));
        Assert.AreSequenceEqual(["high_torque_command", "normal"], torque.Distinct().Order());
        Assert.AreSequenceEqual(["0", "1"], similarity.Distinct().Order());
    }

    [TestMethod]
    [DataRow("one,two,three\n1,2,3\n4,5,6\n")]
    [DataRow("PGN,PG Label\n0.0,Torque/Speed Control 1\n256.0,Transmission Control 1\n")]
    [DataRow("Dear reader,\nthis is a letter.\n")]
    public void Other_tables_and_texts_are_no_captures(string text) =>
        Assert.ThrowsExactly<UnreadableCaptureException>(() => ReadText(text));
}
