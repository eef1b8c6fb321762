using OtGuard.Host.Commands;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

/// <summary>A capture judged into a store, and what people do with what it raised.</summary>
[TestClass]
public sealed class AlertsTests
{
    private static TemporaryFolder? _folder;
    private static Outcome? _detected;

    private static string Folder => _folder!.Path;

    private static string Store => Path.Combine(Folder, "plant.store");

    [ClassInitialize]
    public static void Judge(TestContext context)
    {
        _folder = new TemporaryFolder();
        var (clean, attacked) = (Path.Combine(Folder, "clean"), Path.Combine(Folder, "attacked"));
        Otguard.Run("simulate", "run", "substation", "--duration", "10m", "-o", clean);
        Otguard.Run(
            "simulate", "run", "substation", "--duration", "10m", "--seed", "2", "--attack", "network-scan", "--attack",
                "write-by-new-host",
            "--attack", "force-listen-only", "-o", attacked);
        Otguard.Run("learn", Path.Combine(clean, "capture.pcap"), "-o", Path.Combine(Folder, "plant.baseline"));
        _detected = Detect();
    }

    [ClassCleanup]
    public static void CleanUp() => _folder?.Dispose();

    [TestMethod]
    public void What_detect_finds_is_in_the_store_and_judged_again_changes_nothing()
    {
        Assert.AreEqual(1, _detected!.ExitCode);
        Assert.MatchesRegex("plant.store: [1-9][0-9]* deviations stored, 0 grown, 0 known; [1-9][0-9]* alerts raised",
            _detected.Error);

        Assert.Contains("0 deviations stored, 0 grown,", Detect().Error);

        var deviations = Otguard.Run("detect", Path.Combine(Folder, "attacked", "capture.pcap"), "-b",
            Path.Combine(Folder, "plant.baseline"), "--format", "jsonl");
        Assert.HasCount(deviations.Lines.Count, Otguard.Run("store", "export", "deviations", "--store", Store).Lines);
    }

    [TestMethod]
    public void Alerts_are_listed_shown_and_acted_on_with_who_and_why()
    {
        var listed = Otguard.Run("alerts", "list", "--store", Store, "--state", "all", "--format", "jsonl");
        var number = listed.Json[0].GetProperty("number").GetInt64()
            .ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.AreEqual("alert", listed.Json[0].GetProperty("type").GetString());

        Assert.AreEqual(0, Otguard.Run("alerts", "acknowledge", number, "--store", Store, "--as", "anna").ExitCode);
        Assert.AreEqual(0, Otguard.Run("alerts", "mute", number, "--store", Store, "--as", "anna", "--why", "known",
            "--until", "+8h").ExitCode);
        Assert.Contains("is muted",
            Otguard.Run("alerts", "mute", number, "--store", Store, "--as", "anna", "--why", "known").Output);
        Assert.AreEqual(0, Otguard.Run("alerts", "unmute", number, "--store", Store, "--as", "ben").ExitCode);
        var shown = Otguard.Run("alerts", "show", number, "--store", Store);

        Assert.Contains("anna", shown.Output);
        Assert.Contains("known", shown.Output);
        Assert.Contains("fingerprint:", shown.Output);
        var json = Otguard.Run("alerts", "show", number, "--store", Store, "--format", "json").Json[0];
        Assert.AreEqual("new", json.GetProperty("state").GetString());
        Assert.IsGreaterThanOrEqualTo(5, json.GetProperty("journal").GetArrayLength());
        Assert.IsGreaterThanOrEqualTo(1, json.GetProperty("holds").GetArrayLength());
    }

    [TestMethod]
    public void Learning_takes_two_people()
    {
        var number = Otguard.Run("alerts", "list", "--store", Store, "--format", "jsonl").Json[^1].GetProperty("number")
            .ToString();

        Assert.AreEqual(0, As("anna", "alerts", "learn", number, "--store", Store, "--why", "new tool").ExitCode);
        var proposal = Otguard.Run("alerts", "proposals", "--store", Store, "--format", "jsonl")
            .Json[0].GetProperty("number").ToString();
        var own = As("anna", "alerts", "approve", proposal, "--store", Store);
        var second = As("ben", "alerts", "approve", proposal, "--store", Store);
        var pretended = As("anna", "alerts", "approve", proposal, "--store", Store, "--as", "carl");

        Assert.AreEqual(2, own.ExitCode);
        Assert.Contains("somebody else has to approve", own.Error);
        Assert.AreEqual(0, second.ExitCode);
        Assert.Contains("approved", second.Output);
        Assert.AreEqual(2, pretended.ExitCode);
    }

