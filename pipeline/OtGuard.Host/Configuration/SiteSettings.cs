using OtGuard.Alerting;
using OtGuard.Models;

namespace OtGuard.Host.Configuration;

/// <summary>
/// The declared site, as it is written in its file. Everything is optional: what is not declared is not judged.
/// </summary>
internal sealed record SiteSettings
{
    /// <summary>The site's name, for sources that name none.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Zones (IEC 62443-3-2), by the addresses in them. The narrowest block an address lies in counts.
    /// </summary>
    public IReadOnlyList<ZoneSettings> Zones { get; init; } = [];

    /// <summary>What may pass between zones. Without any, nothing that passes is judged.</summary>
    public IReadOnlyList<ConduitSettings> Conduits { get; init; } = [];

    /// <summary>Assets, one by one.</summary>
    public IReadOnlyList<AssetSettings> Assets { get; init; } = [];

    /// <summary>
    /// Tables of assets (CSV with a header: address, name, zone, criticality, process) and IEC 61850 files (SCD, CID),
    /// whose access points are assets by the name of their IED. Where assets differ, those written here count.
    /// </summary>
    [Setting(IsPath = true)]
    public IReadOnlyList<string> AssetFiles { get; init; } = [];

    /// <summary>
    /// True where every device within the zones is declared, so that one that is not is told. Default false.
    /// </summary>
    public bool AssetsAreComplete { get; init; }

    /// <summary>Who may write what, when, and within which values.</summary>
    public IReadOnlyList<WriteSettings> Writes { get; init; } = [];

    /// <summary>States of the process that must never be.</summary>
    public IReadOnlyList<StateSettings> CriticalStates { get; init; } = [];

    /// <summary>Announced work: what falls into it is counted to its order and raises no alert.</summary>
    public IReadOnlyList<WorkSettings> Maintenance { get; init; } = [];

    /// <summary>A table of points (CSV) with their names, where the configuration names none.</summary>
    [Setting(IsPath = true)]
    public string? Names { get; init; }

    /// <summary>DBC files, beside those of the configuration.</summary>
    [Setting(IsPath = true)]
    public IReadOnlyList<string> Dbc { get; init; } = [];
}

/// <summary>A zone.</summary>
internal sealed record ZoneSettings
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Its level by the Purdue model (IEC 62443): 0 process, 1 control, 2 supervision, 3 operations, 3.5 between plant and
    /// office, 4 and 5 the enterprise. The map is laid out by it.
    /// </summary>
    [Setting(Minimum = 0, Maximum = 5)]
    public double? Level { get; init; }

    /// <summary>The addresses in it: blocks (<c>10.20.0.0/24</c>) and single ones.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];
}

/// <summary>What may pass from one zone to another.</summary>
internal sealed record ConduitSettings
{
    /// <summary>The zone of the clients.</summary>
    public required string From { get; init; }

    /// <summary>The zone of the servers.</summary>
    public required string To { get; init; }

    /// <summary>The servers' ports; without any, all of them.</summary>
    [Setting(Minimum = 0, Maximum = 65535)]
    public IReadOnlyList<int> Ports { get; init; } = [];
}

/// <summary>An asset.</summary>
internal sealed record AssetSettings
{
    /// <summary>Its address.</summary>
    public required string Address { get; init; }

    /// <summary>What people call it.</summary>
    public string? Name { get; init; }

    /// <summary>The zone it is in, where its address does not say so.</summary>
    public string? Zone { get; init; }

    /// <summary>How much depends on it. Default unknown.</summary>
    public AssetCriticality Criticality { get; init; }

    /// <summary>What its process is doing. Default unknown.</summary>
    public ProcessState Process { get; init; }
}

/// <summary>The tables of a device that can be named.</summary>
internal enum PointTable : byte
{
    /// <summary>Coils.</summary>
    Coils,

    /// <summary>Discrete inputs.</summary>
    DiscreteInputs,

    /// <summary>Input registers.</summary>
    InputRegisters,

    /// <summary>Holding registers.</summary>
    HoldingRegisters,

    /// <summary>Data identifiers of a control unit (UDS).</summary>
    DataIdentifiers,
}

