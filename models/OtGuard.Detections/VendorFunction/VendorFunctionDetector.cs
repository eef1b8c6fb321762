using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.VendorFunction;

/// <summary>
/// B9: a function of a vendor (Modbus function code 90, UMAS) where this client never used it on this unit. With such
/// functions controllers are programmed, started and stopped.
/// </summary>
/// <remarks>Beyond an allowance the functions of a unit share a deviation: somebody who tries them all is one cause.</remarks>
internal sealed class VendorFunctionDetector(VendorFunctionOptions options) : IDetector
{
    /// <summary>Marks the key of what is beyond the allowance: no function code is that large.</summary>
    private const ulong Rest = 1UL << 47;

    private readonly Allowance<FactKey> _functions = new(options.MaximumFunctionsPerUnit, options.MaximumCounted);

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

        var key = Facts.OfOperation(in observation).OrTried(Kind, in observation, context);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var unit = Facts.OfUnit(in observation);
        if (!_functions.TryTake(unit))
        {
            key = (unit with { B = unit.B | Rest }).OrTried(Kind, in observation, context);
            if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        }

        var conversation = observation.Connection.Conversation;
        var refused = observation.Outcome == Outcome.Rejected;
        var severity = new SeverityTally(Kind)
            .Add(Circumstances.InNewConversation(in observation, baseline), 10, "the whole conversation is new")
            .Add(baseline.UsesFunction(in observation, context.Protocols), -15, $"{conversation.Client} uses it on other units")
            .Add(refused, -15, "the server refused it")
            .Inform(
                refused && Circumstances.HasProbingRow(in observation, context)
                    && context.Protocols[observation.Protocol].MeaningOf(observation.Reason) == RefusalMeaning.FunctionUnknown,
                "the server does not have it, and trying out what it has is raised itself")
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
                    refused ? "vendor-function.refused" : "vendor-function",
                    ("client", conversation.Client.ToString()),
                    ("server", Phrases.Server(in observation, context)),
                    ("operation", Phrases.Operation(in observation, context)),
                    ("reason", refused ? context.Protocols[observation.Protocol].ReasonText(observation.Reason) : "")),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }
}
