using OtGuard.Simulators.Wire;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>What the normal traffic of a site is.</summary>
internal enum CoverageNetwork
{
    /// <summary>A SCADA server polls two RTUs.</summary>
    Plant,

    /// <summary>A CAN bus with identifiers of 11 bits, and a diagnostic tester.</summary>
    Car,

    /// <summary>A CAN bus that speaks J1939.</summary>
    Truck,

    /// <summary>A SCADA server polls two RTUs whose measurements follow a load.</summary>
    Process,

    /// <summary>A CAN bus whose signals follow the speed of a vehicle.</summary>
    Drive,

    /// <summary>An OPC UA client and server without security.</summary>
    OpcUa,

    /// <summary>The same, signed.</summary>
    OpcUaSigned,

    /// <summary>The same, signed and encrypted.</summary>
    OpcUaEncrypted,
}

/// <summary>
/// A small site in a capture in the making: a SCADA server polls two RTUs and now and then writes a coil of the first, or
/// a CAN bus carries its messages. Cases act on it.
/// </summary>
internal sealed class CoverageSite
{
    private readonly Dictionary<(EthernetHost Client, EthernetHost Server, ushort Port), ModbusClient> _clients = [];
    private readonly List<TcpSession> _sessions = [];
    private Func<CoverageProcess.Reading, CoverageProcess.Reading> _told = static reading => reading;
    private ushort _nextPort = 49152;
    private bool _withoutRegisters;

    /// <summary>A site whose capture begins <paramref name="after"/> the default start.</summary>
    public CoverageSite(TimeSpan after, CoverageNetwork network = CoverageNetwork.Plant)
    {
        Capture = new CaptureBuilder(CaptureBuilder.DefaultStart + after.Ticks * 100);
        Network = network;
        Bus = new CoverageBus(Capture, network);
        Sessions = new CoverageSessions(this);
    }

    /// <summary>The SCADA server: the only client, and the only writer, of the normal traffic.</summary>
    public static EthernetHost Scada { get; } = EthernetHost.At("10.0.0.5");

    /// <summary>Its standby, silent in the normal traffic.</summary>
    public static EthernetHost Standby { get; } = EthernetHost.At("10.0.0.6");

    /// <summary>The engineering workstation, silent in the normal traffic.</summary>
    public static EthernetHost Engineering { get; } = EthernetHost.At("10.0.0.7");

    /// <summary>The first RTU: unit 1, port 502. Read: holding registers 0–9, coils 0–7. Written: coil 5.</summary>
    public static EthernetHost Rtu1 { get; } = EthernetHost.At("10.0.0.9");

    /// <summary>The second RTU: unit 1, port 502. Read: holding registers 0–9.</summary>
    public static EthernetHost Rtu2 { get; } = EthernetHost.At("10.0.0.10");

    /// <summary>A host that is in no normal traffic.</summary>
    public static EthernetHost Intruder { get; } = EthernetHost.At("10.0.0.66");

    /// <summary>The capture: the clock of everything, and the frames of Ethernet.</summary>
    public CaptureBuilder Capture { get; }

    /// <summary>What its normal traffic is.</summary>
    public CoverageNetwork Network { get; }

    /// <summary>The CAN bus; silent where the normal traffic is a plant's and no case sends on it.</summary>
    public CoverageBus Bus { get; }

    /// <summary>The OPC UA sessions; silent where the normal traffic is another and no case opens one.</summary>
    public CoverageSessions Sessions { get; }

    /// <summary>Lets time pass; nothing happens.</summary>
    public CoverageSite Wait(double seconds)
    {
        Capture.Wait(TimeSpan.FromSeconds(seconds));
        return this;
    }

    /// <summary>Adds a frame at the present time.</summary>
    public CoverageSite Add(byte[] frame)
    {
        Capture.Add(frame);
        return this;
    }

    /// <summary>A new TCP connection, not opened yet; closed at the end of the capture where it was.</summary>
    public TcpSession Tcp(EthernetHost client, EthernetHost server, ushort port = 502)
    {
        var session = new TcpSession(Capture, client, _nextPort++, server, port);
        _sessions.Add(session);
        return session;
    }

    /// <summary>
    /// Modbus between two hosts. The connection is opened when it is first asked for, and kept until the end.
    /// </summary>
    public ModbusClient Modbus(EthernetHost client, EthernetHost server, ushort port = 502)
    {
        if (_clients.TryGetValue((client, server, port), out var known)) return known;
        var made = new ModbusClient(Tcp(client, server, port).Open());
        _clients.Add((client, server, port), made);
        return made;
    }

    /// <summary>Normal traffic: of a plant a round of polls every second and a write of coil 5 every ten; else the bus.</summary>
    public CoverageSite Normal(int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            var start = Capture.Now;
            if (Network == CoverageNetwork.Plant) Poll(second);
            else if (Network == CoverageNetwork.Process) PollProcess(second);
            else if (Sessions.IsNormal) Sessions.Act(second);
            else Bus.Act(second);
            Capture.Now = Math.Max(Capture.Now, start + 1_000_000_000);
        }

        return this;
    }

    /// <summary>Normal traffic in which the first RTU's registers are not read.</summary>
    public CoverageSite WithoutRegisters(int seconds)
    {
        _withoutRegisters = true;
        Normal(seconds);
        _withoutRegisters = false;
        return this;
    }

    /// <summary>Normal traffic in which the RTUs tell other measurements than they have.</summary>
    public CoverageSite Tell(int seconds, Func<CoverageProcess.Reading, CoverageProcess.Reading> told)
    {
        _told = told;
        Normal(seconds);
        _told = static reading => reading;
        return this;
    }

    /// <summary>The hosts of the normal traffic ask each other for their link addresses.</summary>
    public CoverageSite Greet()
    {
        if (Network is CoverageNetwork.Car or CoverageNetwork.Truck or CoverageNetwork.Drive) return this;
        foreach (var rtu in (EthernetHost[])[Rtu1, Rtu2])
        {
            Add(Packet.ArpRequest(Scada, rtu.Ip)).Wait(0.001);
            Add(Packet.ArpReply(rtu, Scada)).Wait(0.001);
        }

        return this;
    }

    /// <summary>Closes what is open, and lays the bus's periodic messages.</summary>
    public void Close()
    {
        foreach (var session in _sessions)
            if (session.IsOpen) session.Close();
        Bus.Complete();
    }

    private void Poll(int second)
    {
        if (!_withoutRegisters) Modbus(Scada, Rtu1).ReadHoldingRegisters(1, 0, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
        Modbus(Scada, Rtu1).ReadCoils(1, 0, true, false, true, false, true, false, true, false);
        Modbus(Scada, Rtu2).ReadHoldingRegisters(1, 0, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
        if (second % 10 == 5) Modbus(Scada, Rtu1).WriteSingleCoil(1, 5, second % 20 == 5);
    }

    private void PollProcess(int second)
    {
        var (first, other, sum, voltage) = _told(CoverageProcess.At(Capture.Now));
        Modbus(Scada, Rtu1).ReadInputRegisters(1, 0, (ushort)first, (ushort)other);
        Modbus(Scada, Rtu2).ReadInputRegisters(1, 0, (ushort)sum, (ushort)voltage);
        if (second % 10 == 5) Modbus(Scada, Rtu1).WriteSingleCoil(1, 5, second % 20 == 5);
    }
}
