using System.Security.Cryptography;
using OtGuard.Host.Commands;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

[TestClass]
public sealed class BaselineCommandTests
{
    private const string Capture = "modbus/lemay/send_a_fake_command_modbus_6RTU_with_operate.pcap";

    [TestMethod]
    public void Show_says_what_was_learned_how_far_each_asset_is_and_that_nobody_vouches_for_it()
    {
        using var folder = new TemporaryFolder();
        Learn(folder, "a", "1-4781");

        var run = Otguard.Run("baseline", "show", folder.File("a"));

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("send_a_fake_command_modbus_6RTU_with_operate.pcap", run.Output);
        Assert.Contains("by 0 of 1 needed", run.Output);
        Assert.Contains("functions:", run.Output);
        Assert.Contains(line => line.Contains("192.168.1.102", StringComparison.Ordinal)
            && line.Contains("learning", StringComparison.Ordinal), run.Lines);
    }

    [TestMethod]
    public void Show_gives_one_object_for_each_asset_and_family_as_json()
    {
        using var folder = new TemporaryFolder();
        Learn(folder, "a", "1-4781");

        var run = Otguard.Run("baseline", "show", folder.File("a"), "--stages", "--format", "jsonl");

        var writers = run.Json.Single(o => o.GetProperty("asset").GetString() == "192.168.1.102"
            && o.GetProperty("family").GetString() == "Writers");
        Assert.AreEqual("learning", writers.GetProperty("stage").GetString());
        Assert.IsFalse(writers.GetProperty("complete").GetBoolean());
    }

    [TestMethod]
    public void A_section_is_shown_as_it_stands_in_the_file()
    {
        using var folder = new TemporaryFolder();
        Learn(folder, "a", "1-4781");

        var run = Otguard.Run("baseline", "show", folder.File("a"), "--section", "writers,settings");

        Assert.AreEqual("[writers]", run.Lines[0]);
        Assert.Contains("approvers 1", run.Lines);
        var file = File.ReadAllLines(folder.File("a"));
        foreach (var line in run.Lines) Assert.Contains(line, file);
    }

    [TestMethod]
    public void Diff_tells_what_the_attack_would_have_been_permitted_and_exits_with_1()
    {
        using var folder = new TemporaryFolder();
        Learn(folder, "a", "1-4781");
        Learn(folder, "b", "1-11166");

        var run = Otguard.Run("baseline", "diff", folder.File("a"), folder.File("b"));

        Assert.AreEqual(1, run.ExitCode, run.Error);
        Assert.Contains("Became permitted", run.Output);
        Assert.Contains("    + 192.168.1.101 -> 192.168.1.102 modbus unit 1", run.Lines);
        Assert.AreEqual(0, Otguard.Run("baseline", "diff", folder.File("a"), folder.File("a")).ExitCode);
        var json = Otguard.Run("baseline", "diff", folder.File("b"), folder.File("a"), "--format", "jsonl").Json;
        Assert.Contains("gone", json.Select(o => o.GetProperty("change").GetString()));
    }

    [TestMethod]
    public void Two_different_people_approve_where_two_are_configured()
    {
        using var folder = new TemporaryFolder();
        Learn(folder, "a", "1-4781", "--set", "approvers=2");
        Key(folder);

        var first = Approve(folder, "anna", "--why", "checked with operations");
        var again = Approve(folder, "anna");
        Sign(folder);
        var early = Otguard.Run("baseline", "verify", folder.File("a"), "--key", folder.File("public.pem"), "--require-approvals", "1");
        var second = Approve(folder, "ben");
        var unvouched = Otguard.Run("baseline", "verify", folder.File("a"), "--key", folder.File("public.pem"), "--require-approvals", "1");
        Sign(folder);
        var both = Otguard.Run("baseline", "verify", folder.File("a"), "--key", folder.File("public.pem"), "--require-approvals", "1");

        Assert.StartsWith("Approved by anna: 1 of 2.", first.Output);
        Assert.AreEqual(2, again.ExitCode);
        Assert.AreEqual(3, early.ExitCode);
        Assert.AreEqual("a: 2 different people have to approve it before it is signed, and 1 did.\n", early.Error);
        Assert.StartsWith("Approved by ben: 2 of 2.", second.Output);
        Assert.AreEqual(3, unvouched.ExitCode);
        Assert.AreEqual(0, both.ExitCode, both.Error);
        Assert.Contains("approved before that by anna, ben", both.Output);
        Assert.Contains("2026-03-02 12:00:00 UTC approved by anna: checked with operations", Otguard.Run("baseline", "show", folder.File("a")).Output);
    }

