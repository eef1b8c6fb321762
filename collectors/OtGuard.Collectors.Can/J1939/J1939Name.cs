using System.Buffers.Binary;

namespace OtGuard.Collectors.Can.J1939;

/// <summary>The NAME with which a node claims its address.</summary>
/// <remarks>
/// SAE J1939-81 §4.1.1; sent least significant byte first.
/// <code>
///   63 arbitrary address capable   62..60 industry group   59..56 vehicle system instance   55..49 vehicle system
///   48 reserved   47..40 function   39..35 function instance   34..32 ECU instance   31..21 manufacturer   20..0 identity
/// </code>
/// </remarks>
/// <param name="Value">The 64 bits.</param>
public readonly record struct J1939Name(ulong Value)
{
    /// <summary>Number of the unit within its manufacturer, 21 bits.</summary>
    public int Identity => (int)(Value & 0x1F_FFFF);

    /// <summary>Manufacturer code, 11 bits.</summary>
    public int Manufacturer => (int)(Value >> 21 & 0x7FF);

    /// <summary>ECU instance, 3 bits.</summary>
    public int EcuInstance => (int)(Value >> 32 & 7);

    /// <summary>Function instance, 5 bits.</summary>
    public int FunctionInstance => (int)(Value >> 35 & 31);

    /// <summary>Function, 8 bits.</summary>
    public int Function => (int)(Value >> 40 & 255);

    /// <summary>Vehicle system, 7 bits.</summary>
    public int VehicleSystem => (int)(Value >> 49 & 127);

    /// <summary>Vehicle system instance, 4 bits.</summary>
    public int VehicleSystemInstance => (int)(Value >> 56 & 15);

    /// <summary>Industry group, 3 bits.</summary>
    public int IndustryGroup => (int)(Value >> 60 & 7);

    /// <summary>Whether the node may take another address.</summary>
    public bool IsArbitraryAddressCapable => (Value >> 63) != 0;

    /// <summary>Reads eight bytes.</summary>
    public static J1939Name Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
}

/// <summary>A diagnostic trouble code of DM1 and its like.</summary>
/// <remarks>SAE J1939-73 §5.7.1, conversion method version 4 where <see cref="ConversionMethod"/> is 0.</remarks>
/// <param name="Spn">Suspect parameter number, 19 bits.</param>
/// <param name="Fmi">Failure mode identifier, 5 bits.</param>
/// <param name="OccurrenceCount">How often, 127 where it is not known.</param>
/// <param name="ConversionMethod">1 for the older layouts of the SPN.</param>
public readonly record struct J1939Dtc(int Spn, int Fmi, int OccurrenceCount, int ConversionMethod)
{
    /// <summary>Reads four bytes.</summary>
    public static J1939Dtc Read(ReadOnlySpan<byte> bytes) => new(
        bytes[0] | bytes[1] << 8 | (bytes[2] & 0xE0) << 11,
        bytes[2] & 31,
        bytes[3] & 127,
        bytes[3] >> 7);
}
