using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OtGuard.Alerting.Incidents;
using OtGuard.Alerting.Stages;

namespace OtGuard.Alerting;

/// <summary>What became of deviations that were taken in.</summary>
public sealed record IntakeResult
{
    /// <summary>Deviations given.</summary>
    public long Received { get; init; }

    /// <summary>Of these, stored for the first time.</summary>
    public long Stored { get; init; }

    /// <summary>Stored before, with more to them now.</summary>
    public long Updated { get; init; }

    /// <summary>Stored before just as they are.</summary>
    public long Known { get; init; }

    /// <summary>Alerts raised.</summary>
    public long Raised { get; init; }

    /// <summary>Deviations by the stage and reason that decided about them: <c>group:joined</c>.</summary>
    public IReadOnlyDictionary<string, long> Reasons { get; init; } = new SortedDictionary<string, long>(
        StringComparer.Ordinal);

    /// <summary>Both together.</summary>
    public IntakeResult Add(IntakeResult other)
    {
        var reasons = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (reason, count) in Reasons.Concat(other.Reasons)) reasons[reason] = reasons.GetValueOrDefault(
            reason) + count;
        return new IntakeResult
        {
            Received = Received + other.Received,
            Stored = Stored + other.Stored,
            Updated = Updated + other.Updated,
            Known = Known + other.Known,
            Raised = Raised + other.Raised,
            Reasons = reasons,
        };
    }
}

/// <summary>
/// Turns deviations into alerts and incidents: each passes the stages, and all that follows from a batch (deviations,
/// alerts, journal, what is to be sent) is committed together. Nothing is sent before it is durable.
/// </summary>
/// <remarks>
/// Taking in the same deviation twice changes nothing, so that whoever feeds may begin again where it is not sure.
/// Capture time decides what belongs together and what a console is told in an hour; this machine's clock only says
/// when things were received and how long there has been silence. Thread-safe as the store is.
/// </remarks>
public sealed class AlertPipeline
{
    private readonly IAlertStore _store;
    private readonly AlertingOptions _options;
    private readonly TimeProvider _clock;
    private readonly IReadOnlyList<IAlertStage> _stages;
    private readonly IncidentCorrelator _correlator;

    /// <summary>Creates a pipeline into a store.</summary>
    public AlertPipeline(IAlertStore store, AlertingOptions options, TimeProvider clock, IAssetDirectory? assets = null)
    {
        _store = store;
        _options = options;
        _clock = clock;
        _correlator = new IncidentCorrelator(options.Incidents);
        _stages =
        [
            new FingerprintStage(assets ?? new NoAssetDirectory()), new LearnedStage(), new GroupStage(),
                new MaintenanceStage(),
            new MuteStage(), new InhibitStage(), new StormStage(),
        ];
    }

    /// <summary>Who the journal says raised, correlated and closed what no person did.</summary>
    public static readonly Author Service = new("otguard");

    /// <summary>The names of the stages in their order.</summary>
    public IReadOnlyList<string> StageNames => [.. _stages.Select(stage => stage.Name), "route", "notify"];

    /// <summary>Stores deviations in one transaction, with everything that follows from them.</summary>
    /// <exception cref="StoreFullException">The store found no room even after it made some; nothing was
    /// stored.</exception>
    public async Task<IntakeResult> TakeAsync(IReadOnlyList<DeviationRecord> deviations, CancellationToken cancellation)
    {
        try
        {
            return await TryTakeAsync(deviations, cancellation);
        }
        catch (StoreFullException)
        {
            return await TryTakeAsync(deviations, cancellation);
        }
    }

    private async Task<IntakeResult> TryTakeAsync(IReadOnlyList<DeviationRecord> deviations,
        CancellationToken cancellation)
    {
        var tally = new Tally();
        await using var transaction = await _store.BeginAsync(cancellation);
        foreach (var deviation in deviations) await TakeAsync(deviation, transaction, tally, cancellation);
        // One message for each alert that changed, whatever number of deviations changed it.
        foreach (var id in tally.Changed)
            if (await transaction.GetAlertAsync(id, cancellation) is { } alert)
                await SendAsync(alert, "changed", isTold: false, transaction, cancellation);
        await transaction.CommitAsync(cancellation);
        return tally.Result(deviations.Count);
    }

