using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Tests;

/// <summary>The worked examples of MODBUS Application Protocol Specification V1.1b3 §6, byte for byte.</summary>
[TestClass]
public sealed class ModbusPduTests
{
    public static IEnumerable<(string Section, byte[] Encoded, string Expected)> Examples()
    {
        yield return ("6.1 request", ModbusPdu.ReadCoilsRequest(0x13, 0x13), "01 0013 0013");
        yield return ("6.1 response", ModbusPdu.ReadCoilsResponse(Bits("1011 0011 1101 0110 101")), "01 03 CD 6B 05");
        yield return ("6.2 request", ModbusPdu.ReadDiscreteInputsRequest(0xC4, 0x16), "02 00C4 0016");
        yield return ("6.2 response", ModbusPdu.ReadDiscreteInputsResponse(Bits("0011 0101 1101 1011 1010 11")),
            "02 03 AC DB 35");
        yield return ("6.3 request", ModbusPdu.ReadHoldingRegistersRequest(0x6B, 3), "03 006B 0003");
        yield return ("6.3 response", ModbusPdu.ReadHoldingRegistersResponse(0x022B, 0, 0x64), "03 06 022B 0000 0064");
        yield return ("6.4 request", ModbusPdu.ReadInputRegistersRequest(8, 1), "04 0008 0001");
        yield return ("6.4 response", ModbusPdu.ReadInputRegistersResponse(0x0A), "04 02 000A");
        yield return ("6.5", ModbusPdu.WriteSingleCoil(0xAC, true), "05 00AC FF00");
        yield return ("6.6", ModbusPdu.WriteSingleRegister(1, 3), "06 0001 0003");
        yield return ("6.7 request", ModbusPdu.ReadExceptionStatusRequest(), "07");
        yield return ("6.7 response", ModbusPdu.ReadExceptionStatusResponse(0x6D), "07 6D");
        yield return ("6.8", ModbusPdu.Diagnostics(0, 0xA537), "08 0000 A537");
        yield return ("6.9 request", ModbusPdu.GetCommEventCounterRequest(), "0B");
        yield return ("6.9 response", ModbusPdu.GetCommEventCounterResponse(0xFFFF, 0x0108), "0B FFFF 0108");
        yield return ("6.10 request", ModbusPdu.GetCommEventLogRequest(), "0C");
        yield return ("6.10 response", ModbusPdu.GetCommEventLogResponse(0, 0x0108, 0x0121, 0x20, 0x00),
            "0C 08 0000 0108 0121 20 00");
        yield return ("6.11 request", ModbusPdu.WriteMultipleCoilsRequest(0x13, Bits("1011 0011 10")),
            "0F 0013 000A 02 CD 01");
        yield return ("6.11 response", ModbusPdu.WriteMultipleCoilsResponse(0x13, 10), "0F 0013 000A");
        yield return ("6.12 request", ModbusPdu.WriteMultipleRegistersRequest(1, 0x000A, 0x0102),
            "10 0001 0002 04 000A 0102");
        yield return ("6.12 response", ModbusPdu.WriteMultipleRegistersResponse(1, 2), "10 0001 0002");
        yield return ("6.14 request", ModbusPdu.ReadFileRecordRequest(
            new FileRecord(4, 1, new ushort[2]), new FileRecord(3, 9, new ushort[2])),
            "14 0E 06 0004 0001 0002 06 0003 0009 0002");
        yield return ("6.14 response", ModbusPdu.ReadFileRecordResponse(
            new FileRecord(4, 1, new ushort[] { 0x0DFE, 0x0020 }),
            new FileRecord(3, 9, new ushort[] { 0x33CD, 0x0040 })),
            "14 0C 05 06 0DFE 0020 05 06 33CD 0040");
        yield return ("6.15", ModbusPdu.WriteFileRecord(new FileRecord(4, 7, new ushort[] { 0x06AF, 0x04BE, 0x100D })),
            "15 0D 06 0004 0007 0003 06AF 04BE 100D");
        yield return ("6.16", ModbusPdu.MaskWriteRegister(4, 0xF2, 0x25), "16 0004 00F2 0025");
        yield return ("6.17 request", ModbusPdu.ReadWriteMultipleRegistersRequest(3, 6, 0x0E, 0xFF, 0xFF, 0xFF),
            "17 0003 0006 000E 0003 06 00FF 00FF 00FF");
        yield return ("6.17 response",
            ModbusPdu.ReadWriteMultipleRegistersResponse(0x00FE, 0x0ACD, 0x0001, 0x0003, 0x000D, 0x00FF),
            "17 0C 00FE 0ACD 0001 0003 000D 00FF");
        yield return ("6.18 request", ModbusPdu.ReadFifoQueueRequest(0x04DE), "18 04DE");
        yield return ("6.18 response", ModbusPdu.ReadFifoQueueResponse(0x01B8, 0x1284), "18 0006 0002 01B8 1284");
        yield return ("6.21 request", ModbusPdu.ReadDeviceIdentificationRequest(), "2B 0E 01 00");
        yield return ("6.21 response", ModbusPdu.ReadDeviceIdentificationResponse(
            1, 1, [(0, "Company identification"), (1, "Product code XX"), (2, "V2.11")]),
            "2B 0E 01 01 00 00 03 00 16" + Convert.ToHexString("Company identification"u8)
            + "01 0F" + Convert.ToHexString("Product code XX"u8) + "02 05" + Convert.ToHexString("V2.11"u8));
        yield return ("7 exception", ModbusPdu.Exception(1, 2), "81 02");
    }

    [TestMethod]
    [DynamicData(nameof(Examples))]
    public void Worked_example_of_the_standard_is_encoded_as_printed(string section, byte[] encoded, string expected)
    {
        Assert.AreEqual(expected.Replace(" ", ""), Convert.ToHexString(encoded), section);
    }

    [TestMethod]
    public void Rtu_frame_ends_in_its_crc_low_byte_first()
    {
        // The commonest example in device manuals: unit 1, ten holding registers from 0.
        var adu = ModbusAdu.Rtu(1, ModbusPdu.ReadHoldingRegistersRequest(0, 10));

        Assert.AreEqual("01030000000AC5CD", Convert.ToHexString(adu));
    }

    [TestMethod]
    public void Mbap_header_counts_unit_and_pdu()
    {
        var adu = ModbusAdu.Mbap(0x1501, 0xFF, ModbusPdu.ReadHoldingRegistersRequest(4, 1));

        Assert.AreEqual("150100000006FF0300040001", Convert.ToHexString(adu));
    }

    private static bool[] Bits(string digits) => [.. digits.Replace(" ", "").Select(digit => digit == '1')];
}
