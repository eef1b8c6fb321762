using System.Globalization;
using System.Text.Json.Nodes;
using OtGuard.Collectors;
using OtGuard.Exchange.Sharing;
using OtGuard.Exchange.Stix;

namespace OtGuard.Exchange.Misp;

/// <summary>A case as an event of MISP.</summary>
/// <remarks>
/// MISP core format (draft 18 of misp-rfc): numbers are strings, <c>info</c> is one line of at most 256 characters. The
/// same case is the same event; its <c>timestamp</c> moves with the case's version. Addresses at home and pseudonyms are
/// never <c>to_ids</c>.
/// </remarks>
public static class MispEvent
{
    private const string TrafficTemplate = "16290b18-9af5-4a43-b195-75fe1eef0c35";
    private const int LongestInfo = 256;
    private const string Inherit = "5";
    private const string NetworkActivity = "Network activity";

    /// <summary>The exact tags of MISP's taxonomy <c>ics</c>.</summary>
    private static readonly Dictionary<string, string> ProtocolTags = new(StringComparer.Ordinal)
    {
        ["modbus"] = "ics:ot-network-data-transmission-protocols-power-system-automation=\"Modbus\"",
        ["opcua"] = "ics:ot-network-data-transmission-protocols-industrial-control-system=\"UA\"",
        ["can"] = "ics:ot-network-data-transmission-protocols-automatic-automobile-vehicle-aviation=\"CAN bus (ARINC 825 SAE J1939 NMEA 2000 FMS)\"",
        ["j1939"] = "ics:ot-network-data-transmission-protocols-automatic-automobile-vehicle-aviation=\"CAN bus (ARINC 825 SAE J1939 NMEA 2000 FMS)\"",
        ["uds"] = "ics:ot-network-data-transmission-protocols-automatic-automobile-vehicle-aviation=\"Unified Diagnostic Services\"",
    };

    /// <summary>The event of a case.</summary>
    /// <param name="case">What leaves.</param>
    /// <param name="distribution">
    /// How far the partner's server may pass it on, 0 to 3; narrowed to what the level allows: CLEAR all, GREEN connected
    /// communities, AMBER the community, beyond it the organisation alone.
    /// </param>
    public static JsonObject Make(SharedCase @case, int distribution)
    {
        var timestamp = Seconds(@case.ModifiedAt);
        var attributes = new JsonArray();
        var objects = new JsonArray();
        foreach (var observation in @case.Observations)
        {
            if (Traffic(@case, observation, timestamp) is { } traffic) objects.Add(traffic);
            attributes.Add(Attribute(
                @case, $"observation/{observation.Serial}/sentence", "Other", "comment", observation.Sentence.En,
                false, timestamp,
                observation.Title, observation));
        }

        if (@case.WithIndicators)
        {
            foreach (var behaviour in @case.Observations.GroupBy(one => (one.Protocol, one.Kind)))
            {
                var first = behaviour.First();
                attributes.Add(Attribute(
                    @case, $"behaviour/{first.Protocol}/{first.Kind}", NetworkActivity, "stix2-pattern",
                    StixBundle.BehaviourPattern(first.Protocol, first.Kind, first.Actor is { Kind: PartyKind.Bus } || first.Bus is not null),
                    false, timestamp, first.Title, first));
            }

            foreach (var actor in @case.Observations.Where(one => one.Actor is
            { IsPseudonym: false, IsPublic: true, Kind: PartyKind.Ipv4 or PartyKind.Ipv6 })
                .GroupBy(one => one.Actor!.Value, StringComparer.Ordinal))
                attributes.Add(Attribute(
                    @case, $"address/{actor.Key}", NetworkActivity, "ip-src", actor.Key, true, timestamp,
                    "A public address that acted", actor.First()));
        }

        foreach (var field in @case.Fields)
            attributes.Add(Attribute(
                @case, $"field/{field.Id}", "Other", "text", field.Value.En, false, timestamp,
                $"{field.Label.En} ({field.Standing.ToString().ToLowerInvariant()}, {field.Source})", null));
        var count = attributes.Count + objects.Sum(one => one!["Attribute"]!.AsArray().Count);
        var organisation = StixIds.Uuid5(StixIds.ProjectNamespace, $"misp-organisation|{@case.Operator.Reference}");
        return new JsonObject
        {
            ["Event"] = new JsonObject
            {
                ["id"] = "0",
                ["uuid"] = StixIds.Uuid5(StixIds.ProjectNamespace, $"misp-event|case/{@case.Id}").ToString("D"),
                ["info"] = Line($"{@case.StageTitle.En}: {StixBundle.Title(@case)}"),
                ["date"] = (@case.Observations.Count == 0 ? @case.CreatedAt : Moment(@case.Observations.Min(one => one.FirstSeen)))
                    .UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                ["timestamp"] = timestamp,
                ["published"] = false,
                ["publish_timestamp"] = "0",
                ["org_id"] = "0",
                ["orgc_id"] = "0",
                ["distribution"] = Math.Min(distribution, Widest(@case.Tlp)).ToString(CultureInfo.InvariantCulture),
                ["sharing_group_id"] = "0",
                ["threat_level_id"] = @case.Severity >= 80 ? "1" : @case.Severity >= 50 ? "2" : "3",
                ["analysis"] = @case.IsClosed ? "2" : "1",
                ["attribute_count"] = count.ToString(CultureInfo.InvariantCulture),
                ["Orgc"] = new JsonObject { ["id"] = "0", ["name"] = @case.Operator.Name, ["uuid"] = organisation.ToString("D") },
                ["Tag"] = Tags(@case),
                ["Attribute"] = attributes,
                ["Object"] = objects,
            },
        };
    }

