using System.Text.Json.Nodes;
using OtGuard.Exchange.Sharing;
using OtGuard.Exchange.Stix;
using OtGuard.Exchange.Tests.Peers;

namespace OtGuard.Exchange.Tests.Stix;

[TestClass]
public sealed class StixBundleTests
{
    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    [DataRow("modbus")]
    [DataRow("opcua")]
    [DataRow("can")]
    public async Task Every_object_is_valid_at_every_level_and_every_id_is_computed_the_same_elsewhere(string protocol)
    {
        await using var fixture = new CaseFixture();
        await fixture.OpenCaseAsync(protocol);
        var version = await fixture.Desk.SetAsync(
            "1", new Dictionary<string, string> { ["suspectedMalicious"] = "yes", ["description"] = "Über \"Nacht\"\n\tgeschehen." },
            CaseFixture.Anna, 70, Stop);
        fixture.Partner("closed");
        fixture.Partner("open", one =>
            one with { Profiles = TlpText.Words.ToDictionary(word => word, _ => CaseFixture.Open) });
        fixture.Partner("nothing", one => one with { Profiles = TlpText.Words.ToDictionary(word => word, _ => new SharingProfile()) });
        var bundles = new List<JsonObject>();
        foreach (var partner in new[] { "closed", "open", "nothing" })
            foreach (var level in Enum.GetValues<Tlp>())
                bundles.Add(StixBundle.Make(fixture.Disclose(version, partner, level).Shared));

        foreach (var (verdict, bundle) in StixValidator.Check(bundles).Zip(bundles))
        {
            Assert.IsEmpty(verdict["problems"]!.AsArray(), verdict["problems"]!.ToJsonString());
            foreach (var type in new[] { "identity", "incident", "report", "grouping", "observed-data", "extension-definition", "indicator",
                "sighting", "attack-pattern", "note", "relationship", "marking-definition" })
                Assert.IsTrue(verdict["types"]!.AsObject().ContainsKey(type), $"{type} in {verdict["types"]}");
            Assert.IsGreaterThan(20, verdict["recomputed"]!.GetValue<int>());
            Assert.IsGreaterThan(10, verdict["profiled"]!.GetValue<int>());
            Assert.IsNotNull(bundle);
        }
    }

