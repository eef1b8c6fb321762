using System.Text;
using OtGuard.Alerting;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Evidence;
using OtGuard.Exchange.Sharing;
using OtGuard.Exchange.Tests.Peers;
using OtGuard.Host.Plant;
using OtGuard.Storage.Traffic;

namespace OtGuard.Exchange.Tests.Sharing;

[TestClass]
public sealed class ReleaseTests
{
    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    [DataRow("modbus")]
    [DataRow("opcua")]
    [DataRow("can")]
    public async Task Nothing_that_is_withheld_leaves_at_any_level(string protocol)
    {
        await using var fixture = new CaseFixture();
        await fixture.OpenCaseAsync(protocol);
        await fixture.Desk.SetAsync(
            "1",
            new Dictionary<string, string>
            {
                ["description"] = "In bay-7 10.20.0.66 was seen, with 02:00:0a:14:00:42; car WVWZZZ1KZAW000001. " + protocol switch
                {
                    "modbus" => "It wrote 48113.",
                    "opcua" => "It wrote 31337 to Feeder7.Breaker as jmustermann.",
                    _ => "",
                },
            },
            CaseFixture.Anna, null, Stop);
        foreach (var level in Enum.GetValues<Tlp>())
        {
            var preview = await Desk(fixture).PreviewAsync(new ReleaseRequest("1", "local", level, null), Stop);

            Assert.IsTrue(preview.MayLeave, string.Join('\n', preview.Obstacles));
            var all = string.Concat(preview.Files.Select(file => Encoding.UTF8.GetString(file.Bytes)));
            foreach (var secret in new[] { "10.20.0.", "10.30.0.", "jmustermann", "Feeder7.Breaker", "bay-7", "Umspannwerk", "tap-1",
                "31337", "48113", "4579326444496bf7", "WVWZZZ1KZAW000001", "02:00:0a:14:00:42" })
                Assert.DoesNotContain(secret, all, $"{level}");
            foreach (var one in preview.Case.Observations)
            {
                Assert.DoesNotContain(one.Alert, all);
                foreach (var deviation in one.Deviations) Assert.DoesNotContain(deviation, all);
            }

            Assert.DoesNotContain(preview.Case.Incident, all);
        }
    }

    [TestMethod]
    public async Task Who_tries_every_address_of_the_network_against_a_pack_learns_nothing()
    {
        await using var fixture = new CaseFixture();
        await fixture.OpenCaseAsync();
        var preview = await Desk(fixture).PreviewAsync(new ReleaseRequest("1", "local", Tlp.Amber, null), Stop);
        var every = Enumerable.Range(0, 256).Select(n => new Replacement(Sensitivity.Address, $"10.20.0.{n}", null)).ToList();

        var report = LeakCheck.Check(preview.Files, every, preview.Disclosure.Profile);

        Assert.IsEmpty(report.Leaks);
    }

