using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OtGuard.Alerting;
using OtGuard.Exchange.Tests.Peers;
using OtGuard.Replay;
using OtGuard.TestKit;

namespace OtGuard.Dashboard.Tests.Api;

/// <summary>The web API by which a program brings an incident to a partner: all that the page does.</summary>
[TestClass]
public sealed class CaseApiTests
{
    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    public async Task An_incident_is_made_a_case_filled_in_previewed_released_taken_away_and_handed_over()
    {
        await using var stage = await OpenAsync();
        using var http = await stage.ClientAsync("liaison", Stop);
        var opened = await PostAsync(http, HttpStatusCode.Created, "cases", new { incident = "1" });
        Assert.AreEqual("early-warning", opened.GetProperty("next").GetString());
        CollectionAssert.AreEqual(
            new[] { "awareAt", "suspectedMalicious", "crossBorder" },
            opened.GetProperty("stages")[0].GetProperty("missing").EnumerateArray().Select(one => one.GetString())
                .ToArray());
        var standings = (await http.GetFromJsonAsync<JsonElement>("api/v1/cases/1", Stop)).GetProperty("worksheet")
            .EnumerateArray()
            .ToDictionary(one => one.GetProperty("id").GetString()!, one => one.GetProperty("standing").GetString());
        Assert.AreEqual("observed", standings["occurredAt"]);
        Assert.AreEqual("inferred", standings["severity"]);
        Assert.AreEqual("reported", standings["entity"]);
        Assert.IsNull(standings["attribution"]);

        var filled = await PostAsync(http, HttpStatusCode.OK, "cases/1/fields", new
        {
            values = new Dictionary<string, string>
            {
                ["awareAt"] = "2026-01-12T08:00:00Z",
                ["suspectedMalicious"] = "yes",
                ["crossBorder"] = "no",
            },
        });
        Assert.AreEqual(2, filled.GetProperty("version").GetInt32());
        Assert.AreEqual("2026-01-13T08:00:00+00:00", filled.GetProperty("stages")[0].GetProperty("due").GetString());
        const string of = "partner=local&tlp=amber&stage=early-warning";
        var preview = await http.GetFromJsonAsync<JsonElement>($"api/v1/cases/1/preview?{of}", Stop);
        Assert.IsTrue(preview.GetProperty("mayLeave").GetBoolean(), preview.ToString());
        var pieces = await http.GetFromJsonAsync<JsonElement>($"api/v1/cases/1/preview/case.stix.json?{of}", Stop);
        Assert.IsTrue(pieces.EnumerateArray()
            .Any(piece => piece.GetProperty("replaced").ValueKind == JsonValueKind.Object
            && piece.GetProperty("replaced").GetProperty("original").GetString() == "10.9.0.2"));
        Assert.DoesNotContain("10.9.0.2",
            string.Concat(pieces.EnumerateArray().Select(piece => piece.GetProperty("text").GetString())));

        var digest = preview.GetProperty("digest").GetString();
        var release = await PostAsync(
            http, HttpStatusCode.Created, "cases/1/releases",
            new { partner = "local", tlp = "amber", stage = "early-warning", digest });
        var id = release.GetProperty("id").GetString();
        using var folder = new TemporaryFolder();
        await using (var pack = await http.GetStreamAsync($"api/v1/cases/1/releases/{id}/pack", Stop))
            await ZipFile.ExtractToDirectoryAsync(pack, folder.File("pack"), Stop);
        PackCheck.Verify(folder.File("pack"), "Early warning", "Frühe Erstmeldung");
        var delivery = await PostAsync(http, HttpStatusCode.OK, $"cases/1/releases/{id}/deliveries", new { });
        Assert.AreEqual("accepted", delivery.GetProperty("outcome").GetString());
        await PostAsync(http, HttpStatusCode.Conflict, $"cases/1/releases/{id}/deliveries", new { });
        var journal = (await stage.Store.ListJournalAsync(opened.GetProperty("id").GetString()!, 20, Stop))
            .Select(one => one.Act.Verb);
        CollectionAssert.AreEqual(
            new[] { JournalVerb.OpenCase, JournalVerb.ReviseCase, JournalVerb.Release, JournalVerb.TakePack,
                JournalVerb.Deliver },
            journal.ToArray());
        var listed = await http.GetFromJsonAsync<JsonElement>("api/v1/cases", Stop);
        Assert.AreEqual("sent", listed[0].GetProperty("stages")[0].GetProperty("state").GetString());
        Assert.AreEqual("notification", listed[0].GetProperty("next").GetString());
    }

