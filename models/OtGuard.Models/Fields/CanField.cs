using OtGuard.Collectors;

namespace OtGuard.Models.Fields;

/// <summary>What a field is, as far as traffic shows.</summary>
public enum CanFieldKind : byte
{
    /// <summary>Bits that never changed.</summary>
    Constant,

    /// <summary>Goes on by the same step with every frame, and round.</summary>
    Counter,

    /// <summary>Follows from the other bytes of the frame.</summary>
    Checksum,

    /// <summary>Few values that stay: states and switches.</summary>
    Enumeration,

    /// <summary>A number that moves: low bits more often than high ones.</summary>
    Physical,
}

/// <summary>
/// How a field counts: from <see cref="First"/> in steps to <see cref="Last"/> and on with <see cref="First"/>.
/// </summary>
/// <param name="First">The value after the wrap.</param>
/// <param name="Last">The value before the wrap.</param>
/// <param name="Step">What is added, modulo the field's size.</param>
/// <param name="Holds">Whether it may also stay as it is from one frame to the next.</param>
public readonly record struct CounterCycle(ulong First, ulong Last, ulong Step, bool Holds);

/// <summary>A run of bits of a CAN frame that belong together. Immutable.</summary>
/// <remarks>
/// Bits are numbered as in DBC files: bit <c>b</c> is bit <c>b % 8</c> of byte <c>b / 8</c>; the start bit is the least
/// significant one of a little-endian field and the most significant one of a big-endian field.
/// </remarks>
public sealed record CanField
{
    /// <summary>The first bit; see the remarks.</summary>
    public required int StartBit { get; init; }

    /// <summary>Number of bits, 1 to 64.</summary>
    public required int Length { get; init; }

    /// <summary>True for Motorola's order of bytes.</summary>
    public required bool IsBigEndian { get; init; }

    /// <summary>What it is.</summary>
    public required CanFieldKind Kind { get; init; }

    /// <summary>Frames looked at for what is said here beside the boundaries.</summary>
    public required long Frames { get; init; }

    /// <summary>Frames among them that break the counter or the checksum; 0 for other kinds.</summary>
    public long Faults { get; init; }

    /// <summary>
    /// True for a physical field that moves less when read in two's complement: it passes between all zeros and all
    /// ones.
    /// </summary>
    public bool IsSigned { get; init; }

    /// <summary>
    /// The least raw value seen; the value of a constant. Of 64 bits without sign the bits as they are.
    /// </summary>
    public long Minimum { get; init; }

    /// <summary>The greatest raw value seen.</summary>
    public long Maximum { get; init; }

    /// <summary>Distinct values seen.</summary>
    public int Distinct { get; init; }

    /// <summary>Share of frames, 0 to 1, that changed it.</summary>
    public double ChangeShare { get; init; }

    /// <summary>How it counts; null for other kinds.</summary>
    public CounterCycle? Cycle { get; init; }

    /// <summary>
    /// How it is computed; null for other kinds, and for a checksum that shows only by its statistics.
    /// </summary>
    public ChecksumRule? Checksum { get; init; }

    /// <summary>The bit <paramref name="index"/> places above the least significant one, in DBC numbering.</summary>
    public int Bit(int index) => IsBigEndian
        ? FieldBits.Dbc(FieldBits.Wire(StartBit) + Length - 1 - index)
        : StartBit + index;

    /// <summary>The raw value without sign, 0 where the payload ends before it. Allocates nothing.</summary>
    public ulong Read(ReadOnlySpan<byte> payload)
    {
        ulong value = 0;
        for (var index = Length - 1; index >= 0; index--)
        {
            var bit = Bit(index);
            if (bit >> 3 >= payload.Length) return 0;
            value = value << 1 | (uint)(payload[bit >> 3] >> (bit & 7) & 1);
        }

        return value;
    }
}

/// <summary>The fields of one identifier on one channel. Immutable.</summary>
/// <param name="Channel">The channel's number: 0 for can0.</param>
/// <param name="Identifier">The identifier, bit 31 set for one of 29 bits.</param>
/// <param name="PayloadBytes">Bytes of payload that its frames have.</param>
/// <param name="Frames">Frames of that length.</param>
/// <param name="OtherLengths">Frames of other lengths, which were not looked at.</param>
/// <param name="First">When the first of them came.</param>
/// <param name="Last">When the last of them came.</param>
/// <param name="Fields">Its fields by their first bit on the wire; together every bit once.</param>
public sealed record CanFieldMap(
    int Channel,
    uint Identifier,
    int PayloadBytes,
    long Frames,
    long OtherLengths,
    CaptureTime First,
    CaptureTime Last,
    IReadOnlyList<CanField> Fields)
{
    /// <summary>Frames a second on average; null where they came all at once.</summary>
    public double? FramesPerSecond
    {
        get
        {
            var seconds = (Last - First).TotalSeconds;
            return seconds > 0 && Frames > 1 ? (Frames - 1) / seconds : null;
        }
    }
}

/// <summary>Places of bits in the two numberings.</summary>
internal static class FieldBits
{
    /// <summary>Bits of the longest payload (ISO 11898-1:2015: 64 bytes).</summary>
    public const int Maximum = 512;

    /// <summary>
    /// From DBC's number to the order on the wire (bit 7 of each byte first), in which big-endian fields run.
    /// </summary>
    public static int Wire(int bit) => (bit & ~7) | (7 - (bit & 7));

    /// <summary>From the order on the wire to DBC's number.</summary>
    public static int Dbc(int bit) => (bit & ~7) | (7 - (bit & 7));
}
