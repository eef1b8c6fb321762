using Microsoft.Data.Sqlite;
using OtGuard.Alerting;
using OtGuard.Replay;
using OtGuard.Storage.Embedded;

namespace OtGuard.Storage.Tests.Embedded;

[TestClass]
public sealed class EmbeddedStoreTests
{
    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    public async Task What_was_taken_in_is_there_after_it_is_opened_again()
    {
        await using var fixture = new StoreFixture();
        var given = SampleDeviations.Of("write-by-non-writer", "10.0.0.66 → 10.0.0.9 unit 1", TimeSpan.Zero);

        await fixture.Pipeline.TakeAsync([given], Stop);
        await fixture.ReopenAsync();

        var alert = (await fixture.Store.ListAlertsAsync(new AlertQuery(), Stop)).Single();
        var stored = (await fixture.Store.ListDeviationsAsync(alert.Id, 0, 10, Stop)).Single();
        Assert.AreEqual(AlertingJson.Write(given), AlertingJson.Write(stored.Deviation));
        Assert.AreEqual(given.FirstSeen, alert.FirstSeen);
        Assert.AreEqual(1, alert.Number);
        Assert.AreEqual(alert.Id, (await fixture.Store.FindAlertAsync("1", Stop))?.Id);
        Assert.AreEqual(alert.Id, (await fixture.Store.FindAlertAsync(alert.Id[..8], Stop))?.Id);
    }

    [TestMethod]
    public async Task The_same_deviations_taken_in_twice_change_nothing()
    {
        await using var fixture = new StoreFixture(alerting: Everything("all"));
        DeviationRecord[] given = [.. Enumerable.Range(1, 200).Select(n => SampleDeviations.Of(n))];
        await fixture.Pipeline.TakeAsync(given, Stop);
        var before = await fixture.Store.FiguresAsync(Stop);

        var again = await fixture.Pipeline.TakeAsync(given, Stop);

        Assert.AreEqual(200, again.Known);
        var after = await fixture.Store.FiguresAsync(Stop);
        Assert.AreEqual(before with { Counters = after.Counters }, after);
    }

    [TestMethod]
    public async Task A_transaction_that_is_not_committed_leaves_nothing()
    {
        await using var fixture = new StoreFixture();
        await using (var transaction = await fixture.Store.BeginAsync(Stop))
            await transaction.PutDeviationAsync(SampleDeviations.Of(1), null, "", fixture.Clock.GetUtcNow(), Stop);

        Assert.AreEqual(0, (await fixture.Store.FiguresAsync(Stop)).Deviations);
    }

    [TestMethod]
    public async Task Deviations_of_one_series_at_one_nanosecond_lie_on_points_of_their_own()
    {
        await using var fixture = new StoreFixture();
        var places = new List<PointPlace>();
        await using (var transaction = await fixture.Store.BeginAsync(Stop))
        {
            for (var i = 0; i < 500; i++)
            {
                var deviation = SampleDeviations.Of("invalid-field", "10.0.0.66 → 10.0.0.9", TimeSpan.Zero,
                    id: $"d{i}");
                places.Add((await transaction.PutDeviationAsync(deviation, null, "", fixture.Clock.GetUtcNow(), Stop))
                    .Place);
            }

            await transaction.CommitAsync(Stop);
        }

        Assert.HasCount(500, places.Distinct());
        Assert.IsTrue(places.All(place => place.Time - SampleDeviations.Start < TimeSpan.FromMicroseconds(1)));
    }

    [TestMethod]
    public async Task Assets_beyond_the_bound_share_one_tag()
    {
        await using var fixture = new StoreFixture(options => options with { AssetTags = 3 });
        await using var transaction = await fixture.Store.BeginAsync(Stop);
        var tags = new List<string?>();
        for (var i = 1; i <= 6; i++)
        {
            var deviation = SampleDeviations.Of("new-conversation", $"10.0.0.66 → 10.0.0.{i}", TimeSpan.Zero);
            tags.Add((await transaction.PutDeviationAsync(deviation, null, "", fixture.Clock.GetUtcNow(), Stop))
                .Place.Asset);
        }

        Assert.AreEqual("10.0.0.1 10.0.0.2 10.0.0.3 other other other", string.Join(' ', tags));
    }

