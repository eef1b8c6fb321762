using System.Buffers;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Dashboard.Access;
using OtGuard.Dashboard.Alerts;
using OtGuard.Dashboard.Plant;
using OtGuard.Dashboard.Texts;
using OtGuard.Models;

namespace OtGuard.Dashboard.Api;

/// <summary>The web API: everything the page does, under <c>/api/v1</c>. Each endpoint names its permission.</summary>
internal static class ApiEndpoints
{
    private const int MostItems = 5000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").AddEndpointFilter(RequireNoForgeryAsync).RequireRateLimiting(RateLimits.Api);
        api.MapOpenApi("openapi.json").RequireAuthorization(Permissions.Read);
        MapSession(api);
        MapAlerts(api);
        MapProposals(api);
        MapIncidents(api);
        MapPlant(api);
        MapSeries(api);
        MapBaselines(api);
        MapAccounts(api);
    }

    private static void MapSession(RouteGroupBuilder api) => api.MapGet(
        "session",
        (HttpContext context, IAntiforgery antiforgery) => new SessionAnswer(
            context.User.Who(),
            [.. context.User.FindAll(ClaimTypes.Role).Select(claim => claim.Value.ToLowerInvariant())],
            [.. Permissions.All.Where(context.User.Has)],
            IsByCookie(context.User) ? antiforgery.GetAndStoreTokens(context).RequestToken : null))
        .WithTags("session").WithSummary("Who asks, and what that may do.").RequireAuthorization(Permissions.Read);

    private static void MapAlerts(RouteGroupBuilder api)
    {
        var alerts = api.MapGroup("alerts").WithTags("alerts");
        alerts.MapGet("", (
                HttpContext context, Workbench bench, [FromQuery] string? state, [FromQuery] int? severity,
                [FromQuery] string? kind, [FromQuery] string? address, [FromQuery] string? zone, [FromQuery] string? protocol,
                [FromQuery] string? q, [FromQuery] int? offset, [FromQuery] int? limit) =>
            {
                var all = bench.List(context.User, AlertFilter.Of(context.Request.QueryString.Value));
                return new AlertPage(
                    all.Count, [.. all.Skip(Math.Max(0, offset ?? 0)).Take(Math.Clamp(limit ?? 100, 1, MostItems)).Select(AlertWording.InLanguage)]);
            })
            .WithSummary("Alerts, open before closed, the most severe first.")
            .WithDescription("state: new, acknowledged, muted, closed (several by commas) or all; default new and acknowledged. "
                + "Titles and what to check are in German where Accept-Language asks for it.")
            .RequireAuthorization(Permissions.Read);
        alerts.MapGet("stream", StreamAsync)
            .Produces<Alert>(StatusCodes.Status200OK, "text/event-stream")
            .WithSummary("Alerts as they change, as server-sent events.")
            .WithDescription("Begins with the next change, or after the one named by Last-Event-ID. The event is 'alert'.")
            .RequireAuthorization(Permissions.Read);
        alerts.MapGet("{alert}", async Task<Results<Ok<AlertDetail>, ProblemHttpResult>> (
                string alert, ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
                await bench.FindAsync(user, alert, cancellation) is { } found ? TypedResults.Ok(found.InLanguage()) : Missing("alert", alert))
            .WithSummary("An alert with its deviations, journal, related alerts, incident and proposal.")
            .RequireAuthorization(Permissions.Read);
        alerts.MapGet("{alert}/evidence", async Task<Results<FileContentHttpResult, ProblemHttpResult>> (
                string alert, [FromQuery] string? format, ClaimsPrincipal user, Workbench bench,
                CancellationToken cancellation) =>
            {
                if (!Enum.TryParse<EvidenceForm>(format ?? nameof(EvidenceForm.Pcapng), ignoreCase: true, out var form)
                    || !Enum.IsDefined(form)) return Wrong("'format' is pcapng or candump.");
                var file = await bench.EvidenceAsync(user, alert, form, cancellation);
                return file is null
                    ? Missing("evidence of alert", alert)
                    : TypedResults.File(
                        file.Capture, form == EvidenceForm.Candump ? "text/plain" : "application/x-pcapng", file.Name);
            })
            .WithSummary("The frames that show an alert, as a file.")
            .WithDescription("format: pcapng, or candump where all of them are frames of CAN.")
            .RequireAuthorization(Permissions.Evidence);
        alerts.MapGet("{alert}/frames", async Task<Results<Ok<AlertFrames>, ProblemHttpResult>> (
                string alert, ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
                await bench.FramesAsync(user, alert, cancellation) is { } found
                    ? TypedResults.Ok(found)
                    : Missing("evidence of alert", alert))
            .WithSummary("The frames that show an alert, field by field.")
            .WithDescription("A field has its place in the frame; concerned are the frames that the alert is about.")
            .RequireAuthorization(Permissions.Read);
        MapVerb("acknowledge", AlertVerb.Acknowledge, "Takes an alert up.");
        MapVerb("close", AlertVerb.Close, "Closes an alert; it is raised again where it recurs.");
        MapVerb("unmute", AlertVerb.Unmute, "Lifts the silence.");
        MapVerb("learn", AlertVerb.Learn, "Proposes that what the alert says is normal; a second person approves.");
        alerts.MapPost("{alert}/mute", async (
                string alert, MuteBody body, ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
            {
                await bench.ActAsync(user, alert, AlertVerb.Mute, body.Why, Minutes(body.Minutes), cancellation);
                return (await bench.FindAsync(user, alert, cancellation))!.Alert;
            })
            .WithSummary("Silences an alert: it stays abnormal and is counted.").RequireAuthorization(Permissions.Triage);
        alerts.MapPost("bulk", (BulkBody body, ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
                bench.ActAsync(user, body.Alerts, body.Verb, body.Why, Minutes(body.Minutes), cancellation))
            .WithSummary("Does something with several alerts.")
            .WithDescription("Learn needs the permission 'learn' besides.")
            .RequireAuthorization(Permissions.Triage);

        void MapVerb(string name, AlertVerb verb, string summary) => alerts.MapPost($"{{alert}}/{name}", async (
                string alert, ReasonBody body, ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
            {
                await bench.ActAsync(user, alert, verb, body.Why, muteFor: null, cancellation);
                return (await bench.FindAsync(user, alert, cancellation))!.Alert;
            })
            .WithSummary(summary).RequireAuthorization(Workbench.PermissionOf(verb));
    }

    private static async Task StreamAsync(
        HttpContext context, Workbench bench, IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions> json, CancellationToken cancellation)
    {
        var board = bench.Board;
        var after = long.TryParse(
            context.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            ? last
            : board.State.Latest;
        context.Response.ContentType = "text/event-stream";
        // Who listens learns at once that it does, and not with the first alert.
        await context.Response.Body.FlushAsync(cancellation);
        try
        {
            await SseFormatter.WriteAsync(
                EventsAsync(board, after, cancellation), context.Response.Body,
                (item, writer) => writer.Write(JsonSerializer.SerializeToUtf8Bytes(item.Data, json.Value.SerializerOptions)),
                cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Whoever listened is gone.
        }
    }

    private static async IAsyncEnumerable<SseItem<Alert>> EventsAsync(
        AlertBoard board, long after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            foreach (var entry in board.State.After(after).ToList())
            {
                after = entry.Change;
                yield return new SseItem<Alert>(entry.Alert, "alert")
                {
                    EventId = entry.Change.ToString(CultureInfo.InvariantCulture),
                };
            }

            await board.WaitAsync(after, cancellation);
        }
    }

    private static void MapProposals(RouteGroupBuilder api)
    {
        var proposals = api.MapGroup("proposals").WithTags("proposals");
        proposals.MapGet("", (ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
                bench.ProposalsAsync(user, cancellation))
            .WithSummary("Proposals to take something into a baseline, the latest first.").RequireAuthorization(Permissions.Read);
        proposals.MapPost("{proposal}/approve", (
                string proposal, ReasonBody body, ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
                bench.DecideAsync(user, proposal, approve: true, body.Why, cancellation))
            .WithSummary("Approves what somebody else proposed.").RequireAuthorization(Permissions.Approve);
        proposals.MapPost("{proposal}/reject", (
                string proposal, ReasonBody body, ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
                bench.DecideAsync(user, proposal, approve: false, body.Why, cancellation))
            .WithSummary("Turns a proposal down.").RequireAuthorization(Permissions.Approve);
    }

    private static void MapIncidents(RouteGroupBuilder api)
    {
        var incidents = api.MapGroup("incidents").WithTags("incidents");
        incidents.MapGet("", (
                [FromQuery] bool? open, ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
                bench.IncidentsAsync(user, open ?? false, cancellation))
            .WithSummary("Incidents, the latest first.").RequireAuthorization(Permissions.Read);
        incidents.MapGet("{incident}", async Task<Results<Ok<Incident>, ProblemHttpResult>> (
                string incident, ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
                await bench.IncidentAsync(user, incident, cancellation) is { } found
                    ? TypedResults.Ok(found)
                    : Missing("incident", incident))
            .WithSummary("An incident with its timeline.").RequireAuthorization(Permissions.Read);
        incidents.MapPost("{incident}/close", (
                string incident, ReasonBody body, ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
                bench.CloseIncidentAsync(user, incident, body.Why, cancellation))
            .WithSummary("Closes an incident and what is open of its alerts.").RequireAuthorization(Permissions.Incidents);
    }

    private static void MapPlant(RouteGroupBuilder api)
    {
        MapRead("health", "monitor", "How the monitor does, source by source.", plant => plant.State);
        MapRead("assets", "plant", "Assets as observed.", plant => plant.Picture.Assets);
        MapRead("conversations", "plant", "The communication matrix.", plant => plant.Picture.Conversations);
        MapRead("messages", "plant", "Messages on buses.", plant => plant.Picture.Messages);
        MapRead("buses", "plant", "Buses with their load.", plant => plant.Picture.Buses);
        MapRead("diagnostics", "plant", "Diagnostic exchanges, the latest first.", plant => plant.Picture.Diagnostics);
        MapRead("writes", "plant", "The write ledger, the latest first.", plant => plant.Picture.Writes);
        api.MapGet("maintenance", (ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
                bench.AllWindowsAsync(user, cancellation))
            .WithTags("plant").WithSummary("Announced work, the latest first, with the deviations it held back.")
            .RequireAuthorization(Permissions.Read);
        api.MapGet("audit", (
                [FromQuery] int? limit, ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
                bench.AuditAsync(user, Math.Clamp(limit ?? 100, 1, MostItems), cancellation))
            .WithTags("audit").WithSummary("The audit trail, the latest last.").RequireAuthorization(Permissions.Audit);
        api.MapGet("audit/check", (ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
                bench.CheckAuditAsync(user, cancellation))
            .WithTags("audit").WithSummary("Follows every chain of the audit trail.").RequireAuthorization(Permissions.Audit);

        void MapRead<T>(string name, string tag, string summary, Func<IPlant, T> read) => api
            .MapGet(name, (IPlant plant) => TypedResults.Ok(read(plant)))
            .WithTags(tag).WithSummary(summary).RequireAuthorization(Permissions.Read);
    }

    private static void MapSeries(RouteGroupBuilder api)
    {
        api.MapGet("signals", (IPlant plant) => TypedResults.Ok(plant.Signals))
            .WithTags("series").WithSummary("Signals that are kept, with the bands that were learned.")
            .RequireAuthorization(Permissions.Read);
        api.MapGet("series", async Task<Results<Ok<IReadOnlyList<SeriesAnswer>>, ProblemHttpResult>> (
                [FromQuery] string measurement, [FromQuery] string field, [FromQuery] string? asset,
                [FromQuery] DateTimeOffset from, [FromQuery] DateTimeOffset until, [FromQuery] int? stepSeconds,
                ISeriesReader reader, CancellationToken cancellation) =>
            {
                if (until <= from) return Wrong("'until' lies before 'from'.");
                if (stepSeconds is < 1 or > 86_400) return Wrong("'stepSeconds' is from 1 to 86400.");
                try
                {
                    var found = await reader.ReadAsync(
                        new SeriesQuery(measurement, field, CaptureTimes.Of(from), CaptureTimes.Of(until))
                        {
                            Where = asset is null ? [] : new Dictionary<string, string> { ["asset"] = asset },
                            By = ["asset"],
                            Step = stepSeconds is { } step ? TimeSpan.FromSeconds(step) : null,
                            Limit = MostItems,
                        }, cancellation);
                    return TypedResults.Ok<IReadOnlyList<SeriesAnswer>>([.. found.Select(SeriesAnswer.Of)]);
                }
                catch (SeriesUnavailableException fault)
                {
                    return TypedResults.Problem(fault.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
                }
            })
            .WithTags("series").WithSummary("Points of a series.").RequireAuthorization(Permissions.Read);
    }

    private static void MapBaselines(RouteGroupBuilder api)
    {
        var baselines = api.MapGroup("baselines").WithTags("baselines");
        baselines.MapGet("", (IPlant plant) => TypedResults.Ok(plant.Baselines.Names))
            .WithSummary("The baselines that sources are judged by.").RequireAuthorization(Permissions.Read);
        baselines.MapGet("{name}", Results<Ok<BaselineAnswer>, ProblemHttpResult> (string name, IPlant plant) =>
            {
                if (!plant.Baselines.Names.Contains(name)) return Missing("baseline", name);
                var baseline = plant.Baselines.Load(name);
                return TypedResults.Ok(new BaselineAnswer(
                    name, baseline.ContentHash, baseline.LearnedFrom.First.ToString(), baseline.LearnedFrom.Last.ToString(),
                    baseline.Approvers(), baseline.Options.Approvers, baseline.Endorsements.OfType<Signature>().Any(),
                    baseline.Completeness.IsComplete, baseline.Summary, plant.Baselines.HistoryOf(name)));
            })
            .WithSummary("A baseline in figures.").RequireAuthorization(Permissions.Read);
        baselines.MapGet("{name}/poisoning", Results<Ok<IReadOnlyList<PoisoningAnswer>>, ProblemHttpResult> (
                string name, IPlant plant) => plant.Baselines.Names.Contains(name)
                ? TypedResults.Ok(PoisoningAnswer.Of(plant.Baselines.Load(name)))
                : Missing("baseline", name))
            .WithSummary("What an attacker present while learning would have taught.").RequireAuthorization(Permissions.Read);
        baselines.MapGet("{name}/diff", Results<Ok<IReadOnlyList<BaselineChange>>, ProblemHttpResult> (
                string name, [FromQuery] string from, IPlant plant) =>
                plant.Baselines.Names.Contains(name) && plant.Baselines.HistoryOf(name).Contains(from)
                    ? TypedResults.Ok(BaselineDifference.Between(
                        plant.Baselines.LoadEarlier(name, from), plant.Baselines.Load(name)))
                    : Missing("baseline", $"{name} {from}"))
            .WithSummary("What changed since an earlier version, named by its content hash.")
            .RequireAuthorization(Permissions.Read);
        baselines.MapPost("{name}/approve", async (
                string name, ReasonBody body, ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
            {
                await bench.ApproveBaselineAsync(user, name, body.Why, cancellation);
                return TypedResults.NoContent();
            })
            .WithSummary("Puts one's approval under a baseline.").RequireAuthorization(Permissions.Approve);
        baselines.MapPost("{name}/sign", async (
                string name, SignBody body, ClaimsPrincipal user, Workbench bench, CancellationToken cancellation) =>
            {
                await bench.SignBaselineAsync(user, name, body.Key, body.Why, cancellation);
                return TypedResults.NoContent();
            })
            .WithSummary("Signs a baseline with a private key, which is used once and kept nowhere.")
            .RequireAuthorization(Permissions.Sign);
    }

    private static void MapAccounts(RouteGroupBuilder api)
    {
        var accounts = api.MapGroup("accounts").WithTags("accounts").RequireAuthorization(Permissions.Accounts);
        accounts.MapGet("", async (ClaimsPrincipal user, AccountDesk desk, CancellationToken cancellation) =>
                (await desk.ListAsync(user, cancellation)).Select(AccountAnswer.Of).ToList())
            .WithSummary("All accounts.");
        accounts.MapPost("", async (
                NewAccountBody body, ClaimsPrincipal user, AccountDesk desk, CancellationToken cancellation) =>
            {
                var made = await desk.CreateAsync(user, body.Name, body.Password, body.Roles, cancellation);
                return TypedResults.Created($"/api/v1/accounts/{made.Name}", AccountAnswer.Of(made));
            })
            .WithSummary("Makes an account.");
        accounts.MapPatch("{name}", async (
                string name, ChangeAccountBody body, ClaimsPrincipal user, AccountDesk desk, CancellationToken cancellation) =>
            {
                if (body.Password is not null) await desk.ResetPasswordAsync(user, name, body.Password, cancellation);
                return AccountAnswer.Of(await desk.ChangeAsync(user, name, body.Roles, body.IsBlocked, cancellation));
            })
            .WithSummary("Changes roles or password of an account, or blocks it.");
        accounts.MapDelete("{name}", async (
                string name, ClaimsPrincipal user, AccountDesk desk, CancellationToken cancellation) =>
            {
                await desk.RemoveAsync(user, name, cancellation);
                return TypedResults.NoContent();
            })
            .WithSummary("Removes an account; what it did stays in the audit trail.");

        var tokens = api.MapGroup("tokens").WithTags("tokens").RequireAuthorization(Permissions.Read);
        tokens.MapGet("", async (
                [FromQuery] bool? all, ClaimsPrincipal user, AccountDesk desk, CancellationToken cancellation) =>
                (await desk.ListTokensAsync(user, all ?? false, cancellation)).Select(TokenAnswer.Of).ToList())
            .WithSummary("One's own tokens, or those of all.");
        tokens.MapPost("", async Task<Results<Created<NewTokenAnswer>, ProblemHttpResult>> (
                NewTokenBody body, ClaimsPrincipal user, AccountDesk desk, CancellationToken cancellation) =>
            {
                if (!IsByCookie(user)) return Forbidden("A token cannot issue tokens: log in.");
                var (token, text) = await desk.IssueTokenAsync(
                    user, body.Name, body.Scopes, TimeSpan.FromDays(Math.Clamp(body.Days, 0, 100_000)), cancellation);
                return TypedResults.Created($"/api/v1/tokens/{token.Id}", new NewTokenAnswer(TokenAnswer.Of(token), text));
            })
            .WithSummary("Issues a token for one's own account; its text is shown this once.");
        tokens.MapDelete("{id}", async (
                string id, ClaimsPrincipal user, AccountDesk desk, CancellationToken cancellation) =>
            {
                await desk.RevokeTokenAsync(user, id, cancellation);
                return TypedResults.NoContent();
            })
            .WithSummary("Revokes a token.");
    }

    /// <summary>
    /// Whoever came by a cookie shows with every change that the page of this service sent it: browsers send cookies
    /// along
    /// from anywhere, but this header only from here.
    /// </summary>
    private static async ValueTask<object?> RequireNoForgeryAsync(
        EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || !IsByCookie(http.User))
            return await next(context);
        var antiforgery = (IAntiforgery)http.RequestServices.GetService(typeof(IAntiforgery))!;
        return await antiforgery.IsRequestValidAsync(http)
            ? await next(context)
            : TypedResults.Problem(
                "The header X-CSRF-Token with the value from /api/v1/session is missing or wrong.",
                statusCode: StatusCodes.Status400BadRequest, title: "Forgery is not excluded");
    }

    private static bool IsByCookie(ClaimsPrincipal user) =>
        user.Identity?.AuthenticationType == CookieAuthenticationDefaults.AuthenticationScheme;

    private static TimeSpan? Minutes(int? minutes) =>
        minutes is { } some ? TimeSpan.FromMinutes(Math.Clamp(some, 0, 527_040)) : null;

    private static ProblemHttpResult Missing(string what, string which) => TypedResults.Problem(
        $"There is no {what} '{which}'.", statusCode: StatusCodes.Status404NotFound);

    private static ProblemHttpResult Wrong(string text) => TypedResults.Problem(
        text, statusCode: StatusCodes.Status400BadRequest);

    private static ProblemHttpResult Forbidden(string text) => TypedResults.Problem(
        text, statusCode: StatusCodes.Status403Forbidden);
}

/// <summary>A series as it is sent.</summary>
/// <param name="Tags">Its tags.</param>
/// <param name="Times">Unix time in milliseconds.</param>
/// <param name="Values">A value for each time.</param>
public sealed record SeriesAnswer(
    IReadOnlyDictionary<string, string> Tags, IReadOnlyList<double> Times, IReadOnlyList<double> Values)
{
    /// <summary>A series as it is sent.</summary>
    public static SeriesAnswer Of(SeriesResult result) => new(
        result.Tags,
        [.. result.Points.Select(point => point.Time.UnixNanoseconds / 1e6)],
        [.. result.Points.Select(point => point.Value)]);
}

/// <summary>A fact of a baseline that shows signs of having been taught by somebody.</summary>
public sealed record PoisoningAnswer(string Family, string Fact, string Signs, string Permits, long Count, string First, string Last)
{
    /// <summary>Those of a baseline.</summary>
    public static IReadOnlyList<PoisoningAnswer> Of(Baseline baseline) =>
    [
        .. PoisoningReport.Of(baseline, new PoisoningOptions()).Suspects.Select(suspect => new PoisoningAnswer(
            suspect.Fact.Family.ToString(), suspect.Fact.Text, suspect.Signs.ToString(), suspect.Fact.Permits,
            suspect.Fact.Seen.Count, suspect.Fact.Seen.First.ToString(), suspect.Fact.Seen.Last.ToString())),
    ];
}

/// <summary>Between the times of captures and of clocks.</summary>
internal static class CaptureTimes
{
    private const long NanosecondsPerTick = 100;

    public static CaptureTime Of(DateTimeOffset time) =>
        new((time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * NanosecondsPerTick);

    public static DateTimeOffset ToMoment(this CaptureTime time) =>
        DateTimeOffset.UnixEpoch.AddTicks(time.UnixNanoseconds / NanosecondsPerTick);
}
