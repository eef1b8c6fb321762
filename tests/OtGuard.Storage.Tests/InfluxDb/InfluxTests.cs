using OtGuard.Alerting;
using OtGuard.Replay;
using OtGuard.Storage.InfluxDb;
using OtGuard.Storage.Tests.Embedded;
using OtGuard.Storage.Tests.Peers;

namespace OtGuard.Storage.Tests.InfluxDb;

/// <summary>Against Debian's InfluxDB 1.6 with authentication on.</summary>
[TestClass]
public sealed class InfluxTests
{
    private static InfluxServer? _server;

    public required TestContext TestContext { get; init; }

    private static InfluxServer Server => _server!;

    private CancellationToken Stop => TestContext.CancellationToken;

    [ClassInitialize]
    public static async Task StartAsync(TestContext context) =>
        _server = await InfluxServer.StartAsync(context.CancellationToken);

    [ClassCleanup]
    public static void End() => _server?.Dispose();

    [TestMethod]
    [DataRow(InfluxApi.V1)]
    [DataRow(InfluxApi.V2)]
    public async Task What_was_written_is_read_back_value_by_value(InfluxApi api)
    {
        var database = $"values-{api}";
        await Server.CreateAsync(database, Stop);
        using var proxy = new V2Proxy(Server.Url);
        var options = api == InfluxApi.V1
            ? Server.Options(database)
            : new InfluxOptions
            {
                Url = proxy.Url,
                Api = InfluxApi.V2,
                Database = database,
                Token = $"{InfluxServer.User}:{InfluxServer.Password}",
                Organisation = "plant"
            };
        await using var sink = new InfluxSink(new InfluxClient(options));
        var messages = new List<OutboxMessage>();
        var given = new Dictionary<long, DeviationRecord>();
        for (var n = 1; n <= 300; n++)
        {
            var deviation = SampleDeviations.Of(n);
            var place = new PointPlace(deviation.FirstSeen + TimeSpan.FromTicks(n), deviation.Asset);
            given.Add(place.Time.UnixNanoseconds, deviation);
            messages.Add(OutboxMessage.Of(deviation, new StoredAs(1, place), DateTimeOffset.UnixEpoch));
        }

        // Twice: the second time nothing may be added.
        for (var time = 0; time < 2; time++)
            Assert.IsTrue((await sink.SendAsync(messages, Stop))
                .All(delivery => delivery.Outcome == DeliveryOutcome.Accepted));

        var rows = await Server.RowsAsync(database,
            "SELECT severity, occurrences, id, subject, kind, asset, protocol, zone, sensor FROM deviations", Stop);
        Assert.HasCount(given.Count, rows);
        foreach (var row in rows)
        {
            var deviation = given[row[0].GetInt64()];
            Assert.AreEqual(
                (deviation.Severity, deviation.Occurrences, deviation.Id, deviation.Subject),
                (row[1].GetInt32(), row[2].GetInt64(), row[3].GetString(), row[4].GetString()));
            Assert.AreEqual(
                (deviation.Kind, deviation.Asset, deviation.Protocol, deviation.Zone, deviation.Sensor),
                (row[5].GetString(), row[6].GetString(), row[7].GetString(), row[8].GetString(), row[9].GetString()));
        }

        if (api == InfluxApi.V2)
            Assert.AreEqual(
                $"/api/v2/write?bucket={Uri.EscapeDataString($"{database}/autogen")}&precision=ns&org=plant",
                    proxy.Asked[0]);
    }

    [TestMethod]
    public async Task One_bad_point_in_a_batch_is_refused_and_the_others_are_stored()
    {
        await Server.CreateAsync("partial", Stop);
        await using var sink = new InfluxSink(new InfluxClient(Server.Options("partial")));
        await sink.SendAsync([Points(0, new SeriesPoint("signals", new Dictionary<string, string?>(),
            Value("value", SeriesValue.Of(1.0)), SampleDeviations.Start))], Stop);
        List<OutboxMessage> messages = [.. Enumerable.Range(1, 20).Select(n => Points(
            n,
            new SeriesPoint(
                // The seventh has a text where numbers are.
                "signals", new Dictionary<string, string?>(),
                    Value("value", n == 7 ? SeriesValue.Of("seven") : SeriesValue.Of((double)n)),
                SampleDeviations.Start + TimeSpan.FromSeconds(n))))];

        var deliveries = await sink.SendAsync(messages, Stop);

        Assert.AreEqual(7, Enumerable.Range(0, 20).Single(i => deliveries[i].Outcome == DeliveryOutcome.Refused) + 1);
        Assert.Contains("field type conflict", deliveries[6].Reason!);
        Assert.HasCount(20, await Server.RowsAsync("partial", "SELECT value FROM signals", Stop));
    }

    [TestMethod]
    public async Task A_server_that_is_away_and_wrong_credentials_are_tried_again()
    {
        var message = Points(1, new SeriesPoint("signals", new Dictionary<string, string?>(),
            Value("value", SeriesValue.Of(1.0)), SampleDeviations.Start));
        await Server.CreateAsync("retried", Stop);
        foreach (var (options, word) in new[]
        {
            (Server.Options("retried") with { Url = new Uri($"http://127.0.0.1:{PeerProcess.FreePort()}/") },
                "refused"),
            (Server.Options("retried") with { Password = "wrong" }, "credentials"),
            (Server.Options("missing"), "missing"),
        })
        {
            await using var sink = new InfluxSink(new InfluxClient(options));
            var delivery = (await sink.SendAsync([message], Stop)).Single();

            Assert.AreEqual(DeliveryOutcome.Retry, delivery.Outcome, delivery.Reason);
            Assert.Contains(word, delivery.Reason!);
        }
    }

