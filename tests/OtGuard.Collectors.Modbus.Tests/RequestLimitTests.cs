namespace OtGuard.Collectors.Modbus.Tests;

/// <summary>Every limit of a request at one below, at it and at one above.</summary>
[TestClass]
public sealed class RequestLimitTests
{
    [TestMethod]
    [DataRow(1, 0, true)]
    [DataRow(1, 1, false)]
    [DataRow(1, 2, false)]
    [DataRow(1, 1999, false)]
    [DataRow(1, 2000, false)]
    [DataRow(1, 2001, true)]
    [DataRow(2, 0, true)]
    [DataRow(2, 1, false)]
    [DataRow(2, 1999, false)]
    [DataRow(2, 2000, false)]
    [DataRow(2, 2001, true)]
    [DataRow(3, 0, true)]
    [DataRow(3, 1, false)]
    [DataRow(3, 124, false)]
    [DataRow(3, 125, false)]
    [DataRow(3, 126, true)]
    [DataRow(4, 0, true)]
    [DataRow(4, 1, false)]
    [DataRow(4, 124, false)]
    [DataRow(4, 125, false)]
    [DataRow(4, 126, true)]
    public void Quantity_to_read(int function, int quantity, bool invalid) =>
        AssertFlag(
            ModbusAnomaly.QuantityInvalid,
            invalid,
            [(byte)function, 0, 0, (byte)(quantity >> 8), (byte)quantity]);

    [TestMethod]
    [DataRow(15, 0, true)]
    [DataRow(15, 1, false)]
    [DataRow(15, 1967, false)]
    [DataRow(15, 1968, false)]
    [DataRow(15, 1969, true)]
    [DataRow(16, 0, true)]
    [DataRow(16, 1, false)]
    [DataRow(16, 122, false)]
    [DataRow(16, 123, false)]
    [DataRow(16, 124, true)]
    public void Quantity_to_write(int function, int quantity, bool invalid)
    {
        var bytes = function == 15 ? (quantity + 7) / 8 : quantity * 2;
        byte[] pdu =
        [
            (byte)function, 0, 0, (byte)(quantity >> 8), (byte)quantity, (byte)bytes,
            .. new byte[Math.Min(bytes, ModbusLimits.PduMaximumBytes - 6)],
        ];

        AssertFlag(ModbusAnomaly.QuantityInvalid, invalid, pdu);
    }

    [TestMethod]
    [DataRow(0, 1, true)]
    [DataRow(1, 1, false)]
    [DataRow(124, 1, false)]
    [DataRow(125, 1, false)]
    [DataRow(126, 1, true)]
    [DataRow(1, 0, true)]
    [DataRow(1, 120, false)]
    [DataRow(1, 121, false)]
    [DataRow(1, 122, true)]
    public void Quantities_of_read_write_multiple_registers(int read, int write, bool invalid) =>
        AssertFlag(
            ModbusAnomaly.QuantityInvalid,
            invalid,
            [
                23, 0, 0, (byte)(read >> 8), (byte)read, 0, 0, (byte)(write >> 8), (byte)write, (byte)(write * 2),
                .. new byte[Math.Min(write * 2, ModbusLimits.PduMaximumBytes - 10)],
            ]);

    [TestMethod]
    [DataRow(1, 65534, 1, false)]
    [DataRow(1, 65535, 1, false)]
    [DataRow(1, 65535, 2, true)]
    [DataRow(2, 65534, 2, false)]
    [DataRow(2, 65535, 2, true)]
    [DataRow(3, 65411, 125, false)]
    [DataRow(3, 65412, 125, true)]
    [DataRow(4, 65534, 2, false)]
    [DataRow(4, 65535, 2, true)]
    public void Range_at_the_end_of_the_table(int function, int address, int quantity, bool overflows) =>
        AssertFlag(
            ModbusAnomaly.AddressOverflow,
            overflows,
            [(byte)function, (byte)(address >> 8), (byte)address, (byte)(quantity >> 8), (byte)quantity]);

    [TestMethod]
    [DataRow("0F FFFF 0001 01 01", false)]
    [DataRow("0F FFFF 0002 01 03", true)]
    [DataRow("10 FFFF 0001 02 0001", false)]
    [DataRow("10 FFFF 0002 04 0001 0002", true)]
    [DataRow("17 FFFF 0001 0000 0001 02 0001", false)]
    [DataRow("17 FFFF 0002 0000 0001 02 0001", true)]
    [DataRow("17 0000 0001 FFFF 0001 02 0001", false)]
    [DataRow("17 0000 0001 FFFF 0002 04 0001 0002", true)]
    public void Written_range_at_the_end_of_the_table(string pdu, bool overflows) =>
        AssertFlag(ModbusAnomaly.AddressOverflow, overflows, Exchange.Bytes(pdu));

