using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace OtGuard.Dashboard.Access;

/// <summary>Lets programs in by <c>Authorization: Bearer otg_…</c>.</summary>
internal sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AccountDesk accounts)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Token";

    private const string Bearer = "Bearer ";

    /// <summary>Whether a request shows a token.</summary>
    public static bool IsShown(Microsoft.AspNetCore.Http.HttpRequest request) =>
        request.Headers.Authorization.ToString().StartsWith(Bearer, StringComparison.OrdinalIgnoreCase);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!IsShown(Request)) return AuthenticateResult.NoResult();
        var user = await accounts.FindByTokenAsync(
            Request.Headers.Authorization.ToString()[Bearer.Length..].Trim(), Context.RequestAborted);
        return user is null
            ? AuthenticateResult.Fail("This token is not good, or not any more.")
            : AuthenticateResult.Success(new AuthenticationTicket(user, SchemeName));
    }
}
