using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.AddressClaim;

/// <summary>
/// D25: nodes of a bus claim one address in turns, or a node is left without one; and an address is claimed under another
/// name than was learned.
/// </summary>
internal sealed class AddressClaimDetector : IDetector
{
    private const string Row = "D25";

    private static readonly DeviationKind Conflict = DeviationCatalogue.Kind("address-claim-conflict");
    private static readonly DeviationKind Moved = DeviationCatalogue.Kind("node-address-changed");
    private static readonly DeviationKind Renamed = DeviationCatalogue.Kind("node-name-changed");

    private readonly AnomalyMasks _conflicts = new([Row]);

    public string Name => "address-claim";

    public IReadOnlyList<string> Kinds { get; } = [Conflict.Name, Moved.Name, Renamed.Name];

    public Interests Interests => Interests.Anomalous | Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Protocol == ProtocolRegistry.Network) return;
        var conflicts = observation.Anomalies & _conflicts.Of(observation.Protocol, context.Protocols);
        if (conflicts != 0) RaiseConflict(conflicts, in observation, context);
        if ((context.Novelty & Novelty.Identity) != 0 && observation.ResponseFrame == 0
            && context.Baseline is { } baseline) RaiseName(in observation, baseline, context);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private static void RaiseConflict(ulong conflicts, in Observation observation, DetectionContext context)
    {
        var protocol = context.Protocols[observation.Protocol];
        AnomalyDescriptor? found = null;
        foreach (var anomaly in protocol.Anomalies)
            if (found is null && (conflicts >> anomaly.Bit & 1) != 0) found = anomaly;
        if (found is null) return;

        var node = observation.Connection.Conversation.Client;
        // That a node moves to another address is what it does when it finds its own taken.
        var kind = found.Kind == Moved.Name ? Moved : Conflict;
        var key = Facts.Of(node);
        if (context.Deviations.Repeat(kind.Name, key, in observation)) return;
        var severity = new SeverityTally(kind);
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = kind,
                Subject = node.ToString(),
                Expected = "one node at an address, and an address for each node",
                Observed = found.Name,
                Message = new Message(
                    kind.Name,
                    ("node", node.ToString()),
                    ("text", found.Text),
                    ("protocol", protocol.DisplayName),
                    ("reference", found.Reference)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
        // The same cause, less precisely: told for information from now on.
        if (kind == Conflict && context.Deviations.Find(Renamed.Name, Facts.Of(node)) is { IsInformation: false } renamed)
            context.Deviations.Revise(renamed, Informing(renamed.Finding));
    }

    private static void RaiseName(in Observation observation, Baseline baseline, DetectionContext context)
    {
        var node = observation.Connection.Conversation.Client;
        var key = Facts.Of(node);
        if (context.Deviations.Repeat(Renamed.Name, key, in observation)) return;
        foreach (var (name, text) in context.Protocols[observation.Protocol].Identity(in observation, context.Batch))
        {
            var learned = baseline.IdentityOf(node, observation.Unit, name);
            if (learned.Count == 0 || learned.Contains(text)) continue;
            var severity = new SeverityTally(Renamed);
            var finding = new Finding
            {
                Kind = Renamed,
                Subject = node.ToString(),
                Expected = $"{name} {Phrases.List(learned)}",
                Observed = $"{name} {text}",
                Message = new Message(
                    "node-name-changed",
                    ("node", node.ToString()),
                    ("name", name),
                    ("text", text),
                    ("learned", Phrases.List(learned))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            };
            var isConflict = context.Deviations.Find(Conflict.Name, key) is not null;
            context.Deviations.Open(key, isConflict ? Informing(finding) : finding, in observation);
            return;
        }
    }

    private static Finding Informing(Finding finding) => finding with
    {
        Severity = Severity.Information,
        SeverityReasons = [.. finding.SeverityReasons, "for information: two nodes claim the address, which is raised itself"],
    };
}