    [TestMethod]
    [DataRow("05 0001 FF00", false)]
    [DataRow("05 0001 0000", false)]
    [DataRow("05 0001 FF01", true)]
    [DataRow("05 0001 FEFF", true)]
    [DataRow("05 0001 0001", true)]
    [DataRow("05 FFFF FFFF", true)]
    public void Coil_value(string pdu, bool invalid) =>
        AssertFlag(ModbusAnomaly.CoilValueInvalid, invalid, Exchange.Bytes(pdu));

    [TestMethod]
    [DataRow("0F 0000 0008 01 FF", false)]
    [DataRow("0F 0000 0009 01 FF", true)]
    [DataRow("0F 0000 0008 02 FF 00", true)]
    [DataRow("10 0000 0002 04 0001 0002", false)]
    [DataRow("10 0000 0001 04 0001 0002", true)]
    [DataRow("10 0000 0003 04 0001 0002", true)]
    [DataRow("17 0000 0001 0000 0001 02 0001", false)]
    [DataRow("17 0000 0001 0000 0002 02 0001", true)]
    [DataRow("14 08 06 0001 0000 0001 00", true)]
    [DataRow("15 0A 06 0001 0000 0001 0005 00", true)]
    public void Byte_count_against_quantity(string pdu, bool invalid) =>
        AssertFlag(ModbusAnomaly.ByteCountInvalid, invalid, Exchange.Bytes(pdu));

    [TestMethod]
    [DataRow("08 0001 0000", false)]
    [DataRow("08 0001 FF00", false)]
    [DataRow("08 0001 0001", true)]
    [DataRow("08 0002 0000", false)]
    [DataRow("08 0002 0001", true)]
    [DataRow("08 0003 0A00", false)]
    [DataRow("08 0003 0A01", true)]
    [DataRow("08 0000 1234 5678", false)]
    [DataRow("08 0000 1234 56", true)]
    public void Diagnostics_data(string pdu, bool invalid) =>
        AssertFlag(ModbusAnomaly.DiagnosticsDataInvalid, invalid, Exchange.Bytes(pdu));

    [TestMethod]
    [DataRow(4, false)]
    [DataRow(5, true)]
    [DataRow(9, true)]
    [DataRow(10, false)]
    [DataRow(18, false)]
    [DataRow(19, true)]
    [DataRow(20, false)]
    [DataRow(21, true)]
    [DataRow(65535, true)]
    public void Diagnostics_sub_function(int subFunction, bool reserved) =>
        AssertFlag(
            ModbusAnomaly.SubFunctionReserved, reserved, [8, (byte)(subFunction >> 8), (byte)subFunction, 0, 0]);

    [TestMethod]
    [DataRow("14 07 06 0001 0000 0001", false)]
    [DataRow("14 07 05 0001 0000 0001", true)]
    [DataRow("14 07 06 0000 0000 0001", true)]
    [DataRow("14 07 06 0001 270F 0001", false)]
    [DataRow("14 07 06 0001 2710 0001", true)]
    [DataRow("15 09 06 0001 0000 0001 0005", false)]
    [DataRow("15 09 07 0001 0000 0001 0005", true)]
    public void File_reference(string pdu, bool invalid) =>
        AssertFlag(ModbusAnomaly.FileReferenceInvalid, invalid, Exchange.Bytes(pdu));

    [TestMethod]
    [DataRow(0, true)]
    [DataRow(7, false)]
    [DataRow(14, false)]
    [DataRow(245, false)]
    [DataRow(246, true)]
    public void Byte_count_of_read_file_record(int bytes, bool invalid)
    {
        var groups = Enumerable.Repeat(Exchange.Bytes("06 0001 0000 0001"), bytes / 7).SelectMany(group => group);
        AssertFlag(
            ModbusAnomaly.QuantityInvalid, invalid, [20, (byte)bytes, .. groups, .. new byte[bytes % 7]]);
    }

    [TestMethod]
    [DataRow("2B 0E 00 00", true)]
    [DataRow("2B 0E 01 00", false)]
    [DataRow("2B 0E 04 00", false)]
    [DataRow("2B 0E 05 00", true)]
    public void Read_device_id_code(string pdu, bool invalid) =>
        AssertFlag(ModbusAnomaly.DeviceIdInvalid, invalid, Exchange.Bytes(pdu));

    [TestMethod]
    [DataRow("2B 0C 00", true)]
    [DataRow("2B 0D 00", false)]
    [DataRow("2B 0E 01 00", false)]
    [DataRow("2B 0F 00", true)]
    public void Mei_type(string pdu, bool reserved) =>
        AssertFlag(ModbusAnomaly.MeiTypeReserved, reserved, Exchange.Bytes(pdu));

