namespace OtGuard.Alerting.Stages;

/// <summary>A muted alert goes on counting and tells nobody.</summary>
public sealed class MuteStage : IAlertStage
{
    /// <inheritdoc/>
    public string Name => "mute";

    /// <inheritdoc/>
    public Task<StageVerdict> ApplyAsync(StageContext context, CancellationToken cancellation)
    {
        if (context.Target is not { State: AlertState.Muted } muted) return Task.FromResult(StageVerdict.Pass("no"));
        if (muted.MutedUntil is { } until && until <= context.Now)
        {
            context.Target = muted with { State = AlertState.New, MutedUntil = null };
            return Task.FromResult(StageVerdict.Pass("expired"));
        }

        return Task.FromResult(StageVerdict.Hold("muted"));
    }
}
