using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>
/// The scales on which occasions are counted. An occasion is a stretch of capture time on which a fact was seen or was
/// not; occasions count from the first moment learned.
/// </summary>
public enum OccasionScale : byte
{
    /// <summary>60 seconds.</summary>
    Minute,

    /// <summary>60 minutes.</summary>
    Hour,

    /// <summary>8 hours.</summary>
    Shift,

    /// <summary>24 hours.</summary>
    Day,
}

/// <summary>When and how often a fact was seen.</summary>
/// <param name="First">When first.</param>
/// <param name="Last">When last.</param>
/// <param name="Count">How many observations showed it.</param>
/// <param name="Minutes">On how many minutes.</param>
/// <param name="Hours">On how many hours.</param>
/// <param name="Shifts">On how many shifts of eight hours.</param>
/// <param name="Days">On how many days.</param>
/// <param name="HoursOfDay">In which hours of the day: bit h for the hour from h:00 on, UTC.</param>
public readonly record struct Sightings(
    CaptureTime First, CaptureTime Last, long Count, int Minutes, int Hours, int Shifts, int Days, uint HoursOfDay)
{
    /// <summary>On how many occasions of a scale.</summary>
    public int Occasions(OccasionScale scale) => Tally.On(scale);

    /// <summary>On how many occasions of each scale.</summary>
    public OccasionTally Tally => new(Minutes, Hours, Shifts, Days);
}

/// <summary>On how many occasions of each scale something was seen.</summary>
/// <param name="Minutes">On how many minutes.</param>
/// <param name="Hours">On how many hours.</param>
/// <param name="Shifts">On how many shifts of eight hours.</param>
/// <param name="Days">On how many days.</param>
public readonly record struct OccasionTally(int Minutes, int Hours, int Shifts, int Days)
{
    /// <summary>On how many occasions of a scale.</summary>
    public int On(OccasionScale scale) => scale switch
    {
        OccasionScale.Minute => Minutes,
        OccasionScale.Hour => Hours,
        OccasionScale.Shift => Shifts,
        OccasionScale.Day => Days,
    };
}

/// <summary>Lengths of the occasions.</summary>
internal static class Occasion
{
    internal const long NanosecondsPerMinute = 60 * CaptureTime.NanosecondsPerSecond;
    internal const int MinutesPerHour = 60;
    internal const int MinutesPerShift = 8 * MinutesPerHour;
    internal const int MinutesPerDay = 24 * MinutesPerHour;

    internal static readonly OccasionScale[] Scales =
        [OccasionScale.Minute, OccasionScale.Hour, OccasionScale.Shift, OccasionScale.Day];

    /// <summary>The hour of the day, 0 to 23, UTC.</summary>
    internal static int HourOfDay(long time)
    {
        const long hour = NanosecondsPerMinute * MinutesPerHour;
        return (int)(((time / hour % 24) + 24) % 24);
    }

    internal static TimeSpan Length(OccasionScale scale) => scale switch
    {
        OccasionScale.Minute => TimeSpan.FromMinutes(1),
        OccasionScale.Hour => TimeSpan.FromHours(1),
        OccasionScale.Shift => TimeSpan.FromHours(8),
        OccasionScale.Day => TimeSpan.FromDays(1),
    };
}

/// <summary>How the time of an earlier learning and that of the one that extends it go together.</summary>
/// <remarks>
/// Occasions of times that lie apart are different ones: their numbers add up, and so do those of the time observed, of
/// which each learning begins its own first occasion. Where the times overlap, the same occasion may have been counted in
/// both, and the greater of the two numbers is taken: a fact never seems to have been seen on more occasions than it was.
/// </remarks>
internal sealed class ExtendedTime
{
    /// <summary>Whether the two overlap; known when the later learning ends.</summary>
    internal bool Overlaps { get; set; }

    internal Sightings Unite(Sightings before, Sightings now) => new(
        before.First < now.First ? before.First : now.First,
        before.Last > now.Last ? before.Last : now.Last,
        Overlaps ? Math.Max(before.Count, now.Count) : before.Count + now.Count,
        Unite(before.Minutes, now.Minutes), Unite(before.Hours, now.Hours), Unite(before.Shifts, now.Shifts),
        Unite(before.Days, now.Days), before.HoursOfDay | now.HoursOfDay);

    internal TimeSpan Unite(TimeSpan before, TimeSpan now) => Overlaps ? (before > now ? before : now) : before + now;

    private int Unite(int before, int now) =>
        Overlaps ? Math.Max(before, now) : (int)Math.Min(int.MaxValue, (long)before + now);
}

/// <summary>Sightings while they are counted.</summary>
/// <remarks>
/// Time may step back (files in the wrong order, a clock set): an occasion before the latest one counted is not counted
/// again, so that a fact never seems to have been seen on more occasions than it was.
/// </remarks>
internal sealed class Tally
{
    private long _first = long.MaxValue;
    private long _last = long.MinValue;
    private long _count;
    private int _minute = -1;
    private int _minutes;
    private int _hours;
    private int _shifts;
    private int _days;
    private uint _hoursOfDay;
    private Sightings _before;
    private ExtendedTime? _extended;

    internal bool IsSeen => _minutes > 0 || _extended is not null;

    internal int Minutes => Sightings.Minutes;

    /// <summary>All sightings, those of the learning that is extended included.</summary>
    internal Sightings Sightings => _extended is null
        ? Own
        : _minutes == 0 ? _before : _extended.Unite(_before, Own);

    /// <summary>The sightings of this learning alone.</summary>
    internal Sightings Own => new(
        new CaptureTime(_first), new CaptureTime(_last), _count, _minutes, _hours, _shifts, _days, _hoursOfDay);

    /// <summary>Goes on with what an earlier learning saw.</summary>
    internal void Continue(Sightings before, ExtendedTime extended) => (_before, _extended) = (before, extended);

    /// <summary>Counts a sighting on the minute <paramref name="minute"/> of the learned time.</summary>
    internal void See(long time, int minute)
    {
        Mark(time, minute);
        _count++;
    }

    /// <summary>Marks the occasion without counting a sighting.</summary>
    internal void Mark(long time, int minute)
    {
        if (time < _first) _first = time;
        if (time > _last) _last = time;
        if (minute <= _minute) return;
        _minutes++;
        if (_minute < 0 || minute / Occasion.MinutesPerHour != _minute / Occasion.MinutesPerHour) _hours++;
        if (_minute < 0 || minute / Occasion.MinutesPerShift != _minute / Occasion.MinutesPerShift) _shifts++;
        if (_minute < 0 || minute / Occasion.MinutesPerDay != _minute / Occasion.MinutesPerDay) _days++;
        _hoursOfDay |= 1u << Occasion.HourOfDay(time);
        _minute = minute;
    }

    /// <summary>Adds sightings on an occasion that is marked already.</summary>
    internal void Add(long count, long last)
    {
        _count += count;
        if (last > _last) _last = last;
    }
}