    private static int Widest(Tlp level) => level switch
    {
        Tlp.Clear => 3,
        Tlp.Green => 2,
        Tlp.Amber => 1,
        Tlp.AmberStrict or Tlp.Red => 0,
    };

    private static JsonArray Tags(SharedCase @case)
    {
        var tags = new List<string> { "tlp:" + TlpText.Word(@case.Tlp) };
        if (@case.Exercise) tags.Add("exercise:generic=\"comcheck\"");
        foreach (var protocol in @case.Observations.Select(one => one.Protocol).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            if (ProtocolTags.TryGetValue(protocol, out var tag)) tags.Add(tag);
        foreach (var technique in @case.Observations.SelectMany(one => one.Techniques).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal).Select(AttackTechniques.Find).OfType<AttackTechnique>())
            tags.Add($"misp-galaxy:mitre-attack-pattern=\"{technique.Name} - {technique.Id}\"");
        return new JsonArray([.. tags.Distinct(StringComparer.Ordinal).Select(name => new JsonObject { ["name"] = name })]);
    }

    private static JsonObject? Traffic(SharedCase @case, SharedObservation one, string timestamp)
    {
        var parts = new JsonArray();
        Endpoint("src", one.Actor);
        Endpoint("dst", one.Asset);
        if (parts.Count == 0) return null;
        if (one.Protocol is not ("network" or "")) Add("protocols", "text", one.Protocol, "Other", false);
        Add("start_time", "datetime", StixBundle.Time(one.FirstSeen), "Other", false);
        Add("end_time", "datetime", StixBundle.Time(one.LastSeen), "Other", false);
        return new JsonObject
        {
            ["uuid"] = Uuid(@case, $"observation/{one.Serial}/traffic"),
            ["name"] = "network-traffic",
            ["meta-category"] = "network",
            ["description"] = "Generic network traffic that originates from a source and is addressed to a destination.",
            ["template_uuid"] = TrafficTemplate,
            ["template_version"] = "1",
            ["timestamp"] = timestamp,
            ["distribution"] = Inherit,
            ["sharing_group_id"] = "0",
            ["comment"] = one.Title,
            ["deleted"] = false,
            ["ObjectReference"] = new JsonArray(),
            ["Attribute"] = parts,
        };

        void Endpoint(string side, SharedParty? party)
        {
            if (party is null) return;
            // The template has ip-dst for both sides.
            (string Name, string Type)? relation = party.Kind switch
            {
                PartyKind.Ipv4 or PartyKind.Ipv6 => (side + "_ip", "ip-dst"),
                PartyKind.Mac => (side + "_mac", "mac-address"),
                PartyKind.Name => (side + "_hostname", "hostname"),
                PartyKind.Bus => null,
            };
            if (relation is { } found)
                Add(found.Name, found.Type, party.Value, NetworkActivity, side == "src" && party is { IsPseudonym: false, IsPublic: true });
        }

        void Add(string relation, string type, string value, string category, bool toIds)
        {
            var attribute = Attribute(
                @case, $"observation/{one.Serial}/traffic/{relation}", category, type, value, toIds, timestamp, "", null);
            attribute["object_relation"] = relation;
            parts.Add(attribute);
        }
    }

    private static JsonObject Attribute(
        SharedCase @case, string reference, string category, string type, string value, bool toIds, string timestamp,
        string comment, SharedObservation? observation)
    {
        var attribute = new JsonObject
        {
            ["uuid"] = Uuid(@case, reference),
            ["type"] = type,
            ["category"] = category,
            ["value"] = value,
            ["to_ids"] = toIds,
            ["timestamp"] = timestamp,
            ["distribution"] = Inherit,
            ["sharing_group_id"] = "0",
            ["comment"] = comment,
            ["deleted"] = false,
            ["disable_correlation"] = !toIds,
        };
        if (observation is not null)
        {
            attribute["first_seen"] = StixBundle.Time(observation.FirstSeen);
            attribute["last_seen"] = StixBundle.Time(observation.LastSeen);
        }

        return attribute;
    }

    private static string Uuid(SharedCase @case, string reference) =>
        StixIds.Uuid5(StixIds.ProjectNamespace, $"misp|case/{@case.Id}/{reference}").ToString("D");

    private static string Line(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= LongestInfo ? line : line[..(LongestInfo - 1)] + "…";
    }

    private static DateTimeOffset Moment(CaptureTime time) =>
        DateTimeOffset.UnixEpoch.AddTicks(time.UnixNanoseconds / TimeSpan.NanosecondsPerTick);

    private static string Seconds(DateTimeOffset time) => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
