using System.Net;
using System.Text.Json.Nodes;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Localization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Dashboard.Access;
using OtGuard.Dashboard.Alerts;
using OtGuard.Dashboard.Api;
using OtGuard.Dashboard.Components;
using OtGuard.Dashboard.Plant;

namespace OtGuard.Dashboard;

/// <summary>What the dashboard is made of.</summary>
public sealed record DashboardParts
{
    /// <summary>Alerts, incidents and journal.</summary>
    public required IAlertStore Alerts { get; init; }

    /// <summary>Tells what changed.</summary>
    public required IAlertChanges Changes { get; init; }

    /// <summary>Accounts and tokens.</summary>
    public required IAccountStore Accounts { get; init; }

    /// <summary>Series.</summary>
    public required ISeriesReader Series { get; init; }

    /// <summary>What people do with alerts.</summary>
    public required AlertDesk Desk { get; init; }

    /// <summary>The monitor and what it sees.</summary>
    public required IPlant Plant { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>How accounts are guarded.</summary>
    public AccountOptions AccountOptions { get; init; } = new();

    /// <summary>
    /// Where the keys of cookies are kept, so that sessions outlive a restart; null to keep them in memory.
    /// </summary>
    public string? KeyFolder { get; init; }

    /// <summary>Whether it is served by HTTPS: cookies then travel by nothing else.</summary>
    public required bool IsHttps { get; init; }

    /// <summary>True for a demonstration: every page says so.</summary>
    public bool IsDemonstration { get; init; }
}

/// <summary>What every page has to know of how it is served.</summary>
/// <param name="IsDemonstration">True for a demonstration.</param>
/// <param name="SessionIdle">How long a session lasts.</param>
public sealed record DashboardSurroundings(bool IsDemonstration, TimeSpan SessionIdle);

/// <summary>Mounts the dashboard into a web application.</summary>
public static class DashboardExtensions
{
    private const string CookieName = "otguard-session";
    private const string CsrfHeader = "X-CSRF-Token";

