using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using OtGuard.Alerting;
using OtGuard.Alerting.Sinks;
using OtGuard.Replay;
using OtGuard.Storage.Embedded;
using OtGuard.Storage.Tests.Peers;
using OtGuard.TestKit;

namespace OtGuard.Storage.Tests.Sending;

/// <summary>
/// A replay that is killed at random moments while every server it sends to is killed and brought back: everything
/// arrives. The short form is run each time; <c>tests/long.sh delivery</c> runs the long one.
/// </summary>
[TestClass]
public sealed partial class KillTests
{
    private const string Database = "plant";

    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    private static int Deviations => Setting("OTGUARD_DELIVERY_DEVIATIONS", 4000);

    private static int Kills => Setting("OTGUARD_DELIVERY_KILLS", 8);

    [TestMethod]
    public async Task Nothing_is_lost_and_nothing_is_stored_twice_whatever_is_killed()
    {
        var seed = Environment.TickCount;
        TestContext.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        using var influx = await InfluxServer.StartAsync(Stop);
        await influx.CreateAsync(Database, Stop);
        using var syslog = new RsyslogServer();
        await syslog.BringBackAsync(Stop);
        var certificates = new Certificates(folder.Path);
        using var mail = new SmtpReceiver(certificates, WebhookReceiver.Secret);
        using var webhook = new WebhookReceiver();
        var file = folder.File("events.jsonl");
        string[] arguments =
        [
            $"store={folder.File("replay.store")}", $"count={Deviations}", $"batch={Math.Max(50, Deviations / 400)}",
            $"influx={influx.Url}", $"database={Database}",
            $"user={InfluxServer.User}", $"password={InfluxServer.Password}", $"syslog={syslog.TlsPort}",
                $"authority={syslog.AuthorityFile}",
            $"webhook={webhook.Url}", $"secret={WebhookReceiver.Secret}", $"mail={mail.Port}",
                $"fingerprint={certificates.Fingerprint}", $"file={file}",
        ];

        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = await BeginAsync(arguments);
            // A server goes while the replay runs, and comes back after that was killed too.
            await DelayAsync(random);
            switch (kill % 4)
            {
                case 0: influx.Kill(); break;
                case 1: syslog.Kill(); break;
                case 2: webhook.Kill(); break;
                default: mail.Kill(); break;
            }

            await DelayAsync(random);
            process.Kill();
            await process.WaitForExitAsync(Stop);
            switch (kill % 4)
            {
                case 0: await influx.BringBackAsync(Stop); break;
                case 1: await syslog.BringBackAsync(Stop); break;
                case 2: webhook.BringBack(); break;
                default: mail.BringBack(); break;
            }
        }

        // The last run sees every server go and come back, and ends by itself.
        using (var process = await BeginAsync(arguments))
        {
            await DelayAsync(random);
            influx.Kill();
            syslog.Kill();
            webhook.Kill();
            mail.Kill();
            await DelayAsync(random);
            await influx.BringBackAsync(Stop);
            await syslog.BringBackAsync(Stop);
            webhook.BringBack();
            mail.BringBack();
            await process.WaitForExitAsync(Stop);
            Assert.AreEqual(0, process.ExitCode);
        }