    /// <summary>
    /// Closes alerts that have been silent for long enough and lifts silences that are over. To be called now and then.
    /// Returns how many alerts changed.
    /// </summary>
    public async Task<int> SweepAsync(CancellationToken cancellation)
    {
        const int atOnce = 1000;
        var now = _clock.GetUtcNow();
        await using var transaction = await _store.BeginAsync(cancellation);
        var due = await transaction.FindDueAsync(now - _options.CloseAfterSilence, now, atOnce, cancellation);
        foreach (var alert in due)
        {
            var isOver = alert.LastReceivedAt <= now - _options.CloseAfterSilence;
            var changed = alert with
            {
                State = isOver ? AlertState.Closed : AlertState.New,
                MutedUntil = null,
                ChangedAt = now,
                Version = alert.Version + 1,
            };
            await transaction.PutAlertAsync(changed, cancellation);
            var days = string.Create(CultureInfo.InvariantCulture, $"{_options.CloseAfterSilence.TotalDays:0.##}");
            var author = Service with
            {
                Why = isOver ? $"nothing came for {days} days"
                : "the time it was muted for is over"
            };
            await transaction.AppendJournalAsync(
                new JournalAct(now, author, isOver ? JournalVerb.Close : JournalVerb.Unmute, alert.Id), cancellation);
            await SendAsync(changed, isOver ? "closed-by-silence" : "unmuted", isTold: true, transaction, cancellation);
        }

        await transaction.CommitAsync(cancellation);
        return due.Count;
    }

    /// <summary>Queues an alert's state for the destinations that take it.</summary>
    internal async Task SendAsync(
        Alert alert, string reason, bool isTold, IAlertTransaction transaction, CancellationToken cancellation)
    {
        var destinations = _options.Routes.Where(route => route.Takes(alert, isTold)).Select(route => route.Destination)
            .ToList();
        if (destinations.Count > 0)
            await transaction.EnqueueAsync(OutboxMessage.Of(alert, reason, _clock.GetUtcNow()), destinations,
                cancellation);
    }

    private async Task TakeAsync(
        DeviationRecord deviation, IAlertTransaction transaction, Tally tally, CancellationToken cancellation)
    {
        var now = _clock.GetUtcNow();
        var held = await transaction.FindDeviationAsync(deviation.Id, cancellation);
        if (held is not null && IsSame(held.Deviation, deviation))
        {
            tally.Known++;
            return;
        }

        var context = new StageContext(deviation, transaction, _options, now);
        if (held is { Alert: { } owner }
            && await transaction.GetAlertAsync(owner, cancellation) is { IsOpen: true } own)
        {
            await GrowAsync(context, own, held, tally, cancellation);
            return;
        }

        var trail = new StringBuilder();
        var verdict = StageVerdict.Pass("");
        var decided = "notify:told";
        foreach (var stage in _stages)
        {
            verdict = await stage.ApplyAsync(context, cancellation);
            Note(trail, stage.Name, verdict.Reason);
            if (verdict.Decision == StageDecision.Pass) continue;
            decided = $"{stage.Name}:{verdict.Reason}";
            break;
        }

        tally.Count(decided, isNew: held is null);
        switch (verdict.Decision)
        {
            case StageDecision.Keep:
                await StoreAsync(context, alert: null, trail.ToString(), cancellation);
                break;
            case StageDecision.Hold:
                await HoldAsync(context, held, trail.ToString(), tally, cancellation);
                break;
            case StageDecision.Pass:
                await TellAsync(context, trail, tally, cancellation);
                break;
        }
    }

    /// <summary>More came to a deviation that an open alert holds.</summary>
    private async Task GrowAsync(
        StageContext context, Alert own, StoredDeviation held, Tally tally, CancellationToken cancellation)
    {
        var deviation = context.Deviation;
        tally.Count("grown", isNew: false);
        await StoreAsync(context, own.Id, held.Trail, cancellation);
        var severity = new AssessedSeverity(
            deviation.Severity > held.Deviation.Severity ? deviation.Severity : 0, deviation.SeverityReasons);
        var grown = Changed(own.Add(deviation, severity, held.Deviation, context.Now), context.Now);
        await context.Transaction.PutAlertAsync(grown, cancellation);
        tally.OnChanged(grown.Id);
        if (grown.Severity <= own.Severity || own.State == AlertState.Muted) return;
        tally.OnSent(grown.Id);
        await SendAsync(grown, "severity-raised", isTold: true, context.Transaction, cancellation);
    }

