using OtGuard.Collectors;

namespace OtGuard.Alerting;

/// <summary>What is kept of a plant beside its deviations. The numbers are stored: new kinds go to the end.</summary>
public enum ActKind : byte
{
    /// <summary>A write: who, what, before, after.</summary>
    Write,

    /// <summary>A diagnostic exchange.</summary>
    Diagnostic,

    /// <summary>A message on a bus as it was last seen.</summary>
    Message,

    /// <summary>A bus as it was last seen.</summary>
    Bus,
}

/// <summary>Something that was done or seen at a source, as whoever shows it wrote it down.</summary>
/// <param name="Source">The source's name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Key">What tells it from others of its source and kind: put again, it replaces the one that is
/// there.</param>
/// <param name="Time">When, in capture time.</param>
/// <param name="Body">The rest, as JSON.</param>
public sealed record KeptAct(string Source, ActKind Kind, string Key, CaptureTime Time, string Body);

/// <summary>Keeps acts over restarts, the latest of each source and kind. Thread-safe.</summary>
public interface IActStore
{
    /// <summary>Puts acts, and removes those beyond what is kept of their source and kind.</summary>
    /// <returns>False where the store has no room for them: they are counted, and left out.</returns>
    Task<bool> PutAsync(IReadOnlyList<KeptAct> acts, CancellationToken cancellation);

    /// <summary>What is kept of a source and kind, the latest first.</summary>
    Task<IReadOnlyList<KeptAct>> ListAsync(string source, ActKind kind, CancellationToken cancellation);
}