    /// <summary>Adds its services.</summary>
    public static void AddDashboard(this WebApplicationBuilder builder, DashboardParts parts)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(parts);
        var services = builder.Services;
        services.AddSingleton(parts.Clock);
        services.AddSingleton(parts.Series);
        services.AddSingleton(parts.Plant);
        services.AddSingleton(new DashboardSurroundings(parts.IsDemonstration, parts.AccountOptions.SessionIdle));
        services.AddSingleton(new AccountDesk(parts.Accounts, parts.AccountOptions, parts.Clock));
        services.AddSingleton(new AlertBoard(parts.Alerts, parts.Changes, parts.Clock));
        services.AddSingleton(provider => new Workbench(
            parts.Alerts, parts.Desk, provider.GetRequiredService<AlertBoard>(), parts.Plant, parts.Clock));
        AddAccess(services, parts);
        RateLimits.Add(services);
        services.ConfigureHttpJsonOptions(json =>
        {
            foreach (var converter in AlertingJson.Options.Converters) json.SerializerOptions.Converters.Add(converter);
            json.SerializerOptions.Converters.Add(new AlertFrameConverter());
        });
        services.AddProblemDetails();
        services.AddExceptionHandler<FaultAnswers>();
        services.AddOpenApi("v1", DescribeApi);
        services.Configure<RequestLocalizationOptions>(options =>
        {
            options.SetDefaultCulture("en").AddSupportedCultures("en", "de").AddSupportedUICultures("en", "de");
            options.RequestCultureProviders =
                [new LanguageCookie(), new AcceptLanguageHeaderRequestCultureProvider()];
        });
        services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            circuits.DisconnectedCircuitMaxRetained = 20;
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(1);
        }).AddHubOptions(hub => hub.MaximumReceiveMessageSize = 128 * 1024);
        services.AddScoped<AuthenticationStateProvider, SessionWatch>();
        services.AddCascadingAuthenticationState();
    }

    /// <summary>
    /// Adds its middleware and endpoints, and begins to follow the store. Everything that is mapped besides has to name
    /// its
    /// own rule: what names none is refused.
    /// </summary>
    public static async Task MapDashboardAsync(this WebApplication application)
    {
        ArgumentNullException.ThrowIfNull(application);
        await application.Services.GetRequiredService<AlertBoard>().StartAsync();
        application.UseExceptionHandler();
        application.Use(SecureHeaders.AddAsync);
        application.UseStatusCodePages();
        application.UseRequestLocalization();
        application.UseRouting();
        application.UseRateLimiter();
        application.UseAuthentication();
        application.UseAuthorization();
        application.UseAntiforgery();
        AssetEndpoints.Map(application);
        SessionEndpoints.Map(application);
        ApiEndpoints.Map(application);
        application.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null)
            .RequireAuthorization(Permissions.Read);
    }

    private static void AddAccess(IServiceCollection services, DashboardParts parts)
    {
        const string byRequest = "ByRequest";
        var protection = services.AddDataProtection().SetApplicationName("OtGuard");
        if (parts.KeyFolder is { } folder) protection.PersistKeysToFileSystem(MakePrivate(folder));
        else services.AddSingleton<IDataProtectionProvider, EphemeralDataProtectionProvider>();
        services.AddAuthentication(byRequest)
            .AddPolicyScheme(byRequest, null, options => options.ForwardDefaultSelector = context =>
                TokenAuthentication.IsShown(context.Request)
                    ? TokenAuthentication.SchemeName
                    : CookieAuthenticationDefaults.AuthenticationScheme)
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, null)
            .AddCookie(options =>
            {
                // Its name binds it to this host and to HTTPS, where there is that.
                options.Cookie.Name = parts.IsHttps ? $"__Host-{CookieName}" : CookieName;
                options.Cookie.HttpOnly = true;
                options.Cookie.SameSite = SameSiteMode.Lax;
                options.Cookie.SecurePolicy = parts.IsHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
                options.LoginPath = "/login";
                options.ReturnUrlParameter = "to";
                options.AccessDeniedPath = "/refused";
                options.ExpireTimeSpan = parts.AccountOptions.SessionIdle;
                options.SlidingExpiration = true;
                options.Events.OnRedirectToLogin = context => AnswerOrRedirect(context, StatusCodes.Status401Unauthorized);
                options.Events.OnRedirectToAccessDenied =
                    context => AnswerOrRedirect(context, StatusCodes.Status403Forbidden);
                options.Events.OnValidatePrincipal = async context =>
                {
                    var desk = context.HttpContext.RequestServices.GetRequiredService<AccountDesk>();
                    if (await desk.IsCurrentAsync(context.Principal!, context.HttpContext.RequestAborted)) return;
                    context.RejectPrincipal();
                    await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
                };
            });
        var authorization = services.AddAuthorizationBuilder();
        foreach (var permission in Permissions.All)
            authorization.AddPolicy(permission, policy => policy.RequireClaim(Permissions.ClaimType, permission));
        // What names no rule is open to nobody.
        authorization.SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build());
        services.AddAntiforgery(options =>
        {
            options.HeaderName = CsrfHeader;
            options.Cookie.Name = parts.IsHttps ? "__Host-otguard-form" : "otguard-form";
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = parts.IsHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        });
    }

    private static Task AnswerOrRedirect(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        if (context.Request.Path.StartsWithSegments("/api") || context.Request.Path.StartsWithSegments("/_blazor"))
            context.Response.StatusCode = status;
        else context.Response.Redirect(context.RedirectUri);
        return Task.CompletedTask;
    }

    private static DirectoryInfo MakePrivate(string folder) => OperatingSystem.IsWindows()
        ? Directory.CreateDirectory(folder)
        : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private static void DescribeApi(Microsoft.AspNetCore.OpenApi.OpenApiOptions options)
    {
        options.ShouldInclude = description => description.RelativePath?.StartsWith("api/v1/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "OtGuard";
            document.Info.Description =
                "Everything the page does. Show a token as 'Authorization: Bearer otg_...'; faults are problem details (RFC 9457).";
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                ["token"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" },
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var needed = context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>()
                .Select(rule => rule.Policy).OfType<string>().Distinct().ToList();
            operation.Description = $"{operation.Description} Permission: {string.Join(", ", needed)}.".TrimStart();
            operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
            operation.Extensions["x-permissions"] = new JsonNodeExtension(
                new JsonArray([.. needed.Select(name => JsonValue.Create(name))]));
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (context.JsonTypeInfo.Type == typeof(CaptureTime) || context.JsonTypeInfo.Type == typeof(CaptureTime?))
            {
                schema.Type = JsonSchemaType.String;
                schema.Format = "date-time";
                schema.Description = "RFC 3339, UTC, with nanoseconds.";
            }

            return Task.CompletedTask;
        });
    }

    /// <summary>The language that somebody chose on the page.</summary>
    private sealed class LanguageCookie : RequestCultureProvider
    {
        public override Task<ProviderCultureResult?> DetermineProviderCultureResult(HttpContext httpContext) =>
            Task.FromResult(httpContext.Request.Cookies["otguard-language"] is "de" or "en"
                ? new ProviderCultureResult(httpContext.Request.Cookies["otguard-language"])
                : null);
    }
}

