using OtGuard.Collectors;

namespace OtGuard.Alerting;

/// <summary>Reads who did something to whom out of a deviation's subject.</summary>
public static class Parties
{
    private const string Arrow = " → ";

    /// <summary>
    /// Actor and asset of <c>10.0.0.66 → 10.0.0.9 unit 1</c>. A subject without an arrow names the actor only where it
    /// begins with an address; <c>10.0.0.66 → 14 hosts</c> has no single asset.
    /// </summary>
    public static (string? Actor, string? Asset) Of(string subject)
    {
        var arrow = subject.IndexOf(Arrow, StringComparison.Ordinal);
        return arrow < 0
            ? (Address(subject), null)
            : (Address(subject[..arrow]), Address(subject[(arrow + Arrow.Length)..]));
    }

    private static string? Address(string text)
    {
        var blank = text.IndexOf(' ', StringComparison.Ordinal);
        var word = blank < 0 ? text : text[..blank];
        // A bare number would be read as an address too: the 14 of "14 hosts" as 0.0.0.14.
        return !int.TryParse(word, out _) && NetworkAddress.TryParse(word, out _) ? word : null;
    }
}