/// <summary>Who may write what.</summary>
internal sealed record WriteSettings
{
    /// <summary>
    /// The device's address: of a network, or of a control unit on a bus as deviations name it, can0:7E8.
    /// </summary>
    public required string Server { get; init; }

    /// <summary>The unit; without one, each.</summary>
    [Setting(Minimum = 0, Maximum = 255)]
    public int? Unit { get; init; }

    /// <summary>The table: coils, holding registers or data identifiers; none where nodes are named.</summary>
    public PointTable? Table { get; init; }

    /// <summary>The nodes of an OPC UA server, as ns=2;s=Setpoint; in place of a table and addresses.</summary>
    public IReadOnlyList<string> Nodes { get; init; } = [];

    /// <summary>The first address, from 0.</summary>
    [Setting(Minimum = 0, Maximum = 65535)]
    public int? First { get; init; }

    /// <summary>The last address; without one, the first.</summary>
    [Setting(Minimum = 0, Maximum = 65535)]
    public int? Last { get; init; }

    /// <summary>The hosts that may write there; without any, all of them.</summary>
    public IReadOnlyList<string> Writers { get; init; } = [];

    /// <summary>The lowest value of a register, as on the wire: 0 to 65535.</summary>
    [Setting(Minimum = 0, Maximum = 65535)]
    public int? Low { get; init; }

    /// <summary>The highest value of a register, as on the wire.</summary>
    [Setting(Minimum = 0, Maximum = 65535)]
    public int? High { get; init; }

    /// <summary>When; without it, always.</summary>
    public HoursSettings? Hours { get; init; }
}

/// <summary>When something may be done.</summary>
internal sealed record HoursSettings
{
    /// <summary>The days; without any, all of them.</summary>
    public IReadOnlyList<DayOfWeek> Days { get; init; } = [];

    /// <summary>From this time of day on. Default midnight.</summary>
    public TimeOnly From { get; init; } = TimeOnly.MinValue;

    /// <summary>
    /// Before this time of day; an earlier one than the start is that of the next day, the same is a whole day. Default
    /// midnight.
    /// </summary>
    public TimeOnly Until { get; init; } = TimeOnly.MinValue;

    /// <summary>The place whose time it is, as Europe/Berlin. Default UTC.</summary>
    public string TimeZone { get; init; } = "UTC";
}

/// <summary>A state that must never be.</summary>
internal sealed record StateSettings
{
    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    /// <summary>The conditions that all hold then.</summary>
    public required IReadOnlyList<ConditionSettings> All { get; init; }
}

/// <summary>A condition on one point of the process: of a table and address, a node, or a signal of a bus.</summary>
internal sealed record ConditionSettings
{
    /// <summary>The device's address, or the bus (can0).</summary>
    public required string Server { get; init; }

    /// <summary>The unit. Default 1.</summary>
    [Setting(Minimum = 0, Maximum = 255)]
    public int Unit { get; init; } = 1;

    /// <summary>The table, with the address in it.</summary>
    public PointTable? Table { get; init; }

    /// <summary>The address, from 0.</summary>
    [Setting(Minimum = 0, Maximum = 65535)]
    public int? Address { get; init; }

    /// <summary>In place of table and address, a node of an OPC UA server, as in ns=2;s=Tap.</summary>
    public string? Node { get; init; }

    /// <summary>In place of table and address, a message and its signal by the DBC file, as in VEH_Speed.VehicleSpeed.</summary>
    public string? Signal { get; init; }

    /// <summary>How the value is compared. Default equals.</summary>
    public Comparison Is { get; init; }

    /// <summary>With what: of coils and registers as on the wire, of nodes as they are sent, of signals in their unit.</summary>
    public required double Value { get; init; }
}

/// <summary>Announced work.</summary>
internal sealed record WorkSettings
{
    /// <summary>The work order.</summary>
    public required string WorkOrder { get; init; }

    /// <summary>From when.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Until when.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>The zone worked in; without one, all.</summary>
    public string? Zone { get; init; }

    /// <summary>The host worked on or from; without one, all.</summary>
    public string? Address { get; init; }
}
