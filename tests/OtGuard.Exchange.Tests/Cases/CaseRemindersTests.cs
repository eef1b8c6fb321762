using OtGuard.Alerting;
using OtGuard.Alerting.Sinks;
using OtGuard.Exchange.Cases;
using OtGuard.TestKit;

namespace OtGuard.Exchange.Tests.Cases;

[TestClass]
public sealed class CaseRemindersTests
{
    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    public async Task People_are_reminded_once_when_time_runs_out_and_once_when_it_is_over_by_the_ways_of_alerts()
    {
        await using var fixture = new CaseFixture();
        await fixture.OpenCaseAsync();
        await fixture.Desk.SetAsync(
            "1", new Dictionary<string, string> { ["awareAt"] = "2026-01-02T03:30:00Z" }, CaseFixture.Anna, null, Stop);
        Task<IReadOnlyList<string>> RemindAsync() =>
            new CaseReminders(fixture.Desk, fixture.Store, fixture.Clock).RemindAsync(["liaison"], Stop);

        Assert.IsEmpty(await RemindAsync());
        fixture.Clock.Advance(TimeSpan.FromHours(19));
        Assert.Contains("the early warning is due at 2026-01-03 03:30 UTC; missing are suspectedMalicious, crossBorder", (await RemindAsync()).Single());
        Assert.IsEmpty(await RemindAsync());
        await fixture.ReopenAsync();
        Assert.IsEmpty(await RemindAsync());
        fixture.Clock.Advance(TimeSpan.FromHours(6));
        Assert.Contains("was due at", (await RemindAsync()).Single());
        Assert.IsEmpty(await RemindAsync());

        var waiting = (await fixture.Store.Outbox.PeekAsync("liaison", 10, fixture.Clock.GetUtcNow(), Stop)).Messages;
        Assert.HasCount(2, waiting);
        var telling = Telling.Of(waiting[0])!;
        Assert.AreEqual("report-due", telling.Kind);
        Assert.AreEqual("case 1, early-warning", telling.Subject);
        Assert.HasCount(2, (await fixture.Store.ListJournalAsync(null, 100, Stop)).Where(one => one.Act.Verb == JournalVerb.Remind).ToArray());
    }

    [TestMethod]
    public async Task A_backup_put_back_makes_the_same_pseudonyms_and_signs_with_the_same_key()
    {
        await using var fixture = new CaseFixture();
        using var other = new TemporaryFolder();
        var keys = fixture.Exchange.KeysOf(fixture.Partner("cert"));
        keys.Rotate();
        var before = keys.Pseudonyms().OfAddress("10.20.0.66");
        var key = Evidence.PackSignatureKey(fixture.Exchange.Keys);
        var archive = fixture.File("backup.tar.gz");

        Assert.IsGreaterThan(4, ExchangeBackup.Write(fixture.Exchange, archive));
        var restored = ExchangeBackup.Restore(archive, other.File("exchange"));

        Assert.AreEqual(before, restored.KeysOf(restored.Partner("cert")).Pseudonyms().OfAddress("10.20.0.66"));
        Assert.AreEqual(2, restored.KeysOf(restored.Partner("cert")).Epoch);
        Assert.AreEqual(key, Evidence.PackSignatureKey(restored.Keys));
        Assert.ThrowsExactly<ExchangeException>(() => ExchangeBackup.Restore(archive, other.File("exchange")));
        Assert.ThrowsExactly<ExchangeException>(() => ExchangeBackup.Write(fixture.Exchange, archive));
        if (!OperatingSystem.IsWindows())
        {
            Assert.AreEqual(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(archive));
            Assert.AreEqual(
                UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(restored.Keys, "signing.pem")));
        }

        File.WriteAllText(fixture.File("no.tar.gz"), "nothing");
        Assert.ThrowsExactly<ExchangeFormatException>(() => ExchangeBackup.Restore(fixture.File("no.tar.gz"), other.File("second")));
    }

    private static class Evidence
    {
        public static string PackSignatureKey(string keys) => Exchange.Evidence.PackSignature.PublicKey(keys);
    }
}
