namespace OtGuard.Models.Tests.Evaluation;

[TestClass]
public sealed class FrameLabelsTests
{
    private static FrameLabels Read(string text, string? column = null, string? normal = null) =>
        FrameLabels.Read(new StringReader(text), new LabelOptions { Column = column, NormalWord = normal });

    private static string Attacks(FrameLabels labels) =>
        string.Join(",", Enumerable.Range(1, (int)labels.Count + 1).Where(frame => labels.IsAttack(frame)));

    [TestMethod]
    [DataRow("1;0\n2;1\n3;1\n4;0\n", "2,3", DisplayName = "frame;label without a header")]
    [DataRow("frame,label\n1,0\n2,1\n", "2", DisplayName = "header with frame and label")]
    [DataRow("0\n1\n0\n", "2", DisplayName = "one column")]
    [DataRow("0.0\n1.0\n", "2", DisplayName = "numbers with decimals")]
    [DataRow("R\nT\nT\nR\n", "2,3", DisplayName = "T and R")]
    [DataRow("time,id,label,dlc\n0.1,1A0,1,8\n0.2,1A0,0,8\n", "1", DisplayName = "label column by its name")]
    [DataRow("start,end\n2,4\n7,7\n", "2,3,4,7", DisplayName = "intervals")]
    [DataRow("start,end,id\n2,3,scan\n", "2,3", DisplayName = "intervals with an id")]
    [DataRow("# comment\n\n1;1\n2;0\n", "1", DisplayName = "comments and empty lines")]
    [DataRow("label\n1\n", "1", DisplayName = "header over one column")]
    [DataRow("3;1\n1;0\n", "3", DisplayName = "frame numbers out of order")]
    public void Forms_of_label_files_are_read(string text, string expected) =>
        Assert.AreEqual(expected, Attacks(Read(text)));

    [TestMethod]
    public void Words_need_the_one_that_means_normal()
    {
        const string text = "id,label\n1,normal\n2,high_torque_command\n";

        Assert.AreEqual("2", Attacks(Read(text, normal: "normal")));
        var fault = Assert.ThrowsExactly<LabelFormatException>(() => Read(text));
        Assert.Contains("Line 2", fault.Message);
        Assert.Contains("--label-normal", fault.Message);
    }

    [TestMethod]
    public void The_column_may_be_named_or_numbered()
    {
        const string text = "a,b,c\n1,0,9\n0,1,9\n";

        Assert.AreEqual("2", Attacks(Read(text, column: "b")));
        Assert.AreEqual("1", Attacks(Read("1,0,9\n0,1,9\n", column: "1")));
        Assert.ThrowsExactly<LabelFormatException>(() => Read(text, column: "d"));
    }

    [TestMethod]
    public void A_row_without_a_label_is_refused_with_its_line()
    {
        var fault = Assert.ThrowsExactly<LabelFormatException>(() => Read("1;0\n2;maybe\n"));

        Assert.Contains("Line 2", fault.Message);
    }

    [TestMethod]
    public void A_real_label_file_has_its_ten_attack_frames()
    {
        using var reader = File.OpenText(TestKit.SharedData.PathOf(
            "modbus/lemay/send_a_fake_command_modbus_6RTU_with_operate_labeled.csv"));

        var labels = FrameLabels.Read(reader, new LabelOptions());

        Assert.AreEqual(11166, labels.Count);
        Assert.AreEqual(string.Join(",", Enumerable.Range(4782, 10)), Attacks(labels));
    }

    [TestMethod]
    [DataRow("4782,4791\n")]
    [DataRow("4782,4791,replay\n5000,5000,scan\n")]
    public void Intervals_need_no_header_where_their_end_can_be_no_label(string text)
    {
        var labels = FrameLabels.Read(new StringReader(text), new LabelOptions());

        Assert.IsFalse(labels.IsAttack(4781));
        Assert.IsTrue(labels.IsAttack(4782));
        Assert.IsTrue(labels.IsAttack(4791));
        Assert.IsFalse(labels.IsAttack(4792));
        Assert.IsTrue(labels.AreIntervals);
    }

    [TestMethod]
    public void A_frame_number_and_its_label_are_no_interval()
    {
        var labels = FrameLabels.Read(new StringReader("1,0\n2,1\n3,0\n"), new LabelOptions());

        Assert.IsFalse(labels.IsAttack(1));
        Assert.IsTrue(labels.IsAttack(2));
        Assert.IsFalse(labels.IsAttack(3));
        Assert.IsFalse(labels.AreIntervals);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("# nothing yet\n")]
    [DataRow("frame,label\n")]
    public void A_file_without_a_label_is_refused(string text)
    {
        Assert.ThrowsExactly<LabelFormatException>(() => FrameLabels.Read(new StringReader(text), new LabelOptions()));
    }
}
