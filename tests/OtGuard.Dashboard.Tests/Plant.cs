using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OtGuard.Host.Commands;
using OtGuard.Host.Tests;
using OtGuard.TestKit;

namespace OtGuard.Dashboard.Tests;

/// <summary>
/// The whole service over a replay of an attacked substation and of a vehicle, with an account for each role. One for
/// all
/// tests of an assembly that only look; those that act have one of their own.
/// </summary>
internal sealed class Plant : IAsyncDisposable
{
    public const string Password = "a-long-enough-Passphrase";

    private static readonly Lazy<TemporaryFolder> Captures = new(Simulate);

    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly StringWriter _error;
    private readonly Task<int> _run;

    private Plant(TaskCompletionSource<Uri> answering, object configuration)
    {
        Exchange.ExchangeFolder.Create(
            ExchangeFolder,
            new Exchange.Cases.OperatorProfile
            {
                Id = Guid.NewGuid(),
                Name = "Stadtwerke Musterstadt",
                Sectors = ["energy"],
                Contact = "Leitwarte, +49 30 5550100",
            });
        File.WriteAllText(_folder.File("otguard.json"), JsonSerializer.Serialize(configuration));
        var surroundings = new Surroundings(TimeProvider.System, "test")
        {
            Environment = new Dictionary<string, string>(),
            Stop = _stop.Token,
            Answering = answering.SetResult,
        };
        _error = new StringWriter();
        var error = TextWriter.Synchronized(_error);
        _run = Task.Run(() => CommandLine.Invoke(
            ["run", "--config", _folder.File("otguard.json")], TextWriter.Null, error, surroundings));
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>A log of the vehicle with an attack in it, and its clean baseline's name.</summary>
    public static string AttackedLog => Path.Combine(Captures.Value.File("car-attacked"), "bus.log");

    public static string CleanLog => Path.Combine(Captures.Value.File("car"), "bus.log");

    public string DataFolder => _folder.File("data");

    public string ExchangeFolder => _folder.File("exchange");

    public string Error => _error.ToString();

    public static async Task<Plant> StartAsync(CancellationToken cancellation)
    {
        var captures = Captures.Value;
        var answering = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var baseline = Path.Combine(Directory.CreateTempSubdirectory("otguard-test-").FullName, "plant.baseline");
        File.Copy(captures.File("plant.baseline"), baseline);
        var plant = new Plant(answering, new
        {
            data = "data",
            baseline,
            site = captures.File("site.json"),
            dbc = new[] { Path.Combine(captures.File("car"), "vehicle.dbc") },
            http = new { port = 0 },
            exchange = "exchange",
            // What two attacks show is not to vanish in one storm.
            alerting = new { budgetPerHour = 30 },
            sources = new object[]
            {
                new { name = "plant", address = Path.Combine(captures.File("attacked"), "capture.pcap"), zone = "bay-1" },
                new { name = "car", address = CleanLog, zone = "vehicle", baseline = captures.File("car.baseline") },
                new { name = "attacked-car", address = AttackedLog, zone = "vehicle", baseline = captures.File("car.baseline") },
            },
        });
        if (await Task.WhenAny(answering.Task, plant._run) == plant._run) Assert.Fail(plant.Error);
        plant.Address = await answering.Task;
        await plant.MakeAccountsAsync(cancellation);
        // What was recorded is soon judged; the tests look at what became of it.
        using var http = await plant.ClientAsync("viewer", cancellation);
        for (var turn = 0; ; turn++)
        {
            var state = await http.GetFromJsonAsync<JsonElement>("api/v1/health", cancellation);
            var alerts = await http.GetFromJsonAsync<JsonElement>("api/v1/alerts", cancellation);
            if (state.GetProperty("sources").EnumerateArray().All(one => one.GetProperty("state").GetString() == "ended")
                && alerts.GetProperty("total").GetInt32() > 3) break;
            Assert.IsLessThan(600, turn, plant.Error);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellation);
        }

        return plant;
    }

