namespace OtGuard.Simulators.Vehicle.Bus;

/// <summary>The checksum of one byte that protects frames.</summary>
/// <remarks>SAE J1850: polynomial 0x1D, first value 0xFF, result inverted.</remarks>
internal static class Crc8
{
    private static readonly byte[] Table = [.. Enumerable.Range(0, 256).Select(Entry)];

    /// <summary>The checksum over <paramref name="bytes"/>; that of "123456789" is 0x4B.</summary>
    public static byte Of(ReadOnlySpan<byte> bytes) => (byte)~Continue(0xFF, bytes);

    /// <summary>The checksum over a byte and then over <paramref name="bytes"/>.</summary>
    public static byte Of(byte first, ReadOnlySpan<byte> bytes) => (byte)~Continue(Table[0xFF ^ first], bytes);

    private static byte Continue(byte crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes) crc = Table[crc ^ value];
        return crc;
    }

    private static byte Entry(int value)
    {
        for (var i = 0; i < 8; i++) value = (value & 0x80) != 0 ? value << 1 ^ 0x1D : value << 1;
        return (byte)value;
    }
}
