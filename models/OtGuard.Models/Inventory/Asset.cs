using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>What an asset seems to be, from what it does.</summary>
public enum AssetKind : byte
{
    /// <summary>Nothing tells yet.</summary>
    Host,

    /// <summary>Answers requests of an industrial protocol: a PLC, RTU, IED or gateway.</summary>
    Controller,

    /// <summary>Asks controllers: a SCADA server, HMI, gateway or engineering workstation.</summary>
    ControlStation,

    /// <summary>Both asks and answers: a gateway or data concentrator.</summary>
    Gateway,

    /// <summary>Forwards for other addresses.</summary>
    Router,

    /// <summary>A control unit (ECU) on a bus: a J1939 node, or what answers diagnostics.</summary>
    ControlUnit,

    /// <summary>Asks control units on a bus: a diagnostic tester.</summary>
    Tester,
}

/// <summary>A fact about an asset and where it is from.</summary>
/// <param name="Name">What it says (<c>vendor</c>, <c>product code</c>, <c>revision</c>).</param>
/// <param name="Value">The text.</param>
/// <param name="Provenance">How it is known: <c>Modbus device identification, frame 17</c>.</param>
public sealed record AssetFact(string Name, string Value, string Provenance);

/// <summary>A machine on the network as it was observed.</summary>
public sealed class Asset
{
    /// <summary>Facts kept of one asset; a device that changes its texts at every request is told by the deviations.</summary>
    public const int FactCapacity = 256;

    private readonly SortedSet<string> _macs = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _serves = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _uses = new(StringComparer.Ordinal);
    private readonly SortedSet<short> _units = [];
    private readonly Dictionary<(short Unit, string Name), AssetFact> _facts = [];

    internal Asset(NetworkAddress address, CaptureTime time) => (Address, FirstSeen, LastSeen) = (address, time, time);

    /// <summary>The IP address, or the MAC where it speaks without one.</summary>
    public NetworkAddress Address { get; }

    /// <summary>Link addresses its IP address was seen with, those of routers left out.</summary>
    public IReadOnlyCollection<string> LinkAddresses => _macs;

    /// <summary>Protocols it answers.</summary>
    public IReadOnlyCollection<string> Serves => _serves;

    /// <summary>Protocols it asks others by.</summary>
    public IReadOnlyCollection<string> Uses => _uses;

    /// <summary>Unit identifiers that answered on it.</summary>
    public IReadOnlyCollection<short> Units => _units;

    /// <summary>Facts it told about itself, by unit and name.</summary>
    public IEnumerable<(short Unit, AssetFact Fact)> Facts =>
        _facts.OrderBy(f => f.Key.Unit).ThenBy(f => f.Key.Name, StringComparer.Ordinal).Select(f => (f.Key.Unit, f.Value));

    /// <summary>When it was first seen.</summary>
    public CaptureTime FirstSeen { get; }

    /// <summary>When it was last seen.</summary>
    public CaptureTime LastSeen { get; internal set; }

    /// <summary>What it seems to be.</summary>
    public AssetKind Kind { get; internal set; }

    /// <summary>True where it wrote to a controller.</summary>
    public bool IsWriter { get; internal set; }

    internal void AddLinkAddress(NetworkAddress mac) => _macs.Add(mac.ToString());

    internal void AddServes(string protocol) => _serves.Add(protocol);

    internal void AddUses(string protocol) => _uses.Add(protocol);

    internal void AddUnit(short unit) => _units.Add(unit);

    internal void AddFact(short unit, AssetFact fact)
    {
        if (_facts.Count < FactCapacity || _facts.ContainsKey((unit, fact.Name))) _facts[(unit, fact.Name)] = fact;
    }
}
