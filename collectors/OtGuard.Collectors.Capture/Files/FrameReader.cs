using System.Runtime.CompilerServices;

namespace OtGuard.Collectors.Capture.Files;

/// <summary>What a reader of a file is given.</summary>
/// <param name="Name">The file as the user named it.</param>
/// <param name="Window">Its bytes from the beginning.</param>
/// <param name="Notices">Takes what a person should know.</param>
/// <param name="Options">The limits.</param>
/// <param name="LastFrame">Number of the last frame of the files before.</param>
/// <param name="Sources">Gives interfaces their numbers.</param>
internal sealed record ReaderContext(
    string Name, ByteWindow Window, NoticeList Notices, CaptureFileOptions Options, long LastFrame, SourceNumbers Sources);

/// <summary>Reads the frames of one file. Which format it is was decided before; nothing is decided per frame.</summary>
internal abstract class FrameReader
{
    private readonly ReaderContext _context;
    private long _previousTime = long.MinValue;
    private long _largestStep;
    private Tally _timeSteps;

    protected FrameReader(ReaderContext context)
    {
        _context = context;
        Window = context.Window;
        LastFrame = context.LastFrame;
    }

    /// <summary>Number of the last frame handed out.</summary>
    public long LastFrame { get; protected set; }

    /// <summary>Time of the last frame handed out, in nanoseconds; the lowest value before the first.</summary>
    public long PreviousTime => _previousTime;

    /// <summary>Label of the last frame handed out, where the format has a column for it.</summary>
    public virtual ReadOnlySpan<byte> Label => default;

    /// <summary>Interfaces found so far.</summary>
    public List<InterfaceCounter> Interfaces { get; } = [];

    /// <summary>Bytes passed over.</summary>
    public long SkippedBytes { get; protected set; }

    /// <summary>Frames left out.</summary>
    public long SkippedFrames { get; protected set; }

    /// <summary>Frames whose time is before that of the frame in front of them.</summary>
    public long TimeSteps => _timeSteps.Count;

    /// <summary>Whether the file was read to its end.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>The file's bytes.</summary>
    protected ByteWindow Window { get; }

    /// <summary>The limits.</summary>
    protected CaptureFileOptions Options => _context.Options;

    /// <summary>Whether one more interface is within the limit.</summary>
    protected bool HasRoomForInterface => _context.Sources.Count < _context.Options.MaximumInterfaces;

    /// <summary>Hands out the next frame, or false at the end of the file. Never throws for what the file holds.</summary>
    public abstract bool TryRead(out CapturedFrame frame);

    /// <summary>Called once at the end of the file: writes the notices that carry counts.</summary>
    public virtual void Finish()
    {
        IsFinished = true;
        if (_timeSteps.Count > 0)
            Note(_timeSteps.Offset, _timeSteps.Frame,
                $"Time goes backwards at {Frames(_timeSteps.Count)}, first after frame {_timeSteps.Frame}, by up to {_largestStep / 1e9:0.000000###} s; the order of the file was kept.");
        foreach (var counter in Interfaces)
        {
            if (counter.Report().LostFrames is > 0 and var lost)
                Note(-1, LastFrame,
                    $"The recorder lost {Frames(lost)} of interface {counter.Name ?? "without a name"} before they reached the file, by its own count.");
        }

        if (Window.Source.Fault is { } fault) Note(Window.Origin + Window.End, LastFrame, $"The file {fault}.");
    }

    /// <summary>Adds an interface; <paramref name="name"/> is that of a bus's channel.</summary>
    protected InterfaceCounter AddInterface(LinkType linkType, string? name = null)
    {
        // A bus is known by its name, or else by its place in the file: the next log of it goes on where this one ends.
        var isBus = linkType == LinkType.SocketCan;
        var counter = new InterfaceCounter(
            isBus ? _context.Sources.OfBus(name, Interfaces.Count) : _context.Sources.Next(), linkType)
        {
            Name = name,
            Bus = name is null ? -1 : BusNumber.Of(name),
        };
        Interfaces.Add(counter);
        return counter;
    }

    /// <summary>Counts a frame of the file.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected long Count(long time)
    {
        if (time < _previousTime) CountTimeStep(time);
        _previousTime = time;
        return ++LastFrame;
    }

    /// <summary>Writes a notice about this file.</summary>
    protected void Note(long offset, long frame, FormattableString text) =>
        _context.Notices.Add(_context.Name, offset, frame, text);

    /// <summary>A number of frames in words.</summary>
    protected static FormattableString Frames(long count) => count == 1 ? (FormattableString)$"1 frame" : $"{count} frames";

    private void CountTimeStep(long time)
    {
        _timeSteps.Add(Window.Position, LastFrame);
        // Both ends of the range are clamped before, so only the difference can leave it.
        var step = (Int128)_previousTime - time;
        _largestStep = Math.Max(_largestStep, step > long.MaxValue ? long.MaxValue : (long)step);
    }
}
