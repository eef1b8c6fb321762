using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>The addresses that begin with the same bits: <c>10.20.0.0/24</c>.</summary>
/// <param name="First">Any address of it.</param>
/// <param name="PrefixLength">How many bits they share.</param>
public readonly record struct AddressBlock(NetworkAddress First, int PrefixLength)
{
    private const int IPv4Bits = 32;
    private const int IPv6Bits = 128;
    private const int HalfBits = 64;

    /// <summary>Reads an address or a block; false where it is neither, or of a kind that has no blocks.</summary>
    public static bool TryParse(string text, out AddressBlock block)
    {
        block = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!NetworkAddress.TryParse(slash < 0 ? text : text[..slash], out var address)) return false;
        var bits = address.Kind switch
        {
            AddressKind.IPv4 => IPv4Bits,
            AddressKind.IPv6 => IPv6Bits,
            _ => 0,
        };
        if (bits == 0) return false;
        var length = bits;
        if (slash >= 0
            && (!int.TryParse(text.AsSpan(slash + 1), out length) || length < 0 || length > bits)) return false;
        block = new AddressBlock(address, length);
        return true;
    }

    /// <summary>True where the address is one of them.</summary>
    public bool Contains(NetworkAddress address)
    {
        if (address.Kind != First.Kind) return false;
        if (First.Kind == AddressKind.IPv4) return Shares(address.Low, First.Low, IPv4Bits, PrefixLength);
        return Shares(address.High, First.High, HalfBits, Math.Min(PrefixLength, HalfBits))
            && Shares(address.Low, First.Low, HalfBits, Math.Max(0, PrefixLength - HalfBits));
    }

    private static bool Shares(ulong one, ulong other, int bits, int length) =>
        length == 0 || (one ^ other) >> (bits - length) == 0;
}

/// <summary>A zone in the sense of IEC 62443-3-2: assets that are protected alike.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Blocks">The addresses in it.</param>
public sealed record DeclaredZone(string Name, IReadOnlyList<AddressBlock> Blocks);

/// <summary>What may pass from one zone to another.</summary>
/// <param name="From">The zone of the clients.</param>
/// <param name="To">The zone of the servers.</param>
/// <param name="Services">The servers' ports; empty for any.</param>
public sealed record DeclaredConduit(string From, string To, IReadOnlyList<int> Services);

/// <summary>A device that is declared.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Name">What people call it, or null.</param>
/// <param name="Zone">The zone it is in, or null where its address says so.</param>
public sealed record DeclaredAsset(NetworkAddress Address, string? Name, string? Zone);

/// <summary>When something may be done: on some days, from one hour to another.</summary>
/// <param name="Days">The days; empty for all.</param>
/// <param name="From">From this time of day on.</param>
/// <param name="Until">
/// Before this time of day; an earlier one than <paramref name="From"/> is that of the next day.
/// </param>
/// <param name="Zone">The place whose time it is.</param>
public sealed record DeclaredHours(IReadOnlyList<DayOfWeek> Days, TimeOnly From, TimeOnly Until, TimeZoneInfo Zone)
{
    /// <summary>
    /// True where a moment is within them. What begins before midnight belongs to the day it began on.
    /// </summary>
    public bool Contains(CaptureTime time)
    {
        var local = TimeZoneInfo.ConvertTime(
            DateTimeOffset.UnixEpoch.AddTicks(time.UnixNanoseconds / TimeSpan.NanosecondsPerTick), Zone);
        var hour = TimeOnly.FromDateTime(local.DateTime);
        if (From == Until) return IsDay(local.DayOfWeek);
        if (From < Until) return hour >= From && hour < Until && IsDay(local.DayOfWeek);
        return hour >= From ? IsDay(local.DayOfWeek) : hour < Until && IsDay(local.AddDays(-1).DayOfWeek);
    }

    /// <summary>In words.</summary>
    public override string ToString() =>
        (Days.Count == 0 ? "daily" : string.Join(", ", Days))
            + FormattableString.Invariant($" {From:HH:mm}–{Until:HH:mm}")
        + $" ({Zone.Id})";

    private bool IsDay(DayOfWeek day) => Days.Count == 0 || Days.Contains(day);
}

/// <summary>Who may write what, and when.</summary>
/// <param name="Server">The device.</param>
/// <param name="Unit">The unit, or null for each.</param>
/// <param name="Space">The table.</param>
/// <param name="First">First address, from 0.</param>
/// <param name="Last">Last address.</param>
/// <param name="Writers">Who may write there; empty for anybody.</param>
/// <param name="Low">The lowest value, as on the wire, or null.</param>
/// <param name="High">The highest value, or null.</param>
/// <param name="Hours">When, or null for always.</param>
public sealed record DeclaredWrite(
    NetworkAddress Server, int? Unit, TargetSpace Space, uint First, uint Last, IReadOnlyList<NetworkAddress> Writers,
    int? Low, int? High, DeclaredHours? Hours)
{
    /// <summary>
    /// Places that have names and no numbers, as nodes of OPC UA do (<c>ns=2;s=Setpoint</c>); with any, addresses say
    /// nothing.
    /// </summary>
    public IReadOnlySet<string> Names { get; init; } = new HashSet<string>();

    /// <summary>True where it is about that place.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="space">The table.</param>
    /// <param name="address">The address.</param>
    /// <param name="name">The place's name, or null where it has none.</param>
    public bool Covers(int unit, TargetSpace space, long address, string? name = null) =>
        (Unit is null || Unit == unit) && Space == space
        && (Names.Count > 0 ? name is not null && Names.Contains(name) : address >= First && address <= Last);

    /// <summary>True where that host may write there.</summary>
    public bool Permits(NetworkAddress writer) => Writers.Count == 0 || Writers.Contains(writer);

    /// <summary>True where the value is within what is declared.</summary>
    public bool Holds(int value) => (Low is not { } low || value >= low) && (High is not { } high || value <= high);
}

