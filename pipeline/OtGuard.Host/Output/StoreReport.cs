using System.Globalization;
using System.Text.Json.Nodes;
using OtGuard.Alerting;
using OtGuard.Storage.Embedded;

namespace OtGuard.Host.Output;

/// <summary>What a check of a store found.</summary>
internal static class StoreReport
{
    private static readonly string[] ChainColumns = ["Writer", "Entries", "Head", "Chain"];
    private static readonly string[] DestinationColumns = ["Destination", "Waiting", "Delivered", "Refused", "Dropped",
        "Attempts", "Last fault"];

    public static void WriteCheck(
        StoreCheck check, StoreFigures figures, IReadOnlyList<DestinationStatus> destinations, string format,
            TextWriter output)
    {
        if (format != "table")
        {
            var line = new JsonObject
            {
                ["type"] = "storeCheck",
                ["sound"] = check.IsSound,
                ["faults"] = new JsonArray([.. check.Faults.Select(fault => JsonValue.Create(fault))]),
                ["journal"] = JsonNode.Parse(AlertingJson.Write(check.Journal)),
                ["figures"] = JsonNode.Parse(AlertingJson.Write(figures)),
                ["destinations"] = JsonNode.Parse(AlertingJson.Write(destinations)),
            };
            output.WriteLine(line.ToJsonString(AlertingJson.Options));
            return;
        }

        var tables = new Tables(output);
        tables.WriteStrong(check.IsSound ? "The store is sound" : "The store is damaged");
        foreach (var fault in check.Faults) tables.WriteText($"  {fault}");
        tables.WriteField("deviations", Number(figures.Deviations));
        tables.WriteField("alerts", $"{Number(figures.Alerts)}, {Number(figures.OpenAlerts)} of them open");
        tables.WriteField("incidents", Number(figures.Incidents));
        tables.WriteField("points", Number(figures.Points));
        tables.WriteField("size",
            $"{Number(figures.FileBytes)} bytes, {Number(figures.UsedBytes)} used; schema {figures.Schema}");
        foreach (var (name, value) in figures.Counters) tables.WriteField(name.Replace('-', ' '), Number(value));
        tables.WriteText("");
        tables.Write(
            "Journal",
            ChainColumns,
            [
                .. check.Journal.Select(chain => new[]
                {
                    chain.Chain, Number(chain.Entries), chain.Head, chain.BrokenAt is { } broken
                        ? $"broken at entry {Number(broken)}" : "whole",
                }),
            ]);
        if (destinations.Count == 0) return;
        tables.Write(
            "Destinations",
            DestinationColumns,
            [
                .. destinations.Select(destination => new[]
                {
                    destination.Name, Number(destination.Waiting), Number(destination.Delivered),
                        Number(destination.DeadLetters),
                    Number(destination.Dropped), Number(destination.Attempts), destination.LastFault ?? "",
                }),
            ]);
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}

/// <summary>Everything of one sort in a store, as lines.</summary>
internal static class StoreExport
{
    private const int AtOnce = 1000;

    public static async Task WriteAsync(EmbeddedStore store, string what, bool asCsv, TextWriter output)
    {
        switch (what)
        {
            case "deviations":
                await WriteDeviationsAsync(store, asCsv, output);
                break;
            case "alerts":
                var alerts = await store.ListAlertsAsync(new AlertQuery { Limit = int.MaxValue }, default);
                Write(
                    "alert", [.. alerts.OrderBy(alert => alert.Number)], asCsv, output,
                    "number,id,kind,catalogue,state,severity,subject,actor,asset,zone,firstSeen,lastSeen,raisedAt,"
                        + "deviations,occurrences,incident,explanation",
                    alert => [
                        alert.Number, alert.Id, alert.Kind, alert.Catalogue, alert.State, alert.Severity, alert.Subject,
                            alert.Actor, alert.Asset,
                        alert.Zone, alert.FirstSeen, alert.LastSeen, alert.RaisedAt.ToString("O"), alert.Deviations,
                            alert.Occurrences, alert.Incident,
                        alert.Explanation]);
                break;
            case "incidents":
                var incidents = await store.ListIncidentsAsync(openOnly: false, int.MaxValue, default);
                Write(
                    "incident", [.. incidents.OrderBy(incident => incident.Number)], asCsv, output,
                    "number,id,state,severity,title,firstSeen,lastSeen,alerts",
                    incident => [
                        incident.Number, incident.Id, incident.State, incident.Severity, incident.Title,
                            incident.FirstSeen, incident.LastSeen,
                        incident.Timeline.Count + incident.FurtherAlerts]);
                break;
            default:
                Write(
                    "journal", await store.ListJournalAsync(null, int.MaxValue, default), asCsv, output,
                    "chain,sequence,at,who,why,verb,subject,detail,previous,hash",
                    entry => [
                        entry.Chain, entry.Sequence, entry.Act.At.ToString("O"), entry.Act.Author.Who,
                            entry.Act.Author.Why, entry.Act.Verb,
                        entry.Act.Subject, entry.Act.Detail, entry.Previous, entry.Hash]);
                break;
        }
    }

    private static async Task WriteDeviationsAsync(EmbeddedStore store, bool asCsv, TextWriter output)
    {
        const string columns = "sequence,id,kind,catalogue,severity,time,lastTime,subject,protocol,sensor,zone,"
            + "occurrences,frames,alert,trail,explanation";
        if (asCsv) output.WriteLine(columns);
        for (var after = 0L; ;)
        {
            var batch = await store.ListDeviationsAsync(null, after, AtOnce, default);
            if (batch.Count == 0) return;
            after = batch[^1].Sequence;
            foreach (var stored in batch)
            {
                var deviation = stored.Deviation;
                if (asCsv)
                    output.WriteLine(Line(
                        stored.Sequence, deviation.Id, deviation.Kind, deviation.Catalogue, deviation.Severity,
                            deviation.FirstSeen, deviation.LastSeen,
                        deviation.Subject, deviation.Protocol, deviation.Sensor, deviation.Zone, deviation.Occurrences,
                            deviation.FrameCount, stored.Alert,
                        stored.Trail, deviation.Explanation));
                else AlertReport.WriteLine("deviation", deviation, output, ("alert", stored.Alert ?? ""),
                    ("trail", stored.Trail));
            }
        }
    }

    private static void Write<T>(
        string type, IReadOnlyList<T> records, bool asCsv, TextWriter output, string columns, Func<T, object?[]> cells)
    {
        if (!asCsv)
        {
            AlertReport.WriteJson(type, records, "jsonl", output);
            return;
        }

        output.WriteLine(columns);
        foreach (var record in records) output.WriteLine(Line(cells(record)));
    }

    /// <summary>
    /// RFC 4180; what a spreadsheet would take for a formula is preceded by an apostrophe, as names come from the wire.
    /// </summary>
    private static string Line(params ReadOnlySpan<object?> cells)
    {
        var texts = new string[cells.Length];
        for (var i = 0; i < cells.Length; i++)
        {
            var text = Convert.ToString(cells[i], CultureInfo.InvariantCulture) ?? "";
            if (cells[i] is string && text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r') text = "'"
                + text;
            texts[i] = text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text
                : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        }

        return string.Join(',', texts);
    }
}
