using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Capture.Network;
using OtGuard.Collectors.Modbus;
using OtGuard.TestKit;

namespace OtGuard.Models.Tests.Vocabulary;

/// <summary>Learning from captures of real networks.</summary>
[TestClass]
public sealed class RealCaptureTests
{
    private const string Fake = "modbus/lemay/send_a_fake_command_modbus_6RTU_with_operate.pcap";

    private static readonly FactFamily[] Families =
    [
        FactFamily.Hosts, FactFamily.Conversations, FactFamily.GroupConversations, FactFamily.Units,
        FactFamily.Functions,
        FactFamily.ReadRanges, FactFamily.WriteRanges, FactFamily.Writers,
    ];

    public required TestContext TestContext { get; set; }

    [TestMethod]
    public void The_same_capture_gives_the_same_bytes()
    {
        var first = Learn(Fake, FrameSelection.All).Baseline;
        var second = Learn(Fake, FrameSelection.All).Baseline;

        Assert.AreEqual(first.ContentHash, second.ContentHash);
        Assert.AreEqual(first.ContentHash, Reload(first).ContentHash);
        foreach (var sentence in first.Summary) TestContext.WriteLine(sentence);
    }

    [TestMethod]
    [DataRow(Fake)]
    [DataRow("modbus/lemay/moving_two_files_modbus_6RTU.pcap")]
    [DataRow("modbus/lemay/characterization_modbus_6RTU_with_operate.pcap")]
    [DataRow("modbus/iti/ModbusTCP.pcap")]
    [DataRow("modbus/iti/modbus_test.pcap")]
    [DataRow("modbus/icsnpp-modbus/modbus_example.pcap")]
    [DataRow("modbus/ndpi/modbus.pcap")]
    [DataRow("modbus/zeek/fuzz-1011.pcap")]
    [DataRow("modbus/zeek/modbus-eit.pcap")]
    [DataRow("modbus/emreekin/crash.pcap")]
    [DataRow("modbus/emreekin/modbus-mask-write-register.pcap")]
    [DataRow("other/goose/iti/Sample_File_GOOSE.pcap")]
    [DataRow("other/iec104/iti/090813_diverse.pcap")]
    [DataRow("other/ndpi/someip_sd_sample.pcap")]
    [DataRow("other/s7comm/icsnpp-s7comm_plus/s7comm_plus.pcap")]
    [DataRow("capture-format/dhcp.pcap")]
    public void What_was_learned_from_a_capture_is_not_new_in_it(string capture)
    {
        var baseline = Reload(Learn(capture, FrameSelection.All).Baseline);
        var judge = new VocabularyJudge(baseline, Protocols());
        var news = new List<string>();
        Run(capture, new Each((in Observation observation, ObservationBatch batch) =>
        {
            var novelty = judge.Judge(in observation, batch);
            if (novelty != Novelty.None) news.Add($"frame {observation.Frame}: {observation.Operation} {novelty}");
        }));

        Assert.IsEmpty(news, string.Join('\n', news.Take(10)));
    }

    [TestMethod]
    public void Each_new_writer_after_a_clean_part_is_told_apart_from_writers_learned()
    {
        // Frames 1 to 4781 are clean by the data set's own labels; the attack is a write within the next ten frames.
        var baseline = Learn(Fake, new FrameSelection(1, 4781)).Baseline;
        var judge = new VocabularyJudge(baseline, Protocols());
        var (writes, newWriters) = (new List<long>(), new List<long>());
        Run(Fake, new Each((in Observation observation, ObservationBatch batch) =>
        {
            var novelty = judge.Judge(in observation, batch);
            if (observation.Frame <= 4781 || !observation.IsWrite) return;
            writes.Add(observation.Frame);
            if (novelty.HasFlag(Novelty.Writer)) newWriters.Add(observation.Frame);
        }));

        Assert.HasCount(1, newWriters);
        Assert.IsInRange(4782, 4791, newWriters[0]);
        Assert.IsGreaterThan(1, writes.Count);
    }

