using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OtGuard.Alerting;
using OtGuard.Collectors;

namespace OtGuard.Exchange.Cases;

/// <summary>
/// Reminds people of reports that are due, by the same ways as alerts: once when three quarters of the time are over, and
/// once when all of it is. Thread-safe as the stores are.
/// </summary>
public sealed class CaseReminders(CaseDesk desk, IAlertStore store, TimeProvider clock)
{
    /// <summary>The kind of a reminder, as sinks tell it.</summary>
    public const string Kind = "report-due";

    private const int MostCases = 10_000;
    private const int SoonSeverity = 70;
    private const int OverdueSeverity = 95;

    private static readonly Author Service = new("otguard", "a report is due");

    /// <summary>Queues what is to be told and was not told yet.</summary>
    /// <param name="destinations">Names of the destinations, as the outbox has them.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>What was queued, a sentence each.</returns>
    public async Task<IReadOnlyList<string>> RemindAsync(
        IReadOnlyCollection<string> destinations, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var told = new List<string>();
        foreach (var one in await desk.ListAsync(MostCases, cancellation))
        {
            var before = (await store.ListJournalAsync(one.Id, int.MaxValue, cancellation))
                .Where(entry => entry.Act.Verb == JournalVerb.Remind).Select(entry => entry.Act.Detail)
                .ToHashSet(StringComparer.Ordinal);
            foreach (var stage in await desk.StagesAsync(one, cancellation))
            {
                if (stage is not { State: StageState.Running or StageState.Overdue, Due: { } due }) continue;
                var isOver = stage.State == StageState.Overdue;
                if (!isOver && due - now > (due - (stage.Start ?? one.CreatedAt)) / 4) continue;
                // A deadline that moved is another one.
                var detail = string.Create(CultureInfo.InvariantCulture, $"{stage.Stage.Id} {due.UtcDateTime:O} {(isOver ? "over" : "soon")}");
                if (before.Contains(detail)) continue;
                var alert = Of(one, stage, due, isOver, detail, now);
                await using var transaction = await store.BeginAsync(cancellation);
                await transaction.AppendJournalAsync(new JournalAct(now, Service, JournalVerb.Remind, one.Id, detail), cancellation);
                if (destinations.Count > 0)
                    await transaction.EnqueueAsync(OutboxMessage.Of(alert, "report-due", now), destinations, cancellation);
                await transaction.CommitAsync(cancellation);
                told.Add(alert.Explanation);
            }
        }

        return told;
    }

    private static Alert Of(
        CaseVersion one, StageStatus stage, DateTimeOffset due, bool isOver, string detail, DateTimeOffset now)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{one.Id}\n{detail}")).AsSpan(0, 16));
        var moment = due.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        var missing = stage.Missing.Count == 0
            ? "nothing is missing"
            : $"missing are {string.Join(", ", stage.Missing.Select(field => field.Id))}";
        var time = new CaptureTime((now.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * TimeSpan.NanosecondsPerTick);
        return new Alert
        {
            Id = id,
            Fingerprint = id,
            Kind = Kind,
            Catalogue = "",
            Title = isOver ? "Report overdue" : "Report due soon",
            Subject = string.Create(CultureInfo.InvariantCulture, $"case {one.Number}, {stage.Stage.Id}"),
            Console = "liaison",
            State = AlertState.New,
            Severity = isOver ? OverdueSeverity : SoonSeverity,
            SeverityReasons = [isOver ? "the deadline is over" : "three quarters of the time are over"],
            FirstSeen = time,
            LastSeen = time,
            RaisedAt = now,
            LastReceivedAt = now,
            ChangedAt = now,
            Occurrences = 1,
            Explanation = string.Create(
                CultureInfo.InvariantCulture,
                $"Case {one.Number}: the {stage.Stage.Title.En.ToLowerInvariant()} {(isOver ? "was" : "is")} due at {moment} UTC; {missing}."),
            Expected = $"sent by {moment} UTC",
            Observed = "not sent",
            Exercise = one.Exercise,
            Version = 1,
        };
    }
}
