using System.Text.Json;
using System.Text.Json.Nodes;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Misp;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange.Tests.Misp;

/// <summary>The MUSTs of the MISP core format (misp-rfc, misp-core-format, draft 18).</summary>
[TestClass]
public sealed class MispEventTests
{
    public required TestContext TestContext { get; init; }

    [TestMethod]
    [DataRow("modbus", "ics:ot-network-data-transmission-protocols-power-system-automation=\"Modbus\"")]
    [DataRow("opcua", "ics:ot-network-data-transmission-protocols-industrial-control-system=\"UA\"")]
    [DataRow("can", "ics:ot-network-data-transmission-protocols-automatic-automobile-vehicle-aviation=\"CAN bus (ARINC 825 SAE J1939 NMEA 2000 FMS)\"")]
    public async Task Every_event_has_what_it_must_have(string protocol, string tag)
    {
        await using var fixture = new CaseFixture();
        var version = await fixture.OpenCaseAsync(protocol);
        foreach (var level in Enum.GetValues<Tlp>())
        {
            var one = MispEvent.Make(fixture.Disclose(version, "local", level).Shared, 3)["Event"]!.AsObject();

            foreach (var name in new[] { "uuid", "info", "date", "timestamp", "publish_timestamp", "org_id", "orgc_id", "distribution",
                "sharing_group_id", "id", "threat_level_id", "analysis", "attribute_count" })
                Assert.AreEqual(JsonValueKind.String, one[name]?.GetValueKind(), name);
            Assert.IsTrue(Guid.TryParseExact(Text(one, "uuid"), "D", out _));
            Assert.AreEqual(JsonValueKind.False, one["published"]!.GetValueKind());
            Assert.AreEqual("0", Text(one, "publish_timestamp"));
            Assert.IsLessThanOrEqualTo(256, Text(one, "info").Length);
            Assert.DoesNotContain("\n", Text(one, "info"));
            Assert.MatchesRegex(@"^\d{4}-\d\d-\d\d$", Text(one, "date"));
            Assert.MatchesRegex(@"^\d{10}$", Text(one, "timestamp"));
            Assert.Contains(Text(one, "threat_level_id"), "1234");
            Assert.Contains(Text(one, "analysis"), "012");
            Assert.AreEqual(
                level switch { Tlp.Clear => "3", Tlp.Green => "2", Tlp.Amber => "1", Tlp.AmberStrict or Tlp.Red => "0" },
                Text(one, "distribution"), "What a level forbids no server is told to do.");
            foreach (var name in new[] { "uuid", "name", "id" }) Assert.IsNotNull(one["Orgc"]![name], name);
            var tags = one["Tag"]!.AsArray().Select(item => Text(item!, "name")).ToList();
            Assert.Contains("tlp:" + TlpText.Word(level), tags);
            Assert.Contains(tag, tags);
            Assert.IsTrue(tags.Exists(name => name.StartsWith("misp-galaxy:mitre-attack-pattern=\"", StringComparison.Ordinal)));
            var attributes = Attributes(one).ToList();
            Assert.AreEqual(Text(one, "attribute_count"), $"{attributes.Count}");
            Assert.HasCount(attributes.Count, attributes.Select(item => Text(item, "uuid")).Distinct().ToArray());
            foreach (var attribute in attributes)
            {
                foreach (var name in new[] { "uuid", "type", "category", "value", "timestamp", "distribution", "sharing_group_id", "comment" })
                    Assert.AreEqual(JsonValueKind.String, attribute[name]?.GetValueKind(), name);
                Assert.IsTrue(attribute["to_ids"]!.GetValueKind() is JsonValueKind.True or JsonValueKind.False);
                Assert.IsNotEmpty(Text(attribute, "value"));
                Assert.IsTrue(Allowed(Text(attribute, "category"), Text(attribute, "type")), $"{attribute["category"]} {attribute["type"]}");
            }

            foreach (var item in one["Object"]!.AsArray())
            {
                foreach (var name in new[] { "uuid", "name", "meta-category", "description", "template_uuid", "template_version",
                    "timestamp", "distribution", "sharing_group_id" })
                    Assert.AreEqual(JsonValueKind.String, item![name]?.GetValueKind(), name);
                Assert.AreEqual("16290b18-9af5-4a43-b195-75fe1eef0c35", Text(item!, "template_uuid"));
                Assert.IsTrue(item!["Attribute"]!.AsArray().All(part => part!["object_relation"] is not null));
            }
        }
    }

    [TestMethod]
    public async Task Neither_an_address_at_home_nor_a_pseudonym_is_ever_to_be_detected_and_a_public_one_is()
    {
        await using var fixture = new CaseFixture();
        await fixture.TakeAsync(
            [.. Samples.Of("modbus"), Replay.SampleDeviations.Of(
                "external-peer", "203.0.113.9 → 10.20.0.103", TimeSpan.FromSeconds(90))]);
        var version = await fixture.Desk.OpenAsync("1", "nis2-bsig", CaseFixture.Anna, TestContext.CancellationToken);
        fixture.Partner("open", one => one with
        {
            Profiles = new Dictionary<string, SharingProfile> { ["amber"] = SharingProfile.Default(Tlp.Amber) with { Address = Treatment.Share } },
        });
        foreach (var partner in new[] { "local", "open" })
        {
            var made = MispEvent.Make(fixture.Disclose(version, partner, Tlp.Amber).Shared, 1);

            var detected = Attributes(made["Event"]!).Where(item => item["to_ids"]!.GetValue<bool>())
                .Select(item => Text(item, "value")).Distinct().ToList();
            Assert.AreEqual("203.0.113.9", string.Join(' ', detected));
        }
    }

    [TestMethod]
    public async Task The_same_case_is_the_same_event_and_a_changed_one_moves_its_timestamp()
    {
        await using var fixture = new CaseFixture();
        var version = await fixture.OpenCaseAsync();
        JsonNode Make(CaseVersion one) => MispEvent.Make(fixture.Disclose(one, "local", Tlp.Amber).Shared, 1)["Event"]!;
        var first = Make(version);
        await fixture.ReopenAsync();

        Assert.AreEqual(first.ToJsonString(), Make(await fixture.Desk.FindAsync("1", TestContext.CancellationToken)).ToJsonString());
        fixture.Clock.Advance(TimeSpan.FromHours(1));
        var later = Make(await fixture.Desk.SetAsync(
            "1", new Dictionary<string, string> { ["crossBorder"] = "no" }, CaseFixture.Anna, null, TestContext.CancellationToken));
        Assert.AreEqual(Text(first, "uuid"), Text(later, "uuid"));
        Assert.AreEqual(3600, Seconds(later) - Seconds(first));
    }

    private static IEnumerable<JsonNode> Attributes(JsonNode one) =>
        one["Attribute"]!.AsArray().Concat(one["Object"]!.AsArray().SelectMany(item => item!["Attribute"]!.AsArray())).OfType<JsonNode>();

    /// <summary>Types that the core format has in a category, of those that are used.</summary>
    private static bool Allowed(string category, string type) => category switch
    {
        "Network activity" => type is "ip-src" or "ip-dst" or "hostname" or "mac-address" or "stix2-pattern" or "port",
        "Other" => type is "comment" or "text" or "datetime",
        _ => false,
    };

    private static long Seconds(JsonNode one) => long.Parse(Text(one, "timestamp"), System.Globalization.CultureInfo.InvariantCulture);

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