/// <summary>Faults as problem details (RFC 9457), each with the status that fits.</summary>
internal sealed class FaultAnswers(IProblemDetailsService problems) : IExceptionHandler
{
    public ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        int? status = exception switch
        {
            RefusedException => StatusCodes.Status403Forbidden,
            AlertDeskException or AccountException =>
                exception.Message.StartsWith("There is no", StringComparison.Ordinal)
                    ? StatusCodes.Status404NotFound
                    : StatusCodes.Status409Conflict,
            BadHttpRequestException fault => fault.StatusCode,
            StoreFullException or IOException => StatusCodes.Status503ServiceUnavailable,
            Models.BaselineFormatException => StatusCodes.Status503ServiceUnavailable,
            _ => null,
        };
        if (status is null) return ValueTask.FromResult(false);
        httpContext.Response.StatusCode = status.Value;
        return problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = httpContext,
            ProblemDetails = { Status = status, Detail = exception.Message },
        });
    }
}

/// <summary>How often somebody may ask.</summary>
internal static class RateLimits
{
    public const string Api = "api";
    public const string LogIn = "login";

    public static void Add(IServiceCollection services) => services.AddRateLimiter(options =>
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        // Of one address: what a busy script needs, and what a page does in a burst.
        options.AddPolicy(Api, context => RateLimitPartition.GetTokenBucketLimiter(
            AddressOf(context),
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = 300,
                TokensPerPeriod = 100,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            }));
        // Of one address: people mistype, programs guess.
        options.AddPolicy(LogIn, context => RateLimitPartition.GetFixedWindowLimiter(
            AddressOf(context),
            _ => new FixedWindowRateLimiterOptions { PermitLimit = 30, Window = TimeSpan.FromMinutes(1) }));
    });

    private static string AddressOf(HttpContext context) =>
        (context.Connection.RemoteIpAddress ?? IPAddress.None).ToString();
}

/// <summary>What every answer tells browsers not to do.</summary>
internal static class SecureHeaders
{
    /// <summary>
    /// Scripts, styles, fonts and connections of this service alone; no inline script. Style attributes are allowed:
    /// lists
    /// that show a part of thousands of rows set their height by them.
    /// </summary>
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
        + "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    public static Task AddAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), usb=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        if (context.Request.IsHttps) headers.StrictTransportSecurity = "max-age=31536000";
        return next(context);
    }
}
