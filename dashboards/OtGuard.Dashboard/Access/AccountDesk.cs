using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using OtGuard.Alerting;

namespace OtGuard.Dashboard.Access;

/// <summary>How accounts are guarded.</summary>
public sealed record AccountOptions
{
    /// <summary>
    /// Characters of a password at least. Default 12: length is what makes guessing dear (NIST SP 800-63B).
    /// </summary>
    public int PasswordLength { get; init; } = 12;

    /// <summary>Wrong passwords in a row until an account is locked. Default 5.</summary>
    public int FailuresAllowed { get; init; } = 5;

    /// <summary>How long it is locked. Default 15 minutes: guessing is over, a shift is not.</summary>
    public TimeSpan LockedFor { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a session lasts without anything asked of it. Default 12 hours: a shift on a wall.</summary>
    public TimeSpan SessionIdle { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How long a token may last at most. Default 366 days.</summary>
    public TimeSpan TokenLongest { get; init; } = TimeSpan.FromDays(366);
}

/// <summary>What is asked about an account cannot be done; the message says why.</summary>
public sealed class AccountException : Exception
{
    /// <summary>Creates the exception.</summary>
    public AccountException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the fault behind it.</summary>
    public AccountException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    public AccountException()
    {
    }
}

/// <summary>
/// Accounts, tokens, and who may come in. Every change and every attempt to log in is in the journal. Thread-safe.
/// </summary>
public sealed class AccountDesk
{
    /// <summary>How a token begins, so that scanners for secrets know it.</summary>
    public const string TokenPrefix = "otg_";

    private const int LongestName = 64;
    private const int LongestPassword = 256;
    private const string StampClaim = "otguard/stamp";

    private readonly IAccountStore _store;
    private readonly AccountOptions _options;
    private readonly TimeProvider _clock;
    private readonly PasswordHasher<Account> _hasher = new();
    private readonly string _nobody;
    private readonly Lock _gate = new();
    private string? _code;

    /// <summary>Creates the desk.</summary>
    public AccountDesk(IAccountStore store, AccountOptions options, TimeProvider clock)
    {
        (_store, _options, _clock) = (store, options, clock);
        // What a name that is not there is compared with, so that it takes as long as one that is.
        _nobody = _hasher.HashPassword(null!, NewSecret());
    }

    /// <summary>
    /// While there is no account: the code by which the first administrator is made, once. It is kept in memory only,
    /// and
    /// is another one after each start. Null where there are accounts.
    /// </summary>
    public async Task<string?> SetUpCodeAsync(CancellationToken cancellation)
    {
        if ((await _store.ListAccountsAsync(cancellation)).Count > 0) return null;
        lock (_gate) return _code ??= NewCode();
    }

    /// <summary>Whether there is no account yet.</summary>
    public async Task<bool> IsUntouchedAsync(CancellationToken cancellation) =>
        (await _store.ListAccountsAsync(cancellation)).Count == 0;

    /// <summary>Makes the first administrator; the code is spent.</summary>
    /// <exception cref="AccountException">The code is wrong or spent, or the name or password will not do.</exception>
    public async Task<Account> SetUpAsync(string code, string name, string password, CancellationToken cancellation)
    {
        string? expected;
        lock (_gate) expected = _code;
        if (expected is null || !SameText(expected, Plain(code)))
            throw new AccountException("This is not the code that the program printed when it was started.");
        var account = await _store.ChangeAccountAsync(name, (_, all) =>
        {
            if (all.Count > 0) throw new AccountException("There are accounts already; log in with one of them.");
            var made = New(name, password, [AccountRole.Administrator], isDemonstration: false);
            return (made, Act(name, JournalVerb.CreateAccount, made.Name, "administrator", "the first account, by its code"));
        }, cancellation);
        lock (_gate) _code = null;
        return account!;
    }

    /// <summary>Checks name and password. Wrong ones count; enough of them lock the account for a while.</summary>
    /// <returns>The account; null where it is refused, for whichever reason: the answer does not tell.</returns>
    public async Task<Account?> LogInAsync(string name, string password, CancellationToken cancellation)
    {
        var now = _clock.GetUtcNow();
        var found = await _store.FindAccountAsync(name, cancellation);
        // Compared before the store is held, and also where there is no such account: both take their time.
        var verdict = _hasher.VerifyHashedPassword(null!, found?.PasswordHash ?? _nobody, Cut(password, LongestPassword));
        if (found is null)
        {
            await _store.NoteAsync(
                Act(Cut(name, LongestName), JournalVerb.RefuseLogIn, Cut(name, LongestName), "no such account"), cancellation);
            return null;
        }

        var isIn = false;
        await _store.ChangeAccountAsync(found.Name, current =>
        {
            if (current is null) return (null, null);
            if (current.IsBlocked || current.LockedUntil > now)
                return (current, Act(current.Name, JournalVerb.RefuseLogIn, current.Name,
                    current.IsBlocked ? "blocked" : "locked after wrong passwords"));
            if (verdict == PasswordVerificationResult.Failed || current.PasswordHash != found.PasswordHash)
            {
                var failures = current.Failures + 1;
                var isLocked = failures >= _options.FailuresAllowed;
                return (current with
                {
                    Failures = isLocked ? 0 : failures,
                    LockedUntil = isLocked ? now + _options.LockedFor : null,
                }, Act(current.Name, JournalVerb.RefuseLogIn, current.Name,
                    isLocked ? "wrong password, and now locked" : "wrong password"));
            }

            isIn = true;
            return (current with
            {
                Failures = 0,
                LockedUntil = null,
                LastLogInAt = now,
                PasswordHash = verdict == PasswordVerificationResult.SuccessRehashNeeded
                    ? _hasher.HashPassword(null!, password)
                    : current.PasswordHash,
            }, Act(current.Name, JournalVerb.LogIn, current.Name, ""));
        }, cancellation);
        return isIn ? await _store.FindAccountAsync(found.Name, cancellation) : null;
    }

    /// <summary>Notes that somebody logged out.</summary>
    public Task LogOutAsync(ClaimsPrincipal user, CancellationToken cancellation) =>
        _store.NoteAsync(Act(user.Who(), JournalVerb.LogOut, user.Who(), ""), cancellation);

    /// <summary>Who somebody is who logged in with an account.</summary>
    public static ClaimsPrincipal PrincipalOf(Account account) => Principal(
        account, Permissions.Of(account.Roles), CookieAuthenticationDefaults.AuthenticationScheme);

    /// <summary>Whether a session is still good: its account is there, open, and as it was at the log-in.</summary>
    public async Task<bool> IsCurrentAsync(ClaimsPrincipal user, CancellationToken cancellation) =>
        user.Identity?.Name is { } name
        && await _store.FindAccountAsync(name, cancellation) is { IsBlocked: false } account
        && user.HasClaim(StampClaim, account.Stamp);

    /// <summary>Who shows a token; null where it is not good, or its account is not.</summary>
    public async Task<ClaimsPrincipal?> FindByTokenAsync(string token, CancellationToken cancellation)
    {
        var parts = token.Split('_');
        if (parts is not ["otg", var id, var secret] || id.Length is 0 or > LongestName || secret.Length > LongestPassword
            || await _store.FindTokenAsync(id, cancellation) is not { RevokedAt: null } found
            || found.ExpiresAt <= _clock.GetUtcNow()
            || !SameText(found.SecretHash, HashOf(secret))
            || await _store.FindAccountAsync(found.Owner, cancellation) is not { IsBlocked: false } account)
            return null;
        // Never more than its owner may do now.
        var allowed = Permissions.Of(account.Roles).Where(found.Scopes.Contains).ToList();
        return Principal(account, allowed, TokenAuthentication.SchemeName);
    }

    /// <summary>All accounts, for those who keep them.</summary>
    public Task<IReadOnlyList<Account>> ListAsync(ClaimsPrincipal user, CancellationToken cancellation)
    {
        user.Require(Permissions.Accounts);
        return _store.ListAccountsAsync(cancellation);
    }

    /// <summary>Makes an account.</summary>
    /// <exception cref="AccountException">There is one of that name, or name or password will not do.</exception>
    public async Task<Account> CreateAsync(
        ClaimsPrincipal user, string name, string password, IReadOnlyList<AccountRole> roles, CancellationToken cancellation)
    {
        user.Require(Permissions.Accounts);
        return (await _store.ChangeAccountAsync(name, found =>
        {
            if (found is not null) throw new AccountException($"There is an account '{found.Name}' already.");
            var made = New(name, password, roles, isDemonstration: false);
            return (made, Act(user.Who(), JournalVerb.CreateAccount, made.Name, Roles(roles)));
        }, cancellation))!;
    }

    /// <summary>Makes an account of a demonstration, without anybody who asks for it.</summary>
    public async Task<Account> CreateDemonstrationAsync(
        string name, string password, IReadOnlyList<AccountRole> roles, CancellationToken cancellation) =>
        (await _store.ChangeAccountAsync(name, _ =>
        {
            var made = New(name, password, roles, isDemonstration: true);
            return (made, Act("demo", JournalVerb.CreateAccount, made.Name, Roles(roles), "a demonstration"));
        }, cancellation))!;

    /// <summary>Gives an account other roles, or blocks or opens it.</summary>
    /// <exception cref="AccountException">There is none, or no administrator would be left.</exception>
    public async Task<Account> ChangeAsync(
        ClaimsPrincipal user, string name, IReadOnlyList<AccountRole>? roles, bool? isBlocked, CancellationToken cancellation)
    {
        user.Require(Permissions.Accounts);
        return (await _store.ChangeAccountAsync(name, (found, all) =>
        {
            var current = found ?? throw new AccountException($"There is no account '{name}'.");
            if (roles is { Count: 0 }) throw new AccountException("An account has a role at least.");
            var changed = current with
            {
                Roles = roles is null ? current.Roles : [.. roles.Distinct().Order()],
                IsBlocked = isBlocked ?? current.IsBlocked,
                LockedUntil = isBlocked == false ? null : current.LockedUntil,
                Stamp = NewSecret(),
            };
            RequireAdministrator(all.Where(one => one.Name != current.Name).Append(changed));
            return (changed, Act(
                user.Who(), JournalVerb.ChangeAccount, changed.Name,
                $"{Roles(changed.Roles)}{(changed.IsBlocked ? ", blocked" : "")}"));
        }, cancellation))!;
    }

    /// <summary>Sets the password of an account that forgot it.</summary>
    /// <exception cref="AccountException">There is none, or the password will not do.</exception>
    public async Task ResetPasswordAsync(ClaimsPrincipal user, string name, string password, CancellationToken cancellation)
    {
        user.Require(Permissions.Accounts);
        await _store.ChangeAccountAsync(name, found => WithPassword(
            found ?? throw new AccountException($"There is no account '{name}'."), password, user.Who()), cancellation);
    }

    /// <summary>Changes one's own password.</summary>
    /// <exception cref="AccountException">The old one is wrong, or the new one will not do.</exception>
    public async Task ChangePasswordAsync(
        ClaimsPrincipal user, string old, string password, CancellationToken cancellation)
    {
        // By way of logging in, so that guessing it locks here too.
        if (await LogInAsync(user.Who(), old, cancellation) is null)
            throw new AccountException("The old password is wrong, or this account is locked.");
        await _store.ChangeAccountAsync(user.Who(), found => WithPassword(
            found ?? throw new AccountException("This account is gone."), password, user.Who()), cancellation);
    }

    /// <summary>Removes an account; what it did stays in the journal.</summary>
    /// <exception cref="AccountException">There is none, it is one's own, or no administrator would be
    /// left.</exception>
    public Task RemoveAsync(ClaimsPrincipal user, string name, CancellationToken cancellation)
    {
        user.Require(Permissions.Accounts);
        return _store.ChangeAccountAsync(name, (found, all) =>
        {
            var current = found ?? throw new AccountException($"There is no account '{name}'.");
            if (string.Equals(current.Name, user.Who(), StringComparison.OrdinalIgnoreCase))
                throw new AccountException("Nobody removes their own account.");
            RequireAdministrator(all.Where(one => one.Name != current.Name));
            return (null, Act(user.Who(), JournalVerb.RemoveAccount, current.Name, ""));
        }, cancellation);
    }

    /// <summary>Tokens: one's own, or those of all for who keeps accounts.</summary>
    public Task<IReadOnlyList<ApiToken>> ListTokensAsync(ClaimsPrincipal user, bool all, CancellationToken cancellation)
    {
        if (all) user.Require(Permissions.Accounts);
        return _store.ListTokensAsync(all ? null : user.Who(), cancellation);
    }

    /// <summary>Issues a token for one's own account. What is returned is shown once and kept nowhere.</summary>
    /// <exception cref="AccountException">A scope is unknown or more than the account may do, or it would last too
    /// long.</exception>
    public async Task<(ApiToken Token, string Text)> IssueTokenAsync(
        ClaimsPrincipal user, string name, IReadOnlyList<string> scopes, TimeSpan lasts, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > LongestName)
            throw new AccountException("Say in a few words what the token is for.");
        if (scopes.Count == 0) throw new AccountException("A token has a scope at least.");
        if (scopes.FirstOrDefault(scope => !Permissions.All.Contains(scope)) is { } unknown)
            throw new AccountException($"There is no scope '{unknown}'; there are {string.Join(", ", Permissions.All)}.");
        if (scopes.FirstOrDefault(scope => !user.Has(scope)) is { } beyond)
            throw new AccountException($"A token may not do more than its account, and this one has no '{beyond}'.");
        if (lasts <= TimeSpan.Zero || lasts > _options.TokenLongest)
            throw new AccountException(string.Create(
                CultureInfo.InvariantCulture, $"A token lasts {_options.TokenLongest.TotalDays:0} days at most."));
        var now = _clock.GetUtcNow();
        var secret = NewSecret();
        var token = new ApiToken
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            Name = name.Trim(),
            Owner = user.Who(),
            Scopes = [.. Permissions.All.Where(scopes.Contains)],
            SecretHash = HashOf(secret),
            CreatedAt = now,
            ExpiresAt = now + lasts,
        };
        await _store.PutTokenAsync(
            token, Act(user.Who(), JournalVerb.IssueToken, token.Id, $"{token.Name}: {string.Join(", ", token.Scopes)}"),
            cancellation);
        return (token, $"{TokenPrefix}{token.Id}_{secret}");
    }

