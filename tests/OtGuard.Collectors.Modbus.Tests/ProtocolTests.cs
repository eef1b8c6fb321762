using System.Numerics;

namespace OtGuard.Collectors.Modbus.Tests;

[TestClass]
public sealed class ProtocolTests
{
    private static readonly ModbusProtocol Protocol = new(new ModbusOptions());

    [TestMethod]
    public void Every_anomaly_is_described_at_its_bit()
    {
        var anomalies = Enum.GetValues<ModbusAnomaly>().Where(anomaly => anomaly != ModbusAnomaly.None).ToArray();

        Assert.AreSequenceEqual(
            anomalies.Select(anomaly => BitOperations.TrailingZeroCount((ulong)anomaly)).ToArray(),
            Protocol.Anomalies.Select(anomaly => anomaly.Bit).ToArray());
        foreach (var anomaly in anomalies)
        {
            var name = Protocol.Anomalies[BitOperations.TrailingZeroCount((ulong)anomaly)].Name;
            Assert.AreEqual(anomaly.ToString(), name.Replace("-", ""), ignoreCase: true);
        }
    }

    [TestMethod]
    public void Readme_lists_the_anomalies_as_they_are()
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "README.md"));
        var start = Array.FindIndex(lines, line => line.StartsWith("| name | row |", StringComparison.Ordinal)) + 2;
        var listed = lines[start..].TakeWhile(line => line.StartsWith('|')).ToArray();

        Assert.AreSequenceEqual(
            Protocol.Anomalies
                .Select(anomaly => $"| `{anomaly.Name}` | {anomaly.CatalogueRow ?? "–"} | {anomaly.Text} | {anomaly.Reference} |")
                .ToArray(),
            listed);
    }

    [TestMethod]
    [DataRow(3, -1, "ReadHoldingRegisters", "read holding registers (function code 3)")]
    [DataRow(8, 4, "Diagnostics", "force listen only mode (function code 8/4)")]
    [DataRow(8, 77, "Diagnostics", "diagnostics (function code 8/77)")]
    [DataRow(43, 13, "CanopenGeneralReference", "CANopen general reference (function code 43/13)")]
    [DataRow(43, 14, "ReadDeviceIdentification", "read device identification (function code 43/14)")]
    [DataRow(43, 99, "EncapsulatedInterfaceTransport", "encapsulated interface transport (function code 43/99)")]
    [DataRow(90, -1, "VendorFunction90", "vendor function (UMAS) (function code 90)")]
    [DataRow(0, -1, "Function0", "function code 0")]
    [DataRow(127, -1, "Function127", "function code 127")]
    [DataRow(-1, -1, "Undecodable", "bytes that are no message")]
    public void Operations_have_names(int code, int subCode, string name, string text)
    {
        Assert.AreEqual(name, Protocol.OperationName((short)code, subCode));
        Assert.AreEqual(text, Protocol.OperationText((short)code, subCode));
    }

    [TestMethod]
    [DataRow(TargetSpace.None, 0u, 0, "")]
    [DataRow(TargetSpace.Coils, 7u, 1, "coil 7")]
    [DataRow(TargetSpace.HoldingRegisters, 0u, 10, "holding registers 0–9")]
    [DataRow(TargetSpace.InputRegisters, 65535u, 0, "input registers from 65535")]
    [DataRow(TargetSpace.FileRecords, 0x00040001u, 2, "file 4, records 1–2")]
    [DataRow(TargetSpace.FifoQueue, 1246u, 0, "FIFO queue 1246")]
    [DataRow(TargetSpace.DeviceObjects, 0u, 0, "device objects from 0")]
    public void Targets_have_words(TargetSpace space, uint start, int count, string text) =>
        Assert.AreEqual(text, Protocol.TargetText(new Target(space, start, count)));

    [TestMethod]
    [DataRow(-1, "")]
    [DataRow(2, "exception 2, illegal data address")]
    [DataRow(11, "exception 11, gateway target device failed to respond")]
    [DataRow(99, "exception 99")]
    public void Reasons_have_words(int reason, string text) => Assert.AreEqual(text, Protocol.ReasonText(reason));

    [TestMethod]
    public void Options_out_of_range_are_refused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => new ModbusProtocol(new ModbusOptions { ResponseTimeout = TimeSpan.Zero }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => new ModbusProtocol(new ModbusOptions { MaximumOutstandingRequests = 0 }));
    }
}
