using OtGuard.Replay;

namespace OtGuard.Alerting.Tests;

[TestClass]
public sealed class IncidentTests
{
    [TestMethod]
    public async Task Discovery_read_write_and_effect_of_one_actor_are_one_incident_in_order()
    {
        await using var desk = new Desk();

        await desk.Take(
            SampleDeviations.Of("address-scan", "10.0.0.66 → 10.0.0.0/24", TimeSpan.Zero),
            SampleDeviations.Of("address-sweep", "10.0.0.66 → 10.0.0.9", TimeSpan.FromMinutes(12)),
            Desk.Write(15),
            SampleDeviations.Of("unresponsive-server", "10.0.0.66 → 10.0.0.9", TimeSpan.FromMinutes(26)));

        var incident = (await desk.Store.ListIncidentsAsync(true, 10, default)).Single();
        Assert.AreEqual("Discovery Read Write Effect", string.Join(' ', incident.Timeline.Select(step => step.Phase)));
        Assert.AreEqual("10.0.0.66: discovery, read, write, effect against 10.0.0.9", incident.Title);
        Assert.Contains("+15: a write was followed by an effect", incident.SeverityReasons);
        Assert.IsTrue((await desk.Alerts()).All(alert => alert.Incident == incident.Id));
    }

    [TestMethod]
    public async Task An_actor_that_does_one_thing_over_and_over_is_no_incident()
    {
        await using var desk = new Desk();

        await desk.Take(Desk.Write(0), Desk.Write(20), Desk.Write(40, "10.0.0.8"), Desk.Write(60, "10.0.0.7"));

        Assert.IsEmpty(await desk.Store.ListIncidentsAsync(true, 10, default));
    }

    [TestMethod]
    public async Task Two_hosts_that_have_nothing_to_do_with_each_other_are_two_stories()
    {
        await using var desk = new Desk();

        await desk.Take(
            SampleDeviations.Of("address-scan", "10.0.0.66 → 10.0.0.0/24", TimeSpan.Zero),
            SampleDeviations.Of("write-by-non-writer", "10.0.0.70 → 10.0.0.9", TimeSpan.FromMinutes(1)));

        Assert.IsEmpty(await desk.Store.ListIncidentsAsync(true, 10, default));
    }

    [TestMethod]
    public async Task Who_was_written_to_and_then_acts_itself_is_a_pivot()
    {
        await using var desk = new Desk();

        await desk.Take(Desk.Write(0),
            SampleDeviations.Of("address-scan", "10.0.0.9 → 10.0.1.0/24", TimeSpan.FromMinutes(5)));

        var incident = (await desk.Store.ListIncidentsAsync(true, 10, default)).Single();
        Assert.AreEqual(IncidentLink.Pivot, incident.Timeline[1].Link);
    }

    [TestMethod]
    public async Task A_device_that_fails_after_it_was_written_to_is_the_effect()
    {
        await using var desk = new Desk();

        await desk.Take(
            Desk.Write(0), SampleDeviations.Of("unresponsive-server", "10.0.0.5 → 10.0.0.9", TimeSpan.FromMinutes(5)));

        var incident = (await desk.Store.ListIncidentsAsync(true, 10, default)).Single();
        Assert.AreEqual((AttackPhase.Effect, IncidentLink.EffectOnAsset),
            (incident.Timeline[1].Phase, incident.Timeline[1].Link));
    }

    [TestMethod]
    public async Task The_same_actor_in_two_protocols_and_at_two_sensors_is_one_incident_with_two_witnesses()
    {
        await using var desk = new Desk();

        await desk.Take(
            SampleDeviations.Of("address-scan", "10.0.0.66 → 10.0.0.0/24", TimeSpan.Zero),
            SampleDeviations.Of("first-write-to-node", "10.0.0.66 → 10.0.0.20", TimeSpan.FromMinutes(5),
                sensor: "tap-2", protocol: "opcua"));

        var incident = (await desk.Store.ListIncidentsAsync(true, 10, default)).Single();
        Assert.Contains("+5: seen in several protocols or by several sensors", incident.SeverityReasons);
    }

    [TestMethod]
    public async Task Two_incidents_that_turn_out_to_be_one_are_merged_into_the_older()
    {
        await using var desk = new Desk(new AlertingOptions { BudgetPerHour = 100 });
        await desk.Take(
            SampleDeviations.Of("address-scan", "10.0.0.66 → 10.0.0.0/24", TimeSpan.Zero), Desk.Write(1, "10.0.0.9"),
            SampleDeviations.Of("address-scan", "10.0.0.70 → 10.0.0.0/24", TimeSpan.FromMinutes(2)),
            SampleDeviations.Of("write-by-non-writer", "10.0.0.70 → 10.0.0.8", TimeSpan.FromMinutes(3)));
        Assert.HasCount(2, await desk.Store.ListIncidentsAsync(true, 10, default));

        // Who was written to by the first now writes to where the second came from: one chain after all.
        await desk.Take(
            SampleDeviations.Of("device-identification-read", "10.0.0.66 → 10.0.0.70", TimeSpan.FromMinutes(1)));

        var all = await desk.Store.ListIncidentsAsync(false, 10, default);
        var merged = all.Single(incident => incident.State == IncidentState.Merged);
        var kept = all.Single(incident => incident.State == IncidentState.Open);
        Assert.AreEqual((1L, kept.Id), (kept.Number, merged.MergedInto));
        Assert.HasCount(5, kept.Timeline);
    }

    [TestMethod]
    public async Task Closing_an_incident_closes_its_alerts()
    {
        await using var desk = new Desk();
        await desk.Take(SampleDeviations.Of("address-scan", "10.0.0.66 → 10.0.0.0/24", TimeSpan.Zero), Desk.Write(1));

        await desk.Acts.CloseIncidentAsync("1", new Author("anna", "penetration test, order 12"), default);

        Assert.IsTrue((await desk.Alerts()).All(alert => alert.State == AlertState.Closed));
        Assert.IsEmpty(await desk.Store.ListIncidentsAsync(true, 10, default));
    }

    [TestMethod]
    public async Task An_exercise_and_the_real_thing_are_never_one_incident()
    {
        await using var desk = new Desk();

        await desk.Take(
            SampleDeviations.Of("address-scan", "10.0.0.66 → 10.0.0.0/24", TimeSpan.Zero) with { Exercise = true },
                Desk.Write(1));

        Assert.IsEmpty(await desk.Store.ListIncidentsAsync(true, 10, default));
    }
}