    [TestMethod]
    public async Task A_database_that_may_not_be_created_comes_with_the_command_that_does()
    {
        using var client = new InfluxClient(Server.Options("not mine"));

        var setup = await client.SetUpAsync(Stop);

        Assert.IsFalse(setup.IsReady);
        Assert.Contains("CREATE DATABASE \"not mine\"", setup.Command!);
    }

    [TestMethod]
    [DataRow(null, SeriesAggregate.Mean)]
    [DataRow(10, SeriesAggregate.Mean)]
    [DataRow(10, SeriesAggregate.Sum)]
    [DataRow(10, SeriesAggregate.Max)]
    [DataRow(10, SeriesAggregate.Min)]
    [DataRow(10, SeriesAggregate.Count)]
    public async Task Series_read_from_either_store_are_the_same(int? step, SeriesAggregate aggregate)
    {
        var database = $"series-{step}-{aggregate}";
        await Server.CreateAsync(database, Stop);
        await using var fixture = new StoreFixture();
        List<SeriesPoint> points =
        [
            .. Enumerable.Range(0, 100).Select(n => EmbeddedStoreTests.Point(Math.Sin(n) * 100, second: 3 * n,
                asset: n % 3 == 0 ? "10.0.0.9" : n % 3 == 1 ? "10.0.0.8" : null)),
        ];
        Assert.IsTrue(await fixture.Store.Series.WriteAsync(points, Stop));
        await using var sink = new InfluxSink(new InfluxClient(Server.Options(database)));
        Assert.AreEqual(
            DeliveryOutcome.Accepted,
            (await sink.SendAsync([Points(1, [.. points])], Stop)).Single().Outcome);
        using var client = new InfluxClient(Server.Options(database));
        var queries = new[]
        {
            new SeriesQuery("signals", "value", SampleDeviations.Start, SampleDeviations.Start
                + TimeSpan.FromSeconds(200)) { By = ["asset"] },
            new SeriesQuery("signals", "value", SampleDeviations.Start + TimeSpan.FromSeconds(7), SampleDeviations.Start
                + TimeSpan.FromSeconds(100)),
            new SeriesQuery("signals", "value", SampleDeviations.Start, SampleDeviations.Start
                + TimeSpan.FromSeconds(200))
            {
                Where = new Dictionary<string, string> { ["asset"] = "10.0.0.8" }, By = ["asset", "protocol"],
            },
            new SeriesQuery("signals", "nothing", SampleDeviations.Start, SampleDeviations.Start
                + TimeSpan.FromSeconds(200)),
        };
        foreach (var plain in queries)
        {
            var query = plain with
            {
                Step = step is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                Aggregate = aggregate
            };

            var own = Text(await fixture.Store.Series.ReadAsync(query, Stop));

            Assert.AreEqual(own, Text(await new InfluxSeriesReader(client).ReadAsync(query, Stop)),
                InfluxSeriesReader.QuestionOf(query));
            Assert.AreEqual(query.Field == "nothing", own.Length == 0);
        }
    }

    [TestMethod]
    public async Task A_server_that_is_away_says_so_when_series_are_read()
    {
        using var client = new InfluxClient(
            Server.Options("x") with { Url = new Uri($"http://127.0.0.1:{PeerProcess.FreePort()}/") });

        var fault = await Assert.ThrowsExactlyAsync<SeriesUnavailableException>(() => new InfluxSeriesReader(client)
            .ReadAsync(
            new SeriesQuery("signals", "value", SampleDeviations.Start, SampleDeviations.Start
                + TimeSpan.FromSeconds(1)), Stop));

        Assert.Contains("did not answer", fault.Message);
    }

    [TestMethod]
    public async Task Points_for_a_server_wait_in_the_outbox_and_arrive()
    {
        await Server.CreateAsync("queued", Stop);
        await using var fixture = new StoreFixture();
        var writer = new OutboxSeriesWriter(fixture.Store, "influxdb", fixture.Clock);
        Assert.IsTrue(
            await writer.WriteAsync([.. Enumerable.Range(0, 50).Select(n => EmbeddedStoreTests.Point(n, n))], Stop));
        await using var sink = new InfluxSink(new InfluxClient(Server.Options("queued")));

        Assert.IsTrue(await new OutboxDispatcher(fixture.Store.Outbox, new BackoffOptions(), fixture.Clock,
            new Random(1)).SendOnceAsync(sink, Stop));

        Assert.HasCount(50, await Server.RowsAsync("queued", "SELECT value FROM signals", Stop));
    }

    private static OutboxMessage Points(int number, params SeriesPoint[] points) => new()
    {
        Id = $"points-{number}",
        Sequence = number,
        Content = MessageContent.Series,
        Reason = "points",
        QueuedAt = DateTimeOffset.UnixEpoch,
        Body = AlertingJson.Write(points),
    };

    private static Dictionary<string, SeriesValue> Value(string name, SeriesValue value) => new() { [name] = value };

    private static string Text(IReadOnlyList<SeriesResult> results) => string.Join('\n', results.Select(Text));

    private static string Text(SeriesResult result)
    {
        var points = result.Points.Select(point => $"{point.Time}={point.Value:G10}");
        return $"{string.Join(',', result.Tags.OrderBy(tag => tag.Key))}: {string.Join(' ', points)}";
    }
}
