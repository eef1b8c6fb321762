using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.NewWriter;

/// <summary>B3: a host writes that was never seen writing to this unit.</summary>
/// <remarks>
/// A host that never wrote anywhere is an alarm always. One that is known to write elsewhere is information until the
/// write side has been learned completely: operators write seldom, and not everything they may write has been seen.
/// </remarks>
internal sealed class NewWriterDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("write-by-non-writer");

    public string Name => "new-writer";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Writer) == 0 || context.Baseline is not { } baseline) return;
        // Written file records have a kind of their own (B26).
        if (!observation.IsWrite || observation.Operation == Operation.WriteRecords) return;
        if (!Circumstances.IsAsked(in observation) || Circumstances.IsAboutGroups(in observation)) return;
        if (Circumstances.HasSessions(in observation, context)) return;
        // An act on the device itself has its own rule.
        if (Circumstances.IsControlAct(in observation, context)) return;
        var key = Facts.OfUnit(in observation).OrTried(Kind, in observation, context);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        context.Deviations.Open(key, Describe(in observation, baseline, context), in observation);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private static Finding Describe(in Observation observation, Baseline baseline, DetectionContext context)
    {
        var conversation = observation.Connection.Conversation;
        var protocol = context.Protocols[observation.Protocol];
        var writesElsewhere = baseline.IsWriter(conversation.Client, protocol.Name);
        var isNewConversation = Circumstances.InNewConversation(in observation, baseline);
        var refused = observation.Outcome == Outcome.Rejected;
        var severity = new SeverityTally(Kind)
            .Add(isNewConversation, 10, "the whole conversation is new")
            .Add(conversation.Client.IsPublic, 10, "the client has a public address")
            .Add(writesElsewhere, -20, $"{conversation.Client} writes to other units")
            .Add(refused, -20, "the server refused it")
            .Inform(Circumstances.IsHeldByPeer(context), $"{conversation.Client} shares a role with a host that was learned to do so")
            // In a conversation that is an alarm itself, a write is the more serious fact and stays an alarm.
            .Inform(
                writesElsewhere && !isNewConversation && !baseline.WriteSideKnown(conversation.Server),
                "a known writer at a place new to it, and what is written has not been learned completely");
        var writers = baseline.WritersTo(in observation);
        var learned = Phrases.List(writers);
        var target = observation.Operation == Operation.ReadWrite ? observation.WriteTarget : observation.Target;
        var place = Phrases.Place(protocol, target, "an unnamed place");
        var values = Phrases.Written(in observation, context);
        return new Finding
        {
            Kind = Kind,
            Subject = Phrases.Subject(in observation, context),
            Expected = $"writes by {learned}",
            Observed = $"{conversation.Client} wrote {values} to {place}",
            Message = new Message(
                refused ? "write-by-non-writer.refused"
                : writers.Count == 0 ? "write-by-non-writer.nobody"
                : "write-by-non-writer",
                ("client", conversation.Client.ToString()),
                ("server", Phrases.Server(in observation, context)),
                ("place", place),
                ("values", values),
                ("before", Phrases.Before(in observation, target, context)),
                ("operation", Phrases.Operation(in observation, context)),
                ("learned", learned),
                ("reason", refused ? protocol.ReasonText(observation.Reason) : "")),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
        };
    }
}
