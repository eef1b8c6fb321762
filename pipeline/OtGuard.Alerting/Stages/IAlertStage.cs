namespace OtGuard.Alerting.Stages;

/// <summary>What a stage does with a deviation.</summary>
public enum StageDecision : byte
{
    /// <summary>On to the next stage.</summary>
    Pass,

    /// <summary>It is held by <see cref="StageContext.Target"/>, and nobody is told.</summary>
    Hold,

    /// <summary>It is stored, belongs to no alert, and nobody is told.</summary>
    Keep,
}

/// <summary>What a stage did, and why: one word, kept with the deviation.</summary>
/// <param name="Decision">What it did.</param>
/// <param name="Reason">The reason, without blanks.</param>
public readonly record struct StageVerdict(StageDecision Decision, string Reason)
{
    /// <summary>On to the next stage.</summary>
    public static StageVerdict Pass(string reason) => new(StageDecision.Pass, reason);

    /// <summary>Held by the alert, quietly.</summary>
    public static StageVerdict Hold(string reason) => new(StageDecision.Hold, reason);

    /// <summary>Stored only.</summary>
    public static StageVerdict Keep(string reason) => new(StageDecision.Keep, reason);
}

/// <summary>A deviation on its way through the stages.</summary>
public sealed class StageContext
{
    /// <summary>Creates it.</summary>
    public StageContext(DeviationRecord deviation, IAlertTransaction transaction, AlertingOptions options,
        DateTimeOffset now) =>
        (Deviation, Transaction, Options, Now) = (deviation, transaction, options, now);

    /// <summary>The deviation.</summary>
    public DeviationRecord Deviation { get; }

    /// <summary>What is asked and changed.</summary>
    public IAlertTransaction Transaction { get; }

    /// <summary>The settings.</summary>
    public AlertingOptions Options { get; }

    /// <summary>This machine's clock.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>The fingerprint, from the first stage on.</summary>
    public string Fingerprint { get; set; } = "";

    /// <summary>The severity in these surroundings, from the first stage on.</summary>
    public AssessedSeverity Severity { get; set; } = new(0, []);

    /// <summary>The latest alert of the fingerprint, open or closed; null for none.</summary>
    public Alert? Latest { get; set; }

    /// <summary>The alert that takes the deviation; null where a new one is to be raised.</summary>
    public Alert? Target { get; set; }

    /// <summary>True where it is told beyond the budget for its severity.</summary>
    public bool IsExempt { get; set; }

    /// <summary>
    /// True where this deviation begins a storm: the alert raised stands for it and for what follows.
    /// </summary>
    public bool BeginsStorm { get; set; }
}

/// <summary>
/// One step of the way from a deviation to an alert. Has no state of its own: everything it goes by is in the store, so
/// that a restart and a change by another process are seen at once.
/// </summary>
public interface IAlertStage
{
    /// <summary>One word.</summary>
    string Name { get; }

    /// <summary>Looks at a deviation.</summary>
    Task<StageVerdict> ApplyAsync(StageContext context, CancellationToken cancellation);
}
