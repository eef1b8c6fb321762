using System.IO.Compression;
using Microsoft.Playwright;
using OtGuard.Exchange.Tests.Peers;
using OtGuard.TestKit;

namespace OtGuard.Dashboard.Tests.Browser;

/// <summary>
/// A liaison brings an incident of the running service to a partner, from the first click to a verified pack.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class CaseWalkTests
{
    private static readonly string[] Secrets = ["10.20.0.", "north", "bay-1"];

    private static Chromium? _chromium;

    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [ClassInitialize]
    public static async Task StartAsync(TestContext context) => _chromium = await Chromium.StartAsync();

    [ClassCleanup]
    public static async Task EndAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
    }

    [TestMethod]
    [DataRow(ColorScheme.Light, "en")]
    [DataRow(ColorScheme.Dark, "de")]
    public async Task A_liaison_makes_a_verified_pack_of_an_incident_with_at_most_twelve_inputs(ColorScheme scheme,
        string language)
    {
        await using var plant = await Plant.StartAsync(Stop);
        await using var person = await _chromium!.OpenAsync(plant.Address, scheme, language);
        string Said(string english, string german) => language == "de" ? german : english;
        List<string> axe = [];
        await person.LogInAsync("liaison", Plant.Password);
        await person.GoAsync("/incidents/1");
        await person.Page.Locator("#escalate button").ClickAsync();
        await person.Page.WaitForURLAsync("**/cases/1");
        await person.LiveAsync();
        await Assertions.Expect(person.Page.Locator("#worksheet-title"))
            .ToContainTextAsync(Said("Early warning", "Frühe Erstmeldung"));
        await Assertions.Expect(person.Page.Locator("#stages"))
            .ToContainTextAsync(Said("Became aware", "Kenntnis erlangt"));
        await TourTests.LookAsync(person, "case-opened", scheme, axe);

        var inputs = 0;
        async Task FillAsync(string field, string value)
        {
            inputs++;
            await person.Page.FillAsync("#field-" + field, value);
        }

        async Task SelectAsync(string id, string value)
        {
            inputs++;
            await person.Page.SelectOptionAsync("#" + id, value);
        }

        await person.Page.GetByRole(AriaRole.Button,
            new() { Name = Said("Incident notification", "Meldung"), Exact = true }).ClickAsync();
        await Assertions.Expect(person.Page.Locator("#field-assessment")).ToBeVisibleAsync();
        await FillAsync("awareAt", "2026-01-12T09:00");
        await SelectAsync("field-suspectedMalicious", "yes");
        await SelectAsync("field-crossBorder", "unknown");
        await SelectAsync("field-serviceImpact", "degraded");
        await FillAsync("assessment", "A foreign host, 10.20.0.66, silenced a relay in bay-1.");
        await person.Page.Locator("#worksheet button[type=submit]").ClickAsync();
        await Assertions.Expect(person.Page.GetByText(Said("Kept as a new version.", "Als neue Version festgehalten.")))
            .ToBeVisibleAsync();
        await Assertions.Expect(person.Page.Locator("#stages")).ToContainTextAsync("2026-01-15 09:00:00");

        await SelectAsync("partner", "local");
        await SelectAsync("tlp", "amber");
        await person.Page.GetByRole(AriaRole.Button,
            new() { Name = Said("Show what would leave", "Zeigen, was hinausginge") }).ClickAsync();
        await Assertions.Expect(person.Page.Locator("#verdict")).ToContainTextAsync(
            Said("No withheld value occurs in any of it.", "Nichts Zurückgehaltenes kommt darin vor."),
            new() { Timeout = 60_000 });
        await Assertions.Expect(person.Page.Locator("#replaced")).ToContainTextAsync("10.20.0.66");
        await person.Page.SelectOptionAsync("#file", Said("report.en.pdf", "report.de.pdf"));
        await Assertions.Expect(person.Page.Locator("#contents mark[title*='10.20.0.66']").First).ToBeVisibleAsync();
        foreach (var file in new[] { "case.stix.json", "case.misp.json", "report.json", "report.de.pdf",
            "report.en.pdf", "evidence.csv", "evidence.pcapng" })
        {
            await person.Page.SelectOptionAsync("#file", file);
            await Assertions.Expect(person.Page.Locator("#contents")).ToHaveAttributeAsync("aria-label", file);
            var shown = await person.Page.Locator("#contents").InnerTextAsync();
            foreach (var secret in Secrets) Assert.DoesNotContain(secret, shown, file);
        }

        await person.Page.SelectOptionAsync("#file", Said("report.en.pdf", "report.de.pdf"));
        await person.Page.Locator("#leaving-title").ScrollIntoViewIfNeededAsync();
        await TourTests.LookAsync(person, "case-preview", scheme, axe);
        await person.Page.Locator("#contents").ScrollIntoViewIfNeededAsync();
        await person.ShootAsync($"case-contents-{scheme}".ToLowerInvariant());
        var digest = await person.Page.Locator("#digest").InnerTextAsync();
        Assert.IsTrue(await person.Page.Locator("#release button").IsDisabledAsync(),
            "Nobody lets leave what they have not seen.");
        inputs++;
        await person.Page.CheckAsync("#seen");
        await person.Page.Locator("#release button").ClickAsync();
        await Assertions.Expect(person.Page.Locator("#releases"))
            .ToContainTextAsync(digest[..12], new() { Timeout = 60_000 });
        await person.Page.Locator("#left-title").ScrollIntoViewIfNeededAsync();
        await TourTests.LookAsync(person, "case-released", scheme, axe);
        Assert.IsLessThanOrEqualTo(12, inputs);

        var download = await person.Page.RunAndWaitForDownloadAsync(() =>
            person.Page.Locator("#releases a[download]").ClickAsync());
        using var folder = new TemporaryFolder();
        await download.SaveAsAsync(folder.File("pack.zip"));
        ZipFile.ExtractToDirectory(folder.File("pack.zip"), folder.File("pack"));
        PackCheck.Verify(folder.File("pack"), "A foreign host", "Ein");
        Assert.Contains(
            digest, Tool.Run("sha256sum", ["SHA256SUMS"], folder.File("pack")).Output, "What left is what was seen.");
        foreach (var text in Directory.EnumerateFiles(folder.File("pack"))
            .Where(file => Path.GetExtension(file) is ".json" or ".csv"))
            foreach (var secret in Secrets)
                Assert.DoesNotContain(secret, await File.ReadAllTextAsync(text, Stop), text);

        // By the partner's channel, once; and a correction is a version of its own.
        await person.Page.Locator("#releases button").ClickAsync();
        await Assertions.Expect(person.Page.GetByText(Said("Handed over.", "Übergeben."), new() { Exact = true }))
            .ToBeVisibleAsync();
        Assert.AreEqual(0, await person.Page.Locator("#releases button").CountAsync());
        await person.Page.SelectOptionAsync("#field-serviceImpact", "none");
        await person.Page.FillAsync("#fields-why", "the relay answered all the time");
        await person.Page.Locator("#worksheet button[type=submit]").ClickAsync();
        await Assertions.Expect(person.Page.Locator("#versions")).ToContainTextAsync("the relay answered all the time");
        await Assertions.Expect(person.Page.Locator("#versions tbody tr")).ToHaveCountAsync(3);
        await person.GoAsync("/cases");
        await TourTests.LookAsync(person, "cases", scheme, axe);
        await person.GoAsync("/audit");
        await Assertions.Expect(person.Page.Locator("main")).ToContainTextAsync("digest " + digest);
        Assert.IsEmpty(axe, string.Join('\n', axe));
        Assert.IsEmpty(person.Complaints, string.Join('\n', person.Complaints));
    }

    [TestMethod]
    public async Task Where_a_partner_wants_two_people_the_second_lets_it_leave()
    {
        await using var plant = await Plant.StartAsync(Stop);
        await File.WriteAllTextAsync(
            Path.Combine(plant.ExchangeFolder, "partners", "two.json"),
            """{ "id": "two", "name": "Wants two people", "releasers": 2 }""", Stop);
        await using var first = await _chromium!.OpenAsync(plant.Address);
        await first.LogInAsync("liaison", Plant.Password);
        await first.GoAsync("/incidents/1");
        await first.Page.Locator("#escalate button").ClickAsync();
        await first.Page.WaitForURLAsync("**/cases/1");
        await first.LiveAsync();
        await ReleaseAsync(first);
        await Assertions.Expect(first.Page.GetByText("somebody else has to agree"))
            .ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Assertions.Expect(first.Page.GetByText("Nothing yet.")).ToBeVisibleAsync();

        await using var second = await _chromium.OpenAsync(plant.Address);
        await second.LogInAsync("administrator", "another-good-Phrase");
        await second.GoAsync("/cases/1");
        Assert.AreEqual(0, await second.Page.Locator("#worksheet").CountAsync(), "An administrator fills in nothing.");
        await ReleaseAsync(second);

        await Assertions.Expect(second.Page.Locator("#releases"))
            .ToContainTextAsync("liaison, administrator", new() { Timeout = 60_000 });
        await Assertions.Expect(first.Page.Locator("#releases")).ToContainTextAsync("liaison, administrator");
        Assert.IsEmpty(second.Complaints, string.Join('\n', second.Complaints));
    }

    /// <summary>
    /// Looks at an exchange outside of the regime with the partner that wants two people, and lets it leave.
    /// </summary>
    private static async Task ReleaseAsync(Person person)
    {
        await person.Page.SelectOptionAsync("#as", "");
        await person.Page.SelectOptionAsync("#partner", "two");
        await person.Page.GetByRole(AriaRole.Button, new() { Name = "Show what would leave" }).ClickAsync();
        await person.Page.Locator("#seen").WaitForAsync(new() { Timeout = 60_000 });
        await person.Page.CheckAsync("#seen");
        await person.Page.Locator("#release button").ClickAsync();
    }
}
