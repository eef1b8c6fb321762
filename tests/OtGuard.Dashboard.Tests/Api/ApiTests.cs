using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using OtGuard.Dashboard.Access;

namespace OtGuard.Dashboard.Tests.Api;

/// <summary>The web API: what it answers, what it refuses, and how it tells.</summary>
[TestClass]
public sealed class ApiTests
{
    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    public async Task An_alert_is_acknowledged_muted_unmuted_and_closed_with_a_reason_and_the_journal_tells_it()
    {
        await using var stage = await OpenAsync(3);
        using var http = await stage.ClientAsync("operator", Stop);

        foreach (var (verb, body, state) in (ReadOnlySpan<(string, object, string)>)
            [
                ("acknowledge", new { why = "" }, "acknowledged"), ("mute", new { why = "work", minutes = 60 }, "muted"),
                ("unmute", new { why = "" }, "new"), ("close", new { why = "breaker test" }, "closed"),
            ])
        {
            using var answer = http.PostAsJsonAsync($"api/v1/alerts/1/{verb}", body, Stop).Result;
            Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, verb);
            Assert.AreEqual(state, answer.Content.ReadFromJsonAsync<JsonElement>(Stop).Result.GetProperty("state").GetString());
        }

        var detail = await http.GetFromJsonAsync<JsonElement>("api/v1/alerts/1", Stop);
        CollectionAssert.AreEqual(
            new[] { "raise", "acknowledge", "mute", "unmute", "close" },
            detail.GetProperty("journal").EnumerateArray()
                .Select(entry => entry.GetProperty("act").GetProperty("verb").GetString()).ToArray());
        Assert.AreEqual(2, (await http.GetFromJsonAsync<JsonElement>("api/v1/alerts", Stop)).GetProperty("total").GetInt32());
        Assert.AreEqual(
            3, (await http.GetFromJsonAsync<JsonElement>("api/v1/alerts?state=all", Stop)).GetProperty("total").GetInt32());
    }

    [TestMethod]
    public async Task What_cannot_be_done_is_told_as_problem_details_with_the_status_that_fits()
    {
        await using var stage = await OpenAsync(1);
        using var http = await stage.ClientAsync("engineer", Stop);

        await ProblemAsync(HttpStatusCode.NotFound, http.GetAsync("api/v1/alerts/99", Stop), "no alert");
        await ProblemAsync(
            HttpStatusCode.Conflict, http.PostAsJsonAsync("api/v1/alerts/1/close", new { why = "" }, Stop), "Say why");
        await ProblemAsync(
            HttpStatusCode.NotFound, http.PostAsJsonAsync("api/v1/alerts/99/acknowledge", new { why = "" }, Stop), "no alert");
        await ProblemAsync(HttpStatusCode.NotFound, http.GetAsync("api/v1/baselines/none", Stop), "no baseline");
        await ProblemAsync(HttpStatusCode.Forbidden, http.GetAsync("api/v1/tokens?all=true", Stop), "accounts");
        await ProblemAsync(
            HttpStatusCode.BadRequest, http.PostAsync("api/v1/alerts/1/close", new StringContent("{", System.Text.Encoding.UTF8, "application/json"), Stop),
            null);
    }

    [TestMethod]
    public async Task What_is_learned_needs_a_second_person()
    {
        await using var stage = await OpenAsync(1);
        using var first = await stage.ClientAsync("engineer", Stop);
        using var second = await stage.ClientAsync("second", Stop);

        using var proposed = await first.PostAsJsonAsync("api/v1/alerts/1/learn", new { why = "new panel" }, Stop);
        Assert.AreEqual(HttpStatusCode.OK, proposed.StatusCode);
        await ProblemAsync(
            HttpStatusCode.Conflict, first.PostAsJsonAsync("api/v1/proposals/1/approve", new { why = "" }, Stop), "somebody else");
        using var approved = await second.PostAsJsonAsync("api/v1/proposals/1/approve", new { why = "seen it" }, Stop);

        Assert.AreEqual(HttpStatusCode.OK, approved.StatusCode);
        var alert = await first.GetFromJsonAsync<JsonElement>("api/v1/alerts/1", Stop);
        Assert.AreEqual("closed", alert.GetProperty("alert").GetProperty("state").GetString());
    }

    [TestMethod]
    public async Task A_change_by_cookie_without_the_header_against_forgery_changes_nothing()
    {
        await using var stage = await OpenAsync(1);
        using var http = await stage.ClientAsync("operator", Stop);
        http.DefaultRequestHeaders.Remove("X-CSRF-Token");

        await ProblemAsync(
            HttpStatusCode.BadRequest, http.PostAsJsonAsync("api/v1/alerts/1/acknowledge", new { why = "" }, Stop), "X-CSRF-Token");

        var alert = await http.GetFromJsonAsync<JsonElement>("api/v1/alerts/1", Stop);
        Assert.AreEqual("new", alert.GetProperty("alert").GetProperty("state").GetString());
    }

    [TestMethod]
    public async Task Several_alerts_are_closed_at_once_and_what_refuses_says_so_alone()
    {
        await using var stage = await OpenAsync(5);
        using var http = await stage.ClientAsync("operator", Stop);

        using var answer = await http.PostAsJsonAsync(
            "api/v1/alerts/bulk", new { alerts = new[] { "1", "2", "99", "3" }, verb = "close", why = "all the same" }, Stop);
        var result = await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);

        Assert.AreEqual(3, result.GetProperty("done").GetArrayLength());
        Assert.Contains("no alert 99", result.GetProperty("refused").GetProperty("99").GetString()!);
        await ProblemAsync(
            HttpStatusCode.Forbidden,
            http.PostAsJsonAsync("api/v1/alerts/bulk", new { alerts = new[] { "4" }, verb = "learn", why = "x" }, Stop), "learn");
    }

    [TestMethod]
    public async Task The_stream_tells_each_change_once_and_goes_on_where_it_was_left()
    {
        await using var stage = await OpenAsync(2);
        using var http = await stage.ClientAsync("operator", Stop);

        var first = await ReadAsync(http, null, () => http.PostAsJsonAsync("api/v1/alerts/1/acknowledge", new { why = "" }, Stop), 1);
        await http.PostAsJsonAsync("api/v1/alerts/2/close", new { why = "done" }, Stop);
        await http.PostAsJsonAsync("api/v1/alerts/1/close", new { why = "done" }, Stop);
        var later = await ReadAsync(http, first[0].Id, () => Task.CompletedTask, 2);

        Assert.AreEqual("acknowledged", first[0].State);
        CollectionAssert.AreEqual(new[] { 2L, 1L }, later.Select(one => one.Number).ToArray());
        Assert.IsTrue(later.All(one => one.State == "closed"));
    }

    [TestMethod]
    public async Task Filters_of_the_address_choose_as_the_page_does()
    {
        await using var stage = await OpenAsync(12);
        using var http = await stage.ClientAsync("viewer", Stop);

        async Task<int> CountAsync(string query) =>
            (await http.GetFromJsonAsync<JsonElement>($"api/v1/alerts?{query}", Stop)).GetProperty("total").GetInt32();

        Assert.AreEqual(12, await CountAsync(""));
        Assert.AreEqual(1, await CountAsync("address=10.9.0.3"));
        Assert.AreEqual(0, await CountAsync("severity=101&kind=new-asset"));
        Assert.AreEqual(12, await CountAsync("kind=write-by-non-writer&zone=control&protocol=modbus"));
        Assert.AreEqual(1, await CountAsync("q=10.9.0.5%20unit"));
        Assert.AreEqual(0, await CountAsync("state=muted"));
    }

    [TestMethod]
    public async Task The_description_names_every_endpoint_of_the_api_and_the_permission_it_needs()
    {
        await using var stage = await OpenAsync(0);
        using var http = await stage.ClientAsync("viewer", Stop);

        var description = await http.GetFromJsonAsync<JsonElement>("api/v1/openapi.json", Stop);

        var operations = description.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject()).ToList();
        Assert.IsGreaterThan(35, operations.Count);
        foreach (var operation in operations)
        {
            Assert.IsNotEmpty(operation.Value.GetProperty("summary").GetString()!, operation.Name);
            foreach (var permission in operation.Value.GetProperty("x-permissions").EnumerateArray())
                Assert.Contains(permission.GetString()!, Permissions.All);
        }
    }

    [TestMethod]
    public async Task Every_answer_forbids_browsers_what_the_page_does_not_need()
    {
        await using var stage = await OpenAsync(0);
        using var http = stage.Stranger();

        foreach (var path in new[] { "login", "api/v1/alerts", "nothing-here", "favicon.ico" })
        {
            using var answer = await http.GetAsync(path, Stop);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("script-src 'self';", policy);
            Assert.DoesNotContain("unsafe-eval", policy);
            Assert.AreEqual("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.IsFalse(answer.Headers.Contains("Server"));
        }
    }

    [TestMethod]
    public async Task A_script_that_guesses_passwords_is_slowed_down()
    {
        await using var stage = await OpenAsync(0);
        using var http = stage.Stranger();
        HttpStatusCode last = default;
        for (var n = 0; n < 40 && last != HttpStatusCode.TooManyRequests; n++)
        {
            using var answer = await http.PostAsync("session/login", new FormUrlEncodedContent([]), Stop);
            last = answer.StatusCode;
        }

        Assert.AreEqual(HttpStatusCode.TooManyRequests, last);
    }

    private static async Task ProblemAsync(HttpStatusCode status, Task<HttpResponseMessage> sent, string? text)
    {
        using var answer = await sent;
        var body = await answer.Content.ReadAsStringAsync();
        Assert.AreEqual(status, answer.StatusCode, body);
        Assert.AreEqual("application/problem+json", answer.Content.Headers.ContentType?.MediaType, body);
        if (text is not null) Assert.Contains(text, body);
    }

    private async Task<List<(string Id, long Number, string State)>> ReadAsync(
        HttpClient http, string? after, Func<Task> act, int count)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/alerts/stream");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (after is not null) request.Headers.Add("Last-Event-ID", after);
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
        await act();
        await using var stream = await answer.Content.ReadAsStreamAsync(Stop);
        List<(string, long, string)> events = [];
        await foreach (var one in SseParser.Create(stream).EnumerateAsync(Stop))
        {
            var alert = JsonDocument.Parse(one.Data).RootElement;
            events.Add((one.EventId!, alert.GetProperty("number").GetInt64(), alert.GetProperty("state").GetString()!));
            if (events.Count == count) break;
        }

        return events;
    }

    private async Task<Stage> OpenAsync(int alerts)
    {
        var stage = await Stage.OpenAsync();
        await stage.MakeAccountsAsync(Stop);
        await stage.RaiseAsync(alerts, Stop);
        // The board looks twice a second.
        while (stage.Web.Board.State.Entries.Count < alerts)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Stop);
        return stage;
    }
}
