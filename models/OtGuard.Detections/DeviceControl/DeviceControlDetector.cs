using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.DeviceControl;

/// <summary>
/// Finds acts on a device itself that are worth knowing about on any network: told to restart, to fall silent, to forget
/// its counters or its log, to take other software, to let somebody else drive its outputs. What they are is the
/// protocol's to say (<see cref="IProtocol.ControlActs"/>).
/// </summary>
/// <remarks>
/// A client that did the same there while learning is permitted to. What the device does not have, or refuses for want of
/// access, was no act: it is told for information, and trying it out has rows of its own.
/// </remarks>
internal sealed class DeviceControlDetector : IDetector
{
    /// <summary>The rows whose acts are raised here; a row's kinds are the catalogue's.</summary>
    private static readonly string[] Rows = ["B21", "B22", "D18", "D19", "D20", "D21", "D22"];

    private static readonly IReadOnlyList<DeviationKind> All =
        [.. DeviationCatalogue.Kinds.Where(kind => Rows.Contains(kind.Row))];

    // For each protocol the kinds of its acts, in their order; null until the protocol's first observation.
    private readonly DeviationKind?[]?[] _kinds = new DeviationKind?[]?[byte.MaxValue + 1];

    public string Name => "device-control";

    public IReadOnlyList<string> Kinds { get; } = [.. All.Select(kind => kind.Name)];

    public Interests Interests => Interests.Special | Interests.Write;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Protocol == ProtocolRegistry.Network || observation.Outcome == Outcome.Unsolicited) return;
        var acts = context.Protocols[observation.Protocol].ControlActs;
        if (acts.Count == 0) return;
        var kinds = _kinds[observation.Protocol] ??= [.. acts.Select(KindOf)];
        for (var i = 0; i < acts.Count; i++)
        {
            if (kinds[i] is not { } kind || !Circumstances.Is(acts[i], in observation, context)) continue;
            if (!context.KnowsUse(in observation)) Raise(in observation, context, kind, acts[i], i);
            return;
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private static DeviationKind? KindOf(ControlAct act) =>
        All.FirstOrDefault(kind => kind.Row == act.CatalogueRow && (act.Kind is null || act.Kind == kind.Name));

    private static void Raise(
        in Observation observation, DetectionContext context, DeviationKind kind, ControlAct act, int index)
    {
        var key = Facts.OfUnit(in observation);
        // Acts of which one follows from another (a download and its blocks) share a kind of their own.
        key = (key with { B = key.B << 32 | (act.Kind is null ? (uint)index : 0) }).OrTried(kind, in observation, context);
        if (context.Deviations.Repeat(kind.Name, key, in observation)) return;
        var outcome = observation.Outcome switch
        {
            Outcome.Succeeded => "it was carried out",
            Outcome.Rejected => $"it was refused ({context.Protocols[observation.Protocol].ReasonText(observation.Reason)})",
            Outcome.Unanswered => "there was no answer",
            Outcome.Unpaired or Outcome.Undecodable or Outcome.Unsolicited => "the answer was not seen",
        };
        var meaning = observation.Outcome == Outcome.Rejected
            ? context.Protocols[observation.Protocol].MeaningOf(observation.Reason)
            : (RefusalMeaning?)null;
        var isNewClient = !context.Knows(observation.Connection.Conversation) && context.Baseline is not null;
        var severity = new SeverityTally(kind)
            .Add(meaning is not null, -20, "the device refused it")
            .Add(isNewClient, 10, "by a client that was not learned")
            .Inform(meaning == RefusalMeaning.FunctionUnknown, "the device cannot do it")
            .Inform(
                meaning is RefusalMeaning.AccessDenied or RefusalMeaning.AuthenticationRequired,
                "the device denied access, which is raised itself")
            .Inform(
                Circumstances.IsHeldByPeer(context),
                $"{observation.Connection.Conversation.Client} shares a role with a host that was learned to do so");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = "no such act by this client",
                Observed = Phrases.Operation(in observation, context),
                Outcome = observation.Outcome,
                Message = new Message(
                    kind.Name,
                    ("client", observation.Connection.Conversation.Client.ToString()),
                    ("server", Phrases.Server(in observation, context)),
                    ("act", act.Text),
                    ("operation", Phrases.Operation(in observation, context)),
                    ("place", PlaceOf(in observation, context)),
                    ("outcome", outcome)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }

    /// <summary>The object, where the operation's name does not state it.</summary>
    private static string PlaceOf(in Observation observation, DetectionContext context) =>
        observation.Target.Space is TargetSpace.Routines or TargetSpace.Memory
            ? $", {context.Protocols[observation.Protocol].TargetText(observation.Target)}"
            : "";
}
