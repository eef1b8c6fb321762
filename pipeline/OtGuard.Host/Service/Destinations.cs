using System.Reflection;
using OtGuard.Alerting;
using OtGuard.Alerting.Sinks;
using OtGuard.Host.Configuration;
using OtGuard.Storage.InfluxDb;

namespace OtGuard.Host.Service;

/// <summary>Makes the sinks of a configuration.</summary>
internal static class Destinations
{
    /// <summary>This program's version, as messages name it.</summary>
    public static string Version { get; } =
        typeof(Destinations).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            .Split('+')[0] ?? "0";

    /// <summary>All of them; nothing is sent yet.</summary>
    public static IReadOnlyList<ISink> Create(SinkSettings settings, TimeProvider clock) =>
    [
        .. settings.Syslog.Select(options => new SyslogSink(options, Version, clock)),
        .. settings.Mail.Select(options => new MailSink(options)),
        .. settings.Webhook.Select(options => new WebhookSink(options, clock)),
        .. settings.File.Select(options => new FileSink(options)),
        .. settings.Influx.Select(options => new InfluxSink(new InfluxClient(options))),
    ];
}
