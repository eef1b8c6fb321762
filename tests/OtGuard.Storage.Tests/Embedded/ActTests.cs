using OtGuard.Alerting;
using OtGuard.Collectors;

namespace OtGuard.Storage.Tests.Embedded;

/// <summary>Acts are kept over restarts, within their bounds.</summary>
[TestClass]
public sealed class ActTests
{
    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    public async Task Acts_are_there_after_a_restart_the_latest_first_and_one_put_again_replaces_itself()
    {
        await using var fixture = new StoreFixture();
        await fixture.Store.Acts.PutAsync([Act("a", 1), Act("b", 2), Act("c", 3) with { Source = "other" }], Stop);
        await fixture.Store.Acts.PutAsync([Act("a", 4) with { Body = "again" }], Stop);
        await fixture.ReopenAsync();

        var kept = await fixture.Store.Acts.ListAsync("line", ActKind.Write, Stop);

        Assert.AreEqual("a again, b {}", string.Join(", ", kept.Select(act => $"{act.Key} {act.Body}")));
        Assert.IsEmpty(await fixture.Store.Acts.ListAsync("line", ActKind.Message, Stop));
    }

    [TestMethod]
    public async Task The_oldest_of_a_source_and_kind_make_room()
    {
        await using var fixture = new StoreFixture(options => options with { ActsOfASource = 3 });
        await fixture.Store.Acts.PutAsync([.. Enumerable.Range(1, 5).Select(n => Act($"k{n}", n))], Stop);
        await fixture.Store.Acts.PutAsync([Act("m", 1) with { Kind = ActKind.Message }], Stop);

        var kept = await fixture.Store.Acts.ListAsync("line", ActKind.Write, Stop);

        Assert.AreEqual("k5 k4 k3", string.Join(' ', kept.Select(act => act.Key)));
        Assert.HasCount(1, await fixture.Store.Acts.ListAsync("line", ActKind.Message, Stop));
    }

    [TestMethod]
    public async Task Acts_go_with_their_age()
    {
        await using var fixture = new StoreFixture(options => options with { SeriesAge = TimeSpan.FromDays(1) });
        var now = fixture.Clock.GetUtcNow().ToUnixTimeSeconds();
        await fixture.Store.Acts.PutAsync([Act("old", now - 2 * 86_400), Act("new", now - 3600)], Stop);

        await fixture.Store.RemoveExpiredAsync(Stop);

        Assert.AreEqual("new", (await fixture.Store.Acts.ListAsync("line", ActKind.Write, Stop)).Single().Key);
    }

    private static KeptAct Act(string key, long second) =>
        new("line", ActKind.Write, key, CaptureTime.FromSeconds(second, 0), "{}");
}
