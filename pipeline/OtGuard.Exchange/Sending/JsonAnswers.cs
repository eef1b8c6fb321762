using System.Text.Json.Nodes;

namespace OtGuard.Exchange.Sending;

/// <summary>Reads what others wrote: a member that is missing or something else is null, and never a fault.</summary>
internal static class JsonAnswers
{
    /// <summary>A member, or null.</summary>
    public static JsonNode? Member(this JsonNode? node, string name) => node is JsonObject item ? item[name] : null;

    /// <summary>Text of a member, or null.</summary>
    public static string? TextOf(this JsonNode? node, string name) =>
        node.Member(name) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>A member that is a whole number, or null.</summary>
    public static long? NumberOf(this JsonNode? node, string name) =>
        node.Member(name) is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;

    /// <summary>A member that is true or false, or null.</summary>
    public static bool? FlagOf(this JsonNode? node, string name) =>
        node.Member(name) is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;

    /// <summary>Members of a list; none where it is no list.</summary>
    public static IEnumerable<JsonNode?> ListOf(this JsonNode? node, string name) => node.Member(name) as JsonArray ?? [];
}
