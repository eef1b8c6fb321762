using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using OtGuard.Collectors.Can.Frames;
using static OtGuard.Collectors.Can.Live.SocketCan.KernelCalls;

namespace OtGuard.Collectors.Can.Live.SocketCan;

/// <summary>Frames of a CAN interface of Linux: classic, FD and error frames, with the kernel's or the adapter's stamps.</summary>
/// <remarks>
/// A raw socket (linux/can/raw.h) that is only read. What the controller behind it does is a matter of the link: it is
/// started only where that listens only, or where it is asked for that it may acknowledge. Frames that programs on this
/// machine send through the interface are seen as well; they are counted, for a monitor's own machine should send none.
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed class SocketCanSource : LiveCanSource
{
    /// <summary>Frames of the kernel's queue: 8 MiB hold about a second of several buses at their fastest.</summary>
    private const int QueueBytes = 8 << 20;

    private const int ControlBytes = 256;

    /// <summary>struct canxl_frame; such frames are handed on only to be counted.</summary>
    private const int LongestFrameBytes = 2060;

    private const byte LengthXl = 0x80;
    private const byte FlagFd = 0x4;

    private readonly ICanLinks _links;
    private readonly LiveCanOptions _options;
    private readonly byte[] _received = new byte[LongestFrameBytes];
    private readonly byte[] _control = new byte[ControlBytes];
    private HardwareClock _clock;
    private bool _hasHardwareClock;
    private int _jumps;
    private int _socket;
    private uint _dropped;
    private bool _wasDown;
    private bool _isGone;

    private SocketCanSource(CanLink link, ICanLinks links, LiveCanOptions options)
        : base(link.Name, options)
    {
        (_links, _options) = (links, options);
        Acknowledges = !link.IsHarmless;
        Mode = LinkMode(link);
    }

    /// <summary>Frames that programs on this machine sent through the interface while it was read.</summary>
    public long FramesFromThisHost { get; private set; }

    private protected override string Kind => "SocketCAN";

    private protected override string Clock => _hasHardwareClock ? "the adapter's, 10^-9 s" : "the kernel's, 10^-9 s";

    /// <summary>Starts to listen on an interface.</summary>
    /// <param name="name">The interface: <c>can0</c>.</param>
    /// <param name="links">The interfaces of this machine and their modes.</param>
    /// <param name="options">Whether it may acknowledge, and when to stop.</param>
    /// <exception cref="LiveSourceException">
    /// There is no such interface, it is down, the kernel has no CAN, or the link would acknowledge frames and
    /// <see cref="LiveCanOptions.Acknowledge"/> is off.
    /// </exception>
    public static SocketCanSource Open(string name, ICanLinks links, LiveCanOptions options)
    {
        var source = new SocketCanSource(CanLinkAdvice.Admit(name, links, options), links, options);
        try
        {
            source.Start();
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override LiveRead Read(TimeSpan wait, out CapturedFrame frame)
    {
        frame = default;
        var started = Time.GetTimestamp();
        while (!IsStopped)
        {
            var outcome = TryReceive(out frame);
            if (outcome is LiveRead.Frame or LiveRead.Ended) return outcome;
            var left = wait - Time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return LiveRead.Quiet;
            Wait(left < Slice ? left : Slice);
        }

        return LiveRead.Ended;
    }

    private protected override void Close()
    {
        if (_socket > 0) _ = KernelCalls.Close(_socket);
        _socket = -1;
    }

    private static string LinkMode(CanLink link) =>
        link.IsVirtual ? "is virtual: no controller stands behind it, nothing is acknowledged"
        : link.IsListenOnly ? "listens only: nothing leaves the controller"
        : "acknowledges frames, as was asked for: this machine takes part in the bus";

    private unsafe void Start()
    {
        _socket = OpenSocket(FamilyCan, SocketRaw | SocketCloseOnExec, ProtocolCanRaw);
        if (_socket < 0)
            throw Marshal.GetLastPInvokeError() is FamilyUnknown or ProtocolUnknown
                ? new LiveSourceException("This kernel has no CAN sockets: 'modprobe can_raw' loads them where they are built.")
                : Fault("could not be opened");

        // Best effort: it cannot send either way, as nothing that sends is called.
        _ = Shutdown(_socket, ShutdownWrite);
        if (!TrySet(LevelCanRaw, CanErrorFilter, unchecked((int)CanFrameView.ExtendedMask)))
            throw Fault("does not report error frames");
        if (!TrySet(LevelCanRaw, CanFdFrames, 1))
            Note($"The kernel does not hand out CAN FD frames; only classic ones are seen.");
        _ = TrySet(LevelCanRaw, CanXlFrames, 1);
        if (!TrySet(LevelSocket, ReceiveOverflow, 1))
            Note($"The kernel does not say how many frames it drops.");
        _ = TrySet(LevelSocket, ReceiveBufferBytes, QueueBytes);

        // SOF_TIMESTAMPING_RX_HARDWARE, _RX_SOFTWARE, _SOFTWARE, _RAW_HARDWARE.
        const int stamps = 1 << 2 | 1 << 3 | 1 << 4 | 1 << 6;
        if (!TrySet(LevelSocket, Timestamping, stamps) && !TrySet(LevelSocket, TimestampNanoseconds, 1))
            Note($"The kernel stamps no frames; they have the time when they were read.");

        var address = new CanAddress { Family = FamilyCan, Index = _links.All().First(link => link.Name == Name).Index };
        if (KernelCalls.Bind(_socket, &address, (uint)sizeof(CanAddress)) != 0) throw Fault("could not be bound");
    }

    private unsafe bool TrySet(int level, int option, int value) =>
        SetOption(_socket, level, option, &value, sizeof(int)) == 0;

    private LiveSourceException Fault(string what) =>
        new($"{Name} {what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");

    private unsafe void Wait(TimeSpan wait)
    {
        var entry = new PollEntry { Descriptor = _socket, Events = PollIn };
        _ = KernelCalls.Poll(&entry, 1, Math.Max(1, (int)wait.TotalMilliseconds));

        // Gone down, the socket reports an error once and is then readable again only when frames come.
        if (_wasDown) NoteReturn();
    }

    private unsafe LiveRead TryReceive(out CapturedFrame frame)
    {
        frame = default;
        fixed (byte* data = _received)
        fixed (byte* control = _control)
        {
            var vector = new DataVector { Base = data, Bytes = (nuint)_received.Length };
            var message = new MessageHeader
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlBytes = (nuint)_control.Length,
            };
            var length = KernelCalls.Receive(_socket, &message, MessageDontWait);
            if (length < 0) return OnFault(Marshal.GetLastPInvokeError());
            if (length < CanFrameView.HeaderBytes) return LiveRead.Quiet;
            if ((message.Flags & MessageFromThisHost) != 0 && FramesFromThisHost++ == 0)
                Note($"Programs on this machine send on this bus; their frames are read like any other.");
            var said = ControlMessages.Read(_control.AsSpan(0, (int)message.ControlBytes));
            frame = ToFrame(_received.AsSpan(0, (int)length), in said);
            return LiveRead.Frame;
        }
    }

    private CapturedFrame ToFrame(ReadOnlySpan<byte> data, scoped in ControlMessages said)
    {
        if (said.Dropped is { } dropped)
        {
            // The kernel's counter has 32 bits and runs over.
            var more = dropped - _dropped;
            _dropped = dropped;
            if (more > 0 && Lost == 0)
                Note($"The kernel's queue was full and frames were lost; how many in all stands in the counters.");
            Lost += more;
        }

        var time = TimeOf(in said);
        var word = MemoryMarshal.Read<uint>(data);
        if ((data[4] & LengthXl) != 0)
        {
            // CAN XL: priority instead of an identifier, counted by whoever decodes.
            return Emit(time, data, data.Length);
        }

        // Frames of 72 bytes are CAN FD, whether or not the kernel sets the flag for it (before 5.14 it does not).
        const int classicBytes = 16;
        var fd = data.Length > classicBytes;
        int length = data[4];
        length = Math.Min(length, data.Length - CanFrameView.HeaderBytes);
        data.Slice(CanFrameView.HeaderBytes, length).CopyTo(Payload);
        return Emit(time, word, length, fd ? (byte)(data[5] | FlagFd) : (byte)0, fd ? (byte)0 : data[7]);
    }

    private long TimeOf(in ControlMessages said)
    {
        var system = said.System != 0 ? said.System : Now.UnixNanoseconds;
        if (said.Hardware == 0) return system;
        _hasHardwareClock = true;
        var time = _clock.ToUnix(said.Hardware, system);
        if (_clock.Jumps != _jumps)
        {
            _jumps = _clock.Jumps;
            Note($"The clock of the adapter and that of this machine moved against each other; times go on by the latter.");
        }

        return time;
    }

    private LiveRead OnFault(int error)
    {
        switch (error)
        {
            case TryAgain when _isGone:
                Note($"The interface is gone.");
                return LiveRead.Ended;
            case TryAgain or Interrupted or NoBuffers:
                return LiveRead.Quiet;
            case NetworkDown:
                if (!_wasDown) Note($"The link went down; it is listened to again once it is up.");
                _wasDown = true;
                return LiveRead.Quiet;
            case NoSuchDevice:
                // The error comes before the frames that still wait in the queue; those are read first.
                _isGone = true;
                return LiveRead.Quiet;
            default:
                Note($"Reading failed: {Marshal.GetPInvokeErrorMessage(error)}.");
                return LiveRead.Ended;
        }
    }

    /// <summary>
    /// A link that comes back may have another mode. It is listened to all the same, as stopping would change nothing on
    /// the bus and make the monitor blind; that it acknowledges now is said.
    /// </summary>
    private void NoteReturn()
    {
        CanLink? link;
        try
        {
            link = _links.All().FirstOrDefault(link => link.Name == Name);
        }
        catch (LiveSourceException)
        {
            return;
        }

        if (link is not { IsUp: true }) return;
        _wasDown = false;
        if (link.IsHarmless || Acknowledges || _options.Acknowledge)
        {
            Note($"The link is up again.");
            return;
        }

        Acknowledges = true;
        Mode = "acknowledges frames since the link was set up anew, which nobody asked for here";
        Note($"The link is up again, and not in listen-only mode any more: the controller acknowledges frames.");
    }
}
