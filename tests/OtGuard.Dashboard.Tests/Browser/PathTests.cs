using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace OtGuard.Dashboard.Tests.Browser;

/// <summary>
/// What each person comes for, from the first page to the end, in a real browser against the running service.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class PathTests : BrowserTests
{
    [TestMethod]
    public async Task An_engineer_goes_from_the_overview_to_a_learned_exception_that_a_second_person_approves()
    {
        await using var first = await OpenAsync("engineer");
        await using var second = await OpenAsync("second");
        await second.GoAsync("/baselines");
        await Assertions.Expect(second.Page.GetByText("None was made.")).ToBeVisibleAsync();

        await first.GoAsync("/");
        await first.Page.GetByRole(AriaRole.Link, new() { Name = "Controllers probed" }).First.ClickAsync();
        await Assertions.Expect(first.Page.GetByRole(AriaRole.Article)).ToContainTextAsync("What to check");
        await first.ListeningAsync();
        await first.Page.Keyboard.PressAsync("l");
        await first.Page.FillAsync("#act-why", "the new inventory tool, order 4711");
        await first.Page.Locator("dialog button[type=submit]").ClickAsync();
        await Assertions.Expect(first.Page.GetByText("Learn: 1 alerts.")).ToBeVisibleAsync();
        await first.ShootAsync("path-learned");

        // The second person's page shows it without being loaded again; the first may not approve.
        await first.GoAsync("/baselines");
        await Assertions.Expect(first.Page.GetByText("somebody else has to approve")).ToBeVisibleAsync();
        await second.Page.GetByRole(AriaRole.Button, new() { Name = "Approve", Exact = true }).ClickAsync();
        await Assertions.Expect(second.Page.GetByText("is approved: its alert is closed.")).ToBeVisibleAsync();
        await second.ShootAsync("path-approved");

        await first.GoAsync("/alerts?state=closed");
        await Assertions.Expect(first.Page.Locator("#alert-rows")).ToContainTextAsync("Controllers probed");
        await first.GoAsync("/audit");
        await Assertions.Expect(first.Page.Locator("main")).ToContainTextAsync("the new inventory tool, order 4711");
        await first.Page.GetByRole(AriaRole.Button, new() { Name = "Check the chain" }).ClickAsync();
        await Assertions.Expect(first.Page.GetByText("entries follow each other")).ToBeVisibleAsync();
        Assert.IsEmpty(first.Complaints, string.Join('\n', first.Complaints));
    }

    [TestMethod]
    public async Task An_operator_works_through_alerts_by_the_keyboard_and_another_page_shows_it_within_a_second_or_two()
    {
        await using var acting = await OpenAsync("operator");
        await using var watching = await OpenAsync("viewer");
        await watching.GoAsync("/alerts?kind=port-scan");
        await acting.GoAsync("/alerts?kind=port-scan");
        await Assertions.Expect(watching.Page.Locator("#alert-rows tbody tr td", new() { HasText = "new" }).First).ToBeVisibleAsync();

        await acting.ListeningAsync();
        await acting.Page.Keyboard.PressAsync("j");
        await acting.Page.Keyboard.PressAsync("a");
        await acting.Page.Locator("dialog button[type=submit]").ClickAsync();

        await Assertions.Expect(watching.Page.Locator("#alert-rows")).ToContainTextAsync(
            "acknowledged", new() { Timeout = 5000 });
        Assert.AreEqual(0, await watching.Page.GetByRole(AriaRole.Button, new() { Name = "Acknowledge" }).CountAsync());
    }

    [TestMethod]
    public async Task A_filter_lives_in_the_address_and_the_way_back_leads_through_it()
    {
        await using var person = await OpenAsync("viewer");
        await person.GoAsync("/alerts");
        await person.Page.SelectOptionAsync("#f-severity", "80");
        await Assertions.Expect(person.Page).ToHaveURLAsync(new Regex(@"/alerts\?severity=80$"));
        await person.Page.SelectOptionAsync("#f-kind", "write-by-non-writer");
        await Assertions.Expect(person.Page).ToHaveURLAsync(new Regex(@"/alerts\?severity=80&kind=write-by-non-writer$"));
        await Assertions.Expect(person.Page.GetByRole(AriaRole.Status).First).ToBeVisibleAsync();
        await person.Page.GoBackAsync();
        await Assertions.Expect(person.Page.Locator("#f-kind")).ToHaveValueAsync("");
        await Assertions.Expect(person.Page.Locator("#f-severity")).ToHaveValueAsync("80");
    }

    [TestMethod]
    public async Task A_tester_drops_a_log_and_reads_the_verdict()
    {
        await using var person = await OpenAsync("engineer");
        await person.GoAsync("/can");
        await person.Page.SelectOptionAsync("#by", "car.baseline");
        await person.Page.SetInputFilesAsync("input[type=file]", Plant.AttackedLog);
        await Assertions.Expect(person.Page.GetByText("Failed")).ToBeVisibleAsync(new() { Timeout = 90_000 });
        await Assertions.Expect(person.Page.Locator("main")).ToContainTextAsync("judged by car.baseline");
        await person.ShootAsync("path-verdict");

        await person.Page.SetInputFilesAsync(
            "input[type=file]", new FilePayload { Name = "notes.log", MimeType = "text/plain", Buffer = "no log at all\n"u8.ToArray() });
        await Assertions.Expect(person.Page.Locator(".fault", new() { HasText = "notes" })).ToBeVisibleAsync();
        Assert.IsEmpty(person.Complaints, string.Join('\n', person.Complaints));
    }

    [TestMethod]
    public async Task An_administrator_makes_an_account_that_logs_in_and_is_shut_out_when_it_is_blocked()
    {
        await using var administrator = await Chromium.OpenAsync(Plant.Address);
        await administrator.LogInAsync("administrator", "another-good-Phrase");
        await administrator.GoAsync("/accounts");
        await administrator.Page.FillAsync("#new-name", "night-shift");
        await administrator.Page.FillAsync("#new-password", "some-other-Phrase-42");
        await administrator.Page.GetByRole(AriaRole.Button, new() { Name = "Make the account" }).ClickAsync();
        await Assertions.Expect(administrator.Page.GetByText("The account night-shift is made.")).ToBeVisibleAsync();

        await using var person = await Chromium.OpenAsync(Plant.Address);
        await person.LogInAsync("night-shift", "some-other-Phrase-42");
        await person.GoAsync("/alerts");
        await administrator.Page.GetByRole(AriaRole.Button, new() { Name = "Block night-shift" }).ClickAsync();
        await Assertions.Expect(administrator.Page.GetByText("night-shift is blocked.")).ToBeVisibleAsync();
        await person.Page.GotoAsync("/assets");
        await person.Page.WaitForURLAsync("**/login**");
    }

    [TestMethod]
    [DataRow("viewer", new[] { "audit", "accounts", "cases" })]
    [DataRow("operator", new[] { "audit", "accounts", "cases" })]
    [DataRow("engineer", new[] { "accounts", "cases" })]
    [DataRow("liaison", new[] { "accounts" })]
    public async Task A_role_is_neither_shown_nor_let_onto_pages_it_may_not_see(string role, string[] refused)
    {
        await using var person = await OpenAsync(role);
        await person.GoAsync("/");
        foreach (var page in refused)
        {
            Assert.AreEqual(0, await person.Page.Locator($"nav a[href='/{page}']").CountAsync());
            await person.Page.GotoAsync("/" + page);
            await Assertions.Expect(person.Page.GetByRole(AriaRole.Heading, new() { Name = "Not permitted" })).ToBeVisibleAsync();
        }
    }

    private static async Task<Person> OpenAsync(string name)
    {
        var person = await Chromium.OpenAsync(Plant.Address);
        await person.LogInAsync(name, Plant.Password);
        return person;
    }
}
