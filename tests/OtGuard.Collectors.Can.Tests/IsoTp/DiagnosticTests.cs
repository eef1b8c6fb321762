using OtGuard.Collectors.Can.Uds;

namespace OtGuard.Collectors.Can.Tests.IsoTp;

[TestClass]
public sealed class DiagnosticTests
{
    [TestMethod]
    public void Legislated_identifiers_pair_at_the_first_exchange()
    {
        var seen = new Bus()
            .Send("7E0", "02 10 03 AA AA AA AA AA").Send("7E8", "06 50 03 00 32 01 F4 AA", after: 5).Finish().Uds.Single();

        Assert.AreEqual(Operation.Control, seen.Observation.Operation);
        Assert.AreEqual(Outcome.Succeeded, seen.Outcome);
        Assert.AreEqual(3, seen.Observation.SubCode);
        Assert.AreEqual(5_000_000, seen.Observation.LatencyNanoseconds);
        Assert.AreEqual("can0:7E0", seen.Client);
        Assert.AreEqual("can0:7E8", seen.Server);
        Assert.AreEqual("DiagnosticSessionControl", seen.Json.GetProperty("service").GetString());
    }

    [TestMethod]
    public void Functional_request_is_answered_by_each_ecu()
    {
        var seen = new Bus()
            .Send("7DF", "02 3E 00 00 00 00 00 00").Send("7E8", "02 7E 00 00 00 00 00 00")
            .Send("7E9", "03 7F 3E 12 00 00 00 00").Finish().Uds;

        Assert.AreEqual("can0:7E8 can0:7E9", string.Join(' ', seen.Select(s => s.Server)));
        Assert.AreEqual(0x12, seen[1].Observation.Reason);
        Assert.AreEqual(Outcome.Rejected, seen[1].Outcome);
    }

    [TestMethod]
    public void Long_identification_is_put_together_and_names_the_vehicle()
    {
        var seen = new Bus()
            .Send("18DA10F1", "03 22 F1 90 CC CC CC CC").Send("18DAF110", "10 14 62 F1 90 57 56 57")
            .Send("18DA10F1", "30 00 00 CC CC CC CC CC").Send("18DAF110", "21 5A 5A 5A 31 4B 5A 41")
            .Send("18DAF110", "22 57 30 30 30 30 30 31").Finish().Uds.Single();

        Assert.AreEqual(Operation.Identify, seen.Observation.Operation);
        Assert.AreEqual(new Target(TargetSpace.DataIdentifiers, 0xF190, 1), seen.Observation.Target);
        Assert.HasCount(20, seen.Response);
        Assert.AreEqual("F190", seen.Json.GetProperty("did").GetString());
        Assert.AreEqual(5L, seen.Observation.ResponseFrame);
    }

    [TestMethod]
    public void Unknown_identifiers_pair_at_the_second_exchange_and_the_first_is_not_lost()
    {
        var bus = new Bus();
        bus.Send("123", "03 22 F1 90 00 00 00 00").Send("456", "04 62 F1 90 41 00 00 00");
        Assert.IsEmpty(bus.Uds);

        bus.Send("123", "02 10 03 00 00 00 00 00").Send("456", "02 50 03 00 00 00 00 00").Finish();

        Assert.AreEqual("34 16", string.Join(' ', bus.Uds.Select(s => s.Observation.Code)));
        CollectionAssert.AreEqual(new[] { (0x123u, 0x456u) }, bus.Traffic.Channels[0].DiagnosticPairs.ToArray());
    }

    [TestMethod]
    public void Negative_response_pairs_unknown_identifiers_at_once() =>
        Assert.AreEqual(
            0x33,
            new Bus().Send("123", "02 27 01 00 00 00 00 00").Send("456", "03 7F 27 33 00 00 00 00").Finish().Uds.Single()
                .Observation.Reason);

