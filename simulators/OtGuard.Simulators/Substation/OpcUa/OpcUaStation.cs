using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation.OpcUa;

/// <summary>
/// The station's OPC UA side: a server that tells what the devices measure, a historian that keeps it (signed, with a
/// user), and a display of the energy management that reads it (without security, anonymously).
/// </summary>
public sealed class OpcUaStation
{
    /// <summary>How long a token is valid where nobody needs another time.</summary>
    internal const uint TokenMilliseconds = 3_600_000;

    private readonly Site _site;
    private long _pumpAt = long.MaxValue;

    internal OpcUaStation(Site site, int seed)
    {
        _site = site;
        Random = new Random(seed ^ 0x0CA4840);
        HistorianIdentity = OpcUaPractice.Identity(OpcUaPractice.Historian);
        var space = new OpcUaAddressSpace(
            site.Devices, site.Transformers, site.Feeders, [.. site.Transformers, site.Solar, site.Charging],
            () => site.Capture.Now);
        Server = new OpcUaServer(
            space, OpcUaPractice.Identity(OpcUaPractice.Server), $"opc.tcp://{Host.Ip}:{OpcUaTransport.Port}",
            [HistorianUser], () => site.Capture.Now, Random);
    }

    /// <summary>Where the server is.</summary>
    public EthernetHost Host { get; } = Site.Host(30, "ua-server");

    /// <summary>The historian.</summary>
    public EthernetHost Historian { get; } = Site.Host(31, "historian");

    /// <summary>The display of the energy management.</summary>
    public EthernetHost Display { get; } = Site.Host(32, "energy-display");

    /// <summary>The server.</summary>
    public OpcUaServer Server { get; }

    /// <summary>True while the server's program does not run: its host refuses connections.</summary>
    public bool IsDown { get; internal set; }

    /// <summary>As whom the historian logs in.</summary>
    internal static OpcUaUser HistorianUser { get; } = new("historian", "Practice-31!");

    /// <summary>Randomness of the normal traffic.</summary>
    internal Random Random { get; }

    /// <summary>The historian's certificate.</summary>
    internal OpcUaIdentity HistorianIdentity { get; }

    /// <summary>The historian's lasting connection, null while it has none.</summary>
    internal OpcUaLink? HistorianLink { get; set; }

    /// <summary>The display's lasting connection, null while it has none.</summary>
    internal OpcUaLink? DisplayLink { get; set; }

    /// <summary>Connects the historian anew; set by the station's life.</summary>
    internal Action ConnectHistorian { get; set; } = static () => { };

    /// <summary>Connects the display anew; set by the station's life.</summary>
    internal Action ConnectDisplay { get; set; } = static () => { };

    /// <summary>A connection of one's own to the server, whose link address is asked for first; nothing else is sent yet.</summary>
    internal OpcUaLink Reach(EthernetHost client, OpcUaIdentity? own = null, string applicationUri = "urn:laptop:client")
    {
        _site.Resolve(client, Host);
        return new OpcUaLink(_site, client, own, applicationUri, _site.Random);
    }

    /// <summary>Has the server publish when it is due: to be called where a subscription is new.</summary>
    internal void Pump()
    {
        var due = Server.NextDue;
        if (due >= _pumpAt) return;
        _pumpAt = due;
        _site.At(due, Run, null);
    }

    private void Run()
    {
        // One that was planned before an earlier one came up.
        if (_site.Capture.Now != _pumpAt) return;
        _pumpAt = long.MaxValue;
        Server.Advance();
        Pump();
    }
}
