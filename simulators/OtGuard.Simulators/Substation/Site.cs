using OtGuard.Simulators.Joint;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation;

/// <summary>
/// The simulated substation's network at a moment: who is there, what is connected, and the schedule on which acts to
/// come are put. Attacks work on it.
/// </summary>
public sealed class Site
{
    /// <summary>The registered port of Modbus TCP.</summary>
    public const ushort ModbusPort = 502;

    private const int FirstEphemeralPort = 49152;

    private static readonly EthernetHost Router = EthernetHost.At("10.20.0.1", name: "gateway");

    private readonly PriorityQueue<(Action Act, TruthRecord? Truth), (long Time, long Order)> _schedule = new();
    private readonly Dictionary<EthernetHost, int> _ports = [];
    private readonly List<Link> _links = [];
    private long _order;

    internal Site(CaptureBuilder capture, int seed, ChargingStation? vehicle = null)
    {
        Capture = capture;
        Traffic = new Random(seed);
        Random = new Random(seed ^ 0x5EED);
        SimulatedDevice Device(string name, byte last, string product, double latency) =>
            new(name, Host(last, name), 1, product)
            {
                Latency = TimeSpan.FromMilliseconds(latency),
                HasFiles = last == 114,
            };
        Transformers = [Device("T1", 101, "TC-40", 4), Device("T2", 102, "TC-40", 4)];
        Feeders = [.. Enumerable.Range(1, 8).Select(i => Device($"F{i}", (byte)(102 + i), "FP-7", 2.5))];
        Solar = Device("PV", 111, "PPC-2", 6);
        Charging = Device("CP", 112, "CC-12", 7);
        Capacitor = Device("CB", 113, "QC-3", 3);
        Station = Device("RTU", 114, "RTU-90", 5);
        Devices = [.. Transformers, .. Feeders, Solar, Charging, Capacitor, Station];
        Active = ScadaA;
        Standby = ScadaB;
        Process = new SubstationProcess(
            seed, capture.Start, [.. Transformers], [.. Feeders], Solar, Charging, Capacitor, Station,
            vehicle);
        OpcUa = new OpcUaStation(this, seed);
    }

    /// <summary>The capture the traffic goes into.</summary>
    public CaptureBuilder Capture { get; }

    /// <summary>Randomness for attacks, apart from the traffic's: planting one leaves the rest as it was.</summary>
    public Random Random { get; }

    /// <summary>The router to the control centre.</summary>
    public EthernetHost Gateway { get; } = Router;

    /// <summary>The Ethernet switch's own address.</summary>
    public EthernetHost Switch { get; } = Host(2, "switch");

    /// <summary>The station clock, a time server.</summary>
    public EthernetHost Clock { get; } = Host(5, "clock");

    /// <summary>The first SCADA server.</summary>
    public EthernetHost ScadaA { get; } = Host(11, "scada-a");

    /// <summary>The second SCADA server.</summary>
    public EthernetHost ScadaB { get; } = Host(12, "scada-b");

    /// <summary>The engineering workstation: reads, never writes.</summary>
    public EthernetHost Workstation { get; } = Host(21, "workstation");

    /// <summary>A host that is not part of the station.</summary>
    public EthernetHost Intruder { get; } = Host(66, "intruder");

    /// <summary>The tap changers' controllers.</summary>
    public IReadOnlyList<SimulatedDevice> Transformers { get; }

    /// <summary>The feeders' protection devices.</summary>
    public IReadOnlyList<SimulatedDevice> Feeders { get; }

    /// <summary>The photovoltaic park's controller.</summary>
    public SimulatedDevice Solar { get; }

    /// <summary>The charging park's controller.</summary>
    public SimulatedDevice Charging { get; }

    /// <summary>The capacitor bank's controller.</summary>
    public SimulatedDevice Capacitor { get; }

    /// <summary>The station's own RTU.</summary>
    public SimulatedDevice Station { get; }

    /// <summary>All fourteen Modbus servers.</summary>
    public IReadOnlyList<SimulatedDevice> Devices { get; }

    /// <summary>The OPC UA server with its clients.</summary>
    public OpcUaStation OpcUa { get; }

