using System.Globalization;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OtGuard.Alerting;
using OtGuard.Dashboard;
using OtGuard.Dashboard.Access;
using OtGuard.Dashboard.Alerts;
using OtGuard.Host.Configuration;

namespace OtGuard.Host.Service;

/// <summary>
/// Where the service answers: the dashboard with its web API, and, where there is a monitor, <c>/healthz</c> (JSON;
/// status 503
/// while it is blind) and <c>/metrics</c> (Prometheus). These two ask nobody on this machine to log in; from elsewhere
/// they need
/// a token.
/// </summary>
internal sealed class WebService : IAsyncDisposable
{
    private const string NearOrReader = "near-or-reader";

    private static readonly JsonSerializerOptions Json = new(AlertingJson.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    private readonly WebApplication _application;
    private readonly ServiceMetrics? _metrics;
    private readonly X509Certificate2? _certificate;

    private WebService(WebApplication application, ServiceMetrics? metrics, X509Certificate2? certificate) =>
        (_application, _metrics, _certificate) = (application, metrics, certificate);

    /// <summary>Where it answers.</summary>
    public Uri Address => new(
        _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>The endpoints, each with its rule.</summary>
    public IReadOnlyList<Microsoft.AspNetCore.Routing.EndpointDataSource> Endpoints =>
        [.. ((Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)_application).DataSources];

    /// <summary>The alerts that pages show.</summary>
    public AlertBoard Board => _application.Services.GetRequiredService<AlertBoard>();

    /// <summary>The accounts.</summary>
    public AccountDesk Accounts => _application.Services.GetRequiredService<AccountDesk>();

    /// <summary>Begins to answer.</summary>
    /// <param name="settings">Where.</param>
    /// <param name="certificateFile">Where its own certificate is kept.</param>
    /// <param name="parts">The dashboard.</param>
    /// <param name="health">How the monitor does; null where there is none.</param>
    /// <param name="say">Told of faults that no answer tells.</param>
    /// <exception cref="IOException">The port is taken, or there is no certificate; the message says what
    /// helps.</exception>
    public static async Task<WebService> StartAsync(
        HttpSettings settings, string certificateFile, DashboardParts parts, Func<MonitorHealth>? health, Action<string> say)
    {
        var address = IPAddress.Parse(settings.Address);
        var certificate = !settings.Https ? null
            : settings.Certificate is { } named ? OwnCertificate.Read(named, settings.CertificateKey!)
            : OwnCertificate.ReadOrMake(certificateFile, address, parts.Clock);
        // Not the working folder: started in '/', as services are, it would be searched for files to watch.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new FaultLog(say)).SetMinimumLevel(LogLevel.Error);
        // Signals are the command's business: it stops the sources first.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        // A page that is open holds a connection that ends only with it.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1 << 20;
            kestrel.Listen(address, settings.Port, listen =>
            {
                if (certificate is null) return;
                listen.UseHttps(certificate, https => https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13);
            });
        });
        builder.AddDashboard(parts);
        builder.Services.AddAuthorizationBuilder().AddPolicy(
            NearOrReader, policy => policy.RequireAssertion(context =>
                context.User.Has(Permissions.Read) || context.Resource is HttpContext http && IsNear(http)));
        if (health is not null)
            builder.Services.AddOpenTelemetry().WithMetrics(
                metrics => metrics.AddMeter(ServiceMetrics.MeterName).AddPrometheusExporter());
        var application = builder.Build();
        await application.MapDashboardAsync();
        if (health is not null) MapHealth(application, health);
        var meter = health is null ? null : new ServiceMetrics(health);
        var service = new WebService(application, meter, certificate);
        try
        {
            await application.StartAsync();
        }
        catch (IOException fault)
        {
            await service.DisposeAsync();
            throw new IOException(
                $"{settings.Address}:{settings.Port} cannot be listened on: {fault.Message} "
                + "Name another port with http.port in the configuration, or with OTGUARD_HTTP__PORT.",
                fault);
        }

        return service;
    }

    public async ValueTask DisposeAsync()
    {
        _metrics?.Dispose();
        await _application.StopAsync();
        await _application.DisposeAsync();
        _certificate?.Dispose();
    }

    private static void MapHealth(WebApplication application, Func<MonitorHealth> health)
    {
        application.MapGet("/healthz", () =>
        {
            var now = health();
            return Results.Json(
                now, Json, statusCode: now.Status == "blind" ? StatusCodes.Status503ServiceUnavailable : null);
        }).ExcludeFromDescription().RequireAuthorization(NearOrReader);
        application.MapPrometheusScrapingEndpoint("/metrics").RequireAuthorization(NearOrReader);
    }

    /// <summary>Whether it is asked on this machine. What a proxy passes on comes from elsewhere.</summary>
    private static bool IsNear(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
        && !context.Request.Headers.ContainsKey("Forwarded") && !context.Request.Headers.ContainsKey("X-Forwarded-For");

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>Faults of the web service, a line each, to whoever watches the program.</summary>
    private sealed class FaultLog(Action<string> say) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            say(string.Create(
                CultureInfo.InvariantCulture,
                $"Web: {formatter(state, exception)}{(exception is null ? "" : $" {exception}")}"));
        }
    }
}
