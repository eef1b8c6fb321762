using System.Globalization;
using OtGuard.Models;

namespace OtGuard.Detections;

/// <summary>Adds up a severity and keeps the reason for every step, so that the number can be explained.</summary>
internal sealed class SeverityTally
{
    private readonly List<string> _reasons;
    private readonly int _least;
    private int _value;
    private bool _information;

    /// <summary>Starts at the severity the catalogue gives the kind.</summary>
    public SeverityTally(DeviationKind kind)
    {
        _value = kind.Severity;
        // What takes points off an alarm makes it a smaller alarm; only Inform makes it none.
        _least = kind.Severity >= Severity.AlarmFrom ? Severity.AlarmFrom : 0;
        _reasons = [string.Create(CultureInfo.InvariantCulture, $"{kind.Severity} for this kind of deviation")];
    }

    /// <summary>The severity, 0 to 100; <see cref="Severity.Information"/> for what is told for information.</summary>
    public int Value => _information ? Severity.Information : Math.Clamp(_value, _least, 100);

    /// <summary>The reasons, a clause each.</summary>
    public IReadOnlyList<string> Reasons => _reasons;

    /// <summary>Adds points (or takes them away) where <paramref name="applies"/>.</summary>
    public SeverityTally Add(bool applies, int points, string reason)
    {
        if (!applies) return this;
        _value += points;
        _reasons.Add(string.Create(CultureInfo.InvariantCulture, $"{points:+0;-0}: {reason}"));
        return this;
    }

    /// <summary>Tells it for information, whatever the points, where <paramref name="applies"/>.</summary>
    public SeverityTally Inform(bool applies, string reason)
    {
        if (!applies) return this;
        _information = true;
        _reasons.Add($"for information: {reason}");
        return this;
    }
}
