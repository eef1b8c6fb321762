namespace OtGuard.Dashboard.Tests.Browser;

/// <summary>
/// Tests in a real browser against a running service. Each class has both anew, one class after the other: what is static here is
/// that of the class that runs.
/// </summary>
public abstract class BrowserTests
{
    private static Plant? _plant;
    private static Chromium? _chromium;

    public required TestContext TestContext { get; init; }

    /// <summary>The service.</summary>
    private protected static Plant Plant => _plant!;

    /// <summary>The browser.</summary>
    private protected static Chromium Chromium => _chromium!;

    protected CancellationToken Stop => TestContext.CancellationToken;

    [ClassInitialize(InheritanceBehavior.BeforeEachDerivedClass)]
    public static async Task StartAsync(TestContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _chromium = await Chromium.StartAsync();
        _plant = await Plant.StartAsync(context.CancellationToken);
    }

    [ClassCleanup(InheritanceBehavior.BeforeEachDerivedClass)]
    public static async Task EndAsync()
    {
        if (_plant is not null) await _plant.DisposeAsync();
        if (_chromium is not null) await _chromium.DisposeAsync();
    }
}
