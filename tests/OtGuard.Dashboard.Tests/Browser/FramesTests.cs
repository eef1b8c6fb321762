using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;

namespace OtGuard.Dashboard.Tests.Browser;

/// <summary>The frames of an alert, field by field beside their bytes: on the page, by the web API, as files.</summary>
[TestClass]
[DoNotParallelize]
public sealed class FramesTests : BrowserTests
{
    [TestMethod]
    [DataRow(ColorScheme.Light, "en")]
    [DataRow(ColorScheme.Dark, "de")]
    public async Task A_field_and_its_bytes_are_marked_together_by_pointer_and_keyboard(ColorScheme scheme,
        string language)
    {
        await using var person = await Chromium.OpenAsync(Plant.Address, scheme, language);
        await person.LogInAsync("operator", Plant.Password);
        await person.GoAsync($"/alerts?alert={await NumberAsync("write-by-non-writer")}");
        var page = person.Page;
        await Assertions.Expect(page.Locator(".frames tbody tr.chosen")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator(".frames tbody tr.chosen")).ToContainTextAsync("●");

        var field = page.Locator("[data-field]", new() { HasText = "function code" }).First;
        await field.HoverAsync();
        await Assertions.Expect(page.Locator("[data-byte].lit")).ToHaveCountAsync(1);
        var at = await field.GetAttributeAsync("data-from");
        Assert.AreEqual(at, await page.Locator("[data-byte].lit").GetAttributeAsync("data-byte"));

        // The other way: a byte marks the fields it belongs to, and arrow keys go on from it.
        await page.Locator($"[data-byte='{at}']").FocusAsync();
        await Assertions.Expect(page.Locator("[data-field].lit").First).ToContainTextAsync("function code");
        await page.Keyboard.PressAsync("ArrowLeft");
        await Assertions.Expect(page.Locator("[data-field].lit")).ToContainTextAsync("unit identifier");
        await person.ShootAsync($"frames-{scheme}-{language}".ToLowerInvariant());

        // Frames by the keyboard: the arrow moves, Enter chooses.
        var before = await page.Locator(".dissection").InnerTextAsync();
        await page.Locator(".frames tr.chosen button").FocusAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".dissection")).Not.ToHaveTextAsync(before);
        Assert.IsEmpty(person.Complaints, string.Join('\n', person.Complaints));
        Assert.AreEqual(0, await page.Locator("a[download]").CountAsync(), "An operator takes nothing away.");
    }

    [TestMethod]
    public async Task Frames_of_a_bus_are_taken_away_as_a_log_of_candump_and_those_of_a_network_are_not()
    {
        using var http = await Plant.ClientAsync("engineer", Stop);
        var bus = await NumberAsync("unknown-identifier");
        var network = await NumberAsync("write-by-non-writer");

        var log = await http.GetStringAsync($"api/v1/alerts/{bus}/evidence?format=candump", Stop);
        using var refused = await http.GetAsync($"api/v1/alerts/{network}/evidence?format=candump", Stop);
        var capture = await http.GetByteArrayAsync($"api/v1/alerts/{network}/evidence", Stop);

        Assert.MatchesRegex(@"^\(\d{10}\.\d+\) \w+ [0-9A-F]+#[0-9A-F]*\n", log);
        Assert.AreEqual(HttpStatusCode.Conflict, refused.StatusCode);
        CollectionAssert.AreEqual(new byte[] { 0x0A, 0x0D, 0x0D, 0x0A }, capture[..4]);

        await using var person = await Chromium.OpenAsync(Plant.Address);
        await person.LogInAsync("engineer", Plant.Password);
        await person.GoAsync($"/alerts?alert={bus}");
        var link = person.Page.GetByRole(AriaRole.Link, new() { Name = "candump" });
        await Assertions.Expect(link).ToBeVisibleAsync();
        var download = await person.Page.RunAndWaitForDownloadAsync(() => link.ClickAsync());
        Assert.AreEqual($"alert-{bus}.log", download.SuggestedFilename);
        await person.ShootAsync("frames-can");
        await person.GoAsync($"/alerts?alert={network}");
        await Assertions.Expect(person.Page.GetByRole(AriaRole.Link, new() { Name = "pcapng" })).ToBeVisibleAsync();
        await Assertions.Expect(link).ToHaveCountAsync(0);
    }

    [TestMethod]
    public async Task An_alert_is_read_in_German_on_the_page_and_by_the_web_API()
    {
        var number = await NumberAsync("write-by-non-writer");
        await using var person = await Chromium.OpenAsync(Plant.Address, ColorScheme.Light, "de");
        await person.LogInAsync("operator", Plant.Password);
        await person.GoAsync($"/alerts?alert={number}&q=Schreibzugriff");

        var article = person.Page.GetByRole(AriaRole.Article);
        await Assertions.Expect(article).ToContainTextAsync("Schreibzugriff eines Teilnehmers, der nie schrieb");
        await Assertions.Expect(article.Locator(".sentence")).ToContainTextAsync("beim Lernen");
        await Assertions.Expect(article).ToContainTextAsync("Jetzt den Prozess ansehen");
        await Assertions.Expect(article).ToContainTextAsync("für diese Art von Abweichung");
        await Assertions.Expect(person.Page.Locator("#alert-rows")).ToContainTextAsync(
            "Schreibzugriff eines Teilnehmers");
        await person.ShootAsync("alert-de");

        using var http = await Plant.ClientAsync("viewer", Stop);
        http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("de");
        var answer = await http.GetFromJsonAsync<JsonElement>($"api/v1/alerts/{number}", Stop);
        Assert.Contains("beim Lernen", answer.GetProperty("alert").GetProperty("explanation").GetString()!);
    }

    [TestMethod]
    public async Task The_web_API_gives_the_frames_with_their_fields_and_marks_those_the_alert_is_about()
    {
        using var http = await Plant.ClientAsync("viewer", Stop);

        var answer = await http.GetFromJsonAsync<JsonElement>(
            $"api/v1/alerts/{await NumberAsync("write-by-non-writer")}/frames", Stop);

        var frames = answer.GetProperty("frames").EnumerateArray().ToList();
        Assert.AreEqual(answer.GetProperty("total").GetInt32(), frames.Count);
        Assert.IsFalse(answer.GetProperty("areCan").GetBoolean());
        var concerned = frames.Where(frame => frame.GetProperty("concerned").GetBoolean()).ToList();
        Assert.IsNotEmpty(concerned);
        Assert.IsLessThan(frames.Count, concerned.Count);
        Assert.Contains(
            field => field.GetProperty("layer").GetString() == "Modbus"
                && field.GetProperty("name").GetString() == "function code",
            concerned[0].GetProperty("fields").EnumerateArray());
    }

    private async Task<long> NumberAsync(string kind)
    {
        using var http = await Plant.ClientAsync("viewer", Stop);
        for (var turn = 0; ; turn++)
        {
            // Sources have ended, and what they showed is on its way through the store.
            var found = await http.GetFromJsonAsync<JsonElement>($"api/v1/alerts?state=all&kind={kind}", Stop);
            if (found.GetProperty("total").GetInt32() > 0)
                return found.GetProperty("items")[0].GetProperty("number").GetInt64();
            if (turn == 100)
            {
                var all = await http.GetFromJsonAsync<JsonElement>("api/v1/alerts?state=all", Stop);
                Assert.Fail($"{kind} is none of {string.Join(", ", all.GetProperty("items").EnumerateArray().Select(one => one.GetProperty("kind").GetString()))}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Stop);
        }
    }
}
