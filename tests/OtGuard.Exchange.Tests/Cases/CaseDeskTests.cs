using OtGuard.Alerting;
using OtGuard.Exchange.Cases;

namespace OtGuard.Exchange.Tests.Cases;

[TestClass]
public sealed class CaseDeskTests
{
    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    public async Task A_case_is_prefilled_with_what_was_observed_and_says_what_is_missing()
    {
        await using var fixture = new CaseFixture();

        var opened = await fixture.OpenCaseAsync();

        Assert.HasCount(3, opened.Observations);
        Assert.AreEqual("1 2 3", string.Join(' ', opened.Observations.Select(one => one.Serial)));
        Assert.AreEqual("modbus", opened["protocols"]);
        Assert.AreEqual("2026-01-02T03:00:00Z", opened["occurredAt"]);
        Assert.AreEqual(Standing.Observed, opened.Worksheet["occurredAt"].Standing);
        Assert.AreEqual(Standing.Inferred, opened.Worksheet["techniques"].Standing);
        Assert.Contains("T0855", opened["techniques"]!);
        Assert.AreEqual("Stadtwerke Musterstadt", opened["entity"]);
        Assert.IsNull(opened["attribution"], "Nobody was accused by a machine.");
        var next = CaseDesk.Next(await fixture.Desk.StagesAsync(opened, Stop))!;
        Assert.AreEqual("early-warning", next.Stage.Id);
        Assert.AreEqual("awareAt suspectedMalicious crossBorder", string.Join(' ', next.Missing.Select(field => field.Id)));
    }

    [TestMethod]
    [DataRow("nis2-bsig")]
    [DataRow("enwg-5d")]
    [DataRow("kritis-dachg")]
    [DataRow("nccs-2024-1366")]
    public async Task No_stage_asks_a_person_for_more_than_twelve_things(string regime)
    {
        await using var fixture = new CaseFixture();
        await fixture.TakeAsync(Samples.Of("modbus"));

        var opened = await fixture.Desk.OpenAsync("1", regime, CaseFixture.Anna, Stop);

        foreach (var stage in await fixture.Desk.StagesAsync(opened, Stop))
            Assert.IsLessThanOrEqualTo(12, stage.Missing.Count, $"{regime} {stage.Stage.Id}");
    }

    [TestMethod]
    public async Task A_correction_is_a_new_version_and_the_old_one_stays()
    {
        await using var fixture = new CaseFixture();
        await fixture.OpenCaseAsync();
        await SetAsync(fixture, ("suspectedMalicious", "unknown"));

        await SetAsync(fixture, ("suspectedMalicious", "yes"));
        await fixture.ReopenAsync();

        var versions = await fixture.Desk.VersionsAsync("1", Stop);
        Assert.AreEqual("1 2 3", string.Join(' ', versions.Select(one => one.Version)));
        Assert.AreEqual(" unknown yes", string.Join(' ', versions.Select(one => one["suspectedMalicious"])));
        Assert.HasCount(1, versions.Select(one => one.Id).Distinct().ToArray());
        Assert.HasCount(1, versions.Select(one => one.CreatedAt).Distinct().ToArray());
        Assert.AreEqual(Standing.Reported, versions[2].Worksheet["suspectedMalicious"].Standing);
        Assert.AreEqual("anna", versions[2].Worksheet["suspectedMalicious"].Source);
        Assert.IsTrue((await fixture.Store.CheckAsync(Stop)).IsSound);
        var acts = (await fixture.Store.ListJournalAsync(versions[0].Id, 10, Stop)).Select(entry => entry.Act).ToArray();
        Assert.AreEqual("OpenCase ReviseCase ReviseCase", string.Join(' ', acts.Select(act => act.Verb)));
        Assert.Contains("/v3 sha256:", acts[2].Detail);
    }

    [TestMethod]
    public async Task Two_who_change_the_same_version_do_not_both_succeed()
    {
        await using var fixture = new CaseFixture();
        var opened = await fixture.OpenCaseAsync();
        await SetAsync(fixture, ("suspectedMalicious", "yes"));

        await Assert.ThrowsExactlyAsync<CaseConflictException>(() => fixture.Store.Cases.AppendAsync(
            new CaseRecord(opened.Id, $"{opened.Id}/v2", CaseRecordKind.Version, fixture.Clock.GetUtcNow(), "{}"),
            new JournalAct(fixture.Clock.GetUtcNow(), CaseFixture.Anna, JournalVerb.ReviseCase, opened.Id), Stop));

        Assert.HasCount(2, await fixture.Desk.VersionsAsync("1", Stop));
        Assert.HasCount(2, await fixture.Store.ListJournalAsync(opened.Id, 10, Stop));
    }

