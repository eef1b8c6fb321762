using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.ParameterGroup;

/// <summary>
/// D1 for what the transport protocol of J1939 carries: a node that is known sends a parameter group that it never sent.
/// Groups that fit a frame are identifiers of their own and judged as such.
/// </summary>
internal sealed class ParameterGroupDetector(ParameterGroupOptions options) : IDetector
{
    /// <summary>In place of a group: those beyond the number told one by one.</summary>
    private const uint AnyGroup = uint.MaxValue;

    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("parameter-group-never-sent");

    private readonly Allowance<NetworkAddress> _groups = new(options.GroupsPerNode, options.Nodes);

    public string Name => "parameter-group";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (!Circumstances.IsAboutGroups(in observation) || context.Baseline is not { } baseline) return;
        if ((context.Novelty & Novelty.Range) == 0 || observation.Outcome != Outcome.Succeeded) return;
        var conversation = observation.Connection.Conversation;
        if (!baseline.KnowsHost(conversation.Client)) return;
        Raise(in observation, conversation, baseline, context);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private void Raise(in Observation observation, Conversation conversation, Baseline baseline, DetectionContext context)
    {
        var asks = observation.Operation == Operation.Read;
        var key = KeyOf(conversation.Client, asks, observation.Target.Start);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        if (!asks && !_groups.TryTake(conversation.Client))
        {
            key = KeyOf(conversation.Client, asks, AnyGroup);
            if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        }

        var group = context.Protocols[observation.Protocol].TargetText(observation.Target);
        var isWrite = observation.IsWrite;
        var severity = new SeverityTally(Kind)
            .Add(isWrite, 10, "it is sent to one node")
            .Inform(asks, "asking for a group changes nothing")
            .Inform(
                !baseline.IsSettled(isWrite ? FactFamily.WriteRanges : FactFamily.ReadRanges),
                "too little was seen of what nodes send in several packets");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = Phrases.Subject(conversation),
                Expected = "a group that this node sent while learning",
                Observed = group,
                Message = new Message(
                    asks ? "parameter-group-never-sent.asked" : "parameter-group-never-sent",
                    ("node", conversation.Client.ToString()),
                    ("destination", conversation.Server.ToString()),
                    ("group", group)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }

    private static FactKey KeyOf(NetworkAddress node, bool asks, uint group) =>
        Facts.Of(node) with { B = (asks ? 1UL << 32 : 0) | group };
}
