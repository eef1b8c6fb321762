using System.Numerics;
using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.Specification;

/// <summary>Turns what decoders flag as outside of their specification into deviations.</summary>
/// <remarks>
/// A protocol describes each of its anomaly bits with the catalogue's row it is evidence for; the first kind of that row
/// is raised. Nothing here knows a protocol. One deviation for each conversation and anomaly: a fuzzer's ten thousand
/// broken messages are one fact.
/// </remarks>
internal sealed class SpecificationDetector : IDetector
{
    /// <summary>The row of function codes outside of the standard, the only ones a baseline may permit.</summary>
    private const string FunctionRow = "B8";

    /// <summary>The row of refusals, which a baseline may permit too.</summary>
    private const string RefusalRow = "D27";

    private static readonly string[] Rows = [FunctionRow, "B10", "B15", "B16", "B18", "B19", "B20", "C10", "C19", "C20", "C22", "C23", "D27"];

    private static readonly IReadOnlyList<DeviationKind> All =
        [.. DeviationCatalogue.Kinds.Where(kind => Rows.Contains(kind.Row))];

    // For each protocol its 64 bits; null until the protocol's first anomaly.
    private readonly Rule?[]?[] _rules = new Rule?[]?[byte.MaxValue + 1];

    public string Name => "specification";

    public IReadOnlyList<string> Kinds { get; } = [.. All.Select(kind => kind.Name)];

    public Interests Interests => Interests.Anomalous;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Protocol == ProtocolRegistry.Network) return;
        var rules = _rules[observation.Protocol] ??= RulesOf(context.Protocols[observation.Protocol]);
        for (var bits = observation.Anomalies; bits != 0; bits &= bits - 1)
            if (rules[BitOperations.TrailingZeroCount(bits)] is { } rule) Judge(in observation, context, rule);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private static Rule?[] RulesOf(IProtocol protocol)
    {
        var rules = new Rule?[64];
        foreach (var anomaly in protocol.Anomalies)
            if (KindOf(anomaly) is { } kind) rules[anomaly.Bit] = new Rule(kind, anomaly);
        return rules;
    }

    private static DeviationKind? KindOf(AnomalyDescriptor anomaly) => All.FirstOrDefault(
        kind => kind.Row == anomaly.CatalogueRow && (anomaly.Kind is null || anomaly.Kind == kind.Name));

    private static void Judge(in Observation observation, DetectionContext context, Rule rule)
    {
        if (rule.Kind.Row == FunctionRow && context.KnowsFunction(in observation)) return;
        // A refusal that was a habit while learning.
        if (observation.Outcome == Outcome.Rejected && rule.Kind.Row == RefusalRow && context.KnowsRefusal(in observation))
            return;
        var conversation = observation.Connection.Conversation;
        // One for all that a conversation breaks under one row: what is broken first is told, the rest is counted.
        var key = new FactKey((ulong)conversation.Index, observation.Protocol);
        if (context.Deviations.Repeat(rule.Kind.Name, key, in observation)) return;

        var severity = new SeverityTally(rule.Kind)
            .Add(observation.IsWrite, 10, "the message writes")
            .Add(observation.Outcome == Outcome.Rejected, -5, "the server refused it");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = rule.Kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = $"as {rule.Anomaly.Reference} has it",
                Observed = $"{Phrases.Operation(in observation, context)}: {rule.Anomaly.Name}",
                Outcome = observation.Outcome,
                Message = new Message(
                    "specification",
                    ("subject", Phrases.Subject(in observation, context)),
                    ("operation", Phrases.Operation(in observation, context)),
                    ("text", rule.Anomaly.Text),
                    ("protocol", context.Protocols[observation.Protocol].DisplayName),
                    ("reference", rule.Anomaly.Reference)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }

    private sealed record Rule(DeviationKind Kind, AnomalyDescriptor Anomaly);
}
