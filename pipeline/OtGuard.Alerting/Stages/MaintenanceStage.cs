namespace OtGuard.Alerting.Stages;

/// <summary>Holds back what falls into announced work; it is counted to the work order.</summary>
public sealed class MaintenanceStage : IAlertStage
{
    /// <inheritdoc/>
    public string Name => "maintenance";

    /// <inheritdoc/>
    public async Task<StageVerdict> ApplyAsync(StageContext context, CancellationToken cancellation) =>
        await context.Transaction.HoldForMaintenanceAsync(context.Deviation, cancellation) is { } window
            ? StageVerdict.Keep($"order-{window.WorkOrder.Replace(' ', '-')}")
            : StageVerdict.Pass("none");
}
