using OtGuard.Collectors;
using OtGuard.Detections.DeviceControl;
using OtGuard.Detections.FileRecordWrite;
using OtGuard.Detections.MalformedTraffic;
using OtGuard.Detections.Probing;
using OtGuard.Detections.ServerFailure;
using OtGuard.Detections.Specification;
using OtGuard.Detections.UnresponsiveServer;
using OtGuard.Detections.UnsolicitedResponse;
using OtGuard.Models;

namespace OtGuard.Detections.Tests.Rules;

[TestClass]
public sealed class ExchangeRuleTests
{
    private const int Unknown = (int)RefusalMeaning.ObjectUnknown;
    private const int NoFunction = (int)RefusalMeaning.FunctionUnknown;

    [TestMethod]
    [DataRow("B8", "reserved-function-code")]
    [DataRow("B10", "exception-from-client")]
    [DataRow("B15", "protocol-identifier-not-zero")]
    [DataRow("B16", "length-wrong")]
    [DataRow("B18", "response-mismatch")]
    [DataRow("B19", "request-flood")]
    [DataRow("B20", "invalid-field")]
    public void Each_anomaly_becomes_the_kind_of_its_row_once_for_a_conversation(string row, string kind)
    {
        var scene = new Scene(new SpecificationDetector());
        for (var i = 0; i < 1000; i++) scene.Exchange(anomalies: Scene.BitOf(row), code: (short)(i % 127));

        var deviation = scene.Deviations.Single();
        Assert.AreEqual(kind, deviation.Kind.Name);
        Assert.AreEqual(1000, deviation.Occurrences);
    }

    [TestMethod]
    public void An_anomaly_without_a_row_and_a_bit_without_a_description_say_nothing()
    {
        var scene = new Scene(new SpecificationDetector());
        scene.Exchange(anomalies: 1UL << (Scene.AnomalyRows.Count - 1)).Exchange(anomalies: 1UL << 63);

        Assert.IsEmpty(scene.Deviations);
    }

    [TestMethod]
    [DataRow(1, 0L, 0)]
    [DataRow(2, 0L, 1)]
    [DataRow(2, 100L, 0)]
    [DataRow(3, 0L, 1)]
    public void Malformed_messages_on_one_connection_are_a_burst_at_the_limit(
        int messages, long lateByNanoseconds, int expected)
    {
        var options = new MalformedTrafficOptions();
        var scene = new Scene(new MalformedTrafficDetector(options));
        for (var i = 0; i < messages - 1; i++) scene.Exchange(anomalies: Scene.BitOf("B20"));
        scene.Now = new CaptureTime(scene.Now.UnixNanoseconds + options.Window.Ticks * 100 + lateByNanoseconds);
        scene.Exchange(Outcome.Undecodable);

        Assert.HasCount(expected, scene.Deviations);
    }

    [TestMethod]
    public void Bursts_on_many_connections_of_two_hosts_are_one_deviation()
    {
        var scene = new Scene(new MalformedTrafficDetector(new MalformedTrafficOptions()));
        for (var i = 0; i < 50; i++)
        {
            var connection = scene.NewConnection("10.0.0.5", "10.0.0.9");
            for (var j = 0; j < 3; j++) scene.Exchange(anomalies: Scene.BitOf("B16"), connection: connection);
        }

        Assert.HasCount(1, scene.Deviations);
    }

    [TestMethod]
    [DataRow(Outcome.Succeeded, "10.0.0.5 wrote register 7 of 10.0.0.9 unit 1.", TargetSpace.FileRecords)]
    [DataRow(Outcome.Rejected, "10.0.0.5 tried to write register 7 of 10.0.0.9 unit 1.", TargetSpace.FileRecords)]
    [DataRow(Outcome.Rejected, "10.0.0.5 tried to write file records of 10.0.0.9 unit 1.", TargetSpace.None)]
    public void A_file_record_write_is_told_by_its_outcome_and_without_a_gap_where_it_names_no_record(
        Outcome outcome, string sentence, TargetSpace space)
    {
        var scene = new Scene(new FileRecordWriteDetector());
        scene.Exchange(outcome, NoFunction, operation: Operation.WriteRecords, start: 7, space: space);

        Assert.AreEqual(sentence, Messages.Format(scene.Deviations.Single().Finding.Message));
    }

