using System.Globalization;
using System.Net.Sockets;
using OtGuard.Alerting;
using OtGuard.Alerting.Sinks;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Exchange;
using OtGuard.Exchange.Intelligence;
using OtGuard.Host.Configuration;
using OtGuard.Host.Live;
using OtGuard.Host.Output;
using OtGuard.Host.Runs;
using OtGuard.Host.Service;
using OtGuard.Models;
using OtGuard.Storage.Embedded;
using OtGuard.Storage.InfluxDb;
using OtGuard.Storage.Traffic;

namespace OtGuard.Host.Commands;

/// <summary>What was found of one thing that a configuration names.</summary>
/// <param name="What">The thing: <c>source plant</c>, <c>store</c>.</param>
/// <param name="IsSound">True where it can be used.</param>
/// <param name="Text">What was found, or what is wrong and what helps.</param>
internal sealed record DoctorFinding(string What, bool IsSound, string Text);

/// <summary>
/// Checks whether everything that a configuration names is in place. Sends nothing unless it is asked to.
/// </summary>
internal static class ConfigurationDoctor
{
    /// <summary>How long a server may take to be there.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>How long a test message may take, retries of the destination's own included.</summary>
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(
        FileInfo file, string? sendTest, Surroundings surroundings, bool asJson, TextWriter output)
    {
        var configuration = ConfigurationFile.Read(file, surroundings.Environment);
        List<DoctorFinding> findings = sendTest is null
            ? await ExamineAsync(configuration, surroundings.Time, surroundings.Environment)
            : [await SendTestAsync(configuration, sendTest, surroundings)];
        Write(findings, asJson, output);
        return findings.TrueForAll(finding => finding.IsSound) ? ExitCodes.Clean : ExitCodes.Environment;
    }

    private static async Task<List<DoctorFinding>> ExamineAsync(
        ServiceConfiguration configuration, TimeProvider clock, IReadOnlyDictionary<string, string> environment)
    {
        List<DoctorFinding> findings = [new("configuration", true, "It has no fault.")];
        findings.AddRange(configuration.Sources.Select(Source));
        if (configuration.Sources.Count == 0)
            findings.Add(new DoctorFinding("sources", false, "None is named: nothing would be listened to."));
        findings.AddRange(configuration.Sources.Select(source => source.Baseline).Append(configuration.Baseline)
            .OfType<string>().Distinct(StringComparer.Ordinal).Select(path => Baseline(path, configuration)));
        if (configuration.Site is { } site)
            findings.Add(Try("site", () =>
            {
                SiteFile.Read(site, environment);
                return $"{site} has no fault.";
            }));
        if (configuration.Exchange is { } exchange)
            findings.Add(Try("exchange", () =>
            {
                var folder = ExchangeFolder.Open(exchange);
                var indicators = new IndicatorFolder(folder.Intelligence, clock).Sources().Sum(source => source.Indicators.Count);
                return string.Create(
                    CultureInfo.InvariantCulture, $"{folder.Partners().Count} partners, {indicators} indicators to look for.");
            }));
        if (configuration.Names is { } names)
            findings.Add(Try(
                "names", () =>
                {
                    CommonOptions.ReadNames(new FileInfo(names), OfflineRun.Protocols());
                    return $"{names} can be read.";
                }));
        findings.Add(await StoreAsync(configuration, clock));
        if (configuration.Traffic.Keep)
        {
            findings.AddRange(configuration.Sources.Select(source => Traffic(source.Name, configuration.Traffic)));
            findings.Add(Writable("evidence", configuration.Evidence.Folder!, Kept(configuration.Evidence.Folder!)));
        }

        foreach (var sink in configuration.Sinks.Syslog) findings.Add(await SyslogAsync(sink));
        foreach (var sink in configuration.Sinks.Mail)
            findings.Add(await ReachAsync($"mail {sink.Name}", sink.Host, sink.Port));
        foreach (var sink in configuration.Sinks.Webhook)
            findings.Add(await ReachAsync($"webhook {sink.Name}", sink.Url.Host, sink.Url.Port));
        findings.AddRange(configuration.Sinks.File.Select(FileOf));
        foreach (var sink in configuration.Sinks.Influx) findings.Add(await InfluxAsync(sink));
        return findings;
    }

