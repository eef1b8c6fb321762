using System.Globalization;

namespace OtGuard.Simulators.Wire;

/// <summary>A 48-bit link address.</summary>
/// <param name="Value">The address as a number, the first octet on the wire being the most significant.</param>
public readonly record struct MacAddress(ulong Value)
{
    /// <summary>ff:ff:ff:ff:ff:ff.</summary>
    public static readonly MacAddress Broadcast = new(0xFFFF_FFFF_FFFF);

    /// <summary>Bytes of an address on the wire.</summary>
    public const int Length = 6;

    /// <summary>Reads <c>02:00:0a:14:00:0b</c>.</summary>
    /// <exception cref="FormatException">The text is not six pairs of hexadecimal digits.</exception>
    public static MacAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split(':', '-');
        if (parts.Length != Length) throw new FormatException($"'{text}' is not a link address.");
        var value = 0UL;
        foreach (var part in parts)
            value = value << 8 | byte.Parse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return new MacAddress(value);
    }

    /// <summary>Writes the six octets.</summary>
    public void WriteTo(Span<byte> destination)
    {
        for (var i = 0; i < Length; i++) destination[i] = (byte)(Value >> 8 * (Length - 1 - i));
    }

    /// <summary>Six pairs of hexadecimal digits with colons.</summary>
    public override string ToString()
    {
        var value = Value;
        return string.Join(':', Enumerable.Range(0, Length).Select(i =>
            ((byte)(value >> 8 * (Length - 1 - i))).ToString("x2", CultureInfo.InvariantCulture)));
    }
}
