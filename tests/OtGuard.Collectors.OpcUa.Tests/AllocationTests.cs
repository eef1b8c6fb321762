using System.Diagnostics;

using OtGuard.TestKit;

namespace OtGuard.Collectors.OpcUa.Tests;

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

    private static IEnumerable<object[]> Exchanges =>
    [
        ["Read", Ua.ReadRequest("ns=2;s=Tap", "ns=2;s=Flow", "i=2258"), Ua.ReadResponse(1, 2, 3), 3],
        ["Write", Ua.WriteRequest("ns=2;s=Tap", 1), Ua.WriteResponse(), 1],
        ["Publish", Ua.PublishRequest(), Ua.PublishResponse(3, (77, 1), (77, 2), (78, 3)), 3],
        ["Fault", Ua.ReadRequest("ns=2;s=Tap"), Ua.Fault(0x80100000), 1],
    ];

    [TestMethod]
    [DynamicData(nameof(Exchanges))]
    public void Exchanges_allocate_nothing_after_the_first(string name, byte[] request, byte[] response, int observations)
    {
        var counter = new Counter();
        var batch = new ObservationBatch(counter);
        var connection = new Exchange().Connection;
        var decoder = new OpcUaProtocol(new OpcUaOptions()).CreateDecoder(1, Collectors.Transport.Tcp, 0);
        decoder.Decode(connection, Direction.ToServer, Ua.Message(Ua.CreateMonitoredItemsRequest(3, 77, "ns=2;s=Tap")), default, batch);
        decoder.Decode(connection, Direction.ToClient, Ua.Message(Ua.CreateMonitoredItemsResponse(9)), default, batch);
        var asked = Ua.Message(request, 2, 2);
        var answered = Ua.Message(response, 2, 2);
        Run(decoder, connection, asked, answered, batch, 20_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        const int exchanges = 100_000;
        Run(decoder, connection, asked, answered, batch, exchanges);
        var elapsed = Stopwatch.GetElapsedTime(started);

        Assert.AreEqual(0L, GC.GetAllocatedBytesForCurrentThread() - before);
        batch.Flush();
        Assert.AreEqual(1L + observations * (exchanges + 20_000L), counter.Count);
        TestContext.WriteLine($"{elapsed.TotalNanoseconds / (2 * exchanges):F1} ns a message, {name}");
    }

    private static void Run(
        IConnectionDecoder decoder, Connection connection, byte[] request, byte[] response, ObservationBatch batch, int exchanges)
    {
        for (var index = 0; index < exchanges; index++)
        {
            var sighting = new Sighting(new CaptureTime(index), index);
            decoder.Decode(connection, Direction.ToServer, request, sighting, batch);
            decoder.Decode(connection, Direction.ToClient, response, sighting, batch);
        }
    }
}
