using OtGuard.Collectors;

namespace OtGuard.Models.Tests.Vocabulary;

/// <summary>What concerns hosts, bindings, peers and protocols, and what judging costs.</summary>
[TestClass]
public sealed class JudgingTests
{
    private const string Scada = "10.0.0.5";
    private const string Standby = "10.0.0.6";
    private const string Plc = "10.0.0.9";
    private const string Router = "00:00:00:00:00:01";
    private const string SecondRouter = "00:00:00:00:00:02";
    private const string Host = "00:00:00:00:00:05";

    private static readonly Baseline Bound = Traffic.Learn(t =>
    {
        foreach (var router in (string[])[Router, SecondRouter])
            foreach (var address in (string[])["10.1.0.7", "10.2.0.7", "10.3.0.7"]) t.Bind(address, router);
        t.Bind("10.4.0.7", Router);
        t.Bind(Scada, Host);
    });

    [TestMethod]
    [DataRow(Scada, Host, Novelty.None, DisplayName = "as learned")]
    [DataRow(Scada, Router, Novelty.Binding, DisplayName = "at another known link address")]
    [DataRow(Scada, "00:00:00:00:00:99", Novelty.Binding | Novelty.Asset, DisplayName = "at an unknown link address")]
    [DataRow(Scada, "00:00:5e:00:01:01", Novelty.None, DisplayName = "at a virtual router's")]
    [DataRow("10.9.0.7", Router, Novelty.Asset, DisplayName = "a new address behind a router")]
    [DataRow("10.4.0.7", SecondRouter, Novelty.None, DisplayName = "behind the other router")]
    [DataRow("10.4.0.7", Host, Novelty.Binding, DisplayName = "a routed address at a host")]
    public void An_address_at_another_link_address_is_new_but_for_routers(string address, string link,
        Novelty expected) =>
        Assert.AreEqual(expected, Traffic.Judge(Bound, t => t.Bind(address, link))[^1]);

    [TestMethod]
    public void A_standby_that_takes_over_does_what_its_partner_may()
    {
        var baseline = Traffic.Learn(t => VocabularyLearnerTests.PollByPair(t, minutes: 3, standbyPoints: 5));

        var verdicts = Traffic.Judge(baseline, t =>
        {
            t.Write(Standby, Plc, 40);
            t.Write(Standby, Plc, 41);
        });

        Assert.AreEqual(Novelty.Function | Novelty.Range | Novelty.Writer | Novelty.HeldByPeer, verdicts[^2]);
        Assert.AreEqual(Novelty.Function | Novelty.Range | Novelty.Writer, verdicts[^1]);
    }

    [TestMethod]
    public void A_service_that_speaks_another_protocol_is_new()
    {
        var baseline = Traffic.Learn(t => t.Connect(Scada, Plc, 502, name: "modbus"));

        Assert.AreEqual(Novelty.None, Traffic.Judge(baseline, t => t.Recognise(Scada, Plc, "modbus"))[^1]);
        Assert.AreEqual(Novelty.Protocol, Traffic.Judge(baseline, t => t.Recognise(Scada, Plc, "ssh"))[^1]);
    }

    [TestMethod]
    public void Known_and_new_observations_are_judged_without_allocating()
    {
        var baseline = Traffic.Learn(t => VocabularyLearnerTests.PollByPair(t, minutes: 3, standbyPoints: 5));
        var measuring = new Measuring(new VocabularyJudge(baseline, Traffic.Protocols));
        var traffic = new Traffic(measuring);
        VocabularyLearnerTests.PollByPair(traffic, minutes: 3, standbyPoints: 5);
        traffic.Write("10.0.0.66", Plc, 3);
        traffic.Read(Scada, Plc, 70, 5);
        traffic.Flush();

        Assert.IsGreaterThan(0, measuring.New);
        Assert.IsGreaterThan(measuring.New, measuring.Judged);
        Assert.AreEqual(0, measuring.AllocatedBytes);
    }

    [TestMethod]
    public void More_different_observations_than_are_remembered_are_judged_alike()
    {
        var baseline = Traffic.Learn(t => t.Read(Scada, Plc, 0, 65_000));

        var verdicts = Traffic.Judge(baseline, t =>
        {
            for (var round = 0; round < 2; round++)
                for (uint address = 0; address < 20_000; address++) t.Read(Scada, Plc, address * 4, 1);
        });

        for (var at = 2; at < verdicts.Count; at++)
        {
            var address = (at - 2) % 20_000 * 4;
            Assert.AreEqual(address < 65_000 ? Novelty.None : Novelty.Range, verdicts[at]);
        }
    }

    /// <summary>
    /// Judges each batch many times and counts what a time allocates at least: the compiler, which replaces methods
    /// while they run, now and then allocates on this thread too, but not every time.
    /// </summary>
    private sealed class Measuring(VocabularyJudge judge) : IObservationConsumer
    {
        internal long AllocatedBytes { get; private set; }

        internal int Judged { get; private set; }

        internal int New { get; private set; }

        public void Consume(ObservationBatch batch)
        {
            var least = long.MaxValue;
            for (var round = 0; round < 100; round++)
            {
                (Judged, New) = (0, 0);
                var before = GC.GetAllocatedBytesForCurrentThread();
                JudgeAll(batch);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            AllocatedBytes += least;
        }

        private void JudgeAll(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
            {
                Judged++;
                if (judge.Judge(in observation, batch) != Novelty.None) New++;
            }
        }
    }
}
