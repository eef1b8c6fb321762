namespace OtGuard.Collectors;

/// <summary>
/// A growing set of frame numbers, kept as ranges. The first <see cref="Capacity"/> ranges are kept exactly; the count
/// is always complete.
/// </summary>
/// <remarks>
/// Numbers come in ascending order but for a few that were held back; one that is in a kept range already counts once.
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

    /// <summary>Adds a frame number.</summary>
    public void Add(long number)
    {
        if (number <= _last)
        {
            if (number != _last) Insert(number);
            return;
        }

        Count++;
        if (!IsCut)
        {
            if (_used > 0 && number == _last + 1) _ranges[_used - 1].Last = number;
            else AddRange(number);
        }

        _last = number;
    }

    /// <summary>
    /// All frames of several sets that share none. Counts add up; of the ranges the lowest are kept, as ever.
    /// </summary>
    public static FrameRanges Union(IEnumerable<FrameRanges> sets)
    {
        var union = new FrameRanges();
        var ranges = new List<(long First, long Last)>();
        foreach (var set in sets)
        {
            ranges.AddRange(set.Ranges);
            union.Count += set.Count;
            union._last = Math.Max(union._last, set._last);
            union.IsCut |= set.IsCut;
        }

        ranges.Sort();
        union._ranges = new (long, long)[Math.Min(ranges.Count, Capacity)];
        foreach (var range in ranges)
        {
            if (union._used > 0 && range.First == union._ranges[union._used - 1].Last + 1)
                union._ranges[union._used - 1].Last = range.Last;
            else if (union._used < Capacity) union._ranges[union._used++] = range;
            else union.IsCut = true;
        }

        return union;
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

    /// <summary>Adds a number below the highest one: extends or joins the ranges beside it, or makes one of its own.</summary>
    private void Insert(long number)
    {
        var at = _used;
        while (at > 0 && _ranges[at - 1].First > number) at--;
        if (at > 0 && _ranges[at - 1].Last >= number) return;
        // Beyond the ranges kept, nothing tells whether the number is there already; frames are held back only once.
        Count++;
        if (IsCut && at == _used) return;
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
            if (_used == Capacity)
            {
                // The highest range makes room: ranges are kept from the lowest up.
                IsCut = true;
                _used--;
            }

            if (_used == _ranges.Length) Array.Resize(ref _ranges, Math.Max(4, _ranges.Length * 2));
            _ranges.AsSpan(at, _used - at).CopyTo(_ranges.AsSpan(at + 1));
            _ranges[at] = (number, number);
            _used++;
        }
    }
}