    [TestMethod]
    public void New_facts_of_held_out_time_are_as_many_as_predicted()
    {
        string[] captures =
        [
            Fake,
            "modbus/lemay/moving_two_files_modbus_6RTU.pcap",
            "modbus/lemay/characterization_modbus_6RTU_with_operate.pcap",
            "modbus/iti/ModbusTCP.pcap",
            "modbus/icsnpp-modbus/modbus_example.pcap",
            "modbus/ndpi/modbus.pcap",
        ];
        var (predicted, atMost, realised, rows, covered) = (0.0, 0.0, 0, 0, 0);
        TestContext.WriteLine("capture | learned | held out | family | facts | predicted | at most | realised");
        foreach (var capture in captures)
        {
            var whole = Learn(capture, FrameSelection.All);
            foreach (var share in (double[])[0.5, 0.6, 0.7, 0.8])
            {
                var cut = whole.FrameAt(share);
                var learned = Learn(capture, new FrameSelection(1, cut));
                var heldOut = whole.Baseline.LearnedFrom.Last - learned.Baseline.LearnedFrom.Last;
                foreach (var family in Families)
                {
                    var completeness = learned.Baseline.Completeness[family];
                    // Nothing is ever said beyond what was observed.
                    Assert.IsNull(completeness.Expect(learned.Baseline.LearnedFrom.Observed + TimeSpan.FromSeconds(1)));
                    if (completeness.Expect(heldOut) is not { } expected) continue;
                    var fresh = whole.Baseline.Completeness[family].Facts - completeness.Facts;
                    (predicted, atMost, realised, rows) =
                        (predicted + expected.NewFacts, atMost + expected.AtMost, realised + fresh, rows + 1);
                    // The expectation is bounded with 95 %; a Poisson count scatters about it by its root.
                    if (fresh <= expected.AtMost + 2 * Math.Sqrt(expected.AtMost)) covered++;
                    TestContext.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{Path.GetFileName(capture)} | {learned.Baseline.LearnedFrom.Observed.TotalSeconds:0} s | {heldOut.TotalSeconds:0} s | {family} | {completeness.Facts} | {expected.NewFacts:0.0} | {expected.AtMost:0.0} | {fresh}"));
                }
            }
        }

        TestContext.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"all {rows} rows: predicted {predicted:0.0}, at most {atMost:0.0}, realised {realised}, {covered} within"));
        // Rows overlap, so this is a bound and not a fit: no more new facts come than the limits leave room for, and
        // not one row in twenty, the confidence of the limit, goes beyond its own.
        Assert.IsGreaterThan(20, rows);
        Assert.IsLessThanOrEqualTo(atMost, realised);
        Assert.IsGreaterThanOrEqualTo(0.95 * rows, covered);
    }

    private static Baseline Reload(Baseline baseline)
    {
        using var saved = new MemoryStream();
        baseline.Save(saved);
        saved.Position = 0;
        return Baseline.Load(saved);
    }

    private static ProtocolRegistry Protocols() => new(new ModbusProtocol(new ModbusOptions()));

    private static Learned Learn(string capture, FrameSelection selection)
    {
        var learner = new VocabularyLearner(
            Protocols(), selection, new LearningOptions { Files = [Path.GetFileName(capture)] });
        var times = Run(capture, learner);
        return new Learned(learner.Complete(), times);
    }

    /// <summary>Reads a capture to its end and returns the time of each frame.</summary>
    private static List<CaptureTime> Run(string capture, IObservationConsumer consumer)
    {
        var times = new List<CaptureTime>();
        var batch = new ObservationBatch(consumer);
        var decoder = new TrafficDecoder(Protocols(), new TrafficOptions(), batch);
        using var source = CaptureFiles.Open([SharedData.PathOf(capture)]);
        while (source.TryRead(out var frame))
        {
            times.Add(frame.Time);
            decoder.Process(in frame);
        }

        decoder.Finish();
        batch.Flush();
        return times;
    }

    private sealed record Learned(Baseline Baseline, List<CaptureTime> Times)
    {
        /// <summary>Number of the last frame within a share of the capture's time.</summary>
        internal long FrameAt(double share)
        {
            var until = Times[0] + (Times[^1] - Times[0]) * share;
            return Times.FindLastIndex(time => time <= until) + 1;
        }
    }

    private delegate void Look(in Observation observation, ObservationBatch batch);

    private sealed class Each(Look look) : IObservationConsumer
    {
        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items) look(in observation, batch);
        }
    }
}
