namespace OtGuard.Collectors.Modbus.Tests;

[TestClass]
public sealed class PairingTests
{
    private const string Read = "03 0000 0001";

    [TestMethod]
    public void Answer_is_paired_with_latency_and_both_frames()
    {
        var exchange = new Exchange();
        exchange.Send(Direction.ToServer, Exchange.Adu(7, 1, Exchange.Bytes(Read)));
        exchange.Milliseconds = 12.5;

        var seen = exchange.Send(Direction.ToClient, Exchange.Adu(7, 1, Exchange.Bytes("03 02 0001"))).Single;

        Assert.AreEqual(Outcome.Succeeded, seen.Outcome);
        Assert.AreEqual(12_500_000L, seen.Observation.LatencyNanoseconds);
        Assert.AreEqual(1L, seen.Observation.RequestFrame);
        Assert.AreEqual(2L, seen.Observation.ResponseFrame);
        Assert.AreEqual(7u, seen.Observation.Transaction);
    }

    [TestMethod]
    public void Pipelined_requests_answered_in_another_order_find_their_own()
    {
        var exchange = new Exchange();
        for (ushort transaction = 1; transaction <= 9; transaction++)
            exchange.Send(Direction.ToServer, Exchange.Adu(transaction, 1, [3, 0, (byte)transaction, 0, 1]));
        foreach (var transaction in (ushort[])[5, 1, 9, 2, 8, 3, 7, 4, 6])
            exchange.Send(Direction.ToClient, Exchange.Adu(transaction, 1, [3, 2, 0, (byte)transaction]));

        Assert.HasCount(9, exchange.Seen);
        foreach (var seen in exchange.Seen)
        {
            Assert.AreEqual(Outcome.Succeeded, seen.Outcome);
            Assert.AreEqual(seen.Target.Start, (uint)seen.ResponseValues[0]);
        }
    }

    [TestMethod]
    public void Repeated_identifiers_are_paired_in_order()
    {
        var exchange = new Exchange()
            .Send(Direction.ToServer, Exchange.Adu(0, 1, Exchange.Bytes("03 0001 0001")))
            .Send(Direction.ToServer, Exchange.Adu(0, 1, Exchange.Bytes("04 0002 0001")))
            .Send(Direction.ToServer, Exchange.Adu(0, 1, Exchange.Bytes("03 0003 0001")))
            .Send(Direction.ToClient, Exchange.Adu(0, 1, Exchange.Bytes("03 02 0001")))
            .Send(Direction.ToClient, Exchange.Adu(0, 1, Exchange.Bytes("84 02")))
            .Send(Direction.ToClient, Exchange.Adu(0, 1, Exchange.Bytes("03 02 0003")));

        Assert.AreSequenceEqual([1u, 2u, 3u], exchange.Seen.Select(seen => seen.Target.Start).ToArray());
        Assert.AreEqual(1, exchange.Seen[0].ResponseValues[0]);
        Assert.AreEqual(Outcome.Rejected, exchange.Seen[1].Outcome);
        Assert.AreEqual(3, exchange.Seen[2].ResponseValues[0]);
        Assert.AreEqual(ModbusAnomaly.TransactionReused, exchange.Seen[1].Anomalies);
    }

    [TestMethod]
    public void Request_sent_again_while_it_waits_is_flagged()
    {
        var exchange = new Exchange()
            .Send(Direction.ToServer, Exchange.Adu(1, 1, Exchange.Bytes(Read)))
            .Send(Direction.ToServer, Exchange.Adu(1, 1, Exchange.Bytes(Read)))
            .Send(Direction.ToClient, Exchange.Adu(1, 1, Exchange.Bytes("03 02 0001")))
            .Send(Direction.ToClient, Exchange.Adu(1, 1, Exchange.Bytes("03 02 0001")));

        Assert.AreEqual(ModbusAnomaly.None, exchange.Seen[0].Anomalies);
        Assert.AreEqual(ModbusAnomaly.RequestRepeated, exchange.Seen[1].Anomalies);
        Assert.AreEqual(Outcome.Succeeded, exchange.Seen[1].Outcome);
    }

    [TestMethod]
    [DataRow(10_000, 0)]
    [DataRow(10_001, 1)]
    public void Request_without_answer_is_given_up_after_the_time_out(double milliseconds, int observations)
    {
        var exchange = new Exchange().Send(Direction.ToServer, Exchange.Adu(1, 1, Exchange.Bytes(Read)));

        exchange.Tick(milliseconds);

        Assert.HasCount(observations, exchange.Seen);
        if (observations > 0) Assert.AreEqual(Outcome.Unanswered, exchange.Seen[0].Outcome);
    }

    [TestMethod]
    public void Answer_after_the_time_out_is_late_and_not_unsolicited()
    {
        var exchange = new Exchange().Send(Direction.ToServer, Exchange.Adu(1, 1, Exchange.Bytes(Read)));
        exchange.Milliseconds = 10_500;
        exchange.Send(Direction.ToClient, Exchange.Adu(1, 1, Exchange.Bytes("03 02 0001")));

        Assert.AreSequenceEqual(
            [Outcome.Unanswered, Outcome.Unpaired], exchange.Seen.Select(seen => seen.Outcome).ToArray());
        Assert.AreEqual(ModbusAnomaly.ResponseLate, exchange.Seen[1].Anomalies);
    }

    [TestMethod]
    public void Answer_nobody_asked_for_is_unsolicited()
    {
        var seen = new Exchange().Response("0001 0000 0005 01 03 02 0001").Single;

        Assert.AreEqual(Outcome.Unsolicited, seen.Outcome);
        Assert.AreEqual(Direction.ToClient, seen.Observation.Sender);
        Assert.AreEqual(Target.None, seen.Target);
        Assert.AreSequenceEqual([1], seen.ResponseValues);
    }