    [TestMethod]
    public async Task Pseudonyms_are_the_same_for_a_partner_and_others_for_another_or_under_a_new_key()
    {
        await using var fixture = new CaseFixture();
        var version = await fixture.OpenCaseAsync();
        fixture.Partner("one");
        fixture.Partner("two");
        string? Of(string partner) => fixture.Disclose(version, partner, Tlp.Amber).Replacements
            .Single(one => one.Original == "10.20.0.66").Instead;

        var (first, other) = (Of("one"), Of("two"));
        await fixture.ReopenAsync();

        Assert.AreEqual(first, Of("one"));
        Assert.AreNotEqual(first, other);
        fixture.Exchange.KeysOf(fixture.Exchange.Partner("one")).Rotate();
        Assert.AreNotEqual(first, Of("one"));
        Assert.AreEqual(other, Of("two"));
        var key = Path.Combine(fixture.Exchange.Keys, "pseudonym-one.json");
        if (!OperatingSystem.IsWindows())
            Assert.AreEqual(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
    }

    [TestMethod]
    public async Task Nothing_leaves_before_a_person_releases_what_was_shown()
    {
        await using var fixture = new CaseFixture();
        await fixture.OpenCaseAsync();
        var desk = Desk(fixture);
        var request = new ReleaseRequest("1", "local", Tlp.Amber, null);
        var preview = await desk.PreviewAsync(request, Stop);
        await fixture.Desk.SetAsync("1", new Dictionary<string, string> { ["crossBorder"] = "no" }, CaseFixture.Anna, null, Stop);

        var stale = await Assert.ThrowsExactlyAsync<ExchangeException>(() =>
            desk.ReleaseAsync(request, preview.Digest, CaseFixture.Anna, Stop));
        await Assert.ThrowsExactlyAsync<ExchangeException>(() => desk.ReleaseAsync(request, "", CaseFixture.Anna, Stop));
        Assert.IsEmpty(await desk.ReleasesAsync("1", Stop));

        Assert.Contains("Look at the preview again", stale.Message);
        var again = await desk.PreviewAsync(request, Stop);
        var outcome = await desk.ReleaseAsync(request, again.Digest[..8], CaseFixture.Anna, Stop);
        var (release, pack) = (outcome.Release!, outcome.Pack!);
        Assert.AreEqual("anna", release.By);
        Assert.AreEqual(2, release.Version);
        Assert.IsTrue(File.Exists(Path.Combine(pack, "case.stix.json")));
        var entry = (await fixture.Store.ListJournalAsync(release.Case, 10, Stop))[^1];
        Assert.AreEqual(JournalVerb.Release, entry.Act.Verb);
        Assert.Contains($"to local TLP:AMBER digest {again.Digest}", entry.Act.Detail);
        var pseudonym = release.Replacements.Single(one => one.Original == "10.20.0.66").Instead!;
        Assert.AreEqual("10.20.0.66", (await desk.RevealAsync("local", pseudonym, Stop)).Single().Original);
        Assert.IsEmpty(await desk.RevealAsync("other", pseudonym, Stop));
    }

    [TestMethod]
    public async Task A_stage_with_fields_missing_may_not_leave_and_a_released_one_starts_the_next_clock()
    {
        await using var fixture = new CaseFixture();
        await fixture.OpenCaseAsync();
        var desk = Desk(fixture);
        var request = new ReleaseRequest("1", "local", Tlp.Amber, "early-warning");
        var preview = await desk.PreviewAsync(request, Stop);
        Assert.Contains("Missing for early-warning: awareAt, suspectedMalicious, crossBorder", string.Join(' ', preview.Obstacles));

        await fixture.Desk.SetAsync(
            "1",
            new Dictionary<string, string> { ["awareAt"] = "2026-01-02T03:20:00Z", ["suspectedMalicious"] = "yes", ["crossBorder"] = "unknown" },
            CaseFixture.Anna, null, Stop);
        preview = await desk.PreviewAsync(request, Stop);
        await desk.ReleaseAsync(request, preview.Digest, CaseFixture.Anna, Stop);

        var stages = await fixture.Desk.StagesAsync(await fixture.Desk.FindAsync("1", Stop), Stop);
        Assert.AreEqual(StageState.Sent, stages[0].State);
        var next = await desk.PreviewAsync(request with { Stage = "notification" }, Stop);
        Assert.Contains("Frühere Meldung: Frühe Erstmeldung, Version 2, 2026-01-02 03:30:00",
            next.Files.Single(file => file.Name == "report.de.pdf").Text!);
        Assert.Contains(preview.Digest, Text(next, "report.json"), "The pack before is in the chain.");
        Assert.AreEqual(preview.Digest, (await desk.PreviewAsync(request, Stop)).Digest,
            "What was sent is the same when it is made again.");
        Assert.AreEqual("notification", CaseDesk.Next(stages)!.Stage.Id);
    }

    [TestMethod]
    public async Task An_exercise_goes_to_no_real_channel_and_nothing_else_to_one_of_exercises()
    {
        await using var fixture = new CaseFixture();
        await fixture.OpenCaseAsync(exercise: true);
        var desk = Desk(fixture);

        var real = await desk.PreviewAsync(new ReleaseRequest("1", "local", Tlp.Clear, null), Stop);
        var exercise = await desk.PreviewAsync(new ReleaseRequest("1", "exercise", Tlp.Clear, null), Stop);

        Assert.Contains("is an exercise, and local is a real channel", string.Join(' ', real.Obstacles));
        Assert.IsTrue(exercise.MayLeave, string.Join('\n', exercise.Obstacles));
        Assert.Contains("EXERCISE: ", Encoding.UTF8.GetString(exercise.Files[0].Bytes));
        await using var other = new CaseFixture();
        await other.OpenCaseAsync();
        var wrong = await Desk(other).PreviewAsync(new ReleaseRequest("1", "exercise", Tlp.Clear, null), Stop);
        Assert.Contains("is a channel for exercises", string.Join(' ', wrong.Obstacles));
    }

    [TestMethod]
    public async Task Plain_mail_is_refused_above_GREEN()
    {
        await using var fixture = new CaseFixture();
        await fixture.OpenCaseAsync();
        fixture.Partner("mail", one => one with
        {
            Channel = new ChannelOptions { Kind = ChannelKind.Mail, Host = "localhost", From = "a@example.org", To = ["b@example.org"] },
        });
        foreach (var level in Enum.GetValues<Tlp>())
        {
            var preview = await Desk(fixture).PreviewAsync(new ReleaseRequest("1", "mail", level, null), Stop);
            Assert.AreEqual(level <= Tlp.Green, preview.MayLeave, $"{level}: {string.Join("; ", preview.Obstacles)}");
        }
    }

    [TestMethod]
    public async Task A_profile_that_contradicts_itself_is_refused_with_all_its_faults()
    {
        await using var fixture = new CaseFixture();
        var fault = Assert.ThrowsExactly<ExchangeFormatException>(() => fixture.Partner("bad", one => one with
        {
            Profiles = new Dictionary<string, SharingProfile>
            {
                ["amber"] = new() { Payload = Treatment.Share, Address = Treatment.Pseudonym },
                ["purple"] = new(),
            },
        }));

        Assert.Contains("payload bytes carry process values", fault.Message);
        Assert.Contains("payload bytes may carry addresses", fault.Message);
        Assert.Contains("'purple' is no level", fault.Message);
    }

    [TestMethod]
    public async Task Evidence_leaves_as_frames_without_payload_and_with_other_addresses_and_its_signature_is_good()
    {
        await using var fixture = new CaseFixture();
        var version = await fixture.OpenCaseAsync();
        var folder = Directory.CreateDirectory(Path.Combine(fixture.File("evidence"), "net")).FullName;
        var deviation = version.Observations[0].Deviations[0];
        File.WriteAllBytes(Path.Combine(folder, deviation + ".pcapng"), Pcapng.Write([Frame(101)]));
        var desk = new ReleaseDesk(fixture.Desk, fixture.Store.Cases, fixture.Exchange,
            Parts(new Numbered(Kept(folder))), fixture.Clock);
        var request = new ReleaseRequest("1", "local", Tlp.Amber, null);
        var preview = await desk.PreviewAsync(request, Stop);
        Assert.IsTrue(preview.MayLeave, string.Join('\n', preview.Obstacles));

        var pack = (await desk.ReleaseAsync(request, preview.Digest, CaseFixture.Anna, Stop)).Pack!;

        var frame = Pcapng.Read(File.ReadAllBytes(Path.Combine(pack, "evidence.pcapng"))).Single();
        Assert.HasCount(54, frame.Data);
        // The decoded extract says what the frame's headers say, and nothing of the write that was cut off.
        var fields = File.ReadAllText(Path.Combine(pack, "evidence.fields.csv"));
        Assert.MatchesRegex(@"\n1,IPv4,source,2[45]\d\.", fields);
        Assert.DoesNotContain("Modbus", fields);
        Assert.DoesNotContain("48113", fields);
        Assert.DoesNotContain("10.20.0.", fields);
        Assert.AreEqual(66, frame.OriginalLength);
        Assert.IsTrue(Pseudonyms.IsPseudonym(new System.Net.IPAddress(frame.Data.AsSpan(26, 4))));
        Assert.IsTrue(Pseudonyms.IsPseudonym(new System.Net.IPAddress(frame.Data.AsSpan(30, 4))));
        // The sum of an intact IPv4 header is all ones (RFC 791).
        var sum = Enumerable.Range(0, 10).Sum(i => frame.Data[14 + 2 * i] << 8 | frame.Data[15 + 2 * i]);
        Assert.AreEqual(0xFFFF, (sum & 0xFFFF) + (sum >> 16));
        Assert.Contains(
            "Verified OK",
            Tool.Run("openssl", ["dgst", "-sha256", "-verify", "signing.pub.pem", "-signature", "SHA256SUMS.sig", "SHA256SUMS"], pack).Output);
        Tool.Run("sha256sum", ["-c", "--strict", "SHA256SUMS"], pack);
        File.AppendAllText(Path.Combine(pack, "case.stix.json"), " ");
        Assert.AreNotEqual(0, Tool.Try("sha256sum", ["-c", "SHA256SUMS"], pack).Code);
        File.AppendAllText(Path.Combine(pack, "SHA256SUMS"), " ");
        Assert.AreNotEqual(
            0, Tool.Try("openssl", ["dgst", "-sha256", "-verify", "signing.pub.pem", "-signature", "SHA256SUMS.sig", "SHA256SUMS"], pack).Code);
    }

    [TestMethod]
    public async Task Where_everything_is_shared_frames_leave_as_they_are_and_CAN_as_candump_too()
    {
        await using var fixture = new CaseFixture();
        var version = await fixture.OpenCaseAsync("can");
        var folder = Directory.CreateDirectory(Path.Combine(fixture.File("evidence"), "net")).FullName;
        var data = Convert.FromHexString("0000030c" + "02000000" + "beef");
        File.WriteAllBytes(
            Path.Combine(folder, version.Observations[0].Deviations[0] + ".pcapng"),
            Pcapng.Write([new EvidenceFrame(1_767_322_800_249_713_000, 227, 101, data.Length, data)]));
        fixture.Partner("open", one =>
            one with { Profiles = new Dictionary<string, SharingProfile> { ["red"] = CaseFixture.Open } });
        var desk = new ReleaseDesk(fixture.Desk, fixture.Store.Cases, fixture.Exchange,
            Parts(new Numbered(Kept(folder))), fixture.Clock);

        var shared = await desk.PreviewAsync(new ReleaseRequest("1", "open", Tlp.Red, null), Stop);
        var closed = await desk.PreviewAsync(new ReleaseRequest("1", "open", Tlp.Amber, null), Stop);

        Assert.AreEqual(
            "(1767322800.249713) can0 30C#BEEF\n", Encoding.UTF8.GetString(shared.Files.Single(file => file.Name == "evidence.log").Bytes));
        CollectionAssert.AreEqual(data, Pcapng.Read(shared.Files.Single(file => file.IsCapture).Bytes).Single().Data);
        Assert.IsFalse(closed.Files.Any(file => file.Name == "evidence.log"));
        Assert.Contains("beef", Text(shared, "evidence.fields.csv"));
        Assert.DoesNotContain("beef", Text(closed, "evidence.fields.csv"));
        Assert.Contains("30C", Text(closed, "evidence.fields.csv"));
        CollectionAssert.AreEqual(data[..8], Pcapng.Read(closed.Files.Single(file => file.IsCapture).Bytes).Single().Data);
    }

    [TestMethod]
    public void Two_addresses_that_would_leave_under_one_pseudonym_are_refused()
    {
        var pseudonyms = new Pseudonyms(new byte[32], 1);
        var seen = new Dictionary<string, string>();
        string first = "", second = "";
        // Some twenty thousand of 2^28 are enough for two to meet (the birthday problem).
        for (var n = 0; second.Length == 0; n++)
        {
            var address = $"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}";
            if (!seen.TryAdd(pseudonyms.OfAddress(address), address)) (first, second) = (seen[pseudonyms.OfAddress(address)], address);
        }

        var redactor = new Redactor(SharingProfile.Default(Tlp.Amber), pseudonyms, []);
        redactor.Address(first);

        Assert.Contains("rotate the partner's key", Assert.ThrowsExactly<ExchangeException>(() => redactor.Address(second)).Message);
    }

    [TestMethod]
    public async Task Evidence_that_was_changed_is_refused()
    {
        await using var fixture = new CaseFixture();
        var version = await fixture.OpenCaseAsync();
        var folder = Directory.CreateDirectory(Path.Combine(fixture.File("evidence"), "net")).FullName;
        var path = Path.Combine(folder, version.Observations[0].Deviations[0]);
        File.WriteAllBytes(path + ".pcapng", Pcapng.Write([Frame(101)]));
        File.WriteAllText(path + ".sha256", new string('0', 64) + "  x\n");

        var fault = Assert.ThrowsExactly<ExchangeFormatException>(() => Kept(folder).Find(version.Observations[0]));

        Assert.Contains("was changed", fault.Message);
    }

    private static string Text(Preview preview, string name) =>
        Encoding.UTF8.GetString(preview.Files.Single(file => file.Name == name).Bytes);

    private static KeptEvidence Kept(string source) => new(new EvidenceFolder(Path.GetDirectoryName(source)!));

    private static EvidenceParts Parts(IEvidenceSource source) => new(source, new FrameReading(null));

    internal static ReleaseDesk Desk(CaseFixture fixture) =>
        new(fixture.Desk, fixture.Store.Cases, fixture.Exchange, null, fixture.Clock);

    /// <summary>10.20.0.66:49152 → 10.20.0.103:502, Modbus: write 48113 to register 12.</summary>
    private static EvidenceFrame Frame(long number) => new(
        1_767_322_800_000_000_000, 1, number, 66,
        Convert.FromHexString(
            "02000a140067" + "02000a140042" + "0800"
            + "4500003400010000400600000a1400420a140067"
            + "c00001f60000000100000001501801000000" + "0000"
            + "000100000006010600 0cbbf1".Replace(" ", "", StringComparison.Ordinal)));

    /// <summary>Frames of a file that has no numbers, numbered as the sample deviations have them.</summary>
    private sealed class Numbered(IEvidenceSource inner) : IEvidenceSource
    {
        public IReadOnlyList<EvidenceFrame> Find(CaseObservation observation) =>
            inner.Find(observation with { Frames = [new FrameRange(0, 0)] });
    }
}
