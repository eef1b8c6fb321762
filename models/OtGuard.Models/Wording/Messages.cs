using System.Globalization;
using System.Text;

namespace OtGuard.Models;

/// <summary>
/// Sentences by message key: an explanation is a key and its arguments, so that any language is made from it.
/// </summary>
public static class Messages
{
    private static readonly Dictionary<string, string> English = Read("Wording.en.tsv");
    private static readonly Dictionary<string, string> German = Read("Wording.de.tsv");

    /// <summary>The keys of all messages.</summary>
    public static IEnumerable<string> Keys => English.Keys;

    /// <summary>The template of a key, with <c>{names}</c> in place of arguments.</summary>
    /// <exception cref="KeyNotFoundException">There is no such message.</exception>
    public static string Template(string key) => English[key];

    /// <summary>The sentence of a message: arguments put into the template of its key.</summary>
    /// <exception cref="KeyNotFoundException">There is no such message, or it names an argument that was not given.</exception>
    public static string Format(Message message) => Fill(English[message.Key], message);

    /// <summary>
    /// The sentence of a message that was stored, in a language; null where there is no such message any more, or where it
    /// was stored without an argument that it names now.
    /// </summary>
    /// <param name="key">The message's key.</param>
    /// <param name="arguments">Name and text of each argument.</param>
    /// <param name="culture">The language: German, or English for any other.</param>
    public static string? TryFormat(string key, IReadOnlyDictionary<string, string> arguments, CultureInfo culture)
    {
        var templates = culture.TwoLetterISOLanguageName == "de" ? German : English;
        if (!templates.TryGetValue(key, out var template)) return null;
        try
        {
            return Fill(template, new Message(key, [.. arguments.Select(pair => (pair.Key, pair.Value))]));
        }
        catch (KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The template of a key in German, for those who hold it against the English one.</summary>
    /// <exception cref="KeyNotFoundException">There is no such message.</exception>
    public static string GermanTemplate(string key) => German[key];

    private static Dictionary<string, string> Read(string name) => EmbeddedText.Lines(name)
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split('\t'))
        .ToDictionary(cells => cells[0], cells => cells[1], StringComparer.Ordinal);

    private static string Fill(string template, Message message)
    {
        var text = new StringBuilder(template.Length + 64);
        var at = 0;
        while (at < template.Length)
        {
            var open = template.IndexOf('{', at);
            if (open < 0) break;
            var close = template.IndexOf('}', open);
            text.Append(template, at, open - at);
            text.Append(message[template[(open + 1)..close]]);
            at = close + 1;
        }

        return text.Append(template, at, template.Length - at).ToString();
    }
}

/// <summary>A message key with its arguments.</summary>
/// <param name="Key">The key in the wording files.</param>
/// <param name="Arguments">Name and text of each argument.</param>
public sealed record Message(string Key, params IReadOnlyList<(string Name, string Value)> Arguments)
{
    /// <summary>The text of the argument of that name.</summary>
    public string this[string name]
    {
        get
        {
            foreach (var (key, value) in Arguments)
                if (key == name) return value;
            throw new KeyNotFoundException($"The message {Key} was given no argument '{name}'.");
        }
    }
}
