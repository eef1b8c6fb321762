using System.Globalization;
using OtGuard.Models;
using OtGuard.Replay;

namespace OtGuard.Alerting.Tests;

[TestClass]
public sealed class StageTests
{
    [TestMethod]
    public async Task The_same_fact_within_ten_minutes_is_one_alert_told_once()
    {
        await using var desk = new Desk(Routed);

        await desk.Take(Desk.Write(0), Desk.Write(9), Desk.Write(18));

        var alert = (await desk.Alerts()).Single();
        Assert.AreEqual((3L, 1), (alert.Deviations, alert.Raised));
        Assert.AreEqual(1, (await desk.Store.Outbox.StatusAsync(default)).Single().Waiting);
        Assert.Contains("group:joined", await desk.TrailOf(Desk.Write(18)));
    }

    [TestMethod]
    public async Task The_same_fact_after_a_longer_silence_is_raised_again_on_its_alert()
    {
        await using var desk = new Desk(Routed);
        await desk.Take(Desk.Write(0));
        await desk.Acts.AcknowledgeAsync("1", new Author("anna"), default);

        await desk.Take(Desk.Write(11));

        var alert = (await desk.Alerts()).Single();
        Assert.AreEqual((2, AlertState.New), (alert.Raised, alert.State));
        Assert.Contains("group:recurred", await desk.TrailOf(Desk.Write(11)));
        Assert.Contains("notify:recurred", await desk.TrailOf(Desk.Write(11)));
    }

    [TestMethod]
    public async Task Another_zone_is_another_alert_and_another_sensor_is_not()
    {
        await using var desk = new Desk();

        await desk.Take(
            Desk.Write(), Desk.Write() with { Id = "yard", Zone = "yard" },
                Desk.Write() with { Id = "tap-2", Sensor = "tap-2" });

        var alerts = await desk.Alerts();
        Assert.HasCount(2, alerts);
        Assert.AreEqual("tap-1 tap-2", string.Join(' ', alerts[0].Sensors));
    }

    [TestMethod]
    public async Task Merging_gives_the_same_whatever_comes_first()
    {
        DeviationRecord[] given = [Desk.Write(0), Desk.Write(3, severity: 80), Desk.Write(5, severity: 77),
            Desk.Write(8)];
        var results = new List<string>();
        for (var seed = 0; seed < 6; seed++)
        {
            await using var desk = new Desk();
            var order = given.ToArray();
            new Random(seed).Shuffle(order);
            await desk.Take(order);
            var alert = (await desk.Alerts()).Single();
            results.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{alert.FirstSeen} {alert.LastSeen} {alert.Deviations} {alert.Occurrences}"));
        }

        Assert.HasCount(1, results.Distinct());
    }

    [TestMethod]
    public async Task What_is_told_for_information_is_stored_and_raises_nothing()
    {
        await using var desk = new Desk();
        var given = SampleDeviations.Of("new-asset", "10.0.0.66", TimeSpan.Zero);

        await desk.Take(given);

        Assert.IsEmpty(await desk.Alerts());
        Assert.AreEqual("fingerprint:information", await desk.TrailOf(given));
    }

    [TestMethod]
    public async Task Announced_work_is_counted_to_its_order_and_the_minute_after_it_is_not()
    {
        await using var desk = new Desk();
        await desk.Acts.OpenWindowAsync(
            new MaintenanceWindow
            {
                Id = "",
                OpenedBy = "",
                WorkOrder = "WO 4711",
                Address = "10.0.0.66",
                From = SampleDeviations.Start,
                Until = SampleDeviations.Start + TimeSpan.FromMinutes(30),
            },
            new Author("anna", "relay test"),
            default);

        var other = SampleDeviations.Of("write-by-non-writer", "10.0.0.67 → 10.0.0.9", TimeSpan.FromMinutes(5));
        await desk.Take(Desk.Write(5), other, Desk.Write(30));

        Assert.AreEqual("fingerprint:first learned:no group:alone maintenance:order-WO-4711",
            await desk.TrailOf(Desk.Write(5)));
        Assert.AreEqual(1, (await desk.Store.ListWindowsAsync(default)).Single().Held);
        Assert.AreEqual("10.0.0.67 10.0.0.66", string.Join(' ', (await desk.Alerts()).Select(alert => alert.Actor)));
    }