    [TestMethod]
    public void Periodic_frame_that_looks_like_a_response_is_taken_for_none()
    {
        var bus = new Bus();
        for (var round = 0; round < 200; round++)
        {
            bus.Send("300", "06 50 03 00 32 01 F4 00", after: 10);
            if (round % 4 == 0) bus.Send("700", $"02 10 {round:X2} 00 00 00 00 00");
        }

        Assert.IsEmpty(bus.Finish().Traffic.Channels[0].DiagnosticPairs);
        Assert.IsEmpty(bus.Uds.Where(seen => seen.Outcome != Outcome.Unanswered && seen.Observation.Code >= 0));
    }

    [TestMethod]
    public void Identifiers_of_different_width_never_pair()
    {
        var bus = new Bus();
        for (var round = 0; round < 10; round++)
            bus.Send("123", "02 27 01 00 00 00 00 00").Send("00000456", "03 7F 27 33 00 00 00 00");

        Assert.IsEmpty(bus.Finish().Traffic.Channels[0].DiagnosticPairs);
    }

    [TestMethod]
    public void Extended_addressing_is_found_behind_the_address()
    {
        var seen = new Bus()
            .Send("6F1", "12 03 22 F1 90 00 00 00").Send("612", "F1 03 7F 22 31 00 00 00").Finish().Uds.Single();

        Assert.AreEqual((short)0x12, seen.Observation.Unit);
        Assert.AreEqual(0x31, seen.Observation.Reason);
    }

    [TestMethod]
    public void Mixed_addressing_of_29_bits_has_its_address_first()
    {
        var seen = new Bus()
            .Send("18CE10F1", "55 02 3E 00 00 00 00 00").Send("18CEF110", "55 02 7E 00 00 00 00 00").Finish().Uds.Single();

        Assert.AreEqual((short)0x55, seen.Observation.Unit);
        Assert.AreEqual(Outcome.Succeeded, seen.Outcome);
    }

    [TestMethod]
    public void Can_fd_single_and_first_frames_have_longer_lengths()
    {
        var request = new byte[64];
        Bus.Bytes("00 0B 22 F190 F191 F192 F193 F194").CopyTo(request, 0);
        var first = new byte[64];
        Bus.Bytes("10 50 62 F1 90").CopyTo(first, 0);
        var second = new byte[24];
        second[0] = 0x21;
        var seen = new Bus().Send(0x7E0, request).Send(0x7E8, first).Send(0x7E8, second).Finish().Uds.Single();

        Assert.HasCount(11, seen.Request);
        Assert.HasCount(0x50, seen.Response);
        Assert.AreEqual(Outcome.Succeeded, seen.Outcome);
    }

    [TestMethod]
    public void First_frame_with_escape_announces_a_length_of_32_bits()
    {
        var bus = new Bus(new CanOptions { MaximumMessageBytes = 8000 });
        bus.Send("7E0", "10 00 00 00 10 01 36 01");
        for (var sequence = 1; sequence <= 586; sequence++) bus.Send(0x7E0, [(byte)(0x20 | sequence & 15), 0, 0, 0, 0, 0, 0, 0], 0.1);
        bus.Send("7E8", "02 76 01 00 00 00 00 00");

        Assert.HasCount(4097, bus.Finish().Uds.Single().Request);
    }

    [TestMethod]
    public void Pending_response_prolongs_and_the_final_one_ends_the_exchange()
    {
        var bus = new Bus();
        bus.Send("7E0", "04 31 01 FF 00 00 00 00").Send("7E8", "03 7F 31 78 00 00 00 00");
        for (var round = 0; round < 100; round++) bus.Send("100", "00", after: 40);
        var seen = bus.Send("7E8", "05 71 01 FF 00 00 00 00").Finish().Uds.Single();

        Assert.AreEqual(Outcome.Succeeded, seen.Outcome);
        Assert.AreEqual(UdsAnomaly.ResponsePending, seen.UdsAnomalies);
        Assert.AreEqual(new Target(TargetSpace.Routines, 0xFF00, 1), seen.Observation.Target);
    }

    [TestMethod]
    [DataRow("02 3E 00 00 00 00 00 00", Outcome.Unanswered)]
    [DataRow("02 3E 80 00 00 00 00 00", Outcome.Succeeded)]
    public void Request_without_answer_is_unanswered_unless_it_wanted_none(string request, Outcome outcome)
    {
        var bus = new Bus().Send("7E0", request);
        for (var round = 0; round < 200; round++) bus.Send("100", "00", after: 10);

        Assert.AreEqual(outcome, bus.Uds.Single().Outcome);
    }

