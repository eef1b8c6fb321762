using System.Text.Json;
using OtGuard.Storage.Tests.Peers;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Configuration;

/// <summary>What a configuration names is looked at before anything depends on it.</summary>
[TestClass]
public sealed class ConfigurationDoctorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TestContext TestContext { get; set; } = null!;

    private string Config => _folder.File("otguard.json");

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Each_thing_named_is_told_sound_or_with_what_is_wrong()
    {
        File.WriteAllText(_folder.File("no.pcap"), "This is no capture.");
        var clean = Otguard.Run("simulate", "run", "substation", "--duration", "1m", "-o", _folder.File("clean"));
        Assert.AreEqual(0, clean.ExitCode, clean.Error);
        File.WriteAllText(Config, JsonSerializer.Serialize(new
        {
            data = "data",
            sources = new[]
            {
                new { name = "good", address = "clean/capture.pcap" }, new { name = "bad", address = "no.pcap" },
            },
            sinks = new
            {
                file = new[] { new { path = "told.jsonl" } },
                webhook = new[] { new { url = $"http://127.0.0.1:{PeerProcess.FreePort()}/",
                    secret = new { file = Config } } },
            },
        }));

        var run = Otguard.Run("doctor", "--config", Config, "--format", "jsonl");

        Assert.AreEqual(4, run.ExitCode);
        var sound = run.Json.ToDictionary(
            line => line.GetProperty("what").GetString()!, line => line.GetProperty("sound").GetBoolean());
        Assert.IsTrue(sound["configuration"] && sound["source good"] && sound["store"] && sound["file file"],
            run.Output);
        Assert.IsFalse(sound["source bad"] || sound["webhook webhook"], run.Output);
        Assert.Contains("cannot be reached", run.Output);
        Assert.IsFalse(File.Exists(_folder.File("told.jsonl")), "Examining sends nothing.");
        Assert.IsFalse(Directory.Exists(_folder.File("data")), "Examining makes nothing.");
    }

    [TestMethod]
    public void A_test_message_is_sent_through_one_destination_and_says_that_it_is_one()
    {
        File.WriteAllText(Config, """{ "sinks": { "file": [ { "name": "archive", "path": "told.jsonl" } ] } }""");

        var sent = Otguard.Run("doctor", "--config", Config, "--send-test", "archive");
        var unknown = Otguard.Run("doctor", "--config", Config, "--send-test", "pager");

        Assert.AreEqual(0, sent.ExitCode, sent.Output);
        Assert.Contains("It took the test message.", sent.Output);
        var alert = JsonDocument.Parse(File.ReadAllText(_folder.File("told.jsonl"))).RootElement.GetProperty("alert");
        Assert.AreEqual("test-message", alert.GetProperty("kind").GetString());
        Assert.IsTrue(alert.GetProperty("exercise").GetBoolean());
        Assert.AreEqual(2, unknown.ExitCode);
        Assert.Contains("there are archive", unknown.Error);
    }

    [TestMethod]
    public void A_destination_that_does_not_take_it_is_told_with_its_reason_and_not_with_its_secret()
    {
        File.WriteAllText(_folder.File("secret"), "hidden-word");
        File.WriteAllText(Config, JsonSerializer.Serialize(new
        {
            sinks = new
            {
                webhook = new[]
                {
                    new
                    {
                        url = $"http://127.0.0.1:{PeerProcess.FreePort()}/", secret = new { file = "secret" },
                    },
                },
            },
        }));

        var sent = Otguard.Run("doctor", "--config", Config, "--send-test", "webhook");

        Assert.AreEqual(4, sent.ExitCode);
        Assert.Contains("It did not take the test message", sent.Output);
        Assert.DoesNotContain("hidden-word", sent.Output + sent.Error);
    }

    [TestMethod]
    public async Task An_InfluxDB_server_is_asked_for_its_database_and_takes_deviations_and_series_of_a_run()
    {
        using var server = await InfluxServer.StartAsync(TestContext.CancellationToken);
        await server.CreateAsync("plant", TestContext.CancellationToken);
        Otguard.Run(
            "simulate", "run", "substation", "--duration", "2m", "--attack", "network-scan", "-o",
                _folder.File("site"));
        File.WriteAllText(_folder.File("password"), InfluxServer.Password);
        File.WriteAllText(Config, JsonSerializer.Serialize(new
        {
            data = "data",
            http = new { port = 0 },
            sources = new[] { new { name = "plant", address = "site/capture.pcap", zone = "bay" } },
            sinks = new
            {
                influx = new[]
                {
                    new
                    {
                        url = server.Url.ToString(), database = "plant", user = InfluxServer.User,
                        password = new { file = "password" },
                    },
                },
            },
        }));

        var examined = Otguard.Run("doctor", "--config", Config);
        var run = Otguard.Run("run", "--config", Config, "--until-end");

        Assert.Contains("answers for the database plant", examined.Output);
        var stored = Otguard.Run("store", "export", "deviations", "--store", _folder.File("data/otguard.store")).Lines;
        var written = await server.RowsAsync(
            "plant", "SELECT count(severity) FROM deviations", TestContext.CancellationToken);
        Assert.AreEqual(stored.Count, written[0][1].GetInt32(), run.Error);
        var traffic = await server.RowsAsync(
            "plant", "SELECT sum(frames) FROM traffic WHERE zone = 'bay'", TestContext.CancellationToken);
        Assert.IsGreaterThan(1000, traffic[0][1].GetInt32());
        Assert.DoesNotContain(InfluxServer.Password, run.Error + run.Output + examined.Output);
    }
}
