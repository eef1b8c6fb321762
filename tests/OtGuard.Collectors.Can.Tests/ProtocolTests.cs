using System.Globalization;
using OtGuard.Collectors.Can.DoIp;
using OtGuard.Collectors.Can.J1939;
using OtGuard.Collectors.Can.Uds;

namespace OtGuard.Collectors.Can.Tests;

[TestClass]
public sealed class ProtocolTests
{
    [TestMethod]
    public void Every_anomaly_is_described_at_its_bit()
    {
        Check<CanAnomaly>(new CanProtocol());
        Check<UdsAnomaly>(new UdsProtocol());
        Check<J1939Anomaly>(new J1939Protocol());
        Check<DoIpAnomaly>(new DoIpProtocol(new CanOptions()));
    }

    [TestMethod]
    [DataRow("22F190", "Identify", 0xF190)]
    [DataRow("220100", "Read", 0x0100)]
    [DataRow("2EF15A00", "Write", 0xF15A)]
    [DataRow("2F010203", "Write", 0x0102)]
    [DataRow("3101FF00", "Write", 1)]
    [DataRow("3103FF00", "Read", 3)]
    [DataRow("1101", "Control", 1)]
    [DataRow("288101", "Control", 1)]
    [DataRow("3E80", "Diagnose", 0)]
    [DataRow("3601AA", "WriteRecords", 1)]
    [DataRow("3601", "ReadRecords", 1)]
    [DataRow("380400", "ReadRecords", 4)]
    [DataRow("1AB0", "Vendor", -1)]
    public void Services_have_their_operation_and_sub_code(string request, string operation, int subCode)
    {
        var facts = UdsMessage.Read(Convert.FromHexString(request));

        Assert.AreEqual(Enum.Parse<Operation>(operation), facts.Operation);
        Assert.AreEqual(subCode, facts.SubCode);
    }

    [TestMethod]
    public void Memory_is_addressed_by_its_format_byte() =>
        Assert.AreEqual(
            new Target(TargetSpace.Memory, 0x20001000, 0x100), UdsMessage.Read(Bus.Bytes("23 24 20001000 0100")).Target);

    private static ulong Number<T>(T value)
        where T : struct, Enum => Convert.ToUInt64(value, CultureInfo.InvariantCulture);

    private static void Check<T>(IProtocol protocol)
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>().Where(value => Number(value) != 0).ToArray();
        Assert.HasCount(values.Length, protocol.Anomalies);
        for (var index = 0; index < values.Length; index++)
        {
            var described = protocol.Anomalies[index];
            Assert.AreEqual(Number(values[index]), 1UL << described.Bit);
            Assert.AreEqual(values[index].ToString(), described.Name.Replace("-", ""), ignoreCase: true);
        }
    }
}
