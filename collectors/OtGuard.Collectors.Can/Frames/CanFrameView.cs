using System.Buffers.Binary;

namespace OtGuard.Collectors.Can.Frames;

/// <summary>What kind of frame it is; the bits of <see cref="Observation.SubCode"/> of an observed frame.</summary>
[Flags]
public enum CanFrameKind : byte
{
    /// <summary>A classic data frame with an 11-bit identifier.</summary>
    None = 0,

    /// <summary>The identifier has 29 bits (IDE).</summary>
    Extended = 1,

    /// <summary>A remote transmission request: no payload, the length says how much is asked for.</summary>
    Remote = 2,

    /// <summary>An error frame as the controller's driver reports it; the identifier is the error's class.</summary>
    Error = 4,

    /// <summary>A CAN FD frame (FDF).</summary>
    Fd = 8,

    /// <summary>The payload was sent at the higher bit rate (BRS).</summary>
    BitRateSwitch = 16,

    /// <summary>The sender is error passive (ESI).</summary>
    ErrorStateIndicator = 32,
}

/// <summary>Why bytes are no CAN frame.</summary>
public enum CanFrameFault : byte
{
    /// <summary>They are one.</summary>
    None,

    /// <summary>Shorter than the header of eight bytes.</summary>
    HeaderCut,

    /// <summary>A length above 8, or above 64 with CAN FD.</summary>
    LengthInvalid,

    /// <summary>Fewer bytes than the length says.</summary>
    PayloadCut,

    /// <summary>A CAN XL frame, which is counted and not read.</summary>
    Xl,
}