    [TestMethod]
    public void The_attack_is_an_incident_with_its_steps_in_order()
    {
        var incidents = Otguard.Run("incidents", "list", "--store", Store, "--all", "--format", "jsonl").Json;
        Assert.IsNotEmpty(incidents);

        var shown = Otguard.Run("incidents", "show", incidents[0].GetProperty("number").ToString(), "--store", Store,
            "--format", "jsonl").Json[0];
        var times = shown.GetProperty("timeline").EnumerateArray().Select(step => step.GetProperty("time").GetString()!)
            .ToList();

        CollectionAssert.AreEqual(times.Order(StringComparer.Ordinal).ToArray(), times);
        Assert.IsGreaterThan(1, times.Count);
        Assert.Contains("Timeline", Otguard.Run("incidents", "show", "1", "--store", Store).Output);
    }

    [TestMethod]
    public void A_store_is_checked_backed_up_compacted_and_exported()
    {
        var copy = Path.Combine(Folder, "copy.store");

        Assert.AreEqual(0, Otguard.Run("store", "backup", copy, "--store", Store).ExitCode);
        Assert.AreEqual(3, Otguard.Run("store", "backup", copy, "--store", Store).ExitCode);
        var check = Otguard.Run("store", "check", "--store", copy, "--format", "jsonl");
        Assert.AreEqual(0, check.ExitCode);
        Assert.IsTrue(check.Json[0].GetProperty("sound").GetBoolean());
        Assert.Contains("The store is sound", Otguard.Run("store", "check", "--store", copy).Output);
        // The points of the simulation's day are past their age, what people deal with is not.
        Assert.Contains("0 deviations, 0 alerts", Otguard.Run("store", "compact", "--store", copy).Output);
        foreach (var what in new[] { "deviations", "alerts", "incidents", "journal" })
        {
            var lines = Otguard.Run("store", "export", what, "--store", copy).Lines;
            var csv = Otguard.Run("store", "export", what, "--store", copy, "--format", "csv").Lines;
            Assert.HasCount(lines.Count + 1, csv, what);
        }
    }

    [TestMethod]
    public void Work_is_announced_and_ended()
    {
        var opened = Otguard.Run(
            "alerts", "windows", "open", "--order", "WO 4711", "--from", "2026-01-02T03:04:05Z", "--until",
                "2126-01-02T08:00:00Z", "--address", "10.0.0.66",
            "--store", Store, "--as", "anna");
        Assert.AreEqual(0, opened.ExitCode, opened.Error);
        var window = Otguard.Run("alerts", "windows", "list", "--store", Store, "--format", "jsonl").Json[0];

        Assert.AreEqual("WO 4711", window.GetProperty("workOrder").GetString());
        Assert.AreEqual(0, Otguard.Run("alerts", "windows", "end", window.GetProperty("id").GetString()![..8],
            "--store", Store).ExitCode);
        Assert.AreEqual(2, Otguard.Run("alerts", "windows", "end", "nothing", "--store", Store).ExitCode);
    }

    [TestMethod]
    public void A_store_that_is_not_named_missing_or_something_else_is_said_in_a_sentence()
    {
        var capture = Path.Combine(Folder, "clean", "capture.pcap");

        var unnamed = Otguard.Run("alerts", "list");
        var missing = Otguard.Run("alerts", "list", "--store", Path.Combine(Folder, "none.store"));
        var other = Otguard.Run("store", "check", "--store", capture);

        Assert.AreEqual((2, 3, 3), (unnamed.ExitCode, missing.ExitCode, other.ExitCode));
        Assert.Contains("--store FILE", unnamed.Error);
        Assert.Contains("detect", missing.Error);
        Assert.Contains("no store", other.Error);
    }

    [TestMethod]
    [DataRow("alerts")]
    [DataRow("incidents")]
    [DataRow("store")]
    public void Help_teaches_with_lines_to_type(string verb) =>
        Assert.Contains($"otguard {verb} ", Otguard.Run(verb, "--help").Output);

    private static Outcome As(string user, params string[] arguments) =>
        Otguard.RunAs(new Surroundings(TimeProvider.System, user), arguments);

    private static Outcome Detect() => Otguard.Run(
        "detect", Path.Combine(Folder, "attacked", "capture.pcap"), "-b", Path.Combine(Folder, "plant.baseline"),
            "--store", Store, "--format", "summary");
}
