using System.Text.Json.Nodes;
using CsCheck;
using OtGuard.Exchange.Intelligence;
using OtGuard.Exchange.Sharing;
using OtGuard.Exchange.Stix;
using OtGuard.Exchange.Tests.Peers;
using OtGuard.Exchange.Tests.Sending;

namespace OtGuard.Exchange.Tests.Intelligence;

[TestClass]
public sealed class IndicatorTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 30, 0, TimeSpan.Zero);

    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [TestMethod]
    [DataRow("[ipv4-addr:value = '203.0.113.9']", "Address 203.0.113.9")]
    [DataRow("[ipv4-addr:value IN ('203.0.113.9', '198.51.100.7')]", "Address 203.0.113.9, Address 198.51.100.7")]
    [DataRow("[ipv4-addr:value = '203.0.113.9' OR domain-name:value = 'Bad.Example.ORG.']", "Address 203.0.113.9, Domain bad.example.org")]
    [DataRow("[ipv4-addr:value = '203.0.113.9'] OR [ipv6-addr:value = '2001:DB8::1']", "Address 203.0.113.9, Address 2001:db8::1")]
    [DataRow("[ipv4-addr:value ISSUBSET '198.51.100.0/24']", "Network 198.51.100.0/24")]
    [DataRow("[network-traffic:dst_ref.value = '203.0.113.9']", "Address 203.0.113.9")]
    [DataRow("[x509-certificate:hashes.'SHA-1' = 'AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD']",
        "Certificate aabbccddeeff00112233445566778899aabbccdd")]
    [DataRow("[(ipv4-addr:value = '203.0.113.9')]", "Address 203.0.113.9")]
    public void A_pattern_is_read_into_what_is_looked_for(string pattern, string expected)
    {
        var reading = IndicatorReader.Read(Bundle(pattern), "a.json", Now);

        Assert.AreEqual(expected, string.Join(", ", reading.Indicators.Select(one => $"{one.Kind} {one.Value}")));
        Assert.IsEmpty(reading.Unused);
    }

    [TestMethod]
    [DataRow("[x509-certificate:hashes.'SHA-256' = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff']", "compared by SHA-1")]
    [DataRow("[file:hashes.'SHA-256' = 'abc']", "is not seen in the traffic")]
    [DataRow("[ipv4-addr:value = '203.0.113.9' AND network-traffic:dst_port = 502]", "several conditions at once")]
    [DataRow("[ipv4-addr:value = '203.0.113.9'] FOLLOWEDBY [ipv4-addr:value = '203.0.113.8']", "joins observations by FOLLOWEDBY")]
    [DataRow("[ipv4-addr:value LIKE '203.%']", "comparisons by LIKE")]
    [DataRow("[ipv4-addr:value != '203.0.113.9']", "comparisons by !=")]
    [DataRow("[ipv4-addr:value NOT = '203.0.113.9']", "comparisons by NOT =")]
    [DataRow("[ipv4-addr:value = '10.0.0.1']", "private address")]
    [DataRow("[ipv4-addr:value = '240.1.2.3']", "pseudonym")]
    [DataRow("[ipv4-addr:value = '127.0.0.1']", "every machine's own")]
    [DataRow("[ipv4-addr:value ISSUBSET '0.0.0.0/1']", "so large that it says nothing")]
    [DataRow("[ipv4-addr:value = '203.0.113.900']", "is no address")]
    [DataRow("[domain-name:value = 'com']", "is no domain")]
    [DataRow("[ipv4-addr:value = '203.0.113.9", "does not end")]
    [DataRow("ipv4-addr:value = '203.0.113.9'", "stands where [ belongs")]
    [DataRow("", "ends too early")]
    public void What_cannot_be_used_is_listed_with_the_reason(string pattern, string reason)
    {
        var reading = IndicatorReader.Read(Bundle(pattern), "a.json", Now);

        Assert.IsEmpty(reading.Indicators);
        Assert.Contains(reason, reading.Unused.Single().Reason);
    }

    [TestMethod]
    public void Expired_revoked_and_foreign_ones_are_not_used_and_one_of_them_stops_nothing()
    {
        var text = new JsonObject
        {
            ["objects"] = new JsonArray(
                Indicator("indicator--1", "[ipv4-addr:value = '203.0.113.1']", one => one["valid_until"] = "2026-01-01T00:00:00Z"),
                Indicator("indicator--2", "[ipv4-addr:value = '203.0.113.2']", one => one["revoked"] = true),
                Indicator("indicator--3", "alert tcp any any", one => one["pattern_type"] = "snort"),
                Indicator("indicator--4", "[ipv4-addr:value = '203.0.113.4']", one =>
                    one["object_marking_refs"] = new JsonArray(StixBundle.MarkingOf(Tlp.AmberStrict))),
                null, "text", new JsonObject { ["type"] = "malware" }, new JsonObject { ["type"] = "indicator" }),
        }.ToJsonString();

        var reading = IndicatorReader.Read(text, "a.json", Now);

        Assert.AreEqual("203.0.113.4", reading.Indicators.Single().Value);
        Assert.AreEqual("amber+strict", reading.Indicators.Single().Tlp);
        Assert.AreEqual("indicator--2", reading.Revoked.Single());
        Assert.HasCount(3, reading.Unused);
    }

    [TestMethod]
    [DataRow("no json")]
    [DataRow("[]")]
    [DataRow("{\"a\":1}")]
    public void What_is_neither_STIX_nor_MISP_is_refused_in_a_sentence(string text) =>
        Assert.Contains("a.json", Assert.ThrowsExactly<ExchangeFormatException>(() => IndicatorReader.Read(text, "a.json", Now)).Message);

    [TestMethod]
    public void A_MISP_event_gives_what_is_to_be_detected()
    {
        var text = """
            {"Event":{"uuid":"1","info":"Campaign","Tag":[{"name":"tlp:green"}],
              "Attribute":[
                {"uuid":"a","type":"ip-dst|port","value":"203.0.113.5|502","to_ids":true},
                {"uuid":"b","type":"ip-dst","value":"203.0.113.6","to_ids":false},
                {"uuid":"c","type":"md5","value":"x","to_ids":true},
                {"uuid":"d","type":"hostname","value":"c2.example.org","to_ids":true,"deleted":true}],
              "Object":[{"name":"x","Attribute":[
                {"uuid":"e","type":"domain|ip","value":"evil.example.org|198.51.100.9","to_ids":true},
                {"uuid":"f","type":"x509-fingerprint-sha1","value":"00112233445566778899AABBCCDDEEFF00112233","to_ids":true}]}]}}
            """;

        var reading = IndicatorReader.Read(text, "event.json", Now);

        Assert.AreEqual(
            "203.0.113.5 evil.example.org 198.51.100.9 00112233445566778899aabbccddeeff00112233",
            string.Join(' ', reading.Indicators.Select(one => one.Value)));
        Assert.AreEqual("d", reading.Revoked.Single());
        Assert.Contains("type md5", reading.Unused.Single().Reason);
        Assert.AreEqual("green", reading.Indicators[0].Tlp);
    }

    [TestMethod]
    [DataRow("modbus")]
    [DataRow("opcua")]
    [DataRow("can")]
    public async Task A_behaviour_sent_by_one_operator_is_found_by_another_and_only_count_and_days_go_back(string protocol)
    {
        await using var sender = new CaseFixture();
        var disclosure = sender.Disclose(await sender.OpenCaseAsync(protocol), "local", Tlp.AmberStrict);
        await using var receiver = new CaseFixture();
        await receiver.TakeAsync(Samples.Of(protocol));
        var folder = new IndicatorFolder(receiver.Exchange.Intelligence, receiver.Clock);
        var reading = IndicatorReader.Read(StixBundle.Make(disclosure.Shared).ToJsonString(), "bundle.json", Now);
        Assert.IsEmpty(reading.Unused);
        folder.Take("cert", "bundle.json", reading, replace: false);

        var matches = await Sightings.FindAsync(receiver.Store, folder.Sources(), exercises: false, Stop);

        Assert.HasCount(reading.Indicators.Count, matches);
        foreach (var match in matches)
        {
            Assert.AreEqual(new DateOnly(2026, 1, 2), match.Sighting.First);
            Assert.AreEqual(1, match.Sighting.Count);
            Assert.HasCount(1, match.Alerts);
        }

        var back = SightingBundle.Make(matches, "operator-abc", Now);
        foreach (var secret in new[] { "10.20.", "10.30.", "bay-7", "tap-1", "Umspannwerk", "Stadtwerke", "03:0" })
            Assert.DoesNotContain(secret, back.ToJsonString().Replace("2026-01-02T03:30:00.000Z", "", StringComparison.Ordinal));
        Assert.Contains(StixBundle.MarkingOf(Tlp.AmberStrict), back.ToJsonString());
        Assert.IsEmpty(await Sightings.FindAsync(receiver.Store, folder.Sources(), exercises: true, Stop));
        // The indicators are the partner's, and the markings are the standard's: they are not in the bundle.
        foreach (var problem in StixValidator.Check(back).Single()["problems"]!.AsArray())
            Assert.MatchesRegex("refers to (indicator|marking-definition)--.*, which is not there", problem!.GetValue<string>());
    }

    [TestMethod]
    public async Task A_TAXII_collection_is_read_page_by_page_and_the_next_time_from_where_it_was_left()
    {
        await using var fixture = new CaseFixture();
        using var server = new TaxiiReceiver { NextPage = "abc" };
        foreach (var n in Enumerable.Range(1, 5))
            server.Objects[$"indicator--{n}|x"] = Indicator($"indicator--{n}", $"[ipv4-addr:value = '203.0.113.{n}']");
        File.WriteAllText(fixture.File("exchange/taxii.password"), "pass\n");
        var partner = fixture.Partner("partner", one => one with
        {
            Channel = new ChannelOptions
            {
                Kind = ChannelKind.Taxii,
                Url = new Uri(server.Root, "api/"),
                Collection = TaxiiReceiver.Collection,
                User = "otguard",
                SecretFile = "taxii.password",
            },
        });
        var folder = new IndicatorFolder(fixture.Exchange.Intelligence, fixture.Clock);

        var first = await IndicatorFetch.FetchAsync(partner, fixture.Exchange, folder, fixture.Clock, Stop);
        fixture.Clock.Advance(TimeSpan.FromHours(1));
        server.Objects.Clear();
        server.NextPage = null;
        server.Objects["indicator--3|y"] = Indicator("indicator--3", "[ipv4-addr:value = '203.0.113.3']", one => one["revoked"] = true);
        var second = await IndicatorFetch.FetchAsync(partner, fixture.Exchange, folder, fixture.Clock, Stop);

        Assert.HasCount(5, first.Indicators);
        Assert.HasCount(4, second.Indicators);
        Assert.Contains("added_after=2026-01-02T03%3A30%3A00.000Z", server.Requests.Last());
        Assert.Contains("next=abc", string.Join('\n', server.Requests));
        server.Failures.Enqueue((503, null));
        var fault = await Assert.ThrowsExactlyAsync<ExchangeException>(() =>
            IndicatorFetch.FetchAsync(partner, fixture.Exchange, folder, fixture.Clock, Stop));
        Assert.Contains("503", fault.Message);
        Assert.HasCount(4, folder.Find("partner")!.Indicators);
    }

    [TestMethod]
    public async Task A_MISP_feed_is_read_and_what_is_no_longer_in_it_is_gone()
    {
        await using var fixture = new CaseFixture();
        using var server = new MispReceiver();
        File.WriteAllText(fixture.File("exchange/misp.key"), "misp-key\n");
        var partner = fixture.Partner("partner", one => one with
        {
            Channel = new ChannelOptions { Kind = ChannelKind.Misp, Url = server.Root, SecretFile = "misp.key" },
        });
        var (one, two) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        server.Events[one] = Event("203.0.113.1");
        server.Events[two] = Event("203.0.113.2");
        var folder = new IndicatorFolder(fixture.Exchange.Intelligence, fixture.Clock);

        Assert.HasCount(2, (await IndicatorFetch.FetchAsync(partner, fixture.Exchange, folder, fixture.Clock, Stop)).Indicators);
        server.Events.TryRemove(one, out _);

        var left = await IndicatorFetch.FetchAsync(partner, fixture.Exchange, folder, fixture.Clock, Stop);
        Assert.AreEqual("203.0.113.2", left.Indicators.Single().Value);

        static JsonObject Event(string address) => new()
        {
            ["Event"] = new JsonObject
            {
                ["info"] = "x",
                ["Attribute"] = new JsonArray(new JsonObject
                {
                    ["uuid"] = Guid.NewGuid().ToString(),
                    ["type"] = "ip-src",
                    ["value"] = address,
                    ["to_ids"] = true,
                }),
            },
        };
    }

    [TestMethod]
    public void Whatever_stands_in_a_file_it_is_read_or_refused_in_a_sentence()
    {
        var event_ = """{"Event":{"info":"x","Tag":[{"name":"tlp:red"}],"Attribute":[{"uuid":"a","type":"ip-dst","value":"203.0.113.6","to_ids":true}],"Object":[{"Attribute":[{"uuid":"b","type":"stix2-pattern","value":"[ipv4-addr:value = '203.0.113.9']","to_ids":false}]}]}}""";
        var bundle = Bundle("[ipv4-addr:value = '203.0.113.9' OR (domain-name:value IN ('a.example', 'b.example'))]");
        string[] others = ["null", "1", "\"x\"", "[]", "{}", "true", "[[1]]", "{\"name\":{}}", "\"[\"", "\"((((((((((\""];
        Gen.Select(Gen.Int[0, 1], Gen.Int[0, 40], Gen.Int[0, others.Length - 1]).Sample((which, at, other) =>
        {
            var root = JsonNode.Parse(which == 0 ? event_ : bundle)!;
            var nodes = new List<JsonNode>();
            Gather(root, nodes);
            nodes[at % nodes.Count].ReplaceWith(JsonNode.Parse(others[other]));
            try
            {
                IndicatorReader.Read(root.ToJsonString(), "a.json", Now);
            }
            catch (ExchangeFormatException fault)
            {
                Assert.Contains("a.json", fault.Message);
            }
        }, iter: 2000);
        Gen.String[Gen.Char["[]()'=.:, ANDORINip4-v\\"], 0, 60].Sample(
            text => StixPattern.TryParse(text, out var alternatives, out var why) ? alternatives.Count > 0 : why is not null, iter: 5000);
        Assert.IsFalse(StixPattern.TryParse("[" + new string('(', 3000), out _, out var reason));
        Assert.Contains("nested too deeply", reason!);

        static void Gather(JsonNode node, List<JsonNode> nodes)
        {
            foreach (var child in node is JsonObject item ? item.Select(pair => pair.Value) : node as IEnumerable<JsonNode?> ?? [])
            {
                if (child is null) continue;
                nodes.Add(child);
                Gather(child, nodes);
            }
        }
    }

    private static string Bundle(string pattern) => new JsonObject
    {
        ["type"] = "bundle",
        ["id"] = "bundle--1",
        ["objects"] = new JsonArray(Indicator("indicator--1", pattern)),
    }.ToJsonString();

    private static JsonObject Indicator(string id, string pattern, Action<JsonObject>? change = null)
    {
        var made = new JsonObject { ["type"] = "indicator", ["id"] = id, ["pattern"] = pattern, ["pattern_type"] = "stix", ["modified"] = "x" };
        change?.Invoke(made);
        return made;
    }
}
