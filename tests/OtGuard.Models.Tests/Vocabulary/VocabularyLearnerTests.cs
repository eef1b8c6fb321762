using OtGuard.Collectors;

namespace OtGuard.Models.Tests.Vocabulary;

[TestClass]
public sealed class VocabularyLearnerTests
{
    private const string Scada = "10.0.0.5";
    private const string Standby = "10.0.0.6";
    private const string Plc = "10.0.0.9";

    private static readonly string[] Plcs = ["10.0.0.9", "10.0.0.10"];

    [TestMethod]
    public void Overlapping_and_adjacent_reads_are_one_range_and_others_stay_apart()
    {
        var baseline = Traffic.Learn(t =>
        {
            t.Read(Scada, Plc, 100, 10);
            t.Read(Scada, Plc, 0, 10);
            t.Read(Scada, Plc, 10, 5);
            t.Read(Scada, Plc, 12, 8);
        });

        Assert.AreSequenceEqual(
            new AddressInterval[] { new(0, 19), new(100, 109) },
            baseline.RangesOf(Traffic.Ip(Scada), Traffic.Ip(Plc), 1, TargetSpace.HoldingRegisters, isWrite: false));
    }

    [TestMethod]
    public void A_fact_counts_its_sightings_and_the_occasions_it_was_seen_on()
    {
        var baseline = Traffic.Learn(t =>
        {
            for (var i = 0; i < 3 * 60; i++)
            {
                t.Read(Scada, Plc, 0, 10);
                t.Read(Scada, Plc, 0, 10);
                t.After(TimeSpan.FromSeconds(30));
            }
        });

        var seen = baseline.Functions.Single().Seen;
        Assert.AreEqual(360, seen.Count);
        Assert.AreEqual(90, seen.Minutes);
        Assert.AreEqual(2, seen.Hours);
        Assert.AreEqual(1, seen.Shifts);
        Assert.AreEqual(1, seen.Days);
        Assert.AreEqual(Traffic.Start, seen.First);
        Assert.AreEqual(Traffic.Start + TimeSpan.FromSeconds(179 * 30), seen.Last);
    }

    [TestMethod]
    public void Nothing_outside_the_selected_frames_is_learned()
    {
        var baseline = Traffic.Learn(
            t =>
            {
                t.Read(Scada, Plc, 0, 10); // frames 1 to 4: conversation, connection, request and response
                t.Write("10.0.0.66", Plc, 7);
                t.Bind("10.0.0.66", "00:11:22:33:44:55");
            },
            selection: new FrameSelection(1, 4));

        Assert.HasCount(1, baseline.Conversations);
        Assert.HasCount(2, baseline.Hosts);
        Assert.IsEmpty(baseline.Writers);
        Assert.IsEmpty(baseline.Bindings);
    }

    [TestMethod]
    [DataRow(false, DisplayName = "and ended within them")]
    [DataRow(true, DisplayName = "and went on after them")]
    public void A_conversation_that_began_before_the_selected_frames_and_went_on_is_learned(bool goesOn)
    {
        var baseline = Traffic.Learn(
            t =>
            {
                var gone = t.Connect(Scada, "10.0.0.10", 80);
                var goose = t.Connect("00:11:22:33:44:55", "01:0c:cd:01:00:01", 0x88B8, Transport.Link);
                t.Read(Scada, Plc, 0, 10);
                t.Read(Scada, Plc, 0, 10);
                t.Frame(goose); // the tenth
                t.Frame(gone);
                if (goesOn) t.Frame(goose);
            },
            selection: new FrameSelection(6, 10));

        var learned = baseline.ConversationOf(new ConversationKey(
            Traffic.Ip("00:11:22:33:44:55"), Traffic.Ip("01:0c:cd:01:00:01"), Transport.Link, 0x88B8));
        Assert.AreEqual(1, learned?.Seen.Count);
        Assert.IsEmpty(baseline.ClientsOf(Traffic.Ip("10.0.0.10"), Transport.Tcp, 80));
    }

