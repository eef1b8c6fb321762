using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using OtGuard.Alerting;
using OtGuard.Dashboard.Texts;

namespace OtGuard.Dashboard.Alerts;

/// <summary>
/// Which alerts are shown: what stands behind the <c>?</c> of the page and of the web API. Immutable.
/// </summary>
public sealed record AlertFilter
{
    /// <summary>States; empty for those that are open and not muted.</summary>
    public IReadOnlyList<AlertState> States { get; init; } = [];

    /// <summary>True for all states.</summary>
    public bool All { get; init; }

    /// <summary>Severity at least.</summary>
    public int MinimumSeverity { get; init; }

    /// <summary>The kind, or null.</summary>
    public string? Kind { get; init; }

    /// <summary>An address that acts or is acted upon, or null.</summary>
    public string? Address { get; init; }

    /// <summary>The zone, or null.</summary>
    public string? Zone { get; init; }

    /// <summary>The protocol, or null.</summary>
    public string? Protocol { get; init; }

    /// <summary>Words that are somewhere in it.</summary>
    public string? Text { get; init; }

    /// <summary>Reads it from the address.</summary>
    public static AlertFilter Of(string? query)
    {
        var values = QueryHelpers.ParseQuery(query);
        string? Get(string name) => values.TryGetValue(name, out var found) && found.ToString() is { Length: > 0 } text ? text : null;
        var states = (Get("state") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        return new AlertFilter
        {
            All = states.Contains("all"),
            States =
            [
                .. states.Select(text => Enum.TryParse<AlertState>(text, ignoreCase: true, out var state) ? state : (AlertState?)null)
                    .OfType<AlertState>().Distinct(),
            ],
            MinimumSeverity = int.TryParse(Get("severity"), NumberStyles.None, CultureInfo.InvariantCulture, out var severity)
                ? Math.Clamp(severity, 0, 100)
                : 0,
            Kind = Get("kind"),
            Address = Get("address"),
            Zone = Get("zone"),
            Protocol = Get("protocol"),
            Text = Get("q"),
        };
    }

    /// <summary>How it stands in the address: empty, or beginning with <c>?</c>.</summary>
    public string ToQuery()
    {
        List<KeyValuePair<string, string?>> parts = [];
        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value)) parts.Add(new(name, value));
        }

        Add("state", All ? "all" : string.Join(',', States.Select(state => state.ToString().ToLowerInvariant())));
        Add("severity", MinimumSeverity == 0 ? null : MinimumSeverity.ToString(CultureInfo.InvariantCulture));
        Add("kind", Kind);
        Add("address", Address);
        Add("zone", Zone);
        Add("protocol", Protocol);
        Add("q", Text);
        return QueryHelpers.AddQueryString("", parts);
    }

    /// <summary>Whether an alert is shown.</summary>
    public bool Takes(Alert alert) =>
        (All || (States.Count > 0 ? States.Contains(alert.State) : alert.State is AlertState.New or AlertState.Acknowledged))
        && alert.Severity >= MinimumSeverity
        && (Kind is null || alert.Kind == Kind)
        && (Address is null || alert.Actor == Address || alert.Asset == Address)
        && (Zone is null || alert.Zone == Zone)
        && (Protocol is null || alert.Protocols.Contains(Protocol))
        && (Text is null || Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(word => Holds(alert, word)));

    private static bool Holds(Alert alert, string word) =>
        Has(alert.Title, word) || Has(AlertWording.TitleOf(alert), word) || Has(alert.Subject, word) || Has(alert.Explanation, word) || Has(alert.Kind, word)
        || Has(alert.Catalogue, word) || alert.Number.ToString(CultureInfo.InvariantCulture) == word;

    private static bool Has(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);
}
