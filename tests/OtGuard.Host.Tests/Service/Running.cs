using System.Text.Json;
using OtGuard.Host.Commands;

namespace OtGuard.Host.Tests.Service;

/// <summary>The service while it runs in this process, until a test stops it.</summary>
internal sealed class Running : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<Uri> _answering = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<Outcome> _run;
    // The certificate is the service's own, made for this run.
    private readonly HttpClient _http = new(new HttpClientHandler
    {
        ServerCertificateCustomValidationCallback = (_, _, _, _) => true,
    });

    private Running(string[] arguments, Dictionary<string, string> environment)
    {
        var surroundings = new Surroundings(TimeProvider.System, "test")
        {
            Environment = environment,
            Stop = _stop.Token,
            Answering = _answering.SetResult,
        };
        _run = Task.Run(() => Otguard.RunAs(surroundings, arguments));
    }

    public static Running Start(params (string Name, string Value)[] environment) =>
        new(["run"], environment.ToDictionary(one => one.Name, one => one.Value));

    public static Running StartWith(string configuration) =>
        new(["run", "--config", configuration], []);

    public async Task<string> GetTextAsync(string what, CancellationToken cancellation)
    {
        // A service that ends before it answers says why.
        if (await Task.WhenAny(_answering.Task, _run) == _run) Assert.Fail((await _run).Error);
        using var answer = await _http.GetAsync(new Uri(await _answering.Task, what), cancellation);
        return await answer.Content.ReadAsStringAsync(cancellation);
    }

    public async Task<JsonElement> GetAsync(string what, CancellationToken cancellation) =>
        JsonDocument.Parse(await GetTextAsync(what, cancellation)).RootElement;

    public async Task<Outcome> StopAsync()
    {
        await _stop.CancelAsync();
        return await _run;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _run.GetAwaiter().GetResult();
        _http.Dispose();
        _stop.Dispose();
    }
}
