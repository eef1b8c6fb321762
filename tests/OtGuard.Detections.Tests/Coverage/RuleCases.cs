using OtGuard.Collectors;
using OtGuard.Detections.IndicatorMatch;
using OtGuard.Simulators.Wire;
using static OtGuard.Detections.Tests.Coverage.CoverageSite;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>Cases of the kinds that rest on rules and on the specification.</summary>
internal static class RuleCases
{
    private static readonly EthernetHost Outside = EthernetHost.At("52.10.20.30", Rtu2);
    private static readonly EthernetHost OutsideToo = EthernetHost.At("52.10.20.31", Rtu2);

    /// <summary>The cases.</summary>
    public static IReadOnlyList<CoverageCase> All { get; } =
    [
        new("A5", "address-scan",
            "a host never heard tries 50 addresses",
            static site => TryAddresses(site, Intruder, 50),
            "the SCADA server starts up while its 60 learned devices are off",
            static site => TryAddresses(site, Scada, 60))
        {
            CleanForTwin = static site => ConnectAll(site, Scada, 60, 8080),
        },
        new("A6", "port-scan",
            "a host never heard tries 25 ports of an RTU",
            static site => TryPorts(site, Intruder, 25),
            "a client of 30 learned ports tries them while the server restarts",
            static site => TryPorts(site, Engineering, 30))
        {
            CleanForTwin = static site =>
            {
                for (ushort port = 2000; port < 2030; port++) site.Tcp(Engineering, Rtu1, port).Open().Close();
            },
        },
        new("A7", "plc-scan",
            "a host never heard connects to the Modbus port of ten RTUs",
            static site => ConnectAll(site, Intruder, 10, 502),
            "the SCADA server starts up and connects to its fourteen learned RTUs",
            static site => ConnectAll(site, Scada, 14, 502))
        {
            CleanForTwin = static site => ConnectAll(site, Scada, 14, 502),
        },
        new("A9", "session-flood",
            "a host never heard opens 50 connections within a minute",
            static site => Reconnect(site, Intruder, 50),
            "the SCADA server connects anew for every poll, once a second",
            static site => Reconnect(site, Scada, 60)),
        new("A13", "device-unresponsive",
            "an RTU leaves eight connection attempts unanswered",
            static site =>
            {
                for (var i = 0; i < 8; i++) Connect(site).OpenUnanswered();
            },
            "a restarting RTU refuses eight connection attempts",
            static site =>
            {
                for (var i = 0; i < 8; i++) Connect(site).OpenRefused();
            }),
        new("A19", "controller-restarts",
            "an RTU is told to restart twice within ten minutes, by a client that was learned to do so once",
            static site =>
            {
                site.Modbus(Scada, Rtu1).Diagnostics(1, 1);
                site.Wait(300).Modbus(Scada, Rtu1).Diagnostics(1, 1);
            },
            "it is told so once",
            static site => site.Modbus(Scada, Rtu1).Diagnostics(1, 1))
        {
            Clean = static site => site.Modbus(Scada, Rtu1).Diagnostics(1, 1),
        },
        new("A14", "malformed-burst",
            "two requests for more registers than a response can hold, on one connection",
            static site => site.Modbus(Scada, Rtu1)
                .Refused(1, ModbusPdu.ReadHoldingRegistersRequest(0, 126), 3)
                .Refused(1, ModbusPdu.ReadHoldingRegistersRequest(0, 127), 3),
            "two sound requests are refused",
            static site => site.Modbus(Scada, Rtu1)
                .Refused(1, ModbusPdu.ReadHoldingRegistersRequest(0, 10), 3)
                .Refused(1, ModbusPdu.ReadHoldingRegistersRequest(0, 10), 3)),
        new("A14", "segments-disagree",
            "a request is sent again with another value in it",
            static site => SendAgain(site, 9),
            "a request is retransmitted as it was",
            static site => SendAgain(site, 2)),
        new("A16", "external-peer",
            "the SCADA server connects to a public address",
            static site => site.Tcp(Scada, Outside, 443).Open().Close(),
            "it connects to one that was learned",
            static site => site.Tcp(Scada, Outside, 443).Open().Close())
        {
            CleanForTwin = static site => site.Tcp(Scada, Outside, 443).Open().Close(),
        },
        new("A17", "indicator-match",
            "the SCADA server connects to an address that a partner saw an attacker use",
            static site => site.Tcp(Scada, Outside, 443).Open().Close(),
            "it connects to its neighbour",
            static site => site.Tcp(Scada, OutsideToo, 443).Open().Close())
        {
            Options = new DetectorOptions
            {
                IndicatorMatch = new IndicatorMatchOptions
                {
                    Addresses = new Dictionary<NetworkAddress, SoughtIndicator>
                    {
                        [NetworkAddress.Parse("52.10.20.30")] = new("52.10.20.30", "Campaign", "cert"),
                    },
                },
            },
            CleanForTwin = static site => site.Tcp(Scada, OutsideToo, 443).Open().Close(),
        },
        new("A20", "one-sided-capture",
            "the mirror shows only the client of a connection",
            static site => Half(site, Visible.FromClient),
            "it shows both",
            static site => Half(site, Visible.Both)),
        new("A20", "capture-gap",
            "the capture loses a request and its answer",
            static site => Lose(site, Visible.None),
            "it loses nothing",
            static site => Lose(site, Visible.Both)),
        new("B8", "reserved-function-code",
            "a user-defined function code",
            static site => site.Modbus(Scada, Rtu1).Refused(1, ModbusPdu.Raw(102, 0, 1), 1),
            "one that this client used while learning",
            static site => site.Modbus(Scada, Rtu1).Refused(1, ModbusPdu.Raw(102, 0, 1), 1))
        {
            CleanForTwin = static site => site.Modbus(Scada, Rtu1).Refused(1, ModbusPdu.Raw(102, 0, 1), 1),
        },
        new("B10", "exception-from-client",
            "the client sends an exception",
            static site => site.Modbus(Scada, Rtu1).Request(1, 0x83, 2),
            "the server does",
            static site => site.Modbus(Scada, Rtu1).Refused(1, ModbusPdu.ReadHoldingRegistersRequest(0, 10), 2)),
        new("B11", "exception-pattern",
            "twenty refusals of one request",
            static site => RefuseSame(site, 20),
            "a poller with an entry that was always refused",
            static site => RefuseSame(site, 20))
        {
            CleanForTwin = static site => RefuseSame(site, 5),
        },
        new("B12", "refused-probing",
            "eight refusals all over the holding registers",
            static site =>
            {
                foreach (var start in (ushort[])[500, 100, 900, 300, 700, 200, 800, 400])
                    site.Modbus(Scada, Rtu1).Refused(1, ModbusPdu.ReadHoldingRegistersRequest(start, 2), 2);
            },
            "one wrong entry is refused eight times",
            static site => RefuseSame(site, 8)),
        new("B13", "server-failure",
            "exception 4",
            static site => site.Modbus(Scada, Rtu1).Refused(1, ModbusPdu.ReadHoldingRegistersRequest(0, 10), 4),
            "exception 5: it takes longer",
            static site => site.Modbus(Scada, Rtu1).Refused(1, ModbusPdu.ReadHoldingRegistersRequest(0, 10), 5)),
        new("B13", "server-busy",
            "ten times exception 6 within a minute",
            static site => Busy(site, 10),
            "nine times",
            static site => Busy(site, 9)),
        new("B14", "unresponsive-server",
            "three requests without an answer by a unit that answered before",
            static site => LeaveUnanswered(site, 3),
            "two",
            static site => LeaveUnanswered(site, 2)),
        new("B15", "protocol-identifier-not-zero",
            "a request with protocol identifier 1",
            static site => SendChanged(site, 3, 1),
            "one with transaction identifier 0",
            static site =>
            {
                site.Modbus(Scada, Rtu1).Transaction = ushort.MaxValue;
                site.Modbus(Scada, Rtu1).ReadHoldingRegisters(1, 0, 1, 2);
            }),
        new("B16", "length-wrong",
            "a header that declares 1,030 bytes before a message of 12",
            static site => SendChanged(site, 4, 4),
            "a request in two segments",
            static site =>
            {
                var session = Connect(site).Open();
                var client = new ModbusClient(session);
                session.SendInSegments(Side.Client, client.Frame(1, ModbusPdu.ReadHoldingRegistersRequest(0, 2)), 7, 5);
                client.Respond(1, ModbusPdu.ReadHoldingRegistersResponse(1, 2));
            }),
        new("B17", "unsolicited-response",
            "a response to no request",
            static site => site.Modbus(Scada, Rtu1).Respond(1, ModbusPdu.ReadHoldingRegistersResponse(1, 2), 65000),
            "a response that comes after its request was given up",
            static site =>
            {
                var client = site.Modbus(Scada, Rtu1).Request(1, ModbusPdu.ReadHoldingRegistersRequest(0, 2));
                site.Wait(12);
                client.Respond(1, ModbusPdu.ReadHoldingRegistersResponse(1, 2));
            }),
        new("B18", "response-mismatch",
            "three registers for ten that were asked for",
            static site => site.Modbus(Scada, Rtu1).Exchange(
                1, ModbusPdu.ReadHoldingRegistersRequest(0, 10), ModbusPdu.ReadHoldingRegistersResponse(1, 2, 3)),
            "two requests answered in the other order",
            static site =>
            {
                var client = site.Modbus(Scada, Rtu1).Request(1, ModbusPdu.ReadHoldingRegistersRequest(0, 2));
                client.Request(1, ModbusPdu.ReadHoldingRegistersRequest(0, 3));
                client.Respond(1, ModbusPdu.ReadHoldingRegistersResponse(1, 2, 3));
                client.Respond(1, ModbusPdu.ReadHoldingRegistersResponse(1, 2), (ushort)(client.Transaction - 1));
            }),
        new("B19", "request-flood",
            "257 requests wait for an answer",
            static site => Pipeline(site, 257),
            "256 do",
            static site => Pipeline(site, 256)),
        new("B20", "invalid-field",
            "a request for 126 registers",
            static site => site.Modbus(Scada, Rtu1).Refused(1, ModbusPdu.ReadHoldingRegistersRequest(0, 126), 3),
            "one for 125, as learned",
            static site => site.Modbus(Scada, Rtu1).ReadHoldingRegisters(1, 0, new ushort[125]))
        {
            CleanForTwin = static site => site.Modbus(Scada, Rtu1).ReadHoldingRegisters(1, 0, new ushort[125]),
        },
        new("B21", "device-control",
            "the SCADA server tells an RTU to listen only",
            static site => site.Modbus(Scada, Rtu1).Request(1, ModbusPdu.Diagnostics(4)),
            "it restarts its communications, as learned",
            static site => site.Modbus(Scada, Rtu1).Diagnostics(1, 1))
        {
            CleanForTwin = static site => site.Modbus(Scada, Rtu1).Diagnostics(1, 1),
        },
        new("B22", "records-cleared",
            "the SCADA server clears an RTU's counters",
            static site => site.Modbus(Scada, Rtu1).Diagnostics(1, 10),
            "it reads one of them, as learned",
            static site => site.Modbus(Scada, Rtu1).Diagnostics(1, 11))
        {
            CleanForTwin = static site => site.Modbus(Scada, Rtu1).Diagnostics(1, 11),
        },
        new("B24", "function-code-enumeration",
            "five functions are refused one after another",
            static site => TryFunctions(site),
            "a tool that asks for the same ones each time it starts",
            static site => TryFunctions(site))
        {
            CleanForTwin = static site => TryFunctions(site),
        },
        new("B25", "address-sweep",
            "sixteen blocks of registers that were never read, in order",
            static site => ReadBlocks(site, 16),
            "a poll list of sixteen blocks in order, as learned",
            static site => ReadBlocks(site, 16))
        {
            CleanForTwin = static site => ReadBlocks(site, 16),
        },
        new("B25", "unit-sweep",
            "ten units behind a gateway that it does not reach, in order",
            static site => TryUnits(site),
            "ten learned units, while the gateway's line is down",
            static site => TryUnits(site))
        {
            CleanForTwin = static site =>
            {
                for (byte unit = 2; unit < 12; unit++) site.Modbus(Scada, Rtu1).ReadHoldingRegisters(unit, 0, 1, 2);
            },
        },
        new("B27", "server-reset",
            "the server aborts a connection in use",
            static site => Use(site).Reset(Side.Server),
            "the client does",
            static site => Use(site).Reset(Side.Client)),
    ];

