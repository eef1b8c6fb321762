using System.Globalization;

namespace OtGuard.Models.Fields;

/// <summary>How a checksum follows from the other bytes of a frame.</summary>
public enum ChecksumAlgorithm : byte
{
    /// <summary>Exclusive or of the bytes.</summary>
    Xor,

    /// <summary>Sum of the bytes.</summary>
    Sum,

    /// <summary>Minus the sum of the bytes.</summary>
    NegatedSum,

    /// <summary>Exclusive or of the four-bit halves of the bytes.</summary>
    NibbleXor,

    /// <summary>Sum of the four-bit halves of the bytes.</summary>
    NibbleSum,

    /// <summary>Minus the sum of the four-bit halves.</summary>
    NegatedNibbleSum,

    /// <summary>Cyclic redundancy check of 8 bits, the most significant bit first.</summary>
    Crc8,

    /// <summary>Cyclic redundancy check of 8 bits, the least significant bit first.</summary>
    Crc8Reflected,

    /// <summary>
    /// Cyclic redundancy check of 16 bits, the most significant bit first, stored with the low byte first.
    /// </summary>
    Crc16LittleEndian,

    /// <summary>The same, stored with the high byte first.</summary>
    Crc16BigEndian,
}

/// <summary>A checksum that was verified: algorithm, place, and the constants that the traffic gave away.</summary>
/// <remarks>
/// Everything but the algorithm is solved. Start value, final exclusive or, the identifier, the length and a Data ID of
/// AUTOSAR E2E (profiles 1, 2 and 5, AUTOSAR E2E Protocol Specification R22-11 §6.3, §6.4, §6.7) that enter the
/// computation without being in the payload change the result of frames of one length by a constant only, because all
/// of these algorithms are affine: the constant is read from one frame and held against the others. What is appended to
/// the payload (the Data ID of profiles 2 and 5) also takes the remainder further by its length, so that counts too.
/// Where the Data ID depends on the counter (profile 1 with alternating bytes, profile 2 with its list of sixteen),
/// there is a constant for each counter value. Immutable; nothing is allocated by checking.
/// </remarks>
public sealed class ChecksumRule : IEquatable<ChecksumRule>
{
    private readonly ushort[] _constants;
    private readonly ushort[]? _table;

    /// <summary>Creates a rule.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="startBit">
    /// The least significant bit of the checksum, by DBC number; of 16 bits bit 0 of its first byte.
    /// </param>
    /// <param name="polynomial">
    /// The generator polynomial without its highest term, as usually written; 0 for sums.
    /// </param>
    /// <param name="constants">One constant, or one for each value of the counter.</param>
    /// <param name="counterBit">The least significant bit of that counter, -1 where there is one constant.</param>
    /// <param name="appendedBytes">Bytes that a cyclic redundancy check takes in after the payload, 0 to 2.</param>
    public ChecksumRule(
        ChecksumAlgorithm algorithm,
        int startBit,
        int polynomial,
        ReadOnlySpan<ushort> constants,
        int counterBit = -1,
        int appendedBytes = 0)
    {
        Algorithm = algorithm;
        StartBit = startBit;
        Polynomial = polynomial;
        CounterBit = counterBit;
        AppendedBytes = appendedBytes;
        _constants = constants.ToArray();
        _table = CrcTables.For(algorithm, polynomial);
    }

    /// <summary>The algorithm.</summary>
    public ChecksumAlgorithm Algorithm { get; }

    /// <summary>The least significant bit of the checksum, by DBC number; of 16 bits bit 0 of its first byte.</summary>
    public int StartBit { get; }

    /// <summary>The generator polynomial without its highest term; 0 for sums.</summary>
    public int Polynomial { get; }

    /// <summary>
    /// The least significant bit of the counter that selects the constant, -1 where there is one constant.
    /// </summary>
    public int CounterBit { get; }

    /// <summary>Bytes that a cyclic redundancy check takes in after the payload: a Data ID.</summary>
    public int AppendedBytes { get; }

    /// <summary>What start value, identifier, length and Data ID come to: one, or one for each counter value.</summary>
    public ReadOnlySpan<ushort> Constants => _constants;

