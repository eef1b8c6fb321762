using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using OtGuard.Alerting;
using OtGuard.Dashboard.Access;

namespace OtGuard.Dashboard.Tests.Access;

/// <summary>Who comes in, who is locked out, and what the journal knows of it.</summary>
[TestClass]
public sealed class AccountTests
{
    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    public async Task The_first_account_is_made_by_the_code_and_by_nothing_else_and_once()
    {
        await using var stage = await Stage.OpenAsync();
        var desk = stage.Web.Accounts;
        var code = await desk.SetUpCodeAsync(Stop);

        await Assert.ThrowsExactlyAsync<AccountException>(() => desk.SetUpAsync("AAAA2222BBBB", "eve", Stage.Password, Stop));
        var made = await desk.SetUpAsync(code!.ToLowerInvariant().Insert(4, "-"), "ada", Stage.Password, Stop);

        CollectionAssert.AreEqual(new[] { AccountRole.Administrator }, made.Roles.ToArray());
        await Assert.ThrowsExactlyAsync<AccountException>(() => desk.SetUpAsync(code, "eve", Stage.Password, Stop));
        Assert.IsNull(await desk.SetUpCodeAsync(Stop));
    }

    [TestMethod]
    public async Task Wrong_passwords_lock_an_account_for_a_while_and_the_right_one_does_not_open_it()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 8, 0, 0, TimeSpan.Zero));
        await using var stage = await Stage.OpenAsync(clock);
        await stage.MakeAccountsAsync(Stop);
        var desk = stage.Web.Accounts;

        for (var n = 0; n < 5; n++) Assert.IsNull(await desk.LogInAsync("operator", "wrong", Stop));
        Assert.IsNull(await desk.LogInAsync("operator", Stage.Password, Stop));
        clock.Advance(TimeSpan.FromMinutes(14));
        Assert.IsNull(await desk.LogInAsync("operator", Stage.Password, Stop));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.IsNotNull(await desk.LogInAsync("OPERATOR", Stage.Password, Stop));

        var journal = await stage.Store.ListJournalAsync("account operator", 100, Stop);
        Assert.AreEqual(7, journal.Count(entry => entry.Act.Verb == JournalVerb.RefuseLogIn));
        Assert.AreEqual(1, journal.Count(entry => entry.Act.Verb == JournalVerb.LogIn));
        Assert.IsTrue((await stage.Store.CheckJournalAsync(Stop)).All(check => check.BrokenAt is null));
    }

    [TestMethod]
    public async Task An_unknown_name_is_refused_as_a_wrong_password_is_and_noted()
    {
        await using var stage = await Stage.OpenAsync();
        await stage.MakeAccountsAsync(Stop);
        using var http = stage.Stranger();

        using var unknown = await Plant.PostFormAsync(
            http, "login", "session/login", [new("name", "mallory"), new("password", "guess")], Stop);
        using var wrong = await Plant.PostFormAsync(
            http, "login", "session/login", [new("name", "viewer"), new("password", "guess")], Stop);

        Assert.AreEqual(unknown.Headers.Location, wrong.Headers.Location);
        Assert.HasCount(1, await stage.Store.ListJournalAsync("account mallory", 10, Stop));
    }

    [TestMethod]
    public async Task A_log_in_leads_to_pages_of_this_service_alone()
    {
        await using var stage = await Stage.OpenAsync();
        await stage.MakeAccountsAsync(Stop);
        foreach (var (to, expected) in (ReadOnlySpan<(string, string)>)
            [("/alerts?state=all", "/alerts?state=all"), ("//evil.example", "/"), ("https://evil.example", "/"), (@"/\evil.example", "/")])
        {
            using var http = stage.Stranger();
            using var answer = Plant.PostFormAsync(
                http, "login", "session/login", [new("name", "viewer"), new("password", Stage.Password), new("to", to)], Stop).Result;
            Assert.AreEqual(expected, answer.Headers.Location?.OriginalString);
        }
    }

    [TestMethod]
    public async Task A_change_of_roles_ends_the_sessions_and_less_is_permitted_to_the_tokens()
    {
        await using var stage = await Stage.OpenAsync();
        await stage.MakeAccountsAsync(Stop);
        using var http = await stage.ClientAsync("engineer", Stop);
        using var issued = await http.PostAsJsonAsync(
            "api/v1/tokens", new { name = "script", scopes = new[] { "read", "triage" }, days = 10 }, Stop);
        var text = (await issued.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("text").GetString()!;
        using var script = stage.Stranger();
        script.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", text);
        var before = await script.GetFromJsonAsync<JsonElement>("api/v1/session", Stop);

        using var administrator = await stage.ClientAsync("administrator", Stop);
        using var changed = await administrator.PatchAsJsonAsync("api/v1/accounts/engineer", new { roles = new[] { "viewer" } }, Stop);

        Assert.AreEqual(HttpStatusCode.OK, changed.StatusCode);
        using var after = await http.GetAsync("api/v1/session", Stop);
        Assert.AreEqual(HttpStatusCode.Unauthorized, after.StatusCode);
        CollectionAssert.AreEqual(new[] { "read", "triage" }, Texts(before));
        CollectionAssert.AreEqual(new[] { "read" }, Texts(await script.GetFromJsonAsync<JsonElement>("api/v1/session", Stop)));
        static string[] Texts(JsonElement session) =>
            [.. session.GetProperty("permissions").EnumerateArray().Select(one => one.GetString()!)];
    }

    [TestMethod]
    public async Task A_token_ends_with_its_time_its_revocation_and_its_account_and_is_stored_as_a_hash()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 8, 0, 0, TimeSpan.Zero));
        await using var stage = await Stage.OpenAsync(clock);
        await stage.MakeAccountsAsync(Stop);
        var desk = stage.Web.Accounts;
        var user = AccountDesk.PrincipalOf((await stage.Store.Accounts.FindAccountAsync("operator", Stop))!);
        var (token, text) = await desk.IssueTokenAsync(user, "short", [Permissions.Read], TimeSpan.FromDays(1), Stop);
        var (revoked, other) = await desk.IssueTokenAsync(user, "revoked", [Permissions.Read], TimeSpan.FromDays(9), Stop);

        Assert.IsNotNull(await desk.FindByTokenAsync(text, Stop));
        Assert.IsNull(await desk.FindByTokenAsync(text[..^1] + (text[^1] == '0' ? '1' : '0'), Stop));
        Assert.DoesNotContain(text.Split('_')[2], AlertingJson.Write(await stage.Store.Accounts.FindTokenAsync(token.Id, Stop)));
        await desk.RevokeTokenAsync(user, revoked.Id, Stop);
        Assert.IsNull(await desk.FindByTokenAsync(other, Stop));
        clock.Advance(TimeSpan.FromDays(1));
        Assert.IsNull(await desk.FindByTokenAsync(text, Stop));
        await Assert.ThrowsExactlyAsync<AccountException>(
            () => desk.IssueTokenAsync(user, "more", [Permissions.Learn], TimeSpan.FromDays(1), Stop));
    }

    [TestMethod]
    public async Task The_last_administrator_cannot_be_removed_blocked_or_made_something_else()
    {
        await using var stage = await Stage.OpenAsync();
        await stage.MakeAccountsAsync(Stop);
        var desk = stage.Web.Accounts;
        var user = AccountDesk.PrincipalOf((await stage.Store.Accounts.FindAccountAsync("administrator", Stop))!);

        await Assert.ThrowsExactlyAsync<AccountException>(() => desk.RemoveAsync(user, "administrator", Stop));
        await Assert.ThrowsExactlyAsync<AccountException>(() => desk.ChangeAsync(user, "administrator", null, true, Stop));
        await Assert.ThrowsExactlyAsync<AccountException>(
            () => desk.ChangeAsync(user, "administrator", [AccountRole.Viewer], null, Stop));
        Assert.HasCount(6, await desk.ListAsync(user, Stop));
    }

    [TestMethod]
    [DataRow("short")]
    [DataRow("operator-operator")]
    [DataRow("aaaaaaaaaaaaaaaa")]
    public async Task A_password_that_is_easily_guessed_is_refused(string password)
    {
        await using var stage = await Stage.OpenAsync();

        await Assert.ThrowsExactlyAsync<AccountException>(
            () => stage.Web.Accounts.CreateDemonstrationAsync("operator", password, [AccountRole.Operator], Stop));
    }
}