    private async Task HoldAsync(
        StageContext context, StoredDeviation? held, string trail, Tally tally, CancellationToken cancellation)
    {
        var target = context.Target!;
        var grown = Changed(target.Add(context.Deviation, context.Severity, held?.Alert == target.Id ? held.Deviation
            : null, context.Now), context.Now);
        grown = await context.Transaction.PutAlertAsync(grown, cancellation);
        await StoreAsync(context, grown.Id, trail, cancellation);
        tally.OnChanged(grown.Id);
        // A storm is told again each time it has doubled, so that its size is known and not a stream of its own.
        if (!grown.IsStorm || !IsPowerOfTwo(grown.Deviations)) return;
        tally.OnSent(grown.Id);
        await SendAsync(grown, "storm-doubled", isTold: true, context.Transaction, cancellation);
    }

    /// <summary>Raises a new alert, or one that recurs, and tells those it concerns.</summary>
    private async Task TellAsync(StageContext context, StringBuilder trail, Tally tally, CancellationToken cancellation)
    {
        var (transaction, deviation) = (context.Transaction, context.Deviation);
        var recurs = context.Target is not null;
        var alert = recurs
            ? Changed(context.Target!.Add(deviation, context.Severity, held: null, context.Now), context.Now) with
            {
                Raised = context.Target!.Raised + 1,
                // Somebody dealt with it, and here it is again: it has to be taken up anew.
                State = AlertState.New,
            }
            : context.BeginsStorm ? NewStorm(context) : NewAlert(context);
        alert = await transaction.PutAlertAsync(alert, cancellation);
        tally.Raised++;
        if (!alert.IsStorm) alert = await CorrelateAsync(alert, context, cancellation);
        await transaction.AnnunciateAsync(_options.Console, deviation.FirstSeen, context.IsExempt, cancellation);
        var reason = recurs ? "recurred" : alert.IsStorm ? "storm-began" : "new";
        await transaction.AppendJournalAsync(
            new JournalAct(context.Now, Service, JournalVerb.Raise, alert.Id,
                $"{reason}: {alert.Kind} {alert.Subject}"), cancellation);
        var routes = _options.Routes.Count(route => route.Takes(alert, isTold: true));
        Note(trail, "route", string.Create(CultureInfo.InvariantCulture, $"{routes}-destinations"));
        Note(trail, "notify", reason);
        await StoreAsync(context, alert.Id, trail.ToString(), cancellation);
        tally.OnSent(alert.Id);
        await SendAsync(alert, reason, isTold: true, transaction, cancellation);
    }

    private async Task<Alert> CorrelateAsync(Alert alert, StageContext context, CancellationToken cancellation)
    {
        var incident = await _correlator.CorrelateAsync(alert, context.Transaction, context.Now, cancellation);
        return incident is null ? alert : await context.Transaction.GetAlertAsync(alert.Id, cancellation) ?? alert;
    }

    private async Task StoreAsync(StageContext context, string? alert, string trail, CancellationToken cancellation)
    {
        var (transaction, deviation) = (context.Transaction, context.Deviation);
        var stored = await transaction.PutDeviationAsync(deviation, alert, trail, context.Now, cancellation);
        var destinations = _options.Routes.Where(route => route.Takes(deviation)).Select(route => route.Destination)
            .ToList();
        if (destinations.Count > 0)
            await transaction.EnqueueAsync(OutboxMessage.Of(deviation, stored, context.Now), destinations,
                cancellation);
    }