    private static DoctorFinding Source(SourceSettings source) => Try($"source {source.Name}", () =>
    {
        using var input = FrameInput.Open([source.Address]);
        return input.LiveSources is [var live, ..]
            ? $"{source.Address}: {live.Name} ({live.Kind}) {live.Mode}."
            : $"{source.Address} is a capture that can be read.";
    });

    private static DoctorFinding Baseline(string path, ServiceConfiguration configuration) => Try("baseline", () =>
    {
        var baseline = new BaselineFile(new FileInfo(path)).Load();
        var key = configuration.RequireSignature is { } file ? new FileInfo(file) : null;
        Trust.Require(baseline, Path.GetFileName(path), key, configuration.RequireApprovals);
        return $"{path} can be judged by (content hash {baseline.ContentHash[..12]}…).";
    });

    private static async Task<DoctorFinding> StoreAsync(ServiceConfiguration configuration, TimeProvider clock)
    {
        var path = configuration.Store.Path;
        if (!File.Exists(path)) return Writable("store", Path.GetDirectoryName(path)!,
            $"{path} will be made at the first start.");
        try
        {
            await using var store = EmbeddedStore.Open(configuration.Store with { Create = false }, clock);
            var check = await store.CheckAsync(CancellationToken.None);
            return check.IsSound
                ? new DoctorFinding("store", true, $"{path} is sound, its journal unbroken.")
                : new DoctorFinding("store", false,
                    $"{path} is damaged: 'otguard store check --store {path}' says where.");
        }
        catch (StoreException fault)
        {
            return new DoctorFinding("store", false, fault.Message);
        }
    }

    /// <summary>How far back the traffic of a source reaches, and whether there is room for it.</summary>
    private static DoctorFinding Traffic(string source, TrafficSettings settings)
    {
        var what = $"traffic {source}";
        var folder = Path.Combine(settings.Folder!, source);
        if (Writable(what, folder, "") is { IsSound: false } fault) return fault;
        return Try(what, () =>
        {
            var ring = TrafficRing.Examine(folder);
            var there = folder;
            while (!Directory.Exists(there) && Path.GetDirectoryName(there) is { Length: > 0 } upper) there = upper;
            var free = new DriveInfo(there).AvailableFreeSpace;
            var room = free + ring.Bytes - settings.MinimumFreeBytes;
            var held = ring.Age is { } age
                ? $"{folder} reaches back {Words.Duration(age)} from its latest finished file, "
                    + $"{ring.Bytes >> 20:N0} MiB"
                : $"{folder} holds nothing finished yet";
            return room >= settings.MaximumBytes ? $"{held}; there is room for {settings.MaximumBytes >> 20:N0} MiB."
                : room > 0 ? $"{held}; the disk has room for {room >> 20:N0} MiB of it: less is kept than is asked for."
                : throw new IOException(
                    $"{held}; less than {settings.MinimumFreeBytes >> 20:N0} MiB are free (traffic.minimumFreeBytes): "
                    + "nothing would be kept.");
        });
    }

    private static string Kept(string folder)
    {
        var files = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.pcapng", SearchOption.AllDirectories).Count() : 0;
        return $"{folder} holds what shows {files:N0} deviations.";
    }

    private static DoctorFinding FileOf(FileSinkOptions sink) => Writable(
        $"file {sink.Name}", Path.GetDirectoryName(sink.Path)!, $"{sink.Path} can be written.");

    private static DoctorFinding Writable(string what, string folder, string sentence) => Try(what, () =>
    {
        // The nearest folder that is there says whether one can be made in it.
        var there = folder;
        while (!Directory.Exists(there) && Path.GetDirectoryName(there) is { Length: > 0 } upper) there = upper;
        var probe = Path.Combine(there, Path.GetRandomFileName());
        File.Create(probe).Dispose();
        File.Delete(probe);
        return sentence;
    });

    private static async Task<DoctorFinding> SyslogAsync(SyslogOptions sink)
    {
        var what = $"syslog {sink.Name}";
        if (sink.Transport == SyslogTransport.Udp)
            return new DoctorFinding(
                what, true, $"{sink.Host}:{sink.Port} by UDP: whether anybody receives it cannot be known; --send-test "
                    + $"{sink.Name} sends a message to look for.");
        return await ReachAsync(what, sink.Host, sink.Port);
    }

