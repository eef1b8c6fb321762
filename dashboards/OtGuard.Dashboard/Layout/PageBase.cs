using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.JSInterop;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Dashboard.Access;
using OtGuard.Dashboard.Alerts;
using OtGuard.Dashboard.Api;
using OtGuard.Exchange;

namespace OtGuard.Dashboard.Layout;

/// <summary>Who looks at the page: what the browser told, carried from the first answer into the live page.</summary>
/// <param name="TimeZone">The browser's time zone by its IANA name, or null before it was told.</param>
/// <param name="Theme">light, dark or an empty text for what the system prefers.</param>
public sealed record Viewer(string? TimeZone, string Theme)
{
    /// <summary>The time zone; UTC where it is not known.</summary>
    public TimeZoneInfo Zone =>
        TimeZone is not null && TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var zone) ? zone : TimeZoneInfo.Utc;
}

/// <summary>What pages have in common.</summary>
public abstract class PageBase : ComponentBase, IAsyncDisposable
{
    private CancellationTokenSource? _gone = new();

    /// <summary>Who looks.</summary>
    [CascadingParameter]
    public Task<AuthenticationState> Authentication { get; set; } = null!;

    /// <summary>What the browser told.</summary>
    [CascadingParameter]
    public Viewer Viewer { get; set; } = null!;

    /// <summary>What people read and do.</summary>
    [Inject]
    public Workbench Bench { get; set; } = null!;

    /// <summary>The address bar.</summary>
    [Inject]
    public NavigationManager Navigation { get; set; } = null!;

    /// <summary>The clock.</summary>
    [Inject]
    public TimeProvider Clock { get; set; } = null!;

    /// <summary>The browser.</summary>
    [Inject]
    public IJSRuntime Browser { get; set; } = null!;

    /// <summary>Who looks.</summary>
    protected ClaimsPrincipal User { get; private set; } = new();

    /// <summary>What could not be done, or null.</summary>
    protected string? Fault { get; set; }

    /// <summary>What was done, or null.</summary>
    protected string? Notice { get; set; }

    /// <summary>Ends with the page.</summary>
    protected CancellationToken Gone => _gone?.Token ?? new CancellationToken(canceled: true);

    /// <summary>How often what is shown is taken anew; null for a page that stands still.</summary>
    protected virtual TimeSpan? RefreshEvery => null;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        User = (await Authentication).User;
        if (User.Identity?.IsAuthenticated == true) await LoadAsync();
        if (RendererInfo.IsInteractive && RefreshEvery is { } every) _ = RefreshAsync(every);
    }

    /// <summary>Reads what is shown.</summary>
    protected virtual Task LoadAsync() => Task.CompletedTask;

    /// <summary>Does something, and says what became of it.</summary>
    protected async Task<bool> DoAsync(Func<Task> act, string? done = null)
    {
        (Fault, Notice) = (null, null);
        try
        {
            await act();
            Notice = done;
            return true;
        }
        catch (Exception fault) when (fault is AlertDeskException or AccountException or RefusedException or IOException
            or Models.BaselineFormatException or SeriesUnavailableException or ExchangeException
            or ExchangeFormatException or CaseConflictException)
        {
            Fault = fault.Message;
            return false;
        }
    }

    /// <summary>A time where the reader is, to the second.</summary>
    protected string Local(CaptureTime? time) => time is { } some ? Local(some.ToMoment()) : "";

    /// <summary>A time where the reader is, to the second.</summary>
    protected string Local(DateTimeOffset? time) => time is { } some
        ? TimeZoneInfo.ConvertTime(some, Viewer.Zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)
        : "";

    /// <summary>A number with separators of the reader's language.</summary>
    protected static string Number(long value) => value.ToString("N0", CultureInfo.CurrentCulture);

    /// <summary>A share in per cent.</summary>
    protected static string Share(double? share) =>
        share is { } some ? some.ToString("P1", CultureInfo.CurrentCulture) : "";

    /// <summary>A span of time in its fitting unit.</summary>
    protected static string Span(double? seconds) => seconds switch
    {
        null => "",
        < 0.001 => (seconds.Value * 1e6).ToString("0", CultureInfo.CurrentCulture) + " µs",
        < 1 => (seconds.Value * 1e3).ToString("0.#", CultureInfo.CurrentCulture) + " ms",
        < 120 => seconds.Value.ToString("0.##", CultureInfo.CurrentCulture) + " s",
        < 7200 => (seconds.Value / 60).ToString("0.#", CultureInfo.CurrentCulture) + " min",
        < 172_800 => (seconds.Value / 3600).ToString("0.#", CultureInfo.CurrentCulture) + " h",
        _ => (seconds.Value / 86_400).ToString("0.#", CultureInfo.CurrentCulture) + " d",
    };

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_gone is not { } gone) return;
        _gone = null;
        await gone.CancelAsync();
        gone.Dispose();
    }

    private async Task RefreshAsync(TimeSpan every)
    {
        var gone = Gone;
        using var timer = new PeriodicTimer(every, Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(gone))
            {
                await InvokeAsync(async () =>
                {
                    await LoadAsync();
                    StateHasChanged();
                });
            }
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // The page is gone.
        }
        catch (ObjectDisposedException)
        {
            // So is its renderer.
        }
    }
}
