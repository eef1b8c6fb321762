using System.Buffers.Binary;

namespace OtGuard.Simulators.Wire;

/// <summary>Wraps PDUs into application data units.</summary>
/// <remarks>
/// MODBUS Messaging on TCP/IP Implementation Guide V1.0b §3.1.3 (MBAP header); MODBUS over Serial Line V1.02 §2.5.1
/// (RTU framing) and §6.2.2 (CRC).
/// </remarks>
public static class ModbusAdu
{
    /// <summary>MBAP header and PDU.</summary>
    /// <param name="transaction">Transaction identifier.</param>
    /// <param name="unit">Unit identifier.</param>
    /// <param name="pdu">Function code and data.</param>
    /// <param name="protocol">Protocol identifier; anything but 0 is not Modbus.</param>
    /// <param name="length">The length field where it is to lie; by default it counts unit identifier and PDU.</param>
    public static byte[] Mbap(
        ushort transaction, byte unit, ReadOnlySpan<byte> pdu, ushort protocol = 0, ushort? length = null)
    {
        var adu = new byte[7 + pdu.Length];
        BinaryPrimitives.WriteUInt16BigEndian(adu, transaction);
        BinaryPrimitives.WriteUInt16BigEndian(adu.AsSpan(2), protocol);
        BinaryPrimitives.WriteUInt16BigEndian(adu.AsSpan(4), length ?? (ushort)(pdu.Length + 1));
        adu[6] = unit;
        pdu.CopyTo(adu.AsSpan(7));
        return adu;
    }

    /// <summary>Unit identifier, PDU and CRC, low byte first.</summary>
    public static byte[] Rtu(byte unit, ReadOnlySpan<byte> pdu, bool wrongCrc = false)
    {
        var adu = new byte[1 + pdu.Length + 2];
        adu[0] = unit;
        pdu.CopyTo(adu.AsSpan(1));
        var crc = Crc(adu.AsSpan(0, adu.Length - 2));
        BinaryPrimitives.WriteUInt16LittleEndian(adu.AsSpan(adu.Length - 2), (ushort)(wrongCrc ? crc ^ 0x0101 : crc));
        return adu;
    }

    /// <summary>CRC-16 of serial Modbus: polynomial 0xA001 reflected, preset 0xFFFF.</summary>
    public static ushort Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFF;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xA001 : crc >> 1;
        }

        return (ushort)crc;
    }
}