    /// <summary>A program that shows no token and has no cookie yet.</summary>
    public HttpClient Stranger() => new(new HttpClientHandler
    {
        ServerCertificateCustomValidationCallback = (_, _, _, _) => true,
        AllowAutoRedirect = false,
        CookieContainer = new CookieContainer(),
    })
    { BaseAddress = Address };

    /// <summary>
    /// Somebody who logged in by the form, and shows the header against forgery with what they change.
    /// </summary>
    public async Task<HttpClient> ClientAsync(string name, CancellationToken cancellation, string password = Password)
    {
        var http = Stranger();
        using var answer = await PostFormAsync(
            http, "login", "session/login", [new("name", name), new("password", password)], cancellation);
        Assert.AreEqual(HttpStatusCode.Redirect, answer.StatusCode);
        var session = await http.GetFromJsonAsync<JsonElement>("api/v1/session", cancellation);
        http.DefaultRequestHeaders.Add("X-CSRF-Token", session.GetProperty("csrfToken").GetString());
        return http;
    }

    /// <summary>Sends a form of a page, with the token against forgery that the page holds.</summary>
    public static async Task<HttpResponseMessage> PostFormAsync(
        HttpClient http, string page, string to, IEnumerable<KeyValuePair<string, string>> fields, CancellationToken cancellation)
    {
        var text = await http.GetStringAsync(page, cancellation);
        const string before = "name=\"__RequestVerificationToken\" value=\"";
        var at = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
        var token = text[at..text.IndexOf('"', at)];
        using var form = new FormUrlEncodedContent([.. fields, new("__RequestVerificationToken", token)]);
        return await http.PostAsync(to, form, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        await _error.DisposeAsync();
        _stop.Dispose();
        _folder.Dispose();
    }

    private async Task MakeAccountsAsync(CancellationToken cancellation)
    {
        const string before = "with the code ";
        var at = Error.IndexOf(before, StringComparison.Ordinal) + before.Length;
        using var http = Stranger();
        using var made = await PostFormAsync(
            http, "setup", "session/setup",
            [new("code", Error[at..(at + 12)]), new("name", "administrator"), new("password", "another-good-Phrase")], cancellation);
        Assert.AreEqual("/accounts", made.Headers.Location?.ToString());
        using var administrator = await ClientAsync("administrator", cancellation, "another-good-Phrase");
        foreach (var (name, role) in (ReadOnlySpan<(string, string)>)
            [("viewer", "viewer"), ("operator", "operator"), ("engineer", "engineer"), ("second", "engineer"), ("liaison", "liaison")])
        {
            using var answer = administrator.PostAsJsonAsync(
                "api/v1/accounts", new { name, password = Password, roles = new[] { role } }, cancellation).Result;
            Assert.AreEqual(HttpStatusCode.Created, answer.StatusCode);
        }
    }

    private static TemporaryFolder Simulate()
    {
        var folder = new TemporaryFolder();
        void Run(params string[] arguments)
        {
            var outcome = Otguard.Run(arguments);
            Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        }

        Run("simulate", "run", "substation", "--duration", "10m", "-o", folder.File("clean"));
        Run(
            "simulate", "run", "substation", "--duration", "10m", "--seed", "2", "--attack", "network-scan", "--attack",
            "write-by-new-host", "--attack", "force-listen-only", "-o", folder.File("attacked"));
        Run("learn", Path.Combine(folder.File("clean"), "capture.pcap"), "-o", folder.File("plant.baseline"));
        Run("simulate", "run", "vehicle", "--duration", "3m", "-o", folder.File("car"));
        Run("simulate", "run", "vehicle", "--duration", "3m", "--seed", "2", "--attack", "unknown-id-injection", "-o", folder.File("car-attacked"));
        Run("learn", Path.Combine(folder.File("car"), "bus.log"), "-o", folder.File("car.baseline"));
        File.WriteAllText(folder.File("site.json"), """
            {
              "name": "north",
              "zones": [
                { "name": "control", "level": 3, "addresses": ["10.20.0.0/26"] },
                { "name": "bay-1", "level": 1, "addresses": ["10.20.0.96/27"] }
              ],
              "assets": [ { "address": "10.20.0.103", "name": "Feeder relay 3", "criticality": "high" } ]
            }
            """);
        return folder;
    }
}
