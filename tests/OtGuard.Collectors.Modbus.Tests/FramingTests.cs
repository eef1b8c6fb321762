namespace OtGuard.Collectors.Modbus.Tests;

[TestClass]
public sealed class FramingTests
{
    private const string Read = "0001 0000 0006 01 03 0000 0001";
    private const string Answer = "0001 0000 0005 01 03 02 0007";

    [TestMethod]
    public void Several_messages_in_a_segment_are_all_decoded()
    {
        var exchange = new Exchange().Request(Read + Read.Replace("0001 0000", "0002 0000") + "0003 0000 0002 01 07");

        exchange.Close();

        Assert.HasCount(3, exchange.Seen);
    }

    [TestMethod]
    public void Message_over_many_segments_has_the_frame_that_completed_it()
    {
        var exchange = new Exchange();
        foreach (var value in Exchange.Bytes(Read)) exchange.Send(Direction.ToServer, [value]);

        exchange.Close();

        Assert.AreEqual(12L, exchange.Single.Observation.RequestFrame);
    }

    [TestMethod]
    public void Protocol_identifier_other_than_0_is_flagged_and_decoded()
    {
        var seen = new Exchange().Request("0001 0007 0006 01 03 0000 0001").Response(Answer).Single;

        Assert.AreEqual(ModbusAnomaly.ProtocolIdentifierNotZero, seen.Anomalies);
        Assert.AreEqual(Outcome.Succeeded, seen.Outcome);
    }

    [TestMethod]
    [DataRow("0001 0000 0000 01 03 0000 0001", (ulong)ModbusAnomaly.LengthTooShort)]
    [DataRow("0001 0000 0001 01 03 0000 0001", (ulong)ModbusAnomaly.LengthTooShort)]
    [DataRow("0001 0000 00FF 01 03 0000 0001", (ulong)ModbusAnomaly.LengthTooLong)]
    [DataRow("0001 0000 FFFF 01 03 0000 0001", (ulong)ModbusAnomaly.LengthTooLong)]
    public void Length_out_of_range_is_flagged_and_the_function_decoded(string request, ulong anomaly)
    {
        var exchange = new Exchange().Request(request).Response(Answer);
        exchange.Pdus("04 0002 0001", "04 02 0001");

        Assert.HasCount(2, exchange.Seen);
        Assert.AreEqual((ModbusAnomaly)anomaly, exchange.Seen[0].Anomalies);
        Assert.AreEqual(new Target(TargetSpace.HoldingRegisters, 0, 1), exchange.Seen[0].Target);
        Assert.AreEqual(ModbusAnomaly.None, exchange.Seen[1].Anomalies);
    }

    [TestMethod]
    [DataRow(254, false)]
    [DataRow(255, true)]
    public void Longest_message(int length, bool flagged)
    {
        byte[] data = [8, 0, 0, .. new byte[250]];
        byte[] message = [0, 1, 0, 0, 0, (byte)length, 1, .. data, .. Exchange.Bytes(Read)];

        var exchange = new Exchange().Send(Direction.ToServer, message).Close();

        Assert.AreEqual(flagged, exchange.Seen[0].Anomalies != ModbusAnomaly.None);
    }

    [TestMethod]
    public void Message_hidden_behind_another_in_one_length_is_found()
    {
        var exchange = new Exchange()
            .Request("0001 0000 0012 01 03 0000 0001" + "0002 0000 0006 01 05 0001 FF00").Close();

        Assert.HasCount(2, exchange.Seen);
        Assert.AreEqual(ModbusAnomaly.TrailingBytes, exchange.Seen[0].Anomalies);
        Assert.AreEqual(Operation.Write, exchange.Seen[1].Observation.Operation);
    }

    [TestMethod]
    public void Garbage_between_messages_is_one_observation()
    {
        var garbage = string.Concat(Enumerable.Repeat("DEADBEEF", 50));

        var exchange = new Exchange().Request(Read + garbage + Read).Close();

        var undecodable = exchange.Seen.Where(seen => seen.Outcome == Outcome.Undecodable).ToArray();
        Assert.HasCount(1, undecodable);
        Assert.AreEqual(ModbusAnomaly.BytesSkipped, undecodable[0].Anomalies);
        Assert.HasCount(3, exchange.Seen);
    }

