using System.Globalization;

namespace OtGuard.Models;

/// <summary>Addresses from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
public readonly record struct AddressInterval(uint First, uint Last)
{
    /// <summary><c>0-9</c>, or <c>7</c> for a single address.</summary>
    public override string ToString() => First == Last
        ? First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");
}

/// <summary>A sorted set of disjoint intervals; overlapping and adjacent ones are merged, others stay apart.</summary>
public sealed class AddressIntervals
{
    private readonly List<AddressInterval> _items = [];

    /// <summary>Creates an empty set.</summary>
    public AddressIntervals()
    {
    }

    internal AddressIntervals(IEnumerable<AddressInterval> intervals)
    {
        foreach (var interval in intervals) Add(interval);
    }

    /// <summary>The intervals: ascending, disjoint, not touching.</summary>
    public IReadOnlyList<AddressInterval> Items => _items;

    /// <summary>True where one interval holds all addresses from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public bool Contains(uint first, uint last)
    {
        var at = IndexAtOrBefore(first);
        return at >= 0 && last <= _items[at].Last;
    }

    /// <summary>Adds an interval, merging it with those it overlaps or touches.</summary>
    public void Add(AddressInterval added)
    {
        // The first interval that overlaps or touches what is added, and how many of them follow.
        var from = IndexAtOrBefore(added.First);
        if (from < 0 || (long)_items[from].Last + 1 < added.First) from++;
        var (first, last) = (added.First, added.Last);
        var to = from;
        while (to < _items.Count && _items[to].First <= (long)last + 1)
        {
            first = Math.Min(first, _items[to].First);
            last = Math.Max(last, _items[to].Last);
            to++;
        }

        _items.RemoveRange(from, to - from);
        _items.Insert(from, new AddressInterval(first, last));
    }

    /// <summary><c>0-9, 100-109</c>; single addresses stand alone.</summary>
    public override string ToString() => string.Join(", ", _items);

    /// <summary>Index of the last interval that begins at or before <paramref name="address"/>, or -1.</summary>
    private int IndexAtOrBefore(uint address)
    {
        var (low, high) = (0, _items.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (_items[middle].First <= address) low = middle + 1;
            else high = middle - 1;
        }

        return high;
    }
}
