using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OtGuard.Collectors;

namespace OtGuard.Alerting.Incidents;

/// <summary>Finds the causal chain that an alert belongs to.</summary>
/// <remarks>
/// <para>Two alerts are linked where the same actor is behind both, whatever the protocol and sensor; where who acts
/// now was
/// acted upon before (the attack moved on); and where an effect befalls an asset that was acted upon before.</para>
/// <para>Linked alerts become an incident once they have gone through several phases (discovery, read, write, effect):
/// one phase, however often, is no chain. What a person closed as an incident is not reopened: a new one begins.</para>
/// </remarks>
public sealed class IncidentCorrelator(IncidentOptions options)
{
    /// <summary>
    /// Adds an alert to the incident it belongs to, or forms one; returns it, or null where there is no chain.
    /// </summary>
    public async Task<Incident?> CorrelateAsync(
        Alert alert, IAlertTransaction transaction, DateTimeOffset now, CancellationToken cancellation)
    {
        if (alert.Phase == AttackPhase.None) return null;
        string[] addresses = [.. new[] { alert.Actor, alert.Asset }.OfType<string>().Distinct(StringComparer.Ordinal)];
        if (addresses.Length == 0) return null;
        var candidates = await transaction.FindRelatedAsync(
            addresses, alert.FirstSeen, options.Window, options.MostCandidates, cancellation);
        var linked = candidates
            .Where(other => other.Id != alert.Id && other.Exercise == alert.Exercise && other.Phase != AttackPhase.None)
            .Select(other => (Alert: other, Link: LinkOf(other, alert)))
            .Where(pair => pair.Link is not null)
            .ToList();

        var incidents = new List<Incident>();
        foreach (var id in linked.Select(pair => pair.Alert.Incident).Append(alert.Incident).OfType<string>()
            .Distinct(StringComparer.Ordinal))
            if (await transaction.GetIncidentAsync(id,
                cancellation) is { State: IncidentState.Open } open) incidents.Add(open);

        if (incidents.Count == 0)
        {
            var free = linked.Where(pair => pair.Alert.Incident is null).Select(pair => (pair.Alert, pair.Link!.Value))
                .ToList();
            if (free.Select(pair => pair.Alert.Phase).Append(alert.Phase).Distinct()
                .Count() < options.Phases) return null;
            return await FormAsync(alert, free, transaction, now, cancellation);
        }

        var kept = incidents.MinBy(incident => incident.Number)!;
        foreach (var other in incidents.Where(incident => incident.Id != kept.Id))
            kept = await MergeAsync(kept, other, transaction, now, cancellation);
        var how = linked.Count > 0 ? linked.Max(pair => pair.Link!.Value) : IncidentLink.SameActor;
        return await AddAsync(kept, [(alert, how)], transaction, now, cancellation);
    }

    /// <summary>Why the later of two alerts belongs to the earlier one's chain, or null.</summary>
    private static IncidentLink? LinkOf(Alert one, Alert other)
    {
        if (one.Actor is not null && one.Actor == other.Actor) return IncidentLink.SameActor;
        var (earlier, later) = one.FirstSeen <= other.FirstSeen ? (one, other) : (other, one);
        // A server that sends or fails is the actor of its own deviation; so is one that was attacked and now acts
        // itself.
        if (earlier.Asset is not null && earlier.Asset == later.Actor)
            return later.Phase == AttackPhase.Effect && later.Asset is null ? IncidentLink.EffectOnAsset
                : IncidentLink.Pivot;
        return later.Phase == AttackPhase.Effect && later.Asset is not null && later.Asset == earlier.Asset
            && earlier.Phase is AttackPhase.Access or AttackPhase.Write
            ? IncidentLink.EffectOnAsset
            : null;
    }

