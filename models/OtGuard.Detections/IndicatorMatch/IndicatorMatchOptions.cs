using OtGuard.Collectors;

namespace OtGuard.Detections.IndicatorMatch;

/// <summary>Something a partner saw an attacker use.</summary>
/// <param name="Value">Address, network, domain or thumbprint, as the partner gave it.</param>
/// <param name="Name">What the partner calls it; empty for nothing.</param>
/// <param name="Source">The partner.</param>
public sealed record SoughtIndicator(string Value, string Name, string Source);

/// <summary>Settings of the <see cref="IndicatorMatchDetector"/>: what is looked for. Nothing by default.</summary>
public sealed record IndicatorMatchOptions
{
    /// <summary>Addresses of hosts.</summary>
    public IReadOnlyDictionary<NetworkAddress, SoughtIndicator> Addresses { get; init; } =
        new Dictionary<NetworkAddress, SoughtIndicator>();

    /// <summary>Networks of hosts.</summary>
    public IReadOnlyList<(System.Net.IPNetwork Network, SoughtIndicator Indicator)> Networks { get; init; } = [];

    /// <summary>Domains in small letters: they and what is below them, in the names that sides give themselves.</summary>
    public IReadOnlyDictionary<string, SoughtIndicator> Domains { get; init; } =
        new Dictionary<string, SoughtIndicator>(StringComparer.Ordinal);

    /// <summary>Thumbprints of certificates (SHA-1), small hexadecimal digits.</summary>
    public IReadOnlyDictionary<string, SoughtIndicator> Thumbprints { get; init; } =
        new Dictionary<string, SoughtIndicator>(StringComparer.Ordinal);
}