    [TestMethod]
    public void Detect_judges_by_a_signed_baseline_alone_where_a_signature_is_required()
    {
        using var folder = new TemporaryFolder();
        Learn(folder, "a", "1-4781");
        Key(folder);
        string[] detect =
        [
            "detect", SharedData.PathOf(Capture), "-b", folder.File("a"), "--frames", "1-4781", "--require-signature",
            folder.File("public.pem"),
        ];

        var unsigned = Otguard.Run(detect);
        Sign(folder);
        var signed = Otguard.Run(detect);
        using (var other = ECDsa.Create(ECCurve.NamedCurves.nistP256))
            File.WriteAllText(folder.File("public.pem"), other.ExportSubjectPublicKeyInfoPem());
        var foreign = Otguard.Run(detect);

        Assert.AreEqual(3, unsigned.ExitCode);
        Assert.AreEqual("a: it is not signed.\n", unsigned.Error);
        Assert.AreEqual(0, signed.ExitCode, signed.Error);
        Assert.AreEqual(3, foreign.ExitCode);
        Assert.AreEqual("a: it is signed, but not by public.pem.\n", foreign.Error);
    }

    [TestMethod]
    public void A_baseline_changed_after_it_was_signed_is_refused_with_one_sentence()
    {
        using var folder = new TemporaryFolder();
        Learn(folder, "a", "1-4781");
        Key(folder);
        Sign(folder);
        File.WriteAllText(
            folder.File("a"),
            File.ReadAllText(folder.File("a")).Replace("minimum-occasions 5", "minimum-occasions 6", StringComparison.Ordinal));

        var run = Otguard.Run("baseline", "verify", folder.File("a"), "--key", folder.File("public.pem"));

        Assert.AreEqual(3, run.ExitCode);
        Assert.StartsWith("a: The baseline was changed after it was written", run.Error);
        Assert.HasCount(1, run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [TestMethod]
    [DataRow("sign", "--key")]
    [DataRow("verify", "--key")]
    public void What_is_no_key_is_wrong_usage_and_named(string verb, string option)
    {
        using var folder = new TemporaryFolder();
        Learn(folder, "a", "1-4781");
        File.WriteAllText(folder.File("key.pem"), "nothing");

        var run = Otguard.Run("baseline", verb, folder.File("a"), option, folder.File("key.pem"));

        Assert.AreEqual(2, run.ExitCode);
        Assert.StartsWith("key.pem: ", run.Error);
    }

    [TestMethod]
    public void A_public_key_does_not_sign_and_leaves_the_file_as_it_is()
    {
        using var folder = new TemporaryFolder();
        Learn(folder, "a", "1-4781");
        Key(folder);
        var before = File.ReadAllBytes(folder.File("a"));

        var run = Otguard.Run("baseline", "sign", folder.File("a"), "--key", folder.File("public.pem"));

        Assert.AreEqual(2, run.ExitCode);
        Assert.AreSequenceEqual(before, File.ReadAllBytes(folder.File("a")));
    }

    [TestMethod]
    public void What_learning_replaced_is_kept_and_rolled_back_to_by_its_hash_approvals_included()
    {
        using var folder = new TemporaryFolder();
        Learn(folder, "a", "1-4781");
        Approve(folder, "anna");
        var approved = File.ReadAllBytes(folder.File("a"));
        var hash = File.ReadAllLines(folder.File("a"))[1]["content-hash ".Length..];
        Learn(folder, "a", "1-11166");
        var latest = File.ReadAllBytes(folder.File("a"));

        var list = Otguard.Run("baseline", "rollback", folder.File("a"), "--list");
        var back = Otguard.Run("baseline", "rollback", folder.File("a"), hash[..12]);

        Assert.Contains(hash, list.Output);
        Assert.AreEqual(0, back.ExitCode, back.Error);
        Assert.AreSequenceEqual(approved, File.ReadAllBytes(folder.File("a")));
        var kept = Directory.GetFiles(folder.File("a.history")).Single();
        Assert.AreSequenceEqual(latest, File.ReadAllBytes(kept));
    }

    [TestMethod]
    public void Learning_the_same_again_does_not_take_an_approval_away()
    {
        using var folder = new TemporaryFolder();
        Learn(folder, "a", "1-4781");
        Approve(folder, "anna");
        var approved = File.ReadAllBytes(folder.File("a"));

        Learn(folder, "a", "1-4781");

        Assert.AreSequenceEqual(approved, File.ReadAllBytes(folder.File("a")));
    }

    [TestMethod]
    public void Rolling_back_to_what_is_not_kept_or_was_tampered_with_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        Learn(folder, "a", "1-4781");
        var hash = File.ReadAllLines(folder.File("a"))[1]["content-hash ".Length..];
        Learn(folder, "a", "1-11166");
        var latest = File.ReadAllBytes(folder.File("a"));
        var kept = Directory.GetFiles(folder.File("a.history")).Single();
        File.AppendAllText(kept, "10.0.0.66\n");

        var unknown = Otguard.Run("baseline", "rollback", folder.File("a"), "0123456789");
        var tampered = Otguard.Run("baseline", "rollback", folder.File("a"), hash);
        var neither = Otguard.Run("baseline", "rollback", folder.File("a"));

        Assert.AreEqual(2, unknown.ExitCode);
        Assert.AreEqual(3, tampered.ExitCode);
        Assert.AreEqual(2, neither.ExitCode);
        Assert.AreSequenceEqual(latest, File.ReadAllBytes(folder.File("a")));
    }

    [TestMethod]
    public void Earlier_versions_are_kept_up_to_their_number()
    {
        using var folder = new TemporaryFolder();
        for (var at = 1; at <= Runs.BaselineFile.KeptVersions + 3; at++)
            Learn(folder, "a", "1-500", "--set", $"minimum-occasions={at}", "--set", "training-memory=1");

        var numbers = Directory.GetFiles(folder.File("a.history")).Select(path => Path.GetFileName(path)[..4]).Order().ToList();

        Assert.HasCount(Runs.BaselineFile.KeptVersions, numbers);
        Assert.AreEqual("0003", numbers[0]);
    }

    [TestMethod]
    public void The_poisoning_report_says_what_cannot_be_told_of_minutes()
    {
        using var folder = new TemporaryFolder();
        Learn(folder, "a", "1-11166");

        var run = Otguard.Run("baseline", "show", folder.File("a"), "--poisoning");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("Odd hours cannot be told", run.Output);
        Assert.Contains("no alarm when 192.168.1.101 writes to 192.168.1.102 modbus unit 1", run.Output);
    }

    [TestMethod]
    public void Extending_by_the_rest_of_a_capture_permits_what_the_whole_does()
    {
        using var folder = new TemporaryFolder();
        Learn(folder, "a", "1-4781");
        Learn(folder, "whole", "1-11166");

        var run = Otguard.Run(
            "learn", SharedData.PathOf(Capture), "--frames", "4782-", "--extend", folder.File("a"), "-o", folder.File("b"));

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("extends", run.Output);
        var detect = Otguard.Run("detect", SharedData.PathOf(Capture), "-b", folder.File("b"), "--format", "jsonl");
        Assert.AreEqual(0, detect.ExitCode, detect.Output);
        var changes = Otguard.Run("baseline", "diff", folder.File("whole"), folder.File("b"), "--format", "jsonl").Json
            .Where(change => change.GetProperty("change").GetString() == "gone").ToList();
        Assert.IsEmpty(changes);
    }

    [TestMethod]
    public void A_bus_learned_in_two_parts_raises_nothing_in_either()
    {
        using var folder = new TemporaryFolder();
        var bus = SharedData.PathOf("can/j1939/normal.log.gz");
        Otguard.Run("learn", bus, "--frames", "1-8000", "-o", folder.File("a"));
        Otguard.Run("learn", bus, "--frames", "8001-", "--extend", folder.File("a"), "-o", folder.File("a"));

        var run = Otguard.Run("detect", bus, "-b", folder.File("a"));

        Assert.AreEqual(0, run.ExitCode, run.Output);
        Assert.HasCount(1, Directory.GetFiles(folder.File("a.history")));
    }

    [TestMethod]
    public void Names_go_into_the_baseline_and_are_shown_beside_values()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            folder.File("names.csv"),
            "server,unit,table,address,name,type,scaling,unit\n192.168.1.102,1,coil,0,Breaker\n192.168.1.102,1,holding register,0,Power,uint16,0.5,kW\n");

