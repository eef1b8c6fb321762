using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange.Stix;

/// <summary>A case as a bundle of STIX 2.1.</summary>
/// <remarks>
/// The same case exported twice is the same bundle; a changed case keeps its identifiers and <c>created</c>, and moves
/// <c>modified</c>. Objects fulfil OASIS' interoperability profile where it has one. A receiver that does not know the
/// project's extensions has the story from the report's description and the notes.
/// </remarks>
public sealed class StixBundle
{
    private const string MitreIdentity = "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5";

    /// <summary>
    /// Older than any version MITRE published: a receiver that has MITRE's own object keeps it.
    /// </summary>
    private const string MitreCreated = "2010-01-01T00:00:00.000Z";

    /// <summary>Identities that stay unnamed, and sensors, were always there: a true date would be a trace.</summary>
    private const string NoDate = "2020-01-01T00:00:00.000Z";

    private const long MostObserved = 999_999_999;

    private static readonly Dictionary<Tlp, string> Markings = new()
    {
        [Tlp.Clear] = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
        [Tlp.Green] = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
        [Tlp.Amber] = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
        [Tlp.AmberStrict] = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
        [Tlp.Red] = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
    };

    private readonly SharedCase _case;
    private readonly List<JsonObject> _objects = [];
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly string _marking;
    private readonly string _created;
    private readonly string _modified;
    private string _operator = "";

    private StixBundle(SharedCase @case)
    {
        _case = @case;
        _marking = Markings[@case.Tlp];
        _created = Time(@case.CreatedAt);
        _modified = Time(@case.ModifiedAt);
    }

