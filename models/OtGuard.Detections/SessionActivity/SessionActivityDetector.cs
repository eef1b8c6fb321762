using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.SessionActivity;

/// <summary>
/// What clients do in sessions that they did not do while learning: services (C1), nodes (C2), discovery (C11), a sweep of the
/// address space (C12), writes (C13), method calls (C15), changes of the model or of history (C16). Judged by user and
/// application of the session.
/// </summary>
internal sealed class SessionActivityDetector(SessionActivityOptions options) : IDetector
{
    private static readonly DeviationKind Service = DeviationCatalogue.Kind("service-not-permitted");
    private static readonly DeviationKind Node = DeviationCatalogue.Kind("node-not-permitted");
    private static readonly DeviationKind Discovery = DeviationCatalogue.Kind("discovery-by-new-host");
    private static readonly DeviationKind Sweep = DeviationCatalogue.Kind("address-space-sweep");
    private static readonly DeviationKind Write = DeviationCatalogue.Kind("first-write-to-node");
    private static readonly DeviationKind Method = DeviationCatalogue.Kind("method-call-unseen");
    private static readonly DeviationKind Model = DeviationCatalogue.Kind("model-or-history-changed");

    private readonly LruTable<int, DistinctWindow<uint>> _nodes = new(options.Conversations);
    private readonly Func<DistinctWindow<uint>> _newNodes = () => new(options.SweptNodes, options.Window);
    private readonly Allowance<FactKey> _told = new(options.ToldOneByOne, options.Conversations);

    public string Name => "session-activity";

    public IReadOnlyList<string> Kinds { get; } =
        [Service.Name, Node.Name, Discovery.Name, Sweep.Name, Write.Name, Method.Name, Model.Name];

    public Interests Interests => Interests.Novel;

    public long Forgotten => _nodes.Evicted;

    public void Observe(in Observation observation, DetectionContext context)
    {
        const Novelty judged = Novelty.Function | Novelty.Range | Novelty.Writer;
        if ((context.Novelty & judged) == 0 || observation.Protocol == ProtocolRegistry.Network) return;
        if (context.Baseline is not { } baseline || !Circumstances.HasSessions(in observation, context)) return;
        if (!Circumstances.IsAsked(in observation)) return;
        switch (observation.Operation)
        {
            case Operation.Write or Operation.ReadWrite:
                Raise(Write, in observation, baseline, context, byTarget: true);
                break;
            case Operation.Call:
                Raise(Method, in observation, baseline, context, byTarget: true);
                break;
            case Operation.ChangeModel or Operation.WriteRecords:
                Raise(Model, in observation, baseline, context, byTarget: false);
                break;
            case Operation.Discover:
                Raise(Discovery, in observation, baseline, context, byTarget: false);
                break;
            // What opens, secures and closes sessions is judged by their security.
            case Operation.Handshake or Operation.OpenChannel or Operation.CloseChannel or Operation.OpenSession
                or Operation.Authenticate or Operation.CloseSession or Operation.Concealed or Operation.Cancel:
                break;
            default:
                if ((context.Novelty & Novelty.Range) != 0) CountNode(in observation, baseline, context);
                Raise(
                    (context.Novelty & Novelty.Function) != 0 ? Service : Node, in observation, baseline, context, byTarget: false);
                break;
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private void CountNode(in Observation observation, Baseline baseline, DetectionContext context)
    {
        var conversation = observation.Connection.Conversation;
        var window = _nodes.GetOrAdd(conversation.Index, _newNodes);
        if (!window.Add(observation.Target.Start, Event.Of(in observation))) return;
        var key = Facts.Of(conversation);
        if (context.Deviations.Repeat(Sweep.Name, key, in observation)) return;
        var span = Spans.Text(observation.Time - window.Oldest.Time);
        context.Deviations.Open(
            key,
            Describe(
                Sweep, in observation, baseline, context,
                $"fewer than {options.SweptNodes} nodes outside of what was learned in {Spans.Text(options.Window)}",
                $"{options.SweptNodes} of them in {span}") with
            {
                Score = options.SweptNodes,
                Scale = "nodes",
            },
            in observation);
    }

    private void Raise(
        DeviationKind kind, in Observation observation, Baseline baseline, DetectionContext context, bool byTarget)
    {
        var all = new FactKey((ulong)observation.Connection.Conversation.Index, (ulong)observation.Actor << 32);
        var key = byTarget ? all with { B = all.B | observation.Target.Start } : all;
        if (context.Deviations.Find(kind.Name, key) is null && byTarget && !_told.TryTake(all)) key = all;
        if (context.Deviations.Repeat(kind.Name, key, in observation)) return;
        var protocol = context.Protocols[observation.Protocol];
        var learned = byTarget
            ? baseline.RangesOf(in observation, observation.Target.Space, write: observation.IsWrite).Select(protocol.TargetText)
            : baseline.FunctionsOf(in observation, context.Protocols);
        context.Deviations.Open(
            key,
            Describe(
                kind, in observation, baseline, context, Phrases.List([.. learned.Distinct()], "nothing"),
                observation.IsWrite ? $"{Place(in observation, context)}: {Values(in observation, context)}" : Place(in observation, context)),
            in observation);
    }

    private static string Place(in Observation observation, DetectionContext context)
    {
        var operation = Phrases.Operation(in observation, context);
        return context.Protocols[observation.Protocol].TargetText(observation.Target) is { Length: > 0 } target
            ? $"{operation}, {target}"
            : operation;
    }

    private static string Values(in Observation observation, DetectionContext context) =>
        context.Protocols[observation.Protocol].ValuesText(observation.RequestValues, context.Batch);

    private static Finding Describe(
        DeviationKind kind,
        in Observation observation,
        Baseline baseline,
        DetectionContext context,
        string expected,
        string observed)
    {
        var conversation = observation.Connection.Conversation;
        var refused = observation.Outcome == Outcome.Rejected;
        var protocol = context.Protocols[observation.Protocol];
        var who = observation.Actor == 0 ? "" : protocol.ActorText(observation.Actor);
        var isWeighty = kind == Write || kind == Method || kind == Model || kind == Sweep || kind == Discovery;
        var severity = new SeverityTally(kind)
            .Add(refused, -20, "the server refused it")
            .Add(
                Circumstances.InNewConversation(in observation, baseline) && isWeighty, 10, "the whole conversation is new")
            .Inform(Circumstances.IsHeldByPeer(context), $"{conversation.Client} shares a role with a host that was learned to do so")
            .Inform(
                !isWeighty && Circumstances.InNewConversation(in observation, baseline),
                "it is part of a new conversation, which is raised itself")
            .Inform(
                kind == Node && !baseline.IsSettled(FactFamily.ReadRanges),
                "a known client, and too little was seen of what it looks at");
        return new Finding
        {
            Kind = kind,
            Subject = Phrases.Subject(in observation, context),
            Expected = expected,
            Observed = observed,
            Message = new Message(
                kind.Name,
                ("client", conversation.Client.ToString()),
                ("server", conversation.Server.ToString()),
                ("who", who.Length == 0 ? "" : $" ({who})"),
                ("place", Place(in observation, context)),
                ("observed", observed),
                ("expected", expected),
                ("outcome", refused ? $" and was refused ({protocol.ReasonText(observation.Reason)})" : "")),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
        };
    }
}
