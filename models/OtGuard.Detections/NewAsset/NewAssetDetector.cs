using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.NewAsset;

/// <summary>A1: a host that was not there while learning. An entry for the inventory; what it does is judged by others.</summary>
internal sealed class NewAssetDetector : IDetector
{
    /// <summary>New identifiers and nodes of a bus told one by one; the rest share a deviation. A vehicle has some fifty units.</summary>
    private const int EachBus = 50;

    /// <summary>Buses counted: as many as are decoded apart.</summary>
    private const int Buses = 64;

    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("new-asset");

    private readonly Allowance<ushort> _onBuses = new(EachBus, Buses);

    public string Name => "new-asset";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => Interests.Novel;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if ((context.Novelty & Novelty.Asset) == 0 || context.Baseline is not { } baseline) return;
        var conversation = observation.Connection.Conversation;
        // An address that somebody asks for is no host yet.
        if (observation.Operation != Operation.AddressSought) Look(observation.Subject, in observation, baseline, context);
        Look(conversation.Client, in observation, baseline, context);
        Look(conversation.Server, in observation, baseline, context);
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private void Look(
        NetworkAddress host, in Observation observation, Baseline baseline, DetectionContext context)
    {
        // A public address is a peer out there (A16), not an asset of this site; a group address is no host.
        if (host.Kind == AddressKind.None || host.IsUnspecified || host.IsMulticast || host.IsBroadcast || host.IsPublic)
            return;
        if (baseline.KnowsHost(host)) return;
        var key = Facts.Of(host);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;

        var conversation = observation.Connection.Conversation;
        // A server that nobody has heard yet is what somebody looks for, not a host that is there.
        if (host == conversation.Server && host != observation.Subject && conversation.FromServer.Frames == 0) return;
        // A sweep of identifiers is heard from each of them: one cause.
        if (conversation.Transport == Transport.Can && !_onBuses.TryTake(conversation.Service))
        {
            key = new FactKey(conversation.Service, 1);
            if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        }

        var alarmed = !Circumstances.IsChatter(conversation);
        var severity = new SeverityTally(Kind)
            .Inform(alarmed, "what it says to others is raised as a new conversation")
            .Inform(!alarmed, "it has only been heard in broadcasts and the like");
        var seenIn = Phrases.Service(conversation, context.Protocols);
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = host.ToString(),
                Expected = "one of the hosts seen while learning",
                Observed = $"{host}, first seen in {Phrases.Subject(conversation)} over {seenIn}",
                Message = new Message(
                    "new-asset",
                    ("host", host.ToString()),
                    ("service", seenIn),
                    ("client", conversation.Client.ToString()),
                    ("server", conversation.Server.ToString())),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }
}
