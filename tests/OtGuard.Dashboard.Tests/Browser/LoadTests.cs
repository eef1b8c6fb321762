using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

namespace OtGuard.Dashboard.Tests.Browser;

/// <summary>
/// Ten thousand alerts and five thousand assets in a real browser: what is drawn stays little, and changes arrive. What
/// it took
/// is measured and written down (the test's output), and nothing is asserted of it: that depends on the machine.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class LoadTests
{
    private const int Alerts = 10_000;
    private const int Assets = 5000;
    private const int Keys = 60;

    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    public async Task Lists_of_thousands_draw_what_is_looked_at_and_follow_what_comes()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var stage = await Stage.OpenAsync();
        await stage.MakeAccountsAsync(Stop);
        await stage.RaiseAsync(Alerts, Stop);
        stage.Plant.Picture = StillPlant.Of(Assets);
        await stage.Web.Board.RefreshAsync();
        await using var person = await chromium.OpenAsync(stage.Address);
        await person.LogInAsync("operator", Stage.Password);

        await person.GoAsync("/alerts");
        await person.GoAsync("/alerts");
        Say("alerts: first contentful paint", await PaintAsync(person), "ms");
        var rows = await person.Page.Locator("#alert-rows tbody tr").CountAsync();
        Assert.IsInRange(10, 120, rows);
        await Assertions.Expect(person.Page.GetByText("10,000 of 10,000")).ToBeVisibleAsync();
        await person.ListeningAsync();

        var waits = new List<double>();
        for (var n = 0; n < 10; n++)
        {
            var began = Stopwatch.GetTimestamp();
            await person.Page.Keyboard.PressAsync("j");
            await person.Page.WaitForFunctionAsync(
                "n => [...document.querySelectorAll('#alert-rows tr')].findIndex(r => r.classList.contains('chosen')) >= 0 && document.querySelector('tr.chosen').id != n",
                n == 0 ? "" : await person.Page.EvaluateAsync<string>("() => window.before ?? ''"),
                new() { PollingInterval = 5 });
            waits.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            await person.Page.EvaluateAsync("() => { window.before = document.querySelector('tr.chosen').id; }");
        }

        waits.Sort();
        Say("alerts: key to marked row, median of 10", waits[5], "ms");
        Say("alerts: key to marked row, slowest of 10", waits[^1], "ms");

        await person.Page.EvaluateAsync("() => { document.getElementById('alert-rows').scrollTop = 150000; }");
        await Assertions.Expect(person.Page.Locator("#alert-rows tbody tr td").Nth(2)).ToBeVisibleAsync();
        var place = await person.Page.EvaluateAsync<double>("() => document.getElementById('alert-rows').scrollTop");
        var memory = await HeapAsync(person);
        for (var n = 1; n <= 20; n++)
            await stage.RaiseAsync(Alerts + n, Stop);
        await Assertions.Expect(person.Page.GetByText("10,020 of 10,020")).ToBeVisibleAsync();
        // The reader's place is where it was.
        Assert.AreEqual(place, await person.Page.EvaluateAsync<double>("() => document.getElementById('alert-rows').scrollTop"));
        Say("alerts: script heap after opening", memory, "MiB");
        Say("alerts: script heap after twenty changes", await HeapAsync(person), "MiB");

        await person.GoAsync("/assets");
        Say("assets: first contentful paint", await PaintAsync(person), "ms");
        Assert.IsInRange(10, 120, await person.Page.Locator("table tbody tr").CountAsync());
        await Assertions.Expect(person.Page.GetByText("5,000 of 5,000")).ToBeVisibleAsync();
        await person.GoAsync("/map");
        Say("map: first contentful paint", await PaintAsync(person), "ms");
        await person.ShootAsync("load-map");
        Say("process: working set", Environment.WorkingSet / 1048576.0, "MiB");
    }

    [TestMethod]
    public async Task Keys_are_answered_and_the_place_is_kept_while_alerts_come_and_grow()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var stage = await Stage.OpenAsync();
        await stage.MakeAccountsAsync(Stop);
        await stage.RaiseAsync(Alerts, Stop);
        await stage.Web.Board.RefreshAsync();
        await using var person = await chromium.OpenAsync(stage.Address);
        await person.LogInAsync("operator", Stage.Password);
        await person.GoAsync("/alerts");
        await Assertions.Expect(person.Page.GetByText("10,000 of 10,000")).ToBeVisibleAsync();
        await person.ListeningAsync();

        // When the row was marked, by the browser's own clock: what this test takes to ask is no part of it.
        await person.Page.EvaluateAsync(
            """
            () => {
              window.waits = [];
              let pressed = null;
              document.addEventListener("keydown", () => { pressed = performance.now(); }, true);
              new MutationObserver(() => {
                const row = document.querySelector("#alert-rows tr.chosen");
                if (pressed == null || !row || row.id === window.before) return;
                window.before = row.id;
                window.waits.push(performance.now() - pressed);
                pressed = null;
              }).observe(document.getElementById("alert-rows"), { subtree: true, attributes: true, childList: true });
            }
            """);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var raised = 0;
        var replay = Task.Run(
            async () =>
            {
                for (; !end.IsCancellationRequested; raised++)
                {
                    // Half of it is new, half of it grows what is there.
                    var n = raised % 2 == 0 ? Alerts + raised : raised % 500 + 1;
                    await stage.Pipeline.TakeAsync([Stage.DeviationOf(n)], CancellationToken.None);
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
                }
            },
            Stop);
        var heap = await HeapAsync(person);
        var process = Managed();
        await PressAsync(person, 1, Keys);
        await person.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(person.Page.GetByRole(AriaRole.Article)).ToBeVisibleAsync();
        await PressAsync(person, Keys + 1, 2 * Keys);
        Say("live: script heap while it goes on, growth", await HeapAsync(person) - heap, "MiB");
        Say("live: managed memory while it goes on, growth", Managed() - process, "MiB");
        await end.CancelAsync();
        await replay;
        var waits = await person.Page.EvaluateAsync<double[]>("() => window.waits");
        Say("live: alerts raised or grown meanwhile", raised, "");
        foreach (var (what, some) in (ReadOnlySpan<(string, double[])>)[("the list", waits[..Keys]), ("an alert open", waits[Keys..])])
        {
            Array.Sort(some);
            Say($"live: key to marked row, {what}, median of {Keys}", some[Keys / 2], "ms");
            Say($"live: key to marked row, {what}, slowest of {Keys}", some[^1], "ms");
        }

        Assert.HasCount(2 * Keys, waits);
        Assert.IsGreaterThan(100, raised);
        var marked = await person.Page.EvaluateAsync<int>("() => document.querySelectorAll('#alert-rows tr.chosen').length");
        // None where what came has pushed the row out of what is drawn.
        Assert.IsInRange(0, 1, marked);
    }

    private static async Task PressAsync(Person person, int first, int last)
    {
        for (var n = first; n <= last; n++)
        {
            await person.Page.Keyboard.PressAsync("j");
            await person.Page.WaitForFunctionAsync("n => window.waits.length >= n", n, new() { PollingInterval = 10 });
            await person.Page.WaitForTimeoutAsync(100);
        }
    }

    private static double Managed() => GC.GetTotalMemory(forceFullCollection: true) / 1048576.0;

    private static Task<double> PaintAsync(Person person) => person.Page.EvaluateAsync<double>(
        "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1");

    private static async Task<double> HeapAsync(Person person)
    {
        var session = await person.Context.NewCDPSessionAsync(person.Page);
        await session.SendAsync("HeapProfiler.collectGarbage");
        var usage = await session.SendAsync("Runtime.getHeapUsage");
        await session.DetachAsync();
        return ((JsonElement)usage!).GetProperty("usedSize").GetDouble() / 1048576;
    }

    private void Say(string what, double value, string unit) =>
        TestContext.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {value:0.0} {unit}"));
}
