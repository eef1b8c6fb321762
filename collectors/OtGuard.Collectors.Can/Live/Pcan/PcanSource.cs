using System.Globalization;
using OtGuard.Collectors.Can.Frames;

namespace OtGuard.Collectors.Can.Live.Pcan;

/// <summary>The bit timing of a PCAN channel.</summary>
public sealed record PcanOptions
{
    /// <summary>Bits per second; in the arbitration phase with CAN FD. The default is that of most vehicle buses.</summary>
    public int BitsPerSecond { get; init; } = 500_000;

    /// <summary>Bits per second in the data phase: turns CAN FD on.</summary>
    public int? DataBitsPerSecond { get; init; }

    /// <summary>The library's own text for bit timings of CAN FD, which outweighs both.</summary>
    public string? Timing { get; init; }
}

/// <summary>Frames of a PEAK adapter through PCAN-Basic: classic, FD, error frames and the controller's state.</summary>
/// <remarks>
/// Listen-only is set before the channel is initialised and read back after it; where it is not on then, the channel is
/// given back. The channel is looked at every five milliseconds while nothing comes; the adapter has stamped the frames by
/// then, and the library's queue holds some ten thousand of them. Changes of the controller's state become error frames
/// as SocketCAN has them, so that what decodes cannot tell both kinds of source apart.
/// </remarks>
public sealed class PcanSource : LiveCanSource
{
    private const uint On = 1;

    /// <summary>A type that no message has: all bits at once.</summary>
    private const PcanMessageType Untouched = (PcanMessageType)0xFF;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    /// <summary>How often the channel's state is asked for while no frame comes.</summary>
    private static readonly TimeSpan StatePace = TimeSpan.FromSeconds(1);

    private readonly ushort _channel;
    private readonly bool _fd;
    private HardwareClock _clock;
    private PcanStatus _state;
    private PcanStatus _pending;
    private bool _isActiveAgain;
    private long _asked;
    private int _jumps;
    private bool _isOpen;

    private PcanSource(string name, ushort channel, bool fd, LiveCanOptions options)
        : base(name, options) => (_channel, _fd) = (channel, fd);

    /// <summary>How often the controller or the driver had no room for frames.</summary>
    public long Overruns { get; private set; }

    private protected override string Kind => "PCAN-Basic";

    private protected override string Clock => "the adapter's, 10^-6 s";

