using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Signals;

/// <summary>
/// What makes a signal the same one in every capture: a register or coil of a unit, a node of a server, or some bits of a
/// message on a bus.
/// </summary>
/// <param name="Owner">The server, or the message on its bus.</param>
/// <param name="Unit">The part of the server, -1 for none.</param>
/// <param name="Space">What kind of object.</param>
/// <param name="Address">Register, coil or number of the node; for a message its first bit, as DBC files number bits, and above it what else tells signals apart.</param>
public readonly record struct SignalKey(NetworkAddress Owner, short Unit, TargetSpace Space, uint Address);

/// <summary>How a signal behaves, as far as the traffic showed.</summary>
public enum SignalKind : byte
{
    /// <summary>It never changed.</summary>
    Constant,

    /// <summary>Few values that stay: switches, states, setpoints.</summary>
    State,

    /// <summary>It goes one way only, and round: energy, distances, running numbers.</summary>
    Counter,

    /// <summary>A number that moves.</summary>
    Number,
}

/// <summary>How bits become a number.</summary>
public enum SignalNumber : byte
{
    /// <summary>A whole number without sign.</summary>
    WholeNumber,

    /// <summary>A whole number in two's complement.</summary>
    TwosComplement,

    /// <summary>IEEE 754, 32 bits.</summary>
    Binary32,

    /// <summary>IEEE 754, 64 bits.</summary>
    Binary64,
}

/// <summary>Where in a payload a signal lies.</summary>
/// <param name="StartBit">
/// As DBC files number bits: the least significant one of a little-endian signal, the most significant one of a big-endian one.
/// </param>
/// <param name="Length">Number of bits, 1 to 64.</param>
/// <param name="IsBigEndian">True for Motorola's order of bytes.</param>
/// <param name="Number">How the bits are a number.</param>
public readonly record struct SignalPlace(int StartBit, int Length, bool IsBigEndian, SignalNumber Number)
{
    /// <summary>Bytes that have to be readable behind a payload.</summary>
    public const int Padding = 8;

    /// <summary>Where a declared signal lies.</summary>
    public static SignalPlace Of(DeclaredSignal signal) => new(
        signal.StartBit, signal.Length, signal.IsBigEndian,
        signal.IsFloat ? signal.Length == 32 ? SignalNumber.Binary32 : SignalNumber.Binary64
            : signal.IsSigned ? SignalNumber.TwosComplement : SignalNumber.WholeNumber);

    /// <summary>Bytes of payload it needs.</summary>
    public int Bytes => IsBigEndian ? (Wire + Length + 7) / 8 : (StartBit + Length + 7) / 8;

    // From DBC's number of the most significant bit to its place in the order on the wire.
    private int Wire => StartBit & ~7 | 7 - (StartBit & 7);

    /// <summary>The number, from a payload that is followed by <see cref="Padding"/> bytes. Allocates nothing.</summary>
    public double Read(ReadOnlySpan<byte> padded)
    {
        var raw = Raw(padded);
        return Number switch
        {
            SignalNumber.WholeNumber => raw,
            SignalNumber.TwosComplement => (long)(raw << 64 - Length) >> 64 - Length,
            SignalNumber.Binary32 => Unsafe.BitCast<uint, float>((uint)raw),
            SignalNumber.Binary64 => Unsafe.BitCast<ulong, double>(raw),
        };
    }

    private ulong Raw(ReadOnlySpan<byte> padded)
    {
        var at = IsBigEndian ? Wire : StartBit;
        var (first, shift) = (at >> 3, at & 7);
        if (shift + Length > 64) return Slow(padded, first, shift);
        if (IsBigEndian) return BinaryPrimitives.ReadUInt64BigEndian(padded[first..]) << shift >> 64 - Length;
        var bits = BinaryPrimitives.ReadUInt64LittleEndian(padded[first..]) >> shift;
        return Length == 64 ? bits : bits & (1ul << Length) - 1;
    }

    // Nine bytes: more than 57 bits that begin amid a byte.
    private ulong Slow(ReadOnlySpan<byte> padded, int first, int shift) => IsBigEndian
        ? (ulong)(((UInt128)BinaryPrimitives.ReadUInt64BigEndian(padded[first..]) << 8 | padded[first + 8]) >> 72 - shift - Length)
            & (Length == 64 ? ulong.MaxValue : (1ul << Length) - 1)
        : (ulong)(((UInt128)padded[first + 8] << 64 | BinaryPrimitives.ReadUInt64LittleEndian(padded[first..])) >> shift)
            & (Length == 64 ? ulong.MaxValue : (1ul << Length) - 1);
}

