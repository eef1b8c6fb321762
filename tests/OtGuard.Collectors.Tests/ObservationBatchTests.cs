namespace OtGuard.Collectors.Tests;

[TestClass]
public sealed class ObservationBatchTests
{
    private static readonly Connection Connection = new(
        0,
        new Endpoint(NetworkAddress.Parse("10.0.0.5"), 49152),
        new Endpoint(NetworkAddress.Parse("10.0.0.9"), 502),
        Transport.Tcp,
        new Conversation(0, NetworkAddress.Parse("10.0.0.5"), NetworkAddress.Parse("10.0.0.9"), Transport.Tcp, 502));

    [TestMethod]
    public void A_full_batch_hands_itself_on_and_starts_again()
    {
        var seen = new List<long>();
        var batch = new ObservationBatch(new Collector(seen));

        for (var frame = 1; frame <= ObservationBatch.Capacity + 1; frame++)
            batch.Add(new Observation { Connection = Connection, RequestFrame = frame });

        Assert.HasCount(ObservationBatch.Capacity, seen);
        batch.Flush();
        CollectionAssert.AreEqual(Enumerable.Range(1, ObservationBatch.Capacity + 1).Select(i => (long)i).ToArray(), seen.ToArray());
    }

    [TestMethod]
    public void Values_of_an_observation_are_still_there_when_it_is_consumed()
    {
        var sums = new List<long>();
        var batch = new ObservationBatch(new Summer(sums));
        var message = new byte[1000];
        Array.Fill(message, (byte)1);

        for (var i = 0; i < 1000; i++)
        {
            batch.Reserve(message.Length);
            var slice = batch.Store(message);
            batch.Add(new Observation { Connection = Connection, RequestData = slice });
        }

        batch.Flush();
        Assert.HasCount(1000, sums);
        Assert.IsTrue(sums.TrueForAll(sum => sum == 1000));
    }

    [TestMethod]
    public void Bits_and_registers_are_read_by_index()
    {
        var batch = new ObservationBatch(new Collector([]));
        batch.Reserve(8);
        var slice = batch.Store([0xE9, 0x01, 0x12, 0x34]);

        var bits = slice.Part(0, 2, 10, ValueEncoding.Bits);
        var registers = slice.Part(2, 2, 1, ValueEncoding.UInt16BigEndian);

        Assert.AreEqual("1001011110", string.Concat(Enumerable.Range(0, 10).Select(i => batch.Value(bits, i))));
        Assert.AreEqual(0x1234, batch.Value(registers, 0));
    }

    private sealed class Collector(List<long> frames) : IObservationConsumer
    {
        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items) frames.Add(observation.RequestFrame);
        }
    }

    private sealed class Summer(List<long> sums) : IObservationConsumer
    {
        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
            {
                long sum = 0;
                foreach (var value in batch.Bytes(observation.RequestData)) sum += value;
                sums.Add(sum);
            }
        }
    }
}
