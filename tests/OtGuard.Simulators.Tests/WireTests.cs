using System.Globalization;
using System.Net;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Tests;

[TestClass]
public sealed class WireTests
{
    private static readonly EthernetHost Router = EthernetHost.At("192.0.2.1");
    private static readonly EthernetHost Client = EthernetHost.At("192.0.2.10", Router);
    private static readonly EthernetHost Server = EthernetHost.At("192.0.2.20", Router);

    [TestMethod]
    public void Everything_a_session_does_reads_as_intended_by_tshark()
    {
        var capture = new CaptureBuilder();
        var session = new TcpSession(capture, Client, 49152, Server, 502).Open();
        var modbus = new ModbusClient(session);
        modbus.ReadHoldingRegisters(1, 100, 1, 2, 3).WriteSingleCoil(1, 5, true).Refused(
            1, ModbusPdu.ReadCoilsRequest(9999, 1), 2);
        session.MaximumSegmentBytes = 50;
        modbus.ReadInputRegisters(1, 0, new ushort[100]);
        session.SendInSegments(Side.Client, modbus.Frame(1, ModbusPdu.ReadCoilsRequest(0, 8)), 1, 5, 2);
        session.Response(modbus.Frame(1, ModbusPdu.ReadCoilsResponse(new bool[8])));
        session.Close();

        Tshark.AssertHealthy(capture.ToPcap(), "modbus.exception_code");
    }

    [TestMethod]
    public void Every_function_is_dissected_by_tshark_without_complaint()
    {
        var capture = new CaptureBuilder();
        var modbus = new ModbusClient(new TcpSession(capture, Client, 49152, Server, 502).Open());
        modbus.ReadCoils(1, 0, true, false).ReadDiscreteInputs(1, 0, true).ReadHoldingRegisters(1, 0, 1)
            .ReadInputRegisters(1, 0, 1).WriteSingleCoil(1, 0, true).WriteSingleRegister(1, 0, 7)
            .Exchange(1, ModbusPdu.ReadExceptionStatusRequest(), ModbusPdu.ReadExceptionStatusResponse(3))
            .Diagnostics(1, 0, 0x1234)
            .Exchange(1, ModbusPdu.GetCommEventCounterRequest(), ModbusPdu.GetCommEventCounterResponse(0, 9))
            .Exchange(1, ModbusPdu.GetCommEventLogRequest(), ModbusPdu.GetCommEventLogResponse(0, 9, 9, 0x20, 0))
            .WriteMultipleCoils(1, 0, true, true).WriteMultipleRegisters(1, 0, 1, 2).ReportServerId(1, 7, "RTU")
            .Exchange(
                1, ModbusPdu.ReadFileRecordRequest(new FileRecord(4, 1, new ushort[2])),
                ModbusPdu.ReadFileRecordResponse(new FileRecord(4, 1, new ushort[2])));
        var file = ModbusPdu.WriteFileRecord(new FileRecord(4, 7, new ushort[] { 1, 2 }));
        var mask = ModbusPdu.MaskWriteRegister(4, 0xF2, 0x25);
        modbus.Exchange(1, file, file).Exchange(1, mask, mask)
            .Exchange(
                1, ModbusPdu.ReadWriteMultipleRegistersRequest(0, 2, 4, 9),
                ModbusPdu.ReadWriteMultipleRegistersResponse(1, 2))
            .Exchange(1, ModbusPdu.ReadFifoQueueRequest(0), ModbusPdu.ReadFifoQueueResponse(1, 2))
            .ReadDeviceIdentification(1, [(0, "Maker"), (1, "Code"), (2, "1.0")]);

        var pcap = capture.ToPcap();

        Tshark.AssertHealthy(pcap);
        var codes = Tshark.Run(pcap, "-Y", "modbus", "-T", "fields", "-e", "modbus.func_code");
        Assert.AreEqual(
            "1 1 2 2 3 3 4 4 5 5 6 6 7 7 8 8 11 11 12 12 15 15 16 16 17 17 20 20 21 21 22 22 23 23 24 24 43 43",
            string.Join(' ', codes));
    }

    [TestMethod]
    public void Other_frames_are_dissected_by_tshark_without_complaint()
    {
        var client6 = EthernetHost.At("2001:db8::10");
        var server6 = EthernetHost.At("2001:db8::20");
        var capture = new CaptureBuilder();
        void Add(byte[] frame)
        {
            capture.Wait(TimeSpan.FromMilliseconds(1));
            capture.Add(frame);
        }

        Add(Packet.ArpRequest(Client, Server.Ip));
        Add(Packet.ArpReply(Server, Client));
        Add(Packet.GratuitousArp(Server));
        var refused = Packet.Udp(Client, 4000, Server, 4001, [1, 2, 3]);
        Add(refused);
        Add(Packet.PortUnreachable(Server, Client, refused));
        var refused6 = Packet.Udp(client6, 4000, server6, 4001, [1, 2, 3]);
        Add(refused6);
        Add(Packet.PortUnreachable(server6, client6, refused6));
        Add(Packet.Icmp(Client, Server, 8, 0, 0x00010001, new byte[32]));
        Add(Packet.Udp(Client, 4000, Server, 4001, new byte[9], PacketOptions.Default with
        {
            Tags = [new VlanTag(100, 3, 0x88A8), new VlanTag(20)],
            IPv4Options = new byte[] { 1, 1, 1 },
        }));
        var datagram = Packet.UdpDatagram(Client, 4000, Server, 4001, new byte[3000]);
        foreach (var fragment in Packet.IPv4Fragments(
            Client, Server, Packet.ProtocolUdp, datagram, 1400, PacketOptions.Default with { Identification = 7 }))
            Add(fragment);
        new ModbusClient(new TcpSession(capture, client6, 50000, server6, 502).Open()).ReadCoils(255, 0, true);
        new ModbusClient(new UdpSession(capture, Client, 50001, Server, 502)).ReadCoils(255, 0, true);
        new TcpSession(capture, Client, 50002, Server, 81).OpenRefused();
        new TcpSession(capture, Client, 50003, Server, 82).OpenHalf();

        var pcap = capture.ToPcap();

        // An RST draws a warning by itself.
        Tshark.AssertHealthy(pcap, "tcp.flags.reset == 1");
        Assert.HasCount(1, Tshark.Run(pcap, "-Y", "udp.length == 3008"));
        Assert.HasCount(1, Tshark.Run(pcap, "-Y", "vlan.id == 20"));
    }