    /// <summary>Starts to listen on a channel.</summary>
    /// <param name="name">The channel: <c>PCAN_USBBUS1</c>.</param>
    /// <param name="timing">Its bit timing.</param>
    /// <param name="options">Whether it may acknowledge, and when to stop.</param>
    /// <exception cref="LiveSourceException">
    /// The library is missing, there is no such channel, it cannot be initialised so, or it does not listen only.
    /// </exception>
    public static PcanSource Open(string name, PcanOptions timing, LiveCanOptions options)
    {
        var channel = PcanChannels.Handle(name);
        if (channel == 0)
            throw new LiveSourceException(
                $"There is no PCAN channel '{name}'; channels are PCAN_USBBUS1 to 16, PCAN_PCIBUS1 to 16 and PCAN_LANBUS1 to 16.");
        var fd = timing.Timing is not null || timing.DataBitsPerSecond is not null;
        var source = new PcanSource(name, channel, fd, options);
        try
        {
            source.Start(timing, options.Acknowledge);
            return source;
        }
        catch (Exception fault)
        {
            source.Dispose();
            if (fault is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
                throw new LiveSourceException(PcanChannels.MissingText(fault), fault);
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
            var outcome = Take(out frame);
            if (outcome is LiveRead.Frame or LiveRead.Ended) return outcome;
            var left = wait - Time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return LiveRead.Quiet;
            Pause(left < Pace ? left : Pace);
        }

        return LiveRead.Ended;
    }

    private protected override void Close()
    {
        if (!_isOpen) return;
        _isOpen = false;
        _ = PcanLibrary.Uninitialize(_channel);
    }

    private void Start(PcanOptions timing, bool acknowledge)
    {
        var set = PcanLibrary.Set(_channel, PcanParameter.ListenOnly, acknowledge ? 0 : On);
        if (set != PcanStatus.Ok && !acknowledge)
            throw new LiveSourceException(
                $"{Name} cannot be told to listen only: {PcanLibrary.ErrorText(set)}. Where somebody has to acknowledge: --acknowledge.");
        var initialized = Initialize(timing);

        // "Caution" is success with other settings than asked for: somebody else uses the channel at another bitrate.
        if (initialized is not (PcanStatus.Ok or PcanStatus.Caution))
            throw new LiveSourceException($"{Name} could not be initialised: {PcanLibrary.ErrorText(initialized)}.");
        _isOpen = true;
        if (initialized == PcanStatus.Caution)
            throw new LiveSourceException($"{Name} is in use with another bitrate: {PcanLibrary.ErrorText(initialized)}.");
        var listens = PcanLibrary.Value(_channel, PcanParameter.ListenOnly) == On;
        if (!listens && !acknowledge)
            throw new LiveSourceException(
                $"{Name} does not listen only although it was told to, and was given back. Where somebody has to acknowledge: --acknowledge.");
        Acknowledges = !listens;
        Mode = listens
            ? "listens only: nothing leaves the controller"
            : "acknowledges frames, as was asked for: this machine takes part in the bus";
        if (PcanLibrary.Set(_channel, PcanParameter.AllowErrorFrames, On) != PcanStatus.Ok)
            Note($"The driver does not report error frames.");
        _ = PcanLibrary.Set(_channel, PcanParameter.AllowStatusFrames, On);
        _asked = Time.GetTimestamp();
    }

    private PcanStatus Initialize(PcanOptions timing)
    {
        if (!_fd)
        {
            var registers = PcanTiming.Classic(timing.BitsPerSecond)
                ?? throw new LiveSourceException(string.Create(CultureInfo.InvariantCulture,
                    $"{timing.BitsPerSecond} is no bitrate of PCAN's classic mode: 1000000, 800000, 500000, 250000, 125000, 100000, 95238, 83333, 50000, 47619, 33333, 20000, 10000, 5000."));
            return PcanLibrary.Initialize(_channel, registers, 0, 0, 0);
        }

        var text = timing.Timing ?? PcanTiming.Fd(timing.BitsPerSecond, timing.DataBitsPerSecond ?? timing.BitsPerSecond)
            ?? throw new LiveSourceException(string.Create(CultureInfo.InvariantCulture,
                $"{timing.BitsPerSecond} and {timing.DataBitsPerSecond} cannot both be made of 80 MHz; timing= takes PEAK's own text."));
        return PcanLibrary.InitializeFd(_channel, text);
    }

    private LiveRead Take(out CapturedFrame frame)
    {
        frame = default;
        if (TryEmitState(out frame)) return LiveRead.Frame;
        PcanStatus status;
        bool isFrame;
        do
        {
            isFrame = false;
            status = _fd ? TakeFd(out frame, ref isFrame) : TakeClassic(out frame, ref isFrame);
            if (isFrame) return LiveRead.Frame;
            if ((status & PcanStatus.AnyBus) != 0) Turn(status & PcanStatus.AnyBus);
        }
        while (status == PcanStatus.Ok);

        if ((status & PcanStatus.QueueEmpty) != 0 && Time.GetElapsedTime(_asked) >= StatePace)
        {
            _asked = Time.GetTimestamp();
            status = PcanLibrary.GetStatus(_channel);
            if (!IsFatal(status)) Turn(status & PcanStatus.AnyBus);
        }

        if (IsFatal(status))
        {
            Note($"The channel is gone: {PcanLibrary.ErrorText(status)}.");
            return LiveRead.Ended;
        }

        return TryEmitState(out frame) ? LiveRead.Frame : LiveRead.Quiet;
    }

    private unsafe PcanStatus TakeClassic(out CapturedFrame frame, scoped ref bool isFrame)
    {
        frame = default;
        PcanMessage message = new() { Type = Untouched };
        PcanTimestamp stamp;
        var status = PcanLibrary.Read(_channel, &message, &stamp);
        if (!Holds(status, message.Type)) return status;
        var length = Math.Min(message.Length, (byte)8);
        isFrame = TryEmit(
            message.Id, message.Type & ~PcanMessageType.Fd, length, (byte)(message.Length is > 8 and <= 15 ? message.Length : 0),
            new ReadOnlySpan<byte>(message.Data, 8), stamp.TotalMicroseconds, out frame);
        return status;
    }

    private unsafe PcanStatus TakeFd(out CapturedFrame frame, scoped ref bool isFrame)
    {
        frame = default;
        PcanMessageFd message = new() { Type = Untouched };
        ulong stamp;
        var status = PcanLibrary.ReadFd(_channel, &message, &stamp);
        if (!Holds(status, message.Type)) return status;
        var fd = (message.Type & PcanMessageType.Fd) != 0;
        var code = (byte)(message.LengthCode & 0xF);
        isFrame = TryEmit(
            message.Id, message.Type, CanLength.ToBytes(code, fd), !fd && code > 8 ? code : (byte)0,
            new ReadOnlySpan<byte>(message.Data, 64), stamp, out frame);
        return status;
    }

    /// <summary>Whether a call came with a message; counts what it says of frames that were lost.</summary>
    private bool Holds(PcanStatus status, PcanMessageType type)
    {
        if ((status & (PcanStatus.Overrun | PcanStatus.QueueOverrun)) != 0 && !IsFatal(status))
        {
            if (Overruns++ == 0)
                Note($"Frames were lost: {PcanLibrary.ErrorText(status & (PcanStatus.Overrun | PcanStatus.QueueOverrun))}. PEAK's library does not say how many.");

            // At least one each time; the library keeps no count.
            Lost++;
            _pending |= PcanStatus.Overrun;
        }

        // Which of the other states come with a message is not written down; one that came has written its type.
        return (status & PcanStatus.QueueEmpty) == 0 && !IsFatal(status) && type != Untouched;
    }

    private bool TryEmit(
        uint id, PcanMessageType type, int length, byte code, ReadOnlySpan<byte> data, ulong microseconds, out CapturedFrame frame)
    {
        frame = default;
        var time = TimeOf(microseconds);
        if ((type & PcanMessageType.Status) != 0)
        {
            // What it tells is asked for: the number in it is the same, and so there is one place that reads it.
            var status = PcanLibrary.GetStatus(_channel);
            if (IsFatal(status)) return false;
            Turn(status & PcanStatus.AnyBus);
            return TryEmitState(out frame);
        }

        if ((type & PcanMessageType.ErrorFrame) != 0)
        {
            frame = EmitBusError(time, id, data);
            return true;
        }

        var extended = (type & PcanMessageType.Extended) != 0;
        var word = extended ? id & CanFrameView.ExtendedMask | CanFrameView.ExtendedFlag : id & CanFrameView.BaseMask;
        if ((type & PcanMessageType.Remote) != 0) word |= CanFrameView.RemoteFlag;
        byte flags = 0;
        if ((type & PcanMessageType.Fd) != 0)
        {
            flags = 4;
            if ((type & PcanMessageType.BitRateSwitch) != 0) flags |= 1;
            if ((type & PcanMessageType.ErrorStateIndicator) != 0) flags |= 2;
        }

        data[..length].CopyTo(Payload);
        frame = Emit(time, word, length, flags, code);
        return true;
    }

    /// <summary>
    /// PEAK's error frame has the kind of error as its identifier (1 bit, 2 form, 4 stuff, else another) and in its bytes
    /// the direction (0 sending), the place in the frame, and both error counters: the same facts that SocketCAN has.
    /// </summary>
    private CapturedFrame EmitBusError(long time, uint id, ReadOnlySpan<byte> data)
    {
        const byte sending = 0x80;
        Payload[..8].Clear();
        Payload[2] = (byte)((id is 1 or 2 or 4 ? id : 0) | (data[0] == 0 ? sending : 0u));
        Payload[3] = data[1];
        Payload[6] = data[3];
        Payload[7] = data[2];
        return Emit(time, CanFrameView.ErrorFlag | ErrorProtocol | ErrorBus | ErrorCounters, 8, 0, 0);
    }

    /// <summary>Takes the controller's state as it is now; a change is handed out as an error frame.</summary>
    private void Turn(PcanStatus bus)
    {
        if (bus == _state) return;
        _state = bus;
        _pending = _pending & PcanStatus.Overrun | bus;
        _isActiveAgain = bus == PcanStatus.Ok;
        if ((bus & PcanStatus.BusOff) != 0) Note($"The controller went off the bus.");
    }

    private bool TryEmitState(out CapturedFrame frame)
    {
        frame = default;
        if (_pending == PcanStatus.Ok && !_isActiveAgain) return false;
        if ((_pending & PcanStatus.Overrun) != 0)
        {
            _pending &= ~PcanStatus.Overrun;
            frame = EmitError(Now.UnixNanoseconds, ErrorController, ControllerReceiveOverflow);
            return true;
        }

        var bus = _pending;
        _pending = PcanStatus.Ok;
        _isActiveAgain = false;
        if ((bus & PcanStatus.BusOff) != 0)
        {
            frame = EmitError(Now.UnixNanoseconds, ErrorBusOff);
            return true;
        }

        var controller = (bus & PcanStatus.BusPassive) != 0 ? ControllerReceivePassive | ControllerSendPassive
            : (bus & (PcanStatus.BusLight | PcanStatus.BusHeavy)) != 0 ? ControllerReceiveWarning | ControllerSendWarning
            : ControllerActive;
        frame = EmitError(Now.UnixNanoseconds, ErrorController, (byte)controller);
        return true;
    }

    private long TimeOf(ulong microseconds)
    {
        // Longer than this machine's calendar: a stamp that is none.
        if (microseconds > long.MaxValue / 1000) return Now.UnixNanoseconds;
        var time = _clock.ToUnix((long)microseconds * 1000, Now.UnixNanoseconds);
        if (_clock.Jumps != _jumps)
        {
            _jumps = _clock.Jumps;
            Note($"The clock of the adapter and that of this machine moved against each other; times go on by the latter.");
        }

        return time;
    }

    private static bool IsFatal(PcanStatus status) =>
        (status & (PcanStatus.NoDriver | PcanStatus.IllegalHandle | PcanStatus.NotInitialized)) != 0
        || (status & (PcanStatus.IllegalParameterType | PcanStatus.IllegalParameterValue)) != 0;
}
