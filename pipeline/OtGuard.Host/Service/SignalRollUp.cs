using System.Globalization;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Host.Configuration;
using OtGuard.Models.Signals;

namespace OtGuard.Host.Service;

/// <summary>
/// The latest value of each signal at the end of each step, as points of the series <c>signals</c>: one for each device
/// or message, with a field for each of its signals.
/// </summary>
/// <remarks>
/// The tags are bounded: asset is the device, on a bus the bus. The field is the signal's name, so fields are bounded
/// too: beyond <see cref="FeedOptions.Signals"/> further ones are left out and counted.
/// </remarks>
internal sealed class SignalRollUp(
    string sensor, DeviationOrigin origin, FeedOptions options, SignalSampler sampler,
    Action<IReadOnlyList<SeriesPoint>> tell)
{
    private readonly HashSet<(string Asset, string Field)> _fields = [];

    /// <summary>Values left out because there were more signals than are kept.</summary>
    public long LeftOut { get; private set; }

    /// <summary>A step that began at that moment is over.</summary>
    public void Tell(CaptureTime start)
    {
        var points = new Dictionary<(string Asset, string Protocol), Dictionary<string, SeriesValue>>();
        sampler.Take((signal, value, _) =>
        {
            if (!double.IsFinite(value)) return;
            var (asset, field) = Place(signal);
            if (!_fields.Contains((asset, field)))
            {
                if (_fields.Count >= options.Signals)
                {
                    LeftOut++;
                    return;
                }

                _fields.Add((asset, field));
            }

            if (!points.TryGetValue((asset, signal.Protocol), out var fields))
                points.Add((asset, signal.Protocol), fields = new Dictionary<string,
                    SeriesValue>(StringComparer.Ordinal));
            fields[field] = SeriesValue.Of(value);
        });
        tell([.. points.Select(point => new SeriesPoint(
            "signals",
            new Dictionary<string, string?>
            {
                ["site"] = origin.Site,
                ["zone"] = origin.Zone,
                ["sensor"] = sensor,
                ["protocol"] = point.Key.Protocol,
                ["asset"] = point.Key.Asset,
            },
            point.Value,
            start))]);
    }

    /// <summary>A message on a bus is no asset: its identifier goes into the field.</summary>
    public static (string Asset, string Field) Place(SignalDefinition signal)
    {
        var owner = signal.Key.Owner.ToString();
        var blank = owner.IndexOf(' ', StringComparison.Ordinal);
        if (blank > 0) return (owner[..blank], $"{owner[(blank + 1)..]} {signal.Name}");
        return (owner, signal.Key.Unit >= 0
            ? string.Create(CultureInfo.InvariantCulture, $"unit {signal.Key.Unit} {signal.Name}")
            : signal.Name);
    }
}