    [TestMethod]
    public async Task A_muted_alert_goes_on_counting_tells_nobody_and_comes_back_when_its_time_is_over()
    {
        await using var desk = new Desk(Routed);
        await desk.Take(Desk.Write(0));
        await desk.Acts.MuteAsync("1", desk.Clock.GetUtcNow().AddHours(1), new Author("anna", "known fault"), default);
        var before = (await desk.Store.Outbox.StatusAsync(default)).Single().Waiting;

        await desk.Take(Desk.Write(60));

        Assert.AreEqual(before, (await desk.Store.Outbox.StatusAsync(default)).Single().Waiting);
        Assert.AreEqual((2L, AlertState.Muted), ((await desk.Alert(1)).Deviations, (await desk.Alert(1)).State));
        desk.Clock.Advance(TimeSpan.FromHours(1));
        Assert.AreEqual(1, await desk.Pipeline.SweepAsync(default));
        Assert.AreEqual(AlertState.New, (await desk.Alert(1)).State);
    }

    [TestMethod]
    public async Task A_scan_holds_what_follows_from_it_and_not_what_another_host_does()
    {
        await using var desk = new Desk();
        var consequence = SampleDeviations.Of("new-conversation", "10.0.0.66 → 10.0.0.9", TimeSpan.FromMinutes(2));

        await desk.Take(
            SampleDeviations.Of("address-scan", "10.0.0.66 → 10.0.0.0/24", TimeSpan.Zero),
            consequence,
            SampleDeviations.Of("new-conversation", "10.0.0.67 → 10.0.0.9", TimeSpan.FromMinutes(2)),
            Desk.Write(3));

        var alerts = await desk.Alerts();
        Assert.AreEqual("address-scan new-conversation write-by-non-writer",
            string.Join(' ', alerts.Select(alert => alert.Kind)));
        Assert.AreEqual(1, alerts[0].Counts["new-conversation"]);
        Assert.AreEqual("10.0.0.67", alerts[1].Actor);
        Assert.EndsWith("inhibit:follows-from-scan", await desk.TrailOf(consequence));
    }

    [TestMethod]
    public async Task A_flood_of_65536_conversations_is_seven_alerts_with_complete_counts()
    {
        await using var desk = new Desk(Routed);
        for (var batch = 0; batch < 16; batch++)
        {
            DeviationRecord[] given =
            [
                .. Enumerable.Range(batch * 4096, 4096).Select(n => SampleDeviations.Of(
                    "function-code-not-permitted", $"10.9.{n / 256}.{n % 256} → 10.0.0.9",
                        TimeSpan.FromMilliseconds(n))),
            ];
            await desk.Take(given);
        }

        var alerts = await desk.Alerts();
        Assert.HasCount(7, alerts);
        Assert.AreEqual(65_536, alerts.Sum(alert => alert.Deviations));
        var storm = alerts.Single(alert => alert.IsStorm);
        Assert.AreEqual(65_530, storm.Counts["function-code-not-permitted"]);
        Assert.AreEqual(65_536, (await desk.Store.FiguresAsync(default)).Deviations);
        // Six alerts, the storm's beginning and its doublings from 2 to 32,768.
        Assert.AreEqual(6 + 1 + 15, (await desk.Store.Outbox.StatusAsync(default)).Single().Waiting);
    }

    [TestMethod]
    public async Task The_most_severe_passes_a_storm_within_a_budget_of_its_own()
    {
        await using var desk = new Desk();
        for (var n = 0; n < 20; n++)
            await desk.Take(SampleDeviations.Of("server-busy", $"10.0.1.{n}", TimeSpan.FromSeconds(n)));
        for (var n = 0; n < 10; n++) await desk.Take(Desk.Write(1, $"10.0.2.{n}", severity: 95));

        var alerts = await desk.Alerts();
        Assert.AreEqual(3, alerts.Count(alert => alert.Kind == "write-by-non-writer"));
        Assert.HasCount(10, alerts);
        var storm = alerts.Single(alert => alert.IsStorm);
        Assert.AreEqual(7, storm.Counts["write-by-non-writer"]);
        Assert.AreEqual(95, storm.Severity);
    }

    [TestMethod]
    public async Task The_budget_is_that_of_the_hour_before()
    {
        await using var desk = new Desk();
        for (var n = 0; n < 12; n++) await desk.Take(Desk.Write(n * 10.1, $"10.0.2.{n}", severity: 40));

        Assert.IsFalse((await desk.Alerts()).Any(alert => alert.IsStorm));
    }