    [TestMethod]
    public async Task A_journal_entry_changed_behind_its_back_is_found()
    {
        await using var fixture = new StoreFixture();
        await fixture.Pipeline.TakeAsync([SampleDeviations.Of(1), SampleDeviations.Of(2), SampleDeviations.Of(3)],
            Stop);
        Assert.IsTrue((await fixture.Store.CheckAsync(Stop)).IsSound);

        using var tamper = Open(fixture);
        Run(tamper, "DROP TRIGGER journal_is_not_changed");
        Run(tamper, "UPDATE journal SET detail = 'nothing to see' WHERE sequence = 2");

        var check = await fixture.Store.CheckAsync(Stop);
        Assert.IsFalse(check.IsSound);
        Assert.AreEqual(2, check.Journal.Single().BrokenAt);
    }

    [TestMethod]
    public async Task The_journal_refuses_changes_and_deletions()
    {
        await using var fixture = new StoreFixture();
        await fixture.Pipeline.TakeAsync([SampleDeviations.Of(1)], Stop);
        using var tamper = Open(fixture);

        Assert.Contains("append-only", Assert.ThrowsExactly<SqliteException>(() => Run(tamper, "DELETE FROM journal"))
            .Message);
        Assert.Contains("append-only",
            Assert.ThrowsExactly<SqliteException>(() => Run(tamper, "UPDATE journal SET who = 'x'")).Message);
    }

    [TestMethod]
    public async Task Every_writer_has_a_chain_of_its_own()
    {
        await using var fixture = new StoreFixture();
        await fixture.Pipeline.TakeAsync([SampleDeviations.Of(1)], Stop);
        await using (var second = EmbeddedStore.Open(fixture.Options with { Writer = "anna@desk" }, fixture.Clock))
        {
            var desk = new AlertDesk(second, new AlertPipeline(second, fixture.Alerting, fixture.Clock), fixture.Clock);
            await desk.AcknowledgeAsync("1", new Author("anna"), Stop);
        }

        var chains = await fixture.Store.CheckJournalAsync(Stop);
        Assert.AreEqual("anna@desk test", string.Join(' ', chains.Select(chain => chain.Chain)));
        Assert.IsTrue(chains.All(chain => chain.BrokenAt is null));
    }

    [TestMethod]
    public async Task A_damaged_page_is_found_when_the_store_is_opened()
    {
        await using var fixture = new StoreFixture();
        await fixture.Pipeline.TakeAsync([.. Enumerable.Range(1, 400).Select(n => SampleDeviations.Of(n))], Stop);
        await fixture.Store.DisposeAsync();
        var bytes = await File.ReadAllBytesAsync(fixture.Options.Path, Stop);
        for (var page = 8; page < bytes.Length / 4096; page += 4) Array.Fill(bytes, (byte)0xA5, page * 4096, 64);
        var damaged = fixture.File("damaged.store");
        await File.WriteAllBytesAsync(damaged, bytes, Stop);

        var fault = Assert.ThrowsExactly<StoreException>(
            () => EmbeddedStore.Open(fixture.Options with { Path = damaged }, fixture.Clock));

        Assert.Contains("damaged", fault.Message);
        await fixture.ReopenAsync();
    }

    [TestMethod]
    public async Task A_database_of_another_program_is_refused()
    {
        await using var fixture = new StoreFixture();
        var path = fixture.File("other.db");
        using (var other = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            other.Open();
            Run(other, "CREATE TABLE recipes (name TEXT)");
        }

        var fault = Assert.ThrowsExactly<StoreException>(() =>
            EmbeddedStore.Open(fixture.Options with { Path = path }, fixture.Clock));

        Assert.Contains("another program", fault.Message);
    }

    [TestMethod]
    public async Task A_store_of_a_newer_program_is_refused()
    {
        await using var fixture = new StoreFixture();
        var schema = (await fixture.Store.FiguresAsync(Stop)).Schema;
        using (var newer = Open(fixture)) Run(newer, "PRAGMA user_version = 99");

        var fault = await Assert.ThrowsExactlyAsync<StoreException>(fixture.ReopenAsync);

        Assert.Contains("newer program", fault.Message);
        using (var newer = Open(fixture)) Run(newer, $"PRAGMA user_version = {schema}");
        await fixture.ReopenAsync();
    }

