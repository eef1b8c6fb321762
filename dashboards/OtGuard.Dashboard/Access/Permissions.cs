using System.Security.Claims;
using OtGuard.Alerting;

namespace OtGuard.Dashboard.Access;

/// <summary>
/// What may be done: the names of the policies on endpoints and pages, and the scopes of tokens. Roles are sets of
/// them.
/// </summary>
public static class Permissions
{
    /// <summary>See everything but accounts and the audit trail.</summary>
    public const string Read = "read";

    /// <summary>Acknowledge, close, mute and unmute alerts.</summary>
    public const string Triage = "triage";

    /// <summary>Propose that what an alert says is normal.</summary>
    public const string Learn = "learn";

    /// <summary>Approve or reject what somebody else proposed; approve baselines.</summary>
    public const string Approve = "approve";

    /// <summary>Sign baselines, with a private key that is shown for it and not kept.</summary>
    public const string Sign = "sign";

    /// <summary>Judge a log that is dropped on the page.</summary>
    public const string Bench = "bench";

    /// <summary>Close incidents.</summary>
    public const string Incidents = "incidents";

    /// <summary>Take the frames that show an alert away as a file.</summary>
    public const string Evidence = "evidence";

    /// <summary>See who did what.</summary>
    public const string Audit = "audit";

    /// <summary>Make, change and remove accounts; see and revoke all tokens.</summary>
    public const string Accounts = "accounts";

    /// <summary>All there are.</summary>
    public static readonly IReadOnlyList<string> All = [Read, Triage, Learn, Approve, Sign, Bench, Incidents, Evidence, Audit, Accounts];

    /// <summary>The kind of claim that holds one.</summary>
    internal const string ClaimType = "otguard/permission";

    /// <summary>What a role permits: what its work needs, and no more.</summary>
    public static IReadOnlyList<string> Of(AccountRole role) => role switch
    {
        AccountRole.Viewer => [Read],
        AccountRole.Operator => [Read, Triage],
        AccountRole.Engineer => [Read, Triage, Learn, Approve, Sign, Bench, Evidence, Audit],
        AccountRole.Liaison => [Read, Incidents, Evidence, Audit],
        AccountRole.Administrator => [Read, Sign, Audit, Accounts],
    };

    /// <summary>What several roles permit together, in the order of <see cref="All"/>.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<AccountRole> roles)
    {
        var together = roles.SelectMany(Of).ToHashSet(StringComparer.Ordinal);
        return [.. All.Where(together.Contains)];
    }

    /// <summary>Whether somebody has it.</summary>
    public static bool Has(this ClaimsPrincipal user, string permission) => user.HasClaim(ClaimType, permission);

    /// <summary>Who somebody is in the journal.</summary>
    public static string Who(this ClaimsPrincipal user) => user.Identity?.Name ?? "nobody";

    /// <summary>Refuses whoever lacks it: every act asks here, whichever way it came.</summary>
    /// <exception cref="RefusedException">It is not there.</exception>
    public static void Require(this ClaimsPrincipal user, string permission)
    {
        if (!user.Has(permission)) throw new RefusedException(permission);
    }
}

/// <summary>Somebody may not do what was asked.</summary>
public sealed class RefusedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="permission">What is lacking.</param>
    public RefusedException(string permission)
        : base($"This needs the permission '{permission}', which this account does not have.") => Permission = permission;

    /// <summary>Creates the exception.</summary>
    public RefusedException()
        : this("")
    {
    }

    /// <summary>Creates the exception with the fault behind it.</summary>
    public RefusedException(string permission, Exception innerException)
        : base($"This needs the permission '{permission}', which this account does not have.", innerException) =>
        Permission = permission;

    /// <summary>What is lacking.</summary>
    public string Permission { get; }
}