    [TestMethod]
    public void Frames_selected_that_give_no_observation_are_learned_too()
    {
        var baseline = Traffic.Learn(
            t =>
            {
                var goose = t.Connect("00:11:22:33:44:55", "01:0c:cd:01:00:01", 0x88B8, Transport.Link);
                for (var i = 0; i < 10; i++) t.Frame(goose);
            },
            selection: new FrameSelection(5, 8));

        Assert.HasCount(1, baseline.Conversations);
        Assert.AreEqual(Traffic.Start, baseline.LearnedFrom.First);
    }

    [TestMethod]
    public void Groups_are_inventory_and_apart_from_conversations()
    {
        var baseline = Traffic.Learn(t =>
        {
            t.Connect("00:11:22:33:44:55", "01:0c:cd:01:00:01", 0x88B8, Transport.Link);
            t.Connect(Scada, "255.255.255.255", 67, Transport.Udp);
            t.Read(Scada, Plc, 0, 1);
        });

        Assert.AreEqual(2, baseline.Completeness[FactFamily.GroupConversations].Facts);
        Assert.AreEqual(1, baseline.Completeness[FactFamily.Conversations].Facts);
        Assert.HasCount(2, baseline.Conversations.Where(c => c.IsGroup).ToList());
    }

    [TestMethod]
    public void A_conversation_that_gives_no_observations_is_seen_on_every_minute_it_goes_on()
    {
        var baseline = Traffic.Learn(t =>
        {
            var goose = t.Connect("00:11:22:33:44:55", "01:0c:cd:01:00:01", 0x88B8, Transport.Link);
            for (var i = 0; i < 60; i++)
            {
                t.Frame(goose);
                t.Read(Scada, Plc, 0, 1);
                t.Flush();
                t.After(TimeSpan.FromSeconds(10));
            }
        });

        Assert.AreEqual(10, baseline.Conversations.Single(c => c.IsGroup).Seen.Minutes);
    }

    [TestMethod]
    public void What_is_refused_or_unanswered_is_asked_for_all_the_same()
    {
        var baseline = Traffic.Learn(t =>
        {
            t.Read(Scada, Plc, 0, 1, outcome: Outcome.Rejected, reason: 2);
            t.Read(Scada, Plc, 5, 1, outcome: Outcome.Unanswered);
            t.Read(Scada, Plc, 9, 1, outcome: Outcome.Undecodable);
        });

        Assert.AreSequenceEqual(
            new AddressInterval[] { new(0, 0), new(5, 5) },
            baseline.RangesOf(Traffic.Ip(Scada), Traffic.Ip(Plc), 1, TargetSpace.HoldingRegisters, isWrite: false));
        Assert.AreEqual(2, baseline.Refusals.Single().Reason);
    }

    [TestMethod]
    public void A_link_address_with_addresses_of_other_networks_is_a_router_and_one_with_aliases_is_not()
    {
        var baseline = Traffic.Learn(t =>
        {
            t.Bind("10.0.0.1", "00:00:00:00:00:01");
            t.Bind("10.1.0.7", "00:00:00:00:00:01");
            t.Bind("10.2.0.7", "00:00:00:00:00:01");
            foreach (var alias in (string[])["10.0.0.20", "10.0.0.21", "10.0.0.22"]) t.Bind(alias, "00:00:00:00:00:02");
            t.Bind("10.0.0.30", "00:00:00:00:00:03");
            t.Bind("8.8.8.8", "00:00:00:00:00:03");
            t.Bind("10.0.0.40", "00:00:5e:00:01:07");
        });

        Assert.IsTrue(baseline.IsRouter(Traffic.Ip("00:00:00:00:00:01")));
        Assert.IsFalse(baseline.IsRouter(Traffic.Ip("00:00:00:00:00:02")));
        Assert.IsTrue(baseline.IsRouter(Traffic.Ip("00:00:00:00:00:03")));
        Assert.HasCount(3, baseline.Routers);
        Assert.IsTrue(baseline.Routers.Single(r => r.LinkAddress == Traffic.Ip("00:00:5e:00:01:07")).IsVirtual);
    }

