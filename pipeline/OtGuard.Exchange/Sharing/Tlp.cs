namespace OtGuard.Exchange.Sharing;

/// <summary>The Traffic Light Protocol, version 2.0 (FIRST), from the widest to the narrowest circle.</summary>
public enum Tlp : byte
{
    /// <summary>No limit.</summary>
    Clear,

    /// <summary>The community.</summary>
    Green,

    /// <summary>The recipient's organisation and its clients.</summary>
    Amber,

    /// <summary>The recipient's organisation only.</summary>
    AmberStrict,

    /// <summary>The individual recipients only.</summary>
    Red,
}

/// <summary>How the levels are written.</summary>
public static class TlpText
{
    /// <summary>The word of partners' files, the command line and STIX: <c>amber+strict</c>.</summary>
    public static string Word(Tlp level) => level switch
    {
        Tlp.Clear => "clear",
        Tlp.Green => "green",
        Tlp.Amber => "amber",
        Tlp.AmberStrict => "amber+strict",
        Tlp.Red => "red",
    };

    /// <summary>The label: <c>TLP:AMBER+STRICT</c>.</summary>
    public static string Label(Tlp level) => "TLP:" + Word(level).ToUpperInvariant();

    /// <summary>All words.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Enum.GetValues<Tlp>().Select(Word)];

    /// <summary>Reads a word.</summary>
    /// <exception cref="ExchangeException">It is none.</exception>
    public static Tlp Parse(string word)
    {
        foreach (var level in Enum.GetValues<Tlp>())
            if (string.Equals(Word(level), word, StringComparison.OrdinalIgnoreCase)) return level;
        throw new ExchangeException($"'{word}' is no level of TLP 2.0; they are {string.Join(", ", Words)}.");
    }
}
