using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.UndeclaredAsset;

/// <summary>A1: a host speaks within a declared zone and is not among the declared assets.</summary>
/// <remarks>
/// Only where the list of assets is declared to be complete. A server that has not said anything yet is what somebody
/// looks for and no host; it is looked at again once a second, as far as there is room.
/// </remarks>
internal sealed class UndeclaredAssetDetector(DeclaredSite site) : IDetector
{
    /// <summary>Servers waited for that have not answered yet; a scan of more finds the first of them.</summary>
    private const int MaximumWaiting = 1024;

    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("undeclared-asset");

    private readonly List<Observation> _waiting = [];

    public string Name => "undeclared-asset";

    public IReadOnlyList<string> Kinds { get; } = [Kind.Name];

    public Interests Interests => site.IsComplete ? Interests.Network : Interests.None;

    public long Forgotten { get; private set; }

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Operation != Operation.ConversationStarted) return;
        var conversation = observation.Connection.Conversation;
        if (conversation.FromClient.Frames > 0) Look(conversation.Client, in observation, context);
        if (!IsUndeclared(conversation.Server)) return;
        if (conversation.FromServer.Frames > 0) Look(conversation.Server, in observation, context);
        else if (_waiting.Count < MaximumWaiting) _waiting.Add(observation);
        else Forgotten++;
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
        var kept = 0;
        for (var i = 0; i < _waiting.Count; i++)
        {
            var observation = _waiting[i];
            var conversation = observation.Connection.Conversation;
            if (conversation.FromServer.Frames > 0) Look(conversation.Server, in observation, context);
            // A minute is longer than any device takes to answer for the first time.
            else if (now - observation.Time < TimeSpan.FromMinutes(1)) _waiting[kept++] = observation;
        }

        _waiting.RemoveRange(kept, _waiting.Count - kept);
    }

    private bool IsUndeclared(NetworkAddress host) =>
        host.Kind is AddressKind.IPv4 or AddressKind.IPv6 && !host.IsUnspecified && !host.IsMulticast
        && !host.IsBroadcast && site.Asset(host) is null && site.ZoneOf(host) is not null;

    private void Look(NetworkAddress host, in Observation observation, DetectionContext context)
    {
        if (!IsUndeclared(host)) return;
        var key = Facts.Of(host);
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var conversation = observation.Connection.Conversation;
        var severity = new SeverityTally(Kind);
        var (zone, service) = (site.ZoneOf(host)!, Phrases.Service(conversation, context.Protocols));
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = host.ToString(),
                Expected = $"the assets declared for {zone}",
                Observed = $"{host}, first seen in {Phrases.Subject(conversation)} over {service}",
                Message = new Message(
                    Kind.Name,
                    ("host", host.ToString()),
                    ("zone", zone),
                    ("service", service),
                    ("client", conversation.Client.ToString()),
                    ("server", conversation.Server.ToString())),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
            },
            in observation);
    }
}