    [TestMethod]
    [DataRow("00:00:5e:00:01:ff", true, DisplayName = "VRRP for IPv4")]
    [DataRow("00:00:5e:00:02:01", true, DisplayName = "VRRP for IPv6")]
    [DataRow("00:00:0c:07:ac:0a", true, DisplayName = "HSRP version 1")]
    [DataRow("00:00:0c:9f:f1:23", true, DisplayName = "HSRP version 2")]
    [DataRow("00:00:5e:00:03:01", false, DisplayName = "IANA, not VRRP")]
    [DataRow("00:00:0c:9f:e1:23", false, DisplayName = "Cisco, not HSRP")]
    public void Virtual_router_addresses_are_known_by_their_form(string link, bool expected) =>
        Assert.AreEqual(expected, Traffic.Learn(_ => { }).IsRouter(Traffic.Ip(link)));

    [TestMethod]
    public void Two_clients_that_poll_the_same_points_hold_one_role()
    {
        var baseline = Traffic.Learn(t => PollByPair(t, minutes: 3, standbyPoints: 5));

        Assert.AreEqual(Traffic.Ip(Standby), baseline.PeerOf(Traffic.Ip(Scada)));
        Assert.AreEqual(Traffic.Ip(Scada), baseline.PeerOf(Traffic.Ip(Standby)));
    }

    [TestMethod]
    [DataRow(3, 1, DisplayName = "one register of each device")]
    [DataRow(3, 4, DisplayName = "four fifths of the points")]
    [DataRow(2, 5, DisplayName = "all points, but on two minutes only")]
    public void A_client_that_polls_less_is_no_redundant_partner(int minutes, int points)
    {
        var baseline = Traffic.Learn(t => PollByPair(t, minutes, points));

        Assert.IsNull(baseline.PeerOf(Traffic.Ip(Standby)));
    }

    [TestMethod]
    public void A_declared_pair_needs_no_evidence()
    {
        var options = new LearningOptions { DeclaredPeers = [(Traffic.Ip(Standby), Traffic.Ip(Scada))] };

        var baseline = Traffic.Learn(t => t.Read(Scada, Plc, 0, 1), options);

        Assert.AreEqual(new PeerFact(Traffic.Ip(Scada), Traffic.Ip(Standby), "declared"), baseline.Peers.Single());
    }

    [TestMethod]
    public void A_family_without_room_says_so_and_is_not_judged()
    {
        var options = new LearningOptions { MaximumFacts = 3 };

        var baseline = Traffic.Learn(
            t =>
            {
                for (short unit = 1; unit <= 5; unit++) t.Read(Scada, Plc, 0, 1, unit);
            },
            options);
        var verdict = Traffic.Judge(baseline, t => t.Read(Scada, Plc, 0, 1, unit: 9))[^1];

        Assert.HasCount(3, baseline.Units);
        Assert.IsGreaterThan(0, baseline.Completeness[FactFamily.Units].Overflow);
        Assert.Contains("not judged", baseline.Completeness[FactFamily.Units].Sentence());
        Assert.AreEqual(Novelty.None, verdict);
    }

    /// <summary>The active server polls five points of two devices and writes; the standby polls as many as it is told.</summary>
    internal static void PollByPair(Traffic traffic, int minutes, int standbyPoints)
    {
        for (var minute = 0; minute < Math.Max(3, minutes); minute++)
        {
            foreach (var plc in Plcs)
            {
                for (uint point = 0; point < 5; point++)
                {
                    traffic.Read(Scada, plc, point * 20, 10);
                    if (point < standbyPoints && minute < minutes) traffic.Read(Standby, plc, point * 20, 10);
                }

                traffic.Write(Scada, plc, 40);
            }

            traffic.After(TimeSpan.FromMinutes(1));
        }
    }
}