    [TestMethod]
    public async Task Every_fault_of_what_is_set_is_told_and_nothing_is_kept()
    {
        await using var fixture = new CaseFixture();
        await fixture.OpenCaseAsync();

        var fault = await Assert.ThrowsExactlyAsync<ExchangeException>(() => SetAsync(
            fixture, ("crossBorder", "perhaps"), ("awareAt", "yesterday"), ("nonsense", "1"), ("measuresTaken", "x")));

        Assert.Contains("crossBorder takes yes, no or unknown", fault.Message);
        Assert.Contains("awareAt takes a time", fault.Message);
        Assert.Contains("no field 'nonsense'", fault.Message);
        Assert.HasCount(1, await fixture.Desk.VersionsAsync("1", Stop));
    }

    [TestMethod]
    public async Task What_came_since_is_taken_in_and_what_people_wrote_and_serials_stay()
    {
        await using var fixture = new CaseFixture();
        var opened = await fixture.OpenCaseAsync();
        await SetAsync(fixture, ("components", "the recloser of feeder 7"));
        Assert.AreEqual(
            2, (await fixture.Desk.RefreshAsync("1", CaseFixture.Anna, Stop)).Version, "Nothing came: no version.");

        await fixture.TakeAsync(Replay.SampleDeviations.Of(
            "plc-scan", "10.20.0.66", TimeSpan.FromSeconds(300), protocol: "network"));
        var refreshed = await fixture.Desk.RefreshAsync("1", CaseFixture.Anna, Stop);

        Assert.HasCount(4, refreshed.Observations);
        Assert.AreEqual("the recloser of feeder 7", refreshed["components"]);
        foreach (var before in opened.Observations)
            Assert.AreEqual(before.Serial, refreshed.Observations.Single(one => one.Alert == before.Alert).Serial);
    }

    [TestMethod]
    public async Task The_latest_evidence_is_that_of_alerts_which_went_on_growing()
    {
        await using var fixture = new CaseFixture();
        await fixture.OpenCaseAsync();
        var last = Samples.Of("modbus")[^1];

        await fixture.TakeAsync(last with { LastSeen = last.FirstSeen + TimeSpan.FromMinutes(30), Occurrences = 9 });
        var refreshed = await fixture.Desk.RefreshAsync("1", CaseFixture.Anna, Stop);

        Assert.AreEqual(2, refreshed.Version);
        Assert.AreEqual("2026-01-02T03:32:00Z", refreshed["lastSeenAt"]);
        Assert.AreEqual(9, refreshed.Observations[^1].Occurrences);
    }

    [TestMethod]
    public async Task Clocks_run_from_awareness_and_a_month_ends_on_its_day()
    {
        await using var fixture = new CaseFixture();
        await fixture.OpenCaseAsync();
        var aware = await SetAsync(fixture, ("awareAt", "2026-01-31T12:00:00Z"));
        fixture.Clock.SetUtcNow(new DateTimeOffset(2026, 2, 1, 13, 0, 0, TimeSpan.Zero));

        var stages = await fixture.Desk.StagesAsync(aware, Stop);

        Assert.AreEqual(StageState.Overdue, stages.Single(one => one.Stage.Id == "early-warning").State);
        Assert.AreEqual(
            new DateTimeOffset(2026, 2, 3, 12, 0, 0, TimeSpan.Zero), stages.Single(one => one.Stage.Id == "notification").Due);
        Assert.AreEqual(StageState.NotStarted, stages.Single(one => one.Stage.Id == "final").State);
        Assert.AreEqual(StageState.NotAsked, stages.Single(one => one.Stage.Id == "interim").State);
        Assert.AreEqual(
            new DateTimeOffset(2026, 2, 28, 12, 0, 0, TimeSpan.Zero),
            Exchange.Regimes.RegimeCatalogue.After(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero), "P1M"));
    }

    [TestMethod]
    public async Task An_incident_has_one_case()
    {
        await using var fixture = new CaseFixture();
        await fixture.OpenCaseAsync();

        var fault = await Assert.ThrowsExactlyAsync<ExchangeException>(() =>
            fixture.Desk.OpenAsync("1", "enwg-5d", CaseFixture.Anna, Stop));

        Assert.Contains("has a case already: case 1", fault.Message);
    }

    private Task<CaseVersion> SetAsync(CaseFixture fixture, params (string Field, string Value)[] values) =>
        fixture.Desk.SetAsync(
            "1", values.ToDictionary(one => one.Field, one => one.Value), CaseFixture.Anna, null, Stop);
}
