namespace OtGuard.Alerting.Stages;

/// <summary>A cause holds its consequences: they are counted with it and tell nobody.</summary>
public sealed class InhibitStage : IAlertStage
{
    /// <inheritdoc/>
    public string Name => "inhibit";

    /// <inheritdoc/>
    public async Task<StageVerdict> ApplyAsync(StageContext context, CancellationToken cancellation)
    {
        // What has an alert of its own goes on there.
        if (context.Target is not null) return StageVerdict.Pass("own-alert");
        var deviation = context.Deviation;
        foreach (var rule in context.Options.Inhibits)
        {
            if (!rule.Consequences.Contains(deviation.Kind)) continue;
            var actor = rule.By == InhibitBy.Actor ? deviation.Actor : null;
            var asset = rule.By == InhibitBy.Asset ? deviation.Asset ?? deviation.Actor : null;
            if (actor is null && asset is null) continue;
            var cause = await context.Transaction.FindCauseAsync(
                rule.Causes, actor, asset, deviation.FirstSeen, context.Options.InhibitWithin, cancellation);
            if (cause is null) continue;
            context.Target = cause;
            return StageVerdict.Hold($"follows-from-{rule.Name}");
        }

        return StageVerdict.Pass("no-cause");
    }
}