    [TestMethod]
    public async Task The_validator_refuses_what_is_wrong()
    {
        await using var fixture = new CaseFixture();
        var version = await fixture.OpenCaseAsync();
        var good = StixBundle.Make(fixture.Disclose(version, "local", Tlp.Amber).Shared);
        JsonObject With(Action<JsonArray> change)
        {
            var copy = good.DeepClone().AsObject();
            change(copy["objects"]!.AsArray());
            return copy;
        }

        var verdicts = StixValidator.Check(
            With(objects => Find(objects, "incident")["colour"] = "red"),
            With(objects => objects.Remove(Find(objects, "observed-data"))),
            With(objects => Find(objects, "note")["id"] = "note--00000000-0000-5000-8000-000000000000"),
            With(objects => Find(objects, "indicator").Remove("pattern")),
            With(objects => Find(objects, "network-traffic")["extensions"]![StixExtensions.Exchange]!["colour"] = "red"));

        Assert.Contains("unknown property colour", Problems(verdicts[0]));
        Assert.Contains("which is not there", Problems(verdicts[1]));
        Assert.Contains("should be note--", Problems(verdicts[2]));
        Assert.Contains("required property 'pattern'", Problems(verdicts[3]));
        Assert.Contains("unevaluated properties", Problems(verdicts[4]));

        static string Problems(JsonObject verdict) => verdict["problems"]!.ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task The_same_case_is_the_same_bundle_after_a_restart_and_a_changed_one_keeps_ids_and_created()
    {
        await using var fixture = new CaseFixture();
        var version = await fixture.OpenCaseAsync();
        var first = StixBundle.Make(fixture.Disclose(version, "local", Tlp.Amber).Shared);

        await fixture.ReopenAsync();
        var again = StixBundle.Make(
            fixture.Disclose(await fixture.Desk.FindAsync("1", Stop), "local", Tlp.Amber).Shared);
        fixture.Clock.Advance(TimeSpan.FromHours(1));
        var changed = await fixture.Desk.SetAsync(
            "1", new Dictionary<string, string> { ["crossBorder"] = "no" }, CaseFixture.Anna, null, Stop);
        var later = StixBundle.Make(fixture.Disclose(changed, "local", Tlp.Amber).Shared);

        Assert.AreEqual(first.ToJsonString(), again.ToJsonString());
        var before = Find(first["objects"]!.AsArray(), "incident");
        var after = Find(later["objects"]!.AsArray(), "incident");
        Assert.AreEqual(before["id"]!.GetValue<string>(), after["id"]!.GetValue<string>());
        Assert.AreEqual(before["created"]!.GetValue<string>(), after["created"]!.GetValue<string>());
        Assert.AreEqual("2026-01-02T03:30:00.000Z", before["modified"]!.GetValue<string>());
        Assert.AreEqual("2026-01-02T04:30:00.000Z", after["modified"]!.GetValue<string>());
        Assert.AreNotEqual(first["id"]!.GetValue<string>(), later["id"]!.GetValue<string>());
    }

    [TestMethod]
    public async Task Every_level_is_marked_as_itself_on_every_object_of_the_case()
    {
        await using var fixture = new CaseFixture();
        var version = await fixture.OpenCaseAsync();
        foreach (var level in Enum.GetValues<Tlp>())
        {
            var objects = StixBundle.Make(fixture.Disclose(version, "local", level).Shared)["objects"]!.AsArray();

            var marking = Find(objects, "marking-definition");
            Assert.AreEqual(TlpText.Label(level), marking["name"]!.GetValue<string>());
            Assert.AreEqual(level, StixBundle.LevelOf(marking["id"]!.GetValue<string>()));
            foreach (var one in objects.Where(one => one!["object_marking_refs"] is not null))
                Assert.AreEqual(
                    StixBundle.MarkingOf(level), one!["object_marking_refs"]!.AsArray().Single()!.GetValue<string>());
            foreach (var type in new[] { "incident", "report", "note", "observed-data", "network-traffic", "ipv4-addr", "indicator",
                "sighting", "relationship", "grouping" })
                Assert.IsNotNull(Find(objects, type)["object_marking_refs"], type);
        }
    }

    [TestMethod]
    public async Task A_pseudonym_stands_in_no_indicator_and_a_public_address_does()
    {
        await using var fixture = new CaseFixture();
        await fixture.TakeAsync(
            [.. Samples.Of("modbus"), Replay.SampleDeviations.Of(
                "external-peer", "203.0.113.9 → 10.20.0.103", TimeSpan.FromSeconds(90))]);
        var version = await fixture.Desk.OpenAsync("1", "nis2-bsig", CaseFixture.Anna, Stop);
        var disclosure = fixture.Disclose(version, "local", Tlp.Amber);
        var pseudonyms = disclosure.Replacements.Select(one => one.Instead).OfType<string>().ToList();

        var patterns = StixBundle.Make(disclosure.Shared)["objects"]!.AsArray()
            .Where(one => one!["type"]!.GetValue<string>() == "indicator")
            .Select(one => one!["pattern"]!.GetValue<string>()).ToList();

        Assert.IsNotEmpty(pseudonyms);
        Assert.IsNotEmpty(patterns);
        foreach (var pattern in patterns)
            foreach (var pseudonym in pseudonyms) Assert.DoesNotContain(pseudonym, pattern);
        Assert.Contains("[ipv4-addr:value = '203.0.113.9']", patterns);
    }

    [TestMethod]
    public void Canonical_JSON_is_that_of_the_standard()
    {
        var value = JsonNode.Parse("""{ "b": [true, null, -7], "a": "\u20ac$\u000f\nA'B\"\\\\\"/", "1": {} }""");

        // RFC 8785 §3.2.2 and §3.2.3: escapes as ECMAScript writes them, members by UTF-16 code units.
        Assert.AreEqual("""{"1":{},"a":"€$\u000f\nA'B\"\\\\\"/","b":[true,null,-7]}""", CanonicalJson.Write(value));
        Assert.ThrowsExactly<ArgumentException>(() => CanonicalJson.Write(JsonNode.Parse("1.5")));
    }

    [TestMethod]
    public void A_UUID_of_version_5_is_that_of_the_standard()
    {
        // RFC 9562, appendix A.4.
        Assert.AreEqual(
            "2ed6657d-e927-568b-95e1-2665a8aea6a2",
            StixIds.Uuid5(new Guid("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "www.example.com").ToString());
    }

    private static JsonObject Find(JsonArray objects, string type) =>
        objects.First(one => one!["type"]!.GetValue<string>() == type)!.AsObject();
}
