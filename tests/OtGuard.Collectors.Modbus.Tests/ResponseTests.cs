namespace OtGuard.Collectors.Modbus.Tests;

[TestClass]
public sealed class ResponseTests
{
    [TestMethod]
    [DataRow("05 0001 FF00", "05 0001 0000", DisplayName = "value of a coil")]
    [DataRow("05 0001 FF00", "05 0002 FF00", DisplayName = "address of a coil")]
    [DataRow("06 0001 0003", "06 0001 0004", DisplayName = "value of a register")]
    [DataRow("0F 0000 0008 01 FF", "0F 0000 0007", DisplayName = "quantity of coils")]
    [DataRow("10 0000 0001 02 0001", "10 0001 0001", DisplayName = "address of registers")]
    [DataRow("16 0001 FFFF 0000", "16 0001 FFFF 0001", DisplayName = "mask")]
    [DataRow("08 0000 1234", "08 0000 1235", DisplayName = "query data")]
    [DataRow("08 000B 0000", "08 000C 0000", DisplayName = "sub-function")]
    [DataRow("15 09 06 0001 0000 0001 0005", "15 09 06 0001 0000 0001 0006", DisplayName = "file record")]
    [DataRow("2B 0E 01 00", "2B 0E 02 01 00 00 00", DisplayName = "read device ID code")]
    public void Answer_that_repeats_something_else_is_an_echo_mismatch(string request, string response)
    {
        var seen = new Exchange().Pdus(request, response).Single;

        Assert.AreEqual(ModbusAnomaly.EchoMismatch, seen.Anomalies);
    }

    [TestMethod]
    [DataRow("01 0000 0009", "01 01 00", DisplayName = "coils")]
    [DataRow("03 0000 0002", "03 02 0001", DisplayName = "registers, less")]
    [DataRow("04 0000 0001", "04 04 0001 0002", DisplayName = "registers, more")]
    [DataRow("17 0000 0002 0000 0001 02 0001", "17 02 0001", DisplayName = "read and write")]
    [DataRow("14 07 06 0001 0000 0001", "14 08 03 06 0001 03 06 0002", DisplayName = "file records")]
    public void Answer_with_another_number_of_values_is_a_length_mismatch(string request, string response)
    {
        var seen = new Exchange().Pdus(request, response).Single;

        Assert.AreEqual(ModbusAnomaly.ResponseLengthMismatch, seen.Anomalies);
    }

    [TestMethod]
    public void Answer_of_another_unit_is_flagged()
    {
        var seen = new Exchange()
            .Send(Direction.ToServer, Exchange.Adu(1, 1, Exchange.Bytes("03 0000 0001")))
            .Send(Direction.ToClient, Exchange.Adu(1, 2, Exchange.Bytes("03 02 0001")))
            .Single;

        Assert.AreEqual(ModbusAnomaly.ResponseUnitMismatch, seen.Anomalies);
        Assert.AreEqual((short)1, seen.Observation.Unit);
    }

    [TestMethod]
    public void Answer_with_another_function_is_flagged()
    {
        var seen = new Exchange().Pdus("03 0000 0001", "04 02 0001").Single;

        Assert.AreEqual(ModbusAnomaly.ResponseFunctionMismatch, seen.Anomalies);
        Assert.AreEqual((short)3, seen.Observation.Code);
    }

    [TestMethod]
    [DataRow(0, true)]
    [DataRow(1, false)]
    [DataRow(6, false)]
    [DataRow(7, true)]
    [DataRow(8, false)]
    [DataRow(9, true)]
    [DataRow(10, false)]
    [DataRow(11, false)]
    [DataRow(12, true)]
    [DataRow(255, true)]
    public void Exception_code(int code, bool invalid)
    {
        var seen = new Exchange().Pdus("03 0000 0001", $"83 {code:X2}").Single;

        Assert.AreEqual(invalid, seen.Anomalies.HasFlag(ModbusAnomaly.ExceptionCodeInvalid));
        Assert.AreEqual(code, seen.Observation.Reason);
        Assert.AreEqual(Outcome.Rejected, seen.Outcome);
    }

    [TestMethod]
    [DataRow(30, false)]
    [DataRow(31, false)]
    [DataRow(32, true)]
    public void Registers_of_a_fifo_queue(int count, bool invalid)
    {
        var seen = new Exchange()
            .Pdus("18 0001", $"18 {2 + count * 2:X4} {count:X4}" + string.Concat(Enumerable.Repeat("0007", count)))
            .Single;

        Assert.AreEqual(invalid, seen.Anomalies.HasFlag(ModbusAnomaly.FifoCountInvalid));
        Assert.HasCount(count, seen.ResponseValues);
        Assert.AreEqual(count, seen.Member("fifo").GetArrayLength());
    }

    [TestMethod]
    public void Odd_byte_count_of_registers_is_flagged()
    {
        var seen = new Exchange().Pdus("03 0000 0001", "03 03 0001 02").Single;

        Assert.AreEqual(ModbusAnomaly.ByteCountInvalid | ModbusAnomaly.ResponseLengthMismatch, seen.Anomalies);
        Assert.AreSequenceEqual([1], seen.ResponseValues);
    }

    [TestMethod]
    [DataRow("03 0000 0001", "03")]
    [DataRow("03 0000 0002", "03 04 0001")]
    [DataRow("05 0001 FF00", "05 0001")]
    [DataRow("07", "07")]
    [DataRow("18 0001", "18 0004 0001")]
    [DataRow("2B 0E 01 00", "2B 0E 01 01 00 00 01 00 05 41")]
    public void Answer_that_ends_early_is_undecodable(string request, string response)
    {
        var seen = new Exchange().Pdus(request, response).Single;

        Assert.AreEqual(Outcome.Undecodable, seen.Outcome);
        Assert.IsTrue(seen.Anomalies.HasFlag(ModbusAnomaly.PduTooShort));
    }

    [TestMethod]
    public void Refused_request_keeps_what_it_asked_for()
    {
        var seen = new Exchange().Pdus("10 0064 0002 04 0001 0002", "90 02").Single;

        Assert.AreEqual(Outcome.Rejected, seen.Outcome);
        Assert.AreEqual(Operation.Write, seen.Observation.Operation);
        Assert.AreEqual(new Target(TargetSpace.HoldingRegisters, 100, 2), seen.Target);
        Assert.AreSequenceEqual([1, 2], seen.RequestValues);
        Assert.IsEmpty(seen.ResponseValues);
    }

    [TestMethod]
    [DataRow("14 04 03 06 00 2A", true, DisplayName = "one register: length, reference type, value")]
    [DataRow("14 02 01 06", false, DisplayName = "no register")]
    public void Read_file_record_response_has_one_register_at_least(string response, bool isRight)
    {
        var exchange = new Exchange().Pdus("14 07 06 0004 0001 0001", response);

        Assert.AreEqual(isRight, exchange.Single.Anomalies == ModbusAnomaly.None);
    }
}
