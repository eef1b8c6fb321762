using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OtGuard.Exchange.Stix;

/// <summary>JSON in the one form of the JSON Canonicalization Scheme, which identifiers are computed over.</summary>
/// <remarks>
/// RFC 8785, for what is written here: whole numbers up to 2^53 only, so that the rules for fractions are not needed.
/// </remarks>
public static class CanonicalJson
{
    /// <summary>The canonical text of a value.</summary>
    /// <exception cref="ArgumentException">It holds a number that is not whole.</exception>
    public static string Write(JsonNode? value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, JsonNode? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject item:
                text.Append('{');
                var first = true;
                // By UTF-16 code units, as ordinal comparison does.
                foreach (var (name, member) in item.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    if (!first) text.Append(',');
                    first = false;
                    Append(text, name);
                    text.Append(':');
                    Append(text, member);
                }

                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    if (i > 0) text.Append(',');
                    Append(text, items[i]);
                }

                text.Append(']');
                break;
            default:
                AppendScalar(text, value.AsValue());
                break;
        }
    }

    private static void AppendScalar(StringBuilder text, JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                Append(text, value.GetValue<string>());
                break;
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            case JsonValueKind.Number:
                var number = value.ToJsonString();
                if (!long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
                    throw new ArgumentException($"{number} is no whole number.", nameof(value));
                text.Append(CultureInfo.InvariantCulture, $"{whole}");
                break;
            default:
                throw new ArgumentException($"{value} is no JSON value.", nameof(value));
        }
    }

    private static void Append(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
