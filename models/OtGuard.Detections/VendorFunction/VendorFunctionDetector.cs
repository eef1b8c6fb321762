using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.VendorFunction;

/// <summary>
/// B9: a function of a vendor (Modbus function code 90, UMAS) where this client never used it on this unit. With such
/// functions controllers are programmed, started and stopped.
/// </summary>
internal sealed class VendorFunctionDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("vendor-function");

    public string Name => "vendor-function";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Function) == 0 || context.Baseline is not { } baseline) return;
        if (observation.Operation is not (Operation.Vendor or Operation.Unknown)) return;
        if (!Circumstances.IsAsked(in observation) || Circumstances.IsAboutGroups(in observation)) return;
        // What the specification itself rules out is raised by that rule (B8).
        if (Circumstances.HasAnomalyOf("B8", in observation, context.Protocols)) return;

        var key = Facts.OfOperation(in observation);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var conversation = observation.Connection.Conversation;
        var refused = observation.Outcome == Outcome.Rejected;
        var severity = new SeverityTally(Kind)
            .Add(Circumstances.InNewConversation(in observation, baseline), 10, "the whole conversation is new")
            .Add(baseline.UsesFunction(in observation, context.Protocols), -15, $"{conversation.Client} uses it on other units")
            .Add(refused, -15, "the server refused it")
            .Inform(
                Circumstances.IsOrdinary(in observation, context),
                $"any client of {context.Protocols[observation.Protocol].DisplayName} does so as a matter of course")
            .Inform(Circumstances.IsHeldByPeer(context), $"{conversation.Client} shares a role with a host that was learned to do so");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = $"functions used: {Phrases.List(baseline.FunctionsOf(in observation, context.Protocols), "none")}",
                Observed = Phrases.Operation(in observation, context),
                Message = new Message(
                    "vendor-function",
                    ("client", conversation.Client.ToString()),
                    ("server", Phrases.Server(in observation, context)),
                    ("operation", Phrases.Operation(in observation, context))),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }
}
