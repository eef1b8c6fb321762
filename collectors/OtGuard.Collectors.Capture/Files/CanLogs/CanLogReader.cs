using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>The flags of a CAN frame as Linux and the link type 227 write them.</summary>
/// <remarks>tcpdump.org LINKTYPE_CAN_SOCKETCAN; linux/can.h, linux/can/error.h.</remarks>
internal static class SocketCan
{
    /// <summary>Bytes in front of the payload.</summary>
    public const int HeaderBytes = 8;

    /// <summary>The longest payload, that of CAN FD.</summary>
    public const int MaximumPayloadBytes = 64;

    /// <summary>The longest payload of a classic frame.</summary>
    public const int MaximumClassicPayloadBytes = 8;

    /// <summary>The identifier has 29 bits.</summary>
    public const uint Extended = 0x8000_0000;

    /// <summary>A remote frame.</summary>
    public const uint Remote = 0x4000_0000;

    /// <summary>An error frame; the rest of the identifier is the error class.</summary>
    public const uint Error = 0x2000_0000;

    /// <summary>Error class "bus error": what is known where a log says no more than that there was an error frame.</summary>
    public const uint BusErrorClass = 0x80;

    /// <summary>Error class "received no acknowledge on transmission".</summary>
    public const uint NoAcknowledgeClass = 0x20;

    /// <summary>The greatest identifier of 11 bits.</summary>
    public const uint MaximumStandardId = 0x7FF;

    /// <summary>The greatest identifier of 29 bits.</summary>
    public const uint MaximumExtendedId = 0x1FFF_FFFF;

    /// <summary>Bit rate switch.</summary>
    public const byte BitRateSwitch = 0x01;

    /// <summary>Error state indicator.</summary>
    public const byte ErrorStateIndicator = 0x02;

    /// <summary>The frame is CAN FD.</summary>
    public const byte Fd = 0x04;

    private static ReadOnlySpan<byte> FdLengths => [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64];

    /// <summary>Payload bytes of a data length code (ISO 11898-1: 9 to 15 mean 12 to 64 bytes in FD, 8 in classic).</summary>
    public static int LengthOf(int dataLengthCode, bool fd) =>
        fd ? FdLengths[dataLengthCode & 0xF] : Math.Min(dataLengthCode, MaximumClassicPayloadBytes);
}

/// <summary>Hands out the frames of a CAN log with link type 227, whatever the log's format.</summary>
/// <remarks>
/// A frame is put together in one buffer of the reader. A remote frame has the length it asks for in its length byte and
/// no payload.
/// </remarks>
internal abstract class CanLogReader(ReaderContext context) : FrameReader(context)
{
    // Logs number their channels with a byte or name a handful of interfaces; more is a field taken for one.
    private const int MaximumChannels = 256;

    private readonly byte[] _frame = new byte[SocketCan.HeaderBytes + SocketCan.MaximumPayloadBytes];
    private readonly List<(byte[] Name, InterfaceCounter Counter)> _channels = [];
    private byte[] _lastName = [];
    private InterfaceCounter? _last;
    private Tally _channelsBeyond;

    /// <summary>Where the payload of the frame at hand goes.</summary>
    protected Span<byte> Payload => _frame.AsSpan(SocketCan.HeaderBytes);

    /// <summary>The identifier with its flags.</summary>
    protected uint Id { get; set; }

    /// <summary>Payload bytes, or those a remote frame asks for.</summary>
    protected int Length { get; set; }

    /// <summary>The flags of CAN FD, 0 for a classic frame.</summary>
    protected byte FdFlags { get; set; }

    /// <summary>Time in nanoseconds since the Unix epoch.</summary>
    protected long Time { get; set; }

    /// <summary>The channel; null where there are too many.</summary>
    protected InterfaceCounter? Channel { get; set; }

    /// <summary>How exact the times are, in words.</summary>
    protected string Resolution { get; set; } = "10^-6 s";

    /// <inheritdoc/>
    public override void Finish()
    {
        if (_channelsBeyond.Count > 0)
            Note(_channelsBeyond.Offset, _channelsBeyond.Frame,
                $"{Frames(_channelsBeyond.Count)} of channels beyond the limit of {MaximumChannels} were left out, first after frame {_channelsBeyond.Frame}.");
        base.Finish();
    }

    /// <summary>Clears the fields for the next frame, except channel and payload.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected void BeginFrame()
    {
        Id = 0;
        Length = 0;
        FdFlags = 0;
    }

    /// <summary>Sets the identifier; 29 bits where stated or needed. False where it has more.</summary>
    protected bool SetId(uint id, bool extended)
    {
        if (id > SocketCan.MaximumExtendedId) return false;
        Id = extended || id > SocketCan.MaximumStandardId ? id | SocketCan.Extended : id;
        return true;
    }

    /// <summary>Makes the frame an error frame of which no more is known than the class.</summary>
    protected void SetError(uint errorClass)
    {
        Id = SocketCan.Error | errorClass;
        FdFlags = 0;
        Length = SocketCan.MaximumClassicPayloadBytes;
        Payload[..SocketCan.MaximumClassicPayloadBytes].Clear();
    }

    /// <summary>Selects the channel of a name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected void SelectChannel(ReadOnlySpan<byte> name)
    {
        if (_last is not null && name.SequenceEqual(_lastName))
            Channel = _last;
        else
            FindChannel(name);
    }

    /// <summary>
    /// Selects the channel of the last frame where a text begins with its name and a blank; says how long the name is.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected bool TrySelectLastChannel(ReadOnlySpan<byte> text, out int length)
    {
        var name = _lastName;
        length = name.Length;
        if (_last is null || text.Length <= name.Length || text[name.Length] != (byte)' ' || !text.StartsWith(name)) return false;
        Channel = _last;
        return true;
    }

    /// <summary>Writes the header and counts the frame; false where its channel is beyond the limit.</summary>
    protected bool TryEmit(out CapturedFrame frame)
    {
        var counter = Channel;
        if (counter is null)
        {
            _channelsBeyond.Add(Window.Position, LastFrame);
            SkippedFrames++;
            frame = default;
            return false;
        }

        var bytes = _frame;
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Id);
        bytes[4] = (byte)Length;
        bytes[5] = FdFlags;
        var size = SocketCan.HeaderBytes + ((Id & SocketCan.Remote) == 0 ? Length : 0);
        var number = Count(Time);
        counter.Count(Time, size, size);
        frame = new CapturedFrame(
            new CaptureTime(Time), LinkType.SocketCan, counter.Source, number, bytes.AsSpan(0, size), size, counter.Bus);
        return true;
    }

    private void FindChannel(ReadOnlySpan<byte> name)
    {
        Channel = null;
        foreach (var (known, counter) in _channels)
            if (name.SequenceEqual(known)) Channel = Remember(known, counter);
        if (Channel is not null || _channels.Count == MaximumChannels || !HasRoomForInterface) return;
        var added = AddInterface(
            LinkType.SocketCan, name.IsEmpty ? "can" : Encoding.Latin1.GetString(name[..Math.Min(name.Length, 64)]));
        added.Resolution = Resolution;
        var copy = name.ToArray();
        _channels.Add((copy, added));
        Channel = Remember(copy, added);
    }

    private InterfaceCounter Remember(byte[] name, InterfaceCounter counter)
    {
        _lastName = name;
        return _last = counter;
    }
}