    [TestMethod]
    public void A_file_record_write_that_is_carried_out_is_not_swallowed_by_one_that_was_refused_before()
    {
        var scene = new Scene(new FileRecordWriteDetector());
        for (var i = 0; i < 3; i++) scene.Exchange(Outcome.Rejected, NoFunction, operation: Operation.WriteRecords);
        scene.Exchange(operation: Operation.WriteRecords);
        scene.Exchange(Outcome.Rejected, NoFunction, operation: Operation.WriteRecords);

        Assert.AreSequenceEqual([3L, 2L], scene.Deviations.Select(deviation => deviation.Occurrences).ToArray());
        Assert.IsGreaterThan(scene.Deviations[0].Finding.Severity, scene.Deviations[1].Finding.Severity);
    }

    [TestMethod]
    public void A_sweep_says_how_many_requests_were_refused_at_its_end()
    {
        var scene = new Scene(new ProbingDetector(new ProbingOptions()));
        for (uint address = 0; address < 100; address++) scene.Exchange(Outcome.Rejected, Unknown, start: address);

        var sweep = scene.Deviations.Single(deviation => deviation.Kind.Name == "address-sweep");
        Assert.EndsWith("; the last 8 requests were refused.", Messages.Format(sweep.Finding.Message));
    }

    [TestMethod]
    public void Malformed_messages_on_two_connections_are_no_burst()
    {
        var scene = new Scene(new MalformedTrafficDetector(new MalformedTrafficOptions()));
        for (var i = 0; i < 5; i++)
            scene.Exchange(
                anomalies: Scene.BitOf("B16"), connection: scene.NewConnection("10.0.0.5", "10.0.0.9"));

        Assert.IsEmpty(scene.Deviations);
    }

    [TestMethod]
    [DataRow("B18")]
    [DataRow("B19")]
    public void A_message_that_is_odd_but_well_formed_is_not_malformed(string row)
    {
        var scene = new Scene(new MalformedTrafficDetector(new MalformedTrafficOptions()));
        for (var i = 0; i < 5; i++) scene.Exchange(anomalies: Scene.BitOf(row));

        Assert.IsEmpty(scene.Deviations);
    }

    [TestMethod]
    [DataRow(19, 0L, 0)]
    [DataRow(20, 0L, 1)]
    [DataRow(20, 100L, 0)]
    [DataRow(21, 0L, 1)]
    public void Refusals_of_one_request_are_a_pattern_at_the_limit(int refusals, long lateByNanoseconds, int expected)
    {
        var options = new ProbingOptions();
        var scene = new Scene(new ProbingDetector(options));
        for (var i = 0; i < refusals - 1; i++) scene.Exchange(Outcome.Rejected, Unknown);
        scene.Now = new CaptureTime(scene.Now.UnixNanoseconds + options.RefusalWindow.Ticks * 100 + lateByNanoseconds);
        scene.Exchange(Outcome.Rejected, Unknown);

        Assert.HasCount(expected, Of(scene, "exception-pattern"));
        Assert.HasCount(expected, scene.Deviations);
    }

    [TestMethod]
    [DataRow(RefusalMeaning.ServerFailed)]
    [DataRow(RefusalMeaning.Busy)]
    [DataRow(RefusalMeaning.Accepted)]
    [DataRow(RefusalMeaning.Unreachable)]
    public void What_is_not_the_clients_fault_is_no_refusal_pattern(RefusalMeaning meaning)
    {
        var scene = new Scene(new ProbingDetector(new ProbingOptions()));
        for (var i = 0; i < 50; i++) scene.Exchange(Outcome.Rejected, (int)meaning);

        Assert.IsEmpty(scene.Deviations);
    }

    [TestMethod]
    [DataRow(7, 0)]
    [DataRow(8, 1)]
    [DataRow(9, 1)]
    public void Refusals_all_over_the_tables_are_probing_at_the_limit(int targets, int expected)
    {
        uint[] starts = [500, 100, 900, 300, 700, 200, 800, 400, 600];
        var scene = new Scene(new ProbingDetector(new ProbingOptions()));
        for (var i = 0; i < targets; i++) scene.Exchange(Outcome.Rejected, Unknown, start: starts[i]);

        Assert.HasCount(expected, Of(scene, "refused-probing"));
        Assert.HasCount(expected, scene.Deviations);
    }

