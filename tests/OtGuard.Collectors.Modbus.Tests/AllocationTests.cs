using System.Diagnostics;

namespace OtGuard.Collectors.Modbus.Tests;

[TestClass]
[DoNotParallelize]
public sealed class AllocationTests
{
    private sealed class Counter : IObservationConsumer
    {
        public long Count { get; private set; }

        public void Consume(ObservationBatch batch) => Count += batch.Items.Length;
    }

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("03 00 6B 00 0A", "03 14 00 01 00 02 00 03 00 04 00 05 00 06 00 07 00 08 00 09 00 0A")]
    [DataRow("10 00 01 00 0C 18 0001 0002 0003 0004 0005 0006 0007 0008 0009 000A 000B 000C", "10 00 01 00 0C")]
    [DataRow("01 00 13 00 13", "81 02")]
    public void Exchanges_allocate_nothing_after_the_first(string request, string response)
    {
        var counter = new Counter();
        var batch = new ObservationBatch(counter);
        var connection = new Exchange().Connection;
        var decoder = new ModbusProtocol(new ModbusOptions()).CreateDecoder(1, Transport.Tcp, 0);
        var asked = Exchange.Adu(7, 1, Exchange.Bytes(request));
        var answered = Exchange.Adu(7, 1, Exchange.Bytes(response));
        Run(decoder, connection, asked, answered, batch, 100_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        const int exchanges = 400_000;
        Run(decoder, connection, asked, answered, batch, exchanges);
        var elapsed = Stopwatch.GetElapsedTime(started);

        Assert.AreEqual(0L, GC.GetAllocatedBytesForCurrentThread() - before);
        batch.Flush();
        Assert.AreEqual(exchanges + 100_000L, counter.Count);
        TestContext.WriteLine(
            $"{elapsed.TotalNanoseconds / (2 * exchanges):F1} ns a PDU, request and response of {request}");
    }

    private static void Run(
        IConnectionDecoder decoder,
        Connection connection,
        byte[] request,
        byte[] response,
        ObservationBatch batch,
        int exchanges)
    {
        for (var index = 0; index < exchanges; index++)
        {
            decoder.Decode(connection, Direction.ToServer, request, new Sighting(new CaptureTime(index), index), batch);
            decoder.Decode(connection, Direction.ToClient, response, new Sighting(new CaptureTime(index), index), batch);
        }
    }
}
