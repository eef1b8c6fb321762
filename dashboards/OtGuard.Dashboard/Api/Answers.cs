using OtGuard.Alerting;

namespace OtGuard.Dashboard.Api;

/// <summary>A page of alerts.</summary>
/// <param name="Total">How many the filter takes.</param>
/// <param name="Items">Those asked for.</param>
public sealed record AlertPage(int Total, IReadOnlyList<Alert> Items);

/// <summary>Why, for verbs that ask for a reason.</summary>
/// <param name="Why">In words.</param>
public sealed record ReasonBody(string? Why);

/// <summary>What a baseline is signed with.</summary>
/// <param name="Key">The private key: PEM, ECDSA on P-256, without a password. It is used once and kept nowhere.</param>
/// <param name="Why">In words.</param>
public sealed record SignBody(string? Key, string? Why);

/// <summary>How an alert is to be muted.</summary>
/// <param name="Why">In words.</param>
/// <param name="Minutes">How long; without it, until somebody lifts it.</param>
public sealed record MuteBody(string? Why, int? Minutes);

/// <summary>An act on several alerts.</summary>
/// <param name="Alerts">Their ids or numbers.</param>
/// <param name="Verb">acknowledge, close, mute, unmute or learn.</param>
/// <param name="Why">In words.</param>
/// <param name="Minutes">For mute, how long.</param>
public sealed record BulkBody(IReadOnlyList<string> Alerts, Alerts.AlertVerb Verb, string? Why, int? Minutes);

/// <summary>A new account.</summary>
public sealed record NewAccountBody(string Name, string Password, IReadOnlyList<AccountRole> Roles);

/// <summary>What is to change of an account; what is left out stays.</summary>
public sealed record ChangeAccountBody(IReadOnlyList<AccountRole>? Roles, bool? IsBlocked, string? Password);

/// <summary>An account as others may see it: without its secrets.</summary>
public sealed record AccountAnswer(
    string Name, IReadOnlyList<AccountRole> Roles, bool IsBlocked, DateTimeOffset? LockedUntil, DateTimeOffset CreatedAt,
    DateTimeOffset? LastLogInAt, bool IsDemonstration)
{
    /// <summary>An account without its secrets.</summary>
    public static AccountAnswer Of(Account account) => new(
        account.Name, account.Roles, account.IsBlocked, account.LockedUntil, account.CreatedAt, account.LastLogInAt,
        account.IsDemonstration);
}

/// <summary>A token to be issued.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Days">How long it lasts.</param>
public sealed record NewTokenBody(string Name, IReadOnlyList<string> Scopes, int Days);

/// <summary>A token that was issued: the only time its text is shown.</summary>
public sealed record NewTokenAnswer(TokenAnswer Token, string Text);

/// <summary>A token without its secret.</summary>
public sealed record TokenAnswer(
    string Id, string Name, string Owner, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt,
    DateTimeOffset? RevokedAt)
{
    /// <summary>A token without its secret.</summary>
    public static TokenAnswer Of(ApiToken token) => new(
        token.Id, token.Name, token.Owner, token.Scopes, token.CreatedAt, token.ExpiresAt, token.RevokedAt);
}

/// <summary>Who asks, and what that may do.</summary>
/// <param name="Name">The account.</param>
/// <param name="Roles">Its roles.</param>
/// <param name="Permissions">What it may do now.</param>
/// <param name="CsrfToken">To be sent as the header X-CSRF-Token with every change; null for who shows a token.</param>
public sealed record SessionAnswer(
    string Name, IReadOnlyList<string> Roles, IReadOnlyList<string> Permissions, string? CsrfToken);

/// <summary>A baseline in figures.</summary>
public sealed record BaselineAnswer(
    string Name, string ContentHash, string LearnedFrom, string LearnedUntil, IReadOnlyList<string> Approvers,
    int ApproversNeeded, bool IsSigned, bool IsComplete, IReadOnlyList<string> Summary, IReadOnlyList<string> History);
