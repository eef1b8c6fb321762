using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Detections.Buses;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.UnknownMessage;

/// <summary>D1: an arbitration identifier that was never on its bus while learning; 11 and 29 bits are kept apart.</summary>
/// <remarks>
/// One deviation for each identifier up to <see cref="UnknownMessageOptions.ToldOneByOne"/>, one for all others together.
/// Identifiers of diagnostic conversations and of J1939's transport protocol are judged by what they carry; on a bus whose
/// identifiers were not all learned, so many new ones as that lets one expect are information (<see cref="Newcomers"/>).
/// </remarks>
internal sealed class UnknownMessageDetector(UnknownMessageOptions options) : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("unknown-identifier");

    private readonly List<(BusState Bus, uint Identifier)> _told = [];
    private readonly Dictionary<BusState, (int Told, HashSet<uint> Others)> _buses = [];
    private readonly Dictionary<BusState, Newcomers> _newcomers = [];

    public string Name => "unknown-message";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Message) == 0 || context.Buses.Bus is not { } bus) return;
        var identifier = observation.Target.Start;
        var key = BusPhrases.Key(bus, identifier);
        if (!_newcomers.TryGetValue(bus, out var newcomers))
            _newcomers.Add(bus, newcomers = new Newcomers(bus, options.UnlikelyBelow));
        var wereExpected = newcomers.AreExpected;
        var isExpected = newcomers.Expects(identifier, in observation);
        if (wereExpected && !newcomers.AreExpected) AlarmAll(bus, context);
        if (context.Deviations.Find(Kind.Name, key) is { } known)
        {
            context.Deviations.Repeat(Kind.Name, key, in observation);
            if (known.IsInformation && !isExpected && bus.MessageOf(identifier) is not { CarriesSegments: true })
                Alarm(known, "it comes more often than what was not learned would", context);
            return;
        }

        var (told, others) = _buses.GetValueOrDefault(bus, (0, []));
        if (told < options.ToldOneByOne)
        {
            _buses[bus] = (told + 1, others);
            if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
            context.Deviations.Open(key, DescribeOne(bus, isExpected ? newcomers : null, in observation, context), in observation);
            _told.Add((bus, identifier));
            return;
        }

        // The set is bounded as the identifiers that are followed are.
        var isNew = others.Count < BusWatch.MaximumUnknown && others.Add(identifier);
        _buses[bus] = (told, others);
        var all = BusPhrases.Key(bus);
        var open = context.Deviations.Find(Kind.Name, all);
        if (context.Deviations.Repeat(Kind.Name, all, in observation))
        {
            // New words where the number has doubled: often enough to be right, too rarely to cost anything.
            if (open is not null && ((isNew && int.IsPow2(others.Count)) || (open.IsInformation && !isExpected)))
            {
                var expected = open.IsInformation && isExpected ? newcomers : null;
                context.Deviations.Revise(open, DescribeMany(bus, others.Count, expected, in observation, context));
            }

            return;
        }

        context.Deviations.Open(
            all, DescribeMany(bus, others.Count, isExpected ? newcomers : null, in observation, context), in observation);
    }

    /// <summary>What has turned out to carry diagnostics is told by what it carries.</summary>
    public void Advance(CaptureTime now, DetectionContext context)
    {
        for (var at = _told.Count - 1; at >= 0; at--)
        {
            var (bus, identifier) = _told[at];
            if (bus.MessageOf(identifier) is not { CarriesSegments: true }) continue;
            _told.RemoveAt(at);
            if (context.Deviations.Find(Kind.Name, BusPhrases.Key(bus, identifier)) is not { } open) continue;
            var severity = new SeverityTally(Kind)
                .Inform(true, "it turned out to belong to a diagnostic conversation, which is judged by what it carries");
            context.Deviations.Revise(
                open, open.Finding with { Severity = severity.Value, SeverityReasons = severity.Reasons });
        }
    }

    /// <summary>There are more of them than were to be expected: then none of them was.</summary>
    private void AlarmAll(BusState bus, DetectionContext context)
    {
        foreach (var (of, identifier) in _told)
        {
            if (of == bus && context.Deviations.Find(Kind.Name, BusPhrases.Key(bus, identifier)) is { IsInformation: true } open)
                Alarm(open, "there are more new identifiers than those that were not learned would be", context);
        }
    }

    private static void Alarm(Deviation deviation, string reason, DetectionContext context)
    {
        var severity = new SeverityTally(Kind).Add(true, 0, reason);
        context.Deviations.Revise(
            deviation, deviation.Finding with { Severity = severity.Value, SeverityReasons = severity.Reasons });
    }

    private static SeverityTally Tally(Newcomers? expected) => new SeverityTally(Kind).Inform(
        expected is not null,
        "some of the learned identifiers came once only, so that others are to be expected that did not come while learning");

    private static Finding DescribeOne(
        BusState bus, Newcomers? expected, in Observation observation, DetectionContext context)
    {
        var identifier = observation.Target.Start;
        var declared = context.Protocols[bus.Protocol].Declared(observation.Target);
        var severity = Tally(expected)
            .Add(declared is not null, -20, "the message is declared, and was only never seen while learning");
        return new Finding
        {
            Kind = Kind,
            Subject = BusPhrases.Subject(bus, identifier, context),
            Expected = string.Create(CultureInfo.InvariantCulture, $"one of the {bus.Learned.Count} identifiers learned on {bus.Address}"),
            Observed = $"{BusPhrases.Message(bus, identifier, context)}, {Phrases.Operation(in observation, context)}",
            Message = new Message(
                declared is null ? "unknown-identifier" : "unknown-identifier.declared",
                ("bus", bus.Connection.Conversation.Client.ToString()),
                ("message", BusPhrases.Message(bus, identifier, context)),
                ("learned", Spans.Number(bus.Learned.Count))),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
        };
    }

    private Finding DescribeMany(
        BusState bus, int count, Newcomers? expected, in Observation observation, DetectionContext context)
    {
        var severity = Tally(expected).Add(true, 10, "many identifiers are tried");
        return new Finding
        {
            Kind = Kind,
            Subject = bus.Connection.Conversation.Client.ToString(),
            Expected = string.Create(CultureInfo.InvariantCulture, $"the {bus.Learned.Count} identifiers learned on {bus.Address}"),
            Observed = "many identifiers never seen while learning",
            Message = new Message(
                "unknown-identifier.many",
                ("bus", bus.Connection.Conversation.Client.ToString()),
                ("told", Spans.Number(options.ToldOneByOne)),
                ("count", Spans.Number(count)),
                ("message", BusPhrases.Message(bus, observation.Target.Start, context)),
                ("learned", Spans.Number(bus.Learned.Count))),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
            Score = count,
            Scale = "unknown identifiers",
        };
    }
}