/// <summary>How a value is compared.</summary>
public enum Comparison : byte
{
    /// <summary>It is the same.</summary>
    Equals,

    /// <summary>It is another.</summary>
    Differs,

    /// <summary>It is greater.</summary>
    Above,

    /// <summary>It is less.</summary>
    Below,
}

/// <summary>A condition on one point of the process.</summary>
/// <param name="Server">The device, or the bus.</param>
/// <param name="Unit">The unit.</param>
/// <param name="Space">The table.</param>
/// <param name="Address">The address, from 0.</param>
/// <param name="Is">How it is compared.</param>
/// <param name="Value">With what: of a register as on the wire, of a signal in its unit.</param>
public sealed record DeclaredCondition(
    NetworkAddress Server, short Unit, TargetSpace Space, uint Address, Comparison Is, double Value)
{
    /// <summary>
    /// What has a name and no number: a node (<c>ns=2;s=Tap</c>) in the space of nodes, a message's signal
    /// (<c>VEH_Speed.VehicleSpeed</c>) in that of CAN identifiers. Null for a register, where the address counts.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>True where the value fulfils it.</summary>
    public bool Holds(double value) => Is switch
    {
        Comparison.Equals => value == Value,
        Comparison.Differs => value != Value,
        Comparison.Above => value > Value,
        Comparison.Below => value < Value,
    };
}

/// <summary>A state of the process that must not be: all of its conditions hold at once.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="All">The conditions.</param>
public sealed record DeclaredState(string Name, IReadOnlyList<DeclaredCondition> All);

/// <summary>
/// What is declared about a site, as far as traffic is judged by it. Immutable. What is not declared is not judged.
/// </summary>
public sealed class DeclaredSite
{
    private readonly Dictionary<NetworkAddress, DeclaredAsset> _assets = [];
    private readonly Dictionary<NetworkAddress, DeclaredWrite[]> _writes;

    /// <summary>A site that declares nothing.</summary>
    public static readonly DeclaredSite Nothing = new([], [], [], false, [], []);

    /// <summary>Creates it.</summary>
    /// <param name="zones">Zones.</param>
    /// <param name="conduits">Conduits; where there are none, what passes between zones is not judged.</param>
    /// <param name="assets">Assets; of two with one address the first counts.</param>
    /// <param name="isComplete">True where every device of the zones is among the assets.</param>
    /// <param name="writes">Permitted writes.</param>
    /// <param name="states">States that must not be.</param>
    public DeclaredSite(
        IReadOnlyList<DeclaredZone> zones, IReadOnlyList<DeclaredConduit> conduits, IReadOnlyList<DeclaredAsset> assets,
        bool isComplete, IReadOnlyList<DeclaredWrite> writes, IReadOnlyList<DeclaredState> states)
    {
        (Zones, Conduits, IsComplete, States) = (zones, conduits, isComplete, states);
        foreach (var asset in assets) _assets.TryAdd(asset.Address, asset);
        _writes = writes.GroupBy(write => write.Server).ToDictionary(group => group.Key, group => group.ToArray());
    }

    /// <summary>Zones.</summary>
    public IReadOnlyList<DeclaredZone> Zones { get; }

    /// <summary>Conduits.</summary>
    public IReadOnlyList<DeclaredConduit> Conduits { get; }

    /// <summary>True where every device of the zones is declared.</summary>
    public bool IsComplete { get; }

    /// <summary>States that must not be.</summary>
    public IReadOnlyList<DeclaredState> States { get; }

    /// <summary>True where writes are declared anywhere.</summary>
    public bool HasWrites => _writes.Count > 0;

    /// <summary>The asset of that address, or null.</summary>
    public DeclaredAsset? Asset(NetworkAddress address) => _assets.GetValueOrDefault(address);

    /// <summary>
    /// The zone of an address: its asset's own, else that of the narrowest block it lies in; null for none.
    /// </summary>
    public string? ZoneOf(NetworkAddress address)
    {
        if (Asset(address)?.Zone is { } own) return own;
        string? found = null;
        var narrowest = -1;
        foreach (var zone in Zones)
        {
            foreach (var block in zone.Blocks)
            {
                if (block.PrefixLength <= narrowest || !block.Contains(address)) continue;
                (found, narrowest) = (zone.Name, block.PrefixLength);
            }
        }

        return found;
    }

    /// <summary>True where a client of one zone may use a service in another.</summary>
    public bool Allows(string from, string to, int service)
    {
        if (from == to || Conduits.Count == 0) return true;
        foreach (var conduit in Conduits)
            if (conduit.From == from && conduit.To == to
                && (conduit.Services.Count == 0 || conduit.Services.Contains(service))) return true;
        return false;
    }

    /// <summary>What is declared about writes to a device; empty for nothing.</summary>
    public ReadOnlySpan<DeclaredWrite> WritesTo(NetworkAddress server) => _writes.GetValueOrDefault(server);
}