    /// <summary>All hosts with an address of their own.</summary>
    public IReadOnlyList<EthernetHost> Hosts =>
    [
        Gateway, Switch, Clock, ScadaA, ScadaB, Workstation, OpcUa.Host, OpcUa.Historian, OpcUa.Display,
        .. Devices.Select(device => device.Host),
    ];

    /// <summary>The SCADA server that polls and commands.</summary>
    public EthernetHost Active { get; private set; }

    /// <summary>The SCADA server that reads only its heartbeat.</summary>
    public EthernetHost Standby { get; private set; }

    /// <summary>The physics behind the registers.</summary>
    public SubstationProcess Process { get; }

    /// <summary>Randomness of the normal traffic.</summary>
    internal Random Traffic { get; }

    /// <summary>A host of the station's network by the last octet of its address.</summary>
    public static EthernetHost Host(byte last, string name) => EthernetHost.At($"10.20.0.{last}", Router, name);

    /// <summary>Runs <paramref name="act"/> later, as part of the event being marked now.</summary>
    public void Later(TimeSpan delay, Action act) => At(Capture.Now + delay.Ticks * 100, act, Capture.Truth);

    /// <summary>Makes a server the active one; nothing changes where it is already.</summary>
    public void Activate(EthernetHost server)
    {
        if (server == Active) return;
        (Active, Standby) = (Standby, Active);
    }

    /// <summary>The SCADA server's lasting link to a device.</summary>
    public Link LinkOf(EthernetHost client, SimulatedDevice device) =>
        _links.Find(link => link.Client == client && link.Device == device)
        ?? throw new ArgumentException($"{client} has no lasting link to {device.Name}.", nameof(client));

    /// <summary>Finds a device's link address, then opens a connection of one's own to it.</summary>
    public Link Connect(EthernetHost client, SimulatedDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        Resolve(client, device.Host);
        return new Link(this, client, device).Open();
    }

    /// <summary>Asks by ARP for a host's link address, and is answered.</summary>
    public void Resolve(EthernetHost client, EthernetHost target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (Devices.Any(device => device.IsOff && (device.Host == client || device.Host == target))) return;
        Capture.Add(Packet.ArpRequest(client, target.Ip));
        Capture.Wait(TimeSpan.FromMicroseconds(200));
        Capture.Add(Packet.ArpReply(target, client));
        Capture.Wait(TimeSpan.FromMicroseconds(100));
    }

    /// <summary>A client port not used lately by the host.</summary>
    public ushort NextPort(EthernetHost client)
    {
        var port = _ports.GetValueOrDefault(client, FirstEphemeralPort + client.Address[^1]);
        _ports[client] = port == ushort.MaxValue ? FirstEphemeralPort : port + 1;
        return (ushort)port;
    }

    internal Link AddLink(EthernetHost client, SimulatedDevice device)
    {
        var link = new Link(this, client, device, isLasting: true);
        _links.Add(link);
        return link;
    }

    internal void At(long unixNanoseconds, Action act, TruthRecord? truth) =>
        _schedule.Enqueue((act, truth), (unixNanoseconds, _order++));

    /// <summary>When the next act is due, in nanoseconds since 1970; <see cref="long.MaxValue"/> where there is none.</summary>
    internal long NextAct => _schedule.TryPeek(out _, out var key) ? key.Time : long.MaxValue;

    /// <summary>Acts that wait for their time.</summary>
    internal int Scheduled => _schedule.Count;

    /// <summary>Runs all acts before <paramref name="end"/> in order, handing out frames as time goes by.</summary>
    internal void RunUntil(long end, TruthCollector sink, CancellationToken stop = default)
    {
        while (_schedule.TryPeek(out var next, out var key) && key.Time < end && !stop.IsCancellationRequested)
        {
            _schedule.Dequeue();
            Capture.FlushUntil(key.Time, sink);
            Capture.Now = key.Time;
            Process.AdvanceTo(key.Time);
            if (next.Truth is { } truth) sink.Touch(truth, key.Time);
            using (Capture.Mark(next.Truth)) next.Act();
        }
    }
}
