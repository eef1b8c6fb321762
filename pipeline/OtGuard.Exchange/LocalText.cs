namespace OtGuard.Exchange;

/// <summary>A text in the languages of reports.</summary>
/// <param name="En">English, always there.</param>
/// <param name="De">German, or null.</param>
public sealed record LocalText(string En, string? De = null)
{
    /// <summary>The text in a language; English where there is none in it.</summary>
    public string In(Language language) => language switch
    {
        Language.En => En,
        Language.De => De ?? En,
    };
}

/// <summary>A language reports are written in.</summary>
public enum Language : byte
{
    /// <summary>English.</summary>
    En,

    /// <summary>German.</summary>
    De,
}
