namespace OtGuard.Collectors;

/// <summary>
/// What a stage received, handed on, dropped (with the reason) and failed at. Every stage has one; a monitor that has
/// gone blind must say so before anything else.
/// </summary>
/// <remarks>Counted by one thread; the numbers may be read from another, each for itself.</remarks>
public sealed class StageCounters
{
    private readonly SortedDictionary<string, long> _dropped = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _failed = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _noted = new(StringComparer.Ordinal);

    /// <summary>Creates the counters of a stage.</summary>
    public StageCounters(string stage) => Stage = stage;

    /// <summary>The stage's name.</summary>
    public string Stage { get; }

    /// <summary>Items that came in.</summary>
    public long Received { get; set; }

    /// <summary>Items that went on.</summary>
    public long Emitted { get; set; }

    /// <summary>Items left out on purpose or for want of room, by reason.</summary>
    public IReadOnlyDictionary<string, long> Dropped => _dropped;

    /// <summary>Items that could not be handled, by kind.</summary>
    public IReadOnlyDictionary<string, long> Failed => _failed;

    /// <summary>Counts items dropped. Reasons are fixed words, so that the table stays small.</summary>
    public void Drop(string reason, long count = 1) => _dropped[reason] = _dropped.GetValueOrDefault(reason) + count;

    /// <summary>Items that went on although something about them was odd or special, by kind.</summary>
    public IReadOnlyDictionary<string, long> Noted => _noted;

    /// <summary>Counts items that went on and are worth knowing about.</summary>
    public void Note(string kind, long count = 1) => _noted[kind] = _noted.GetValueOrDefault(kind) + count;

    /// <summary>Counts items failed.</summary>
    public void Fail(string kind, long count = 1) => _failed[kind] = _failed.GetValueOrDefault(kind) + count;
}
