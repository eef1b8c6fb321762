using System.Security.Cryptography;
using System.Text;
using OtGuard.Collectors;

namespace OtGuard.Models.Tests.Vocabulary;

[TestClass]
public sealed class BaselineFileTests
{
    private const string Scada = "10.0.0.5";
    private const string Plc = "10.0.0.9";

    [TestMethod]
    public void Saved_and_loaded_it_gives_the_same_bytes()
    {
        var baseline = Learn();
        var saved = Save(baseline);

        var loaded = Baseline.Load(new MemoryStream(saved));

        Assert.AreEqual(baseline.ContentHash, loaded.ContentHash);
        Assert.AreSequenceEqual(saved, Save(loaded));
        Assert.AreEqual(new FrameSelection(1, 5000), loaded.LearnedFrom.Selection);
        Assert.AreSequenceEqual(baseline.Conversations.Select(c => c.Key), loaded.Conversations.Select(c => c.Key));
        Assert.AreSequenceEqual(baseline.Functions, loaded.Functions);
        Assert.AreSequenceEqual(baseline.Summary, loaded.Summary);
    }

    [TestMethod]
    public void The_same_traffic_gives_the_same_bytes() => Assert.AreSequenceEqual(Save(Learn()), Save(Learn()));

    [TestMethod]
    public void A_loaded_baseline_judges_as_the_learned_one()
    {
        var learned = Learn();
        var loaded = Baseline.Load(new MemoryStream(Save(learned)));

        var expected = Traffic.Judge(learned, Attack);

        Assert.AreSequenceEqual(expected, Traffic.Judge(loaded, Attack));
        Assert.IsTrue(expected[^1].HasFlag(Novelty.Writer));

        static void Attack(Traffic traffic)
        {
            Ordinary(traffic);
            traffic.Read(Scada, Plc, 60, 1);
            traffic.Write("10.0.0.66", Plc, 3);
        }
    }

    [TestMethod]
    public void A_fact_is_one_line_a_person_can_read()
    {
        var lines = Encoding.UTF8.GetString(Save(Learn())).Split('\n');

        Assert.AreEqual("otguard-baseline 4", lines[0]);
        Assert.Contains(
            "10.0.0.5 -> 10.0.0.9 modbus unit 1 | function 3 | ReadHoldingRegisters | 3 times"
            + " | 2023-11-14T22:13:20.000000000Z .. 2023-11-14T22:14:20.000000000Z | 2 minutes, 1 hours, 1 shifts, 1 days, at 22",
            lines);
        Assert.Contains(
            "10.0.0.5 -> 10.0.0.9 modbus unit 1 | holding registers 0-9,100-109 | 2/1/1/1: 0-9; 1/1/1/1: 100-109 | 3 times"
            + " | 2023-11-14T22:13:20.000000000Z .. 2023-11-14T22:14:20.000000000Z | 2 minutes, 1 hours, 1 shifts, 1 days, at 22",
            lines);
        Assert.IsFalse(lines.Any(line => line.Contains('\r')));
    }

    [TestMethod]
    public void A_text_from_the_wire_cannot_look_like_structure()
    {
        const string hostile = "a | b\u001b[2J\r\n[hosts]\\";
        var baseline = Traffic.Learn(t =>
            t.Say(Scada, Plc, Operation.Identify, 43, Target.None,
                response: "Name=" + hostile.Replace("\n", "", StringComparison.Ordinal)));

        var loaded = Baseline.Load(new MemoryStream(Save(baseline)));

        Assert.AreEqual(hostile.Replace("\n", "", StringComparison.Ordinal), loaded.Identities.Single().Value);
        Assert.AreSequenceEqual(
            new[] { loaded.Identities.Single().Value }, loaded.IdentityOf(Traffic.Ip(Plc), 1, "Name"));
    }

    [TestMethod]
    public void A_changed_line_is_refused()
    {
        var text = Encoding.UTF8.GetString(Save(Learn()));
        var changed = text.Replace("0-9,100-109", "0-109", StringComparison.Ordinal);
        Assert.AreNotEqual(text, changed);

        Assert.Contains("changed after it was written", Refusal(changed));
    }

    [TestMethod]
    public void A_newer_format_is_refused() =>
        Assert.Contains("format 5", Refusal("otguard-baseline 5\ncontent-hash 00\n"));

    [TestMethod]
    [DataRow("", DisplayName = "empty")]
    [DataRow("PK\u0003\u0004 something else", DisplayName = "another kind of file")]
    [DataRow("otguard-baseline x\n", DisplayName = "no version")]
    [DataRow("otguard-baseline 4\n", DisplayName = "no hash")]
    [DataRow("otguard-baseline 4", DisplayName = "cut in the first line")]
    public void What_is_no_baseline_is_refused(string text) => Assert.EndsWith(".", Refusal(text));

