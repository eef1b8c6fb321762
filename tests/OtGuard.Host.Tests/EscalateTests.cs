using System.Globalization;
using System.Text.Json;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Exchange.Tests.Peers;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

/// <summary>From simulated attacks on a substation and a car to packs for a partner, by the command line alone.</summary>
[TestClass]
public sealed class EscalateTests
{
    private static TemporaryFolder? _folder;

    private static string Folder => _folder!.Path;

    private static string Plant => Path.Combine(Folder, "plant.store");

    private static string PlantCapture => Path.Combine(Folder, "plant-attacked", "capture.pcap");

    private static string Car => Path.Combine(Folder, "car.store");

    private static string CarCapture => Path.Combine(Folder, "car-attacked", "bus.log");

    [ClassInitialize]
    public static void Judge(TestContext context)
    {
        _folder = new TemporaryFolder();
        Make("substation", "plant", "10m", "capture.pcap", "network-scan", "write-by-new-host", "force-listen-only", "opcua-write-by-new-client");
        Make("vehicle", "car", "3m", "bus.log", "uds-service-scan", "security-access-brute-force", "unauthorised-reprogramming");
        Assert.AreEqual(
            0,
            Otguard.Run(
                "partners", "init", "--name", "Stadtwerke Musterstadt", "--sector", "energy", "--contact", "+49 30 5550100",
                "--store", Plant).ExitCode);
    }

    [ClassCleanup]
    public static void CleanUp() => _folder?.Dispose();

