using System.Buffers.Binary;
using OtGuard.Collectors;

namespace OtGuard.Models;

// Register maps name types so, in every vendor's manual.
#pragma warning disable CA1720
/// <summary>How the value of a point lies in its registers.</summary>
public enum PointType : byte
{
    /// <summary>A coil or discrete input.</summary>
    Bit,

    /// <summary>Two's complement in one register.</summary>
    Int16,

    /// <summary>Unsigned in one register.</summary>
    UInt16,

    /// <summary>Two's complement in two registers.</summary>
    Int32,

    /// <summary>Unsigned in two registers.</summary>
    UInt32,

    /// <summary>IEEE 754 binary32 in two registers.</summary>
    Float32,

    /// <summary>Two's complement in four registers.</summary>
    Int64,

    /// <summary>Unsigned in four registers.</summary>
    UInt64,

    /// <summary>IEEE 754 binary64 in four registers.</summary>
    Float64,

    /// <summary>As the value itself says: a node of a server whose values carry their type.</summary>
    Variant,
}
#pragma warning restore CA1720

/// <summary>
/// In which order the bytes of a value come; named by where the most significant byte A goes in a value of two registers.
/// For four registers the same holds of words and of the bytes in each.
/// </summary>
public enum WordOrder : byte
{
    /// <summary>ABCD: the most significant word first, each with its high byte first. The order of the Modbus specification.</summary>
    BigEndian,

    /// <summary>CDAB: the least significant word first, each with its high byte first.</summary>
    WordSwapped,

    /// <summary>BADC: the most significant word first, each with its low byte first.</summary>
    ByteSwapped,

    /// <summary>DCBA: the least significant word first, each with its low byte first.</summary>
    LittleEndian,
}

/// <summary>What somebody says of a point of a server: its name, how it is to be read, and in which unit.</summary>
/// <param name="Server">The server.</param>
/// <param name="Unit">The unit, -1 for none.</param>
/// <param name="Space">The table the point lies in.</param>
/// <param name="Address">Its address there, from 0, as on the wire; of a node its number.</param>
/// <param name="Name">Its name, not empty.</param>
/// <param name="Type">How its value lies in the registers.</param>
/// <param name="WordOrder">In which order the bytes come.</param>
/// <param name="Scale">What the raw number is multiplied with; finite, not 0.</param>
/// <param name="Offset">What is added then, in the engineering unit; finite.</param>
/// <param name="EngineeringUnit">The unit of the result; may be empty.</param>
/// <param name="Low">The lowest value there should be, in the engineering unit, or null.</param>
/// <param name="High">The highest value there should be, or null; not below <paramref name="Low"/>.</param>
public sealed record NamedPoint(
    NetworkAddress Server, short Unit, TargetSpace Space, uint Address, string Name, PointType Type, WordOrder WordOrder,
    double Scale, double Offset, string EngineeringUnit, double? Low, double? High)
{
    /// <summary>Addresses it takes: 1, 2 or 4.</summary>
    public int Length => Type switch
    {
        PointType.Bit or PointType.Int16 or PointType.UInt16 or PointType.Variant => 1,
        PointType.Int32 or PointType.UInt32 or PointType.Float32 => 2,
        PointType.Int64 or PointType.UInt64 or PointType.Float64 => 4,
    };

    /// <summary>The value in the engineering unit of a raw number, as a bit or a node has it.</summary>
    public double Scaled(double raw) => raw * Scale + Offset;

    /// <summary>
    /// The value in the engineering unit that registers hold; may be NaN or infinite, where the registers of a
    /// floating-point number say so. Allocates nothing.
    /// </summary>
    /// <param name="registers">
    /// The registers from <see cref="Address"/> on, as on the wire, two bytes each: at least 2 × <see cref="Length"/> bytes.
    /// </param>
    /// <exception cref="ArgumentException">There are fewer bytes, or the point does not lie in registers.</exception>
    public double Read(ReadOnlySpan<byte> registers)
    {
        var length = Length * 2;
        if (registers.Length < length) throw new ArgumentException("There are fewer registers than the point takes.", nameof(registers));
        Span<byte> value = stackalloc byte[8];
        value = value[..length];
        var reversesWords = WordOrder is WordOrder.WordSwapped or WordOrder.LittleEndian;
        var swapsBytes = WordOrder is WordOrder.ByteSwapped or WordOrder.LittleEndian ? 1 : 0;
        for (var at = 0; at < length; at += 2)
        {
            var from = reversesWords ? length - 2 - at : at;
            value[at] = registers[from + swapsBytes];
            value[at + 1] = registers[from + 1 - swapsBytes];
        }

        return Scaled(Type switch
        {
            PointType.Int16 => BinaryPrimitives.ReadInt16BigEndian(value),
            PointType.UInt16 => BinaryPrimitives.ReadUInt16BigEndian(value),
            PointType.Int32 => BinaryPrimitives.ReadInt32BigEndian(value),
            PointType.UInt32 => BinaryPrimitives.ReadUInt32BigEndian(value),
            PointType.Float32 => BinaryPrimitives.ReadSingleBigEndian(value),
            PointType.Int64 => BinaryPrimitives.ReadInt64BigEndian(value),
            PointType.UInt64 => BinaryPrimitives.ReadUInt64BigEndian(value),
            PointType.Float64 => BinaryPrimitives.ReadDoubleBigEndian(value),
            PointType.Bit or PointType.Variant => throw new ArgumentException("The point does not lie in registers."),
        });
    }
}

/// <summary>
/// The names of points that somebody gave: a table of a site, by server, unit, table and address. Immutable, thread-safe.
/// </summary>
/// <remarks><see cref="NameMapReader"/> reads it from a file.</remarks>
public sealed class NameMap
{
    /// <summary>Points a map holds at most: as many as a family of facts.</summary>
    public const int MaximumPoints = 100_000;

    private readonly Dictionary<(NetworkAddress Server, short Unit, TargetSpace Space, uint Address), NamedPoint> _byAddress = [];

    /// <summary>Creates a map.</summary>
    /// <exception cref="ArgumentException">Two points share an address.</exception>
    public NameMap(IEnumerable<NamedPoint> points)
    {
        Points =
        [
            .. points.OrderBy(point => point.Server).ThenBy(point => point.Unit).ThenBy(point => point.Space)
                .ThenBy(point => point.Address),
        ];
        foreach (var point in Points)
        {
            for (var at = 0u; at < point.Length; at++)
            {
                if (!_byAddress.TryAdd((point.Server, point.Unit, point.Space, point.Address + at), point))
                    throw new ArgumentException($"'{point.Name}' lies where another point does.", nameof(points));
            }
        }
    }

    /// <summary>A map without any name.</summary>
    public static NameMap Empty { get; } = new([]);

    /// <summary>The points, by server, unit, table and address.</summary>
    public IReadOnlyList<NamedPoint> Points { get; }

    /// <summary>The point that begins at an address, or null.</summary>
    public NamedPoint? Find(NetworkAddress server, short unit, TargetSpace space, uint address) =>
        Covering(server, unit, space, address) is { } point && point.Address == address ? point : null;

    /// <summary>The point that an address belongs to, its first register or a later one, or null.</summary>
    public NamedPoint? Covering(NetworkAddress server, short unit, TargetSpace space, uint address) =>
        _byAddress.GetValueOrDefault((server, unit, space, address));
}
