using System.Globalization;
using System.Text;

namespace OtGuard.Models;

/// <summary>A set of addresses kept as merged intervals, both ends included. Touching intervals become one.</summary>
public sealed class AddressIntervals
{
    private readonly List<(long First, long Last)> _intervals = [];

    /// <summary>The intervals: ascending, disjoint, not touching.</summary>
    public IReadOnlyList<(long First, long Last)> Intervals => _intervals;

    /// <summary>True where the whole of <paramref name="first"/>–<paramref name="last"/> is in the set.</summary>
    public bool Contains(long first, long last)
    {
        var at = IndexAtOrBefore(first);
        return at >= 0 && _intervals[at].Last >= last;
    }

    /// <summary>Adds <paramref name="first"/>–<paramref name="last"/>; an empty interval adds nothing.</summary>
    public void Add(long first, long last)
    {
        if (last < first || Contains(first, last)) return;
        var at = IndexAtOrBefore(first);
        var start = at >= 0 && _intervals[at].Last >= first - 1 ? at : at + 1;
        var end = start;
        while (end < _intervals.Count && _intervals[end].First <= last + 1)
        {
            first = Math.Min(first, _intervals[end].First);
            last = Math.Max(last, _intervals[end].Last);
            end++;
        }

        _intervals.RemoveRange(start, end - start);
        _intervals.Insert(start, (first, last));
    }

    /// <summary><c>0–9, 100–109</c>; single addresses stand alone.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (first, last) in _intervals)
        {
            if (text.Length > 0) text.Append(", ");
            text.Append(CultureInfo.InvariantCulture, $"{first}");
            if (last > first) text.Append(CultureInfo.InvariantCulture, $"–{last}");
        }

        return text.ToString();
    }

    /// <summary>Index of the last interval that begins at or before <paramref name="address"/>, or -1.</summary>
    private int IndexAtOrBefore(long address)
    {
        int low = 0, high = _intervals.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (_intervals[middle].First <= address) low = middle + 1;
            else high = middle - 1;
        }

        return high;
    }
}
