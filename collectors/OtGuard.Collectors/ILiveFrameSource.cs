namespace OtGuard.Collectors;

/// <summary>What came of waiting for a frame.</summary>
public enum LiveRead : byte
{
    /// <summary>A frame came.</summary>
    Frame,

    /// <summary>None came in the time given: the caller may close windows and wait again.</summary>
    Quiet,

    /// <summary>None will come any more: the source was told to stop, or its interface is gone (the notices say so).</summary>
    Ended,
}

/// <summary>
/// Frames from a wire. It receives and never sends; nothing of what it calls can. Not thread-safe.
/// <see cref="IFrameSource.TryRead"/> waits for the next frame as long as the source lives.
/// </summary>
public interface ILiveFrameSource : IFrameSource
{
    /// <summary>Waits for the next frame, but no longer than <paramref name="wait"/> (zero: does not wait).</summary>
    LiveRead Read(TimeSpan wait, out CapturedFrame frame);

    /// <summary>The moment by the clock that stamps the frames: what a tick is worth while nothing comes.</summary>
    CaptureTime Now { get; }

    /// <summary>What was received so far. Makes a new record at each call.</summary>
    LiveSourceReport Report();
}

/// <summary>What a live source received so far.</summary>
/// <param name="Name">The interface: <c>can0</c>, <c>PCAN_USBBUS1</c>.</param>
/// <param name="Kind">How it is read: <c>SocketCAN</c>, <c>PCAN-Basic</c>.</param>
/// <param name="LinkType">How its frames begin.</param>
/// <param name="Clock">Whose clock stamps the frames, and how finely, in words.</param>
/// <param name="Mode">
/// What the interface does on the bus, in one sentence: listens only, or acknowledges frames because that was asked for.
/// </param>
/// <param name="Acknowledges">
/// True where the interface may acknowledge frames and so take part in the bus. What whoever started it has to be shown.
/// </param>
/// <param name="Frames">Frames handed out.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="ErrorFrames">Those of them that tell of an error.</param>
/// <param name="LostFrames">Frames that the driver or the kernel says were lost before they were read.</param>
/// <param name="First">Time of the first, null without frames.</param>
/// <param name="Last">Time of the last, null without frames.</param>
public sealed record LiveSourceReport(
    string Name,
    string Kind,
    LinkType LinkType,
    string Clock,
    string Mode,
    bool Acknowledges,
    long Frames,
    long Bytes,
    long ErrorFrames,
    long LostFrames,
    CaptureTime? First,
    CaptureTime? Last)
{
    /// <summary>The lost frames by where they were lost; empty where a source knows only of one place, or of none.</summary>
    public IReadOnlyList<LiveLoss> Losses { get; init; } = [];

    /// <summary>What keeps whoever reads the interface from sending, as the kernel tells it; null where nothing does.</summary>
    public string? Confinement { get; init; }

    /// <summary>Finished capture files that were read; 0 where it is no folder that is watched.</summary>
    public long FilesRead { get; init; }
}

/// <summary>Frames lost in one place on their way from the wire.</summary>
/// <param name="Place">Where and why, in words.</param>
/// <param name="Frames">How many.</param>
public readonly record struct LiveLoss(string Place, long Frames);

/// <summary>A live source could not be started; the message is a sentence that says why and what helps.</summary>
public sealed class LiveSourceException : IOException
{
    /// <summary>Creates the exception.</summary>
    public LiveSourceException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the fault behind it.</summary>
    public LiveSourceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    public LiveSourceException()
    {
    }
}
