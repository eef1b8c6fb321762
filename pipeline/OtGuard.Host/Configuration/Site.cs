using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Dashboard.Plant;
using OtGuard.Models;

namespace OtGuard.Host.Configuration;

/// <summary>The declared site, ready for those who go by it. Immutable.</summary>
/// <param name="Name">The site's name, or null.</param>
/// <param name="Declared">What traffic is judged by.</param>
/// <param name="Assets">What severity goes by.</param>
/// <param name="Maintenance">Announced work.</param>
/// <param name="Names">A table of points, or null.</param>
/// <param name="Dbc">DBC files.</param>
/// <param name="Text">All it was read from, to tell whether it has changed.</param>
internal sealed record Site(
    string? Name, DeclaredSite Declared, IAssetDirectory Assets, IReadOnlyList<MaintenanceWindow> Maintenance,
    string? Names, IReadOnlyList<string> Dbc, string Text)
{
    /// <summary>What is declared of each address.</summary>
    public IReadOnlyDictionary<string, DeclaredPlace> Places { get; init; } = new Dictionary<string, DeclaredPlace>();

    /// <summary>The zones with their levels, in the order of the file.</summary>
    public IReadOnlyList<ZoneView> Zones { get; init; } = [];

    /// <summary>The declared zone of an address, or null.</summary>
    public string? ZoneOf(string? address) =>
        NetworkAddress.TryParse(address, out var parsed) ? Declared.ZoneOf(parsed) : null;

    /// <summary>A site that declares nothing.</summary>
    public static readonly Site Nothing = new(null, DeclaredSite.Nothing, new NoAssetDirectory(), [], null, [], "");

    /// <summary>
    /// The zone a deviation is counted to: that of what was acted upon, else of who acted; null for neither.
    /// </summary>
    public string? ZoneOf(DeviationRecord deviation) => ZoneOf(deviation.Asset) ?? ZoneOf(deviation.Actor);
}

/// <summary>What is declared about assets, by their address.</summary>
internal sealed class DeclaredAssets(IEnumerable<AssetSettings> assets) : IAssetDirectory
{
    private static readonly AssetContext Unknown = new();

    private readonly Dictionary<string, AssetContext> _contexts = assets
        .GroupBy(asset => asset.Address, StringComparer.Ordinal)
        .ToDictionary(
            group => group.Key, group => new AssetContext(group.First().Criticality, group.First().Process),
            StringComparer.Ordinal);

    /// <inheritdoc/>
    public AssetContext Find(string? address, string? zone) =>
        address is null ? Unknown : _contexts.GetValueOrDefault(address, Unknown);
}