    [TestMethod]
    public void An_incident_of_a_plant_becomes_a_signed_pack_with_at_most_twelve_inputs()
    {
        string[] inputs =
        [
            "--set", "awareAt=2026-01-12T08:00:00Z", "--set", "suspectedMalicious=yes", "--set", "crossBorder=unknown",
            "--set", "serviceImpact=degraded", "--set", "assessment=A foreign host 10.20.0.66 silenced a device.",
        ];
        Assert.IsLessThanOrEqualTo(12, inputs.Length / 2);
        string[] escalate =
        [
            "escalate", "1", "--incident", "--store", Plant, "--capture", PlantCapture, "--tlp", "amber", "--stage", "notification",
        ];

        var preview = Otguard.Run([.. escalate, .. inputs, "--format", "jsonl"]);
        Assert.AreEqual(0, preview.ExitCode, preview.Output + preview.Error);
        var digest = preview.Json[0].GetProperty("digest").GetString()!;
        var packFolder = Path.Combine(Folder, "pack");
        var released = Otguard.Run([.. escalate, "--release", digest[..12], "--send", "-o", packFolder]);

        Assert.AreEqual(0, released.ExitCode, released.Output + released.Error);
        Assert.Contains("Attempt 1: accepted", released.Output);
        var names = Directory.EnumerateFiles(packFolder).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray();
        Assert.AreEqual(
            "SHA256SUMS SHA256SUMS.sig case.misp.json case.stix.json evidence.csv evidence.fields.csv evidence.pcapng report.de.pdf "
            + "report.en.pdf report.json signing.pub.pem",
            string.Join(' ', names));
        Assert.Contains("Verified OK", Run("openssl", packFolder, "dgst", "-sha256", "-verify", "signing.pub.pem", "-signature", "SHA256SUMS.sig",
            "SHA256SUMS"));
        Run("sha256sum", packFolder, "-c", "SHA256SUMS");
        var text = string.Concat(names.Where(name => name!.EndsWith(".json", StringComparison.Ordinal) || name.EndsWith(".csv", StringComparison.Ordinal))
            .Select(name => File.ReadAllText(Path.Combine(packFolder, name!))));
        Assert.DoesNotContain("10.20.0.", text);
        Assert.Contains("function code 8/4", text);
        // An independent program reads the evidence, and finds no payload and none of the plant's addresses in it.
        var frames = Run("tshark", packFolder, "-r", "evidence.pcapng", "-T", "fields", "-e", "ip.src", "-e", "tcp.len", "-e", "tcp.payload");
        Assert.IsGreaterThan(10, frames.Split('\n').Length);
        Assert.DoesNotContain("10.20.", frames);
        Assert.DoesNotContain("modbus", Run("tshark", packFolder, "-r", "evidence.pcapng", "-Y", "modbus"));
        var inspected = Otguard.Run("inspect", Path.Combine(packFolder, "evidence.pcapng"));
        Assert.AreEqual(0, inspected.ExitCode, inspected.Error);

        var pseudonym = preview.Json[0].GetProperty("replaced").EnumerateArray()
            .First(one => one.GetProperty("original").GetString() == "10.20.0.66").GetProperty("instead").GetString()!;
        Assert.Contains("10.20.0.66 (address)", Otguard.Run("partners", "reveal", "local", pseudonym, "--store", Plant).Output);
        Assert.Contains("sent ", Otguard.Run("cases", "show", "1", "--store", Plant).Output);
        Assert.AreEqual(2, Otguard.Run("escalate", "1", "--send", "--store", Plant).ExitCode, "It was delivered.");
        // What was sent is found in the history of who reads it.
        Assert.AreEqual(0, Otguard.Run("intel", "read", Path.Combine(packFolder, "case.stix.json"), "--source", "cert", "--store", Plant).ExitCode);
        var matches = Otguard.Run("intel", "match", "--store", Plant, "--format", "jsonl");
        Assert.AreEqual(1, matches.ExitCode);
        foreach (var match in matches.Json)
            Assert.AreEqual(
                "count first indicator last type",
                string.Join(' ', match.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal)));
        Assert.AreEqual(0, Otguard.Run("store", "check", "--store", Plant).ExitCode);
    }

    [TestMethod]
    public void An_incident_of_a_car_becomes_a_pack_whose_frames_keep_identifiers_and_no_payload()
    {
        var target = Path.Combine(Folder, "car-pack");
        var preview = Otguard.Run(
            "escalate", "1", "--incident", "--store", Car, "--exchange", Path.Combine(Folder, "exchange"), "--capture", CarCapture, "--tlp",
            "green", "-o", target);

        Assert.AreEqual(0, preview.ExitCode, preview.Output + preview.Error);
        var objects = JsonDocument.Parse(File.ReadAllText(Path.Combine(target, "case.stix.json"))).RootElement.GetProperty("objects");
        Assert.IsTrue(objects.EnumerateArray().Any(one => one.GetProperty("type").GetString() is "x-otguard-can-frame" or "x-otguard-exchange"));
        var extract = File.ReadAllLines(Path.Combine(target, "evidence.csv"));
        Assert.MatchesRegex(@"^1,2026-.*Z,[\d ]+,.*[0-9A-F]{3,8},.*,\d+,\d+$", extract[1]);
        Assert.IsFalse(File.Exists(Path.Combine(target, "evidence.log")), "candump without payload would say nothing.");
    }

    [TestMethod]
    public void The_demonstrations_attack_becomes_a_verified_pack_by_what_its_last_lines_say()
    {
        using var folder = new TemporaryFolder();
        var demo = Otguard.Run("demo", "--once", "--keep", folder.File("demo"));
        Assert.AreEqual(0, demo.ExitCode, demo.Error);
        var said = demo.Error.Split('\n')
            .Single(line => line.StartsWith("To bring an incident to a CERT: otguard ", StringComparison.Ordinal));
        string[] escalate = said[(said.IndexOf("otguard ", StringComparison.Ordinal) + 8)..].Split(' ',
            StringSplitOptions.RemoveEmptyEntries);
        string[] inputs =
        [
            "--set", "awareAt=2026-01-12T08:00:00Z", "--set", "suspectedMalicious=yes", "--set", "crossBorder=unknown",
        ];

        var preview = Otguard.Run([.. escalate, "--stage", "early-warning", .. inputs, "--format", "jsonl"]);
        Assert.AreEqual(0, preview.ExitCode, preview.Output + preview.Error);
        var released = Otguard.Run([
            .. escalate, "--stage", "early-warning", "--release",
            preview.Json[0].GetProperty("digest").GetString()![..12], "-o",
            folder.File("pack")]);

        Assert.AreEqual(0, released.ExitCode, released.Output + released.Error);
        PackCheck.Verify(folder.File("pack"), "Early warning", "Frühe Erstmeldung");
        Assert.IsTrue(File.Exists(folder.File("pack/evidence.pcapng")), "The frames concerned are in it.");
        var attacked = CaptureFrames(Directory.EnumerateFiles(folder.File("demo"), "*-attacked.*").ToArray());
        foreach (var (time, _) in CaptureFrames([folder.File("pack/evidence.pcapng")]))
            Assert.IsTrue(attacked.Any(one => one.Time == time));
    }

    [TestMethod]
    [DataRow("substation", "capture.pcap", "write-by-new-host")]
    [DataRow("vehicle", "bus.log", "uds-service-scan,security-access-brute-force,unauthorised-reprogramming")]
    public void What_the_service_kept_of_an_incident_leaves_as_exactly_the_frames_concerned_and_decoded(
        string site, string capture, string attacks)
    {
        using var folder = new TemporaryFolder();
        Otguard.Run([
            "simulate", "run", site, "--duration", "3m", "--seed", "2",
            .. attacks.Split(',').SelectMany(one => new[] { "--attack", one }), "-o",
            folder.File("attacked")]);
        var recorded = folder.File("attacked/" + capture);
        Otguard.Run("partners", "init", "--name", "Other", "--exchange", folder.File("exchange"));
        File.WriteAllText(folder.File("exchange/partners/trusted.json"), """
            { "id": "trusted", "name": "Trusted", "profiles": { "red": { "address": "share", "name": "share", "user": "share",
              "value": "share", "payload": "share", "publicAddress": "share", "organisation": "share", "text": "share" } } }
            """);
        File.WriteAllText(folder.File("otguard.json"), JsonSerializer.Serialize(new
        {
            data = "data",
            baseline = Path.Combine(Folder, site == "vehicle" ? "car.baseline" : "plant.baseline"),
            http = new { port = 0 },
            sources = new[] { new { name = "line", address = recorded } },
        }));
        var run = Otguard.Run("run", "--config", folder.File("otguard.json"), "--until-end");
        Assert.AreEqual(1, run.ExitCode, run.Error);
        var store = folder.File("data/otguard.store");
        string[] escalate = ["escalate", "1", "--incident", "--store", store, "--exchange", folder.File("exchange")];

        var open = Otguard.Run([.. escalate, "--partner", "trusted", "--tlp", "red", "-o", folder.File("open")]);
        var closed = Otguard.Run([.. escalate, "--partner", "local", "--tlp", "amber", "-o", folder.File("closed")]);

        Assert.AreEqual(0, open.ExitCode, open.Output + open.Error);
        Assert.AreEqual(0, closed.ExitCode, closed.Output + closed.Error);
        var incident = Otguard.Run("incidents", "show", "1", "--store", store, "--format", "jsonl").Json[0];
        var alerts = incident.GetProperty("timeline").EnumerateArray()
            .Select(step => step.GetProperty("alert").GetString()).ToHashSet();
        var concerned = Otguard.Run("cases", "show", "1", "--store", store, "--exchange", folder.File("exchange"),
            "--format", "jsonl").Json[0]
            .GetProperty("held").EnumerateArray().Where(one => alerts.Contains(one.GetProperty("alert").GetString()))
            .SelectMany(one => one.GetProperty("frames").EnumerateArray())
            .SelectMany(range => Enumerable.Range(range[0].GetInt32(), range[1].GetInt32() - range[0].GetInt32() + 1))
            .Distinct().Order().ToList();
        Assert.IsNotEmpty(concerned);
        var all = CaptureFrames([recorded]);
        CollectionAssert.AreEqual(
            concerned.Select(number => all[number - 1]).ToList(), CaptureFrames([folder.File("open/evidence.pcapng")]),
            "Frame for frame as it was recorded, and no other.");
        CollectionAssert.AreEqual(
            concerned.Select(number => all[number - 1].Time).ToList(),
            CaptureFrames([folder.File("closed/evidence.pcapng")]).ConvertAll(frame => frame.Time));
        var (fields, bare) = (File.ReadAllText(folder.File("open/evidence.fields.csv")),
            File.ReadAllText(folder.File("closed/evidence.fields.csv")));
        if (site == "vehicle")
        {
            var lines = File.ReadAllLines(recorded);
            CollectionAssert.AreEqual(
                concerned.Select(number => lines[number - 1]).ToArray(),
                File.ReadAllLines(folder.File("open/evidence.log")));
            Assert.Contains("UDS", fields);
            Assert.DoesNotContain("UDS", bare);
        }
        else
        {
            Assert.Contains("Modbus", fields);
            Assert.DoesNotContain("Modbus", bare);
            Assert.DoesNotContain("10.20.0.", bare);
        }
    }

    [TestMethod]
    public void What_a_partner_saw_is_found_in_traffic()
    {
        using var folder = new TemporaryFolder();
        var exchange = folder.File("exchange");
        Otguard.Run("partners", "init", "--name", "Other", "--exchange", exchange);
        File.WriteAllText(folder.File("event.json"), """
            {"Event":{"info":"Campaign","Attribute":[
              {"uuid":"a","type":"ip-src","value":"198.51.100.66","to_ids":true},{"uuid":"b","type":"md5","value":"x","to_ids":true}]}}
            """);
        var capture = Path.Combine(folder.Path, "attacked");
        Otguard.Run("simulate", "run", "substation", "--duration", "5m", "--seed", "2", "--attack", "internet-peer", "-o", capture);
        var peer = Otguard.Run("detect", Path.Combine(capture, "capture.pcap"), "-b", Path.Combine(Folder, "plant.baseline"), "--format", "jsonl")
            .Json.First(one => one.GetProperty("kind").GetString() == "external-peer").GetProperty("subject").GetString()!.Split(' ')[0];
        File.WriteAllText(
            folder.File("event.json"),
            File.ReadAllText(folder.File("event.json")).Replace("198.51.100.66", peer, StringComparison.Ordinal));
        var read = Otguard.Run("intel", "read", folder.File("event.json"), "--source", "cert", "--exchange", exchange, "--store", Plant);
        Assert.AreEqual(0, read.ExitCode, read.Error);
        Assert.Contains("attributes of type md5", Otguard.Run("intel", "list", "--unused", "--exchange", exchange, "--store", Plant).Output);

        var found = Otguard.Run(
            "detect", Path.Combine(capture, "capture.pcap"), "-b", Path.Combine(Folder, "plant.baseline"), "--indicators",
            Path.Combine(exchange, "intel"), "--format", "jsonl");

        var match = found.Json.Single(one => one.GetProperty("kind").GetString() == "indicator-match");
        Assert.Contains($"{peer} is an indicator of cert (“Campaign”).", match.GetProperty("explanation").GetString()!);
    }

    [TestMethod]
    public void The_service_looks_for_indicators_and_tells_of_reports_that_are_due()
    {
        using var folder = new TemporaryFolder();
        var (exchange, store) = (folder.File("exchange"), folder.File("own.store"));
        Otguard.Run("detect", PlantCapture, "-b", Path.Combine(Folder, "plant.baseline"), "--store", store);
        Otguard.Run("partners", "init", "--name", "Other", "--exchange", exchange);
        Otguard.Run("cases", "open", "1", "--exchange", exchange, "--store", store);
        Otguard.Run("cases", "set", "1", "awareAt=2026-01-12T08:00:00Z", "--exchange", exchange, "--store", store);
        var capture = Path.Combine(folder.Path, "attacked");
        Otguard.Run("simulate", "run", "substation", "--duration", "5m", "--seed", "2", "--attack", "internet-peer", "-o", capture);
        var peer = Otguard.Run("detect", Path.Combine(capture, "capture.pcap"), "-b", Path.Combine(Folder, "plant.baseline"), "--format", "jsonl")
            .Json.First(one => one.GetProperty("kind").GetString() == "external-peer").GetProperty("subject").GetString()!.Split(' ')[0];
        File.WriteAllText(
            folder.File("event.json"),
            "{\"Event\":{\"Attribute\":[{\"uuid\":\"a\",\"type\":\"ip-src\",\"value\":\"" + peer + "\",\"to_ids\":true}]}}");
        Otguard.Run("intel", "read", folder.File("event.json"), "--source", "cert", "--exchange", exchange, "--store", store);
        File.WriteAllText(folder.File("otguard.json"), JsonSerializer.Serialize(new
        {
            data = "data",
            store = new { path = store },
            baseline = Path.Combine(Folder, "plant.baseline"),
            exchange = "exchange",
            http = new { port = 0 },
            sources = new[] { new { name = "plant", address = Path.Combine(capture, "capture.pcap") } },
            sinks = new { file = new[] { new { name = "told", path = "told.jsonl" } } },
        }));

        var run = Otguard.Run("run", "--config", folder.File("otguard.json"), "--until-end");
        var again = Otguard.Run("run", "--config", folder.File("otguard.json"), "--until-end");

        Assert.AreEqual(1, run.ExitCode, run.Error);
        Assert.AreEqual(1, again.ExitCode, again.Error);
        var deviations = Otguard.Run("store", "export", "deviations", "--store", store).Output;
        Assert.Contains($"{peer} is an indicator of cert.", deviations);
        var told = File.ReadAllLines(folder.File("told.jsonl")).Where(line => line.Contains("\"report-due\"", StringComparison.Ordinal)).ToArray();
        Assert.HasCount(2, told, "The early warning and the notification, each once.");
        Assert.Contains("1 indicators to look for", Otguard.Run("doctor", "--config", folder.File("otguard.json")).Output);
        var broken = Path.Combine(exchange, "operator.json");
        File.Delete(broken);
        Assert.Contains("There is no file", Otguard.Run("run", "--config", folder.File("otguard.json"), "--until-end").Error);
    }

    [TestMethod]
    public void What_is_missing_or_wrong_is_told_in_sentences_and_by_exit_codes()
    {
        Otguard.Run("cases", "open", "1", "--store", Plant);
        var missing = Otguard.Run("escalate", "1", "--store", Plant, "--stage", "final");
        Assert.AreEqual(1, missing.ExitCode);
        Assert.Contains("Missing for final: ", missing.Output);
        Assert.Contains("'otguard cases set 1 FIELD=VALUE'", missing.Output);
        var unknown = Otguard.Run("escalate", "1", "--store", Plant, "--partner", "nobody");
        Assert.AreEqual(2, unknown.ExitCode);
        Assert.Contains("There is no partner 'nobody'; there are exercise, local.", unknown.Error);
        Assert.AreEqual(2, Otguard.Run("cases", "set", "1", "nonsense", "--store", Plant).ExitCode);
        Assert.AreEqual(2, Otguard.Run("cases", "show", "77", "--store", Plant).ExitCode);
        Assert.AreEqual(2, Otguard.Run("cases", "list", "--store", Plant, "--exchange", Path.Combine(Folder, "nowhere")).ExitCode);
        Assert.AreEqual(2, Otguard.Run("escalate", "1", "--store", Plant, "--release", "00000000").ExitCode);
        var file = Path.Combine(Folder, "exchange", "partners", "broken.json");
        File.WriteAllText(file, "{ \"id\": \"broken\", \"colour\": 1 }");
        Assert.AreEqual(3, Otguard.Run("escalate", "1", "--store", Plant, "--partner", "broken").ExitCode);
        File.Delete(file);
    }

    [TestMethod]
    public void Deadlines_are_told_and_one_that_is_over_is_an_exit_code()
    {
        Otguard.Run("cases", "open", "1", "--store", Plant);
        Otguard.Run("cases", "set", "1", "awareAt=2026-01-12T08:00:00Z", "--store", Plant);

        var due = Otguard.Run("cases", "due", "--store", Plant, "--format", "jsonl");

        Assert.AreEqual(1, due.ExitCode);
        Assert.IsTrue(due.Json.Any(one => one.GetProperty("stage").GetString() == "early-warning"
            && one.GetProperty("due").GetString() == "2026-01-13T08:00:00.000Z" && one.GetProperty("state").GetString() == "overdue"));
        Assert.HasCount(4, Otguard.Run("cases", "regimes", "--store", Plant, "--format", "jsonl").Lines);
    }

    private static void Make(string site, string name, string duration, string capture, params string[] attacks)
    {
        var (clean, attacked) = (Path.Combine(Folder, name + "-clean"), Path.Combine(Folder, name + "-attacked"));
        Otguard.Run("simulate", "run", site, "--duration", duration, "-o", clean);
        Otguard.Run([
            "simulate", "run", site, "--duration", duration, "--seed", "2", .. attacks.SelectMany(attack => new[] { "--attack", attack }),
            "-o", attacked]);
        var baseline = Path.Combine(Folder, name + ".baseline");
        Otguard.Run("learn", Path.Combine(clean, capture), "-o", baseline);
        Otguard.Run("detect", Path.Combine(attacked, capture), "-b", baseline, "--store", Path.Combine(Folder, name + ".store"));
        var incidents = Otguard.Run("incidents", "list", "--store", Path.Combine(Folder, name + ".store"), "--format", "jsonl").Lines;
        Assert.IsNotEmpty(incidents, string.Create(CultureInfo.InvariantCulture, $"{name}: no incident"));
    }

    private static List<(long Time, string Data)> CaptureFrames(string[] files)
    {
        var frames = new List<(long Time, string Data)>();
        foreach (var file in files)
        {
            using var source = CaptureFiles.Open([file]);
            while (source.TryRead(out var frame))
                frames.Add((frame.Time.UnixNanoseconds, Convert.ToHexString(frame.Data)));
        }

        return frames;
    }

    private static string Run(string program, string folder, params string[] arguments) =>
        Tool.Run(program, arguments, folder).Output;
}
