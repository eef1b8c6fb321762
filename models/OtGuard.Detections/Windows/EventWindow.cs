namespace OtGuard.Detections.Windows;

/// <summary>
/// Answers "have there been N of these within this span of capture time?" exactly: it keeps the last N events, and the
/// answer is whether the oldest of them is recent enough.
/// </summary>
/// <remarks>Holds at most N events; its store grows with what comes. Not thread-safe.</remarks>
internal sealed class EventWindow
{
    private readonly int _threshold;
    private readonly TimeSpan _span;
    private Event[] _events;
    private int _next;
    private int _count;

    /// <summary>Creates a window that is full at <paramref name="threshold"/> events within <paramref name="span"/>.</summary>
    public EventWindow(int threshold, TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 1);
        _threshold = threshold;
        _span = span;
        _events = new Event[Math.Min(threshold, 4)];
    }

    /// <summary>Adds an event; true where it makes N within the span, both ends included.</summary>
    public bool Add(in Event item)
    {
        if (_count == _events.Length && _count < _threshold)
        {
            // Not yet full, so the ring has never wrapped and can grow in place.
            Array.Resize(ref _events, Math.Min(_threshold, _events.Length * 2));
            _next = _count;
        }

        _events[_next] = item;
        _next = (_next + 1) % _events.Length;
        if (_count < _events.Length) _count++;
        return _count == _threshold && item.Time - Oldest.Time <= _span;
    }

    /// <summary>How many events are kept: up to the threshold.</summary>
    public int Count => _count;

    /// <summary>The earliest event kept.</summary>
    public Event Oldest => _events[_count < _events.Length ? 0 : _next];

    /// <summary>The events kept, in the order they came, without the last one.</summary>
    public IEnumerable<Event> Earlier()
    {
        var first = _count < _events.Length ? 0 : _next;
        for (var i = 0; i < _count - 1; i++) yield return _events[(first + i) % _events.Length];
    }
}