        await JudgeAsync(folder.File("replay.store"), influx, syslog, webhook, mail, file);
    }

    /// <summary>A random moment of what one of so many runs takes, roughly.</summary>
    private Task DelayAsync(Random random) => Task.Delay(
        TimeSpan.FromMilliseconds(random.Next(50, Math.Max(600, Deviations / Kills))), TimeProvider.System, Stop);

    private async Task JudgeAsync(
        string path, InfluxServer influx, RsyslogServer syslog, WebhookReceiver webhook, SmtpReceiver mail, string file)
    {
        await using var store = EmbeddedStore.Open(new EmbeddedStoreOptions { Path = path, Create = false },
            TimeProvider.System);
        Assert.IsTrue((await store.CheckAsync(Stop)).IsSound);
        var stored = await store.ListDeviationsAsync(null, 0, int.MaxValue, Stop);
        HashSet<string> sent = [.. Enumerable.Range(1, Deviations).Select(n => SampleDeviations.Of(n).Id)];
        var ids = stored.Select(deviation => deviation.Deviation.Id).ToList();
        Report("store", sent, ids);
        CollectionAssert.AreEqual(Enumerable.Range(1, Deviations).Select(n => SampleDeviations.Of(n).Id).ToList(), ids,
            "The store's order.");
        var alerts = await store.ListAlertsAsync(new AlertQuery { Limit = int.MaxValue }, Stop);
        Assert.AreEqual(stored.Count(deviation => deviation.Alert is not null), alerts.Sum(alert => alert.Deviations));
        Assert.IsEmpty(await store.Outbox.ListDeadLettersAsync(10, Stop));

        var points = await influx.RowsAsync(Database, "SELECT id, severity, occurrences FROM deviations", Stop);
        Report("influxdb", sent, [.. points.Select(row => row[1].GetString()!)]);
        Assert.HasCount(Deviations, points);
        foreach (var row in points)
        {
            var deviation = SampleDeviations.Of(long.Parse(row[1].GetString()!, CultureInfo.InvariantCulture));
            Assert.AreEqual((deviation.Severity, deviation.Occurrences), (row[2].GetInt32(), row[3].GetInt64()));
        }

        // Receivers without a memory may see a message again, never for the first time out of order.
        HashSet<string> expected = [.. sent.Select(id => id + "-1")];
        InOrder("webhook", expected, [.. webhook.Received.Select(received => received.Id).Where(expected.Contains)]);
        InOrder("syslog", expected,
            [.. syslog.Received.Select(line => MessageId().Match(line).Groups[1].Value).Where(expected.Contains)]);
        // The oldest part first: in the long form the file is rotated.
        var parts = Enumerable.Range(1, new FileSinkOptions { Path = file }.KeptParts)
            .Select(part => string.Create(CultureInfo.InvariantCulture, $"{file}.{part}"))
            .Where(File.Exists).Reverse().Append(file);
        var lines = parts.SelectMany(File.ReadLines)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("delivery").GetString()!).ToList();
        InOrder("file", expected, [.. lines.Where(expected.Contains)]);
        Assert.AreEqual(0, webhook.Forged);

        // Alerts go by mail: what the file was sent of them is what the mails hold.
        HashSet<string> told = [.. lines.Where(id => !expected.Contains(id))];
        Report("mail", told,
            [.. mail.Received.SelectMany(text => Delivered().Matches(text).Select(match => match.Groups[1].Value))]);
    }

    private void InOrder(string name, HashSet<string> sent, List<string> received)
    {
        Report(name, sent, received);
        var first = received.Distinct().ToList();
        CollectionAssert.AreEqual(first.Order(StringComparer.Ordinal).ToList(), first, $"The order of {name}.");
    }

    private void Report(string name, HashSet<string> sent, List<string> received)
    {
        var different = received.ToHashSet(StringComparer.Ordinal);
        var lost = sent.Count(id => !different.Contains(id));
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: sent {sent.Count}, stored {different.Count}, duplicated {received.Count - different.Count}, lost "
            + $"{lost}");
        TestContext.WriteLine(line);
        if (Environment.GetEnvironmentVariable("OTGUARD_DELIVERY_TABLE") is { Length: > 0 } table)
            File.AppendAllText(
                table,
                string.Create(CultureInfo.InvariantCulture,
                    $"| {name} | {sent.Count} | {different.Count} | {received.Count - different.Count} | {lost} |\n"));
        Assert.AreEqual(0, lost, line);
        Assert.IsNotEmpty(sent);
        if (name is "store" or "influxdb") Assert.HasCount(received.Count, different, line);
    }

    private async Task<Process> BeginAsync(string[] arguments)
    {
        var program = Path.ChangeExtension(typeof(SampleDeviations).Assembly.Location, null);
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        // At work once it has stored something, or has nothing left to store.
        var atWork = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text && text.StartsWith("from ", StringComparison.Ordinal))
            {
                TestContext.WriteLine($"replay {text}");
                if (long.Parse(text["from ".Length..], CultureInfo.InvariantCulture) <= Deviations) return;
            }

            atWork.TrySetResult();
        };
        process.BeginOutputReadLine();
        await atWork.Task.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, Stop);
        return process;
    }

    private static int Setting(string name, int short_) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture)
            : short_;

    [GeneratedRegex("""\[otguard@32473 id="([^"]+)"\]""")]
    private static partial Regex MessageId();

    [GeneratedRegex(@"^X-OtGuard-Delivery: (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Delivered();
}
