using System.Globalization;
using System.Text.Json;
using OtGuard.Storage.InfluxDb;
using OtGuard.TestKit;

namespace OtGuard.Storage.Tests.Peers;

/// <summary>Debian's InfluxDB with authentication, on a port and in a folder of its own.</summary>
internal sealed class InfluxServer : IDisposable
{
    public const string User = "otguard";
    public const string Password = "it's \"secret\"";
    private const string Admin = "admin";

    private readonly TemporaryFolder _folder = new();
    private readonly PeerProcess _process;

    private InfluxServer()
    {
        Port = PeerProcess.FreePort();
        var configuration = _folder.File("influxdb.conf");
        File.WriteAllText(
            configuration,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                reporting-disabled = true
                bind-address = "127.0.0.1:{PeerProcess.FreePort()}"
                [meta]
                  dir = "{_folder.File("meta")}"
                [data]
                  dir = "{_folder.File("data")}"
                  wal-dir = "{_folder.File("wal")}"
                [http]
                  bind-address = "127.0.0.1:{Port}"
                  auth-enabled = true
                """));
        _process = new PeerProcess("influxd", "-config", configuration);
    }

    public int Port { get; }

    public Uri Url => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/"));

    public static async Task<InfluxServer> StartAsync(CancellationToken cancellation)
    {
        var server = new InfluxServer();
        await server.BringBackAsync(cancellation);
        await server.CommandAsync($"CREATE USER {Admin} WITH PASSWORD 'admin' WITH ALL PRIVILEGES", cancellation);
        await server.CommandAsync($"CREATE USER {User} WITH PASSWORD {InfluxClient.Text(Password)}", cancellation);
        return server;
    }

    public InfluxOptions Options(string database) =>
        new() { Url = Url, Database = database, User = User, Password = Password };

    public InfluxOptions AdminOptions(string database) => Options(database) with { User = Admin, Password = Admin };

    /// <summary>Creates a database that the user may use.</summary>
    public async Task CreateAsync(string database, CancellationToken cancellation)
    {
        using var client = new InfluxClient(AdminOptions(database));
        Assert.IsTrue((await client.SetUpAsync(cancellation)).IsReady);
        await CommandAsync($"GRANT ALL ON {InfluxClient.Name(database)} TO {User}", cancellation);
    }

    /// <summary>The rows of a question's first series, each with its time in front.</summary>
    public async Task<IReadOnlyList<JsonElement[]>> RowsAsync(string database, string question,
        CancellationToken cancellation)
    {
        using var client = new InfluxClient(AdminOptions(database));
        var answer = await client.QueryAsync(question, cancellation);
        Assert.IsNull(InfluxClient.ErrorOf(answer.Text), answer.Text);
        var result = JsonDocument.Parse(answer.Text).RootElement.GetProperty("results")[0];
        return result.TryGetProperty("series", out var series)
            ? [.. series[0].GetProperty("values").EnumerateArray().Select(row => row.EnumerateArray().ToArray())]
            : [];
    }

    public void Kill() => _process.Kill();

    public async Task BringBackAsync(CancellationToken cancellation)
    {
        _process.Start();
        using var http = new HttpClient { BaseAddress = Url };
        await PeerProcess.UntilReadyAsync(async () => (await http.GetAsync("ping", cancellation)).IsSuccessStatusCode,
            cancellation);
    }

    public void Dispose()
    {
        _process.Dispose();
        _folder.Dispose();
    }

    private async Task CommandAsync(string command, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = Url };
        using var content = new FormUrlEncodedContent([new("q", command)]);
        // While there is no user, the first one may be made by anybody.
        using var response = await http.PostAsync($"query?u={Admin}&p={Admin}", content, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        Assert.IsNull(InfluxClient.ErrorOf(text), text);
    }
}
