namespace OtGuard.Collectors.Modbus;

/// <summary>The check sum of an RTU frame: polynomial 0xA001 (reflected 0x8005), start 0xFFFF, low byte first.</summary>
/// <remarks>Modbus over Serial Line V1.02 §2.5.1.2 and Appendix B.</remarks>
internal static class Crc16
{
    /// <summary>The value before the first byte.</summary>
    public const ushort Start = 0xFFFF;

    /// <summary>The value over a whole frame, check sum included, where the check sum is right.</summary>
    public const ushort Residue = 0;

    private const ushort Polynomial = 0xA001;

    private static readonly ushort[] Table = MakeTable();

    /// <summary>The value after one more byte.</summary>
    public static ushort Append(ushort crc, byte value) => (ushort)(crc >> 8 ^ Table[(byte)(crc ^ value)]);

    /// <summary>The check sum of <paramref name="bytes"/>; <see cref="Residue"/> where they end with their own.</summary>
    public static ushort Of(ReadOnlySpan<byte> bytes)
    {
        var crc = Start;
        foreach (var value in bytes) crc = Append(crc, value);
        return crc;
    }

    private static ushort[] MakeTable()
    {
        var table = new ushort[256];
        for (var index = 0; index < table.Length; index++)
        {
            var crc = index;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ Polynomial : crc >> 1;
            table[index] = (ushort)crc;
        }

        return table;
    }
}