/// <summary>
/// A CAN frame as SocketCAN lays it out: four bytes of identifier and flags, the payload's length, CAN FD flags, two
/// bytes reserved, the payload.
/// </summary>
/// <remarks>LINKTYPE_CAN_SOCKETCAN; ISO 11898-1:2015 for what the fields mean. Borrows the bytes; allocates nothing.</remarks>
public readonly ref struct CanFrameView
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeaderBytes = 8;

    /// <summary>The longest payload, that of CAN FD.</summary>
    public const int MaximumPayloadBytes = 64;

    /// <summary>Bit 31: the identifier has 29 bits. Set in <see cref="Identifier"/> too.</summary>
    public const uint ExtendedFlag = 0x8000_0000;

    /// <summary>Bit 30: remote transmission request.</summary>
    public const uint RemoteFlag = 0x4000_0000;

    /// <summary>Bit 29: error frame.</summary>
    public const uint ErrorFlag = 0x2000_0000;

    /// <summary>The 29 bits of an extended identifier.</summary>
    public const uint ExtendedMask = 0x1FFF_FFFF;

    /// <summary>The 11 bits of a base identifier.</summary>
    public const uint BaseMask = 0x7FF;

    private const byte FlagBrs = 1;
    private const byte FlagEsi = 2;
    private const byte FlagFdf = 4;
    private const byte LengthXl = 0x80;

    private CanFrameView(uint identifier, CanFrameKind kind, int length, byte dlc, ReadOnlySpan<byte> payload)
    {
        Identifier = identifier;
        Kind = kind;
        Length = length;
        Dlc = dlc;
        Payload = payload;
    }

    /// <summary>The arbitration identifier; bit 31 is set where it has 29 bits, so that both widths stay apart.</summary>
    public uint Identifier { get; }

    /// <summary>What kind of frame it is.</summary>
    public CanFrameKind Kind { get; }

    /// <summary>Bytes of payload the frame declares; for a remote frame those it asks for.</summary>
    public int Length { get; }

    /// <summary>The data length code: 0 to 8 are bytes, 9 to 15 mean 12 to 64 bytes with CAN FD and 8 without.</summary>
    public byte Dlc { get; }

    /// <summary>The payload; empty for a remote frame.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>True for 29 bits.</summary>
    public bool IsExtended => (Kind & CanFrameKind.Extended) != 0;

    /// <summary>True for a remote transmission request.</summary>
    public bool IsRemote => (Kind & CanFrameKind.Remote) != 0;

    /// <summary>True for an error frame.</summary>
    public bool IsError => (Kind & CanFrameKind.Error) != 0;

    /// <summary>True for CAN FD.</summary>
    public bool IsFd => (Kind & CanFrameKind.Fd) != 0;

    /// <summary>Reads a frame.</summary>
    /// <param name="data">From the identifier on.</param>
    /// <param name="littleEndian">Whether the writer left the identifier in the byte order of its host.</param>
    /// <param name="fd">True where the framing around it says that it is CAN FD.</param>
    /// <param name="view">The frame.</param>
    public static CanFrameFault TryRead(
        ReadOnlySpan<byte> data, bool littleEndian, bool fd, out CanFrameView view)
    {
        view = default;
        if (data.Length < HeaderBytes) return CanFrameFault.HeaderCut;
        var head = BinaryPrimitives.ReadUInt64BigEndian(data);
        var word = (uint)(head >> 32);
        if (littleEndian) word = BinaryPrimitives.ReverseEndianness(word);
        var length = data[4];
        var flags = data[5];
        if ((length & LengthXl) != 0) return CanFrameFault.Xl;
        var kind = CanFrameKind.None;

        // Writers before the FDF flag came into use tell CAN FD by the length alone.
        fd |= (flags & FlagFdf) != 0 || length > 8;
        var identifier = word & BaseMask;
        if ((word & ExtendedFlag) != 0)
        {
            kind |= CanFrameKind.Extended;
            identifier = word & (ExtendedMask | ExtendedFlag);
        }

        if ((word & ErrorFlag) != 0)
        {
            kind |= CanFrameKind.Error;
            identifier = word & ExtendedMask;
        }

        if ((word & RemoteFlag) != 0) kind |= CanFrameKind.Remote;
        var dlc = length;
        if (fd)
        {
            if (length > 64) return CanFrameFault.LengthInvalid;
            kind |= CanFrameKind.Fd;
            if ((flags & FlagBrs) != 0) kind |= CanFrameKind.BitRateSwitch;
            if ((flags & FlagEsi) != 0) kind |= CanFrameKind.ErrorStateIndicator;
            dlc = CanLength.ToCode(length);
        }
        else if (length == 8 && data[7] is > 8 and <= 15)
        {
            // The last reserved byte keeps a code above 8 (len8_dlc of struct can_frame).
            dlc = data[7];
        }

        var payload = ReadOnlySpan<byte>.Empty;
        if ((word & RemoteFlag) == 0)
        {
            if (data.Length < HeaderBytes + length) return CanFrameFault.PayloadCut;
            payload = data.Slice(HeaderBytes, length);
        }

        view = new CanFrameView(identifier, kind, length, dlc, payload);
        return CanFrameFault.None;
    }

    /// <summary>Whether identifier and flags can stand together: what tells one byte order from the other.</summary>
    internal static bool IsPlausible(uint word)
    {
        const uint others = ExtendedFlag | RemoteFlag;
        if ((word & ErrorFlag) != 0) return (word & others) == 0 && (word & ExtendedMask) <= BaseMask;
        return (word & ExtendedFlag) != 0 || (word & ExtendedMask) <= BaseMask;
    }
}

/// <summary>The data length code of CAN FD.</summary>
/// <remarks>ISO 11898-1:2015 §10.4.2.4, table 5.</remarks>
public static class CanLength
{
    private static ReadOnlySpan<byte> Lengths => [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64];

    /// <summary>The smallest code whose length is at least <paramref name="length"/> bytes (0 to 64).</summary>
    public static byte ToCode(int length)
    {
        if (length <= 8) return (byte)Math.Max(0, length);
        byte code = 9;
        while (code < 15 && Lengths[code] < length) code++;
        return code;
    }

    /// <summary>Bytes of payload a code means; codes above 15 count as 15.</summary>
    public static int ToBytes(byte code, bool fd) => fd ? Lengths[Math.Min(code, (byte)15)] : Math.Min(code, (byte)8);

    /// <summary>Whether a CAN FD frame can have this length: 13 bytes, for one, it cannot.</summary>
    public static bool IsPossible(int length) => length is >= 0 and <= 64 && Lengths[ToCode(length)] == length;
}
