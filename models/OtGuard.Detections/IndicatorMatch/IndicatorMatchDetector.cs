using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.IndicatorMatch;

/// <summary>Finds hosts, names and certificates that a partner saw an attacker use.</summary>
/// <remarks>
/// Addresses are compared once for each conversation; names and certificates where sides say who they are, which only
/// protocols with sessions do. What was learned is no excuse: an attacker may have been there before.
/// </remarks>
internal sealed class IndicatorMatchDetector(IndicatorMatchOptions options) : IDetector
{
    private static readonly DeviationKind Kind = DeviationCatalogue.Kind("indicator-match");

    private readonly bool _looksAtCredentials = options.Domains.Count > 0 || options.Thumbprints.Count > 0;

    public string Name => "indicator-match";

    public IReadOnlyList<string> Kinds => [Kind.Name];

    public Interests Interests =>
        (options.Addresses.Count + options.Networks.Count > 0 ? Interests.Network : Interests.None)
        | (_looksAtCredentials ? Interests.Special : Interests.None);

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Operation == Operation.ConversationStarted)
        {
            var conversation = observation.Connection.Conversation;
            if (Find(conversation.Client) is { } client) Raise(in observation, context, client, conversation.Client.ToString(), "");
            if (Find(conversation.Server) is { } server) Raise(in observation, context, server, conversation.Server.ToString(), "");
            return;
        }

        if (!_looksAtCredentials || observation.Protocol == ProtocolRegistry.Network
            || observation.Operation is not (Operation.OpenChannel or Operation.OpenSession or Operation.Authenticate)) return;
        foreach (var (name, value) in context.Protocols[observation.Protocol].Credentials(in observation, context.Batch))
        {
            if (name.EndsWith("certificate", StringComparison.Ordinal))
            {
                if (options.Thumbprints.TryGetValue(value.ToLowerInvariant(), out var print)) Raise(in observation, context, print, value, name);
            }
            else if (Domain(value) is { } domain)
            {
                Raise(in observation, context, domain, value, name);
            }
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private SoughtIndicator? Find(NetworkAddress address)
    {
        if (options.Addresses.TryGetValue(address, out var found)) return found;
        if (options.Networks.Count == 0 || address.Kind is not (AddressKind.IPv4 or AddressKind.IPv6)) return null;
        if (!System.Net.IPAddress.TryParse(address.ToString(), out var ip)) return null;
        foreach (var (network, indicator) in options.Networks)
            if (network.Contains(ip)) return indicator;
        return null;
    }

    /// <summary>The domain that a host in a name is or is below: <c>urn:plc.bad.example:server</c>.</summary>
    private SoughtIndicator? Domain(string text)
    {
        foreach (var word in text.ToLowerInvariant().Split([':', '/', ' ', '@', '\\', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            for (var rest = word; rest.Contains('.', StringComparison.Ordinal); rest = rest[(rest.IndexOf('.', StringComparison.Ordinal) + 1)..])
                if (options.Domains.TryGetValue(rest, out var found)) return found;
        }

        return null;
    }

    private static void Raise(
        in Observation observation, DetectionContext context, SoughtIndicator indicator, string seen, string where)
    {
        var conversation = observation.Connection.Conversation;
        // One fact for each conversation and place it was found in: two indicators of one host are told once.
        var key = Facts.Of(conversation) with { B = (ulong)where.Length };
        if (context.Deviations.Repeat(Kind.Name, key, in observation)) return;
        var severity = new SeverityTally(Kind);
        var name = indicator.Name.Length == 0 ? "" : $" (“{indicator.Name}”)";
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = Kind,
                Subject = Phrases.Subject(conversation),
                Expected = "nothing that a partner saw an attacker use",
                Observed = where.Length == 0 ? seen : $"{where} {seen}",
                Message = where.Length == 0
                    ? new Message(
                        "indicator-match",
                        ("client", conversation.Client.ToString()),
                        ("server", conversation.Server.ToString()),
                        ("service", Phrases.Service(conversation, context.Protocols)),
                        ("address", seen),
                        ("source", indicator.Source),
                        ("name", name))
                    : new Message(
                        "indicator-match.credential",
                        ("client", conversation.Client.ToString()),
                        ("server", conversation.Server.ToString()),
                        ("thing", where),
                        ("text", seen),
                        ("value", indicator.Value),
                        ("source", indicator.Source),
                        ("name", name)),
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Accused = conversation,
            },
            in observation);
    }
}
