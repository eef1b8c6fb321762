namespace OtGuard.Alerting.Tests;

[TestClass]
public sealed class DeskTests
{
    private static readonly Author Anna = new("anna", "looked into it");
    private static readonly Author Ben = new("ben", "seen it too");

    [TestMethod]
    public async Task Every_act_is_in_the_journal_with_who_when_and_why()
    {
        await using var desk = new Desk();
        await desk.Take(Desk.Write());

        await desk.Acts.AcknowledgeAsync("1", Anna, default);
        desk.Clock.Advance(TimeSpan.FromMinutes(7));
        await desk.Acts.CloseAsync("1", Ben, default);

        var acts = (await desk.Store.ListJournalAsync((await desk.Alert(1)).Id, 10, default)).Select(entry => entry.Act)
            .ToList();
        Assert.AreEqual("Raise Acknowledge Close", string.Join(' ', acts.Select(act => act.Verb)));
        Assert.AreEqual(("ben", "seen it too", desk.Clock.GetUtcNow()),
            (acts[2].Author.Who, acts[2].Author.Why, acts[2].At));
        Assert.IsNull((await desk.Store.CheckJournalAsync(default)).Single().BrokenAt);
    }

    [TestMethod]
    public async Task What_was_closed_is_raised_again_as_an_alert_that_names_the_first()
    {
        await using var desk = new Desk();
        await desk.Take(Desk.Write());
        await desk.Acts.CloseAsync("1", Anna, default);

        await desk.Take(Desk.Write(1));

        var again = await desk.Alert(2);
        Assert.AreEqual((await desk.Alert(1)).Id, again.Repeats);
        Assert.Contains("-5: closed by a person before", again.SeverityReasons);
    }

    [TestMethod]
    public async Task Learn_changes_nothing_until_a_second_person_approves()
    {
        await using var desk = new Desk();
        await desk.Take(Desk.Write());
        var proposal = await desk.Acts.LearnAsync("1", Anna, default);
        Assert.AreEqual(AlertState.New, (await desk.Alert(1)).State);

        var own = await Assert.ThrowsExactlyAsync<AlertDeskException>(() =>
            desk.Acts.ApproveAsync("1", Anna with { Who = "ANNA" }, default));
        Assert.Contains("somebody else", own.Message);
        var approved = await desk.Acts.ApproveAsync("1", Ben, default);
        await desk.Take(Desk.Write(30));

        Assert.AreEqual((proposal.Id, ProposalState.Approved, "ben"),
            (approved.Id, approved.State, approved.DecidedBy));
        Assert.AreEqual(AlertState.Closed, (await desk.Alerts()).Single().State);
        Assert.AreEqual("fingerprint:closed-before learned:approved-1", await desk.TrailOf(Desk.Write(30)));
    }

    [TestMethod]
    public async Task What_was_approved_holds_for_the_baseline_it_was_judged_by_only()
    {
        await using var desk = new Desk();
        await desk.Take(Desk.Write());
        await desk.Acts.LearnAsync("1", Anna, default);
        await desk.Acts.ApproveAsync("1", Ben, default);

        await desk.Take(Desk.Write(30) with { Baseline = "b2" });

        Assert.HasCount(2, await desk.Alerts());
    }

    [TestMethod]
    public async Task Closing_muting_and_learning_want_a_reason()
    {
        await using var desk = new Desk();
        await desk.Take(Desk.Write());
        var silent = new Author("anna", " ");

        await Assert.ThrowsExactlyAsync<AlertDeskException>(() => desk.Acts.CloseAsync("1", silent, default));
        await Assert.ThrowsExactlyAsync<AlertDeskException>(() => desk.Acts.MuteAsync("1", null, silent, default));
        await Assert.ThrowsExactlyAsync<AlertDeskException>(() => desk.Acts.LearnAsync("1", silent, default));
        Assert.AreEqual(AlertState.New, (await desk.Alert(1)).State);
    }

    [TestMethod]
    public async Task What_cannot_be_done_says_why()
    {
        await using var desk = new Desk();
        await desk.Take(Desk.Write());
        await desk.Acts.CloseAsync("1", Anna, default);

        foreach (var (act, word) in new (Func<Task> Act, string Word)[]
        {
            (() => desk.Acts.AcknowledgeAsync("1", Anna, default), "closed"),
            (() => desk.Acts.CloseAsync("1", Anna, default), "closed already"),
            (() => desk.Acts.MuteAsync("1", null, Anna, default), "only an open one"),
            (() => desk.Acts.UnmuteAsync("1", Anna, default), "not muted"),
            (() => desk.Acts.AcknowledgeAsync("99", Anna, default), "no alert 99"),
            (() => desk.Acts.ApproveAsync("7", Anna, default), "no proposal 7"),
            (() => desk.Acts.CloseIncidentAsync("5", Anna, default), "no incident 5"),
        })
        {
            Assert.Contains(word, (await Assert.ThrowsExactlyAsync<AlertDeskException>(act)).Message);
        }
    }

    [TestMethod]
    public void An_entry_that_says_something_else_has_another_hash()
    {
        var act = new JournalAct(DateTimeOffset.UnixEpoch, new Author("anna", "ab"), JournalVerb.Close, "c", "d");
        var entry = JournalEntry.Next("chain", null, act);

        Assert.IsTrue(entry.IsIntact);
        Assert.IsFalse((entry with { Act = act with { Author = new Author("annaa", "b") } }).IsIntact);
        Assert.IsFalse((entry with { Act = act with { At = act.At.AddTicks(1) } }).IsIntact);
        Assert.IsFalse((entry with { Previous = new string('1', 64) }).IsIntact);
        Assert.AreEqual(entry.Hash, JournalEntry.Next("chain", entry, act).Previous);
    }
}
