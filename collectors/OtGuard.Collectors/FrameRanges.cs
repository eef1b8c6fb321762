namespace OtGuard.Collectors;

/// <summary>
/// A growing set of frame numbers, kept as ranges. The first <see cref="Capacity"/> ranges are kept exactly; the count
/// is always complete.
/// </summary>
/// <remarks>
/// Numbers are added in ascending order, as frames are read; one added twice in a row counts once. What comes late goes
/// by <see cref="Insert"/>.
/// </remarks>
public sealed class FrameRanges
{
    /// <summary>Ranges kept exactly; a deviation shows at most so many (the machine-readable contract).</summary>
    public const int Capacity = 64;

    private (long First, long Last)[] _ranges = [];
    private int _used;
    private long _last;

    /// <summary>How many frames the set holds.</summary>
    public long Count { get; private set; }

    /// <summary>The lowest frame number, 0 for an empty set.</summary>
    public long First => _used == 0 ? 0 : _ranges[0].First;

    /// <summary>The highest frame number, 0 for an empty set.</summary>
    public long Last => _last;

    /// <summary>True where there were more ranges than are kept.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The ranges kept: ascending, disjoint, both ends included.</summary>
    public ReadOnlySpan<(long First, long Last)> Ranges => _ranges.AsSpan(0, _used);

    /// <summary>Adds a frame number, which must not be lower than the last one added.</summary>
    public void Add(long number)
    {
        if (number == _last) return;
        Count++;
        if (!IsCut)
        {
            if (_used > 0 && number == _last + 1) _ranges[_used - 1].Last = number;
            else AddRange(number);
        }

        _last = number;
    }

    /// <summary>
    /// Adds a frame number that may be lower than others, once: a frame whose place became known late. Costs a search
    /// and a move of the ranges behind it.
    /// </summary>
    public void Insert(long number)
    {
        if (number >= _last)
        {
            Add(number);
            return;
        }

        var at = _used;
        while (at > 0 && _ranges[at - 1].First > number) at--;
        if (at > 0 && number <= _ranges[at - 1].Last) return;
        Count++;
        var joinsBefore = at > 0 && _ranges[at - 1].Last == number - 1;
        var joinsAfter = at < _used && _ranges[at].First == number + 1;
        if (joinsBefore && joinsAfter)
        {
            _ranges[at - 1].Last = _ranges[at].Last;
            _ranges.AsSpan(at + 1, _used - at - 1).CopyTo(_ranges.AsSpan(at));
            _used--;
        }
        else if (joinsBefore)
        {
            _ranges[at - 1].Last = number;
        }
        else if (joinsAfter)
        {
            _ranges[at].First = number;
        }
        else
        {
            InsertRange(at, number);
        }
    }

    private void InsertRange(int at, long number)
    {
        if (_used == Capacity)
        {
            IsCut = true;
            if (at == _used) return;
            _used--;
        }

        if (_used == _ranges.Length) Array.Resize(ref _ranges, Math.Max(4, _ranges.Length * 2));
        _ranges.AsSpan(at, _used - at).CopyTo(_ranges.AsSpan(at + 1));
        _ranges[at] = (number, number);
        _used++;
    }

    private void AddRange(long number)
    {
        if (_used == Capacity)
        {
            IsCut = true;
            return;
        }

        if (_used == _ranges.Length) Array.Resize(ref _ranges, Math.Max(4, _ranges.Length * 2));
        _ranges[_used++] = (number, number);
    }
}
