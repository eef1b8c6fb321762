using System.Text.Json;
using Microsoft.Playwright;
using OtGuard.TestKit;

namespace OtGuard.Dashboard.Tests.Browser;

/// <summary>Every page in both themes, as somebody sees it: looked at by axe-core, and kept as a picture.</summary>
[TestClass]
[DoNotParallelize]
public sealed class TourTests : BrowserTests
{
    private static readonly string[] Pages =
    [
        "", "alerts", "alerts?alert=1", "incidents", "incidents/1", "assets", "map", "matrix", "signals", "writes", "can",
        "baselines", "sensors", "audit", "me",
    ];

    [TestMethod]
    [DataRow(ColorScheme.Light, "en")]
    [DataRow(ColorScheme.Dark, "de")]
    public async Task No_page_has_a_violation_that_axe_core_finds_in_either_theme(ColorScheme scheme, string language)
    {
        List<string> found = [];
        await using var person = await Chromium.OpenAsync(Plant.Address, scheme, language);
        await person.Page.GotoAsync("/login");
        await LookAsync(person, "login", scheme, found);
        await person.LogInAsync("engineer", Plant.Password);
        foreach (var page in Pages)
        {
            await person.GoAsync("/" + page);
            await LookAsync(person, page.Length == 0 ? "overview" : page, scheme, found);
        }

        await person.Context.ClearCookiesAsync();
        await person.LogInAsync("administrator", "another-good-Phrase");
        await person.GoAsync("/accounts");
        await LookAsync(person, "accounts", scheme, found);
        await person.GoAsync("/cases");
        await LookAsync(person, "cases-none", scheme, found);

        Assert.IsEmpty(found, string.Join('\n', found));
        Assert.IsEmpty(person.Complaints, string.Join('\n', person.Complaints));
    }

    internal static async Task LookAsync(Person person, string page, ColorScheme scheme, List<string> found)
    {
        // A picture of what came a moment after: trends are drawn, lists filled.
        await person.Page.WaitForTimeoutAsync(700);
        var name = page.Replace('/', '-').Replace('?', '-').Replace('=', '-');
        await person.ShootAsync($"{name}-{scheme}".ToLowerInvariant());
        // By way of the debugger: the page's own policy lets no script in.
        await person.Page.EvaluateAsync($"() => {{ {await File.ReadAllTextAsync(AxeCore.Path)} }}");
        var violations = await person.Page.EvaluateAsync<JsonElement>(
            """
            async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
              .violations.map(v => `${v.id}: ${v.help} [${v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join('; ')}]`)
            """);
        found.AddRange(violations.EnumerateArray().Select(one => $"{page} ({scheme}): {one.GetString()}"));
    }
}

/// <summary>axe-core from the npm packages of tests/peers.</summary>
internal static class AxeCore
{
    public static string Path
    {
        get
        {
            var path = System.IO.Path.Combine(
                SharedData.RepositoryRoot, "tests", "peers", "web", "node_modules", "axe-core", "axe.min.js");
            if (File.Exists(path)) return path;
            var message = "axe-core is missing; tests/run.sh --install-peers installs it.";
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
            Assert.Inconclusive(message);
            return path;
        }
    }
}
