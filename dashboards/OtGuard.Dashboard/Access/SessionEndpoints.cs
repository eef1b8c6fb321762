using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using OtGuard.Alerting;

namespace OtGuard.Dashboard.Access;

/// <summary>
/// Coming in and going out: forms of pages, each with the token against forgery, which the framework checks.
/// </summary>
internal static class SessionEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var session = routes.MapGroup("/session").ExcludeFromDescription();
        session.MapPost("login", LogInAsync).AllowAnonymous().RequireRateLimiting(RateLimits.LogIn);
        session.MapPost("setup", SetUpAsync).AllowAnonymous().RequireRateLimiting(RateLimits.LogIn);
        session.MapPost("logout", LogOutAsync).RequireAuthorization(Permissions.Read);
    }

    private static async Task<IResult> LogInAsync(
        [FromForm] string? name, [FromForm] string? password, [FromForm] string? to, HttpContext context, AccountDesk desk)
    {
        if (await desk.LogInAsync(name ?? "", password ?? "", context.RequestAborted) is not { } account)
            return TypedResults.LocalRedirect(QueryHelpers.AddQueryString("/login", new Dictionary<string, string?>
            {
                ["refused"] = "1",
                ["to"] = Local(to),
            }));
        await SignInAsync(context, account);
        return TypedResults.LocalRedirect(Local(to));
    }

    private static async Task<IResult> SetUpAsync(
        [FromForm] string? code, [FromForm] string? name, [FromForm] string? password, HttpContext context, AccountDesk desk)
    {
        try
        {
            await SignInAsync(context, await desk.SetUpAsync(code ?? "", name ?? "", password ?? "", context.RequestAborted));
            return TypedResults.LocalRedirect("/accounts");
        }
        catch (AccountException fault)
        {
            return TypedResults.LocalRedirect(QueryHelpers.AddQueryString("/setup", "fault", fault.Message));
        }
    }

    private static async Task<IResult> LogOutAsync([FromForm] string? from, ClaimsPrincipal user, HttpContext context, AccountDesk desk)
    {
        _ = from;
        await desk.LogOutAsync(user, context.RequestAborted);
        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return TypedResults.LocalRedirect("/login");
    }

    private static Task SignInAsync(HttpContext context, Account account) => context.SignInAsync(
        CookieAuthenticationDefaults.AuthenticationScheme, AccountDesk.PrincipalOf(account));

    /// <summary>A path of this service; everything else is answered by its first page.</summary>
    private static string Local(string? to) =>
        to is ['/', ..] && to is not ['/', '/' or '\\', ..] && !to.Any(char.IsControl) ? to : "/";
}
