using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections.IdentificationRead;

/// <summary>
/// B23: a client asks a device who it is, and never did while learning. Engineering tools do so when somebody uses
/// them; so does whoever looks for a device with a known weakness.
/// </summary>
/// <remarks>One deviation for a client that never did, whatever number of devices it asks.</remarks>
internal sealed class IdentificationReadDetector : IDetector
{
    /// <summary>Clients that ask and never did, told one by one: more than the hosts of a network of one sensor.</summary>
    private const int MaximumClients = 4096;

    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("device-identification-read");

    private readonly Spread<NetworkAddress> _clients = new(MaximumClients);

    public string Name => "identification-read";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Function) == 0 || context.Baseline is not { } baseline) return;
        if (observation.Operation != Operation.Identify || !Circumstances.IsAsked(in observation)) return;
        if (Circumstances.IsAboutGroups(in observation) || Circumstances.HasSessions(in observation, context)) return;

        var conversation = observation.Connection.Conversation;
        var asksOthers = baseline.UsesFunction(in observation, context.Protocols);
        var key = asksOthers ? Facts.Of(conversation) : Facts.Of(conversation.Client);
        if (!asksOthers) _clients.Join(conversation.Client, conversation.Server);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        Raise(in observation, key, asksOthers, baseline, context);
    }

    public void Advance(CaptureTime now, DetectionContext context) => _clients.Advance(context.Deviations);

    // A method of its own, so that the closure is made for a new deviation only.
    private void Raise(
        in Observation observation, FactKey key, bool asksOthers, Baseline baseline, DetectionContext context)
    {
        var conversation = observation.Connection.Conversation;
        var sweep = new SeverityTally(Kind)
            .Add(observation.Outcome == Outcome.Succeeded, 5, "the device answered")
            .Inform(Circumstances.IsHeldByPeer(context), $"{conversation.Client} shares a role with a host that was learned to do so")
            .Inform(
                Circumstances.IsOrdinary(in observation, context),
                $"any client of {context.Protocols[observation.Protocol].DisplayName} does so as a matter of course")
            .Inform(asksOthers, $"{conversation.Client} was learned to ask devices who they are");
        var (sweepSeverity, sweepReasons) = (sweep.Value, sweep.Reasons.ToList());
        var severity = sweep.Inform(
            Circumstances.InNewConversation(in observation, baseline),
            "it is part of a new conversation, which is raised itself");
        var finding = new Finding
        {
            Kind = Kind,
            Subject = Phrases.Subject(in observation, context),
            Expected = asksOthers
                ? $"{conversation.Client} asks other devices"
                : $"{conversation.Client} asks no device who it is",
            Observed = Phrases.Operation(in observation, context),
            Message = new Message(
                asksOthers ? "device-identification-read.elsewhere" : "device-identification-read",
                ("client", conversation.Client.ToString()),
                ("server", Phrases.Server(in observation, context)),
                ("operation", Phrases.Operation(in observation, context)),
                ("protocol", context.Protocols[observation.Protocol].DisplayName)),
            Severity = severity.Value,
            SeverityReasons = severity.Reasons,
        };
        var deviation = context.Deviations.Open(key, finding, in observation);
        if (asksOthers || !_clients.HasRoom) return;
        // Several devices asked one after the other are a sweep, whoever does it.
        _clients.Begin(
            conversation.Client,
            conversation.Server,
            deviation,
            reach => reach.Count == 1
                ? finding
                : Describe(finding, conversation.Client, reach) with
                {
                    Severity = sweepSeverity,
                    SeverityReasons = sweepReasons,
                });
    }

    private static Finding Describe(Finding first, NetworkAddress client, Reach reach) => first with
    {
        Subject = $"{client} → {Spans.Number(reach.Count)} devices",
        Observed = $"{first.Observed} of {reach}",
        Message = new Message(
            "device-identification-read.many",
            ("client", client.ToString()),
            ("count", Spans.Number(reach.Count)),
            ("servers", reach.ToString()),
            ("operation", first.Message["operation"])),
    };
}