    /// <summary>Bits of the checksum: 4, 8 or 16.</summary>
    public int Length => Algorithm switch
    {
        ChecksumAlgorithm.NibbleXor or ChecksumAlgorithm.NibbleSum or ChecksumAlgorithm.NegatedNibbleSum => 4,
        ChecksumAlgorithm.Crc16LittleEndian or ChecksumAlgorithm.Crc16BigEndian => 16,
        ChecksumAlgorithm.Xor or ChecksumAlgorithm.Sum or ChecksumAlgorithm.NegatedSum or ChecksumAlgorithm.Crc8
            or ChecksumAlgorithm.Crc8Reflected => 8,
    };

    /// <summary>In words: <c>CRC-8 polynomial 1D</c>.</summary>
    public string Text => Algorithm switch
    {
        ChecksumAlgorithm.Xor => "XOR of bytes",
        ChecksumAlgorithm.Sum => "sum of bytes",
        ChecksumAlgorithm.NegatedSum => "negated sum of bytes",
        ChecksumAlgorithm.NibbleXor => "XOR of nibbles",
        ChecksumAlgorithm.NibbleSum => "sum of nibbles",
        ChecksumAlgorithm.NegatedNibbleSum => "negated sum of nibbles",
        ChecksumAlgorithm.Crc8 => $"CRC-8 polynomial {Hexadecimal(Polynomial)}",
        ChecksumAlgorithm.Crc8Reflected => $"CRC-8 polynomial {Hexadecimal(Polynomial)} reflected",
        ChecksumAlgorithm.Crc16LittleEndian or ChecksumAlgorithm.Crc16BigEndian =>
            $"CRC-16 polynomial {Hexadecimal(Polynomial)}",
    } + (CounterBit >= 0 ? ", Data ID by counter" : AppendedBytes > 0 ? ", Data ID appended" : "");

    /// <summary>
    /// Computes the checksum of a frame and compares it. The payload has to have the length the rule was learned for.
    /// </summary>
    public bool Verify(ReadOnlySpan<byte> payload, out int expected, out int actual)
    {
        var residue = Residue(Algorithm, StartBit, _table, AppendedBytes, payload);
        var constant = _constants[CounterBit < 0 ? 0 : Counter(payload)];
        actual = Stored(payload);
        expected = residue == constant ? actual : Algorithm switch
        {
            ChecksumAlgorithm.Sum or ChecksumAlgorithm.NegatedSum => (actual - residue + constant) & 0xFF,
            ChecksumAlgorithm.NibbleSum or ChecksumAlgorithm.NegatedNibbleSum => (actual - residue + constant) & 0xF,
            ChecksumAlgorithm.Xor or ChecksumAlgorithm.NibbleXor or ChecksumAlgorithm.Crc8 or ChecksumAlgorithm.Crc8Reflected
                or ChecksumAlgorithm.Crc16LittleEndian or ChecksumAlgorithm.Crc16BigEndian => actual ^ residue ^ constant,
        };
        return residue == constant;
    }