    /// <summary>Revokes a token: one's own, or any for who keeps accounts.</summary>
    /// <exception cref="AccountException">There is none.</exception>
    public async Task RevokeTokenAsync(ClaimsPrincipal user, string id, CancellationToken cancellation)
    {
        var token = await _store.FindTokenAsync(id, cancellation)
            ?? throw new AccountException($"There is no token '{id}'.");
        if (!string.Equals(token.Owner, user.Who(), StringComparison.OrdinalIgnoreCase)) user.Require(Permissions.Accounts);
        await _store.PutTokenAsync(
            token with { RevokedAt = token.RevokedAt ?? _clock.GetUtcNow() },
            Act(user.Who(), JournalVerb.RevokeToken, token.Id, token.Name), cancellation);
    }

    private (Account?, JournalAct?) WithPassword(Account account, string password, string who)
    {
        RequirePassword(account.Name, password);
        return (account with
        {
            PasswordHash = _hasher.HashPassword(null!, password),
            Stamp = NewSecret(),
            Failures = 0,
            LockedUntil = null,
        }, Act(who, JournalVerb.ChangeAccount, account.Name, "a new password"));
    }

    private Account New(string name, string password, IReadOnlyList<AccountRole> roles, bool isDemonstration)
    {
        if (name.Length is 0 or > LongestName || !name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or '@'))
            throw new AccountException("A name has 1 to 64 letters, digits, '-', '_', '.' and '@'.");
        if (roles.Count == 0) throw new AccountException("An account has a role at least.");
        RequirePassword(name, password);
        return new Account
        {
            Name = name,
            PasswordHash = _hasher.HashPassword(null!, password),
            Roles = [.. roles.Distinct().Order()],
            Stamp = NewSecret(),
            CreatedAt = _clock.GetUtcNow(),
            IsDemonstration = isDemonstration,
        };
    }

    private void RequirePassword(string name, string password)
    {
        if (password.Length < _options.PasswordLength)
            throw new AccountException($"A password has {_options.PasswordLength} characters at least.");
        if (password.Length > LongestPassword) throw new AccountException($"A password has {LongestPassword} characters at most.");
        if (password.Contains(name, StringComparison.OrdinalIgnoreCase) || password.Distinct().Count() < 5)
            throw new AccountException("This password is too easily guessed: leave the name out, and vary the characters.");
    }

    private static void RequireAdministrator(IEnumerable<Account> accounts)
    {
        if (!accounts.Any(one => !one.IsBlocked && one.Roles.Contains(AccountRole.Administrator)))
            throw new AccountException("Nobody could keep the accounts then: an administrator has to be left.");
    }

    private JournalAct Act(string who, JournalVerb verb, string subject, string detail, string why = "") =>
        new(_clock.GetUtcNow(), new Author(who, why), verb, $"account {subject}", detail);

    private static ClaimsPrincipal Principal(Account account, IEnumerable<string> permissions, string scheme) => new(
        new ClaimsIdentity(
            [
                new Claim(ClaimTypes.Name, account.Name),
                new Claim(StampClaim, account.Stamp),
                .. account.Roles.Select(role => new Claim(ClaimTypes.Role, role.ToString())),
                .. permissions.Select(permission => new Claim(Permissions.ClaimType, permission)),
                .. account.IsDemonstration ? [new Claim("otguard/demonstration", "true")] : Array.Empty<Claim>(),
            ],
            scheme));

    private static string Roles(IReadOnlyList<AccountRole> roles) =>
        string.Join(", ", roles.Select(role => role.ToString().ToLowerInvariant()));

    private static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private static string NewSecret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    // Without letters and digits that are taken for each other; 60 bits, and few attempts a minute.
    private static string NewCode() => RandomNumberGenerator.GetString("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 12);

    private static string Plain(string code) =>
        string.Concat(code.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];

    private static bool SameText(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
}