        var learned = Otguard.Run(
            "learn", SharedData.PathOf(Capture), "-o", folder.File("a"), "--names", folder.File("names.csv"));
        var shown = Otguard.Run(
            "inspect", SharedData.PathOf(Capture), "--show", "observations", "--names", folder.File("names.csv"));

        Assert.AreEqual(0, learned.ExitCode, learned.Error);
        Assert.Contains("named points", learned.Output);
        Assert.Contains(
            "192.168.1.102 unit 1 | holding registers 0 | UInt16 BigEndian | x 0.5 + 0 | - .. - | kW | Power",
            File.ReadAllLines(folder.File("a")));
        Assert.Contains(line => line.Contains("{Breaker ", StringComparison.Ordinal), shown.Lines);
    }

    [TestMethod]
    public void A_name_map_with_faults_is_3_and_all_are_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("names.csv"), "server,unit,table,address,name\nplc,1,coil,0,A\n10.0.0.1,999,coil,0,B\n");

        var run = Otguard.Run("inspect", SharedData.PathOf(Capture), "--names", folder.File("names.csv"));

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("names.csv, line 2:", run.Error);
        Assert.Contains("names.csv, line 3:", run.Error);
    }

    [TestMethod]
    [DataRow("0")]
    [DataRow("much")]
    public void A_budget_that_is_none_is_wrong_usage(string budget) =>
        Assert.AreEqual(2, Otguard.Run("detect", "x.pcap", "-b", "y", "--budget", budget).ExitCode);

    private static void Learn(TemporaryFolder folder, string name, string frames, params string[] more)
    {
        var run = Otguard.Run(["learn", SharedData.PathOf(Capture), "--frames", frames, "-o", folder.File(name), .. more]);
        Assert.AreEqual(0, run.ExitCode, run.Error);
    }

    private static Outcome Approve(TemporaryFolder folder, string who, params string[] more) =>
        Otguard.RunAs(new Surroundings(new Noon(), who), ["baseline", "approve", folder.File("a"), .. more]);

    private static void Sign(TemporaryFolder folder)
    {
        var run = Otguard.Run("baseline", "sign", folder.File("a"), "--key", folder.File("private.pem"));
        Assert.AreEqual(0, run.ExitCode, run.Error);
    }

    private static void Key(TemporaryFolder folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(folder.File("private.pem"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(folder.File("public.pem"), key.ExportSubjectPublicKeyInfoPem());
    }

    private sealed class Noon : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    }
}