    private static TcpSession Connect(CoverageSite site) => site.Wait(6).Tcp(Scada, Rtu1);

    private static void Half(CoverageSite site, Visible visible)
    {
        var session = Connect(site);
        session.Visible = visible;
        var client = new ModbusClient(session.Open());
        for (var i = 0; i < 10; i++) client.ReadHoldingRegisters(1, 0, 1, 2);
    }

    private static void Lose(CoverageSite site, Visible visible)
    {
        var session = Connect(site).Open();
        var client = new ModbusClient(session).ReadHoldingRegisters(1, 0, 1, 2);
        session.Visible = visible;
        client.ReadHoldingRegisters(1, 0, 1, 2);
        session.Visible = Visible.Both;
        client.ReadHoldingRegisters(1, 0, 1, 2).ReadHoldingRegisters(1, 0, 1, 2);
    }

    private static TcpSession Use(CoverageSite site)
    {
        var session = Connect(site).Open();
        new ModbusClient(session).ReadHoldingRegisters(1, 0, 1, 2);
        return session;
    }

    private static void TryAddresses(CoverageSite site, EthernetHost client, int count)
    {
        for (var i = 0; i < count; i++) site.Wait(0.2).Tcp(client, Device(i), 8080).OpenUnanswered();
        site.Wait(6);
    }

