using System.Globalization;
using OtGuard.Alerting;
using OtGuard.Alerting.Sinks;
using OtGuard.Replay;
using OtGuard.Storage.Embedded;
using OtGuard.Storage.InfluxDb;

// Takes numbered deviations into a store and sends them to every destination named, until nothing waits any more.
// Started
// again after it was killed, it goes on where the store ends. For tests that kill it; arguments are NAME=VALUE.
var settings = args.Select(argument => argument.Split('=', 2))
    .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
var count = long.Parse(settings["count"], CultureInfo.InvariantCulture);
var atOnce = settings.TryGetValue("batch", out var batch) ? int.Parse(batch, CultureInfo.InvariantCulture) : 50;
var clock = TimeProvider.System;
using var stop = new CancellationTokenSource();

var sinks = Sinks();
var options = new AlertingOptions
{
    Routes =
    [
        .. sinks.Select(sink => new Route { Destination = sink.Name, Deviations = sink.Name != "mail",
            EveryChange = sink.Name == "influxdb" }),
    ],
};
await using var store = EmbeddedStore.Open(
    new EmbeddedStoreOptions
    {
        Path = settings["store"],
        Writer = "replay",
        RecordsAsSeries = !settings.ContainsKey("influx"),
        MinimumFreeBytes = 0
    }, clock);
var pipeline = new AlertPipeline(store, options, clock);
var backoff = new BackoffOptions { First = TimeSpan.FromMilliseconds(100), Longest = TimeSpan.FromSeconds(1) };
var sending = new OutboxDispatcher(store.Outbox, backoff, clock, new Random()).RunAsync(sinks, stop.Token);

// Deviations are stored in their order, a batch or nothing of it: how many there are says which is next.
var next = (await store.FiguresAsync(stop.Token)).Deviations + 1;
Console.WriteLine($"from {next}");
while (next <= count)
{
    var numbers = (int)Math.Min(atOnce, count - next + 1);
    await pipeline.TakeAsync([.. Enumerable.Range(0, numbers).Select(n => SampleDeviations.Of(next + n))], stop.Token);
    next += numbers;
    Console.WriteLine($"stored {next - 1}");
}

while ((await store.Outbox.StatusAsync(stop.Token)).Any(status => status.Waiting > 0))
{
    var mark = store.Outbox.Mark;
    await store.Outbox.WaitAsync(mark, TimeSpan.FromMilliseconds(100), stop.Token);
}

await stop.CancelAsync();
await sending;
foreach (var sink in sinks) await sink.DisposeAsync();
Console.WriteLine("done");
return 0;

List<ISink> Sinks()
{
    var all = new List<ISink>();
    if (settings.TryGetValue("influx", out var influx))
        all.Add(new InfluxSink(new InfluxClient(new InfluxOptions
        {
            Url = new Uri(influx),
            Database = settings["database"],
            User = settings.GetValueOrDefault("user"),
            Password = settings.GetValueOrDefault("password"),
            BatchPoints = 500,
        })));
    if (settings.TryGetValue("syslog", out var syslog))
        all.Add(new SyslogSink(
            new SyslogOptions
            {
                Host = "localhost",
                Port = int.Parse(syslog, CultureInfo.InvariantCulture),
                AuthorityFile = settings["authority"],
                Form = SyslogForm.Ecs,
            },
            "test",
            clock));
    if (settings.TryGetValue("webhook", out var webhook))
        all.Add(new WebhookSink(new WebhookOptions { Url = new Uri(webhook), Secret = settings["secret"] }, clock));
    if (settings.TryGetValue("mail", out var mail))
        all.Add(new MailSink(new MailOptions
        {
            Host = "localhost",
            Port = int.Parse(mail, CultureInfo.InvariantCulture),
            From = "otguard@plant.example",
            To = ["control-room@plant.example"],
            User = "otguard",
            Password = settings["secret"],
            CertificateFingerprint = settings["fingerprint"],
        }));
    if (settings.TryGetValue("file", out var file)) all.Add(new FileSink(new FileSinkOptions { Path = file }));
    return all;
}
