using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using OtGuard.Models;

namespace OtGuard.Alerting.Sinks;

/// <summary>Elastic Common Schema as one line of JSON; what it has no field for is under <c>otguard</c>.</summary>
/// <remarks>ECS 8.11: event, rule, threat, observer, source, destination, network, related.</remarks>
public static class EcsFormat
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One event, without a line break.</summary>
    public static string Format(Telling telling, string version)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("@timestamp", telling.Start.ToString());
            json.WriteString("message", telling.Explanation);
            json.WriteStartObject("ecs");
            json.WriteString("version", "8.11.0");
            json.WriteEndObject();
            WriteEvent(json, telling);
            json.WriteStartObject("rule");
            json.WriteString("id", telling.Kind);
            json.WriteString("name", telling.Title);
            json.WriteString("category", telling.Catalogue);
            json.WriteString("version", version);
            json.WriteEndObject();
            if (telling.Techniques.Count > 0)
            {
                json.WriteStartObject("threat");
                json.WriteString("framework", $"MITRE ATT&CK for ICS {DeviationCatalogue.AttackVersion}");
                json.WriteStartObject("technique");
                WriteAll(json, "id", telling.Techniques);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteStartObject("observer");
            json.WriteString("type", "ids");
            json.WriteString("vendor", "OtGuard");
            json.WriteString("version", version);
            json.WriteString("name", string.Join(',', telling.Sensors));
            if (telling.IsOnBus)
            {
                json.WriteStartObject("ingress");
                json.WriteStartObject("interface");
                json.WriteString("name", telling.Actor!.Split(':', '/')[0]);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndObject();
            if (!telling.IsOnBus)
            {
                WriteEnd(json, "source", telling.Actor);
                WriteEnd(json, "destination", telling.Asset);
                List<string> related = [.. new[] { telling.Actor, telling.Asset }.OfType<string>()
                    .Where(a => IPAddress.TryParse(a, out _)).Distinct()];
                if (related.Count > 0)
                {
                    json.WriteStartObject("related");
                    WriteAll(json, "ip", related);
                    json.WriteEndObject();
                }
            }

            json.WriteStartObject("network");
            json.WriteString("protocol", string.Join(',', telling.Protocols));
            json.WriteEndObject();
            WriteOwn(json, telling);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static void WriteEvent(Utf8JsonWriter json, Telling telling)
    {
        json.WriteStartObject("event");
        json.WriteString("kind", "alert");
        WriteAll(json, "category", ["network", "intrusion_detection"]);
        WriteAll(json, "type", ["info"]);
        json.WriteString("module", "otguard");
        json.WriteString("dataset", $"otguard.{telling.Dataset}");
        json.WriteString("id", telling.MessageId);
        json.WriteString("action", telling.Reason);
        json.WriteString("reason", telling.Explanation);
        json.WriteNumber("severity", telling.Severity);
        json.WriteNumber("risk_score", telling.Severity);
        json.WriteString("start", telling.Start.ToString());
        json.WriteString("end", telling.End.ToString());
        json.WriteString("created", telling.QueuedAt);
        json.WriteEndObject();
    }

    private static void WriteOwn(Utf8JsonWriter json, Telling telling)
    {
        json.WriteStartObject("otguard");
        json.WriteString("id", telling.Id);
        json.WriteString("subject", telling.Subject);
        json.WriteString("state", telling.State);
        json.WriteNumber("occurrences", telling.Occurrences);
        WriteAll(json, "severityReasons", telling.SeverityReasons);
        json.WriteString("site", telling.Site);
        json.WriteString("zone", telling.Zone);
        json.WriteString("baseline", telling.Baseline);
        json.WriteString("whatToCheck", telling.WhatToCheck);
        json.WriteBoolean("exercise", telling.Exercise);
        json.WriteEndObject();
    }

    private static void WriteEnd(Utf8JsonWriter json, string name, string? address)
    {
        if (address is null) return;
        json.WriteStartObject(name);
        json.WriteString("address", address);
        json.WriteString(IPAddress.TryParse(address, out _) ? "ip" : "mac", address);
        json.WriteEndObject();
    }

    private static void WriteAll(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
