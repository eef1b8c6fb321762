namespace OtGuard.Collectors.Modbus.Tests;

/// <summary>Messages of which the capture holds the beginning only, because of its snapshot length.</summary>
[TestClass]
public sealed class CutMessageTests
{
    [TestMethod]
    public void Response_cut_by_the_snapshot_length_is_paired_and_its_first_values_are_read()
    {
        var exchange = new Exchange().Request("0001 0000 0006 01 03 0010 0004")
            .Response("0001 0000 000B 01 03 08 0007 0008").Cut(Direction.ToClient, 4).Close();

        Assert.AreEqual(Outcome.Succeeded, exchange.Single.Outcome);
        Assert.AreEqual(ModbusAnomaly.MessageCut, exchange.Single.Anomalies);
        Assert.AreSequenceEqual([7, 8], exchange.Single.ResponseValues);
    }

    [TestMethod]
    public void Request_cut_by_the_snapshot_length_keeps_its_target_and_its_answer()
    {
        var exchange = new Exchange().Request("0001 0000 000F 01 10 0010 0004 08 0001 0002").Cut(Direction.ToServer, 4)
            .Response("0001 0000 0006 01 10 0010 0004").Close();

        Assert.AreEqual(Outcome.Succeeded, exchange.Single.Outcome);
        Assert.AreEqual(ModbusAnomaly.MessageCut, exchange.Single.Anomalies);
        Assert.AreEqual(new Target(TargetSpace.HoldingRegisters, 16, 4), exchange.Single.Target);
        Assert.AreSequenceEqual([1, 2], exchange.Single.RequestValues);
    }

    [TestMethod]
    public void Message_after_one_that_was_cut_is_in_step()
    {
        var exchange = new Exchange().Request("0001 0000 000F 01 10 0010 0004 08 0001 0002").Cut(Direction.ToServer, 4)
            .Request("0002 0000 0005 01 41 0102 03").Response("0002 0000 0003 01 C1 01").Close();

        Assert.AreSequenceEqual([65, 16], exchange.Seen.Select(seen => (int)seen.Observation.Code).ToArray());
    }

    [TestMethod]
    public void Messages_cut_off_behind_a_cut_one_make_later_answers_uncertain_and_not_unsolicited()
    {
        var exchange = new Exchange().Request("0001 0000 000F 01 10 0010 0004 08 0001 0002").Cut(Direction.ToServer, 16)
            .Response("0001 0000 0006 01 10 0010 0004").Response("0002 0000 0005 01 03 02 0001")
            .Close();

        Assert.AreSequenceEqual([Outcome.Succeeded, Outcome.Unpaired], exchange.Seen.Select(seen => seen.Outcome).ToArray());
    }

    [TestMethod]
    public void Datagram_cut_by_the_snapshot_length_is_no_violation_of_its_sender()
    {
        var exchange = new Exchange(transport: Transport.Udp).Request("0001 0000 0006 01 03 0010 0004");
        exchange.Cut(Direction.ToClient, Exchange.Bytes("0001 0000 000B 01 03 08 0007"), 6).Close();

        Assert.AreEqual(Outcome.Succeeded, exchange.Single.Outcome);
        Assert.AreEqual(ModbusAnomaly.MessageCut, exchange.Single.Anomalies);
        Assert.AreSequenceEqual([7], exchange.Single.ResponseValues);
    }

    [TestMethod]
    public void Unreadable_beginning_is_a_gap()
    {
        var exchange = new Exchange().Request("0001 0000 0006 01").Cut(Direction.ToServer, 5)
            .Response("0001 0000 0005 01 03 02 0001").Close();

        Assert.AreEqual(Outcome.Unpaired, exchange.Single.Outcome);
    }

    [TestMethod]
    public void Identification_that_was_cut_says_nothing_of_the_device()
    {
        var exchange = new Exchange().Request("0001 0000 0005 01 2B 0E 01 00")
            .Response("0001 0000 0014 01 2B 0E 01 01 00 00 01 00 0A 41 43 4D").Cut(Direction.ToClient, 8).Close();

        Assert.AreEqual(Outcome.Succeeded, exchange.Single.Outcome);
        Assert.AreEqual(ModbusAnomaly.MessageCut, exchange.Single.Anomalies);
    }
}