    [TestMethod]
    public async Task Silence_closes_an_alert_by_this_machines_clock_whatever_the_capture_says()
    {
        await using var desk = new Desk();
        await desk.Take(Desk.Write());
        desk.Clock.Advance(TimeSpan.FromDays(89));
        Assert.AreEqual(0, await desk.Pipeline.SweepAsync(default));
        desk.Clock.Advance(TimeSpan.FromDays(1));

        Assert.AreEqual(1, await desk.Pipeline.SweepAsync(default));

        Assert.AreEqual(AlertState.Closed, (await desk.Alert(1)).State);
        var entry = (await desk.Store.ListJournalAsync((await desk.Alert(1)).Id, 10, default))[^1];
        Assert.AreEqual((JournalVerb.Close, "otguard", "nothing came for 90 days"),
            (entry.Act.Verb, entry.Act.Author.Who, entry.Act.Author.Why));
    }

    [TestMethod]
    public async Task More_of_a_fact_grows_its_alert_and_a_higher_severity_is_told()
    {
        await using var desk = new Desk(Routed);
        await desk.Take(Desk.Write());

        await desk.Take(
            Desk.Write() with { Occurrences = 40, LastSeen = SampleDeviations.Start + TimeSpan.FromHours(2) });
        var grown = await desk.Alert(1);
        await desk.Take(Desk.Write() with { Occurrences = 41, Severity = 95, SeverityReasons = ["95"] });

        Assert.AreEqual((1L, 40L, 1), (grown.Deviations, grown.Occurrences, grown.Raised));
        Assert.AreEqual((95, 41L), ((await desk.Alert(1)).Severity, (await desk.Alert(1)).Occurrences));
        Assert.AreEqual(2, (await desk.Store.Outbox.StatusAsync(default)).Single().Waiting);
    }

    [TestMethod]
    public async Task Severity_is_moved_by_asset_process_and_past_and_says_why()
    {
        await using var desk = new Desk();
        desk.Declare("10.0.0.9", new AssetContext(AssetCriticality.High, ProcessState.Running));
        desk.Declare("10.0.0.8", new AssetContext(AssetCriticality.Low, ProcessState.Stopped));

        await desk.Take(Desk.Write(0), Desk.Write(0, "10.0.0.8"));

        var (critical, stopped) = (await desk.Alert(1), await desk.Alert(2));
        Assert.AreEqual(Math.Min(100, 75 + 15 + 10 + 5), critical.Severity);
        Assert.Contains("+15: the asset is declared critical", critical.SeverityReasons);
        Assert.Contains("+10: something was changed while the process runs", critical.SeverityReasons);
        Assert.AreEqual(75 - 10 - 10, stopped.Severity);
    }

    [TestMethod]
    public async Task What_takes_points_off_never_makes_an_alarm_information()
    {
        await using var desk = new Desk();
        desk.Declare("10.0.0.9", new AssetContext(AssetCriticality.Low, ProcessState.Stopped));

        await desk.Take(Desk.Write(severity: 35));

        Assert.AreEqual(Severity.AlarmFrom, (await desk.Alert(1)).Severity);
    }

    [TestMethod]
    public void Every_kind_that_inhibits_or_is_inhibited_is_one_of_the_catalogue()
    {
        var known = DeviationCatalogue.Kinds.Select(kind => kind.Name).ToHashSet(StringComparer.Ordinal);
        var unknown = AlertingOptions.DefaultInhibits.SelectMany(rule => rule.Causes.Concat(rule.Consequences))
            .Where(kind => !known.Contains(kind));

        Assert.AreEqual("", string.Join(' ', unknown));
    }

    [TestMethod]
    public void Every_kind_but_those_about_the_monitor_has_a_phase()
    {
        var without = DeviationCatalogue.Kinds
            .Where(kind => kind.Techniques.Count > 0 && AttackPhases.Of(kind.Techniques) == AttackPhase.None)
                .Select(kind => kind.Name);

        Assert.AreEqual("", string.Join(' ', without));
    }

    [TestMethod]
    [DataRow("10.0.0.66 → 10.0.0.9 unit 1", "10.0.0.66", "10.0.0.9")]
    [DataRow("10.0.0.66 → 14 hosts", "10.0.0.66", null)]
    [DataRow("can0 identifier 1A0 (EngineData)", "can0", null)]
    [DataRow("00:80:f4:01:02:03", "00:80:f4:01:02:03", null)]
    [DataRow("fe80::1 → fe80::2", "fe80::1", "fe80::2")]
    [DataRow("several servers", null, null)]
    public void Actor_and_asset_are_read_out_of_the_subject(string subject, string? actor, string? asset) =>
        Assert.AreEqual((actor, asset), Parties.Of(subject));

    private static AlertingOptions Routed => new() { Routes = [new Route { Destination = "siem" }] };
}