    private Alert NewAlert(StageContext context)
    {
        var deviation = context.Deviation;
        return new Alert
        {
            Id = IdOf(context.Fingerprint, deviation.Id),
            Fingerprint = context.Fingerprint,
            Kind = deviation.Kind,
            Catalogue = deviation.Catalogue,
            Title = deviation.Title,
            Subject = deviation.Subject,
            Actor = deviation.Actor,
            Asset = deviation.Asset,
            Phase = deviation.Phase,
            Site = deviation.Site,
            Zone = deviation.Zone,
            Sensors = [deviation.Sensor],
            Protocols = [deviation.Protocol],
            Console = _options.Console,
            Severity = context.Severity.Value,
            SeverityReasons = context.Severity.Reasons,
            FirstSeen = deviation.FirstSeen,
            LastSeen = deviation.LastSeen,
            RaisedAt = context.Now,
            LastReceivedAt = context.Now,
            ChangedAt = context.Now,
            Deviations = 1,
            Occurrences = deviation.Occurrences,
            Counts = new SortedDictionary<string, long>(StringComparer.Ordinal) { [deviation.Kind] = 1 },
            Explanation = deviation.Explanation,
            Expected = deviation.Expected,
            Observed = deviation.Observed,
            WhatToCheck = deviation.WhatToCheck,
            Techniques = deviation.Techniques,
            Baseline = deviation.Baseline,
            Exercise = deviation.Exercise,
            Repeats = context.Latest?.Id,
            Version = 1,
        };
    }

    private Alert NewStorm(StageContext context)
    {
        var deviation = context.Deviation;
        var fingerprint = StormStage.FingerprintOf(_options.Console, deviation);
        return NewAlert(context) with
        {
            Id = IdOf(fingerprint, deviation.Id),
            Fingerprint = fingerprint,
            Kind = Alert.StormKind,
            Catalogue = "",
            Title = "More alerts than a console can take",
            Subject = _options.Console,
            Actor = null,
            Asset = null,
            Phase = AttackPhase.None,
            Zone = null,
            SeverityReasons = ["that of the most severe deviation it holds"],
            Explanation = string.Create(
                CultureInfo.InvariantCulture,
                $"More than {_options.BudgetPerHour} alerts within an hour: further ones are held here and counted by "
                + $"kind, none is discarded."),
            Expected = string.Create(CultureInfo.InvariantCulture, $"at most {_options.BudgetPerHour} alerts an hour"),
            Observed = $"one more: {deviation.Explanation}",
            WhatToCheck = "Look at the kinds it holds: one cause (a scan, a flood, a baseline that no longer fits) is "
                + "behind most storms.",
            Techniques = [],
            Repeats = null,
        };
    }

    private static Alert Changed(Alert alert, DateTimeOffset now) =>
        alert with { ChangedAt = now, Version = alert.Version + 1 };

    /// <summary>True where nothing worth storing came to a deviation.</summary>
    private static bool IsSame(DeviationRecord held, DeviationRecord given) =>
        held.Occurrences == given.Occurrences && held.Severity == given.Severity && held.LastSeen == given.LastSeen
        && held.FrameCount == given.FrameCount && held.State == given.State
        && string.Equals(held.Explanation, given.Explanation, StringComparison.Ordinal);

    private static bool IsPowerOfTwo(long count) => (count & (count - 1)) == 0;

    private static string IdOf(string fingerprint, string deviation) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{fingerprint}\n{deviation}")).AsSpan(0, 16));

    private static void Note(StringBuilder trail, string stage, string reason)
    {
        if (trail.Length > 0) trail.Append(' ');
        trail.Append(stage).Append(':').Append(reason);
    }

    /// <summary>Counts what happens within one batch.</summary>
    private sealed class Tally
    {
        private readonly SortedDictionary<string, long> _reasons = new(StringComparer.Ordinal);
        private long _stored;
        private long _updated;
        private readonly OrderedDictionary<string, bool> _changed = new(StringComparer.Ordinal);

        public long Known { get; set; }

        public long Raised { get; set; }

        /// <summary>Alerts changed, in the order of their first change since they were last sent.</summary>
        public List<string> Changed => [.. _changed.Keys];

        /// <summary>An alert changed, and whoever shows its latest state is still to be sent it.</summary>
        public void OnChanged(string alert) => _changed[alert] = true;

        /// <summary>An alert was sent in its latest state.</summary>
        public void OnSent(string alert) => _changed.Remove(alert);

        public void Count(string reason, bool isNew)
        {
            _reasons[reason] = _reasons.GetValueOrDefault(reason) + 1;
            if (isNew) _stored++;
            else _updated++;
        }

        public IntakeResult Result(int received) => new()
        {
            Received = received,
            Stored = _stored,
            Updated = _updated,
            Known = Known,
            Raised = Raised,
            Reasons = _reasons,
        };
    }
}
