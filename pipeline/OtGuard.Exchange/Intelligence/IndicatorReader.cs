using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using OtGuard.Exchange.Sending;
using OtGuard.Exchange.Sharing;
using OtGuard.Exchange.Stix;

namespace OtGuard.Exchange.Intelligence;

/// <summary>Reads indicators out of STIX 2.0 and 2.1 bundles and envelopes, and out of MISP events.</summary>
/// <remarks>
/// Used are single addresses, networks, domains, hashes of certificates, and behaviours by OtGuard's own extensions.
/// What is not used is listed with the reason; nothing in a file ends the reading of the rest.
/// </remarks>
public static class IndicatorReader
{
    /// <summary>Indicators of one file at most; further ones are listed as not used.</summary>
    public const int MostIndicators = 200_000;

    /// <summary>Reads a file of either format.</summary>
    /// <param name="text">JSON.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="now">What has expired by then is not used.</param>
    /// <exception cref="ExchangeFormatException">It is neither.</exception>
    public static IndicatorReading Read(string text, string name, DateTimeOffset now)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(text);
        }
        catch (JsonException fault)
        {
            throw new ExchangeFormatException($"{name} is no JSON: {fault.Message}", fault);
        }

        if (root is JsonObject { } item)
        {
            if (item["objects"] is JsonArray objects) return Read(objects, now);
            if (item["Event"] is JsonObject single) return Read([single], now);
            if (item["response"] is JsonArray response) return Read(response.Select(one => one.Member("Event") as JsonObject).OfType<JsonObject>(), now);
            if (item["type"]?.ToString() == "bundle") return new IndicatorReading([], [], new HashSet<string>());
        }

        throw new ExchangeFormatException($"{name} is neither a STIX bundle or envelope ('objects') nor a MISP event ('Event').");
    }

    /// <summary>Reads STIX objects.</summary>
    public static IndicatorReading Read(JsonArray objects, DateTimeOffset now)
    {
        var reading = new Reading(now);
        foreach (var one in objects)
        {
            if (one is not JsonObject item) continue;
            var id = Text(item, "id") ?? "";
            if (Text(item, "type") != "indicator") continue;
            if (item["revoked"] is JsonValue revoked && revoked.TryGetValue<bool>(out var isRevoked) && isRevoked)
            {
                reading.Revoked.Add(id);
                continue;
            }

            var pattern = Text(item, "pattern") ?? "";
            var from = new Indicator
            {
                Id = id,
                Kind = default,
                Value = "",
                Name = Text(item, "name") ?? "",
                ValidFrom = Moment(item, "valid_from"),
                ValidUntil = Moment(item, "valid_until"),
                Confidence = item["confidence"] is JsonValue value && value.TryGetValue<int>(out var confidence) ? confidence : null,
                Tlp = (item["object_marking_refs"] as JsonArray)?.Select(mark => StixBundle.LevelOf(mark?.ToString() ?? ""))
                    .OfType<Tlp>().Select(level => (Tlp?)level).Max() is { } tlp ? TlpText.Word(tlp) : null,
            };
            // STIX 2.0 has patterns of its own only.
            if (Text(item, "pattern_type") is { } type && type != "stix")
            {
                reading.Unused(id, pattern, $"patterns of type {type} are not looked for");
                continue;
            }

            if (!StixPattern.TryParse(pattern, out var alternatives, out var reason))
            {
                reading.Unused(id, pattern, reason!);
                continue;
            }

            foreach (var alternative in alternatives) reading.Add(from, alternative, pattern);
        }

        return reading.Result();
    }

    /// <summary>Reads MISP events: attributes that are to be detected, and STIX patterns.</summary>
    public static IndicatorReading Read(IEnumerable<JsonObject> events, DateTimeOffset now)
    {
        var reading = new Reading(now);
        foreach (var one in events)
        {
            var level = one.ListOf("Tag").Select(tag => tag.TextOf("name"))
                .FirstOrDefault(tag => tag?.StartsWith("tlp:", StringComparison.Ordinal) == true)?["tlp:".Length..];
            if (level is not null && !TlpText.Words.Contains(level, StringComparer.Ordinal)) level = null;
            var attributes = one.ListOf("Attribute").Concat(one.ListOf("Object").SelectMany(item => item.ListOf("Attribute")));
            foreach (var attribute in attributes.OfType<JsonObject>())
            {
                var id = Text(attribute, "uuid") ?? "";
                var type = Text(attribute, "type") ?? "";
                var value = attribute["value"]?.ToString() ?? "";
                if (attribute["deleted"] is JsonValue deleted && deleted.TryGetValue<bool>(out var isDeleted) && isDeleted)
                {
                    reading.Revoked.Add(id);
                    continue;
                }

                // Comments and facts around an indicator are no indicators themselves.
                var toIds = attribute["to_ids"] is JsonValue flag && flag.TryGetValue<bool>(out var isDetected) && isDetected;
                if (!toIds && type != "stix2-pattern") continue;
                reading.AddAttribute(
                    new Indicator { Id = id, Kind = default, Value = "", Name = Text(one, "info") ?? "", Tlp = level }, type, value);
            }
        }

        return reading.Result();
    }

    private static string? Text(JsonObject item, string name) =>
        item[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static DateTimeOffset? Moment(JsonObject item, string name) =>
        Text(item, name) is { } text && DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)
            ? moment
            : null;

    private sealed class Reading(DateTimeOffset now)
    {
        private readonly List<Indicator> _used = [];
        private readonly List<UnusedIndicator> _unused = [];

        public HashSet<string> Revoked { get; } = new(StringComparer.Ordinal);

        public IndicatorReading Result() => new(
            [.. _used.DistinctBy(one => (one.Id, one.Kind, one.Value))], _unused, Revoked);

        public void Unused(string id, string what, string reason) =>
            _unused.Add(new UnusedIndicator(id, what.Length > 200 ? what[..199] + "…" : what, reason));

        public void Add(Indicator from, IReadOnlyList<Comparison> all, string pattern)
        {
            if (all.FirstOrDefault(one => one.Operator is not ("=" or "IN" or "ISSUBSET")) is { } other)
            {
                Unused(from.Id, pattern, $"comparisons by {other.Operator} are not looked for");
                return;
            }

            if (Behaviour(all) is { } behaviours)
            {
                foreach (var behaviour in behaviours) Keep(from, IndicatorKind.Behaviour, behaviour, pattern);
                return;
            }

            if (all.Count != 1)
            {
                Unused(from.Id, pattern, "several conditions at once are not looked for");
                return;
            }

            foreach (var value in all[0].Values) AddOne(from, all[0].Path, value, pattern);
        }

        public void AddAttribute(Indicator from, string type, string value)
        {
            // Composite types hold two values divided by |.
            var first = value.Split('|')[0];
            switch (type)
            {
                case "ip-src" or "ip-dst" or "ip-src|port" or "ip-dst|port" or "domain|ip" or "mac-address":
                    if (type == "domain|ip")
                    {
                        AddDomain(from, first, value);
                        first = value.Split('|')[^1];
                    }

                    AddAddress(from, first, value);
                    break;
                case "domain" or "hostname" or "hostname|port":
                    AddDomain(from, first, value);
                    break;
                case "x509-fingerprint-sha1" or "x509-fingerprint-sha256":
                    AddHash(from, first, value);
                    break;
                case "stix2-pattern":
                    if (!StixPattern.TryParse(value, out var alternatives, out var reason)) Unused(from.Id, value, reason!);
                    else
                        foreach (var alternative in alternatives) Add(from, alternative, value);
                    break;
                default:
                    Unused(from.Id, $"{type} {value}", $"attributes of type {type} are not looked for");
                    break;
            }
        }

        private void AddOne(Indicator from, string path, string value, string pattern)
        {
            switch (path)
            {
                case "ipv4-addr:value" or "ipv6-addr:value" or "mac-addr:value" or "network-traffic:src_ref.value"
                    or "network-traffic:dst_ref.value":
                    AddAddress(from, value, pattern);
                    break;
                case "domain-name:value":
                    AddDomain(from, value, pattern);
                    break;
                case "x509-certificate:hashes.SHA-256" or "x509-certificate:hashes.SHA-1":
                    AddHash(from, value, pattern);
                    break;
                default:
                    Unused(from.Id, pattern, $"{path} is not seen in the traffic that is watched");
                    break;
            }
        }

        private void AddAddress(Indicator from, string value, string what)
        {
            if (value.Contains('/', StringComparison.Ordinal))
            {
                if (!IPNetwork.TryParse(value, out var network)) Unused(from.Id, what, $"'{value}' is no network");
                else if (network.PrefixLength < (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 8 : 16))
                    Unused(from.Id, what, "the network is so large that it says nothing");
                else if (Foreign(network.BaseAddress) is { } no) Unused(from.Id, what, no);
                else Keep(from, IndicatorKind.Network, network.ToString(), what);
                return;
            }

            if (Pseudonyms.TryLinkAddress(value, out var link))
            {
                if (link[0] == 6 && link[1] == 0) Unused(from.Id, what, "it is a pseudonym, which is nobody's address");
                else Keep(from, IndicatorKind.Address, string.Join(':', link.Select(b => b.ToString("x2", CultureInfo.InvariantCulture))), what);
                return;
            }

            if (!IPAddress.TryParse(value, out var address) || !value.AsSpan().ContainsAny('.', ':'))
                Unused(from.Id, what, $"'{value}' is no address");
            else if (Foreign(address) is { } no) Unused(from.Id, what, no);
            else Keep(from, IndicatorKind.Address, address.ToString(), what);
        }

        /// <summary>Why an address of somebody else's says nothing here; null where it does.</summary>
        private static string? Foreign(IPAddress address)
        {
            if (Pseudonyms.IsPseudonym(address)) return "it is a pseudonym, which is nobody's address";
            if (IPAddress.IsLoopback(address)) return "it is every machine's own address";
            var bytes = address.GetAddressBytes();
            var isPrivate = bytes.Length == 4
                ? bytes[0] is 0 or 10 or >= 224 || (bytes[0] == 172 && (bytes[1] & 0xF0) == 16) || (bytes[0] == 192 && bytes[1] == 168)
                    || (bytes[0] == 169 && bytes[1] == 254)
                : (bytes[0] & 0xFE) == 0xFC || (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80) || bytes[0] == 0xFF;
            return isPrivate ? "it is a private address: another host has it here" : null;
        }

        private void AddDomain(Indicator from, string value, string what)
        {
            var domain = value.Trim('.').ToLowerInvariant();
            if (domain.Length is < 4 or > 253 || !domain.Contains('.', StringComparison.Ordinal)
                || Uri.CheckHostName(domain) != UriHostNameType.Dns)
                Unused(from.Id, what, $"'{value}' is no domain that could be looked for");
            else Keep(from, IndicatorKind.Domain, domain, what);
        }

        private void AddHash(Indicator from, string value, string what)
        {
            var hash = value.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
            if (hash.Length is not (40 or 64) || !hash.All(char.IsAsciiHexDigit)) Unused(from.Id, what, $"'{value}' is no SHA-1 or SHA-256");
            else if (hash.Length == 64) Unused(from.Id, what, "certificates are compared by SHA-1, by which OPC UA names them");
            else Keep(from, IndicatorKind.Certificate, hash, what);
        }

        private static List<string>? Behaviour(IReadOnlyList<Comparison> all)
        {
            if (all.Count != 2) return null;
            var protocol = all.FirstOrDefault(one => one.Path == "x-otguard-can-frame:protocol"
                || one.Path == $"network-traffic:extensions.{StixExtensions.Exchange}.protocol");
            var kind = all.FirstOrDefault(one => one.Path == "x-otguard-can-frame:deviation_kind"
                || one.Path == $"network-traffic:extensions.{StixExtensions.Exchange}.deviation_kind");
            return protocol is null || kind is null
                ? null
                : [.. protocol.Values.SelectMany(_ => kind.Values, (a, b) => $"{a}/{b}")];
        }

        private void Keep(Indicator from, IndicatorKind kind, string value, string what)
        {
            if (from.ValidUntil <= now) Unused(from.Id, what, "it has expired");
            else if (_used.Count >= MostIndicators) Unused(from.Id, what, "there are too many in one file");
            else _used.Add(@from with { Kind = kind, Value = value });
        }
    }
}
