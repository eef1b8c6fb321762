using Microsoft.Playwright;

namespace OtGuard.Dashboard.Tests.Browser;

/// <summary>Debian's Chromium, one for all tests, with a context of its own for each person.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Flags =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>Where screenshots are kept: they are looked at by people.</summary>
    public static string Screenshots { get; } = Directory.CreateDirectory(
        Environment.GetEnvironmentVariable("OTGUARD_SCREENSHOTS") is { Length: > 0 } named
            ? named
            : Path.Combine(AppContext.BaseDirectory, "screenshots")).FullName;

    public static async Task<Chromium> StartAsync()
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Find(),
            Args = Flags,
        });
        return new Chromium(playwright, browser);
    }

    /// <summary>A person with a browser of their own.</summary>
    public async Task<Person> OpenAsync(Uri address, ColorScheme scheme = ColorScheme.Light, string language = "en")
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = address.ToString(),
            IgnoreHTTPSErrors = true,
            ColorScheme = scheme,
            Locale = language,
            TimezoneId = "Europe/Berlin",
            ViewportSize = new ViewportSize { Width = 1280, Height = 720 },
        });
        context.SetDefaultTimeout(20_000);
        return new Person(context, await context.NewPageAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private static string Find()
    {
        const string program = "/usr/bin/chromium";
        if (File.Exists(program)) return program;
        var message = $"'{program}' is missing; tests/run.sh --install-peers installs it.";
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
        Assert.Inconclusive(message);
        throw new InvalidOperationException(message);
    }
}

/// <summary>Somebody at a browser.</summary>
internal sealed class Person(IBrowserContext context, IPage page) : IAsyncDisposable
{
    private readonly List<string> _complaints = Listen(page);

    public IPage Page => page;

    public IBrowserContext Context => context;

    /// <summary>What the browser complained of: blocked scripts and styles, faults of scripts.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    public async Task LogInAsync(string name, string password, string to = "/")
    {
        await page.GotoAsync($"/login?to={Uri.EscapeDataString(to)}");
        await page.FillAsync("#name", name);
        await page.FillAsync("#password", password);
        await page.ClickAsync("button[type=submit]");
        await page.WaitForURLAsync(url => !url.Contains("/login", StringComparison.Ordinal));
    }

    /// <summary>Goes to a page and waits until it is live.</summary>
    public async Task GoAsync(string path)
    {
        await page.GotoAsync(path);
        await LiveAsync();
    }

    /// <summary>Waits until the page answers clicks.</summary>
    public Task LiveAsync() => page.WaitForFunctionAsync(
        "() => 'live' in document.documentElement.dataset");

    /// <summary>Waits until the page answers keys.</summary>
    public Task ListeningAsync() => page.WaitForFunctionAsync(
        "() => 'keys' in document.documentElement.dataset");

    public Task ShootAsync(string name) => page.ScreenshotAsync(new PageScreenshotOptions
    {
        Path = Path.Combine(Chromium.Screenshots, name + ".png"),
    });

    public async ValueTask DisposeAsync() => await context.DisposeAsync();

    private static List<string> Listen(IPage page)
    {
        List<string> complaints = [];
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.Contains("status of 4", StringComparison.Ordinal)) complaints.Add(message.Text);
        };
        page.PageError += (_, fault) => complaints.Add(fault);
        return complaints;
    }
}