/// <summary>What a signal is, apart from how it behaves. Immutable.</summary>
public sealed record SignalDefinition
{
    /// <summary>Which one.</summary>
    public required SignalKey Key { get; init; }

    /// <summary>Index of the protocol's name among those of the model.</summary>
    public required string Protocol { get; init; }

    /// <summary>What it is called: a name that somebody declared, else its place.</summary>
    public required string Name { get; init; }

    /// <summary>Its unit, empty where nobody declared one.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Where in the payload of a message, or in the registers that begin with its own.</summary>
    public required SignalPlace Place { get; init; }

    /// <summary>
    /// Bytes of payload of the frames it is in, 0 for any: found in frames of one length, it means nothing in others.
    /// </summary>
    public int PayloadBytes { get; init; }

    /// <summary>Physical value = raw × factor + offset.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>See <see cref="Factor"/>.</summary>
    public double Offset { get; init; }

    /// <summary>True where a name map says what it is and how its registers are read.</summary>
    public bool IsNamed { get; init; }

    /// <summary>The signal that has to have the value <see cref="MultiplexerValue"/> for this one to be there; null for none.</summary>
    public SignalPlace? Multiplexer { get; init; }

    /// <summary>See <see cref="Multiplexer"/>.</summary>
    public double MultiplexerValue { get; init; }

    /// <summary>
    /// True for a single bit of a field that is a signal as a whole too: a bit may go with others where its field does not, and
    /// all else is judged of the field.
    /// </summary>
    public bool IsPart { get; init; }

    /// <summary>Declared least value, or null.</summary>
    public double? Low { get; init; }

    /// <summary>Declared greatest value, or null.</summary>
    public double? High { get; init; }

    /// <summary>The whole of it: <c>10.0.0.9 unit 1 input register 2</c>, <c>can0 1A0 bits 8-23</c>.</summary>
    public string Title
    {
        get
        {
            var owner = Key.Owner.ToString();
            var unit = Key.Unit >= 0 ? string.Create(CultureInfo.InvariantCulture, $" unit {Key.Unit}") : "";
            return $"{owner}{unit} {Name}";
        }
    }

    internal void Write(ModelWriter writer)
    {
        writer.Write(Key.Owner);
        writer.Write((int)Key.Unit);
        writer.Write((byte)Key.Space);
        writer.Write((long)Key.Address);
        writer.Write(Protocol);
        writer.Write(Name);
        writer.Write(Unit);
        Write(writer, Place);
        writer.Write(PayloadBytes);
        writer.Write(Factor);
        writer.Write(Offset);
        writer.Write(IsNamed);
        writer.Write(Multiplexer is not null);
        if (Multiplexer is { } multiplexer) Write(writer, multiplexer);
        writer.Write(MultiplexerValue);
        writer.Write(IsPart);
        Write(writer, Low);
        Write(writer, High);
    }

    internal static SignalDefinition Read(ModelReader reader)
    {
        var owner = reader.ReadAddress();
        var unit = (short)reader.ReadInteger();
        var space = reader.ReadEnum<TargetSpace>();
        var key = new SignalKey(owner, unit, space, (uint)reader.ReadLong());
        return new SignalDefinition
        {
            Key = key,
            Protocol = reader.ReadText(),
            Name = reader.ReadText(),
            Unit = reader.ReadText(),
            Place = ReadPlace(reader),
            PayloadBytes = reader.ReadCount(64),
            Factor = reader.ReadDouble(),
            Offset = reader.ReadDouble(),
            IsNamed = reader.ReadBoolean(),
            Multiplexer = reader.ReadBoolean() ? ReadPlace(reader) : null,
            MultiplexerValue = reader.ReadDouble(),
            IsPart = reader.ReadBoolean(),
            Low = ReadLimit(reader),
            High = ReadLimit(reader),
        };
    }

    private static void Write(ModelWriter writer, SignalPlace place)
    {
        writer.Write(place.StartBit);
        writer.Write(place.Length);
        writer.Write(place.IsBigEndian);
        writer.Write((byte)place.Number);
    }

    private static SignalPlace ReadPlace(ModelReader reader)
    {
        var place = new SignalPlace(
            reader.ReadCount(511), reader.ReadCount(64), reader.ReadBoolean(), reader.ReadEnum<SignalNumber>());
        return place.Length > 0 && place.Bytes <= 64
            ? place
            : throw new BaselineFormatException("A model of the baseline has a signal that lies beyond its frame.");
    }

    private static void Write(ModelWriter writer, double? limit)
    {
        writer.Write(limit is not null);
        if (limit is { } value) writer.Write(value);
    }

    private static double? ReadLimit(ModelReader reader) => reader.ReadBoolean() ? reader.ReadDouble() : null;
}
