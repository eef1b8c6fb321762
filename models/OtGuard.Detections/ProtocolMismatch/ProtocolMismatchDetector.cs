using System.Text;
using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.ProtocolMismatch;

/// <summary>
/// A3: a port registered for a protocol carries something else, or a protocol runs on a port that is not its own.
/// Rules, which what was learned corrects: a site that runs Modbus on port 1502 has learned so.
/// </summary>
internal sealed class ProtocolMismatchDetector : IDetector
{
    private static readonly DeviationKind Foreign = DeviationCatalogue.Kind("foreign-protocol");
    private static readonly DeviationKind Unusual = DeviationCatalogue.Kind("protocol-on-unusual-port");

    public string Name => "protocol-mismatch";

    public IReadOnlyList<string> Kinds { get; } = [Foreign.Name, Unusual.Name];

    public Interests Interests => Interests.Network;

    public void Observe(in Observation observation, DetectionContext context)
    {
        if (observation.Operation is not (Operation.ForeignProtocol or Operation.ProtocolIdentified)) return;
        var conversation = observation.Connection.Conversation;
        var name = observation.RequestData.Length > 0
            ? Encoding.ASCII.GetString(context.Batch.Bytes(observation.RequestData))
            : conversation.ProtocolName;
        if (context.Baseline is { } baseline && baseline.WasLearned(conversation, name)) return;

        if (observation.Operation == Operation.ForeignProtocol)
        {
            if (Phrases.Registered(conversation, context.Protocols) is { } registered)
                RaiseForeign(in observation, conversation, registered, name, context);
        }
        else if (name is not null
            && context.Protocols.IndexOf(name) is { } index and not ProtocolRegistry.Network
            && !IsOwnPort(conversation, context.Protocols[index]))
        {
            RaiseUnusual(in observation, conversation, context.Protocols[index], context);
        }
    }

    public void Advance(CaptureTime now, DetectionContext context)
    {
    }

    private static bool IsOwnPort(Conversation conversation, IProtocol protocol)
    {
        foreach (var (transport, port) in protocol.RegisteredPorts)
            if (transport == conversation.Transport && port == conversation.Service) return true;
        // Where no port names the service, none can be wrong.
        return conversation.Service == 0;
    }

    private static void RaiseForeign(
        in Observation observation,
        Conversation conversation,
        IProtocol registered,
        string? name,
        DetectionContext context)
    {
        var key = Facts.Of(conversation);
        if (context.Deviations.Repeat(Foreign.Name, key, in observation)) return;
        var carried = name ?? "bytes of no protocol that is known";
        Open(
            Foreign,
            key,
            in observation,
            conversation,
            expected: registered.DisplayName,
            observed: carried,
            new Message(
                "foreign-protocol",
                ("client", conversation.Client.ToString()),
                ("server", conversation.Server.ToString()),
                ("port", Phrases.Port(conversation)),
                ("protocol", registered.DisplayName),
                ("carried", carried)),
            context);
    }

    private static void RaiseUnusual(
        in Observation observation, Conversation conversation, IProtocol protocol, DetectionContext context)
    {
        var key = Facts.Of(conversation);
        if (context.Deviations.Repeat(Unusual.Name, key, in observation)) return;
        var usual = Phrases.List(
            [.. protocol.RegisteredPorts
                .Where(registered => registered.Transport == conversation.Transport)
                .Select(registered => registered.Port)],
            "no port");
        Open(
            Unusual,
            key,
            in observation,
            conversation,
            expected: $"{protocol.DisplayName} on port {usual}",
            observed: Phrases.Port(conversation),
            new Message(
                "protocol-on-unusual-port",
                ("client", conversation.Client.ToString()),
                ("server", conversation.Server.ToString()),
                ("port", Phrases.Port(conversation)),
                ("protocol", protocol.DisplayName),
                ("usual", usual)),
            context);
    }

    private static void Open(
        DeviationKind kind,
        FactKey key,
        in Observation observation,
        Conversation conversation,
        string expected,
        string observed,
        Message message,
        DetectionContext context)
    {
        var severity = new SeverityTally(kind)
            .Add(conversation.Client.IsPublic || conversation.Server.IsPublic, 10, "one side has a public address")
            .Inform(
                context.Baseline is { } baseline && Circumstances.InNewConversation(in observation, baseline),
                "it is part of a new conversation, which is raised itself");
        context.Deviations.Open(
            key,
            new Finding
            {
                Kind = kind,
                Subject = Phrases.Subject(conversation),
                Expected = expected,
                Observed = observed,
                Message = message,
                Severity = severity.Value,
                SeverityReasons = severity.Reasons,
                Accused = conversation,
            },
            in observation);
    }
}
