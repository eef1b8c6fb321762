using System.Globalization;
using System.Text;

namespace OtGuard.Collectors.Dissection;

/// <summary>
/// Goes over the bytes of a message from field to field and names each. Where the bytes end before a field, what is
/// there of it is named as cut off and everything after reads as missing.
/// </summary>
public ref struct FieldCursor
{
    /// <summary>Bytes shown of a field that is only bytes.</summary>
    private const int BytesShown = 32;

    private readonly ReadOnlySpan<byte> _data;
    private readonly FieldWriter _output;
    private readonly int _base;

    /// <summary>Creates a cursor.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="output">Takes the fields.</param>
    /// <param name="layer">The layer of the fields.</param>
    /// <param name="offset">Where <paramref name="data"/> begins in the message that <paramref name="output"/> is
    /// for.</param>
    public FieldCursor(ReadOnlySpan<byte> data, FieldWriter output, string layer, int offset = 0)
    {
        _data = data;
        _output = output;
        _base = offset;
        Layer = layer;
    }

    /// <summary>The layer of the fields named from now on.</summary>
    public string Layer { get; set; }

    /// <summary>Bytes named so far.</summary>
    public int Position { get; private set; }

    /// <summary>Bytes left.</summary>
    public readonly int Remaining => _data.Length - Position;

    /// <summary>Whether a field was cut off.</summary>
    public bool IsCutOff { get; private set; }

    /// <summary>The bytes left.</summary>
    public readonly ReadOnlySpan<byte> Rest => _data[Position..];

    /// <summary>Where the next byte lies in the message.</summary>
    public readonly int Offset => _base + Position;

    /// <summary>What takes the fields.</summary>
    public readonly FieldWriter Output => _output;

    /// <summary>Bytes as hexadecimal, a long field shortened.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes) => bytes.Length <= BytesShown
        ? Convert.ToHexStringLower(bytes)
        : $"{Convert.ToHexStringLower(bytes[..BytesShown])}… ({bytes.Length.ToString(CultureInfo.InvariantCulture)} bytes)";

    /// <summary>Bytes as text where they are printable ASCII, else as hexadecimal.</summary>
    public static string TextOrHex(ReadOnlySpan<byte> bytes)
    {
        var text = bytes.TrimEnd((byte)0);
        return !text.IsEmpty && text.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7E) < 0
            ? Encoding.ASCII.GetString(text.Length > 200 ? text[..200] : text)
            : Hex(bytes);
    }

    /// <summary>Names the next bytes.</summary>
    /// <returns>False where they are not all there.</returns>
    public bool Take(int length, string name, string? value = null, FieldFault fault = FieldFault.None)
    {
        if (!Has(length, name)) return false;
        _output.Add(Layer, name, value ?? Hex(_data.Slice(Position, length)), Offset, length, fault);
        Position += length;
        return true;
    }

    /// <summary>Names a number of 1 to 8 bytes.</summary>
    /// <param name="length">Its bytes.</param>
    /// <param name="name">The field's name.</param>
    /// <param name="number">The number; 0 where it is not there.</param>
    /// <param name="words">Its value in words; null for the number itself.</param>
    /// <param name="littleEndian">Whether its least significant byte comes first.</param>
    /// <param name="isValid">Whether the standard allows the value; null where it allows all.</param>
    public bool Number(
        int length, string name, out ulong number, Func<ulong, string>? words = null, bool littleEndian = false,
        Func<ulong, bool>? isValid = null)
    {
        number = 0;
        if (!Has(length, name)) return false;
        number = Value(_data.Slice(Position, length), littleEndian);
        _output.Add(
            Layer, name, words?.Invoke(number) ?? number.ToString(CultureInfo.InvariantCulture), Offset, length,
            isValid is null || isValid(number) ? FieldFault.None : FieldFault.Malformed);
        Position += length;
        return true;
    }

    /// <summary>Names fields of some bits each of a number in network order, and goes on behind it.</summary>
    /// <param name="length">The number's bytes.</param>
    /// <param name="number">The number.</param>
    /// <param name="fields">Name, bits and words of each; the words get the bits shifted down to the lowest.</param>
    public bool Bits(int length, out ulong number,
        params ReadOnlySpan<(string Name, ulong Mask, Func<ulong, string>? Words)> fields)
    {
        number = 0;
        if (!Has(length, fields.IsEmpty ? "" : fields[0].Name)) return false;
        number = Value(_data.Slice(Position, length), littleEndian: false);
        foreach (var (name, mask, words) in fields)
        {
            var value = (number & mask) >> System.Numerics.BitOperations.TrailingZeroCount(mask);
            _output.AddBits(Layer, name, words?.Invoke(value) ?? value.ToString(CultureInfo.InvariantCulture), Offset,
                length, mask);
        }

        Position += length;
        return true;
    }

    /// <summary>Names what is left, if anything is.</summary>
    public void TakeRest(string name, string? value = null, FieldFault fault = FieldFault.None)
    {
        if (Remaining > 0) Take(Remaining, name, value, fault);
    }

    /// <summary>Goes over bytes that somebody else names.</summary>
    public void Skip(int length) => Position += Math.Clamp(length, 0, Remaining);

    /// <summary>Says that a field is missing or broken from here on; what is left is part of it.</summary>
    public void Break(string name, string value, FieldFault fault)
    {
        IsCutOff = true;
        _output.Add(Layer, name, value, Offset, Remaining, fault);
        Position = _data.Length;
    }

    private static ulong Value(ReadOnlySpan<byte> bytes, bool littleEndian)
    {
        ulong value = 0;
        if (littleEndian)
            for (var at = bytes.Length - 1; at >= 0; at--) value = value << 8 | bytes[at];
        else
            foreach (var one in bytes) value = value << 8 | one;
        return value;
    }

    private bool Has(int length, string name)
    {
        if (IsCutOff) return false;
        if (length >= 0 && length <= Remaining) return true;
        Break(name, Remaining > 0 ? Hex(Rest) : "", FieldFault.CutOff);
        return false;
    }
}