    [TestMethod]
    public void Response_nobody_asked_for_is_unsolicited()
    {
        var bus = new Bus()
            .Send("7E0", "02 3E 00 00 00 00 00 00").Send("7E8", "02 7E 00 00 00 00 00 00")
            .Send("7E8", "02 51 01 00 00 00 00 00").Finish();

        Assert.AreEqual(Outcome.Unsolicited, bus.Uds[1].Outcome);
        Assert.AreEqual((short)0x11, bus.Uds[1].Observation.Code);
    }

    [TestMethod]
    [DataRow("7E8", "21 00 00 00 00 00 00 00", "ConsecutiveFrameWithoutFirst")]
    [DataRow("7E8", "10 14 62 F1 90 00 00 00|22 00 00 00 00 00 00 00", "SequenceNumberWrong")]
    [DataRow("7E8", "10 14 62 F1 90 00 00 00|10 14 62 F1 90 00 00 00", "FirstFrameRestarted")]
    [DataRow("7E8", "10 00 FF FF FF FF 62 F1", "MessageTooLong")]
    [DataRow("7E8", "F0 00 00 00 00 00 00 00", "FrameInvalid")]
    [DataRow("7E0", "32 00 00 00 00 00 00 00", "FlowControlOverflow")]
    public void Abuses_of_the_transport_are_observed(string identifier, string frames, string anomaly)
    {
        var bus = new Bus().Send("7E0", "02 3E 00 00 00 00 00 00").Send("7E8", "02 7E 00 00 00 00 00 00");
        foreach (var frame in frames.Split('|')) bus.Send(identifier, frame);

        Assert.AreEqual(Enum.Parse<UdsAnomaly>(anomaly), bus.Finish().Uds[1].UdsAnomalies);
        Assert.AreEqual(Outcome.Undecodable, bus.Uds[1].Outcome);
    }

    [TestMethod]
    public void Message_that_stops_is_given_up_after_its_time()
    {
        var bus = new Bus().Send("7E0", "02 3E 00 00 00 00 00 00").Send("7E8", "02 7E 00 00 00 00 00 00")
            .Send("7E8", "10 14 62 F1 90 00 00 00");
        for (var round = 0; round < 200; round++) bus.Send("100", "00", after: 10);

        Assert.AreEqual(UdsAnomaly.MessageNeverCompleted, bus.Uds[1].UdsAnomalies);
    }

    [TestMethod]
    public void First_frames_without_end_keep_the_state_bounded()
    {
        var bus = new Bus(new CanOptions { MaximumMessages = 8 }) { KeepsFrames = false };
        bus.Send("18DA10F1", "02 3E 00 00 00 00 00 00").Send("18DAF110", "02 7E 00 00 00 00 00 00");
        for (var round = 0; round < 1000; round++)
            bus.Send(0x98DA0000 | (uint)round & 0xFFFF, Bus.Bytes("1F FF 36 01 00 00 00 00"), 0.1);

        Assert.AreEqual(992L, bus.Finish().Traffic.DecodingCounters.Dropped["ISO-TP message gave way"]);
    }

    [TestMethod]
    public void Frames_stamped_by_two_clocks_keep_their_exchanges()
    {
        var bus = new Bus();
        for (var round = 0; round < 20; round++)
        {
            bus.Raw(Bus.SocketCan(0x7E0, Bus.Bytes("023E000000000000")), LinkType.SocketCan, 0,
                new CaptureTime(1_700_000_000_000_000_000 + round * 50_000_000L));
            bus.Raw(Bus.SocketCan(0x7E8, Bus.Bytes("027E000000000000")), LinkType.SocketCan, 0,
                new CaptureTime(round * 50_000_000L));
        }

        bus.Finish();
        Assert.HasCount(20, bus.Uds);
        Assert.IsTrue(bus.Uds.All(seen => seen is { Outcome: Outcome.Succeeded, Observation.LatencyNanoseconds: -1 }));
    }
}
