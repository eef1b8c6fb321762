using System.Collections.Frozen;
using System.Globalization;

namespace OtGuard.Dashboard.Texts;

/// <summary>
/// What stands on the page, in the language of who looks: the English text is the key, <c>de.tsv</c> has the German
/// one.
/// </summary>
public static class Wording
{
    private static readonly FrozenDictionary<string, string> German = Read("Texts/de.tsv");

    /// <summary>The English texts that have a German one.</summary>
    public static IReadOnlyCollection<string> Keys => German.Keys;

    /// <summary>Whether German is asked for.</summary>
    public static bool IsGerman => CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "de";

    /// <summary>The language of who looks, for texts that have both at hand.</summary>
    public static Exchange.Language ReadersLanguage => IsGerman ? Exchange.Language.De : Exchange.Language.En;

    /// <summary>A text in the language asked for, with values at <c>{0}</c>, <c>{1}</c> ….</summary>
    public static string T(string english, params ReadOnlySpan<object?> values)
    {
        var text = IsGerman && German.TryGetValue(english, out var german) ? german : english;
        return values.Length == 0 ? text : string.Format(CultureInfo.CurrentCulture, text, values);
    }

    private static FrozenDictionary<string, string> Read(string name)
    {
        using var reader = new StreamReader(typeof(Wording).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#')
            .Select(line => line.Split('\t'))
            .ToFrozenDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
    }
}
