using OtGuard.Collectors.Capture.Files;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Vehicle.Output;

namespace OtGuard.Collectors.Capture.Tests.Files;

[TestClass]
public sealed class BusNumberTests
{
    [TestMethod]
    [DataRow("can0", 0)]
    [DataRow("can1", 1)]
    [DataRow("vcan12", 12)]
    [DataRow("1", 0)]
    [DataRow("2", 1)]
    [DataRow("0", 0)]
    [DataRow("PCAN_USBBUS2", 1)]
    [DataRow("can", -1)]
    [DataRow("", -1)]
    [DataRow("logger 20260112", -1)]
    public void Number_follows_from_the_name(string name, int number) => Assert.AreEqual(number, BusNumber.Of(name));

    [TestMethod]
    public void Bus_keeps_its_number_whichever_speaks_first()
    {
        foreach (var order in (int[][])[[0, 1, 2], [2, 0, 1], [1, 2, 0]])
        {
            using var stream = new MemoryStream();
            var writer = new SocketCanPcapWriter(stream, 3);
            foreach (var channel in order)
                writer.Write(new CanFrame(1_768_197_600_000_000_000, channel, (uint)(0x100 + channel), CanFrameTypes.None, [1], 1), null);

            using var source = CaptureFiles.Open(new MemoryStream(stream.ToArray()), "buses");
            var seen = 0;
            while (source.TryRead(out var frame))
            {
                Assert.AreEqual(frame.Data[3], frame.Bus);
                seen++;
            }

            Assert.AreEqual(3, seen);
        }
    }
}