    [TestMethod]
    public void Second_answer_to_one_request_is_unsolicited()
    {
        var exchange = new Exchange().Pdus(Read, "03 02 0001").Response("0001 0000 0005 01 03 02 0001");

        Assert.AreEqual(Outcome.Unsolicited, exchange.Seen[1].Outcome);
    }

    [TestMethod]
    public void Answers_at_the_start_of_a_connection_joined_midway_are_unpaired_until_one_fits()
    {
        var exchange = new Exchange(joinedMidway: true)
            .Send(Direction.ToServer, Exchange.Adu(5, 1, Exchange.Bytes(Read)))
            .Send(Direction.ToClient, Exchange.Adu(4, 1, Exchange.Bytes("03 02 0001")))
            .Send(Direction.ToClient, Exchange.Adu(5, 1, Exchange.Bytes("03 02 0001")))
            .Send(Direction.ToClient, Exchange.Adu(6, 1, Exchange.Bytes("03 02 0001")));

        Assert.AreSequenceEqual(
            [Outcome.Unpaired, Outcome.Succeeded, Outcome.Unsolicited],
            exchange.Seen.Select(seen => seen.Outcome).ToArray());
    }

    [TestMethod]
    public void One_sided_capture_raises_neither_unanswered_nor_unsolicited()
    {
        var requests = new Exchange(oneSided: true)
            .Send(Direction.ToServer, Exchange.Adu(1, 1, Exchange.Bytes(Read))).Tick(60_000);
        var responses = new Exchange(oneSided: true)
            .Send(Direction.ToClient, Exchange.Adu(1, 1, Exchange.Bytes("03 02 0001")));

        Assert.AreEqual(Outcome.Unpaired, requests.Single.Outcome);
        Assert.AreEqual(Outcome.Unpaired, responses.Single.Outcome);
    }

    [TestMethod]
    public void Gap_in_the_answers_leaves_a_request_unpaired()
    {
        var exchange = new Exchange().Send(Direction.ToServer, Exchange.Adu(1, 1, Exchange.Bytes(Read)));

        exchange.Gap(Direction.ToClient).Tick(60_000);

        Assert.AreEqual(Outcome.Unpaired, exchange.Single.Outcome);
    }

    [TestMethod]
    public void Gap_in_the_requests_leaves_an_answer_unpaired()
    {
        var exchange = new Exchange().Gap(Direction.ToServer)
            .Send(Direction.ToClient, Exchange.Adu(1, 1, Exchange.Bytes("03 02 0001")));

        Assert.AreEqual(Outcome.Unpaired, exchange.Single.Outcome);
    }

    [TestMethod]
    [DataRow(false, Outcome.Unanswered)]
    [DataRow(true, Outcome.Unpaired)]
    public void End_of_the_capture_is_not_the_end_of_the_connection(bool captureEnded, Outcome outcome)
    {
        var exchange = new Exchange().Send(Direction.ToServer, Exchange.Adu(1, 1, Exchange.Bytes(Read)));

        exchange.Close(captureEnded);

        Assert.AreEqual(outcome, exchange.Single.Outcome);
    }

    [TestMethod]
    public void Request_over_the_bound_makes_the_oldest_give_way()
    {
        var exchange = new Exchange(options: new ModbusOptions { MaximumOutstandingRequests = 5 });
        for (ushort transaction = 1; transaction <= 6; transaction++)
            exchange.Send(Direction.ToServer, Exchange.Adu(transaction, 1, Exchange.Bytes(Read)));

        var seen = exchange.Single;
        Assert.AreEqual(1u, seen.Observation.Transaction);
        Assert.AreEqual(ModbusAnomaly.TooManyOutstanding, seen.Anomalies);
        Assert.AreEqual(Outcome.Unpaired, seen.Outcome);
    }

    [TestMethod]
    public void Force_listen_only_mode_needs_no_answer()
    {
        var exchange = new Exchange().Send(Direction.ToServer, Exchange.Adu(1, 1, Exchange.Bytes("08 0004 0000")));

        exchange.Tick(60_000);

        Assert.AreEqual(Outcome.Succeeded, exchange.Single.Outcome);
        Assert.AreEqual(Operation.Control, exchange.Single.Observation.Operation);
    }

    [TestMethod]
    public void Exception_in_the_direction_of_requests_is_flagged_and_may_be_refused()
    {
        var seen = new Exchange().Pdus("83 02", "83 01").Single;

        Assert.AreEqual(ModbusAnomaly.ExceptionInRequest, seen.Anomalies & ModbusAnomaly.ExceptionInRequest);
        Assert.AreEqual(Outcome.Rejected, seen.Outcome);
    }

    [TestMethod]
    public void Long_requests_survive_in_the_pending_table()
    {
        var exchange = new Exchange();
        for (ushort transaction = 0; transaction < 200; transaction++)
        {
            byte[] values = [.. Enumerable.Range(0, 246).Select(value => (byte)(value + transaction))];
            exchange.Send(Direction.ToServer, Exchange.Adu(transaction, 1, [16, 0, 0, 0, 123, 246, .. values]));
        }

        for (var transaction = 199; transaction >= 0; transaction--)
            exchange.Send(Direction.ToClient, Exchange.Adu((ushort)transaction, 1, Exchange.Bytes("10 0000 007B")));

        Assert.HasCount(200, exchange.Seen);
        foreach (var seen in exchange.Seen)
        {
            Assert.AreEqual(Outcome.Succeeded, seen.Outcome);
            var first = (byte)seen.Observation.Transaction;
            Assert.AreEqual(first << 8 | (byte)(first + 1), seen.RequestValues[0]);
        }
    }
}