    [TestMethod]
    [DataRow(7, 0)]
    [DataRow(8, 1)]
    [DataRow(500, 1)]
    public void Refused_addresses_in_order_are_one_sweep_and_nothing_else(int addresses, int expected)
    {
        var scene = new Scene(new ProbingDetector(new ProbingOptions()));
        for (var i = 0; i < addresses; i++) scene.Exchange(Outcome.Rejected, Unknown, start: (uint)i * 10);

        Assert.HasCount(expected, Of(scene, "address-sweep"));
        Assert.HasCount(expected, scene.Deviations);
    }

    [TestMethod]
    [DataRow(4, 0)]
    [DataRow(5, 1)]
    [DataRow(127, 1)]
    public void Refused_functions_are_one_enumeration_and_nothing_else(int functions, int expected)
    {
        var scene = new Scene(new ProbingDetector(new ProbingOptions()));
        for (short code = 1; code <= functions; code++) scene.Exchange(Outcome.Rejected, NoFunction, code);

        Assert.HasCount(expected, Of(scene, "function-code-enumeration"));
        Assert.HasCount(expected, scene.Deviations);
    }

    [TestMethod]
    public void An_enumeration_covers_the_requests_from_before_it_was_sure()
    {
        var scene = new Scene(new ProbingDetector(new ProbingOptions()));
        for (short code = 1; code <= 6; code++) scene.Exchange(Outcome.Rejected, NoFunction, code);

        var deviation = scene.Deviations.Single();
        Assert.AreEqual(6, deviation.Occurrences);
        Assert.AreEqual(12, deviation.Frames.Count);
        Assert.AreEqual(1, deviation.Frames.First);
    }

    [TestMethod]
    [DataRow(9, 0)]
    [DataRow(10, 1)]
    [DataRow(247, 1)]
    public void Unanswered_units_in_order_are_one_sweep(int units, int expected)
    {
        var scene = new Scene(new ProbingDetector(new ProbingOptions()));
        for (short unit = 1; unit <= units; unit++) scene.Exchange(Outcome.Unanswered, unit: unit);

        Assert.HasCount(expected, Of(scene, "unit-sweep"));
        Assert.HasCount(expected, scene.Deviations);
    }

    [TestMethod]
    public void Ordinary_exchanges_are_not_even_looked_at()
    {
        var detectors = DetectorRegistry.CreateAll(new DetectorOptions());

        Assert.IsFalse(detectors.Any(detector => (detector.Interests & Interests.Everything) != 0));
    }

    [TestMethod]
    [DataRow(1, RefusalMeaning.ServerFailed, "server-failure")]
    [DataRow(9, RefusalMeaning.Busy, null)]
    [DataRow(10, RefusalMeaning.Busy, "server-busy")]
    [DataRow(11, RefusalMeaning.Busy, "server-busy")]
    [DataRow(50, RefusalMeaning.Accepted, null)]
    [DataRow(50, RefusalMeaning.ObjectUnknown, null)]
    public void Failures_are_told_at_once_and_busyness_at_the_limit(int answers, RefusalMeaning meaning, string? expected)
    {
        var scene = new Scene(new ServerFailureDetector(new ServerFailureOptions()));
        for (var i = 0; i < answers; i++) scene.Exchange(Outcome.Rejected, (int)meaning);

        Assert.AreEqual(expected, scene.Deviations.SingleOrDefault()?.Kind.Name);
    }

    [TestMethod]
    [DataRow(2, 0L, 0)]
    [DataRow(3, 0L, 1)]
    [DataRow(3, 100L, 0)]
    [DataRow(4, 0L, 1)]
    public void A_unit_that_answered_before_is_unresponsive_at_the_limit(
        int requests, long lateByNanoseconds, int expected)
    {
        var options = new UnresponsiveServerOptions();
        var scene = new Scene(new UnresponsiveServerDetector(options));
        var start = scene.Now;
        for (var i = 0; i < requests - 1; i++)
        {
            scene.Exchange(Outcome.Unanswered, silence: i == 0 ? Silence.Begun : Silence.Continued);
            scene.Wait(options.Apart);
        }

        scene.Now = new CaptureTime(start.UnixNanoseconds + options.Window.Ticks * 100 + lateByNanoseconds);
        scene.Exchange(Outcome.Unanswered, silence: Silence.Continued);

        Assert.HasCount(expected, scene.Deviations);
        if (expected == 1) Assert.IsFalse(scene.Deviations[0].IsInformation);
    }

