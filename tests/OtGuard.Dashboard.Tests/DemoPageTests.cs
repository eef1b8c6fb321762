using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using OtGuard.Host.Commands;

namespace OtGuard.Dashboard.Tests;

/// <summary>The demonstration keeps its page open, and whoever reads what it prints can log in there.</summary>
[TestClass]
[DoNotParallelize]
public sealed partial class DemoPageTests
{
    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    public async Task The_page_shows_what_was_judged_and_ends_with_the_program()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var answering = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var error = new StringWriter();
        var surroundings = new Surroundings(TimeProvider.System, "test") { Stop = stop.Token, Answering = answering.SetResult };
        var run = Task.Run(() => CommandLine.Invoke(
            ["demo", "--attack", "write-by-new-host", "--port", "0"], TextWriter.Null, TextWriter.Synchronized(error), surroundings), Stop);
        if (await Task.WhenAny(answering.Task, run) == run) Assert.Fail(error.ToString());
        var address = await answering.Task;
        var password = Password().Match(error.ToString()).Groups[1].Value;

        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() })
        {
            BaseAddress = address,
        };
        StringAssert.Contains(await http.GetStringAsync("login", Stop), "Demonstration");
        using var answer = await Plant.PostFormAsync(
            http, "login", "session/login", [new("name", "demo"), new("password", password)], Stop);
        Assert.AreEqual("/", answer.Headers.Location?.ToString());
        var alerts = await http.GetFromJsonAsync<JsonElement>("api/v1/alerts", Stop);
        Assert.IsGreaterThan(0, alerts.GetProperty("total").GetInt32());
        Assert.IsGreaterThan(5, (await http.GetFromJsonAsync<JsonElement>("api/v1/assets", Stop)).GetArrayLength());
        Assert.IsGreaterThan(0, (await http.GetFromJsonAsync<JsonElement>("api/v1/writes", Stop)).GetArrayLength());
        // An incident can go on its way at once: partners, regimes and evidence are there.
        Assert.AreEqual("exercise local",
            string.Join(' ', (await http.GetFromJsonAsync<JsonElement>("api/v1/cases/partners", Stop))
            .EnumerateArray().Select(one => one.GetProperty("id").GetString())));
        using var evidence = await http.GetAsync("api/v1/alerts/1/evidence", Stop);
        Assert.AreEqual(HttpStatusCode.OK, evidence.StatusCode);
        Assert.IsTrue(IPAddress.IsLoopback(IPAddress.Parse(address.Host)));

        await stop.CancelAsync();
        Assert.AreEqual(0, await run);
    }

    [GeneratedRegex("with the password ([a-z2-9]+)")]
    private static partial Regex Password();
}
