namespace OtGuard.Models.Scoring;

/// <summary>A run of candidates of one key: what counts as one event.</summary>
internal sealed class ScoreEvent
{
    /// <summary>When its first candidate came, in nanoseconds of capture time.</summary>
    public long First { get; set; }

    /// <summary>When its latest came.</summary>
    public long Last { get; set; }

    /// <summary>Its greatest score.</summary>
    public Score Top { get; set; }

    /// <summary>Candidates in it.</summary>
    public long Count { get; set; }

    /// <summary>Running number among the events of the run, from 1.</summary>
    public ulong Number { get; set; }

    /// <summary>True once it was told.</summary>
    public bool IsAlarm { get; set; }
}

/// <summary>
/// Makes events of scores: candidates of one key that follow each other closely are one. Bounded: beyond
/// <see cref="Capacity"/> open events the oldest are closed early, and counted.
/// </summary>
/// <remarks>Not thread-safe. Allocates for a new event alone.</remarks>
internal sealed class EventFormer(ModelOptions options)
{
    /// <summary>Open events at most.</summary>
    public const int Capacity = 1 << 16;

    private readonly Dictionary<(int Scale, int Key), ScoreEvent> _open = [];
    private readonly List<(int Scale, int Key)> _over = [];
    private ulong _number;

    /// <summary>Events closed early for want of room.</summary>
    public long Forgotten { get; private set; }

    /// <summary>Called with each event that is over.</summary>
    public Action<ScoreEvent>? Closed { get; init; }

    /// <summary>Counts a candidate to the event it belongs to, which may be a new one.</summary>
    public ScoreEvent Add(in Score score, long time, TimeSpan cycle)
    {
        if (_open.TryGetValue((score.Scale, score.Key), out var open))
        {
            if (time - open.Last <= GapOf(cycle))
            {
                open.Last = Math.Max(open.Last, time);
                open.Count++;
                if (score.Value > open.Top.Value) open.Top = score;
                return open;
            }

            Close(score.Scale, score.Key, open);
        }
        else if (_open.Count >= Capacity)
        {
            CloseOldest();
        }

        var begun = new ScoreEvent { First = time, Last = time, Top = score, Count = 1, Number = ++_number };
        _open.Add((score.Scale, score.Key), begun);
        return begun;
    }

    /// <summary>Closes what has had no candidate for longer than events may pause.</summary>
    public void CloseUntil(long time, Func<int, int, TimeSpan> cycleOf)
    {
        if (_open.Count == 0) return;
        foreach (var ((scale, key), open) in _open)
            if (time - open.Last > GapOf(cycleOf(scale, key))) _over.Add((scale, key));
        foreach (var (scale, key) in _over) Close(scale, key, _open[(scale, key)]);
        _over.Clear();
    }

    /// <summary>Closes everything.</summary>
    public void CloseAll()
    {
        foreach (var open in _open.Values) Closed?.Invoke(open);
        _open.Clear();
    }

    private long GapOf(TimeSpan cycle) => Math.Max(options.EventGap.Ticks, cycle.Ticks * options.EventGapCycles) * 100;

    private void Close(int scale, int key, ScoreEvent over)
    {
        _open.Remove((scale, key));
        Closed?.Invoke(over);
    }

    private void CloseOldest()
    {
        var ((scale, key), oldest) = _open.MinBy(entry => entry.Value.Last);
        Forgotten++;
        Close(scale, key, oldest);
    }
}
