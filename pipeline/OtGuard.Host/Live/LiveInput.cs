using OtGuard.Collectors;
using OtGuard.Collectors.Can.Live;
using OtGuard.Collectors.Can.Live.Pcan;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Capture.Live;
using OtGuard.Host.Capturing;
using OtGuard.Host.Commands;

namespace OtGuard.Host.Live;

/// <summary>Live sources read as one stream, until their time is over or Ctrl-C is pressed.</summary>
internal sealed class LiveInput : IDisposable
{
    /// <summary>How long one of several sources is waited for before the next is looked at.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(2);

    private readonly List<ILiveFrameSource> _sources = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<(int Source, int Number), int> _numbers = [];
    private readonly bool[] _ended;
    private readonly int[] _buses;
    private CancellationTokenRegistration _interruption;
    private int _next;
    private long _frames;

    private LiveInput(IReadOnlyList<string> names)
    {
        LiveAddress[] addresses = [.. names.Select(LiveAddress.Parse)];
        _ended = new bool[addresses.Length];
        _buses = [.. addresses.Select(address => BusNumber.Of(address.Name))];
        try
        {
            OpenAll(addresses, names);
        }
        catch
        {
            Dispose();
            throw;
        }

        if (addresses.Min(address => address.Duration) is { } duration) _stop.CancelAfter(duration);
    }

    /// <summary>
    /// The moment by the sources' clock, up to which all of them have handed out their frames: that of the one behind.
    /// Folders, whose frames lie in the past, count where nothing else is read.
    /// </summary>
    public CaptureTime Now
    {
        get
        {
            var now = new CaptureTime(long.MaxValue);
            for (var i = 0; i < _sources.Count; i++)
                if (!_ended[i] && _sources[i] is not DirectorySource && _sources[i].Now is var time && time < now) now = time;
            return now.UnixNanoseconds == long.MaxValue ? _sources.Max(source => source.Now) : now;
        }
    }

    public IReadOnlyList<SourceNotice> Notices => [.. _sources.SelectMany(source => source.Notices)];

    /// <summary>What was received, in the form of files: one for each source.</summary>
    public IReadOnlyList<CaptureFileReport> Files => [.. _sources.Select((source, index) => ToFile(source.Report(), index))];

    /// <summary>What each source does on its bus; whoever starts it is shown this.</summary>
    public IReadOnlyList<LiveSourceReport> Sources => [.. _sources.Select(source => source.Report())];

    /// <summary>Starts live sources; null where the names are those of files.</summary>
    /// <exception cref="LiveSourceException">One of them cannot be started.</exception>
    /// <exception cref="UsageException">Files and live sources are mixed, or a name is wrong.</exception>
    public static LiveInput? TryOpen(IReadOnlyList<string> captures)
    {
        if (!captures.Any(LiveAddress.IsLive)) return null;
        if (!captures.All(LiveAddress.IsLive))
            throw new UsageException("Files and live sources do not go together in one run.");
        return new LiveInput(captures);
    }

    /// <summary>Ends the sources once a token is cancelled: what was received until then counts.</summary>
    public void StopWith(CancellationToken cancellation)
    {
        _interruption.Dispose();
        _interruption = cancellation.Register(_stop.Cancel);
    }

    /// <summary>Waits for the next frame, for a tenth of a second at most.</summary>
    public LiveRead Read(out CapturedFrame frame)
    {
        const int turns = 50;
        var single = _sources.Count == 1;
        for (var i = 0; i < turns; i++)
        {
            var alive = false;
            for (var n = 0; n < _sources.Count; n++)
            {
                var at = (_next + n) % _sources.Count;
                if (_ended[at]) continue;
                var wait = single ? Turn * turns : n == _sources.Count - 1 ? Turn : TimeSpan.Zero;
                var read = _sources[at].Read(wait, out frame);
                if (read == LiveRead.Frame)
                {
                    // Files of a folder may hold several interfaces and name their buses.
                    var isFolder = _sources[at] is DirectorySource;
                    frame = new CapturedFrame(
                        frame.Time, frame.LinkType, isFolder ? NumberOf(at, frame.Source) : at, ++_frames, frame.Data,
                        frame.OriginalLength, isFolder ? frame.Bus : _buses[at]);
                    return LiveRead.Frame;
                }

                _ended[at] = read == LiveRead.Ended;
                alive |= read == LiveRead.Quiet;
            }

            _next = (_next + 1) % _sources.Count;
            if (alive && !single) continue;
            frame = default;
            return alive ? LiveRead.Quiet : LiveRead.Ended;
        }

        frame = default;
        return LiveRead.Quiet;
    }

    /// <summary>A number for an interface in a folder's files: those of the sources come first.</summary>
    private int NumberOf(int source, int number)
    {
        if (!_numbers.TryGetValue((source, number), out var dense))
            _numbers.Add((source, number), dense = _sources.Count + _numbers.Count);
        return dense;
    }

    public void Dispose()
    {
        _interruption.Dispose();
        foreach (var source in _sources) source.Dispose();
        _stop.Dispose();
    }

    /// <summary>Starts the sources; processes start side by side.</summary>
    private void OpenAll(LiveAddress[] addresses, IReadOnlyList<string> names)
    {
        var opening = addresses.Select((address, i) => address.Scheme is LiveScheme.Net or LiveScheme.SocketCan
            ? Task.Run(() => Open(address, names[i], _stop.Token))
            : null).ToArray();
        Exception? fault = null;
        for (var i = 0; i < addresses.Length; i++)
        {
            try
            {
                // After the first fault, what has been started is waited for, so that it can be ended.
                if (opening[i] is { } task) _sources.Add(task.GetAwaiter().GetResult());
                else if (fault is null) _sources.Add(Open(addresses[i], names[i], _stop.Token));
            }
            catch (Exception caught) when (caught is LiveSourceException or UsageException or System.ComponentModel.Win32Exception)
            {
                fault ??= caught;
            }
        }

        if (fault is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
    }

    /// <summary>
    /// Starts one source. What the kernel lets a program send through is opened by a process of its own, which cannot.
    /// </summary>
    private static ILiveFrameSource Open(LiveAddress address, string text, CancellationToken stop) => address.Scheme switch
    {
        LiveScheme.Net or LiveScheme.SocketCan when !OperatingSystem.IsLinux() => throw new LiveSourceException(
            address.Scheme == LiveScheme.Net
                ? "Network interfaces are listened to on Linux; elsewhere capture files are read."
                : "SocketCAN is part of Linux; elsewhere PEAK adapters are read with pcan:CHANNEL."),
        LiveScheme.Net or LiveScheme.SocketCan => CaptureProcessSource.Start(address, text, stop),
        LiveScheme.Pcan => PcanSource.Open(
            address.Name,
            new PcanOptions
            {
                BitsPerSecond = address.BitsPerSecond,
                DataBitsPerSecond = address.DataBitsPerSecond,
                Timing = address.Timing,
            },
            new LiveCanOptions { Acknowledge = address.Acknowledge, Stop = stop }),
        LiveScheme.Folder => DirectorySource.Open(
            address.Name, new DirectoryOptions { State = address.State, Settle = address.Settle, Stop = stop }),
    };

    private static CaptureFileReport ToFile(LiveSourceReport report, int index) => new(
        report.Name, $"{report.Kind}, live", false, null, 0, 0, 0, true,
        [
            new CaptureInterfaceReport(
                index, report.Name, report.LinkType, 0, 0, report.Clock, report.Frames, report.Bytes, 0, report.First,
                report.Last, null, null, report.LostFrames, 0),
        ]);
}
