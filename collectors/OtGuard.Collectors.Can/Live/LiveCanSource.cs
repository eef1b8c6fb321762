using System.Buffers.Binary;
using System.Globalization;
using OtGuard.Collectors.Can.Frames;

namespace OtGuard.Collectors.Can.Live;

/// <summary>How a live CAN source is started.</summary>
public sealed record LiveCanOptions
{
    /// <summary>
    /// Starts also where the interface acknowledges frames and so takes part in the bus. On a bench with one control unit
    /// somebody has to acknowledge; on a vehicle or a plant nobody wants another participant. Off unless asked for.
    /// </summary>
    public bool Acknowledge { get; init; }

    /// <summary>Notices kept; further ones are counted.</summary>
    public int MaximumNotices { get; init; } = 100;

    /// <summary>Ends the source: a wait is left within 100 ms.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>The clock of this machine.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>What every live CAN source does alike: frames of link type 227 in one buffer, notices, figures.</summary>
/// <remarks>Not thread-safe. Reading allocates nothing per frame.</remarks>
public abstract class LiveCanSource : ILiveFrameSource
{
    /// <summary>Longest time spent in one call that cannot be interrupted.</summary>
    internal static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    /// <summary>Header and the longest payload that is decoded, that of CAN FD.</summary>
    internal const int MaximumFrameBytes = CanFrameView.HeaderBytes + CanFrameView.MaximumPayloadBytes;

    /// <summary>Classes and details of error frames.</summary>
    internal const uint ErrorController = 0x4;
    internal const uint ErrorProtocol = 0x8;
    internal const uint ErrorBusOff = 0x40;
    internal const uint ErrorBus = 0x80;
    internal const uint ErrorCounters = 0x200;
    internal const byte ControllerReceiveOverflow = 0x01;
    internal const byte ControllerReceiveWarning = 0x04;
    internal const byte ControllerSendWarning = 0x08;
    internal const byte ControllerReceivePassive = 0x10;
    internal const byte ControllerSendPassive = 0x20;
    internal const byte ControllerActive = 0x40;

    private readonly byte[] _frame = new byte[MaximumFrameBytes];
    private readonly List<SourceNotice> _notices = [];
    private readonly LiveCanOptions _options;
    private long _noticesBeyond;
    private long _bytes;
    private long _errorFrames;
    private CaptureTime _first;
    private CaptureTime _last;

    private protected LiveCanSource(string name, LiveCanOptions options)
    {
        Name = name;
        _options = options;
    }

    /// <summary>The interface.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SourceNotice> Notices => _noticesBeyond == 0
        ? _notices
        : [.. _notices, new SourceNotice(Name, -1, Frames, $"{_noticesBeyond} more notices were left out.")];

    /// <inheritdoc/>
    public CaptureTime Now => new((_options.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100);

    /// <summary>How it is read.</summary>
    private protected abstract string Kind { get; }

    /// <summary>Whose clock stamps the frames.</summary>
    private protected abstract string Clock { get; }

    /// <summary>What the interface does on the bus, in one sentence.</summary>
    private protected string Mode { get; set; } = "";

    /// <summary>Whether it may acknowledge.</summary>
    private protected bool Acknowledges { get; set; }

    /// <summary>Frames handed out.</summary>
    private protected long Frames { get; private set; }

    /// <summary>Frames lost before they were read.</summary>
    private protected long Lost { get; set; }

    /// <summary>Whether it was told to stop.</summary>
    private protected bool IsStopped => _options.Stop.IsCancellationRequested;

    /// <summary>Waits for the end, and no longer than a time.</summary>
    private protected void Pause(TimeSpan wait) => _options.Stop.WaitHandle.WaitOne(wait);

    private protected TimeProvider Time => _options.Time;

    /// <inheritdoc/>
    public bool TryRead(out CapturedFrame frame)
    {
        LiveRead read;
        do read = Read(Slice, out frame);
        while (read == LiveRead.Quiet);
        return read == LiveRead.Frame;
    }

    /// <inheritdoc/>
    public abstract LiveRead Read(TimeSpan wait, out CapturedFrame frame);

    /// <inheritdoc/>
    public LiveSourceReport Report() => new(
        Name, Kind, LinkType.SocketCan, Clock, Mode, Acknowledges, Frames, _bytes, _errorFrames, Lost,
        Frames == 0 ? null : _first, Frames == 0 ? null : _last);

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the interface back; may be called more than once.</summary>
    private protected abstract void Close();

    /// <summary>Adds a notice, or counts it where there is no room.</summary>
    private protected void Note(FormattableString text)
    {
        if (_notices.Count < _options.MaximumNotices)
            _notices.Add(new SourceNotice(Name, -1, Frames, text.ToString(CultureInfo.InvariantCulture)));
        else
            _noticesBeyond++;
    }

    /// <summary>Where the payload of the frame at hand goes.</summary>
    private protected Span<byte> Payload => _frame.AsSpan(CanFrameView.HeaderBytes);

    /// <summary>Hands out the frame whose payload is in <see cref="Payload"/>.</summary>
    /// <param name="unixNanoseconds">Its time.</param>
    /// <param name="word">The identifier with its flags.</param>
    /// <param name="length">Payload bytes, or those a remote frame asks for.</param>
    /// <param name="flags">Flags of CAN FD, 0 for a classic frame.</param>
    /// <param name="code">A data length code above 8 of a classic frame, else 0.</param>
    private protected CapturedFrame Emit(long unixNanoseconds, uint word, int length, byte flags, byte code)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_frame, word);
        _frame[4] = (byte)length;
        _frame[5] = flags;
        _frame[6] = 0;
        _frame[7] = code;
        var size = CanFrameView.HeaderBytes + ((word & CanFrameView.RemoteFlag) == 0 ? length : 0);
        if ((word & CanFrameView.ErrorFlag) != 0) _errorFrames++;
        return Emit(unixNanoseconds, _frame.AsSpan(0, size), size);
    }

    /// <summary>Hands out a frame that lies elsewhere.</summary>
    private protected CapturedFrame Emit(long unixNanoseconds, ReadOnlySpan<byte> data, int originalLength)
    {
        _last = new CaptureTime(unixNanoseconds);
        if (Frames == 0) _first = _last;
        Frames++;
        _bytes += data.Length;
        return new CapturedFrame(_last, LinkType.SocketCan, 0, Frames, data, originalLength);
    }

    /// <summary>Hands out an error frame of the controller: a class, and its details in eight bytes.</summary>
    private protected CapturedFrame EmitError(long unixNanoseconds, uint errorClass, byte controller = 0)
    {
        Payload[..8].Clear();
        Payload[1] = controller;
        return Emit(unixNanoseconds, CanFrameView.ErrorFlag | errorClass, 8, 0, 0);
    }
}