    [TestMethod]
    public async Task What_was_not_seen_as_it_is_or_lacks_something_or_is_not_there_is_refused_as_problem_details()
    {
        await using var stage = await OpenAsync();
        using var http = await stage.ClientAsync("liaison", Stop);
        Assert.Contains("There is no incident 9",
            await ProblemAsync(http, HttpStatusCode.NotFound, "cases", new { incident = "9" }));
        Assert.Contains("There is no regime",
            await ProblemAsync(http, HttpStatusCode.NotFound, "cases", new { incident = "1", regime = "x" }));
        await PostAsync(http, HttpStatusCode.Created, "cases", new { incident = "1" });
        Assert.Contains("has a case already",
            await ProblemAsync(http, HttpStatusCode.Conflict, "cases", new { incident = "1" }));
        Assert.Contains(
            "takes yes, no or unknown",
            await ProblemAsync(http, HttpStatusCode.Conflict, "cases/1/fields",
                new { values = new { crossBorder = "perhaps" } }));
        Assert.Contains(
            "Missing for early-warning",
            await ProblemAsync(http, HttpStatusCode.Conflict, "cases/1/releases",
                new { stage = "early-warning", digest = "00000000" }));
        Assert.Contains(
            "Look at the preview again",
            await ProblemAsync(http, HttpStatusCode.Conflict, "cases/1/releases", new { digest = "00000000" }));
        using var nowhere = await http.GetAsync("api/v1/cases/1/preview?partner=nobody", Stop);
        Assert.AreEqual(HttpStatusCode.NotFound, nowhere.StatusCode);
        using var level = await http.GetAsync("api/v1/cases/1/preview?tlp=purple", Stop);
        Assert.AreEqual(HttpStatusCode.Conflict, level.StatusCode);
    }

    [TestMethod]
    public async Task Where_a_partner_wants_two_people_one_alone_lets_nothing_leave()
    {
        await using var stage = await OpenAsync();
        using var liaison = await stage.ClientAsync("liaison", Stop);
        using var administrator = await stage.ClientAsync("administrator", Stop);
        await PostAsync(liaison, HttpStatusCode.Created, "cases", new { incident = "1" });
        var preview = await liaison.GetFromJsonAsync<JsonElement>("api/v1/cases/1/preview?partner=two", Stop);
        var body = new { partner = "two", digest = preview.GetProperty("digest").GetString() };

        var first = await PostAsync(liaison, HttpStatusCode.Accepted, "cases/1/releases", body);
        Assert.AreEqual(2, first.GetProperty("needed").GetInt32());
        Assert.Contains("agreed already",
            await ProblemAsync(liaison, HttpStatusCode.Conflict, "cases/1/releases", body));
        Assert.AreEqual(
            0, (await liaison.GetFromJsonAsync<JsonElement>("api/v1/cases/1", Stop)).GetProperty("releases")
                .GetArrayLength());
        // What changed since is something else: nobody has agreed to that.
        await PostAsync(liaison, HttpStatusCode.OK, "cases/1/fields", new { values = new { crossBorder = "no" } });
        Assert.AreEqual(
            0, (await liaison.GetFromJsonAsync<JsonElement>("api/v1/cases/1/preview?partner=two", Stop))
                .GetProperty("agreed").GetArrayLength());
        var changed = await liaison.GetFromJsonAsync<JsonElement>("api/v1/cases/1/preview?partner=two", Stop);
        body = new { partner = "two", digest = changed.GetProperty("digest").GetString() };
        await PostAsync(liaison, HttpStatusCode.Accepted, "cases/1/releases", body);
        var release = await PostAsync(administrator, HttpStatusCode.Created, "cases/1/releases", body);

        Assert.AreEqual("administrator", release.GetProperty("by").GetString());
        Assert.AreEqual("liaison", release.GetProperty("agreed")[0].GetString());
    }

    private async Task<Stage> OpenAsync()
    {
        var stage = await Stage.OpenAsync(exchange: true);
        await stage.MakeAccountsAsync(Stop);
        await stage.Pipeline.TakeAsync(
            [
                SampleDeviations.Of("new-conversation", "10.9.0.2 → 10.1.0.2", TimeSpan.FromSeconds(1)),
                SampleDeviations.Of("write-by-non-writer", "10.9.0.2 → 10.1.0.2 unit 1", TimeSpan.FromSeconds(60)),
                SampleDeviations.Of("device-control", "10.9.0.2 → 10.1.0.2 unit 1", TimeSpan.FromSeconds(120)),
            ], Stop);
        return stage;
    }

    private async Task<JsonElement> PostAsync(HttpClient http, HttpStatusCode expected, string to, object body)
    {
        using var answer = await http.PostAsJsonAsync($"api/v1/{to}", body, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.AreEqual(expected, answer.StatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private async Task<string> ProblemAsync(HttpClient http, HttpStatusCode expected, string to, object body) =>
        (await PostAsync(http, expected, to, body)).GetProperty("detail").GetString()!;
}
