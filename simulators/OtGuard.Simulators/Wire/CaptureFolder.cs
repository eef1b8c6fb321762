using System.Globalization;

namespace OtGuard.Simulators.Wire;

/// <summary>One planted event as it came out in the capture.</summary>
/// <param name="Truth">What it is.</param>
/// <param name="FirstFrame">1-based number of its first frame.</param>
/// <param name="LastFrame">Number of its last frame; frames of others may lie between.</param>
/// <param name="Frames">How many frames are its own.</param>
/// <param name="FirstTime">Time of the first frame, nanoseconds since 1970.</param>
/// <param name="LastTime">Time of the last frame.</param>
public sealed record EventSummary(
    TruthRecord Truth, long FirstFrame, long LastFrame, long Frames, long FirstTime, long LastTime);

/// <summary>What a capture holds.</summary>
/// <param name="Frames">Frames in all.</param>
/// <param name="Bytes">Their bytes, headers of the file not counted.</param>
/// <param name="FirstTime">Time of the first frame, nanoseconds since 1970; 0 where there is none.</param>
/// <param name="LastTime">Time of the last frame.</param>
/// <param name="Events">The planted events in the order of their first frames.</param>
public sealed record CaptureSummary(
    long Frames, long Bytes, long FirstTime, long LastTime, IReadOnlyList<EventSummary> Events);

/// <summary>Counts frames and keeps the ground truth of a capture while it is written to another sink.</summary>
public sealed class TruthCollector : ICaptureSink
{
    private readonly ICaptureSink? _inner;
    private readonly Dictionary<TruthRecord, EventSummary> _events = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<TruthRecord, EventSummary> _silent = new(ReferenceEqualityComparer.Instance);
    private long _frames;
    private long _bytes;
    private long _first;
    private long _last;

    /// <summary>Creates a collector; every frame is handed on to <paramref name="inner"/>, if any.</summary>
    public TruthCollector(ICaptureSink? inner = null) => _inner = inner;

    /// <inheritdoc/>
    public void Write(long unixNanoseconds, ReadOnlySpan<byte> frame, TruthRecord? truth)
    {
        _frames++;
        _bytes += frame.Length;
        if (_frames == 1) _first = unixNanoseconds;
        _last = unixNanoseconds;
        if (truth is not null)
        {
            _events[truth] = _events.TryGetValue(truth, out var known)
                ? known with { LastFrame = _frames, Frames = known.Frames + 1, LastTime = unixNanoseconds }
                : new EventSummary(truth, _frames, _frames, 1, unixNanoseconds, unixNanoseconds);
        }

        _inner?.Write(unixNanoseconds, frame, truth);
    }

    /// <summary>
    /// Something of an event happens at a moment. One without frames of its own (polls that are left out) has a
    /// beginning and an end all the same.
    /// </summary>
    public void Touch(TruthRecord truth, long unixNanoseconds)
    {
        ArgumentNullException.ThrowIfNull(truth);
        _silent[truth] = _silent.TryGetValue(truth, out var known)
            ? known with { LastFrame = _frames, LastTime = unixNanoseconds }
            : new EventSummary(truth, _frames + 1, _frames, 0, unixNanoseconds, unixNanoseconds);
    }

    /// <summary>What was written so far.</summary>
    public CaptureSummary Summary
    {
        get
        {
            var silent = _silent.Values.Where(planted => !_events.ContainsKey(planted.Truth));
            return new(
                _frames, _bytes, _first, _last, [.. _events.Values.Concat(silent).OrderBy(planted => planted.FirstFrame)]);
        }
    }
}

/// <summary>
/// The ground truth of a capture as files: <c>labels.csv</c> with one row a frame (<c>frame;label</c>, 1 for an
/// attack); <c>intervals.csv</c> with the runs of attack frames (<c>start,end,id</c>, frame numbers, both ends
/// included); <c>events.csv</c> with one row for each planted event, benign ones included.
/// </summary>
public sealed class TruthFiles : IDisposable
{
    private readonly string _folder;
    private readonly StreamWriter _labels;
    private readonly StreamWriter _intervals;
    private long _number;
    private long _runStart;
    private TruthRecord? _run;