    [TestMethod]
    [DataRow("loss", "tcp.analysis.lost_segment")]
    [DataRow("retransmission", "tcp.analysis.retransmission")]
    [DataRow("reordering", "tcp.analysis.out_of_order or tcp.analysis.lost_segment")]
    [DataRow("keep-alive", "tcp.analysis.keep_alive")]
    public void Planted_trouble_is_found_by_tshark(string trouble, string filter)
    {
        var capture = new CaptureBuilder();
        var session = new TcpSession(capture, Client, 49152, Server, 502).Open();
        var modbus = new ModbusClient(session);
        modbus.ReadCoils(1, 0, true);
        capture.Wait(TimeSpan.FromSeconds(1));
        switch (trouble)
        {
            case "loss":
                session.Visible = Visible.FromServer;
                modbus.Request(1, ModbusPdu.ReadCoilsRequest(0, 1));
                session.Visible = Visible.Both;
                modbus.Respond(1, ModbusPdu.ReadCoilsResponse(true));
                modbus.ReadCoils(1, 0, true);
                break;
            case "retransmission":
                modbus.Request(1, ModbusPdu.ReadCoilsRequest(0, 1));
                capture.Wait(TimeSpan.FromMilliseconds(300));
                session.Retransmit(Side.Client);
                modbus.Respond(1, ModbusPdu.ReadCoilsResponse(true));
                break;
            case "reordering":
                session.SendReordered(Side.Server, new byte[30], 10, 2, 0, 1);
                break;
            default:
                session.KeepAlive(Side.Client);
                break;
        }

        Assert.IsNotEmpty(Tshark.Run(capture.ToPcap(), "-Y", filter));
    }

    [TestMethod]
    [DataRow(true, false)]
    [DataRow(true, true)]
    [DataRow(false, false)]
    public void Pcap_keeps_times_in_each_resolution_and_byte_order(bool nanoseconds, bool bigEndian)
    {
        using var stream = new MemoryStream();
        var writer = new PcapWriter(stream, new PcapOptions { Nanoseconds = nanoseconds, BigEndian = bigEndian });
        writer.Write(1_700_000_000_123_456_789, Packet.GratuitousArp(Client));

        var time = Tshark.Run(stream.ToArray(), "-T", "fields", "-e", "frame.time_epoch").Single();

        Assert.AreEqual(nanoseconds ? "1700000000.123456789" : "1700000000.123456000", time);
    }

    [TestMethod]
    public void Pcapng_keeps_times_and_interfaces()
    {
        using var stream = new MemoryStream();
        var writer = new PcapngWriter(stream, 1, 1);
        writer.Write(1_700_000_000_123_456_789, Packet.GratuitousArp(Client), 1);
        writer.Write(1_700_000_001_000_000_001, [.. Packet.GratuitousArp(Client), 1]);

        var lines = Tshark.Run(stream.ToArray(), "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.interface_id");

        Assert.AreEqual("1700000000.123456789\t1 1700000001.000000001\t0", string.Join(' ', lines));
    }

    [TestMethod]
    public void Packets_for_other_networks_go_to_the_router()
    {
        var far = new EthernetHost(MacAddress.Parse("00:11:22:33:44:55"), IPAddress.Parse("198.51.100.7"));

        var there = Packet.Udp(Client, 1, far, 2, []);
        var back = Packet.Udp(far, 2, Client, 1, []);

        Assert.AreEqual("02:00:c0:00:02:01", Router.Mac.ToString());
        CollectionAssert.AreEqual(there[..6], back[6..12]);
        Assert.AreEqual(
            Router.Mac.Value, ulong.Parse(Convert.ToHexString(there[..6]), NumberStyles.HexNumber, null));
    }

    [TestMethod]
    public void Folder_holds_the_ground_truth_of_every_frame()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var capture = new CaptureBuilder();
            var attack = new TruthRecord("scan", true, "192.0.2.66", ["192.0.2.20"], ["T0846"]);
            capture.Add(Packet.GratuitousArp(Client));
            capture.Wait(TimeSpan.FromSeconds(2));
            using (capture.Mark(attack)) capture.Add(Packet.GratuitousArp(Server));
            capture.Now = capture.Start + 1_000_000_000;
            using (capture.Mark(attack with { Event = "maintenance", IsAttack = false }))
                capture.Add(Packet.GratuitousArp(Server));

            var summary = capture.WriteTo(folder.FullName);

            string Read(string name) => File.ReadAllText(Path.Combine(folder.FullName, name));
            Assert.AreEqual("1;0\n2;0\n3;1\n", Read("labels.csv"));
            Assert.AreEqual("start,end,id\n3,3,scan\n", Read("intervals.csv"));
            Assert.Contains(
                "scan;1;192.0.2.66;192.0.2.20;T0846;3;3;1;2026-01-12T06:00:02.000000000Z;", Read("events.csv"));
            Assert.AreEqual(
                "maintenance scan", string.Join(' ', summary.Events.Select(planted => planted.Truth.Event)));
            Assert.AreEqual(3, summary.Frames);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
