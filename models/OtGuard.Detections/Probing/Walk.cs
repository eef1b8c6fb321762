using OtGuard.Detections.Windows;

namespace OtGuard.Detections.Probing;

/// <summary>Follows numbers that only go up, or only go down: the way a sweep tries them.</summary>
/// <remarks>The same number again is a retry and no step. A step the other way begins a new walk.</remarks>
internal sealed class Walk
{
    private readonly TimeSpan _span;
    private readonly List<(long Number, bool IsRefused, Event Event)> _steps = [];
    private readonly int _longest;
    private int _direction;

    /// <summary>Creates a walk that keeps its last <paramref name="longest"/> steps within <paramref name="span"/>.</summary>
    public Walk(int longest, TimeSpan span) => (_longest, _span) = (longest, span);

    /// <summary>Steps within the span, the first one included.</summary>
    public int Length => _steps.Count;

    /// <summary>Of the latest steps, how many in a row were refused.</summary>
    public int RefusedInARow
    {
        get
        {
            var count = 0;
            while (count < _steps.Count && _steps[^(count + 1)].IsRefused) count++;
            return count;
        }
    }

    /// <summary>The first number kept.</summary>
    public long First => _steps[0].Number;

    /// <summary>The latest number.</summary>
    public long Last => _steps[^1].Number;

    /// <summary>The steps kept before the latest.</summary>
    public IEnumerable<Event> Earlier => _steps.SkipLast(1).Select(step => step.Event);

    /// <summary>The first step kept.</summary>
    public Event Oldest => _steps[0].Event;

    /// <summary>Goes to a number; false where that is no step forward.</summary>
    public bool Step(long number, bool isRefused, in Event seen)
    {
        var direction = _steps.Count == 0 ? 0 : number.CompareTo(Last);
        if (_steps.Count > 0 && direction == 0) return false;
        if (_steps.Count > 1 && direction != _direction) _steps.RemoveRange(0, _steps.Count - 1);
        _direction = direction;
        _steps.Add((number, isRefused, seen));
        while (_steps.Count > _longest || seen.Time - _steps[0].Event.Time > _span) _steps.RemoveAt(0);
        return true;
    }
}