    private static async Task<DoctorFinding> ReachAsync(string what, string host, int port)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(host, port, patience.Token);
            return new DoctorFinding(what, true, $"{host}:{port} takes connections.");
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            var why = fault is SocketException ? fault.Message : "no answer in time";
            return new DoctorFinding(
                what, false, $"{host}:{port} cannot be reached: {why}. Is the server running, and does a firewall let "
                    + "this machine through?");
        }
    }

    private static async Task<DoctorFinding> InfluxAsync(InfluxOptions sink)
    {
        using var client = new InfluxClient(sink with { Timeout = Patience });
        var answer = await client.QueryAsync("SHOW MEASUREMENTS LIMIT 1", CancellationToken.None);
        var what = $"influx {sink.Name}";
        var fault = answer.IsDone ? InfluxClient.ErrorOf(answer.Text) : answer.Text;
        return fault is null
            ? new DoctorFinding(what, true, $"{sink.Url} answers for the database {sink.Database}.")
            : new DoctorFinding(what, false, $"{sink.Url} does not answer for the database {sink.Database}: {fault}");
    }

    private static async Task<DoctorFinding> SendTestAsync(
        ServiceConfiguration configuration, string name, Surroundings surroundings)
    {
        var sinks = Destinations.Create(configuration.Sinks, surroundings.Time);
        try
        {
            var sink = sinks.FirstOrDefault(one => one.Name == name) ?? throw new UsageException(
                sinks.Count == 0
                    ? $"There is no destination '{name}': no sink is configured."
                    : $"There is no destination '{name}'; there are "
                    + $"{string.Join(", ", sinks.Select(one => one.Name).Order())}.");
            using var patience = new CancellationTokenSource(SendPatience);
            var now = surroundings.Time.GetUtcNow();
            var delivery = (await sink.SendAsync([TestMessage(now, surroundings.User)], patience.Token))[0];
            return new DoctorFinding(
                name, delivery.Outcome == DeliveryOutcome.Accepted,
                delivery.Outcome == DeliveryOutcome.Accepted ? "It took the test message."
                    : $"It did not take the test message: {delivery.Reason}");
        }
        catch (OperationCanceledException)
        {
            return new DoctorFinding(name, false, $"It did not answer within {SendPatience.TotalSeconds:0} s.");
        }
        finally
        {
            foreach (var sink in sinks) await sink.DisposeAsync();
        }
    }

    /// <summary>
    /// An alert that says of itself that it is none; marked as an exercise, so that nobody acts on it.
    /// </summary>
    private static OutboxMessage TestMessage(DateTimeOffset now, string user)
    {
        var time = Moments.Of(now);
        var alert = new Alert
        {
            Id = $"test-{now.UtcTicks:x}",
            Fingerprint = "test",
            Kind = "test-message",
            Catalogue = "",
            Title = "Test message",
            Subject = $"sent by {user} on {Environment.MachineName}",
            Console = new AlertingOptions().Console,
            Severity = Severity.Information,
            SeverityReasons = ["a test: nothing happened"],
            FirstSeen = time,
            LastSeen = time,
            RaisedAt = now,
            LastReceivedAt = now,
            ChangedAt = now,
            Deviations = 0,
            Occurrences = 1,
            Explanation = "This is a test message of OtGuard. Nothing happened, and nothing has to be done.",
            Expected = "that it arrives",
            Observed = "that it was sent",
            Exercise = true,
            Version = 1,
            Place = new PointPlace(time, null),
        };
        return OutboxMessage.Of(alert, "test", now);
    }

    private static DoctorFinding Try(string what, Func<string> examine)
    {
        try
        {
            return new DoctorFinding(what, true, examine());
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or UnreadableCaptureException
            or BaselineFormatException or NameMapFormatException or UsageException or ConfigurationException)
        {
            return new DoctorFinding(what, false, fault.Message);
        }
    }

    private static void Write(List<DoctorFinding> findings, bool asJson, TextWriter output)
    {
        if (!asJson)
        {
            new Tables(output).Write(
                "Configuration", ["What", "", "Found"],
                [.. findings.Select(finding =>
                    new[] { finding.What, finding.IsSound ? "ok" : "FAULT", finding.Text })]);
            return;
        }

        using var json = new JsonLines(output);
        foreach (var finding in findings)
            json.Write("check", finding, static (writer, one) =>
            {
                writer.WriteString("what", one.What);
                writer.WriteBoolean("sound", one.IsSound);
                writer.WriteString("text", one.Text);
            });
    }
}
