namespace OtGuard.Models.Scoring;

/// <summary>How far off a watch holds one thing to be at the observation at hand.</summary>
/// <param name="Scale">Index of the scale in the <see cref="ModelSet"/>.</param>
/// <param name="Key">What is judged on it: an index that its watch understands.</param>
/// <param name="Value">0 where nothing is out of the ordinary, 1 at the edge of what was learned; finite, not negative.</param>
/// <param name="Observed">What was observed, in the unit of the thing.</param>
/// <param name="Low">From where it was expected.</param>
/// <param name="High">To where it was expected.</param>
public readonly record struct Score(int Scale, int Key, double Value, double Observed, double Low, double High)
{
    /// <summary>The greatest score: what is farther off is told as this far.</summary>
    public const double Most = 1e9;
}

/// <summary>
/// What the watches say of the observation at hand, or of the passing of time. Bounded: beyond <see cref="Capacity"/>
/// further ones are given up, and counted.
/// </summary>
/// <remarks>Not thread-safe. Allocates nothing.</remarks>
public sealed class ScoreSheet
{
    /// <summary>
    /// Scores kept for one observation: every register of the longest Modbus answer (125) on every one of eight scales.
    /// </summary>
    public const int Capacity = 1024;

    private readonly Score[] _scores = new Score[Capacity];
    private int _count;

    /// <summary>Scores given up for want of room.</summary>
    public long Forgotten { get; private set; }

    /// <summary>What was said, in order.</summary>
    public ReadOnlySpan<Score> Scores => _scores.AsSpan(0, _count);

    /// <summary>
    /// Says how far off something is. A number that is none, or infinite, is as far off as can be said: an input that a
    /// model cannot take is not normal for it.
    /// </summary>
    public void Add(int scale, int key, double value, double observed, double low, double high)
    {
        if (!double.IsFinite(value)) value = Score.Most;
        if (value <= 0) return;
        if (_count < Capacity) _scores[_count++] = new Score(scale, key, Math.Min(value, Score.Most), observed, low, high);
        else Forgotten++;
    }

    /// <summary>Forgets what was said.</summary>
    public void Clear() => _count = 0;
}