    /// <summary>Creates the files in a folder that exists; older ones are replaced.</summary>
    public TruthFiles(string folder)
    {
        _folder = folder;
        _labels = Text("labels.csv");
        _intervals = Text("intervals.csv");
        _intervals.WriteLine("start,end,id");
    }

    /// <summary>Where the labels are.</summary>
    public string LabelsPath => Path.Combine(_folder, "labels.csv");

    /// <summary>Takes the next frame's truth.</summary>
    public void Add(TruthRecord? truth)
    {
        var attack = truth is { IsAttack: true } ? truth : null;
        if (!ReferenceEquals(attack, _run)) EndRun();
        _number++;
        if (attack is not null && _run is null)
        {
            _run = attack;
            _runStart = _number;
        }

        _labels.Write(_number);
        _labels.Write(attack is null ? ";0\n" : ";1\n");
    }

    /// <summary>Writes what is known only at the end and closes the files.</summary>
    public void Complete(IReadOnlyList<EventSummary> planted)
    {
        ArgumentNullException.ThrowIfNull(planted);
        EndRun();
        using (var events = Text("events.csv"))
        {
            events.WriteLine("event;label;attacker;victims;techniques;firstFrame;lastFrame;frames;firstTime;lastTime");
            foreach (var entry in planted)
            {
                var truth = entry.Truth;
                events.WriteLine(string.Join(
                    ';', truth.Event, truth.IsAttack ? "1" : "0", truth.Attacker, string.Join(' ', truth.Victims),
                    string.Join(' ', truth.Techniques), Number(entry.FirstFrame), Number(entry.LastFrame),
                    Number(entry.Frames), Time(entry.FirstTime), Time(entry.LastTime)));
            }
        }

        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _labels.Dispose();
        _intervals.Dispose();
    }

    private void EndRun()
    {
        if (_run is null) return;
        _intervals.WriteLine(string.Join(',', Number(_runStart), Number(_number), _run.Event));
        _run = null;
    }

    private StreamWriter Text(string name) => new(Path.Combine(_folder, name)) { NewLine = "\n" };

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A moment as RFC 3339 has it, in UTC, with nanoseconds.</summary>
    internal static string Time(long nanoseconds) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTimeOffset.FromUnixTimeSeconds(nanoseconds / 1_000_000_000):yyyy-MM-ddTHH:mm:ss}"
            + $".{nanoseconds % 1_000_000_000:D9}Z");
}

/// <summary>A folder with <c>capture.pcap</c> and its ground truth (<see cref="TruthFiles"/>).</summary>
public sealed class CaptureFolder : ICaptureSink, IDisposable
{
    private readonly string _folder;
    private readonly FileStream _stream;
    private readonly TruthFiles _truth;
    private readonly TruthCollector _collector;

    /// <summary>Creates the folder and its files; existing ones are replaced.</summary>
    public CaptureFolder(string folder)
    {
        Directory.CreateDirectory(folder);
        _folder = folder;
        _stream = new FileStream(CapturePath, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 18);
        _collector = new TruthCollector(new PcapWriter(_stream));
        _truth = new TruthFiles(folder);
    }

    /// <summary>Where the capture itself is.</summary>
    public string CapturePath => Path.Combine(_folder, "capture.pcap");

    /// <summary>Where the labels are.</summary>
    public string LabelsPath => _truth.LabelsPath;

    /// <inheritdoc/>
    public void Write(long unixNanoseconds, ReadOnlySpan<byte> frame, TruthRecord? truth)
    {
        _collector.Write(unixNanoseconds, frame, truth);
        _truth.Add(truth);
    }

    /// <summary>Writes what is known only at the end and closes the files.</summary>
    /// <param name="generated">What the generator says of the capture; by default what the frames alone say.</param>
    public CaptureSummary Complete(CaptureSummary? generated = null)
    {
        var summary = generated ?? _collector.Summary;
        _truth.Complete(summary.Events);
        _stream.Dispose();
        return summary;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _truth.Dispose();
        _stream.Dispose();
    }
}