    /// <summary>The bundle of a case.</summary>
    public static JsonObject Make(SharedCase @case)
    {
        var bundle = new StixBundle(@case);
        bundle.Build();
        var objects = new JsonArray([.. bundle._objects]);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalJson.Write(objects))));
        return new JsonObject
        {
            ["type"] = "bundle",
            ["id"] = StixIds.Of("bundle", hash),
            ["objects"] = objects,
        };
    }

    /// <summary>The marking of a level.</summary>
    public static string MarkingOf(Tlp level) => Markings[level];

    /// <summary>The level of a marking, or null.</summary>
    public static Tlp? LevelOf(string marking)
    {
        foreach (var (level, id) in Markings)
            if (id == marking) return level;
        return null;
    }

    /// <summary>The pattern that tells a behaviour: a kind of deviation in a protocol.</summary>
    public static string BehaviourPattern(string protocol, string kind, bool onBus) => onBus
        ? $"[x-otguard-can-frame:protocol = '{protocol}' AND x-otguard-can-frame:deviation_kind = '{kind}']"
        : $"[network-traffic:extensions.'{StixExtensions.Exchange}'.protocol = '{protocol}' AND "
            + $"network-traffic:extensions.'{StixExtensions.Exchange}'.deviation_kind = '{kind}']";

    internal static JsonArray References(string reference) =>
        new(new JsonObject { ["source_name"] = StixIds.SourceName, ["external_id"] = reference });

    internal static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    internal static string Time(CaptureTime time) =>
        Time(DateTimeOffset.UnixEpoch.AddTicks(time.UnixNanoseconds / TimeSpan.NanosecondsPerTick));

    /// <summary>One line that tells the story without naming anybody: <c>access, write, effect over modbus</c>.</summary>
    internal static string Title(SharedCase @case)
    {
        var phases = @case.Observations.Select(one => one.Phase).Where(phase => phase != AttackPhase.None).Distinct().Order()
            .Select(phase => phase.ToString().ToLowerInvariant()).ToList();
        var protocols = @case.Observations.Select(one => one.Protocol).Where(name => name.Length > 0).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        return $"{(@case.Exercise ? "EXERCISE: " : "")}OT incident: "
            + $"{(phases.Count == 0 ? "deviations" : string.Join(", ", phases))} over {string.Join(", ", protocols)}";
    }

    private void Build()
    {
        Add(Marking());
        foreach (var definition in StixExtensions.Definitions()) Add(definition);
        _operator = Add(Operator());
        var sensors = _case.Observations.SelectMany(one => one.Sensors).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal).ToDictionary(name => name, name => Add(Sensor(name)), StringComparer.Ordinal);
        var incident = Domain("incident", "incident");
        incident["name"] = Title(_case);
        incident["description"] = Story();
        incident["extensions"] = new JsonObject { [StixExtensions.IncidentCore] = IncidentCore() };
        var incidentId = Add(incident);
        var observed = new List<(SharedObservation Observation, string Id)>();
        foreach (var observation in _case.Observations) observed.Add((observation, AddObservation(observation)));
        var indicators = _case.WithIndicators ? AddIndicators(observed, sensors) : [];
        var notes = AddNotes(incidentId, observed);
        var grouping = Domain("grouping", "grouping");
        grouping["name"] = "What was observed";
        grouping["context"] = "suspicious-activity";
        grouping["object_refs"] = Refs([.. observed.Select(one => one.Id), .. indicators.Concat([incidentId])]);
        Add(grouping);
        var report = Domain("report", "report");
        report["name"] = $"{_case.StageTitle.En}: {Title(_case)}";
        report["description"] = Story();
        report["report_types"] = new JsonArray("observed-data", "threat-report");
        report["published"] = _modified;
        report["object_refs"] = Refs([
            .. _objects.Select(one => one["id"]!.GetValue<string>())
                .Where(id => !id.StartsWith("marking-definition", StringComparison.Ordinal)
                    && !id.StartsWith("extension-definition", StringComparison.Ordinal)),
        ]);
        _ = notes;
        Add(report);
    }

    private JsonObject Marking() => new()
    {
        ["type"] = "marking-definition",
        ["spec_version"] = "2.1",
        ["id"] = _marking,
        ["created"] = "2022-10-01T00:00:00.000Z",
        ["name"] = TlpText.Label(_case.Tlp),
        ["extensions"] = new JsonObject
        {
            [StixExtensions.Tlp2] = new JsonObject
            {
                ["extension_type"] = "property-extension",
                ["tlp_2_0"] = TlpText.Word(_case.Tlp),
            },
        },
    };

    private JsonObject Operator()
    {
        var identity = Domain("identity", "operator/" + _case.Operator.Reference, created: NoDate, byOperator: false);
        identity["name"] = _case.Operator.Name;
        identity["identity_class"] = "organization";
        if (_case.Operator.Sectors.Count > 0)
            identity["sectors"] = new JsonArray([.. _case.Operator.Sectors.Select(sector => JsonValue.Create(sector))]);
        if (_case.Operator.Contact is { } contact) identity["contact_information"] = contact;
        return identity;
    }

    private JsonObject Sensor(string name)
    {
        var identity = Domain("identity", $"operator/{_case.Operator.Reference}/sensor/{name}", created: NoDate);
        identity["name"] = name;
        identity["identity_class"] = "system";
        return identity;
    }

    private JsonObject IncidentCore() => new()
    {
        ["extension_type"] = "property-extension",
        ["determination"] = _case["suspectedMalicious"] == "no" ? "low-value" : "suspected",
        ["investigation_status"] = _case.IsClosed ? "closed" : "open",
        ["criticality"] = _case.Severity,
    };

    /// <summary>The observation's objects; returns the id of the observed-data.</summary>
    private string AddObservation(SharedObservation one)
    {
        var content = AddContent(one);
        var data = Case("observed-data", $"observation/{one.Serial}");
        data["first_observed"] = Time(one.FirstSeen);
        data["last_observed"] = Time(one.LastSeen);
        data["number_observed"] = Math.Clamp(one.Occurrences, 1, MostObserved);
        data["object_refs"] = Refs(content);
        data["confidence"] = one.Confidence;
        return Add(data);
    }

    private List<string> AddContent(SharedObservation one)
    {
        var refs = new List<string>();
        var isBus = IsBus(one);
        var source = isBus ? null : AddAddress(one.Actor, refs);
        var target = isBus ? null : AddAddress(one.Asset, refs);
        if (source is null && target is null)
        {
            var type = isBus ? "x-otguard-can-frame" : "x-otguard-exchange";
            var own = Facts(one);
            if (isBus)
            {
                own["channel"] = one.Bus ?? (one.Actor is { Kind: PartyKind.Bus } bus ? bus.Value : "unknown");
                if (one.CanIdentifier is { } identifier)
                {
                    own["can_id"] = identifier;
                    own["is_extended"] = identifier > 0x7FF;
                }
            }

            own["first_observed"] = Time(one.FirstSeen);
            own["last_observed"] = Time(one.LastSeen);
            var id = StixIds.OfObservable(type, own.DeepClone().AsObject());
            own["type"] = type;
            own["spec_version"] = "2.1";
            own["id"] = id;
            own["object_marking_refs"] = new JsonArray(_marking);
            own["extensions"] = new JsonObject
            {
                [isBus ? StixExtensions.CanFrame : StixExtensions.Exchange] = new JsonObject { ["extension_type"] = "new-sco" },
            };
            refs.Add(Add(own));
            return refs;
        }

        var traffic = new JsonObject { ["protocols"] = Protocols(one) };
        if (source is not null) traffic["src_ref"] = source;
        if (target is not null) traffic["dst_ref"] = target;
        traffic["start"] = Time(one.FirstSeen);
        traffic["end"] = Time(one.LastSeen);
        var facts = Facts(one);
        facts["extension_type"] = "property-extension";
        traffic["extensions"] = new JsonObject { [StixExtensions.Exchange] = facts };
        var trafficId = StixIds.OfObservable("network-traffic", traffic.DeepClone().AsObject());
        traffic["type"] = "network-traffic";
        traffic["spec_version"] = "2.1";
        traffic["id"] = trafficId;
        traffic["object_marking_refs"] = new JsonArray(_marking);
        refs.Add(Add(traffic));
        return refs;
    }

    private string? AddAddress(SharedParty? party, List<string> refs)
    {
        string? type = party?.Kind switch
        {
            PartyKind.Ipv4 => "ipv4-addr",
            PartyKind.Ipv6 => "ipv6-addr",
            PartyKind.Mac => "mac-addr",
            PartyKind.Bus or PartyKind.Name or null => null,
        };
        if (type is null) return null;
        var id = StixIds.OfObservable(type, new JsonObject { ["value"] = party!.Value });
        Add(new JsonObject
        {
            ["type"] = type,
            ["spec_version"] = "2.1",
            ["id"] = id,
            ["value"] = party.Value,
            ["object_marking_refs"] = new JsonArray(_marking),
        });
        if (!refs.Contains(id)) refs.Add(id);
        return id;
    }

    private static JsonArray Protocols(SharedObservation one)
    {
        var protocols = new JsonArray
        {
            (one.Actor ?? one.Asset)!.Kind switch
            {
                PartyKind.Ipv4 => "ipv4",
                PartyKind.Ipv6 => "ipv6",
                PartyKind.Mac or PartyKind.Bus or PartyKind.Name => "ethernet",
            },
        };
        if (one.Protocol is "modbus" or "opcua") protocols.Add("tcp");
        if (one.Protocol is not ("network" or "")) protocols.Add(one.Protocol);
        return protocols;
    }

    private static JsonObject Facts(SharedObservation one)
    {
        var facts = new JsonObject
        {
            ["protocol"] = one.Protocol,
            ["deviation_kind"] = one.Kind,
            ["catalogue_row"] = one.Catalogue,
            ["occurrences"] = Math.Max(1, one.Occurrences),
            ["severity"] = one.Severity,
        };
        if (one.Operation is { } operation) facts["operation"] = operation;
        if (one.FunctionCode is { } code) facts["function_code"] = code;
        if (one.Expected is { } expected) facts["expected"] = expected;
        if (one.Observed is { } observed) facts["observed"] = observed;
        if (one.Zone is { } zone) facts["zone"] = zone;
        if (one.Baseline is { } baseline) facts["baseline"] = baseline;
        return facts;
    }

    private List<string> AddIndicators(
        List<(SharedObservation Observation, string Id)> observed, Dictionary<string, string> sensors)
    {
        var ids = new List<string>();
        foreach (var behaviour in observed.GroupBy(one => (one.Observation.Protocol, one.Observation.Kind)))
        {
            var first = behaviour.First().Observation;
            var indicator = Case("indicator", $"behaviour/{first.Protocol}/{first.Kind}");
            indicator["name"] = $"{first.Title} ({first.Protocol})";
            indicator["description"] = "A behaviour of operational technology, found by kind of deviation and protocol.";
            indicator["indicator_types"] = new JsonArray("anomalous-activity");
            indicator["pattern"] = BehaviourPattern(first.Protocol, first.Kind, IsBus(first));
            Finish(indicator, behaviour.ToList());
        }

        // An address that leaves as it is, of somebody who did something. A pseudonym is nobody's address: looked for,
        // it would be found nowhere, or at the wrong place.
        foreach (var actor in observed.Where(one => one.Observation.Actor is
        { IsPseudonym: false, IsPublic: true, Kind: PartyKind.Ipv4 or PartyKind.Ipv6 })
            .GroupBy(one => one.Observation.Actor!.Value, StringComparer.Ordinal))
        {
            var party = actor.First().Observation.Actor!;
            var indicator = Case("indicator", $"address/{party.Value}");
            indicator["name"] = $"Address {party.Value}";
            indicator["indicator_types"] = new JsonArray("malicious-activity");
            indicator["pattern"] = $"[{(party.Kind == PartyKind.Ipv4 ? "ipv4-addr" : "ipv6-addr")}:value = '{party.Value}']";
            Finish(indicator, [.. actor]);
        }

        return ids;

        void Finish(JsonObject indicator, List<(SharedObservation Observation, string Id)> group)
        {
            var techniques = group.SelectMany(one => one.Observation.Techniques).Distinct(StringComparer.Ordinal)
                .Select(AttackTechniques.Find).OfType<AttackTechnique>().ToList();
            indicator["pattern_type"] = "stix";
            indicator["pattern_version"] = "2.1";
            indicator["valid_from"] = Time(group.Min(one => one.Observation.FirstSeen));
            indicator["confidence"] = group.Max(one => one.Observation.Confidence);
            var phases = techniques.SelectMany(one => one.Tactics).Distinct(StringComparer.Ordinal).ToList();
            if (phases.Count > 0) indicator["kill_chain_phases"] = Phases(phases);
            var id = Add(indicator);
            ids.Add(id);
            foreach (var technique in techniques) AddRelationship("indicates", id, AddTechnique(technique));
            foreach (var (_, data) in group) AddRelationship("based-on", id, data);
            var sighting = Case("sighting", id);
            sighting["sighting_of_ref"] = id;
            sighting["first_seen"] = Time(group.Min(one => one.Observation.FirstSeen));
            sighting["last_seen"] = Time(group.Max(one => one.Observation.LastSeen));
            sighting["count"] = Math.Clamp(group.Sum(one => one.Observation.Occurrences), 1, MostObserved);
            sighting["summary"] = false;
            sighting["observed_data_refs"] = Refs([.. group.Select(one => one.Id)]);
            var where = group.SelectMany(one => one.Observation.Sensors).Distinct(StringComparer.Ordinal)
                .Select(name => sensors[name]).ToList();
            sighting["where_sighted_refs"] = Refs(where.Count > 0 ? where : [_operator]);
            Add(sighting);
        }
    }

    private string AddTechnique(AttackTechnique technique)
    {
        if (_ids.Contains(technique.StixId)) return technique.StixId;
        if (!_ids.Contains(MitreIdentity))
            Add(new JsonObject
            {
                ["type"] = "identity",
                ["spec_version"] = "2.1",
                ["id"] = MitreIdentity,
                ["created"] = MitreCreated,
                ["modified"] = MitreCreated,
                ["name"] = "The MITRE Corporation",
                ["identity_class"] = "organization",
            });
        return Add(new JsonObject
        {
            ["type"] = "attack-pattern",
            ["spec_version"] = "2.1",
            ["id"] = technique.StixId,
            ["created_by_ref"] = MitreIdentity,
            ["created"] = MitreCreated,
            ["modified"] = MitreCreated,
            ["name"] = technique.Name,
            ["kill_chain_phases"] = Phases(technique.Tactics),
            ["external_references"] = new JsonArray(
                new JsonObject
                {
                    ["source_name"] = "mitre-attack",
                    ["external_id"] = technique.Id,
                    ["url"] = $"https://attack.mitre.org/techniques/{technique.Id.Replace('.', '/')}",
                }),
        });
    }

    private List<string> AddNotes(string incident, List<(SharedObservation Observation, string Id)> observed)
    {
        var ids = new List<string>();
        foreach (var (observation, data) in observed)
        {
            var note = Case("note", $"observation/{observation.Serial}");
            note["abstract"] = observation.Title;
            note["content"] = observation.Sentence.En;
            note["lang"] = "en";
            note["object_refs"] = Refs([data]);
            ids.Add(Add(note));
        }

        foreach (var standing in Enum.GetValues<Standing>())
        {
            var fields = _case.Fields.Where(field => field.Standing == standing).ToList();
            if (fields.Count == 0) continue;
            var word = standing.ToString().ToLowerInvariant();
            var note = Case("note", word);
            note["abstract"] = standing switch
            {
                Standing.Observed => "Observed",
                Standing.Inferred => "Inferred from what was observed",
                Standing.Reported => "Reported by people",
            };
            note["content"] = string.Join('\n', fields.Select(Line));
            note["lang"] = "en";
            note["labels"] = _case.Exercise ? new JsonArray("exercise", word) : new JsonArray(word);
            if (fields.Max(field => field.Confidence) is { } confidence) note["confidence"] = confidence;
            note["object_refs"] = Refs([incident]);
            ids.Add(Add(note));
        }

        return ids;

        static string Line(SharedField field) =>
            $"{field.Label.En}: {field.Value.En} ({field.Source}"
            + (field.Confidence is { } confidence ? string.Create(CultureInfo.InvariantCulture, $", confidence {confidence})") : ")");
    }

    private string Story()
    {
        var text = new StringBuilder();
        if (_case.Exercise) text.Append("This is an exercise.\n");
        text.Append(CultureInfo.InvariantCulture, $"{_case.Observations.Count + _case.Further} observations, severity {_case.Severity} of 100.\n");
        foreach (var one in _case.Observations.OrderBy(one => one.FirstSeen).ThenBy(one => one.Serial))
            text.Append(CultureInfo.InvariantCulture, $"{Time(one.FirstSeen)} {one.Sentence.En}\n");
        if (_case.Further > 0) text.Append(CultureInfo.InvariantCulture, $"And {_case.Further} more.\n");
        return text.ToString().TrimEnd('\n');
    }

    private void AddRelationship(string type, string source, string target) => Add(new JsonObject
    {
        ["type"] = "relationship",
        ["spec_version"] = "2.1",
        ["id"] = StixIds.Of("relationship", $"{type}|{source}|{target}"),
        ["created_by_ref"] = _operator,
        ["created"] = _created,
        ["modified"] = _modified,
        ["relationship_type"] = type,
        ["source_ref"] = source,
        ["target_ref"] = target,
        ["object_marking_refs"] = new JsonArray(_marking),
    });

    private JsonObject Case(string type, string reference) => Domain(type, reference);

    private JsonObject Domain(string type, string reference, string? created = null, bool byOperator = true)
    {
        // Of the case, but for who it is about: an operator is the same in every case.
        if (created is null) reference = $"case/{_case.Id}/{reference}";
        var id = StixIds.Of(type, reference);
        var made = new JsonObject
        {
            ["type"] = type,
            ["spec_version"] = "2.1",
            ["id"] = id,
            ["created_by_ref"] = byOperator ? _operator : id,
            ["created"] = created ?? _created,
            ["modified"] = _modified,
            ["external_references"] = References(reference),
            ["object_marking_refs"] = new JsonArray(_marking),
        };
        if (_case.Exercise && created is null) made["labels"] = new JsonArray("exercise");
        return made;
    }

    private string Add(JsonObject one)
    {
        var id = one["id"]!.GetValue<string>();
        if (_ids.Add(id)) _objects.Add(one);
        return id;
    }

    private static bool IsBus(SharedObservation one) =>
        one.Bus is not null || one.CanIdentifier is not null || one.Actor is { Kind: PartyKind.Bus };

    private static JsonArray Phases(IEnumerable<string> tactics) => new(
        [
            .. tactics.Select(tactic => new JsonObject
            {
                ["kill_chain_name"] = "mitre-ics-attack",
                ["phase_name"] = tactic,
            }),
        ]);

    private static JsonArray Refs(IEnumerable<string> ids) =>
        new([.. ids.Distinct(StringComparer.Ordinal).Select(id => JsonValue.Create(id))]);
}
