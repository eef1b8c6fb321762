using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.FileRecordWrite;

/// <summary>
/// B26: stored records of a device were written. Worth knowing on any network, so it is raised without a baseline too;
/// where one knows the writer and the place, it is told for information.
/// </summary>
internal sealed class FileRecordWriteDetector : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("file-record-write");

    public string Name => "file-record-write";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Special;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Operation != Operation.WriteRecords || !Circumstances.IsAsked(in observation)) return;
        // In sessions, writing history has a kind of its own (C16).
        if (Circumstances.HasSessions(in observation, context)) return;
        // Where the protocol calls it an act on the device itself, it has its own rule.
        if (Circumstances.IsControlAct(in observation, context)) return;

        const Novelty unlearned = Novelty.Unit | Novelty.Function | Novelty.Range | Novelty.Writer;
        var baseline = context.Baseline;
        var isLearned = baseline is not null && (context.Novelty & unlearned) == 0;
        var key = Facts.OfUnit(in observation);
        // What was learned and what is new are two facts: the one must not swallow the other.
        key = key with { B = key.B | (isLearned ? 1UL << 32 : 0) };
        key = key.OrTried(Kind, in observation, context);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;

        var conversation = observation.Connection.Conversation;
        var protocol = context.Protocols[observation.Protocol];
        var isNewWriter = (context.Novelty & Novelty.Writer) != 0;
        var refused = observation.Outcome == Outcome.Rejected;
        var severity = new SeverityTally(Kind)
            .Add(isNewWriter, 15, $"{conversation.Client} never wrote to this unit while learning")
            .Add(
                baseline is not null && Circumstances.InNewConversation(in observation, baseline),
                5,
                "the whole conversation is new")
            .Add(refused, -20, "the server refused it")
            .Inform(isLearned, "the same was done while learning")
            .Inform(Circumstances.IsHeldByPeer(context), $"{conversation.Client} shares a role with a host that was learned to do so");
        var place = Phrases.Place(protocol, observation.Target, "file records");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = isLearned ? "written so while learning"
                    : baseline is null ? "no file records written" : "not written so while learning",
                Observed = refused ? $"{place}, refused" : place,
                Message = new Message(
                    isLearned ? "file-record-write.learned"
                    : baseline is null ? "file-record-write"
                    : "file-record-write.new",
                    ("client", conversation.Client.ToString()),
                    ("server", Phrases.Server(in observation, context)),
                    ("act", refused ? "tried to write" : "wrote"),
                    ("place", place)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }
}
