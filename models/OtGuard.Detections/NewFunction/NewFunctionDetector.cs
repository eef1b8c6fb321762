using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.NewFunction;

/// <summary>
/// B1: a function a client never used on a unit, or a unit of a server that nobody ever addressed.
/// </summary>
/// <remarks>
/// Functions whose meaning says more have kinds of their own and are left to them: identification (B23), vendor
/// functions (B9), file records (B26), writes by a host that never wrote (B3).
/// </remarks>
internal sealed class NewFunctionDetector(NewFunctionOptions options) : IDetector
{
    /// <summary>Marks the key of what is beyond the allowance: no function code is that large.</summary>
    private const ulong Rest = 1UL << 47;

    private static readonly DeviationKind Function = DeviationCatalogue.Kind("function-code-not-permitted");
    private static readonly DeviationKind Unit = DeviationCatalogue.Kind("unit-never-addressed");

    private readonly Allowance<FactKey> _functions = new(options.MaximumFunctionsPerUnit, options.MaximumCounted);
    private readonly Allowance<FactKey> _units = new(options.MaximumUnitsPerServer, options.MaximumCounted);

    public string Name => "new-function";

    public IReadOnlyList<string> Kinds { get; } = [Function.Name, Unit.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & (Novelty.Function | Novelty.Unit)) == 0 || context.Baseline is not { } baseline) return;
        if (observation.Protocol == ProtocolRegistry.Network || !Circumstances.IsAsked(in observation)) return;
        if (Circumstances.IsAboutGroups(in observation) || Circumstances.HasSessions(in observation, context)) return;

        if ((context.Novelty & Novelty.Unit) != 0) RaiseUnit(in observation, baseline, context);
        else if (!IsLeftToOthers(in observation, context)) RaiseFunction(in observation, baseline, context);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private static bool IsLeftToOthers(in Observation observation, DetectionContext context) => observation.Operation switch
    {
        Operation.Identify or Operation.Vendor or Operation.Unknown => true,
        // An act on the device itself has its own rule, which tells whether it was learned.
        _ when Circumstances.IsControlAct(in observation, context) && Circumstances.HasProbingRow(in observation, context) => true,
        Operation.WriteRecords => true,
        Operation.Write or Operation.ReadWrite => (context.Novelty & Novelty.Writer) != 0,
        _ => false,
    };

    private static bool IsRead(in Observation observation) =>
        observation.Operation is Operation.Read or Operation.ReadRecords;

    private void RaiseUnit(in Observation observation, Baseline baseline, DetectionContext context)
    {
        var conversation = observation.Connection.Conversation;
        var key = Facts.OfUnit(in observation);
        if (context.Deviations.Repeat(Unit.Name, key, in observation)) return;
        var server = Facts.Of(conversation);
        if (!_units.TryTake(server))
        {
            key = server with { B = Rest };
            if (context.Deviations.Repeat(Unit.Name, key, in observation)) return;
        }

        var protocol = context.Protocols[observation.Protocol];
        var units = Phrases.List(
            [.. baseline.UnitsOf(conversation.Server).Select(protocol.UnitText)], "none");
        var severity = new SeverityTally(Unit)
            .Add(observation.Outcome == Outcome.Succeeded, 10, "the unit answered")
            .Inform(
                IsRead(in observation)
                    && baseline.UsesFunction(in observation, context.Protocols)
                    && !baseline.IsSettled(FactFamily.Units),
                "a known reader, and too little was seen of the units there are")
            .Inform(
                Circumstances.InNewConversation(in observation, baseline),
                "it is part of a new conversation, which is raised itself");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Unit,
                Subject = Phrases.Subject(in observation, context),
                Expected = units,
                Observed = protocol.UnitText(observation.Unit),
                Message = new Message(
                    "unit-never-addressed",
                    ("client", conversation.Client.ToString()),
                    ("server", conversation.Server.ToString()),
                    ("unit", protocol.UnitText(observation.Unit)),
                    ("operation", Phrases.Operation(in observation, context)),
                    ("units", units)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }

    private void RaiseFunction(in Observation observation, Baseline baseline, DetectionContext context)
    {
        var key = Facts.OfOperation(in observation).OrTried(Function, in observation, context);
        if (context.Deviations.Repeat(Function.Name, key, in observation)) return;
        var unit = Facts.OfUnit(in observation);
        if (!_functions.TryTake(unit))
        {
            key = unit with { B = unit.B | Rest };
            if (context.Deviations.Repeat(Function.Name, key, in observation)) return;
        }

        var conversation = observation.Connection.Conversation;
        var usesItElsewhere = baseline.UsesFunction(in observation, context.Protocols);
        var refused = observation.Outcome == Outcome.Rejected;
        var severity = new SeverityTally(Function)
            .Add(observation.IsWrite, 15, "the function writes")
            .Add(observation.Operation == Operation.Control, 15, "the function changes the device's own behaviour")
            .Add(usesItElsewhere, -15, $"{conversation.Client} uses it on other units")
            .Add(refused, -10, "the server refused it")
            .Inform(Circumstances.IsHeldByPeer(context), $"{conversation.Client} shares a role with a host that was learned to do so")
            .Inform(Circumstances.IsControlAct(in observation, context), "an act on the device itself is raised by its own rule")
            .Inform(
                Circumstances.IsOrdinary(in observation, context),
                $"any client of {context.Protocols[observation.Protocol].DisplayName} does so as a matter of course")
            .Inform(
                observation.IsWrite && usesItElsewhere && !baseline.WriteSideKnown(conversation.Server),
                "a known writer at a place new to it, and what is written has not been learned completely")
            .Inform(
                IsRead(in observation) && usesItElsewhere && !baseline.IsSettled(FactFamily.Functions),
                "a known reader at a place new to it, and too little was seen of what is read")
            .Inform(
                Circumstances.InNewConversation(in observation, baseline),
                "it is part of a new conversation, which is raised itself");
        var functions = baseline.FunctionsOf(in observation, context.Protocols);
        var learned = Phrases.List(functions, "none");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Function,
                Subject = Phrases.Subject(in observation, context),
                Expected = learned,
                Observed = Phrases.Operation(in observation, context),
                Message = new Message(
                    refused ? "function-code-not-permitted.refused"
                    : functions.Count == 0 ? "function-code-not-permitted.none"
                    : "function-code-not-permitted",
                    ("client", conversation.Client.ToString()),
                    ("server", Phrases.Server(in observation, context)),
                    ("operation", Phrases.Operation(in observation, context)),
                    ("learned", learned),
                    ("reason", refused ? context.Protocols[observation.Protocol].ReasonText(observation.Reason) : "")),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }
}
