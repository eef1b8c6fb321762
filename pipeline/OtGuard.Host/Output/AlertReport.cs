using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OtGuard.Alerting;

namespace OtGuard.Host.Output;

/// <summary>Alerts and incidents, in the form asked for.</summary>
internal static class AlertReport
{
    /// <summary>
    /// Deviations and journal entries read for one alert; beyond it <c>store export</c> has them all.
    /// </summary>
    public const int MostDeviations = 10_000;

    /// <summary>Deviations listed for a person.</summary>
    private const int DeviationsShown = 10;

    private static readonly string[] AlertColumns = ["Number", "Severity", "State", "Kind", "Subject", "Since", "Last",
        "Deviations", "Incident"];
    private static readonly string[] IncidentColumns = ["Number", "Severity", "State", "What", "Since", "Last",
        "Alerts"];
    private static readonly string[] StepColumns = ["Time", "Step", "Why here", "Alert", "Protocol", "Sensor", "What"];
    private static readonly string[] ProposalColumns = ["Number", "State", "Kind", "Subject", "Would be normal",
        "Proposed by", "Decided by"];
    private static readonly string[] WindowColumns = ["Id", "Order", "From", "Until", "Address", "Zone", "Held", "By"];
    private static readonly string[] JournalColumns = ["When", "Who", "What", "Why", "Detail"];

    public static void WriteAlerts(IReadOnlyList<Alert> alerts, string format, TextWriter output)
    {
        if (WriteJson("alert", alerts, format, output)) return;
        new Tables(output).Write(
            Count(alerts.Count, "alert", "alerts"),
            AlertColumns,
            [
                .. alerts.Select(alert => new[]
                {
                    Number(alert.Number), Number(alert.Severity), Word(alert.State), alert.Kind, alert.Subject,
                        Words.Moment(alert.FirstSeen),
                    Words.Moment(alert.LastSeen), Words.Number(alert.Deviations), alert.Incident is { } incident
                        ? incident[..8] : "",
                }),
            ]);
    }

