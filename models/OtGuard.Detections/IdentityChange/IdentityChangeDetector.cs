using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.IdentityChange;

/// <summary>
/// A18: a device gives another text about itself than it was learned to: vendor, product, firmware revision. A device
/// exchanged, firmware updated, or somebody else answering in its place.
/// </summary>
internal sealed class IdentityChangeDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("identity-changed");

    public string Name => "identity-change";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Identity) == 0 || context.Baseline is not { } baseline) return;
        // What a node says of itself unasked is judged by the rule of its protocol's row (D25).
        if (observation.Protocol == ProtocolRegistry.Network || observation.ResponseFrame == 0) return;
        var server = observation.Connection.Conversation.Server;
        // One deviation for a unit, whoever asked it: a new revision often comes with a new product code.
        var key = Facts.Of(server) with { B = (ushort)observation.Unit };
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;

        var expected = new List<string>();
        var observed = new List<string>();
        foreach (var (name, text) in context.Protocols[observation.Protocol].Identity(in observation, context.Batch))
        {
            var learned = baseline.IdentityOf(server, observation.Unit, name);
            if (learned.Count == 0 || learned.Contains(text)) continue;
            expected.Add($"{name} {Phrases.List([.. learned.Select(Quote)])}");
            observed.Add($"{name} {Quote(text)}");
        }

        if (observed.Count > 0) Open(key, in observation, Phrases.List(expected), Phrases.List(observed), context);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private static void Open(
        FactKey key, in Observation observation, string expected, string observed, DetectionContext context)
    {
        var server = Phrases.Server(in observation, context);
        var severity = new SeverityTally(Kind);
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = server,
                Expected = expected,
                Observed = observed,
                Message = new Message("identity-changed", ("server", server), ("text", observed), ("learned", expected)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }

    private static string Quote(string text) => $"'{text}'";
}
