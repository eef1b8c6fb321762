namespace OtGuard.Alerting.Stages;

/// <summary>
/// Keeps to what one console can take in an hour (ISA-18.2): what exceeds it is held by one storm alert with complete
/// counts. The most severe passes within a budget of its own.
/// </summary>
public sealed class StormStage : IAlertStage
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public string Name => "storm";

    /// <inheritdoc/>
    public async Task<StageVerdict> ApplyAsync(StageContext context, CancellationToken cancellation)
    {
        var (options, deviation) = (context.Options, context.Deviation);
        // To both sides: sources do not come in step, and what was told of a later moment was told all the same.
        var (within, exempt) = await context.Transaction.CountAnnunciationsAsync(
            options.Console, deviation.FirstSeen + -Hour, deviation.FirstSeen + Hour, cancellation);
        if (within < options.BudgetPerHour) return StageVerdict.Pass("within-budget");
        if (context.Severity.Value >= options.ExemptFrom && exempt < options.ExemptPerHour)
        {
            context.IsExempt = true;
            return StageVerdict.Pass("severe");
        }

        // What has an alert of its own goes on there, quietly.
        if (context.Target is not null) return StageVerdict.Hold("over-budget-own-alert");
        var storm = await context.Transaction.FindLatestAsync(FingerprintOf(options.Console, deviation), cancellation);
        if (storm is { IsOpen: true } && deviation.FirstSeen - storm.LastSeen <= Hour)
        {
            context.Target = storm;
            return StageVerdict.Hold("over-budget");
        }

        context.BeginsStorm = true;
        return StageVerdict.Pass("begins");
    }

    /// <summary>The fingerprint of a console's storms.</summary>
    public static string FingerprintOf(string console, DeviationRecord deviation) =>
        FingerprintStage.Of(Alert.StormKind, console, deviation.Site, null, deviation.Exercise);
}
