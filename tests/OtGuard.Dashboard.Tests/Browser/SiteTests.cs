using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using OtGuard.Alerting;
using OtGuard.Collectors;

namespace OtGuard.Dashboard.Tests.Browser;

/// <summary>
/// What the site file declares, on the page: levels on the map, announced work; and what a baseline compares.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class SiteTests : BrowserTests
{
    [TestMethod]
    [DataRow(ColorScheme.Light, "en", "Level 3: operations", "Level 1: control")]
    [DataRow(ColorScheme.Dark, "de", "Ebene 3: Betriebsführung", "Ebene 1: Steuerung")]
    public async Task The_map_stands_in_bands_by_the_levels_of_the_site_file(
        ColorScheme scheme, string language, string upper, string lower)
    {
        await using var person = await Chromium.OpenAsync(Plant.Address, scheme, language);
        await person.LogInAsync("viewer", Plant.Password);
        await person.GoAsync("/map");

        var above = await TopAsync(person, upper);
        var below = await TopAsync(person, lower);
        Assert.IsLessThan(below, above);
        Assert.IsLessThan(below, await TopAsync(person, "control"));
        await person.ShootAsync($"map-levels-{scheme}-{language}".ToLowerInvariant());
        Assert.IsEmpty(person.Complaints, string.Join('\n', person.Complaints));
    }

    [TestMethod]
    public async Task Announced_work_is_on_the_overview_and_where_alerts_are_read_with_what_it_held_back()
    {
        await using var stage = await Stage.OpenAsync();
        await stage.MakeAccountsAsync(Stop);
        var now = TimeProvider.System.GetUtcNow();
        await using (var transaction = await stage.Store.BeginAsync(Stop))
        {
            await transaction.PutWindowAsync(Window("4711", now.AddHours(-1), now.AddHours(2)), Stop);
            await transaction.PutWindowAsync(Window("4712", now.AddDays(2), now.AddDays(3)), Stop);
            await transaction.PutWindowAsync(Window("old", now.AddDays(-30), now.AddDays(-29)), Stop);
            await transaction.CommitAsync(Stop);
        }

        await stage.Pipeline.TakeAsync(
            [Replay.SampleDeviations.Of("unit-sweep", "10.9.0.1 → 10.1.0.1",
                TimeSpan.Zero) with { FirstSeen = Moment(now) }], Stop);
        await using var person = await Chromium.OpenAsync(stage.Address);
        await person.LogInAsync("operator", Stage.Password);
        await person.GoAsync("/");

        var work = person.Page.GetByRole(AriaRole.Region, new() { Name = "Announced work" }).Last;
        await Assertions.Expect(work.Locator("tbody tr")).ToHaveCountAsync(2);
        await Assertions.Expect(work.Locator("tbody tr").First).ToContainTextAsync(
            new Regex(@"4711[\s\S]*in force[\s\S]*1\s*$"));
        await Assertions.Expect(work.Locator("tbody tr").Nth(1)).ToContainTextAsync("to come");
        await person.ShootAsync("overview-work");
        await person.GoAsync("/alerts");
        await Assertions.Expect(person.Page.GetByText(
            "Order 4711 is in force: it holds back what falls into it, 1 deviations by now."))
            .ToBeVisibleAsync();
    }

    [TestMethod]
    public async Task Matrix_and_map_are_compared_with_a_baseline_that_is_chosen()
    {
        await using var person = await Chromium.OpenAsync(Plant.Address);
        await person.LogInAsync("viewer", Plant.Password);
        await person.GoAsync("/matrix");
        var cells = person.Page.Locator(".heat button.new");
        await Assertions.Expect(cells.First).ToBeVisibleAsync();
        var before = await cells.CountAsync();
        await person.Page.SelectOptionAsync("#against", "car.baseline");

        // What the plant's sources saw has nothing to be compared with now.
        await Assertions.Expect(cells).Not.ToHaveCountAsync(before);
        await person.Page.SelectOptionAsync("#against", "plant.baseline");
        await Assertions.Expect(cells).ToHaveCountAsync(before);
        await person.ShootAsync("matrix-against");

        await person.GoAsync("/map");
        var fresh = person.Page.Locator(".map .link.new");
        await Assertions.Expect(fresh.First).ToBeAttachedAsync();
        await person.Page.SelectOptionAsync("#against", "car.baseline");
        await Assertions.Expect(fresh).ToHaveCountAsync(0);
    }

    [TestMethod]
    public async Task A_baseline_is_signed_with_a_key_that_is_shown_for_it_and_a_public_one_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var person = await Chromium.OpenAsync(Plant.Address);
        await person.LogInAsync("engineer", Plant.Password);
        await person.GoAsync("/baselines");
        await person.Page.SelectOptionAsync("#baseline", "plant.baseline");
        var sign = person.Page.GetByRole(AriaRole.Button, new() { Name = "Sign this baseline" });
        await Assertions.Expect(sign).ToBeDisabledAsync();

        await person.Page.SetInputFilesAsync("#sign-key", Pem("public.pem", key.ExportSubjectPublicKeyInfoPem()));
        await sign.ClickAsync();
        await Assertions.Expect(person.Page.GetByText("It is a public key; a private one signs.")).ToBeVisibleAsync();

        await person.Page.SetInputFilesAsync("#sign-key", Pem("private.pem", key.ExportPkcs8PrivateKeyPem()));
        await person.Page.FillAsync("#sign-why", "release 7");
        await sign.ClickAsync();
        await Assertions.Expect(person.Page.GetByText("Signed.", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(person.Page.Locator("dl.facts")).ToContainTextAsync("with key");
        await person.ShootAsync("baseline-signed");
        await person.GoAsync("/audit");
        await Assertions.Expect(person.Page.Locator("main")).ToContainTextAsync("release 7");

        await using var viewer = await Chromium.OpenAsync(Plant.Address);
        await viewer.LogInAsync("operator", Plant.Password);
        await viewer.GoAsync("/baselines");
        await Assertions.Expect(viewer.Page.Locator("dl.facts")).ToBeVisibleAsync();
        await Assertions.Expect(viewer.Page.Locator("#sign-key")).ToHaveCountAsync(0);
    }

    private static FilePayload Pem(string name, string text) => new()
    {
        Name = name,
        MimeType = "application/x-pem-file",
        Buffer = System.Text.Encoding.ASCII.GetBytes(text),
    };

    private static MaintenanceWindow Window(string order, DateTimeOffset from, DateTimeOffset until) => new()
    {
        Id = $"test-{order}",
        WorkOrder = order,
        From = Moment(from),
        Until = Moment(until),
        OpenedBy = "test",
    };

    private static CaptureTime Moment(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds() * 1_000_000);

    private static async Task<double> TopAsync(Person person, string text) => double.Parse(
        (await person.Page.Locator("svg.map text.zone-name",
            new() { HasTextRegex = new Regex($"^{Regex.Escape(text)}$") }).First
            .GetAttributeAsync("y"))!,
        CultureInfo.InvariantCulture);
}
