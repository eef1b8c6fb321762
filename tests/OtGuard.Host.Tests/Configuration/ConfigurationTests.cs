using OtGuard.Host.Configuration;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Configuration;

/// <summary>A configuration is read whole, or refused with everything that is wrong in it.</summary>
[TestClass]
public sealed class ConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void All_faults_are_told_at_once_each_with_its_key_and_what_helps()
    {
        var faults = Faults("""
            {
              "sources": [
                { "name": "a", "address": "pcan:X?bitrate=none" }, { "name": "a", "adress": "missing.pcap" },
                { "name": "c/d", "address": "missing.pcap" }
              ],
              "budget": "much", "basline": "x",
              "alerting": { "groupWithin": "10", "budgetPerHour": 1.5, "exemptFrom": 101 },
              "sinks": {
                "syslog": [ { "host": "x", "transport": "pigeon", "port": 70000 } ],
                "webhook": [ { "url": "http://user:secret-word@x/", "secret": "open-word" } ],
                "mail": {}
              }
            }
            """);

        var told = string.Join('\n', faults);
        foreach (var path in new[]
        {
            "sources[1].adress: There is no such setting. Is 'address' meant?", "sources[1].address: This is missing",
            "budget: A number belongs here", "basline: There is no such setting. Is 'baseline' meant?",
            "alerting.groupWithin: '10' is no time", "alerting.budgetPerHour: A whole number",
            "alerting.exemptFrom: 101 is none of 0 to 100",
                "sinks.syslog[0].transport: 'pigeon' is none of udp, tcp, tls.",
            "sinks.syslog[0].port: 70000", "sinks.webhook[0].url:", "sinks.webhook[0].secret: A secret does not stand",
            "sinks.mail: A list belongs here",
        })
            Assert.Contains(path, told);
        Assert.HasCount(12, faults, told);
        // Not even where it is the fault.
        Assert.DoesNotContain("open-word", told);
        Assert.DoesNotContain("secret-word", told);
    }

    [TestMethod]
    public void What_does_not_go_together_is_told_at_once_too()
    {
        var faults = Faults("""
            {
              "sources": [ { "name": "a", "address": "pcan:X?bitrate=none" }, { "name": "a", "address": "none.pcap" } ],
              "names": "none.csv",
              "alerting": { "routes": [ { "destination": "pager" } ] },
              "sinks": { "file": [ { "path": "a" }, { "path": "b" } ] },
              "http": { "address": "everywhere" }
            }
            """);

        var told = string.Join('\n', faults);
        foreach (var path in new[]
        {
            "sources[0].address: 'pcan:X?bitrate=none'", "sources[1].name: 'a' is the name of another source",
            "sources[1].address: There is no file", "names: There is no file", "sinks.file[1].name: 'file' is the name",
            "alerting.routes[0].destination: There is no destination 'pager'; there are file",
                "http.address: 'everywhere'",
        })
            Assert.Contains(path, told);
    }

    [TestMethod]
    public void Keys_left_out_keep_their_defaults_and_names_of_files_start_from_the_folder()
    {
        File.WriteAllText(_folder.File("key"), "hidden\n");
        var read = Read("""
            {
              "store": { "maximumBytes": "2GiB", "seriesAge": "7d" },
              "sinks": { "mail": [ { "host": "m", "from": "a@b", "to": ["c@d"], "password": { "file": "key" } } ] }
            }
            """);

        Assert.AreEqual(2L << 30, read.Store.MaximumBytes);
        Assert.AreEqual(TimeSpan.FromDays(7), read.Store.SeriesAge);
        Assert.AreEqual(TimeSpan.FromDays(1095), read.Store.AlertAge);
        Assert.AreEqual(Path.Combine(read.Data!, "otguard.store"), read.Store.Path);
        Assert.AreEqual(587, read.Sinks.Mail[0].Port);
        Assert.AreEqual("hidden", read.Sinks.Mail[0].Password);
        Assert.AreEqual("mail", ConfigurationFile.Routes(read).Single().Destination);
    }

    [TestMethod]
    public void The_environment_outweighs_the_file_and_holds_secrets()
    {
        var read = Read(
            """{ "http": { "port": 1 }, "sinks": { "webhook": [ { "url": "http://a/", "secret": { "file": "x" } } ] } }""",
            ("OTGUARD_HTTP__PORT", "2"), ("OTGUARD_FEED__UPDATEEVERY", "5s"),
            ("OTGUARD_SINKS__WEBHOOK__0__SECRET", "hidden"), ("OTGUARD_SINKS__WEBHOOK__1__URL", "http://b/"),
            ("OTGUARD_SINKS__WEBHOOK__1__NAME", "second"), ("OTGUARD_SINKS__WEBHOOK__1__SECRET", "too"),
            ("OTGUARD_STORE", _folder.File("my.store")));

        Assert.AreEqual(2, read.Http.Port);
        Assert.AreEqual(TimeSpan.FromSeconds(5), read.Feed.UpdateEvery);
        Assert.AreEqual("hidden", read.Sinks.Webhook[0].Secret);
        Assert.AreEqual("too", read.Sinks.Webhook[1].Secret);
        Assert.AreEqual(_folder.File("my.store"), read.Store.Path);

        var told = string.Join('\n', Faults("{}", ("OTGUARD_HTTP__PROT", "2"), ("OTGUARD_HTTP__PORT", "secret?")));
        Assert.Contains("OTGUARD_HTTP__PROT: There is no such setting", told);
        Assert.Contains("http.port: A number belongs here", told);
    }

    [TestMethod]
    public void What_is_no_JSON_is_said_with_its_line()
    {
        Assert.Contains("LineNumber: 1", Faults("{\n nothing }").Single().Text);
        Assert.Contains("An object belongs here", Faults("[]").Single().Text);
    }

    [TestMethod]
    public void The_command_tells_the_faults_and_exits_as_wrong_usage()
    {
        File.WriteAllText(_folder.File("bad.json"), """{ "sorces": [], "http": { "port": -1 } }""");

        var run = Otguard.Run("run", "--config", _folder.File("bad.json"));

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("bad.json: sorces: There is no such setting. Is 'sources' meant?", run.Error);
        Assert.Contains("bad.json: http.port: -1 is none of 0 to 65535", run.Error);
    }

    private IReadOnlyList<ConfigurationFault> Faults(string json, params (string Name, string Value)[] environment) =>
        Assert.ThrowsExactly<ConfigurationException>(() => Read(json, environment)).Faults;

    private ServiceConfiguration Read(string json, params (string Name, string Value)[] environment)
    {
        File.WriteAllText(_folder.File("otguard.json"), json);
        return ConfigurationFile.Read(
            new FileInfo(_folder.File("otguard.json")), environment.ToDictionary(one => one.Name, one => one.Value));
    }
}
