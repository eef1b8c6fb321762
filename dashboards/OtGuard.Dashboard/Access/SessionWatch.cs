using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.Extensions.Logging;

namespace OtGuard.Dashboard.Access;

/// <summary>
/// A page that stays open asks no more for its cookie: this asks whether its account is still as it was, and ends the
/// page's
/// session after as long as a session lasts.
/// </summary>
internal sealed class SessionWatch(
    ILoggerFactory logging, AccountDesk accounts, DashboardSurroundings surroundings, TimeProvider clock)
    : RevalidatingServerAuthenticationStateProvider(logging)
{
    private readonly long _began = clock.GetTimestamp();

    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(15);

    protected override async Task<bool> ValidateAuthenticationStateAsync(
        AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        clock.GetElapsedTime(_began) < surroundings.SessionIdle
        && await accounts.IsCurrentAsync(authenticationState.User, cancellationToken);
}
