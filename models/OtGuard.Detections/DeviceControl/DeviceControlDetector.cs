using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.DeviceControl;

/// <summary>
/// Finds acts on a device itself that are worth knowing about on any network: told to restart, to fall silent, to forget
/// its counters or its log. What they are is the protocol's to say (<see cref="IProtocol.ControlActs"/>).
/// </summary>
/// <remarks>A client that did the same there while learning is permitted to.</remarks>
internal sealed class DeviceControlDetector : IDetector
{
    private static readonly DeviationKind Control = DeviationCatalogue.Kind("device-control");
    private static readonly DeviationKind Clearing = DeviationCatalogue.Kind("records-cleared");

    public string Name => "device-control";

    public IReadOnlyList<string> Kinds => [Control.Name, Clearing.Name];

    public Interests Interests => Interests.Special;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Protocol == ProtocolRegistry.Network || observation.Outcome == Outcome.Unsolicited) return;
        var acts = context.Protocols[observation.Protocol].ControlActs;
        for (var i = 0; i < acts.Count; i++)
        {
            if (!IsIt(acts[i], in observation, context)) continue;
            if (context.KnowsFunction(in observation)) return;
            if (acts[i].CatalogueRow == Control.Row) Raise(in observation, context, Control, acts[i], i);
            else if (acts[i].CatalogueRow == Clearing.Row) Raise(in observation, context, Clearing, acts[i], i);
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private static bool IsIt(ControlAct act, in Observation observation, DetectionContext context) =>
        act.Code == observation.Code
        && (act.SubCode is not { } subCode || subCode == observation.SubCode)
        && (act.RequestData.IsEmpty
            || context.Batch.Bytes(observation.RequestData).StartsWith(act.RequestData.Span));

    private static void Raise(
        in Observation observation, DetectionContext context, DeviationKind kind, ControlAct act, int index)
    {
        var key = Facts.OfUnit(in observation);
        key = key with { B = key.B << 32 | (uint)index };
        if (context.Deviations.Repeat(kind.Name, key, in observation)) return;
        var outcome = observation.Outcome switch
        {
            Outcome.Succeeded => "it was carried out",
            Outcome.Rejected => "it was refused",
            Outcome.Unanswered => "there was no answer",
            Outcome.Unpaired or Outcome.Undecodable or Outcome.Unsolicited => "the answer was not seen",
        };
        var severity = new SeverityTally(kind)
            .Add(observation.Outcome == Outcome.Rejected, -20, "the device refused it")
            .Add(!context.Knows(observation.Connection.Conversation) && context.Baseline is not null, 10,
                "by a client that was not learned");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = kind,
                Subject = Phrases.Subject(in observation, context),
                Expected = "no such act by this client",
                Observed = Phrases.Operation(in observation, context),
                Message = new Message(
                    kind.Name,
                    ("client", observation.Connection.Conversation.Client.ToString()),
                    ("server", Phrases.Server(in observation, context)),
                    ("act", act.Text),
                    ("operation", Phrases.Operation(in observation, context)),
                    ("outcome", outcome)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }
}