    public static void WriteAlert(
        Alert alert, IReadOnlyList<StoredDeviation> deviations, IReadOnlyList<JournalEntry> journal, string format,
            TextWriter output)
    {
        if (format == "json")
        {
            var whole = JsonNode.Parse(AlertingJson.Write(alert))!.AsObject();
            whole.Insert(0, "type", "alert");
            whole["holds"] = new JsonArray(
                [.. deviations.Select(stored => JsonNode.Parse(AlertingJson.Write(stored)))]);
            whole["journal"] = new JsonArray([.. journal.Select(entry => JsonNode.Parse(AlertingJson.Write(entry)))]);
            output.WriteLine(whole.ToJsonString(AlertingJson.Options));
            return;
        }

        if (format == "jsonl")
        {
            WriteJson("alert", [alert], format, output);
            foreach (var stored in deviations) WriteLine("deviation", stored.Deviation, output,
                ("trail", stored.Trail));
            WriteJson("journal", journal, format, output);
            return;
        }

        var tables = new Tables(output);
        tables.WriteStrong($"[{alert.Severity}] {Number(alert.Number)} {alert.Title}: {alert.Subject}");
        tables.WriteText($"  {alert.Explanation}");
        tables.WriteField("state",
            $"{Word(alert.State)}{(alert.MutedUntil is { } until ? $" until {until:yyyy-MM-dd HH:mm} UTC" : "")}");
        tables.WriteField("expected", alert.Expected);
        tables.WriteField("observed", alert.Observed);
        var raised = Count(alert.Raised, "time", "times");
        tables.WriteField(
            "when", $"{Words.Moment(alert.FirstSeen)} to {Words.Moment(alert.LastSeen)} UTC, raised {raised}");
        tables.WriteField("holds", string.Join(", ", alert.Counts.Select(pair => $"{Number(pair.Value)} {pair.Key}")));
        tables.WriteField("seen by", $"{string.Join(", ", alert.Sensors)} in {string.Join(", ", alert.Protocols)}");
        tables.WriteField("severity", $"{alert.Severity}: {string.Join("; ", alert.SeverityReasons)}");
        if (alert.WhatToCheck is { } check) tables.WriteField("check", check);
        if (alert.Techniques.Count > 0) tables.WriteField("ATT&CK", string.Join(", ", alert.Techniques));
        if (alert.Incident is { } incident) tables.WriteField("incident", incident);
        tables.WriteField("id", alert.Id);
        tables.WriteText("");
        foreach (var stored in deviations.Take(DeviationsShown))
        {
            tables.WriteText($"  {Words.Moment(stored.Deviation.FirstSeen)} {stored.Deviation.Explanation}");
            tables.WriteText($"    {stored.Trail}");
        }

        if (deviations.Count > DeviationsShown)
            tables.WriteText($"  … and {Number(deviations.Count - DeviationsShown)} more (--format jsonl lists them).");
        tables.WriteText("");
        tables.Write(
            "Journal",
            JournalColumns,
            [
                .. journal.Select(entry => new[]
                {
                    entry.Act.At.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), entry.Act.Author.Who,
                        Word(entry.Act.Verb),
                    entry.Act.Author.Why, entry.Act.Detail,
                }),
            ]);
    }

    public static void WriteChange(Alert alert, TextWriter output) =>
        output.WriteLine($"Alert {Number(alert.Number)} is {Word(alert.State)}: {alert.Title}, {alert.Subject}.");

    public static void WriteIncidents(IReadOnlyList<Incident> incidents, string format, TextWriter output)
    {
        if (WriteJson("incident", incidents, format, output)) return;
        new Tables(output).Write(
            Count(incidents.Count, "incident", "incidents"),
            IncidentColumns,
            [
                .. incidents.Select(incident => new[]
                {
                    Number(incident.Number), Number(incident.Severity), Word(incident.State), incident.Title,
                        Words.Moment(incident.FirstSeen),
                    Words.Moment(incident.LastSeen), Number(incident.Timeline.Count + incident.FurtherAlerts),
                }),
            ]);
    }

    public static void WriteIncident(Incident incident, string format, TextWriter output)
    {
        if (WriteJson("incident", [incident], format, output)) return;
        var tables = new Tables(output);
        tables.WriteStrong($"[{incident.Severity}] {Number(incident.Number)} {incident.Title}");
        tables.WriteField("state", Word(incident.State));
        tables.WriteField("when", $"{Words.Moment(incident.FirstSeen)} to {Words.Moment(incident.LastSeen)} UTC");
        tables.WriteField("severity", $"{incident.Severity}: {string.Join("; ", incident.SeverityReasons)}");
        tables.WriteField("id", incident.Id);
        tables.WriteText("");
        tables.Write(
            "Timeline",
            StepColumns,
            [
                .. incident.Timeline.Select(step => new[]
                {
                    Words.Moment(step.Time), Word(step.Phase), Word(step.Link), Number(step.Number), step.Protocol,
                        step.Sensor, step.Text,
                }),
            ]);
        if (incident.FurtherAlerts > 0) tables.WriteText($"  … and {Number(incident.FurtherAlerts)} more alerts.");
    }

    public static void WriteProposals(IReadOnlyList<BaselineProposal> proposals, string format, TextWriter output)
    {
        if (WriteJson("proposal", proposals, format, output)) return;
        new Tables(output).Write(
            Count(proposals.Count, "proposal", "proposals"),
            ProposalColumns,
            [
                .. proposals.Select(proposal => new[]
                {
                    Number(proposal.Number), Word(proposal.State), proposal.Kind, proposal.Subject, proposal.Observed,
                        proposal.ProposedBy,
                    proposal.DecidedBy ?? "",
                }),
            ]);
    }

    public static void WriteWindows(IReadOnlyList<MaintenanceWindow> windows, string format, TextWriter output)
    {
        if (WriteJson("maintenanceWindow", windows, format, output)) return;
        new Tables(output).Write(
            Count(windows.Count, "maintenance window", "maintenance windows"),
            WindowColumns,
            [
                .. windows.Select(window => new[]
                {
                    window.Id[..8], window.WorkOrder, Words.Moment(window.From), Words.Moment(window.Until),
                        window.Address ?? "",
                    window.Zone ?? "", Number(window.Held), window.OpenedBy,
                }),
            ]);
    }

    /// <summary>Writes records as JSON where that is asked for: as one array, or one object a line.</summary>
    public static bool WriteJson<T>(string type, IReadOnlyList<T> records, string format, TextWriter output)
    {
        switch (format)
        {
            case "json":
                output.WriteLine(new JsonArray([.. records.Select(record => ObjectOf(type, record))])
                    .ToJsonString(AlertingJson.Options));
                return true;
            case "jsonl":
                foreach (var record in records) WriteLine(type, record, output);
                return true;
            default:
                return false;
        }
    }

    public static void WriteLine<T>(string type, T record, TextWriter output,
        params ReadOnlySpan<(string Name, string Value)> more)
    {
        var line = ObjectOf(type, record);
        foreach (var (name, value) in more) line[name] = value;
        output.WriteLine(line.ToJsonString(AlertingJson.Options));
    }

    private static JsonObject ObjectOf<T>(string type, T record)
    {
        var line = JsonSerializer.SerializeToNode(record, AlertingJson.Options)!.AsObject();
        line.Insert(0, "type", type);
        return line;
    }

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()).Replace('-', ' ');

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Count(long count, string one, string many) => $"{Number(count)} {(count == 1 ? one : many)}";
}