    [TestMethod]
    public async Task Each_change_of_an_alert_has_a_number_of_its_own_and_is_listed_after_those_before()
    {
        await using var fixture = new StoreFixture();
        var before = await fixture.Store.LatestChangeAsync(Stop);
        await fixture.Pipeline.TakeAsync([SampleDeviations.Of(1), SampleDeviations.Of(2)], Stop);
        var raised = await fixture.Store.ListChangesAsync(before, 10, Stop);
        var desk = new AlertDesk(fixture.Store, fixture.Pipeline, TimeProvider.System);
        await desk.AcknowledgeAsync(raised.Alerts[0].Alert.Id, new Author("ada"), Stop);
        await fixture.ReopenAsync();

        var changed = await fixture.Store.ListChangesAsync(raised.Latest, 10, Stop);

        Assert.HasCount(2, raised.Alerts);
        Assert.HasCount(1, changed.Alerts);
        Assert.AreEqual(AlertState.Acknowledged, changed.Alerts[0].Alert.State);
        Assert.IsGreaterThan(raised.Latest, changed.Latest);
        Assert.AreEqual(await fixture.Store.LatestChangeAsync(Stop), changed.Latest);
    }

    [TestMethod]
    public async Task A_backup_taken_while_it_is_written_opens_and_holds_what_was_committed()
    {
        await using var fixture = new StoreFixture();
        await fixture.Pipeline.TakeAsync([.. Enumerable.Range(1, 100).Select(n => SampleDeviations.Of(n))], Stop);
        var copy = fixture.File("copy.store");

        var writing = Task.Run(
            async () =>
            {
                for (var n = 101; n <= 200; n++) await fixture.Pipeline.TakeAsync([SampleDeviations.Of(n)], Stop);
            },
            Stop);
        await fixture.Store.BackUpAsync(copy, Stop);
        await writing;

        await using var restored = EmbeddedStore.Open(fixture.Options with { Path = copy }, fixture.Clock);
        Assert.IsGreaterThanOrEqualTo(100, (await restored.FiguresAsync(Stop)).Deviations);
        Assert.IsTrue((await restored.CheckAsync(Stop)).IsSound);
        var fault = await Assert.ThrowsExactlyAsync<StoreException>(() => fixture.Store.BackUpAsync(copy, Stop));
        Assert.Contains("overwrites nothing", fault.Message);
    }

    [TestMethod]
    public async Task What_is_past_its_age_goes_and_open_alerts_keep_what_they_hold()
    {
        await using var fixture = new StoreFixture(options =>
            options with { AlertAge = TimeSpan.FromDays(10), SeriesAge = TimeSpan.FromDays(5) });
        await fixture.Pipeline.TakeAsync(
            [
                SampleDeviations.Of("write-by-non-writer", "10.0.0.66 → 10.0.0.9", TimeSpan.Zero),
                SampleDeviations.Of("new-asset", "10.0.0.66", TimeSpan.Zero, severity: 10),
                SampleDeviations.Of("server-busy", "10.0.0.9", TimeSpan.Zero),
            ],
            Stop);
        await new AlertDesk(fixture.Store, fixture.Pipeline, fixture.Clock)
            .CloseAsync("2", new Author("anna", "restarted it"), Stop);
        fixture.Clock.Advance(TimeSpan.FromDays(11));

        var removed = await fixture.Store.CompactAsync(Stop);

        Assert.AreEqual(2, removed.Deviations);
        Assert.AreEqual(1, removed.Alerts);
        Assert.IsGreaterThan(0, removed.Points);
        var left = (await fixture.Store.ListAlertsAsync(new AlertQuery(), Stop)).Single();
        Assert.AreEqual("write-by-non-writer", left.Kind);
        Assert.HasCount(1, await fixture.Store.ListDeviationsAsync(left.Id, 0, 10, Stop));
        Assert.IsTrue((await fixture.Store.CheckAsync(Stop)).IsSound);
        Assert.IsTrue((await fixture.Store.ListJournalAsync("store", 10, Stop))
            .Any(entry => entry.Act.Verb == JournalVerb.Expire));
    }

