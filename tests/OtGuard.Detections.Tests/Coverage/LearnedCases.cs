using System.Net;
using System.Text;
using OtGuard.Models;
using OtGuard.Simulators.Wire;
using static OtGuard.Detections.Tests.Coverage.CoverageSite;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>Cases of the kinds that rest on what was learned.</summary>
internal static class LearnedCases
{
    private static readonly MacAddress StrangeMac = new(0x02AA_BBCC_DDEE);

    /// <summary>The site is learned for two minutes only, which are taken for enough.</summary>
    private static readonly LearningOptions FewOccasions = new() { MinimumOccasions = 2 };

    /// <summary>The cases.</summary>
    public static IReadOnlyList<CoverageCase> All { get; } =
    [
        new("A1", "new-asset",
            "a host never heard asks for a link address",
            static site => site.Add(Packet.ArpRequest(Intruder, Rtu1.Ip)).Wait(1),
            "a host that was silent for long does so again",
            static site => site.Add(Packet.ArpRequest(Engineering, Rtu1.Ip)).Wait(1))
        {
            Clean = static site => site.Add(Packet.ArpRequest(Engineering, Rtu1.Ip)).Wait(1),
        },
        new("A2", "new-conversation",
            "a host never heard polls an RTU",
            static site => ReadCoils(site, Intruder),
            "the SCADA server opens a second connection to it",
            static site => new ModbusClient(site.Tcp(Scada, Rtu1).Open()).ReadHoldingRegisters(1, 0, 1, 2, 3)),
        new("A3", "new-port",
            "the SCADA server opens an RTU's web page for the first time",
            static site => Http(site, Scada, Rtu1, 80),
            "it does so where it did while learning",
            static site => Http(site, Scada, Rtu1, 80))
        {
            CleanForTwin = static site => Http(site, Scada, Rtu1, 80),
        },
        new("A3", "foreign-protocol",
            "HTTP on the Modbus port, between hosts that use it for Modbus",
            static site => Http(site, Scada, Rtu1, 502),
            "Modbus there in segments of one byte",
            static site => OneByteASegment(site)),
        new("A3", "protocol-on-unusual-port",
            "Modbus on a port that was learned with HTTP",
            static site => ReadCoils(site, Scada, 8080),
            "Modbus on a port that was learned with Modbus",
            static site => ReadCoils(site, Scada, 8080))
        {
            Clean = static site => Http(site, Scada, Rtu1, 8080),
            CleanForTwin = static site => new ModbusClient(site.Tcp(Scada, Rtu1, 8080).Open()).ReadCoils(1, 0, true, true),
        },
        new("A4", "role-reversal",
            "an RTU that only answered polls another RTU",
            static site => site.Modbus(Rtu2, Rtu1).ReadCoils(1, 0, true, true),
            "a data concentrator that answers and polls goes on with both",
            static site => site.Modbus(Rtu2, Rtu1).ReadCoils(1, 0, true, true))
        {
            CleanForTwin = static site => site.Modbus(Rtu2, Rtu1).ReadCoils(1, 0, true, true),
        },
        new("A8", "address-binding-changed",
            "another link address answers for an RTU",
            static site => site.Add(Packet.ArpReply(Rtu1.WithMac(StrangeMac), Scada)).Wait(1),
            "the RTU announces its own",
            static site => site.Add(Packet.GratuitousArp(Rtu1)).Wait(1)),
        new("A8", "address-conflict",
            "two link addresses announce one IP address in turns",
            static site => Announce(site, Intruder, Intruder.WithMac(StrangeMac), Intruder),
            "a device is replaced by one with another link address",
            static site => Announce(
                site, Intruder, Intruder.WithMac(StrangeMac), Intruder.WithMac(StrangeMac)))
        {
            WithoutBaseline = true,
        },
        new("A8", "address-request-burst",
            "a host sends 61 requests for addresses within a minute",
            static site => SeekByArp(site, 61),
            "a host sends 60",
            static site => SeekByArp(site, 60)),
        new("A18", "identity-changed",
            "an RTU gives another revision than it was learned to",
            static site => Identify(site, "2.8"),
            "it gives the same one",
            static site => Identify(site, "2.7"))
        {
            Clean = static site => Identify(site, "2.7"),
        },
        new("B1", "function-code-not-permitted",
            "the SCADA server reads input registers, which it never did",
            static site => site.Modbus(Scada, Rtu1).ReadInputRegisters(1, 0, 1, 2, 3),
            "it reads fewer holding registers than usual",
            static site => site.Modbus(Scada, Rtu1).ReadHoldingRegisters(1, 0, 1, 2, 3)),
        new("B1", "unit-never-addressed",
            "the SCADA server addresses a unit nobody ever addressed",
            static site => site.Modbus(Scada, Rtu1).ReadHoldingRegisters(2, 0, 1, 2, 3),
            "it addresses a second unit that was learned",
            static site => site.Modbus(Scada, Rtu1).ReadHoldingRegisters(2, 0, 1, 2, 3))
        {
            Learning = FewOccasions,
            CleanForTwin = static site => site.Modbus(Scada, Rtu1).ReadHoldingRegisters(2, 0, 1, 2, 3),
        },
        new("B2", "address-range-violation",
            "the SCADA server reads holding registers beyond those it polls",
            static site => site.Modbus(Scada, Rtu1).ReadHoldingRegisters(1, 100, 1, 2, 3),
            "it reads a part of those it polls that it never asked for alone",
            static site => site.Modbus(Scada, Rtu1).ReadHoldingRegisters(1, 4, 1, 2, 3))
        {
            Learning = FewOccasions,
        },
        new("B3", "write-by-non-writer",
            "the engineering workstation, which only read, writes a coil",
            static site => site.Modbus(Engineering, Rtu1).WriteSingleCoil(1, 5, true),
            "the SCADA server, which was learned to, writes that coil",
            static site => site.Modbus(Scada, Rtu1).WriteSingleCoil(1, 5, true))
        {
            Clean = static site => ReadCoils(site, Engineering),
        },
        new("B9", "vendor-function",
            "the engineering workstation, which only read, uses function code 90",
            static site => Vendor(site),
            "it uses function code 90 as it did while learning",
            static site => Vendor(site))
        {
            Clean = static site => ReadCoils(site, Engineering),
            CleanForTwin = static site => Vendor(site),
        },
        new("B11", "first-exception",
            "an RTU that never refused anything is busy once",
            static site => site.Modbus(Scada, Rtu1).Refused(1, ModbusPdu.ReadCoilsRequest(0, 8), 6),
            "an RTU that was busy now and then while learning is busy once",
            static site => site.Modbus(Scada, Rtu1).Refused(1, ModbusPdu.ReadCoilsRequest(0, 8), 6))
        {
            CleanForTwin = static site => site.Modbus(Scada, Rtu1).Refused(1, ModbusPdu.ReadCoilsRequest(0, 8), 6),
        },
        new("B23", "device-identification-read",
            "the engineering workstation, which only read, asks an RTU who it is",
            static site => Identify(site, "2.7"),
            "it asks as it did while learning",
            static site => Identify(site, "2.7"))
        {
            Clean = static site => ReadCoils(site, Engineering),
            CleanForTwin = static site => Identify(site, "2.7"),
        },
        new("B26", "file-record-write",
            "the engineering workstation, which read file records, writes one",
            static site => WriteFile(site),
            "it reads a file record",
            static site => ReadFile(site))
        {
            Clean = static site => ReadFile(site),
        },
        new("B26", "file-record-write",
            "a file record is written, and nothing was learned",
            static site => WriteFile(site),
            "a file record is read, and nothing was learned",
            static site => ReadFile(site))
        {
            WithoutBaseline = true,
        },
    ];