    private static void TryPorts(CoverageSite site, EthernetHost client, int count)
    {
        for (ushort port = 2000; port < 2000 + count; port++) site.Wait(0.2).Tcp(client, Rtu1, port).OpenRefused();
    }

    private static void ConnectAll(CoverageSite site, EthernetHost client, int count, ushort port)
    {
        for (var i = 0; i < count; i++) site.Wait(0.05).Tcp(client, Device(i), port).Open().Close();
    }

    private static EthernetHost Device(int number) =>
        EthernetHost.At(FormattableString.Invariant($"10.0.7.{number + 1}"));

    private static void Reconnect(CoverageSite site, EthernetHost client, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var session = site.Wait(0.9).Tcp(client, Rtu1).Open();
            new ModbusClient(session).ReadHoldingRegisters(1, 0, 1, 2);
            session.Close();
        }
    }

    private static void SendAgain(CoverageSite site, byte count)
    {
        var session = Connect(site).Open();
        var client = new ModbusClient(session);
        var start = session.ClientSequence;
        client.Request(1, ModbusPdu.ReadHoldingRegistersRequest(0, 2));
        session.Segment(Side.Client, start, client.Frame(1, ModbusPdu.ReadHoldingRegistersRequest(0, count)));
        client.Respond(1, ModbusPdu.ReadHoldingRegistersResponse(1, 2));
    }

    private static void RefuseSame(CoverageSite site, int count)
    {
        for (var i = 0; i < count; i++)
            site.Wait(1).Modbus(Scada, Rtu1).Refused(1, ModbusPdu.ReadHoldingRegistersRequest(0, 10), 2);
    }

    private static void Busy(CoverageSite site, int count)
    {
        for (var i = 0; i < count; i++)
            site.Wait(1).Modbus(Scada, Rtu1).Refused(1, ModbusPdu.ReadHoldingRegistersRequest(0, 10), 6);
    }

    private static void LeaveUnanswered(CoverageSite site, int count)
    {
        for (var i = 0; i < count; i++)
            site.Wait(1).Modbus(Scada, Rtu1).Request(1, ModbusPdu.ReadHoldingRegistersRequest(0, 10));
        site.Wait(12);
    }

    private static void SendChanged(CoverageSite site, int at, byte value)
    {
        var session = Connect(site).Open();
        var client = new ModbusClient(session);
        client.ReadHoldingRegisters(1, 0, 1, 2);
        var message = client.Frame(1, ModbusPdu.ReadHoldingRegistersRequest(0, 2));
        message[at] = value;
        session.Request(message);
    }

    private static void Pipeline(CoverageSite site, int count)
    {
        var client = site.Modbus(Scada, Rtu1);
        var first = client.Transaction + 1;
        for (var i = 0; i < count; i++) client.Request(1, ModbusPdu.ReadHoldingRegistersRequest(0, 2));
        for (var i = Math.Max(0, count - 256); i < count; i++)
            client.Respond(1, ModbusPdu.ReadHoldingRegistersResponse(1, 2), (ushort)(first + i));
    }

    private static void TryFunctions(CoverageSite site)
    {
        foreach (var function in (byte[])[7, 11, 12, 17, 19])
            site.Modbus(Scada, Rtu1).Refused(1, ModbusPdu.Raw(function), 1);
    }

    private static void ReadBlocks(CoverageSite site, int count)
    {
        for (var i = 1; i <= count; i++) site.Modbus(Scada, Rtu1).ReadHoldingRegisters(1, (ushort)(i * 100), 1, 2);
    }

    private static void TryUnits(CoverageSite site)
    {
        for (byte unit = 2; unit < 12; unit++)
            site.Modbus(Scada, Rtu1).Refused(unit, ModbusPdu.ReadHoldingRegistersRequest(0, 2), 11);
    }
}
