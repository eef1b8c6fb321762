using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections;

/// <summary>Puts hosts, services and exchanges into words. Called once for each deviation, never for a repetition.</summary>
internal static class Phrases
{
    /// <summary>Values named in a sentence; the rest is counted.</summary>
    private const int ValuesShown = 4;

    /// <summary>Items named in a list before it is cut; what a person reads at a glance.</summary>
    private const int MostItems = 5;

    /// <summary><c>10.0.0.66 → 10.0.0.9</c>.</summary>
    public static string Subject(Conversation conversation) => $"{conversation.Client} → {conversation.Server}";

    /// <summary><c>10.0.0.66 → 10.0.0.9 unit 1</c>.</summary>
    public static string Subject(in Observation observation, DetectionContext context) =>
        $"{observation.Connection.Conversation.Client} → {Server(in observation, context)}";

    /// <summary><c>10.0.0.9 unit 1</c>.</summary>
    public static string Server(in Observation observation, DetectionContext context)
    {
        var unit = context.Protocols[observation.Protocol].UnitText(observation.Unit);
        var server = observation.Connection.Conversation.Server;
        return unit.Length == 0 ? server.ToString() : $"{server} {unit}";
    }

    /// <summary>What was done: <c>write single coil (function code 5)</c>.</summary>
    public static string Operation(in Observation observation, DetectionContext context) =>
        context.Protocols[observation.Protocol].OperationText(observation.Code, observation.SubCode);

    /// <summary>What a request is about; <paramref name="unnamed"/> for one that was too short to say.</summary>
    public static string Place(IProtocol protocol, Target target, string unnamed) =>
        protocol.TargetText(target) is { Length: > 0 } text ? text : unnamed;

    /// <summary>The service of a conversation: <c>Modbus (TCP port 502)</c>, <c>TCP port 139</c>, <c>ARP</c>.</summary>
    public static string Service(Conversation conversation, ProtocolRegistry protocols)
    {
        var name = Protocol(conversation, protocols);
        return name is null ? Port(conversation) : $"{name} ({Port(conversation)})";
    }

    /// <summary>What carries a conversation: <c>TCP port 502</c>, <c>EtherType 0x88B8</c>.</summary>
    public static string Port(Conversation conversation) => Port(conversation.Transport, conversation.Service);

    /// <summary>What carries a service: <c>TCP port 502</c>, <c>EtherType 0x88B8</c>.</summary>
    public static string Port(Transport transport, ushort number) =>
        transport switch
        {
            Transport.Tcp => number == 0 ? "TCP ports that name no service" : Number("TCP port", number),
            Transport.Udp => number == 0 ? "UDP ports that name no service" : Number("UDP port", number),
            Transport.Ip => Number("IP protocol", number),
            Transport.Link => string.Create(CultureInfo.InvariantCulture, $"EtherType 0x{number:X4}"),
            Transport.Can => "CAN",
        };

    /// <summary>The protocol of a conversation by name: as recognised, else as its port is registered; null for neither.</summary>
    public static string? Protocol(Conversation conversation, ProtocolRegistry protocols)
    {
        if (conversation.ProtocolName is { } recognised)
            return protocols.IndexOf(recognised) is { } index and not ProtocolRegistry.Network
                ? protocols[index].DisplayName
                : recognised;
        return Registered(conversation, protocols)?.DisplayName;
    }

    /// <summary>The protocol whose registered port a conversation uses, or null.</summary>
    public static IProtocol? Registered(Conversation conversation, ProtocolRegistry protocols)
    {
        for (byte index = 1; index <= protocols.Count; index++)
            foreach (var (transport, port) in protocols[index].RegisteredPorts)
                if (transport == conversation.Transport && port == conversation.Service) return protocols[index];
        return null;
    }

    /// <summary>The values a request writes, the first few of them: <c>1</c>, <c>500, 501, 502 and 5 more</c>.</summary>
    public static string Written(in Observation observation, DetectionContext context)
    {
        var values = observation.RequestValues;
        if (values.Count == 0 || values.Encoding == ValueEncoding.None) return "a value the message does not state";
        var shown = new List<string>();
        for (var i = 0; i < Math.Min((int)values.Count, ValuesShown); i++)
            shown.Add(context.Batch.Value(values, i).ToString(CultureInfo.InvariantCulture));
        if (values.Count > ValuesShown) shown.Add($"{values.Count - ValuesShown} more");
        return List(shown);
    }

    /// <summary>The values that stood where a request writes, as far as the traffic showed them: <c>0</c>, <c>unknown</c>.</summary>
    public static string Before(in Observation observation, Target target, DetectionContext context)
    {
        var shown = new List<string>();
        for (var i = 0; i < Math.Min(target.Count, ValuesShown); i++)
        {
            var state = context.Process.Find(
                observation.Connection.Server.Address, observation.Unit, target.Space, (uint)(target.Start + i));
            shown.Add(state?.Value.ToString(CultureInfo.InvariantCulture) ?? "unknown");
        }

        if (shown.TrueForAll(value => value == "unknown")) return "unknown";
        if (target.Count > ValuesShown) shown.Add($"{target.Count - ValuesShown} more");
        return List(shown);
    }

    /// <summary><c>a, b and c</c>, cut after a few: <c>a, b, c, d, e and 9 more</c>. <paramref name="none"/> for an empty one.</summary>
    public static string List<T>(IReadOnlyList<T> items, string none = "nobody")
        where T : notnull
    {
        if (items.Count == 0) return none;
        if (items.Count == 1) return items[0].ToString()!;
        var shown = items.Count <= MostItems ? items.Count - 1 : MostItems;
        var rest = items.Count <= MostItems
            ? items[^1].ToString()
            : string.Create(CultureInfo.InvariantCulture, $"{items.Count - MostItems} more");
        return $"{string.Join(", ", items.Take(shown))} and {rest}";
    }

    private static string Number(string what, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{what} {number}");
}