    private async Task<Incident> FormAsync(
        Alert alert, List<(Alert Alert, IncidentLink Link)> earlier, IAlertTransaction transaction, DateTimeOffset now,
        CancellationToken cancellation)
    {
        var first = earlier.Select(pair => pair.Alert).Append(alert).OrderBy(a => a.FirstSeen).ThenBy(a => a.Number)
            .First();
        var incident = new Incident
        {
            Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"incident\n{first.Id}"))
                .AsSpan(0, 16)),
            Title = "",
            Severity = 0,
            FirstSeen = first.FirstSeen,
            LastSeen = first.LastSeen,
            ChangedAt = now,
            Exercise = alert.Exercise,
        };
        return await AddAsync(
            incident, [.. earlier, (alert, earlier.Max(pair => pair.Link))], transaction, now, cancellation);
    }

    private async Task<Incident> AddAsync(
        Incident incident, IReadOnlyList<(Alert Alert, IncidentLink Link)> added, IAlertTransaction transaction,
            DateTimeOffset now,
        CancellationToken cancellation)
    {
        var known = incident.Timeline.Select(step => step.Alert).ToHashSet(StringComparer.Ordinal);
        var steps = incident.Timeline
            .Concat(added.Where(pair => !known.Contains(pair.Alert.Id)).Select(pair => StepOf(pair.Alert, pair.Link)))
            .OrderBy(step => step.Time).ThenBy(step => step.Number).ToList();
        var further = incident.FurtherAlerts + Math.Max(0, steps.Count - options.MostSteps);
        if (steps.Count > options.MostSteps) steps.RemoveRange(options.MostSteps, steps.Count - options.MostSteps);
        incident = Judge(
            incident with
            {
                Timeline = steps,
                FurtherAlerts = further,
                FirstSeen = Earliest(incident.FirstSeen, added),
                LastSeen = Latest(incident.LastSeen, added),
                ChangedAt = now,
                Version = incident.Version + 1,
            },
            added.Max(pair => pair.Alert.Severity));
        incident = await transaction.PutIncidentAsync(incident, cancellation);
        foreach (var (alert, _) in added)
        {
            if (alert.Incident == incident.Id) continue;
            await transaction.PutAlertAsync(
                alert with { Incident = incident.Id, ChangedAt = now, Version = alert.Version + 1 }, cancellation);
        }

        await transaction.AppendJournalAsync(
            new JournalAct(
                now, AlertPipeline.Service, JournalVerb.Correlate, incident.Id,
                string.Join(' ', added.Select(pair => pair.Alert.Id))),
            cancellation);
        return incident;
    }

    private async Task<Incident> MergeAsync(
        Incident kept, Incident other, IAlertTransaction transaction, DateTimeOffset now,
            CancellationToken cancellation)
    {
        var moved = new List<(Alert, IncidentLink)>();
        foreach (var step in other.Timeline)
            if (await transaction.GetAlertAsync(step.Alert, cancellation) is { } alert) moved.Add((alert, step.Link));
        await transaction.PutIncidentAsync(
            other with
            {
                State = IncidentState.Merged,
                MergedInto = kept.Id,
                ChangedAt = now,
                Version = other.Version
                + 1
            }, cancellation);
        kept = kept with { FurtherAlerts = kept.FurtherAlerts + other.FurtherAlerts };
        return moved.Count == 0 ? kept : await AddAsync(kept, moved, transaction, now, cancellation);
    }

    private Incident Judge(Incident incident, int severity)
    {
        var phases = incident.Phases.ToList();
        var highest = Math.Max(incident.HighestAlert, severity);
        var reasons = new List<string> { string.Create(CultureInfo.InvariantCulture,
            $"{highest} of its most severe alert") };
        var value = highest;
        Add(ReachedEffect(incident), options.ReachedEffect, "a write was followed by an effect");
        Add(
            incident.Timeline.Select(step => step.Protocol).Distinct(StringComparer.Ordinal).Skip(1).Any()
                || incident.Timeline.Select(step => step.Sensor).Distinct(StringComparer.Ordinal).Skip(1).Any(),
            options.SeveralWitnesses,
            "seen in several protocols or by several sensors");
        var actors = incident.Actors.ToList();
        var who = actors.Count == 0 ? "an unknown actor" : actors[0];
        var assets = incident.Timeline.Select(step => step.Asset).OfType<string>().Distinct(StringComparer.Ordinal)
            .ToList();
        var whom = assets.Count switch
        {
            0 => "",
            1 => $" against {assets[0]}",
            _ => string.Create(CultureInfo.InvariantCulture, $" against {assets.Count} assets"),
        };
        return incident with
        {
            HighestAlert = highest,
            Severity = Math.Min(100, value),
            SeverityReasons = reasons,
            Title = $"{who}: {string.Join(", ", phases.Select(phase => phase.ToString().ToLowerInvariant()))}{whom}",
        };

        void Add(bool applies, int points, string reason)
        {
            if (!applies) return;
            value += points;
            reasons.Add(string.Create(CultureInfo.InvariantCulture, $"+{points}: {reason}"));
        }
    }

    private static bool ReachedEffect(Incident incident)
    {
        var written = false;
        foreach (var step in incident.Timeline)
        {
            written |= step.Phase == AttackPhase.Write;
            if (written && step.Phase == AttackPhase.Effect) return true;
        }

        return false;
    }

    private static IncidentStep StepOf(Alert alert, IncidentLink link) => new(
        alert.FirstSeen, alert.Phase, link, alert.Id, alert.Number, alert.Kind, alert.Actor, alert.Asset,
        string.Join(", ", alert.Protocols), string.Join(", ", alert.Sensors), alert.Explanation);

    private static CaptureTime Earliest(CaptureTime time, IReadOnlyList<(Alert Alert, IncidentLink Link)> added) =>
        added.Select(pair => pair.Alert.FirstSeen).Append(time).Min();

    private static CaptureTime Latest(CaptureTime time, IReadOnlyList<(Alert Alert, IncidentLink Link)> added) =>
        added.Select(pair => pair.Alert.LastSeen).Append(time).Max();
}
