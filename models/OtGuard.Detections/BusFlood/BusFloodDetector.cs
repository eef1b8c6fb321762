using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Detections.Buses;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.BusFlood;

/// <summary>
/// D4: a bus carries far more frames in a second than ever while learning, or one message takes it for itself; low
/// identifiers win every arbitration, so that a flood of them silences all others.
/// </summary>
internal sealed class BusFloodDetector(BusFloodOptions options) : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("bus-flood");

    private readonly Dictionary<BusState, int> _looked = [];

    public string Name => "bus-flood";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.None;

    public void Observe(in Observation observation, DetectionContext context)
    {
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
        // By index: a list behind its interface is enumerated on the heap.
        var buses = context.Buses.Buses;
        for (var at = 0; at < buses.Count; at++)
        {
            var bus = buses[at];
            var window = bus.LastWindow;
            if (window.Number == _looked.GetValueOrDefault(bus)) continue;
            _looked[bus] = window.Number;
            if (bus.Fact is { Windows: > 0 } fact) Look(bus, fact, in window, context);
        }
    }

    private void Look(BusState bus, BusFact fact, in BusWindowCount window, DetectionContext context)
    {
        if (window.Frames < options.MinimumFrames) return;
        var share = 100 * window.TopFrames / window.Frames;
        var isBusy = window.Frames > options.BusiestFactor * fact.BusiestWindow;
        var isDominated = share > options.DominantPercent && fact.GreatestShare <= options.DominantPercent;
        if (!isBusy && !isDominated) return;
        var key = BusPhrases.Key(bus);
        var latest = BusPhrases.Latest(bus, bus.MessageOf(window.TopIdentifier));
        if (context.Deviations.Repeat(Kind.Name, key, in latest)) return;

        var top = BusPhrases.Message(bus, window.TopIdentifier, context);
        var lowest = bus.Learned.Count > 0 && window.TopIdentifier < bus.Learned.Min(message => message.Identifier);
        var severity = new SeverityTally(Kind)
            .Add(lowest, 10, "its identifier is below all learned ones and wins every arbitration");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = bus.Connection.Conversation.Client.ToString(),
                Expected = string.Create(
                    CultureInfo.InvariantCulture,
                    $"at most {fact.BusiestWindow:N0} frames in a second, no more than {fact.GreatestShare} % of them one message"),
                Observed = string.Create(
                    CultureInfo.InvariantCulture, $"{window.Frames:N0} frames in a second, {share} % of them {top}"),
                Message = new Message(
                    isDominated ? "bus-flood.dominated" : "bus-flood",
                    ("bus", bus.Connection.Conversation.Client.ToString()),
                    ("frames", Spans.Number(window.Frames)),
                    ("share", Spans.Number(share)),
                    ("message", top),
                    ("busiest", Spans.Number(fact.BusiestWindow)),
                    ("greatest", Spans.Number(fact.GreatestShare))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Score = window.Frames,
                Scale = "frames per second",
            },
            in latest);
    }
}