    [TestMethod]
    [DataRow("\n[surprises]\n", "[surprises]", DisplayName = "unknown section")]
    [DataRow("\n[hosts]\n10.0.0.5 | learning\n", "cells", DisplayName = "missing cells")]
    [DataRow("\n[learned-from]\nfirst yesterday\n", "yesterday", DisplayName = "no time")]
    [DataRow("stray\n", "before the first section", DisplayName = "line outside of any section")]
    [DataRow("\n[settings]\nmaximum-facts 99999999999999\n", "Line", DisplayName = "number too large")]
    public void A_well_hashed_file_that_is_not_understood_is_refused_with_its_line(string body, string expected) =>
        Assert.Contains(expected, Refusal(Hashed(body)));

    [TestMethod]
    public void Any_cut_of_a_baseline_is_refused()
    {
        var saved = Save(Learn());

        for (var length = 0; length < saved.Length; length += 7)
        {
            var cut = saved[..length];
            Assert.ThrowsExactly<BaselineFormatException>(() => Baseline.Load(new MemoryStream(cut)));
        }
    }

    [TestMethod]
    public void A_fact_stated_twice_is_refused()
    {
        var lines = Encoding.UTF8.GetString(Save(Learn())).Split('\n').Skip(2).ToList();
        var fact = lines.FindIndex(line =>
            line.StartsWith("10.0.0.5 -> 10.0.0.9 modbus unit 1 | holding", StringComparison.Ordinal));
        lines.Insert(fact, lines[fact]);

        Assert.Contains("twice", Refusal(Hashed(string.Join('\n', lines))));
    }

    [TestMethod]
    public void A_well_hashed_file_with_any_character_changed_is_read_or_refused_and_never_fails_otherwise()
    {
        const int seed = 20260115;
        const string likely = "0 9-|[]\n.:xZ\\>";
        var random = new Random(seed);
        var body = string.Join('\n', Encoding.UTF8.GetString(Save(Learn())).Split('\n').Skip(2));
        var refused = 0;
        for (var run = 0; run < 2000; run++)
        {
            var text = body.ToCharArray();
            text[random.Next(text.Length)] = likely[random.Next(likely.Length)];
            try
            {
                Baseline.Load(new MemoryStream(Encoding.UTF8.GetBytes(Hashed(new string(text)))));
            }
            catch (BaselineFormatException)
            {
                refused++;
            }
        }

        Assert.IsGreaterThan(0, refused);
    }

    [TestMethod]
    public void Nothing_learned_is_a_baseline_too()
    {
        var baseline = Traffic.Learn(_ => { });

        var loaded = Baseline.Load(new MemoryStream(Save(baseline)));

        Assert.AreEqual(baseline.ContentHash, loaded.ContentHash);
        Assert.IsFalse(loaded.Completeness.IsComplete);
        Assert.IsTrue(Traffic.Judge(loaded, Ordinary)[0].HasFlag(Novelty.Conversation));
    }

    private static Baseline Learn() => Traffic.Learn(
        t =>
        {
            Ordinary(t);
            t.Bind("10.0.0.5", "00:11:22:33:44:55");
            t.Bind("fe80::1", "00:00:5e:00:01:01");
            t.Connect("00:11:22:33:44:55", "01:0c:cd:01:00:01", 0x88B8, Transport.Link);
            t.Connect(Scada, "fd00::7", 123, Transport.Udp, name: "ntp");
        },
        new LearningOptions { Files = ["monday.pcap"], DeclaredPeers = [(Traffic.Ip(Scada), Traffic.Ip("10.0.0.6"))] },
        new FrameSelection(1, 5000));

    private static void Ordinary(Traffic traffic)
    {
        traffic.Read(Scada, Plc, 0, 10);
        traffic.Read(Scada, Plc, 100, 10);
        traffic.After(TimeSpan.FromMinutes(1));
        traffic.Read(Scada, Plc, 0, 10);
        traffic.Write(Scada, Plc, 40, unit: 2);
        traffic.Read(Scada, Plc, 1, 1, unit: 3, outcome: Outcome.Rejected, reason: 2);
        traffic.Say(Scada, Plc, Operation.Identify, 43, Target.None, response: "VendorName=Acme Ltd");
    }

    private static byte[] Save(Baseline baseline)
    {
        using var stream = new MemoryStream();
        baseline.Save(stream);
        return stream.ToArray();
    }

    private static string Hashed(string body) =>
        $"otguard-baseline 4\ncontent-hash {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)))}\n{body}";

    private static string Refusal(string text) => Assert.ThrowsExactly<BaselineFormatException>(
        () => Baseline.Load(new MemoryStream(Encoding.UTF8.GetBytes(text)))).Message;
}
