using System.Globalization;
using System.Text.Json;
using OtGuard.Alerting;
using OtGuard.Exchange.Regimes;

namespace OtGuard.Exchange.Cases;

/// <summary>Where a stage of a case stands.</summary>
public enum StageState : byte
{
    /// <summary>Its clock has not started: what starts it is not known yet.</summary>
    NotStarted,

    /// <summary>Only on request, and nobody asked.</summary>
    NotAsked,

    /// <summary>Its clock runs, or it has no deadline.</summary>
    Running,

    /// <summary>The deadline is over.</summary>
    Overdue,

    /// <summary>It left.</summary>
    Sent,

    /// <summary>Another stage takes its place.</summary>
    NotNeeded,
}

/// <summary>A stage of a case.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Due">Its deadline, or null.</param>
/// <param name="Missing">Required fields that hold nothing.</param>
/// <param name="Sent">When it left last, or null.</param>
/// <param name="Start">When its clock started, or null.</param>
public sealed record StageStatus(
    ReportingStage Stage, StageState State, DateTimeOffset? Due, IReadOnlyList<WorksheetField> Missing, SentStage? Sent,
    DateTimeOffset? Start = null);

/// <summary>
/// What people do with cases: open one from an incident, fill in the worksheet, correct it. Each act is a new version
/// and an entry of the journal. Thread-safe as the stores are.
/// </summary>
public sealed class CaseDesk(
    IAlertStore alerts, ICaseStore cases, RegimeCatalogue regimes, OperatorProfile operatorProfile, TimeProvider clock)
{
    /// <summary>Longest value of a field, in characters.</summary>
    public const int MostCharacters = 20_000;

    /// <summary>The regimes.</summary>
    public RegimeCatalogue Regimes => regimes;

    /// <summary>Who reports.</summary>
    public OperatorProfile Operator => operatorProfile;

    /// <summary>Makes a case from an incident.</summary>
    /// <exception cref="ExchangeException">There is no such incident or regime, it was merged, or has a case already.</exception>
    public async Task<CaseVersion> OpenAsync(string incident, string regime, Author author, CancellationToken cancellation)
    {
        var from = await RequireIncidentAsync(incident, cancellation);
        if (from.State == IncidentState.Merged)
            throw new ExchangeException($"Incident {from.Number} became part of another one; open the case from that.");
        _ = regimes[regime];
        var now = Now();
        var observations = await CaseFacts.GatherAsync(alerts, from, [], cancellation);
        var first = new CaseVersion
        {
            Id = Guid.NewGuid().ToString("D"),
            Incident = from.Id,
            IncidentNumber = from.Number,
            Version = 1,
            Regime = regime,
            CreatedAt = now,
            ModifiedAt = now,
            By = author.Who,
            Why = author.Why,
            Exercise = from.Exercise,
            Severity = from.Severity,
            IsClosed = from.State == IncidentState.Closed,
            Observations = observations,
            Further = from.FurtherAlerts,
            Worksheet = await FillAsync(
                new SortedDictionary<string, CaseEntry>(StringComparer.Ordinal), regime, from, observations, now,
                cancellation),
        };
        try
        {
            var head = await cases.OpenAsync(
                from.Id, Record(first),
                new JournalAct(now, author, JournalVerb.OpenCase, first.Id, $"incident {from.Id}"), cancellation);
            return first with { Number = head.Number };
        }
        catch (CaseConflictException fault)
        {
            var there = await cases.FindCaseOfAsync(from.Id, cancellation);
            throw new ExchangeException($"Incident {from.Number} has a case already: case {there?.Number}.", fault);
        }
    }

    /// <summary>The case of an incident: made where there is none yet.</summary>
    /// <exception cref="ExchangeException">There is no such incident or regime, or it was merged.</exception>
    public async Task<CaseVersion> OfIncidentAsync(
        string incident, string regime, Author author, CancellationToken cancellation)
    {
        var found = await RequireIncidentAsync(incident, cancellation);
        return await cases.FindCaseOfAsync(found.Id, cancellation) is { } there
            ? await FindAsync(there.Id, cancellation)
            : await OpenAsync(found.Id, regime, author, cancellation);
    }

    /// <summary>The latest version of a case.</summary>
    /// <exception cref="ExchangeException">There is none.</exception>
    public async Task<CaseVersion> FindAsync(string idOrNumber, CancellationToken cancellation)
    {
        var head = await RequireAsync(idOrNumber, cancellation);
        return Latest(head, await cases.ListRecordsAsync(head.Id, CaseRecordKind.Version, cancellation));
    }

    /// <summary>Every version of a case, the first first.</summary>
    /// <exception cref="ExchangeException">There is none.</exception>
    public async Task<IReadOnlyList<CaseVersion>> VersionsAsync(string idOrNumber, CancellationToken cancellation)
    {
        var head = await RequireAsync(idOrNumber, cancellation);
        var records = await cases.ListRecordsAsync(head.Id, CaseRecordKind.Version, cancellation);
        return [.. records.Select(record => Read(record) with { Number = head.Number })];
    }

    /// <summary>Cases, the latest first.</summary>
    public async Task<IReadOnlyList<CaseVersion>> ListAsync(int limit, CancellationToken cancellation)
    {
        var found = new List<CaseVersion>();
        foreach (var head in await cases.ListCasesAsync(limit, cancellation))
            found.Add(Latest(head, await cases.ListRecordsAsync(head.Id, CaseRecordKind.Version, cancellation)));
        return found;
    }

    /// <summary>Takes in what became of the incident since: further alerts, later evidence.</summary>
    /// <returns>The new version; the same where nothing changed.</returns>
    /// <exception cref="ExchangeException">There is no such case, or its incident is gone.</exception>
    public async Task<CaseVersion> RefreshAsync(string idOrNumber, Author author, CancellationToken cancellation)
    {
        var current = await FindAsync(idOrNumber, cancellation);
        var incident = await alerts.FindIncidentAsync(current.Incident, cancellation)
            ?? throw new ExchangeException($"The incident of case {current.Number} is not in this store.");
        var now = Now();
        var observations = await CaseFacts.GatherAsync(alerts, incident, current.Observations, cancellation);
        var changed = current with
        {
            Observations = observations,
            Further = incident.FurtherAlerts,
            Severity = incident.Severity,
            Exercise = current.Exercise || incident.Exercise,
            IsClosed = incident.State == IncidentState.Closed,
            Worksheet = await FillAsync(
                new SortedDictionary<string, CaseEntry>(
                    current.Worksheet.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal),
                current.Regime, incident, observations, now, cancellation),
        };
        return Facts(changed) == Facts(current) ? current : await ReviseAsync(current, changed, author, cancellation);

        static string Facts(CaseVersion one) => JsonSerializer.Serialize(
            one with { Worksheet = one.Worksheet.ToDictionary(pair => pair.Key, pair => pair.Value with { At = default }) },
            ExchangeJson.Records);
    }

    /// <summary>Writes fields of the worksheet; an empty value takes an entry out.</summary>
    /// <param name="idOrNumber">The case.</param>
    /// <param name="values">Values by field.</param>
    /// <param name="author">Who says so, and why where it is a correction.</param>
    /// <param name="confidence">0 to 100, or null.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ExchangeException">A field is not known or does not take the value; all faults are told.</exception>
    public async Task<CaseVersion> SetAsync(
        string idOrNumber, IReadOnlyDictionary<string, string> values, Author author, int? confidence,
        CancellationToken cancellation)
    {
        var current = await FindAsync(idOrNumber, cancellation);
        var regime = regimes[current.Regime];
        var now = Now();
        var worksheet = new SortedDictionary<string, CaseEntry>(
            current.Worksheet.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
        var faults = new List<string>();
        foreach (var (id, value) in values)
        {
            try
            {
                var field = regimes.Field(regime, id);
                if (value.Length == 0) worksheet.Remove(id);
                else
                    worksheet[id] = new CaseEntry(
                        Normalise(field, value), Standing.Reported, author.Who, confidence, now);
            }
            catch (ExchangeException fault)
            {
                faults.Add(fault.Message);
            }
        }

        if (faults.Count > 0) throw new ExchangeException(string.Join(Environment.NewLine, faults));
        if (values.Count == 0) return current;
        // What a person took out comes back as it is prefilled.
        foreach (var (id, value) in values)
            if (value.Length == 0 && operatorProfile[id] is { } own) worksheet[id] = Own(own, now);
        return await ReviseAsync(current, current with { Worksheet = worksheet }, author, cancellation);
    }

    /// <summary>Where the stages of a case stand.</summary>
    public async Task<IReadOnlyList<StageStatus>> StagesAsync(CaseVersion @case, CancellationToken cancellation)
    {
        var regime = regimes[@case.Regime];
        var releases = await cases.ListRecordsAsync(@case.Id, CaseRecordKind.Release, cancellation);
        var sent = releases.Select(record => JsonSerializer.Deserialize<ReleaseHead>(record.Body, ExchangeJson.Records)!)
            .Where(release => release.Stage is not null)
            .ToLookup(release => release.Stage!, StringComparer.Ordinal);
        var now = clock.GetUtcNow();
        var closed = MomentOf(@case, "closedAt");
        return [.. regime.Stages.Select(stage =>
        {
            var missing = stage.Required.Where(id => @case[id] is null).Select(id => regimes.Field(regime, id)).ToList();
            var last = sent[stage.Id].LastOrDefault();
            if (last is not null)
                return new StageStatus(
                    stage, StageState.Sent, null, missing, new SentStage(stage.Id, last.Id, last.Version, last.At));
            var start = stage.Starts.StartsWith("stage:", StringComparison.Ordinal)
                ? sent[stage.Starts["stage:".Length..]].FirstOrDefault()?.At
                : MomentOf(@case, stage.Starts);
            var due = start is { } from && stage.Deadline is { } span ? RegimeCatalogue.After(from, span) : (DateTimeOffset?)null;
            // An incident that outlasts the deadline is reported on in between, and at last after it is dealt with.
            if (due is { } first && stage.AfterClosure is { } after && (closed is null ? now > first : closed > first))
                due = closed is { } end ? RegimeCatalogue.After(end, after) : null;
            var state = start is null
                ? stage.OnRequest ? StageState.NotAsked : StageState.NotStarted
                : stage.WhileOpen && closed is { } dealt && (due is null || dealt <= due) ? StageState.NotNeeded
                : due < now ? StageState.Overdue
                : StageState.Running;
            return new StageStatus(stage, state, state == StageState.NotNeeded ? null : due, missing, null, start);
        })];
    }

    /// <summary>Stages whose clock runs, of the latest cases, the most urgent first.</summary>
    public async Task<IReadOnlyList<DueStage>> DueAsync(int limit, CancellationToken cancellation)
    {
        var due = new List<DueStage>();
        foreach (var one in await ListAsync(limit, cancellation))
            foreach (var stage in await StagesAsync(one, cancellation))
                if (stage.State is StageState.Running or StageState.Overdue && stage.Due is not null)
                    due.Add(new DueStage(one, stage));
        return [.. due.OrderBy(one => one.Stage.Due)];
    }

    /// <summary>The stage to be sent next: the first that runs or waits to; null where none is left.</summary>
    public static StageStatus? Next(IReadOnlyList<StageStatus> stages) =>
        stages.FirstOrDefault(one => one.State is StageState.Running or StageState.Overdue)
        ?? stages.FirstOrDefault(one => one.State == StageState.NotStarted);

    /// <summary>The moment a field holds, or null.</summary>
    internal static DateTimeOffset? MomentOf(CaseVersion @case, string field) =>
        @case[field] is { } text && DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var moment)
            ? moment
            : null;

    private async Task<CaseVersion> ReviseAsync(CaseVersion current, CaseVersion changed, Author author, CancellationToken cancellation)
    {
        var now = Now();
        var next = changed with
        {
            Version = current.Version + 1,
            // Two versions within a millisecond still follow each other: what is exported has their times.
            ModifiedAt = now > current.ModifiedAt ? now : current.ModifiedAt.AddMilliseconds(1),
            By = author.Who,
            Why = author.Why,
        };
        await cases.AppendAsync(
            Record(next), new JournalAct(now, author, JournalVerb.ReviseCase, next.Id), cancellation);
        return next;
    }

    private async Task<SortedDictionary<string, CaseEntry>> FillAsync(
        SortedDictionary<string, CaseEntry> worksheet, string regime, Incident incident,
        IReadOnlyList<CaseObservation> observations, DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var field in regimes.FieldsOf(regimes[regime]))
            if (operatorProfile[field.Id] is { Length: > 0 } own && !IsReported(field.Id)) worksheet[field.Id] = Own(own, now);
        foreach (var (field, entry) in CaseFacts.Entries(incident, observations, now))
            if (!IsReported(field)) worksheet[field] = entry;
        var detected = default(DateTimeOffset?);
        foreach (var alert in observations.Select(one => one.Alert))
            if (await alerts.FindAlertAsync(alert, cancellation) is { } found && !(found.RaisedAt >= detected))
                detected = found.RaisedAt;
        if (detected is { } moment && !IsReported("detectedAt"))
            worksheet["detectedAt"] = new CaseEntry(CaseFacts.Moment(moment), Standing.Observed, "OtGuard", 100, now);
        return worksheet;

        bool IsReported(string field) =>
            worksheet.TryGetValue(field, out var there) && there is { Standing: Standing.Reported, Source: not OwnSource };
    }

    private const string OwnSource = "operator.json";

    private static CaseEntry Own(string value, DateTimeOffset now) =>
        new(value, Standing.Reported, OwnSource, null, now);

    private static string Normalise(WorksheetField field, string value)
    {
        if (value.Length > MostCharacters)
            throw new ExchangeException($"{field.Id} takes {MostCharacters} characters at most.");
        return field.Kind switch
        {
            FieldKind.Text => value.Trim(),
            FieldKind.Number => ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number.ToString(CultureInfo.InvariantCulture)
                : throw new ExchangeException($"{field.Id} takes a whole number, not '{value}'."),
            FieldKind.YesNoUnknown => field.Words.ContainsKey(value)
                ? value
                : throw new ExchangeException($"{field.Id} takes yes, no or unknown, not '{value}'."),
            FieldKind.Choice => field.Words.ContainsKey(value)
                ? value
                : throw new ExchangeException(
                    $"{field.Id} takes {string.Join(", ", field.Words.Keys)}, not '{value}'."),
            FieldKind.Moment => value.Length > 0 && char.IsAsciiDigit(value[0]) && DateTimeOffset.TryParse(
                value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var moment)
                ? CaseFacts.Moment(moment)
                : throw new ExchangeException($"{field.Id} takes a time such as 2026-01-02T03:04:05Z, not '{value}'."),
        };
    }

    private static CaseRecord Record(CaseVersion version) => new(
        version.Id, string.Create(CultureInfo.InvariantCulture, $"{version.Id}/v{version.Version}"),
        CaseRecordKind.Version, version.ModifiedAt, JsonSerializer.Serialize(version, ExchangeJson.Records));

    private static CaseVersion Read(CaseRecord record) =>
        JsonSerializer.Deserialize<CaseVersion>(record.Body, ExchangeJson.Records)!;

    private static CaseVersion Latest(CaseHead head, IReadOnlyList<CaseRecord> versions) =>
        Read(versions[^1]) with { Number = head.Number };

    private async Task<Incident> RequireIncidentAsync(string incident, CancellationToken cancellation) =>
        await alerts.FindIncidentAsync(incident, cancellation)
        ?? throw new ExchangeException(
            $"There is no incident {incident}; 'otguard incidents list' shows those there are.");

    private async Task<CaseHead> RequireAsync(string idOrNumber, CancellationToken cancellation) =>
        await cases.FindCaseAsync(idOrNumber, cancellation)
        ?? throw new ExchangeException($"There is no case {idOrNumber}; 'otguard cases list' shows those there are.");

    /// <summary>Now, to the millisecond: what STIX keeps, so that what is stored is what is exported.</summary>
    private DateTimeOffset Now()
    {
        var now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
    }

    /// <summary>What of a release the stages are told by.</summary>
    private sealed record ReleaseHead(string Id, string? Stage, int Version, DateTimeOffset At);
}
