namespace OtGuard.Alerting.Stages;

/// <summary>
/// Keeps quiet about what a second person approved as normal, until it is judged by another baseline, which then knows.
/// </summary>
public sealed class LearnedStage : IAlertStage
{
    /// <inheritdoc/>
    public string Name => "learned";

    /// <inheritdoc/>
    public async Task<StageVerdict> ApplyAsync(StageContext context, CancellationToken cancellation) =>
        await context.Transaction.FindApprovedAsync(context.Fingerprint, context.Deviation.Baseline,
            cancellation) is { } proposal
            ? StageVerdict.Keep($"approved-{proposal.Number}")
            : StageVerdict.Pass("no");
}
