namespace OtGuard.Alerting.Stages;

/// <summary>
/// Same kind, subject and zone within the window are one alert; after a longer silence it is raised again.
/// </summary>
public sealed class GroupStage : IAlertStage
{
    /// <inheritdoc/>
    public string Name => "group";

    /// <inheritdoc/>
    public Task<StageVerdict> ApplyAsync(StageContext context, CancellationToken cancellation)
    {
        if (context.Latest is not { IsOpen: true } open) return Task.FromResult(StageVerdict.Pass("alone"));
        context.Target = open;
        // Captures are not always read in the order of time: what is before counts like what is after.
        var apart = context.Deviation.FirstSeen > open.LastSeen
            ? context.Deviation.FirstSeen - open.LastSeen
            : open.FirstSeen > context.Deviation.LastSeen ? open.FirstSeen - context.Deviation.LastSeen : TimeSpan.Zero;
        return Task.FromResult(apart <= context.Options.GroupWithin ? StageVerdict.Hold("joined")
            : StageVerdict.Pass("recurred"));
    }
}
