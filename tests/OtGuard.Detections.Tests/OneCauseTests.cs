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
    public void A_write_that_is_carried_out_is_not_swallowed_by_one_that_was_refused_before()
    {
        var deviations = Judge(static site => site.Modbus(Intruder, Rtu1)
            .Refused(1, ModbusPdu.WriteSingleCoil(900, true), 2)
            .WriteSingleCoil(1, 5, true));

        var writes = Alarms(deviations).Where(alarm => alarm.Kind.Name == "write-by-non-writer").ToList();
        Assert.HasCount(2, writes);
        Assert.Contains("tried to write 1 to coil 900", Messages.Format(writes[0].Finding.Message));
        Assert.Contains("wrote 1 to coil 5", Messages.Format(writes[1].Finding.Message));
        Assert.IsGreaterThan(writes[0].Finding.Severity, writes[1].Finding.Severity);
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
    public void Scan_that_comes_to_the_port_of_a_control_protocol_is_told_by_it()
    {
        var deviations = Judge(static site =>
        {
            site.Tcp(Intruder, Rtu1, 80).OpenRefused();
            site.Modbus(Intruder, Rtu1).ReadCoils(1, 0, true);
        });

        var alarm = Alarms(deviations).Single();
        Assert.HasCount(2, alarm.Accused);
        Assert.AreEqual(
            "10.0.0.66, a host never seen while learning, talks to 10.0.0.9 over Modbus (TCP port 502); "
            + "while learning, 10.0.0.5 used that service there.",
            Messages.Format(alarm.Finding.Message));
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
                    site.Tcp(Scada, EthernetHost.At($"10.0.0.{host}")).OpenUnanswered();
            },
            options);

        var alarms = Alarms(deviations).Where(alarm => alarm.Kind.Name == "new-conversation").ToList();
        Assert.HasCount(4, alarms);
        Assert.HasCount(17, alarms[3].Accused);
    }

    [TestMethod]
    public void Host_never_seen_is_one_alarm_whatever_it_reaches()
    {
        var baseline = CoverageRun.Learn(new LearningOptions());

        var deviations = CoverageRun.Judge(
            baseline,
            static site =>
            {
                for (var host = 100; host < 120; host++)
                    site.Tcp(Intruder, EthernetHost.At($"10.0.0.{host}")).OpenUnanswered();
            },
            new DetectorOptions());

        var alarm = Alarms(deviations).Single(alarm => alarm.Kind.Name == "new-conversation");
        Assert.HasCount(20, alarm.Accused);
        Assert.Contains("talks to 20 hosts", Messages.Format(alarm.Finding.Message), StringComparison.Ordinal);
        Assert.Contains("17 more", Messages.Format(alarm.Finding.Message), StringComparison.Ordinal);
    }

    [TestMethod]
    public void Address_that_is_only_asked_for_is_no_asset()
    {
        var deviations = Judge(static site => site.Add(Packet.ArpRequest(Scada, EthernetHost.At("10.0.0.77").Ip)));

        Assert.DoesNotContain(deviation => deviation.Kind.Name == "new-asset", deviations);
    }

    [TestMethod]
    public void Host_never_seen_that_asks_two_devices_who_they_are_is_told_for_the_sweep_too()
    {
        var deviations = Judge(static site =>
        {
            site.Modbus(Intruder, Rtu1).ReadDeviceIdentification(1, [(0, "Example")]);
            site.Modbus(Intruder, Rtu2).ReadDeviceIdentification(1, [(0, "Example")]);
        });

        Assert.AreEqual(
            "device-identification-read new-conversation",
            string.Join(' ', Alarms(deviations).Select(alarm => alarm.Kind.Name).Order(StringComparer.Ordinal)));
    }

    [TestMethod]
    public void Flood_from_made_up_addresses_is_told_client_by_client_up_to_the_setting_and_then_together()
    {
        var options = new DetectorOptions { NewConversation = new() { MaximumClientsPerServer = 3 } };
        var baseline = CoverageRun.Learn(new LearningOptions());

        var deviations = CoverageRun.Judge(
            baseline,
            static site =>
            {
                for (var host = 100; host < 120; host++) site.Tcp(EthernetHost.At($"10.0.0.{host}"), Rtu1).OpenHalf();
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

    [TestMethod]
    public void Client_that_asks_other_devices_who_they_are_may_ask_a_new_one_for_information()
    {
        var baseline = CoverageRun.Learn(new LearningOptions(), static site =>
        {
            site.Modbus(Engineering, Rtu1).ReadDeviceIdentification(1, [(0, "Example")]);
            site.Modbus(Engineering, Rtu2).ReadCoils(1, 0, true);
        });

        var deviations = CoverageRun.Judge(
            baseline,
            static site => site.Modbus(Engineering, Rtu2).ReadDeviceIdentification(1, [(0, "Example")]),
            new DetectorOptions());

        Assert.AreEqual("device-identification-read", deviations.Single().Kind.Name);
        Assert.IsTrue(deviations.Single().IsInformation);
    }

    [TestMethod]
    public void Where_conversations_found_no_room_while_learning_what_is_new_within_them_stays_an_alarm()
    {
        // Room for the SCADA server's conversation with one of two RTUs: the other one's is not judged.
        var baseline = CoverageRun.Learn(new LearningOptions { MaximumFacts = 1 });

        var deviations = CoverageRun.Judge(
            baseline,
            static site => site.Tcp(Scada, Rtu2).Open().Request("GET / HTTP/1.1\r\nHost: rtu\r\n\r\n"u8),
            new DetectorOptions());

        Assert.IsGreaterThan(0, baseline.Completeness[FactFamily.Conversations].Overflow);
        Assert.DoesNotContain("new-conversation", deviations.Select(deviation => deviation.Kind.Name));
        Assert.IsFalse(deviations.Single(deviation => deviation.Kind.Name == "foreign-protocol").IsInformation);
    }

    [TestMethod]
    public void Foreign_bytes_in_a_new_conversation_are_information_beside_its_alarm()
    {
        var deviations = CoverageRun.Judge(
            CoverageRun.Learn(new LearningOptions()),
            static site => site.Tcp(Intruder, Rtu1).Open().Request("GET / HTTP/1.1\r\nHost: rtu\r\n\r\n"u8),
            new DetectorOptions());

        Assert.IsTrue(deviations.Single(deviation => deviation.Kind.Name == "foreign-protocol").IsInformation);
        Assert.AreEqual("new-conversation", Alarms(deviations).Single().Kind.Name);
    }

    [TestMethod]
    public void Burst_of_requests_for_hosts_that_are_known_is_information()
    {
        var deviations = CoverageRun.Judge(
            CoverageRun.Learn(new LearningOptions()),
            static site =>
            {
                for (var i = 0; i < 70; i++) site.Add(Packet.ArpRequest(Scada, (i % 2 == 0 ? Rtu1 : Rtu2).Ip)).Wait(0.5);
            },
            new DetectorOptions());

        var burst = deviations.Single(deviation => deviation.Kind.Name == "address-request-burst");
        Assert.IsTrue(burst.IsInformation);
        // With the two that the site's normal traffic began with, less than a minute before.
        Assert.AreEqual(72, burst.Occurrences);
    }

    [TestMethod]
    public void Host_that_is_only_looked_for_is_no_new_asset()
    {
        var deviations = Judge(static site => site.Tcp(Scada, EthernetHost.At("10.0.0.99")).OpenUnanswered(2));

        Assert.DoesNotContain("new-asset", deviations.Select(deviation => deviation.Kind.Name));
    }

    [TestMethod]
    public void Write_that_was_refused_weighs_less_than_one_that_was_not()
    {
        var done = Judge(static site => site.Modbus(Intruder, Rtu1).WriteSingleCoil(1, 5, true));
        var refused = Judge(static site => site.Modbus(Intruder, Rtu1).Refused(1, ModbusPdu.WriteSingleCoil(5, true), 1));

        Assert.IsLessThan(SeverityOf(done, "write-by-non-writer"), SeverityOf(refused, "write-by-non-writer"));
    }

    [TestMethod]
    public void Repetition_of_what_is_new_allocates_nothing()
    {
        var protocols = CoverageRun.Protocols();
        var baseline = CoverageRun.Learn(new LearningOptions());
        var detectors = DetectorRegistry.CreateAll(new DetectorOptions())
            .Where(detector => detector.Kinds.All(LearnedKinds.Contains))
            .ToList();
        var engine = new DetectionEngine(
            protocols, baseline, detectors, new DeviationTable("test", null), FrameSelection.All);
        var site = new CoverageSite(TimeSpan.FromHours(1));
        for (var i = 0; i < 5000; i++) site.Modbus(Intruder, Rtu1).ReadInputRegisters(1, 7, 1).WriteSingleCoil(1, 3, true);
        var measured = new MeasuringConsumer(engine);

        CoverageRun.Decode(site, protocols, measured);

        Assert.IsGreaterThan(10, measured.Batches);
        Assert.AreEqual(0, measured.AllocatedBytes);
    }

    [TestMethod]
    public void Ordinary_frames_of_a_bus_are_judged_without_allocating()
    {
        var protocols = CoverageRun.Protocols();
        var baseline = CoverageRun.Learn(CoverageNetwork.Car, new LearningOptions());
        var engine = new DetectionEngine(
            protocols, baseline, DetectorRegistry.CreateAll(new DetectorOptions()), new DeviationTable("test", null), FrameSelection.All);
        var site = new CoverageSite(TimeSpan.FromHours(1), CoverageNetwork.Car).Greet();
        site.Bus.Wait(60);
        site.Close();
        var measured = new MeasuringConsumer(engine);

        CoverageRun.Decode(site, protocols, measured);

        Assert.IsGreaterThan(10, measured.Batches);
        Assert.AreEqual(0, measured.AllocatedBytes);
    }

    [TestMethod]
    public void Sides_of_an_OPC_UA_session_are_assets_with_what_they_said_of_themselves()
    {
        var protocols = CoverageRun.Protocols();
        var inventory = new NetworkInventory(protocols);
        var site = new CoverageSite(TimeSpan.Zero, CoverageNetwork.OpcUa).Greet().Normal(3);
        site.Modbus(Scada, Rtu1).ReadHoldingRegisters(1, 0, 1);
        site.Close();

        CoverageRun.Decode(site, protocols, inventory);

        var client = inventory.Assets().Single(asset => asset.Address.ToString() == Scada.Ip.ToString());
        Assert.Contains("urn:plant:hmi", client.Facts.Select(fact => fact.Fact.Value));
        // One machine, whatever it speaks.
        Assert.AreSequenceEqual(["modbus", "opcua"], client.Uses.ToArray());
    }

    private static int SeverityOf(IReadOnlyList<Deviation> deviations, string kind) =>
        deviations.Single(deviation => deviation.Kind.Name == kind).Finding.Severity;

    private static IReadOnlyList<Deviation> Judge(Action<CoverageSite> act) =>
    [
        .. CoverageRun.Judge(CoverageRun.Learn(new LearningOptions()), act, new DetectorOptions())
            .Where(deviation => LearnedKinds.Contains(deviation.Kind.Name)),
    ];

    private static IReadOnlyList<Deviation> Alarms(IReadOnlyList<Deviation> deviations) =>
        [.. deviations.Where(deviation => !deviation.IsInformation)];

    /// <summary>Sums what the engine allocates after the first batches, in which deviations are opened and tables grow.</summary>
    private sealed class MeasuringConsumer(DetectionEngine engine) : IObservationConsumer
    {
        private const int WarmUpBatches = 5;

        public int Batches { get; private set; }

        public long AllocatedBytes { get; private set; }

        public void Consume(ObservationBatch batch)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            engine.Consume(batch);
            if (++Batches > WarmUpBatches) AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
