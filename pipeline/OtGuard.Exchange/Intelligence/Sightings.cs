using OtGuard.Alerting;
using OtGuard.Collectors;

namespace OtGuard.Exchange.Intelligence;

/// <summary>
/// What may go back to the partner an indicator came from: how often, and in which span of days. No host, no value, no
/// place.
/// </summary>
/// <param name="Indicator">The partner's id of the indicator.</param>
/// <param name="Count">How often the fact was seen.</param>
/// <param name="First">The day of the first evidence; null for none.</param>
/// <param name="Last">The day of the latest.</param>
public sealed record Sighting(string Indicator, long Count, DateOnly? First, DateOnly? Last);

/// <summary>An indicator that was found in the local history, with where. Stays at home.</summary>
/// <param name="Indicator">The indicator.</param>
/// <param name="Source">The source it came from.</param>
/// <param name="Alerts">Numbers of the alerts that show it.</param>
/// <param name="Sighting">What may go back.</param>
public sealed record IndicatorMatch(Indicator Indicator, string Source, IReadOnlyList<long> Alerts, Sighting Sighting);

/// <summary>Looks for indicators in the deviations and alerts of a store.</summary>
public static class Sightings
{
    /// <summary>Alerts looked through at once.</summary>
    private const int Batch = 1_000_000;

    /// <summary>
    /// Looks for indicators in what was found before: behaviours by kind and protocol, addresses by who acted and was
    /// acted upon. Alerts of exercises count only where they are asked for.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="sources">The indicators.</param>
    /// <param name="exercises">Whether to count exercises, and them alone.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<IReadOnlyList<IndicatorMatch>> FindAsync(
        IAlertStore store, IReadOnlyList<IndicatorSource> sources, bool exercises, CancellationToken cancellation)
    {
        var alerts = (await store.ListAlertsAsync(new AlertQuery { Limit = Batch }, cancellation))
            .Where(alert => alert.Exercise == exercises && !alert.IsStorm).ToList();
        var byBehaviour = alerts.SelectMany(alert => alert.Protocols.Select(protocol => (Key: $"{protocol}/{alert.Kind}", Alert: alert)))
            .ToLookup(pair => pair.Key, pair => pair.Alert, StringComparer.Ordinal);
        var byAddress = alerts.SelectMany(alert => new[] { alert.Actor, alert.Asset }.OfType<string>().Distinct(StringComparer.Ordinal)
            .Select(address => (Key: address, Alert: alert))).ToLookup(pair => pair.Key, pair => pair.Alert, StringComparer.OrdinalIgnoreCase);
        var matches = new List<IndicatorMatch>();
        foreach (var source in sources)
        {
            foreach (var indicator in source.Indicators)
            {
                var found = (indicator.Kind switch
                {
                    IndicatorKind.Behaviour => byBehaviour[indicator.Value],
                    IndicatorKind.Address => byAddress[indicator.Value],
                    IndicatorKind.Network => byAddress.Where(group => System.Net.IPAddress.TryParse(group.Key, out var address)
                        && System.Net.IPNetwork.Parse(indicator.Value).Contains(address)).SelectMany(group => group).Distinct(),
                    // Names and certificates are not in alerts; they are matched in the traffic.
                    IndicatorKind.Domain or IndicatorKind.Certificate => [],
                }).ToList();
                if (found.Count == 0) continue;
                matches.Add(new IndicatorMatch(
                    indicator, source.Name, [.. found.Select(alert => alert.Number).Order()],
                    new Sighting(
                        indicator.Id, found.Sum(alert => alert.Occurrences), Day(found.Min(alert => alert.FirstSeen)),
                        Day(found.Max(alert => alert.LastSeen)))));
            }
        }

        return matches;
    }

    private static DateOnly Day(CaptureTime time) => DateOnly.FromDateTime(
        DateTimeOffset.UnixEpoch.AddTicks(time.UnixNanoseconds / TimeSpan.NanosecondsPerTick).UtcDateTime);
}
