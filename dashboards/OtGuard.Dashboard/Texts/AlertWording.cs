using System.Globalization;
using System.Text.RegularExpressions;
using OtGuard.Alerting;
using OtGuard.Dashboard.Alerts;
using OtGuard.Models;

namespace OtGuard.Dashboard.Texts;

/// <summary>
/// What is said of alerts, in the language of who looks: titles and what to check by the kind, sentences by their key
/// and arguments. Arguments, what was expected and what was seen stay as they were stored.
/// </summary>
public static partial class AlertWording
{
    /// <summary>The title of an alert.</summary>
    public static string TitleOf(Alert alert) => TitleOf(alert.Kind, alert.Title);

    /// <summary>The title of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="stored">The title that was stored.</param>
    public static string TitleOf(string kind, string stored) => Of(kind)?.Title ?? stored;

    /// <summary>What to check first; null for nothing.</summary>
    public static string? WhatToCheckOf(Alert alert) =>
        Of(alert.Kind) is { WhatToCheck.Length: > 0 } words ? words.WhatToCheck : alert.WhatToCheck;

    /// <summary>The sentence of a deviation.</summary>
    public static string SentenceOf(DeviationRecord deviation) =>
        Wording.IsGerman && deviation.MessageKey is { Length: > 0 } key
            ? Messages.TryFormat(key, deviation.Arguments, CultureInfo.CurrentUICulture) ?? deviation.Explanation
            : deviation.Explanation;

    /// <summary>The sentence of an alert: that of the deviation it was taken from.</summary>
    public static string SentenceOf(Alert alert, IEnumerable<StoredDeviation> deviations)
    {
        if (!Wording.IsGerman) return alert.Explanation;
        var from = deviations.FirstOrDefault(stored => stored.Deviation.Explanation == alert.Explanation);
        return from is null ? alert.Explanation : SentenceOf(from.Deviation);
    }

    /// <summary>A reason of a severity: points, and why.</summary>
    public static string ReasonOf(string reason)
    {
        if (!Wording.IsGerman) return reason;
        var match = Reason().Match(reason);
        if (!match.Success) return Wording.T(reason);
        var points = Wording.T(match.Groups[1].Value);
        var why = match.Groups[2].Value;
        return why.Length > 0 ? $"{points}: {Wording.T(why)}" : $"{points} {Wording.T(match.Groups[3].Value)}";
    }

    /// <summary>An alert in the language of who asks.</summary>
    public static Alert InLanguage(this Alert alert) => !Wording.IsGerman
        ? alert
        : alert with
        {
            Title = TitleOf(alert),
            WhatToCheck = WhatToCheckOf(alert),
            SeverityReasons = [.. alert.SeverityReasons.Select(ReasonOf)],
        };

    /// <summary>An alert with all that belongs to it, in the language of who asks.</summary>
    public static AlertDetail InLanguage(this AlertDetail detail) => !Wording.IsGerman
        ? detail
        : detail with
        {
            Alert = detail.Alert.InLanguage() with { Explanation = SentenceOf(detail.Alert, detail.Deviations) },
            Deviations =
            [
                .. detail.Deviations.Select(stored => stored with
                {
                    Deviation = stored.Deviation with
                    {
                        Title = Of(stored.Deviation.Kind)?.Title ?? stored.Deviation.Title,
                        Explanation = SentenceOf(stored.Deviation),
                        WhatToCheck = Of(stored.Deviation.Kind)?.WhatToCheck ?? stored.Deviation.WhatToCheck,
                        SeverityReasons = [.. stored.Deviation.SeverityReasons.Select(ReasonOf)],
                    },
                }),
            ],
            Related = [.. detail.Related.Select(InLanguage)],
        };

    private static KindWords? Of(string kind) =>
        Wording.IsGerman ? DeviationCatalogue.German.GetValueOrDefault(kind) : null;

    [GeneratedRegex(@"^([+-]?\d+|for information)(?:: (.+)| (.+))$")]
    private static partial Regex Reason();
}
