using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using OtGuard.Exchange.Sharing;
using OtGuard.Exchange.Stix;

namespace OtGuard.Exchange.Intelligence;

/// <summary>Sightings as STIX 2.1, to go back to the partner whose indicators were found.</summary>
public static class SightingBundle
{
    /// <summary>A bundle of sightings: count and days only; who saw it is a pseudonym of that partner's.</summary>
    /// <param name="matches">What was found.</param>
    /// <param name="reporter">What to call who reports: a keyed name.</param>
    /// <param name="now">When it is made.</param>
    public static JsonObject Make(IEnumerable<IndicatorMatch> matches, string reporter, DateTimeOffset now)
    {
        var time = StixBundle.Time(now);
        const string created = "2020-01-01T00:00:00.000Z";
        var identity = StixIds.Of("identity", "operator/" + reporter);
        var objects = new JsonArray(new JsonObject
        {
            ["type"] = "identity",
            ["spec_version"] = "2.1",
            ["id"] = identity,
            ["created_by_ref"] = identity,
            ["created"] = created,
            ["modified"] = time,
            ["name"] = reporter,
            ["identity_class"] = "organization",
            ["external_references"] = StixBundle.References("operator/" + reporter),
        });
        foreach (var match in matches.Where(match => match.Indicator.Id.StartsWith("indicator--", StringComparison.Ordinal)))
        {
            var sighting = match.Sighting;
            var reference = $"operator/{reporter}/sighting/{sighting.Indicator}";
            objects.Add(new JsonObject
            {
                ["type"] = "sighting",
                ["spec_version"] = "2.1",
                ["id"] = StixIds.Of("sighting", reference),
                ["created_by_ref"] = identity,
                ["created"] = time,
                ["modified"] = time,
                ["sighting_of_ref"] = sighting.Indicator,
                ["count"] = Math.Clamp(sighting.Count, 1, 999_999_999),
                ["first_seen"] = StixBundle.Time(new DateTimeOffset(sighting.First!.Value, default, TimeSpan.Zero)),
                ["last_seen"] = StixBundle.Time(new DateTimeOffset(sighting.Last!.Value, default, TimeSpan.Zero)),
                ["summary"] = true,
                ["external_references"] = StixBundle.References(reference),
                // As narrow as the indicator itself was given; unmarked ones go no wider than the community.
                ["object_marking_refs"] = new JsonArray(StixBundle.MarkingOf(
                    match.Indicator.Tlp is { } level ? TlpText.Parse(level) : Tlp.Amber)),
            });
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalJson.Write(objects))));
        return new JsonObject { ["type"] = "bundle", ["id"] = StixIds.Of("bundle", hash), ["objects"] = objects };
    }
}