    private static void ReadCoils(CoverageSite site, EthernetHost client, ushort port = 502) =>
        site.Modbus(client, Rtu1, port).ReadCoils(1, 0, true, false, true);

    private static void Vendor(CoverageSite site) => site.Modbus(Engineering, Rtu1)
        .Exchange(1, ModbusPdu.Vendor90(0, 0x01, 0x00), ModbusPdu.Vendor90(0, 0xFE));

    private static void Identify(CoverageSite site, string revision) => site.Modbus(Engineering, Rtu1)
        .ReadDeviceIdentification(1, [(0, "Example"), (1, "RTU-9"), (2, revision)]);

    private static void ReadFile(CoverageSite site)
    {
        var record = new FileRecord(4, 1, new ushort[] { 1, 2, 3, 4 });
        site.Modbus(Engineering, Rtu1)
            .Exchange(1, ModbusPdu.ReadFileRecordRequest(record), ModbusPdu.ReadFileRecordResponse(record));
    }

    private static void WriteFile(CoverageSite site)
    {
        var pdu = ModbusPdu.WriteFileRecord(new FileRecord(4, 1, new ushort[] { 1, 2, 3, 4 }));
        site.Modbus(Engineering, Rtu1).Exchange(1, pdu, pdu);
    }

    private static void Http(CoverageSite site, EthernetHost client, EthernetHost server, ushort port)
    {
        var session = site.Tcp(client, server, port).Open();
        session.Request(Encoding.ASCII.GetBytes("GET /status HTTP/1.1\r\nHost: rtu\r\n\r\n"));
        session.Response(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        session.Close();
    }

    private static void OneByteASegment(CoverageSite site)
    {
        var session = site.Tcp(Scada, Rtu1).Open();
        var client = new ModbusClient(session);
        var request = client.Frame(1, ModbusPdu.ReadHoldingRegistersRequest(0, 2));
        session.SendInSegments(Side.Client, request, [.. Enumerable.Repeat(1, request.Length)]);
        client.Respond(1, ModbusPdu.ReadHoldingRegistersResponse(1, 2));
    }

    private static void Announce(CoverageSite site, params IReadOnlyList<EthernetHost> hosts)
    {
        foreach (var host in hosts) site.Add(Packet.GratuitousArp(host)).Wait(2);
    }

    // Twenty addresses again and again: fewer than a scan has.
    private static void SeekByArp(CoverageSite site, int requests)
    {
        for (var i = 0; i < requests; i++)
            site.Add(Packet.ArpRequest(Intruder, new IPAddress([10, 0, 0, (byte)(100 + i % 20)]))).Wait(0.5);
    }
}
