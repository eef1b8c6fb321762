namespace OtGuard.Detections.Windows;

/// <summary>
/// Answers "have there been N different ones within this span of capture time?" exactly, by keeping the N that were
/// seen last. One seen again counts once, at its latest time.
/// </summary>
/// <remarks>
/// Searched item by item: thresholds are a few tens, and a line of that length is faster than a hash table. Not
/// thread-safe.
/// </remarks>
internal sealed class DistinctWindow<T>
    where T : IEquatable<T>
{
    private readonly int _threshold;
    private readonly TimeSpan _span;
    private readonly List<(T Item, Event Event)> _items = [];

    /// <summary>Creates a window that is full at <paramref name="threshold"/> items within <paramref name="span"/>.</summary>
    public DistinctWindow(int threshold, TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 1);
        _threshold = threshold;
        _span = span;
    }

    /// <summary>How many items are kept: up to the threshold.</summary>
    public int Count => _items.Count;

    /// <summary>Adds an item; true where there are N within the span, both ends included.</summary>
    public bool Add(T item, in Event seen)
    {
        Remove(item);
        if (_items.Count == _threshold) _items.RemoveAt(0);
        _items.Add((item, seen));
        return _items.Count == _threshold && seen.Time - Oldest.Time <= _span;
    }

    /// <summary>Takes an item out, as when it turns out to be innocent.</summary>
    public void Remove(T item)
    {
        for (var i = 0; i < _items.Count; i++)
        {
            if (!_items[i].Item.Equals(item)) continue;
            _items.RemoveAt(i);
            return;
        }
    }

    /// <summary>The event of the item seen longest ago.</summary>
    public Event Oldest => _items[0].Event;

    /// <summary>The items within <paramref name="span"/> of the latest one.</summary>
    public int CountWithin(TimeSpan span)
    {
        var count = 0;
        for (var i = _items.Count - 1; i >= 0 && _items[^1].Event.Time - _items[i].Event.Time <= span; i--) count++;
        return count;
    }

    /// <summary>Items and when they were last seen, in that order.</summary>
    public IReadOnlyList<(T Item, Event Event)> Items => _items;

    /// <summary>True where the window holds the item.</summary>
    public bool Contains(T item)
    {
        foreach (var (kept, _) in _items)
            if (kept.Equals(item)) return true;
        return false;
    }
}