    /// <inheritdoc/>
    public bool Equals(ChecksumRule? other) =>
        other is not null && Algorithm == other.Algorithm && StartBit == other.StartBit && Polynomial == other.Polynomial
        && CounterBit == other.CounterBit && AppendedBytes == other.AppendedBytes
        && Constants.SequenceEqual(other.Constants);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ChecksumRule);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Algorithm, StartBit, Polynomial, CounterBit, _constants[0]);

    /// <summary>
    /// The constant that would make this frame right: stored checksum less the algorithm's result with start value 0.
    /// </summary>
    internal static int Residue(
        ChecksumAlgorithm algorithm, int startBit, ushort[]? table, int appended, ReadOnlySpan<byte> payload)
    {
        var place = startBit >> 3;
        int stored = payload[place];
        switch (algorithm)
        {
            case ChecksumAlgorithm.Xor:
                foreach (var value in payload) stored ^= value;
                return stored ^ payload[place];
            case ChecksumAlgorithm.Sum:
            case ChecksumAlgorithm.NegatedSum:
                var sum = -stored;
                foreach (var value in payload) sum += value;
                return (algorithm == ChecksumAlgorithm.Sum ? stored - sum : stored + sum) & 0xFF;
            case ChecksumAlgorithm.NibbleXor:
            case ChecksumAlgorithm.NibbleSum:
            case ChecksumAlgorithm.NegatedNibbleSum:
                return NibbleResidue(algorithm, stored >> (startBit & 4) & 0xF, payload);
            case ChecksumAlgorithm.Crc8:
            case ChecksumAlgorithm.Crc8Reflected:
                var crc = 0;
                for (var at = 0; at < payload.Length; at++)
                    if (at != place) crc = table![crc ^ payload[at]];
                for (var at = 0; at < appended; at++) crc = table![crc];
                return crc ^ stored;
            case ChecksumAlgorithm.Crc16LittleEndian:
            case ChecksumAlgorithm.Crc16BigEndian:
                var crc16 = 0;
                for (var at = 0; at < payload.Length; at++)
                    if (at != place && at != place + 1)
                        crc16 = (crc16 << 8 & 0xFFFF) ^ table![crc16 >> 8 ^ payload[at]];
                for (var at = 0; at < appended; at++) crc16 = (crc16 << 8 & 0xFFFF) ^ table![crc16 >> 8];
                return crc16 ^ (algorithm == ChecksumAlgorithm.Crc16LittleEndian
                    ? stored | payload[place + 1] << 8
                    : stored << 8 | payload[place + 1]);
            default:
                return -1;
        }
    }

    internal int Counter(ReadOnlySpan<byte> payload) =>
        payload[CounterBit >> 3] >> (CounterBit & 7) & (_constants.Length - 1);

    private static int NibbleResidue(ChecksumAlgorithm algorithm, int stored, ReadOnlySpan<byte> payload)
    {
        var sum = 0;
        var parity = 0;
        foreach (var value in payload)
        {
            sum += (value >> 4) + (value & 0xF);
            parity ^= value >> 4 ^ value & 0xF;
        }

        // All nibbles were taken, the checksum's own among them.
        return algorithm switch
        {
            ChecksumAlgorithm.NibbleXor => parity,
            ChecksumAlgorithm.NibbleSum => stored - (sum - stored),
            _ => sum,
        } & 0xF;
    }

    private int Stored(ReadOnlySpan<byte> payload)
    {
        var place = StartBit >> 3;
        return Length switch
        {
            4 => payload[place] >> (StartBit & 4) & 0xF,
            8 => payload[place],
            _ => Algorithm == ChecksumAlgorithm.Crc16LittleEndian
                ? payload[place] | payload[place + 1] << 8
                : payload[place] << 8 | payload[place + 1],
        };
    }

    private static string Hexadecimal(int value) => value.ToString("X2", CultureInfo.InvariantCulture);
}

/// <summary>Tables of 256 entries for cyclic redundancy checks.</summary>
internal static class CrcTables
{
    private static readonly ushort[]?[] Forward = new ushort[256][];
    private static readonly ushort[]?[] Reflected = new ushort[256][];

    /// <summary>CCITT's polynomial, the one of AUTOSAR E2E profile 5.</summary>
    public const int Ccitt = 0x1021;

    private static readonly ushort[] CcittTable = Make(Ccitt, 16);

    /// <summary>The table for an algorithm, or null where it needs none. Made once each.</summary>
    public static ushort[]? For(ChecksumAlgorithm algorithm, int polynomial) => algorithm switch
    {
        ChecksumAlgorithm.Crc8 => Forward[polynomial & 0xFF] ??= Make(polynomial & 0xFF, 8),
        ChecksumAlgorithm.Crc8Reflected => Reflected[polynomial & 0xFF] ??= MakeReflected(polynomial & 0xFF),
        ChecksumAlgorithm.Crc16LittleEndian or ChecksumAlgorithm.Crc16BigEndian =>
            polynomial == Ccitt ? CcittTable : Make(polynomial & 0xFFFF, 16),
        ChecksumAlgorithm.Xor or ChecksumAlgorithm.Sum or ChecksumAlgorithm.NegatedSum or ChecksumAlgorithm.NibbleXor
            or ChecksumAlgorithm.NibbleSum or ChecksumAlgorithm.NegatedNibbleSum => null,
    };

    private static ushort[] Make(int polynomial, int width)
    {
        var table = new ushort[256];
        var top = 1 << (width - 1);
        var mask = (1 << width) - 1;
        for (var value = 0; value < 256; value++)
        {
            var crc = value << (width - 8);
            for (var bit = 0; bit < 8; bit++) crc = (crc & top) != 0 ? crc << 1 ^ polynomial : crc << 1;
            table[value] = (ushort)(crc & mask);
        }

        return table;
    }

    private static ushort[] MakeReflected(int polynomial)
    {
        var reversed = 0;
        for (var bit = 0; bit < 8; bit++) reversed |= (polynomial >> bit & 1) << (7 - bit);
        var table = new ushort[256];
        for (var value = 0; value < 256; value++)
        {
            var crc = value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ reversed : crc >> 1;
            table[value] = (ushort)crc;
        }

        return table;
    }
}