    [TestMethod]
    [DataRow(0, (ulong)ModbusAnomaly.FunctionCodeZero)]
    [DataRow(9, (ulong)ModbusAnomaly.FunctionCodeReserved)]
    [DataRow(14, (ulong)ModbusAnomaly.FunctionCodeReserved)]
    [DataRow(18, (ulong)ModbusAnomaly.FunctionCodeUnassigned)]
    [DataRow(25, (ulong)ModbusAnomaly.FunctionCodeUnassigned)]
    [DataRow(64, (ulong)ModbusAnomaly.FunctionCodeUnassigned)]
    [DataRow(65, (ulong)ModbusAnomaly.FunctionCodeUserDefined)]
    [DataRow(72, (ulong)ModbusAnomaly.FunctionCodeUserDefined)]
    [DataRow(73, (ulong)ModbusAnomaly.FunctionCodeUnassigned)]
    [DataRow(90, (ulong)ModbusAnomaly.FunctionCodeVendor)]
    [DataRow(91, (ulong)ModbusAnomaly.FunctionCodeReserved)]
    [DataRow(100, (ulong)ModbusAnomaly.FunctionCodeUserDefined)]
    [DataRow(110, (ulong)ModbusAnomaly.FunctionCodeUserDefined)]
    [DataRow(111, (ulong)ModbusAnomaly.FunctionCodeUnassigned)]
    [DataRow(127, (ulong)ModbusAnomaly.FunctionCodeReserved)]
    [DataRow(128, (ulong)ModbusAnomaly.ExceptionInRequest)]
    [DataRow(131, (ulong)ModbusAnomaly.ExceptionInRequest)]
    [DataRow(255, (ulong)ModbusAnomaly.ExceptionInRequest)]
    public void Function_code_outside_the_standard(int function, ulong anomaly)
    {
        var seen = new Exchange().Send(Direction.ToServer, Exchange.Adu(1, 1, [(byte)function, 2])).Close().Single;

        Assert.AreEqual((ModbusAnomaly)anomaly, seen.Anomalies);
        Assert.AreEqual((short)function, seen.Observation.Code);
        Assert.AreEqual("02", seen.Member("data").GetString());
    }

    [TestMethod]
    [DataRow(0, false)]
    [DataRow(1, false)]
    [DataRow(247, false)]
    [DataRow(248, true)]
    [DataRow(254, true)]
    [DataRow(255, false)]
    public void Unit_identifier(int unit, bool reserved)
    {
        var seen = new Exchange()
            .Send(Direction.ToServer, Exchange.Adu(1, (byte)unit, Exchange.Bytes("03 0000 0001"))).Close().Single;

        Assert.AreEqual(reserved, seen.Anomalies.HasFlag(ModbusAnomaly.UnitReserved));
    }

    [TestMethod]
    [DataRow("01 0000 00")]
    [DataRow("05")]
    [DataRow("08 00")]
    [DataRow("08 0001")]
    [DataRow("0F 0000 0008 01")]
    [DataRow("10 0000 0001 02 00")]
    [DataRow("14")]
    [DataRow("14 07 06 0001")]
    [DataRow("15 09 06 0001 0000 0001")]
    [DataRow("16 0000 0000 00")]
    [DataRow("17 0000 0001 0000 0001 02 00")]
    [DataRow("18 00")]
    [DataRow("2B")]
    [DataRow("2B 0E 01")]
    public void Missing_fields_are_undecodable(string pdu)
    {
        var seen = new Exchange().Send(Direction.ToServer, Exchange.Adu(1, 1, Exchange.Bytes(pdu))).Close().Single;

        Assert.AreEqual(Outcome.Undecodable, seen.Outcome);
        Assert.IsTrue(seen.Anomalies.HasFlag(ModbusAnomaly.PduTooShort));
    }

    [TestMethod]
    [DataRow("01 0000 0001 00", 1)]
    [DataRow("05 0001 FF00 AB", 5)]
    [DataRow("07 00", 7)]
    [DataRow("10 0000 0001 02 0001 00", 16)]
    [DataRow("16 0001 FFFF 0000 00", 22)]
    [DataRow("18 0001 00", 24)]
    public void Trailing_bytes_are_flagged_and_the_rest_decoded(string pdu, int function)
    {
        var seen = new Exchange().Send(Direction.ToServer, Exchange.Adu(1, 1, Exchange.Bytes(pdu))).Close().Single;

        Assert.AreEqual(ModbusAnomaly.TrailingBytes, seen.Anomalies);
        Assert.AreEqual((short)function, seen.Observation.Code);
        Assert.AreEqual(Outcome.Unanswered, seen.Outcome);
    }

    private static void AssertFlag(ModbusAnomaly anomaly, bool expected, byte[] pdu)
    {
        var seen = new Exchange().Send(Direction.ToServer, Exchange.Adu(1, 1, pdu)).Close().Single;

        Assert.AreEqual(expected, seen.Anomalies.HasFlag(anomaly), $"flags: {seen.Anomalies}");
    }
}
