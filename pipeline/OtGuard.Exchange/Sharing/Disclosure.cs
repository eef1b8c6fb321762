using System.Globalization;
using System.Text.RegularExpressions;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Regimes;
using OtGuard.Exchange.Reports;
using OtGuard.Models;

namespace OtGuard.Exchange.Sharing;

/// <summary>What of a case leaves for a partner at a level, and what was replaced or left out for it.</summary>
/// <param name="Shared">What leaves.</param>
/// <param name="Replacements">What does not. Stays at home.</param>
/// <param name="Profile">The profile it was made by.</param>
/// <param name="KeyEpoch">The number of the key its pseudonyms are made with.</param>
public sealed partial record Disclosure(
    SharedCase Shared, IReadOnlyList<Replacement> Replacements, SharingProfile Profile, int KeyEpoch)
{
    /// <summary>Arguments of sentences that tell of the process.</summary>
    private static readonly HashSet<string> ValueArguments =
    [
        "value", "values", "before", "observed", "expected", "actual", "related", "votes", "level", "limit.value", "states",
    ];

    /// <summary>Arguments that may hold names which the operator or a device gave.</summary>
    private static readonly HashSet<string> NameArguments =
    [
        "place", "target", "thing", "subject", "state", "text", "name", "node", "zone", "from", "to", "where", "message",
        "messages", "group", "destination", "declared", "writer", "learned", "source", "reference.name",
    ];

    /// <summary>Arguments that hold addresses and words of our own.</summary>
    private static readonly HashSet<string> PlainArguments =
    [
        "client", "server", "host", "peer", "service", "services", "servers", "operation", "reason", "count",
        "span", "limit", "window", "protocol", "port", "usual", "bus", "address", "link", "first", "last", "sender", "hosts",
        "targets", "clients", "carried", "unit", "units", "act", "outcome", "transaction", "codes", "refused", "reference",
        "silence", "longest", "lost", "frames", "direction", "step", "share", "severity", "times", "rate", "basis", "band",
        "busiest", "greatest", "form", "bits", "changing", "rule", "seconds", "told", "subnet", "who",
    ];

    private static readonly CultureInfo GermanCulture = CultureInfo.GetCultureInfo("de");

    /// <summary>Words of the program's own in fields of text.</summary>
    private static readonly Dictionary<string, string> German = new(StringComparer.Ordinal)
    {
        [CaseFacts.DetectedHow] = "OtGuard, passive Überwachung des Netz- und Busverkehrs",
        ["energy"] = "Energie",
        ["utilities"] = "Versorgung",
        ["automotive"] = "Automobil",
        ["transportation"] = "Verkehr",
        ["manufacturing"] = "Produktion",
    };

    /// <summary>Makes it.</summary>
    /// <param name="case">The version of the case.</param>
    /// <param name="partner">For whom.</param>
    /// <param name="tlp">The level.</param>
    /// <param name="stage">The stage of the regime; null for an exchange outside of it, with every field.</param>
    /// <param name="regimes">The regimes.</param>
    /// <param name="operatorProfile">The operator.</param>
    /// <param name="pseudonyms">The partner's pseudonyms.</param>
    /// <param name="earlier">Earlier stages that left for the partner; null for none.</param>
    /// <exception cref="ExchangeException">Two values would share a pseudonym.</exception>
    public static Disclosure Make(
        CaseVersion @case, Partner partner, Tlp tlp, ReportingStage? stage, RegimeCatalogue regimes,
        OperatorProfile operatorProfile, Pseudonyms pseudonyms, IReadOnlyList<EarlierReport>? earlier = null)
    {
        var profile = partner.Profile(tlp);
        var redactor = new Redactor(profile, pseudonyms, operatorProfile.OwnNetworks);
        var regime = regimes[@case.Regime];
        Learn(@case, operatorProfile, regimes, regime, redactor);
        var named = profile.Organisation == Treatment.Share;
        var unnamed = named ? null : redactor.Keyed("operator", Sensitivity.Organisation, operatorProfile.Name);
        var ids = stage?.Fields ?? regimes.FieldsOf(regime).Select(field => field.Id);
        var shared = new SharedCase
        {
            Id = @case.Id,
            Version = @case.Version,
            CreatedAt = @case.CreatedAt,
            ModifiedAt = @case.ModifiedAt,
            Tlp = tlp,
            Partner = partner.Id,
            Exercise = @case.Exercise,
            IsClosed = @case.IsClosed,
            Severity = @case.Severity,
            Operator = new SharedOperator(
                unnamed ?? operatorProfile.Id.ToString("D"), unnamed ?? operatorProfile.Name, named, operatorProfile.Sectors,
                operatorProfile.Contact is { } contact ? redactor.Value(Sensitivity.Organisation, contact) : null),
            Regime = regime.Id,
            Law = regime.Law,
            Recipient = regime.Recipient,
            Stage = stage?.Id,
            StageTitle = stage?.Title ?? new LocalText("Information on an incident", "Information über einen Vorfall"),
            Earlier = earlier ?? [],
            WithIndicators = stage?.Indicators ?? true,
            Observations = [.. @case.Observations.Select(one => Share(one, redactor))],
            Further = @case.Further,
            Fields =
            [
                .. ids.Select(id => regimes.Field(regime, id))
                    .Select(field => Share(field, @case.Worksheet.GetValueOrDefault(field.Id), redactor)).OfType<SharedField>(),
            ],
        };
        return new Disclosure(shared, redactor.Replacements, profile, pseudonyms.Epoch);
    }

    private static void Learn(
        CaseVersion @case, OperatorProfile operatorProfile, RegimeCatalogue regimes, ReportingRegime regime, Redactor redactor)
    {
        foreach (var secret in operatorProfile.Secrets) redactor.Learn(Sensitivity.Name, secret);
        redactor.Learn(Sensitivity.Organisation, operatorProfile.Name);
        redactor.Learn(Sensitivity.Organisation, operatorProfile.Registration);
        redactor.Learn(Sensitivity.Organisation, operatorProfile.Contact);
        redactor.Learn(Sensitivity.Organisation, operatorProfile.CriticalService);
        foreach (var one in @case.Observations)
        {
            redactor.Learn(Sensitivity.Name, one.Site);
            redactor.Learn(Sensitivity.Name, one.Zone);
            foreach (var sensor in one.Sensors) redactor.Learn(Sensitivity.Name, sensor);
            if (one.Arguments.TryGetValue("who", out var who)) redactor.Learn(Sensitivity.User, UserOf(who));
            foreach (var (name, value) in one.Arguments)
            {
                foreach (Match node in NodePattern().Matches(value)) redactor.Learn(Sensitivity.Name, node.Groups[1].Value);
                if (ValueArguments.Contains(name))
                    foreach (Match number in NumberPattern().Matches(value)) if (number.Length > 2) redactor.Learn(Sensitivity.Value, number.Value);
            }
        }

        foreach (var field in regimes.FieldsOf(regime))
            if (field.Class is Sensitivity.Name or Sensitivity.User or Sensitivity.Vehicle or Sensitivity.Location)
                redactor.Learn(field.Class, @case[field.Id]);
    }

    private static SharedObservation Share(CaseObservation one, Redactor redactor)
    {
        var arguments = one.Arguments.ToDictionary(
            pair => pair.Key, pair => Argument(one, pair.Key, pair.Value, redactor), StringComparer.Ordinal);
        var operation = one.Arguments.GetValueOrDefault("operation") is { } text ? redactor.Text(text) : null;
        return new SharedObservation
        {
            Serial = one.Serial,
            Kind = one.Kind,
            Catalogue = one.Catalogue,
            Title = one.Title,
            Protocol = one.Protocol,
            Actor = Party(one.Actor, redactor),
            Asset = Party(one.Asset, redactor),
            Sentence = Sentence(one, arguments),
            // Phrases that hold values beside words of our own: the values in them are withheld by the arguments.
            Expected = redactor.Shares(Sensitivity.Value) ? redactor.Text(one.Expected) : null,
            Observed = redactor.Shares(Sensitivity.Value) ? redactor.Text(one.Observed) : null,
            Operation = operation,
            FunctionCode = operation is not null && FunctionCodePattern().Match(operation) is { Success: true } code
                ? int.Parse(code.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
                : null,
            CanIdentifier = Identifier(one),
            Bus = one.Arguments.GetValueOrDefault("bus") is { } bus ? Bus(bus, redactor)
                : BusPattern().Match(one.Actor ?? "") is { Success: true } named ? named.Groups[1].Value : null,
            Zone = one.Zone is { } zone ? redactor.Value(Sensitivity.Name, zone) : null,
            Sensors = [.. one.Sensors.Select(sensor => redactor.Value(Sensitivity.Name, sensor)).OfType<string>()],
            Severity = one.Severity,
            Phase = one.Phase,
            Techniques = one.Techniques,
            Baseline = one.Baseline is { } baseline ? redactor.Keyed("baseline", Sensitivity.Name, baseline) : null,
            FirstSeen = one.FirstSeen,
            LastSeen = one.LastSeen,
            Occurrences = one.Occurrences,
            Confidence = one.Confidence,
        };
    }

    /// <summary>
    /// The sentence made anew from its arguments, each as it leaves: the words of the template are our own, and nothing
    /// has to be found in a finished text.
    /// </summary>
    private static LocalText Sentence(CaseObservation one, Dictionary<string, string> arguments)
    {
        // A store written by an older program may lack an argument that the template asks for now.
        if (one.Message is not { } key
            || Messages.TryFormat(key, arguments, CultureInfo.InvariantCulture) is not { } english)
            return new LocalText(one.Title + ".", ReportDocument.TitleOf(one.Kind, one.Title, Language.De) + ".");
        return new LocalText(english, Messages.TryFormat(key, arguments, GermanCulture));
    }

    private static string Argument(CaseObservation one, string name, string value, Redactor redactor)
    {
        if (value.Length == 0) return value;
        if (name == "who" && UserOf(value) is { } user)
            return $" ({redactor.Value(Sensitivity.User, user) ?? Redactor.Withheld})";
        if (name == "bus") return Bus(value, redactor);
        if (ValueArguments.Contains(name)) return redactor.Value(Sensitivity.Value, value) ?? Redactor.Withheld;
        if (NameArguments.Contains(name))
            return StructuralPattern().IsMatch(value)
                ? value
                : Addresses().IsMatch(value) ? redactor.Text(value) : redactor.Value(Sensitivity.Name, value) ?? Redactor.Withheld;
        // What a new sentence brings and nobody has looked at stays at home.
        return PlainArguments.Contains(name) ? redactor.Text(value) : redactor.Value(Sensitivity.Text, value) ?? Redactor.Withheld;
    }

    private static uint? Identifier(CaseObservation one)
    {
        var isOnBus = BusPattern().Match(one.Actor ?? "");
        var found = isOnBus.Success && isOnBus.Groups[2].Success ? isOnBus.Groups[2].Value
            : (isOnBus.Success || one.Arguments.ContainsKey("bus")) && IdentifierPattern().Match(
                one.Arguments.GetValueOrDefault("message") ?? one.Subject) is { Success: true } named ? named.Groups[1].Value
            : null;
        return found is null ? null : uint.Parse(found, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private static string? UserOf(string who) =>
        who.StartsWith(" (", StringComparison.Ordinal) && who.EndsWith(')') ? who[2..^1] : null;

    private static string Bus(string bus, Redactor redactor) =>
        BusPattern().IsMatch(bus) ? bus : redactor.Value(Sensitivity.Name, bus) ?? Redactor.Withheld;

    private static SharedParty? Party(string? value, Redactor redactor)
    {
        if (value is null) return null;
        if (System.Net.IPAddress.TryParse(value, out var ip) && value.AsSpan().ContainsAny('.', ':'))
        {
            if (redactor.Address(value) is not { } shared) return null;
            return new SharedParty(
                shared, ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? PartyKind.Ipv4 : PartyKind.Ipv6,
                shared != value, redactor.IsPublic(value));
        }

        if (Pseudonyms.TryLinkAddress(value, out _))
            return redactor.Address(value) is { } link ? new SharedParty(link, PartyKind.Mac, link != value, false) : null;
        if (BusPattern().IsMatch(value)) return new SharedParty(value, PartyKind.Bus, false, false);
        return redactor.Value(Sensitivity.Name, value) is { } name
            ? new SharedParty(name, PartyKind.Name, name != value, false)
            : null;
    }

    private static SharedField? Share(WorksheetField field, CaseEntry? entry, Redactor redactor)
    {
        if (entry is null) return null;
        // What a machine gathered is a list of addresses and the like: rewritten, not taken for a person's words. What
        // a person wrote where only a word is expected is searched all the same.
        var isRewritten = field.Kind == FieldKind.Text && (field.Class == Sensitivity.Neutral
            || (field.Class == Sensitivity.Text && entry.Standing != Standing.Reported));
        if ((isRewritten ? redactor.Text(entry.Value) : redactor.Value(field.Class, entry.Value)) is not { } raw) return null;
        var source = entry.Source is "operator.json" || entry.Standing == Standing.Reported ? "operator" : redactor.Text(entry.Source);
        return new SharedField(field.Id, field.Label, In(field, raw), raw, entry.Standing, source, entry.Confidence);
    }

    private static LocalText In(WorksheetField field, string raw) => field.Kind switch
    {
        FieldKind.Text or FieldKind.Number => new LocalText(raw, German.GetValueOrDefault(raw)),
        FieldKind.Moment => new LocalText(raw.Replace('T', ' ').Replace("Z", " UTC", StringComparison.Ordinal)),
        FieldKind.YesNoUnknown or FieldKind.Choice => field.Words.GetValueOrDefault(raw) ?? new LocalText(raw),
    };

    /// <summary>Words of protocols, and numbers: nothing that anybody named.</summary>
    [GeneratedRegex(@"^[ ,]*(?:(?:coils?|discrete|inputs?|holding|registers?|input|files?|records?|identifiers?|units?|bits?|bytes?|memory|routine|session|data|no|stated|place|in|the|or|only|none|nobody|read|reads|write|writes|wrote|single|multiple|function|functions|codes?|to|and|from|at|of|more|GetEndpoints|FindServers|FindServersOnNetwork|Read|Write|Browse|BrowseNext|Call|HistoryRead|HistoryUpdate|AddNodes|DeleteNodes|ns=\d+;i=\d+|i=\d+|0x[0-9A-F]+|[0-9A-F]{1,8}|\d+)[ ,:()–-]*)+$", RegexOptions.CultureInvariant)]
    private static partial Regex StructuralPattern();

    [GeneratedRegex(@"^[0-9a-fA-F:., and/→]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Addresses();

    /// <summary>The text of a node's identifier (OPC UA Part 6 §5.3.1.10).</summary>
    [GeneratedRegex(@"\bs=([^ ,;:=()]+)", RegexOptions.CultureInvariant)]
    private static partial Regex NodePattern();

    /// <summary>A number that is telling: shorter ones occur everywhere.</summary>
    [GeneratedRegex(@"(?<![0-9A-Za-z.:=])-?[0-9]+(?:\.[0-9]+)?(?![0-9A-Za-z]|\.[0-9]|:[0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex NumberPattern();

    /// <summary>A bus by the kernel's name for it, and a message or control unit on it by its identifier.</summary>
    [GeneratedRegex("^((?:v|vx|sl)?can[0-9]{1,3})(?::([0-9A-F]{3}|[0-9A-F]{8}))?$", RegexOptions.CultureInvariant)]
    private static partial Regex BusPattern();

    [GeneratedRegex(@"function code (\d{1,3})", RegexOptions.CultureInvariant)]
    private static partial Regex FunctionCodePattern();

    [GeneratedRegex(@"\bidentifier ([0-9A-F]{3}|[0-9A-F]{8})\b", RegexOptions.CultureInvariant)]
    private static partial Regex IdentifierPattern();
}
