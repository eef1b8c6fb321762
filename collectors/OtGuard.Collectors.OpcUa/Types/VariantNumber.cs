namespace OtGuard.Collectors.OpcUa.Types;

/// <summary>The number that a Variant holds.</summary>
internal static class VariantNumber
{
    /// <summary>Reads a Variant that is one Boolean or one number (Part 6 v1.05 §5.2.2.16); false for anything else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> variant, out double number)
    {
        number = 0;
        var reader = new UaReader(variant);
        // The upper two bits say that it is an array or a matrix, which is no type below.
        double? read = reader.Byte() switch
        {
            BuiltIn.Boolean => reader.Boolean() ? 1 : 0,
            BuiltIn.SByte => (sbyte)reader.Byte(),
            BuiltIn.Byte => reader.Byte(),
            BuiltIn.Int16 => (short)reader.UInt16(),
            BuiltIn.UInt16 => reader.UInt16(),
            BuiltIn.Int32 => reader.Int32(),
            BuiltIn.UInt32 => reader.UInt32(),
            BuiltIn.Int64 => reader.Int64(),
            BuiltIn.UInt64 => reader.UInt64(),
            BuiltIn.Float => reader.Single(),
            BuiltIn.Double => reader.Double(),
            _ => null,
        };
        if (read is null || reader.Failed) return false;
        number = read.Value;
        return true;
    }
}
