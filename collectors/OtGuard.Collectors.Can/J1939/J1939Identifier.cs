namespace OtGuard.Collectors.Can.J1939;

/// <summary>A 29-bit identifier as J1939 divides it.</summary>
/// <remarks>
/// SAE J1939-21 §5.2.
/// <code>
///   28..26 priority   25 EDP   24 DP   23..16 PDU format   15..8 PDU specific   7..0 source address
/// </code>
/// </remarks>
/// <param name="Priority">0 (highest) to 7.</param>
/// <param name="ParameterGroup">The PGN, 18 bits; the destination is not part of it.</param>
/// <param name="Source">Source address.</param>
/// <param name="Destination">Destination address; 255, everybody, where the parameter group has none.</param>
public readonly record struct J1939Identifier(byte Priority, int ParameterGroup, byte Source, byte Destination)
{
    /// <summary>The address of everybody.</summary>
    public const byte Global = 255;

    /// <summary>The address of a node that has none.</summary>
    public const byte Null = 254;

    /// <summary>Divides an identifier; its upper three bits are ignored.</summary>
    public static J1939Identifier Of(uint identifier)
    {
        var group = (int)(identifier >> 8 & 0x3FFFF);
        var specific = (byte)(identifier >> 8);
        var destination = Global;
        if ((group & 0xFF00) < 0xF000)
        {
            group &= 0x3FF00;
            destination = specific;
        }

        return new J1939Identifier((byte)(identifier >> 26 & 7), group, (byte)identifier, destination);
    }

    /// <summary>True where the parameter group is sent to one node (PDU1).</summary>
    public bool IsAddressed => (ParameterGroup & 0xFF00) < 0xF000;
}
