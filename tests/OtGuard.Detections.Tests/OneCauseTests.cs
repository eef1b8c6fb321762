using OtGuard.Collectors;
using OtGuard.Detections.Tests.Coverage;
using OtGuard.Models;
using OtGuard.Simulators.Wire;
using static OtGuard.Detections.Tests.Coverage.CoverageSite;

namespace OtGuard.Detections.Tests;

/// <summary>What is an alarm and what is information, and that one cause does not become many alarms.</summary>
[TestClass]
public sealed class OneCauseTests
{
    /// <summary>Kinds that rest on what was learned; rules on scans and the like have their own tests.</summary>
    private static readonly IReadOnlyList<string> LearnedKinds =
        [.. DeviationCatalogue.Kinds.Where(kind => kind.Basis == DetectionBasis.Learned).Select(kind => kind.Name)];

    [TestMethod]
    public void New_client_that_reads_is_one_alarm_that_covers_its_conversation_from_the_first_packet()
    {
        var deviations = Judge(static site => site.Modbus(Intruder, Rtu1)
            .ReadHoldingRegisters(1, 0, 1, 2)
            .ReadInputRegisters(1, 500, 1, 2)
            .ReadDeviceIdentification(1, [(0, "Example")]));

        var alarm = Alarms(deviations).Single();
        Assert.AreEqual("new-conversation", alarm.Kind.Name);
        // Handshake 3, three exchanges of request, response and acknowledgement, tear-down 4 less the joint FIN-ACK.
        var conversation = alarm.Accused.Single();
        Assert.AreEqual(conversation.Frames.Count, alarm.Frames.Count);
        Assert.IsGreaterThanOrEqualTo(15, alarm.Frames.Count);
        Assert.AreEqual(conversation.FromClient.Frames + conversation.FromServer.Frames, alarm.Frames.Count);
    }

    [TestMethod]
    public void New_client_that_writes_is_an_alarm_for_the_conversation_and_a_more_severe_one_for_the_write()
    {
        var deviations = Judge(static site => site.Modbus(Intruder, Rtu1).WriteSingleCoil(1, 5, true));

        var alarms = Alarms(deviations).OrderBy(alarm => alarm.Finding.Severity).ToList();
        Assert.AreEqual(
            "new-conversation write-by-non-writer", string.Join(' ', alarms.Select(alarm => alarm.Kind.Name)));
        Assert.IsGreaterThan(alarms[0].Finding.Severity, alarms[1].Finding.Severity);
        Assert.Contains(
            "only 10.0.0.5 wrote there", Messages.Format(alarms[1].Finding.Message), StringComparison.Ordinal);
    }

    [TestMethod]
    public void Known_writer_at_a_new_address_is_information_while_writes_are_not_learned_completely()
    {
        var deviations = Judge(static site => site.Modbus(Scada, Rtu1).WriteSingleCoil(1, 6, true));

        var deviation = deviations.Single();
        Assert.AreEqual("address-range-violation", deviation.Kind.Name);
        Assert.IsTrue(deviation.IsInformation);
    }

    [TestMethod]
    public void Known_writer_at_another_server_is_information_while_writes_are_not_learned_completely()
    {
        var deviations = Judge(static site => site.Modbus(Scada, Rtu2).WriteSingleCoil(1, 6, true));

        Assert.IsNotEmpty(deviations);
        Assert.IsEmpty(Alarms(deviations));
    }

    [TestMethod]
    public void Known_reader_at_a_new_address_is_information_while_too_little_was_seen_of_reads()
    {
        var deviations = Judge(static site => site.Modbus(Scada, Rtu1).ReadHoldingRegisters(1, 100, 1, 2, 3));

        Assert.IsTrue(deviations.Single().IsInformation);
    }

    [TestMethod]
    [DataRow(2, DisplayName = "complete after the two minutes learned")]
    [DataRow(100, DisplayName = "never complete")]
    public void Known_writer_at_a_new_address_is_an_alarm_only_once_writes_are_learned_completely(int minimumOccasions)
    {
        var learning = new LearningOptions
        {
            MinimumOccasions = minimumOccasions,
            CompleteHorizon = TimeSpan.FromMinutes(1),
        };
        var baseline = CoverageRun.Learn(learning);

        var deviations = CoverageRun.Judge(
            baseline, static site => site.Modbus(Scada, Rtu1).WriteSingleCoil(1, 6, true), new DetectorOptions());

        Assert.AreEqual(minimumOccasions == 2, baseline.WriteSideComplete);
        Assert.AreEqual(minimumOccasions == 2, !deviations.Single().IsInformation);
    }

