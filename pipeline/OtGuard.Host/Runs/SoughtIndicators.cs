using OtGuard.Collectors;
using OtGuard.Detections.IndicatorMatch;
using OtGuard.Exchange.Intelligence;
using OtGuard.Host.Commands;

namespace OtGuard.Host.Runs;

/// <summary>Indicators of partners, as the detector looks for them.</summary>
internal static class SoughtIndicators
{
    /// <summary>Everything of a folder that holds now; nothing for no folder.</summary>
    /// <exception cref="UsageException">There is no such folder.</exception>
    public static IndicatorMatchOptions Read(DirectoryInfo? folder, TimeProvider clock)
    {
        if (folder is null) return new IndicatorMatchOptions();
        if (!folder.Exists) throw new UsageException($"There is no folder '{folder}' of indicators; 'otguard intel read' makes it.");
        var now = clock.GetUtcNow();
        var addresses = new Dictionary<NetworkAddress, SoughtIndicator>();
        var networks = new List<(System.Net.IPNetwork, SoughtIndicator)>();
        var domains = new Dictionary<string, SoughtIndicator>(StringComparer.Ordinal);
        var thumbprints = new Dictionary<string, SoughtIndicator>(StringComparer.Ordinal);
        foreach (var source in new IndicatorFolder(folder.FullName, clock).Sources())
        {
            foreach (var one in source.Indicators.Where(one => !(one.ValidUntil <= now) && !(one.ValidFrom > now)))
            {
                var sought = new SoughtIndicator(one.Value, one.Name, source.Name);
                switch (one.Kind)
                {
                    case IndicatorKind.Address when NetworkAddress.TryParse(one.Value, out var address):
                        addresses.TryAdd(address, sought);
                        break;
                    case IndicatorKind.Network:
                        networks.Add((System.Net.IPNetwork.Parse(one.Value), sought));
                        break;
                    case IndicatorKind.Domain:
                        domains.TryAdd(one.Value, sought);
                        break;
                    case IndicatorKind.Certificate:
                        thumbprints.TryAdd(one.Value, sought);
                        break;
                    default:
                        // Behaviours are looked for in what was found.
                        break;
                }
            }
        }

        return new IndicatorMatchOptions { Addresses = addresses, Networks = networks, Domains = domains, Thumbprints = thumbprints };
    }
}
