using System.Text.Json;
using System.Xml.Linq;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

/// <summary>JUnit and SARIF: what gates a pipeline.</summary>
[TestClass]
public sealed class PipelineFormatTests
{
    private const string Capture = "modbus/lemay/send_a_fake_command_modbus_6RTU_with_operate.pcap";
    private const string Labels = "modbus/lemay/send_a_fake_command_modbus_6RTU_with_operate_labeled.csv";

    [TestMethod]
    public void Junit_has_a_case_for_every_kind_and_fails_those_with_alarms()
    {
        var run = Detect("junit");

        Assert.AreEqual(1, run.ExitCode, run.Error);
        var suite = XDocument.Parse(run.Output).Root!.Element("testsuite")!;
        var cases = suite.Elements("testcase").ToArray();
        Assert.AreEqual(cases.Length, (int)suite.Attribute("tests")!);
        var failed = cases.Where(test => test.Element("failure") is not null).ToArray();
        Assert.AreEqual(failed.Length, (int)suite.Attribute("failures")!);
        var writer = failed.Single(test => test.Attribute("name")!.Value == "B3 write-by-non-writer").Element("failure")!;
        Assert.Contains("192.168.1.101", writer.Attribute("message")!.Value);
        Assert.Contains("frame 4785", writer.Value);
        Assert.Contains(test => test.Attribute("name")!.Value == "A5 address-scan" && !test.HasElements, cases);
    }

    [TestMethod]
    public void Junit_keeps_information_out_of_the_failures()
    {
        var run = Detect("junit");

        var failed = XDocument.Parse(run.Output).Descendants("failure").Select(f => f.Attribute("type")!.Value).ToArray();
        string[] alarms =
        [
            .. Detect("jsonl").Json.Where(o => o.GetProperty("level").GetString() == "alarm")
                .Select(o => o.GetProperty("kind").GetString()!).Distinct(),
        ];
        CollectionAssert.AreEquivalent(alarms, failed);
    }

    [TestMethod]
    public void Junit_carries_the_evaluation_as_properties()
    {
        var run = Detect("junit", "--labels", SharedData.PathOf(Labels));

        var evaluation = XDocument.Parse(run.Output).Descendants("testcase")
            .Single(test => test.Attribute("name")!.Value == "evaluation");
        var figures = evaluation.Descendants("property").ToDictionary(p => p.Attribute("name")!.Value, p => p.Attribute("value")!.Value);
        Assert.AreEqual("10", figures["attackFrames"]);
        Assert.AreEqual("1", figures["recall"]);
    }

    [TestMethod]
    public void Junit_of_a_clean_capture_fails_nothing()
    {
        var run = DetectIn("1-4781", "junit");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.IsEmpty(XDocument.Parse(run.Output).Descendants("failure"));
    }

    [TestMethod]
    public void Sarif_has_one_run_whose_results_point_to_their_rules()
    {
        var run = Detect("sarif");

        Assert.AreEqual(1, run.ExitCode, run.Error);
        var log = JsonDocument.Parse(run.Output).RootElement;
        Assert.AreEqual("2.1.0", log.GetProperty("version").GetString());
        var one = log.GetProperty("runs").EnumerateArray().Single();
        var rules = one.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray().ToArray();
        Assert.AreEqual(rules.Length, rules.Select(rule => rule.GetProperty("id").GetString()).Distinct().Count());
        Assert.IsTrue(rules.All(rule => rule.GetProperty("properties").GetProperty("catalogue").GetString()!.Length >= 2));
        var artifacts = one.GetProperty("artifacts").EnumerateArray().ToArray();
        var results = one.GetProperty("results").EnumerateArray().ToArray();
        Assert.IsNotEmpty(results);
        foreach (var result in results)
        {
            var rule = rules[result.GetProperty("ruleIndex").GetInt32()];
            Assert.AreEqual(rule.GetProperty("id").GetString(), result.GetProperty("ruleId").GetString());
            Assert.Contains(result.GetProperty("level").GetString()!, (string[])["error", "warning", "note"]);
            Assert.IsGreaterThan(0, result.GetProperty("message").GetProperty("text").GetString()!.Length);
            foreach (var location in result.GetProperty("locations").EnumerateArray())
            {
                var artifact = location.GetProperty("physicalLocation").GetProperty("artifactLocation");
                Assert.AreEqual(
                    artifacts[artifact.GetProperty("index").GetInt32()].GetProperty("location").GetProperty("uri").GetString(),
                    artifact.GetProperty("uri").GetString());
                Assert.IsTrue(Uri.TryCreate(artifact.GetProperty("uri").GetString(), UriKind.RelativeOrAbsolute, out _));
            }
        }
    }

    [TestMethod]
    public void Sarif_says_level_frames_and_the_same_fingerprint_as_the_lines()
    {
        var lines = Detect("jsonl").Json;

        var results = JsonDocument.Parse(Detect("sarif").Output).RootElement.GetProperty("runs")[0].GetProperty("results")
            .EnumerateArray().ToArray();

        Assert.HasCount(lines.Count, results);
        foreach (var (line, result) in lines.Zip(results))
        {
            Assert.AreEqual(
                line.GetProperty("id").GetString(),
                result.GetProperty("partialFingerprints").GetProperty("otguardDeviation/v1").GetString());
            var severity = line.GetProperty("severity").GetInt32();
            Assert.AreEqual(
                severity >= 70 ? "error" : severity >= 30 ? "warning" : "note", result.GetProperty("level").GetString());
        }

        var write = results.Single(result => result.GetProperty("ruleId").GetString() == "write-by-non-writer");
        Assert.Contains(
            "frame",
            write.GetProperty("locations")[0].GetProperty("logicalLocations")[0].GetProperty("name").GetString()!);
    }

    [TestMethod]
    public void Sarif_numbers_the_frames_of_a_second_file_within_it()
    {
        using var folder = new TemporaryFolder();
        var first = folder.File("one file.log");
        var second = folder.File("second.log");
        File.WriteAllLines(first, Enumerable.Range(0, 100).Select(i => $"({i}.000000) can0 100#{i:X2}"));
        File.WriteAllLines(second, [.. Enumerable.Range(100, 10).Select(i => $"({i}.000000) can0 100#{i:X2}"), "(110.500000) can0 555#00"]);
        Assert.AreEqual(0, Otguard.Run("learn", first, "-o", folder.File("b")).ExitCode);

        var run = Otguard.Run("detect", first, second, "-b", folder.File("b"), "--format", "sarif");

        var result = JsonDocument.Parse(run.Output).RootElement.GetProperty("runs")[0].GetProperty("results").EnumerateArray()
            .Single(r => r.GetProperty("ruleId").GetString() == "unknown-identifier");
        var location = result.GetProperty("locations").EnumerateArray().Single();
        Assert.AreEqual(1, location.GetProperty("physicalLocation").GetProperty("artifactLocation").GetProperty("index").GetInt32());
        Assert.AreEqual("frame 11", location.GetProperty("logicalLocations")[0].GetProperty("name").GetString());
    }

    private static Outcome Detect(string format, params string[] more) => DetectIn("4782-", format, more);

    private static Outcome DetectIn(string frames, string format, params string[] more)
    {
        using var folder = new TemporaryFolder();
        Otguard.Run("learn", SharedData.PathOf(Capture), "--frames", "1-4781", "-o", folder.File("b"));
        return Otguard.Run(
            ["detect", SharedData.PathOf(Capture), "-b", folder.File("b"), "--frames", frames, "--format", format, .. more]);
    }
}