    [TestMethod]
    public async Task Compacting_gives_free_pages_back_to_the_disk()
    {
        await using var fixture = new StoreFixture(options => options with { AlertAge = TimeSpan.FromDays(1) });
        DeviationRecord[] given =
        [
            .. Enumerable.Range(1, 2000).Select(
                n => SampleDeviations.Of("new-asset", $"10.0.0.{n % 250}", TimeSpan.FromSeconds(n), severity: 10)),
        ];
        await fixture.Pipeline.TakeAsync(given, Stop);
        var before = await fixture.Store.FiguresAsync(Stop);
        fixture.Clock.Advance(TimeSpan.FromDays(100));

        Assert.AreEqual(2000, (await fixture.Store.CompactAsync(Stop)).Deviations);

        var after = await fixture.Store.FiguresAsync(Stop);
        Assert.IsLessThan(before.FileBytes / 4, after.FileBytes);
        Assert.AreEqual(after.UsedBytes, after.FileBytes);
    }

    [TestMethod]
    public async Task Beyond_its_size_series_go_first_then_information_and_alerts_never()
    {
        await using var fixture = new StoreFixture(options =>
            options with { MaximumBytes = 1 << 20, MinimumFreeBytes = 0 });
        for (var batch = 0; batch < 40; batch++)
        {
            DeviationRecord[] given = [.. Enumerable.Range(batch * 50 + 1, 50).Select(n => SampleDeviations.Of(n))];
            await fixture.Pipeline.TakeAsync(given, Stop);
            // The size is looked at once a second.
            fixture.Clock.Advance(TimeSpan.FromSeconds(2));
        }

        var figures = await fixture.Store.FiguresAsync(Stop);
        Assert.AreNotEqual(RoomStage.Ample, fixture.Store.Room);
        Assert.AreEqual(0, figures.Points);
        Assert.IsGreaterThan(0, figures.Counters["points-removed-for-room"]);
        Assert.IsGreaterThan(0, figures.Counters["information-removed-for-room"]);
        var alarms = 0;
        for (var n = 1; n <= 2000; n++) alarms += n % 10 == 0 ? 0 : 1;
        var alerts = await fixture.Store.ListAlertsAsync(new AlertQuery(), Stop);
        Assert.AreEqual(alarms, alerts.Sum(alert => alert.Deviations));
        var held = 0;
        foreach (var alert in alerts) held += (await fixture.Store.ListDeviationsAsync(alert.Id, 0, 10_000, Stop))
            .Count;
        Assert.AreEqual(alarms, held);
        Assert.IsFalse(await fixture.Store.Series.WriteAsync([Point(1)], Stop));
        Assert.AreEqual(1, (await fixture.Store.FiguresAsync(Stop)).Counters["points-refused"]);
    }

    [TestMethod]
    public async Task A_tag_without_bound_is_refused()
    {
        await using var fixture = new StoreFixture();
        var point = Point(1) with { Tags = new Dictionary<string, string?> { ["subject"] = "10.0.0.66 → 10.0.0.9" } };

        await Assert.ThrowsExactlyAsync<ArgumentException>(() => fixture.Store.Series.WriteAsync([point], Stop));
    }

    internal static AlertingOptions Everything(string destination) => new()
    {
        Routes = [new Route { Destination = destination, Deviations = true, EveryChange = true }],
    };

    internal static SeriesPoint Point(double value, int second = 0, string? asset = "10.0.0.9",
        string measurement = "signals") => new(
        measurement,
        new Dictionary<string, string?> { ["protocol"] = "modbus", ["asset"] = asset },
        new Dictionary<string, SeriesValue> { ["value"] = SeriesValue.Of(value) },
        SampleDeviations.Start + TimeSpan.FromSeconds(second));

    private static SqliteConnection Open(StoreFixture fixture)
    {
        var connection = new SqliteConnection($"Data Source={fixture.Options.Path};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Run(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