    [TestMethod]
    public void Standby_that_takes_over_from_its_partner_is_information()
    {
        var options = new LearningOptions
        {
            DeclaredPeers = [(NetworkAddress.Parse("10.0.0.5"), NetworkAddress.Parse("10.0.0.6"))],
        };
        var baseline = CoverageRun.Learn(options);

        var deviations = CoverageRun.Judge(
            baseline,
            static site => site.Modbus(Standby, Rtu1)
                .ReadHoldingRegisters(1, 0, 1, 2, 3)
                .WriteSingleCoil(1, 5, true),
            new DetectorOptions());

        Assert.IsNotEmpty(deviations);
        Assert.IsEmpty(Alarms(deviations));
    }

    [TestMethod]
    public void Port_scan_by_a_new_client_is_one_new_conversation_that_accuses_all_of_it()
    {
        var deviations = Judge(static site =>
        {
            for (ushort port = 1000; port < 1030; port++) site.Tcp(Intruder, Rtu1, port).OpenRefused();
        });

        var alarm = Alarms(deviations).Single();
        Assert.AreEqual("new-conversation", alarm.Kind.Name);
        Assert.HasCount(30, alarm.Accused);
        Assert.AreEqual(60, alarm.Frames.Count);
    }

    [TestMethod]
    public void Sweep_over_many_servers_is_told_server_by_server_up_to_the_setting_and_then_together()
    {
        var options = new DetectorOptions { NewConversation = new() { MaximumServersPerClient = 3 } };
        var baseline = CoverageRun.Learn(new LearningOptions());

        var deviations = CoverageRun.Judge(
            baseline,
            static site =>
            {
                for (var host = 100; host < 120; host++)
                    site.Tcp(Intruder, EthernetHost.At($"10.0.0.{host}")).OpenUnanswered();
            },
            options);

        var alarms = Alarms(deviations).Where(alarm => alarm.Kind.Name == "new-conversation").ToList();
        Assert.HasCount(4, alarms);
        Assert.HasCount(17, alarms[3].Accused);
    }

    [TestMethod]
    public void Broadcast_to_a_subnet_is_information()
    {
        var deviations = Judge(static site =>
        {
            var everybody = EthernetHost.At("10.0.0.255").WithMac(MacAddress.Broadcast);
            site.Add(Packet.Udp(Intruder, 138, everybody, 138, [1, 2, 3])).Wait(1);
        });

        Assert.Contains("new-conversation", deviations.Select(deviation => deviation.Kind.Name));
        Assert.IsEmpty(Alarms(deviations));
    }

    [TestMethod]
    public void Many_new_functions_of_a_known_client_are_a_handful_of_deviations()
    {
        var deviations = Judge(static site =>
        {
            var client = site.Modbus(Scada, Rtu1);
            client.ReadDiscreteInputs(1, 0, true).ReadInputRegisters(1, 0, 1);
            client.WriteSingleRegister(1, 0, 1).WriteMultipleRegisters(1, 0, 1, 2).WriteMultipleCoils(1, 5, true);
            client.Exchange(1, ModbusPdu.ReadFifoQueueRequest(1), ModbusPdu.ReadFifoQueueResponse(1));
            client.Exchange(1, ModbusPdu.MaskWriteRegister(1, 2, 3), ModbusPdu.MaskWriteRegister(1, 2, 3));
        });

        // Four one by one, and one for the rest.
        Assert.HasCount(5, deviations.Where(deviation => deviation.Kind.Name == "function-code-not-permitted"));
    }

    [TestMethod]
    public void Repetition_of_a_fact_is_one_deviation_with_a_count()
    {
        var deviations = Judge(static site =>
        {
            for (var i = 0; i < 50; i++) site.Modbus(Scada, Rtu1).ReadHoldingRegisters(1, 100, 1, 2, 3);
        });

        var deviation = deviations.Single();
        Assert.AreEqual(50, deviation.Occurrences);
        // Request and response of each.
        Assert.AreEqual(100, deviation.Frames.Count);
    }

    private static IReadOnlyList<Deviation> Judge(Action<CoverageSite> act) =>
    [
        .. CoverageRun.Judge(CoverageRun.Learn(new LearningOptions()), act, new DetectorOptions())
            .Where(deviation => LearnedKinds.Contains(deviation.Kind.Name)),
    ];

    private static IReadOnlyList<Deviation> Alarms(IReadOnlyList<Deviation> deviations) =>
        [.. deviations.Where(deviation => !deviation.IsInformation)];
}
