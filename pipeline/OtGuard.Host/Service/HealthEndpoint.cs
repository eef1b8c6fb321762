using System.Net;
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
using OtGuard.Host.Configuration;

namespace OtGuard.Host.Service;

/// <summary>
/// Where the service answers: <c>/healthz</c> (JSON; status 503 while it is blind) and <c>/metrics</c> (Prometheus).
/// Nobody has to log in, so it listens on this machine alone unless it is told otherwise.
/// </summary>
internal sealed class HealthEndpoint : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(AlertingJson.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    private readonly WebApplication _application;
    private readonly ServiceMetrics _metrics;

    private HealthEndpoint(WebApplication application, ServiceMetrics metrics) =>
        (_application, _metrics) = (application, metrics);

    /// <summary>Where it answers.</summary>
    public Uri Address => new(
        _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Begins to answer.</summary>
    /// <exception cref="IOException">The port is taken; the message says what helps.</exception>
    public static async Task<HealthEndpoint> StartAsync(HttpSettings settings, Func<MonitorHealth> health)
    {
        // Not the working folder: started in '/', as services are, it would be searched for files to watch.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        // Signals are the command's business: it stops the sources first.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Parse(settings.Address), settings.Port);
        });
        builder.Services.AddOpenTelemetry().WithMetrics(
            metrics => metrics.AddMeter(ServiceMetrics.MeterName).AddPrometheusExporter());
        var application = builder.Build();
        application.MapGet("/healthz", () =>
        {
            var now = health();
            return Results.Json(
                now, Json, statusCode: now.Status == "blind" ? StatusCodes.Status503ServiceUnavailable : null);
        });
        application.MapPrometheusScrapingEndpoint("/metrics");
        var meter = new ServiceMetrics(health);
        try
        {
            await application.StartAsync();
        }
        catch (IOException fault)
        {
            meter.Dispose();
            await application.DisposeAsync();
            throw new IOException(
                $"{settings.Address}:{settings.Port} cannot be listened on: {fault.Message} "
                + "Name another port with http.port in the configuration, or with OTGUARD_HTTP__PORT.",
                fault);
        }

        return new HealthEndpoint(application, meter);
    }

    public async ValueTask DisposeAsync()
    {
        _metrics.Dispose();
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
