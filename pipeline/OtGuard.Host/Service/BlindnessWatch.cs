using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OtGuard.Alerting;
using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Host.Service;

/// <summary>What a source has shown so far, for those who watch over it.</summary>
/// <param name="Frames">Frames received.</param>
/// <param name="Lost">Frames lost before they were read.</param>
internal readonly record struct SourceCount(long Frames, long Lost);

/// <summary>Payload bytes so far, by whether they could be read.</summary>
internal readonly record struct PayloadCount(long Read, long Unread)
{
    public long All => Read + Unread;
}

/// <summary>
/// Watches over one live source: says when no frame comes, when the source is gone, when frames are lost, when
/// the clock jumps and when less can be read than before. Each is a deviation that opens and closes like any other.
/// </summary>
/// <remarks>
/// <para>Used by the thread that reads the source. It goes by this machine's clock and not by capture time, and so is
/// outside the promise that a file gives the same deviations as the wire.</para>
/// <para>The silence that is told is derived: <see cref="BlindnessOptions.SilentFactor"/> times the longest pause seen
/// between two turns with frames, within the least and the most that are set. A turn is a tenth of a second, so pauses
/// are known to that.</para>
/// </remarks>
internal sealed class BlindnessWatch(
    string source, string sensor, DeviationOrigin origin, TimeSpan? silentAfter, BlindnessOptions options,
    TimeProvider clock, Action<DeviationRecord> tell)
{
    private static readonly DeviationKind Silent = DeviationCatalogue.Kind("source-silent");
    private static readonly DeviationKind Gone = DeviationCatalogue.Kind("source-gone");
    private static readonly DeviationKind Lost = DeviationCatalogue.Kind("frames-lost");
    private static readonly DeviationKind Step = DeviationCatalogue.Kind("clock-step");
    private static readonly DeviationKind Falling = DeviationCatalogue.Kind("visibility-falling");

    private readonly Dictionary<string, DeviationRecord> _open = new(StringComparer.Ordinal);
    private long _framesAt = clock.GetTimestamp();
    private long _turnedAt = clock.GetTimestamp();
    private DateTimeOffset _turnedOn = clock.GetUtcNow();
    private long _windowAt = clock.GetTimestamp();
    private SourceCount _atWindow;
    private PayloadCount _payloadAtWindow;
    private PayloadCount _payloadBefore;
    private int _payloadWindows;
    private long _frames;
    private TimeSpan _longestPause;

    /// <summary>What is wrong at present: the names of kinds.</summary>
    public IReadOnlyCollection<string> Blind => _open.Keys;

    /// <summary>The silence from which on it is told.</summary>
    public TimeSpan SilenceLimit
    {
        get
        {
            if (silentAfter is { } declared) return declared;
            var derived = _longestPause * options.SilentFactor;
            return derived < options.SilentAtLeast ? options.SilentAtLeast
                : derived > options.SilentAtMost ? options.SilentAtMost : derived;
        }
    }

    /// <summary>A source was opened anew: its counts begin at zero.</summary>
    public void OnOpened()
    {
        End(Gone);
        _frames = 0;
        _atWindow = default;
        _payloadAtWindow = default;
        _windowAt = _framesAt = _turnedAt = clock.GetTimestamp();
        _turnedOn = clock.GetUtcNow();
    }

    /// <summary>The source cannot be opened, or ended by itself.</summary>
    public void OnGone(string reason)
    {
        // Whatever else was wrong with it follows from that.
        End(Silent);
        Tell(Gone, "a source that can be read", reason, [("source", source), ("reason", reason)]);
    }

    /// <summary>A turn of reading is over.</summary>
    public void OnTurn(SourceCount count, Func<PayloadCount> payload)
    {
        WatchClock();
        WatchSilence(count.Frames);
        if (clock.GetElapsedTime(_windowAt) < options.Window) return;
        WatchLoss(count);
        WatchPayload(payload());
        _atWindow = count;
        _windowAt = clock.GetTimestamp();
    }

    private void WatchClock()
    {
        var (at, on) = (clock.GetTimestamp(), clock.GetUtcNow());
        var step = on - _turnedOn - clock.GetElapsedTime(_turnedAt, at);
        (_turnedAt, _turnedOn) = (at, on);
        if (step.Duration() < options.ClockStep) return;
        Tell(
            Step, "a clock that goes on steadily", $"a jump by {Words(step.Duration())}",
            [("source", source), ("direction", step > TimeSpan.Zero ? "forward" : "back"),
                ("step", Words(step.Duration()))]);
        // It is over as soon as it has happened.
        End(Step);
    }

    private void WatchSilence(long frames)
    {
        var pause = clock.GetElapsedTime(_framesAt);
        if (frames != _frames)
        {
            // What was told as a silence is not what is normal.
            if (_frames > 0 && pause > _longestPause && !_open.ContainsKey(Silent.Name)) _longestPause = pause;
            _framesAt = clock.GetTimestamp();
            _frames = frames;
            End(Silent);
            return;
        }

        if (pause < SilenceLimit || _open.ContainsKey(Silent.Name)) return;
        Tell(
            Silent, $"a frame within {Words(SilenceLimit)}", $"none for {Words(pause)}",
            [("source", source), ("silence", Words(pause)), ("longest", Words(_longestPause)),
                ("limit", Words(SilenceLimit))],
            silentAfter is not null ? "source-silent.declared" : frames == 0 ? "source-silent.never" : Silent.Name);
    }

    private void WatchLoss(SourceCount count)
    {
        var lost = count.Lost - _atWindow.Lost;
        var all = count.Frames - _atWindow.Frames + lost;
        if (lost <= 0 || lost < options.LostShare * all)
        {
            End(Lost);
            return;
        }

        Tell(
            Lost, Share(options.LostShare) + " at most", $"{Number(lost)} of {Number(all)} frames",
            [("source", source), ("lost", Number(lost)), ("frames", Number(all)), ("window", Words(options.Window))]);
    }

    private void WatchPayload(PayloadCount now)
    {
        var window = new PayloadCount(now.Read - _payloadAtWindow.Read, now.Unread - _payloadAtWindow.Unread);
        _payloadAtWindow = now;
        if (window.All < options.VisibilityBytes) return;
        var share = (double)window.Unread / window.All;
        var before = _payloadBefore.All == 0 ? 0 : (double)_payloadBefore.Unread / _payloadBefore.All;
        if (_payloadWindows >= options.VisibilityWindows && share >= before + options.VisibilityFall)
        {
            Tell(
                Falling, $"about {Share(before)} that cannot be read", $"{Share(share)} that cannot be read",
                [("source", source), ("share", Share(share)), ("before", Share(before)),
                    ("window", Words(options.Window))]);
            // What is abnormal is not taken into what it is measured by.
            return;
        }

        End(Falling);
        _payloadWindows++;
        _payloadBefore = new PayloadCount(_payloadBefore.Read + window.Read, _payloadBefore.Unread + window.Unread);
    }

    private void Tell(
        DeviationKind kind, string expected, string observed, (string Name, string Value)[] arguments,
        string? message = null)
    {
        var now = Moments.Now(clock);
        if (_open.TryGetValue(kind.Name, out var open))
        {
            open = open with { State = DeviationState.Update, LastSeen = now, Occurrences = open.Occurrences + 1 };
            _open[kind.Name] = open;
            tell(open);
            return;
        }

        var text = new Message(message ?? kind.Name, arguments);
        var record = new DeviationRecord
        {
            Id = Convert.ToHexStringLower(
                SHA256.HashData(Encoding.UTF8.GetBytes($"{sensor}\n{kind.Name}\n{source}\n{now}")).AsSpan(0, 16)),
            Kind = kind.Name,
            Catalogue = kind.Row,
            Title = kind.Title,
            State = DeviationState.Open,
            FirstSeen = now,
            LastSeen = now,
            Subject = $"source {source}",
            Expected = expected,
            Observed = observed,
            Explanation = Messages.Format(text),
            MessageKey = text.Key,
            Arguments = arguments.ToDictionary(a => a.Name, a => a.Value, StringComparer.Ordinal),
            Severity = kind.Severity,
            SeverityReasons =
                [string.Create(CultureInfo.InvariantCulture, $"{kind.Severity}: the monitor itself is blind")],
            Basis = kind.Basis,
            Techniques = kind.Techniques,
            AttackVersion = DeviationCatalogue.AttackVersion,
            Protocol = "monitor",
            Occurrences = 1,
            WhatToCheck = kind.WhatToCheck,
            Site = origin.Site,
            Zone = origin.Zone,
            Sensor = sensor,
            Exercise = origin.Exercise,
        };
        _open.Add(kind.Name, record);
        tell(record);
    }

    private void End(DeviationKind kind)
    {
        if (!_open.Remove(kind.Name, out var open)) return;
        tell(open with { State = DeviationState.Close, LastSeen = Moments.Now(clock) });
    }

    private static string Words(TimeSpan span) => span.TotalSeconds switch
    {
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#} s"),
        < 7200 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0.#} minutes"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0.#} hours"),
    };

    private static string Share(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.#} %");

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