    [TestMethod]
    [DataRow(Silence.Begun, DisplayName = "it answers in between")]
    [DataRow(Silence.CutShort, DisplayName = "the connection ends before the time-out")]
    public void Requests_lost_now_and_then_or_cut_short_are_no_silence(Silence silence)
    {
        var scene = new Scene(new UnresponsiveServerDetector(new UnresponsiveServerOptions()));
        for (var i = 0; i < 50; i++)
            scene.Wait(TimeSpan.FromSeconds(1)).Exchange(Outcome.Unanswered, silence: silence);

        Assert.IsEmpty(scene.Deviations);
    }

    [TestMethod]
    public void Requests_asked_in_one_go_count_once()
    {
        var scene = new Scene(new UnresponsiveServerDetector(new UnresponsiveServerOptions()));
        scene.Exchange(Outcome.Unanswered, silence: Silence.Begun);
        for (var i = 0; i < 50; i++)
            scene.Wait(TimeSpan.FromMilliseconds(1)).Exchange(Outcome.Unanswered, silence: Silence.Continued);

        Assert.IsEmpty(scene.Deviations);
    }

    [TestMethod]
    public void A_unit_that_never_answered_is_information()
    {
        var scene = new Scene(new UnresponsiveServerDetector(new UnresponsiveServerOptions()));
        for (var i = 0; i < 50; i++)
            scene.Wait(TimeSpan.FromSeconds(1)).Exchange(Outcome.Unanswered, unit: 9, silence: Silence.FromTheStart);

        Assert.IsTrue(scene.Deviations.Single().IsInformation);
    }

    [TestMethod]
    public void A_unit_that_a_gateway_no_longer_reaches_is_unresponsive()
    {
        var scene = new Scene(new UnresponsiveServerDetector(new UnresponsiveServerOptions()));
        for (var i = 0; i < 3; i++)
            scene.Wait(TimeSpan.FromSeconds(1)).Exchange(
                Outcome.Rejected,
                (int)RefusalMeaning.Unreachable,
                silence: i == 0 ? Silence.Begun : Silence.Continued);

        Assert.IsFalse(scene.Deviations.Single().IsInformation);
    }

    [TestMethod]
    public void An_answer_nobody_asked_for_is_told()
    {
        var scene = new Scene(new UnsolicitedResponseDetector(new UnsolicitedResponseOptions()));
        scene.Exchange(Outcome.Unsolicited).Exchange(Outcome.Unsolicited);

        Assert.AreEqual(2, scene.Deviations.Single().Occurrences);
    }

    [TestMethod]
    [DataRow("gap")]
    [DataRow("lost bytes")]
    [DataRow("one-sided")]
    public void An_answer_whose_request_may_be_missing_from_the_capture_is_not(string reason)
    {
        var scene = new Scene(new UnsolicitedResponseDetector(new UnsolicitedResponseOptions()));
        var connection = scene.Connection("10.0.0.5", "10.0.0.9");
        if (reason == "gap") scene.Network(Operation.BytesMissing, connection);
        if (reason == "lost bytes") connection.Conversation.Visibility.LostBytes = 1;
        if (reason == "one-sided") connection.OneSided = true;
        scene.Exchange(Outcome.Unsolicited);

        Assert.IsEmpty(scene.Deviations);
    }

    [TestMethod]
    [DataRow(8, Outcome.Succeeded, "device-control", "it was carried out")]
    [DataRow(8, Outcome.Rejected, "device-control", "it was refused")]
    [DataRow(9, Outcome.Unanswered, "records-cleared", "there was no answer")]
    public void Acts_on_a_device_are_told_with_their_outcome(int code, Outcome outcome, string kind, string told)
    {
        var scene = new Scene(new DeviceControlDetector());
        scene.Exchange(outcome, NoFunction, (short)code, operation: Operation.Control);

        var deviation = scene.Deviations.Single();
        Assert.AreEqual(kind, deviation.Kind.Name);
        Assert.Contains(told, Messages.Format(deviation.Finding.Message));
    }

    [TestMethod]
    public void Other_diagnostics_are_no_acts()
    {
        var scene = new Scene(new DeviceControlDetector());
        scene.Exchange(code: 7, operation: Operation.Diagnose);

        Assert.IsEmpty(scene.Deviations);
    }

    private static IReadOnlyList<Deviation> Of(Scene scene, string kind) =>
        [.. scene.Deviations.Where(deviation => deviation.Kind.Name == kind)];
}
