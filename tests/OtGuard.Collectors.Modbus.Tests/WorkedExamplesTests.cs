using System.Globalization;

namespace OtGuard.Collectors.Modbus.Tests;

/// <summary>The worked examples of Modbus Application Protocol V1.1b3 §6.</summary>
[TestClass]
public sealed class WorkedExamplesTests
{
    [TestMethod]
    [DataRow("01 00 13 00 13", "01 03 CD 6B 05", "ReadCoils", 19, 19,
        "[]", "[1,0,1,1,0,0,1,1,1,1,0,1,0,1,1,0,1,0,1]", DisplayName = "§6.1 Read Coils")]
    [DataRow("02 00 C4 00 16", "02 03 AC DB 35", "ReadDiscreteInputs", 196, 22,
        "[]", "[0,0,1,1,0,1,0,1,1,1,0,1,1,0,1,1,1,0,1,0,1,1]", DisplayName = "§6.2 Read Discrete Inputs")]
    [DataRow("03 00 6B 00 03", "03 06 02 2B 00 00 00 64", "ReadHoldingRegisters", 107, 3,
        "[]", "[555,0,100]", DisplayName = "§6.3 Read Holding Registers")]
    [DataRow("04 00 08 00 01", "04 02 00 0A", "ReadInputRegisters", 8, 1,
        "[]", "[10]", DisplayName = "§6.4 Read Input Registers")]
    [DataRow("05 00 AC FF 00", "05 00 AC FF 00", "WriteSingleCoil", 172, 1,
        "[1]", "[1]", DisplayName = "§6.5 Write Single Coil")]
    [DataRow("06 00 01 00 03", "06 00 01 00 03", "WriteSingleRegister", 1, 1,
        "[3]", "[3]", DisplayName = "§6.6 Write Single Register")]
    [DataRow("07", "07 6D", "ReadExceptionStatus", null, null, "[]", "[]", DisplayName = "§6.7 Read Exception Status")]
    [DataRow("08 00 00 A5 37", "08 00 00 A5 37", "Diagnostics", null, null, "[]", "[]", DisplayName = "§6.8 Diagnostics")]
    [DataRow("0B", "0B FF FF 01 08", "GetCommEventCounter", null, null,
        "[]", "[]", DisplayName = "§6.9 Get Comm Event Counter")]
    [DataRow("0C", "0C 08 00 00 01 08 01 21 20 00", "GetCommEventLog", null, null,
        "[]", "[]", DisplayName = "§6.10 Get Comm Event Log")]
    [DataRow("0F 00 13 00 0A 02 CD 01", "0F 00 13 00 0A", "WriteMultipleCoils", 19, 10,
        "[1,0,1,1,0,0,1,1,1,0]", "[]", DisplayName = "§6.11 Write Multiple Coils")]
    [DataRow("10 00 01 00 02 04 00 0A 01 02", "10 00 01 00 02", "WriteMultipleRegisters", 1, 2,
        "[10,258]", "[]", DisplayName = "§6.12 Write Multiple Registers")]
    [DataRow("11", "11 03 01 FF 41", "ReportServerId", null, null, "[]", "[]", DisplayName = "§6.13 Report Server ID")]
    [DataRow("14 0E 06 00 04 00 01 00 02 06 00 03 00 09 00 02", "14 0C 05 06 0D FE 00 20 05 06 33 CD 00 40",
        "ReadFileRecord", null, 2, "[]", "[3582,32]", DisplayName = "§6.14 Read File Record")]
    [DataRow("15 0D 06 00 04 00 07 00 03 06 AF 04 BE 10 0D", "15 0D 06 00 04 00 07 00 03 06 AF 04 BE 10 0D",
        "WriteFileRecord", null, 1, "[1711,1214,4109]", "[]", DisplayName = "§6.15 Write File Record")]
    [DataRow("16 00 04 00 F2 00 25", "16 00 04 00 F2 00 25", "MaskWriteRegister", 4, null,
        "[]", "[]", DisplayName = "§6.16 Mask Write Register")]
    [DataRow("17 00 03 00 06 00 0E 00 03 06 00 FF 00 FF 00 FF", "17 0C 00 FE 0A CD 00 01 00 03 00 0D 00 FF",
        "ReadWriteMultipleRegisters", null, null, "[255,255,255]", "[254,2765,1,3,13,255]",
        DisplayName = "§6.17 Read/Write Multiple Registers")]
    [DataRow("18 04 DE", "18 00 06 00 02 01 B8 12 84", "ReadFifoQueue", 1246, 2,
        "[]", "[440,4740]", DisplayName = "§6.18 Read FIFO Queue")]
    [DataRow("2B 0E 01 00",
        "2B 0E 01 01 00 00 03 00 16 43 6F 6D 70 61 6E 79 20 69 64 65 6E 74 69 66 69 63 61 74 69 6F 6E "
        + "01 0D 50 72 6F 64 75 63 74 20 63 6F 64 65 20 02 05 56 32 2E 31 31",
        "ReadDeviceIdentification", null, null, "[]", "[]", DisplayName = "§6.21 Read Device Identification")]
    public void Example_is_decoded_and_raises_nothing(
        string request,
        string response,
        string name,
        int? address,
        int? quantity,
        string requestValues,
        string responseValues)
    {
        var exchange = new Exchange().Pdus(request, response);

        var seen = exchange.Single;
        Assert.AreEqual(Outcome.Succeeded, seen.Outcome);
        Assert.AreEqual(ModbusAnomaly.None, seen.Anomalies);
        Assert.AreEqual(name, exchange.Protocol.OperationName(seen.Observation.Code, seen.Observation.SubCode));
        Assert.AreEqual(address?.ToString(CultureInfo.InvariantCulture) ?? "null", seen.Member("address").GetRawText());
        Assert.AreEqual(quantity?.ToString(CultureInfo.InvariantCulture) ?? "null", seen.Member("quantity").GetRawText());
        Assert.AreEqual(requestValues, seen.Member("requestValues").GetRawText());
        Assert.AreEqual(responseValues, seen.Member("responseValues").GetRawText());
    }

    [TestMethod]
    public void Exception_response_is_a_rejection_with_its_code()
    {
        // §7: Read Coils at 1185, which does not exist.
        var seen = new Exchange().Pdus("01 04 A1 00 01", "81 02").Single;

        Assert.AreEqual(Outcome.Rejected, seen.Outcome);
        Assert.AreEqual(2, seen.Observation.Reason);
        Assert.AreEqual((short)1, seen.Observation.Code);
        Assert.AreEqual(new Target(TargetSpace.Coils, 1185, 1), seen.Target);
        Assert.AreEqual(ModbusAnomaly.None, seen.Anomalies);
    }
}
