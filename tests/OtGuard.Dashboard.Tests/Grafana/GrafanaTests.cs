using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using OtGuard.Host.Tests;
using OtGuard.Storage.Tests.Peers;
using OtGuard.TestKit;

namespace OtGuard.Dashboard.Tests.Grafana;

/// <summary>Every query of the dashboards, against a real InfluxDB with what a replay wrote there.</summary>
[TestClass]
public sealed class GrafanaTests
{
    private const string Database = "otguard";

    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    public async Task Every_query_of_every_panel_and_variable_finds_values()
    {
        using var server = await InfluxServer.StartAsync(Stop);
        await server.CreateAsync(Database, Stop);
        using var folder = new TemporaryFolder();
        var (first, last) = Replay(server, folder);

        List<string> without = [];
        var asked = 0;
        foreach (var file in Directory.EnumerateFiles(
            Path.Combine(SharedData.RepositoryRoot, "dashboards", "grafana", "dashboards"), "*.json").Order())
        {
            var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(file, Stop)).RootElement;
            // What somebody may choose, one after the other; where all may be chosen, that.
            var values = new Dictionary<string, List<string>>();
            foreach (var variable in dashboard.GetProperty("templating").GetProperty("list").EnumerateArray())
            {
                var name = variable.GetProperty("name").GetString()!;
                var rows = await server.RowsAsync(Database, variable.GetProperty("query").GetString()!, Stop);
                if (rows.Count == 0) without.Add($"{Path.GetFileName(file)}: variable {name}");
                values[name] = variable.GetProperty("includeAll").GetBoolean() ? [".*"]
                    : [.. rows.Select(row => row[1].GetString()!)];
            }

            foreach (var panel in dashboard.GetProperty("panels").EnumerateArray())
            {
                foreach (var target in panel.GetProperty("targets").EnumerateArray())
                {
                    asked++;
                    var found = false;
                    var text = target.GetProperty("query").GetString()!;
                    foreach (var query in Fill(text, values, first, last))
                        found = found || (await server.RowsAsync(Database, query, Stop)).Count > 0;
                    if (!found) without.Add($"{Path.GetFileName(file)}: {panel.GetProperty("title").GetString()}: {text}");
                }
            }
        }

        Assert.IsGreaterThan(12, asked);
        Assert.IsEmpty(without, string.Join('\n', without));
    }

    /// <summary>What Grafana puts into a query before it sends it.</summary>
    private static IEnumerable<string> Fill(
        string query, Dictionary<string, List<string>> values, DateTimeOffset from, DateTimeOffset until)
    {
        query = query
            .Replace("$timeFilter", string.Create(
                CultureInfo.InvariantCulture,
                $"time >= {from.ToUnixTimeMilliseconds()}ms and time <= {until.ToUnixTimeMilliseconds()}ms"), StringComparison.Ordinal)
            .Replace("$__interval", "30s", StringComparison.Ordinal);
        IEnumerable<string> filled = [query];
        foreach (var (name, choices) in values)
            filled = filled.SelectMany(one => choices.Select(choice => one.Replace(
                "$" + name, choice == ".*" ? choice : Regex.Escape(choice), StringComparison.Ordinal)));
        return filled.Distinct();
    }

    private static (DateTimeOffset First, DateTimeOffset Last) Replay(InfluxServer server, TemporaryFolder folder)
    {
        void Run(int code, params string[] arguments)
        {
            var outcome = Otguard.Run(arguments);
            Assert.AreEqual(code, outcome.ExitCode, outcome.Error);
        }

        Run(0, "simulate", "run", "substation", "--duration", "5m", "-o", folder.File("clean"));
        Run(
            0, "simulate", "run", "substation", "--duration", "5m", "--seed", "2", "--attack", "network-scan", "--attack",
            "write-by-new-host", "--attack", "force-listen-only", "-o", folder.File("attacked"));
        Run(0, "learn", Path.Combine(folder.File("clean"), "capture.pcap"), "-o", folder.File("plant.baseline"));
        File.WriteAllText(folder.File("password"), InfluxServer.Password);
        File.WriteAllText(folder.File("otguard.json"), JsonSerializer.Serialize(new
        {
            data = "data",
            baseline = "plant.baseline",
            http = new { port = 0 },
            sources = new[]
            {
                new { name = "plant", address = Path.Combine(folder.File("attacked"), "capture.pcap"), site = "north", zone = "bay-1" },
            },
            sinks = new
            {
                influx = new[]
                {
                    new { name = "influx", url = server.Url, database = Database, user = InfluxServer.User, password = new { file = "password" } },
                },
            },
        }));
        Run(1, "run", "--config", folder.File("otguard.json"), "--until-end");
        // The simulated day; wide enough for all of it.
        var day = new DateTimeOffset(2026, 1, 12, 0, 0, 0, TimeSpan.Zero);
        return (day, day.AddDays(1));
    }
}