    [TestMethod]
    public void Rest_of_a_message_cut_by_a_gap_is_no_violation()
    {
        var exchange = new Exchange().Request(Read[..20]).Gap(Direction.ToServer).Request("00 0000 0001" + Read).Close();

        Assert.AreSequenceEqual(
            [Outcome.Undecodable, Outcome.Unanswered], exchange.Seen.Select(seen => seen.Outcome).Order().Reverse().ToArray());
        Assert.IsTrue(exchange.Seen.Any(seen => seen.Anomalies == ModbusAnomaly.BytesSkippedAfterGap));
        var bits = exchange.Protocol.Anomalies.Single(anomaly => anomaly.Name == "bytes-skipped-after-gap");
        Assert.IsNull(bits.CatalogueRow);
    }

    [TestMethod]
    public void Message_that_never_ends_is_seen_when_the_connection_closes()
    {
        var exchange = new Exchange().Request("0001 0000 0020 01 03 0000 0001").Close();

        Assert.AreEqual(ModbusAnomaly.MessageIncomplete, exchange.Single.Anomalies);
        Assert.AreEqual(Outcome.Undecodable, exchange.Single.Outcome);
    }

    [TestMethod]
    public void Datagram_shorter_than_it_declares_is_decoded_and_flagged()
    {
        var exchange = new Exchange(transport: Transport.Udp).Request("0001 0000 0020 01 03 0000 0001")
            .Response(Answer);

        Assert.AreEqual(ModbusAnomaly.MessageIncomplete, exchange.Single.Anomalies);
        Assert.AreEqual(new Target(TargetSpace.HoldingRegisters, 0, 1), exchange.Single.Target);
    }

    [TestMethod]
    public void Rtu_frames_are_paired_in_order_without_transactions()
    {
        var exchange = new Exchange(ModbusFraming.Rtu)
            .Send(Direction.ToServer, Exchange.Rtu(17, Exchange.Bytes("03 006B 0003")))
            .Send(Direction.ToClient, Exchange.Rtu(17, Exchange.Bytes("03 06 AE41 5652 4340")));

        var seen = exchange.Single;
        Assert.AreEqual(Outcome.Succeeded, seen.Outcome);
        Assert.AreEqual((short)17, seen.Observation.Unit);
        Assert.AreSequenceEqual([0xAE41, 0x5652, 0x4340], seen.ResponseValues);
        Assert.AreEqual("null", seen.Member("transaction").GetRawText());
    }

    [TestMethod]
    public void Check_sum_is_that_of_the_standards_example()
    {
        // Modbus over Serial Line V1.02, Appendix B: 02 07 gives 41 12.
        Assert.AreSequenceEqual(Exchange.Bytes("02 07 41 12"), Exchange.Rtu(2, [7]));
    }

    [TestMethod]
    public void Rtu_frame_with_a_wrong_check_sum_is_undecodable_and_the_next_one_decoded()
    {
        var wrong = Exchange.Rtu(1, Exchange.Bytes("03 0000 0001"));
        wrong[^1] ^= 1;

        var exchange = new Exchange(ModbusFraming.Rtu)
            .Send(Direction.ToServer, wrong)
            .Send(Direction.ToServer, Exchange.Rtu(1, Exchange.Bytes("06 0001 0003")))
            .Close();

        Assert.HasCount(2, exchange.Seen);
        Assert.IsTrue(exchange.Seen[0].Anomalies.HasFlag(ModbusAnomaly.CrcWrong));
        Assert.AreEqual(Operation.Write, exchange.Seen[1].Observation.Operation);
    }

    [TestMethod]
    public void Rtu_function_without_a_length_ends_where_its_check_sum_is_right()
    {
        var exchange = new Exchange(ModbusFraming.Rtu)
            .Send(Direction.ToServer, Exchange.Rtu(1, Exchange.Bytes("5A 00 01 02 03 04 05")))
            .Send(Direction.ToServer, Exchange.Rtu(1, Exchange.Bytes("03 0000 0001")))
            .Close();

        Assert.AreEqual("000102030405", exchange.Seen[0].Member("data").GetString());
        Assert.AreEqual((short)3, exchange.Seen[1].Observation.Code);
    }

    [TestMethod]
    public void Rtu_broadcast_needs_no_answer()
    {
        var exchange = new Exchange(ModbusFraming.Rtu)
            .Send(Direction.ToServer, Exchange.Rtu(0, Exchange.Bytes("06 0001 0003")));

        Assert.AreEqual(Outcome.Succeeded, exchange.Single.Outcome);
    }
}
