using System.Diagnostics;
using CsCheck;
using OtGuard.Collectors.Can.J1939;
using OtGuard.Collectors.Can.Uds;

namespace OtGuard.Collectors.Can.Tests.Frames;

[TestClass]
[DoNotParallelize]
public sealed class FrameTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Frame_is_one_observation_with_the_contracts_json()
    {
        var seen = new Bus().Send("1A0", "00 11 22").Frames.Single();

        Assert.AreEqual(
            """{"channel":"can0","id":"1A0","extended":false,"fd":false,"dlc":3,"data":"001122","signals":{}}""",
            seen.Json.GetRawText());
        Assert.AreEqual(new Target(TargetSpace.CanIdentifier, 0x1A0, 1), seen.Observation.Target);
        Assert.AreEqual(Operation.Broadcast, seen.Observation.Operation);
        Assert.AreEqual("can0", seen.Client);
    }

    [TestMethod]
    public void Widths_of_identifiers_stay_apart()
    {
        var frames = new Bus().Send("123", "00").Send("00000123", "00").Frames;

        Assert.AreEqual(0x123u, frames[0].Observation.Target.Start);
        Assert.AreEqual(0x8000_0123u, frames[1].Observation.Target.Start);
        Assert.AreEqual("00000123", frames[1].Json.GetProperty("id").GetString());
    }

    [TestMethod]
    public void Remote_fd_and_error_frames_keep_their_kind()
    {
        var bus = new Bus();
        bus.Raw([0x40, 0, 1, 0xA0, 4, 0, 0, 0], LinkType.SocketCan);
        bus.Raw(Bus.SocketCan(0x1A0, new byte[12], flags: 7), LinkType.SocketCan);
        bus.Raw(Bus.SocketCan(0x2000_0040, new byte[8]), LinkType.SocketCan);
        bus.Raw(Bus.SocketCan(0x1A0, new byte[13], flags: 4), LinkType.SocketCan);
        var frames = bus.Frames;

        Assert.AreEqual("RemoteFrame", bus.Protocols[1].OperationName(4, frames[0].Observation.SubCode));
        Assert.AreEqual((short)4, frames[0].Observation.Code);
        Assert.AreEqual((short)9, frames[1].Observation.Code);
        Assert.AreEqual(CanAnomaly.SenderErrorPassive, (CanAnomaly)frames[1].Observation.Anomalies);
        Assert.AreEqual(CanAnomaly.ErrorFrame | CanAnomaly.BusOff, (CanAnomaly)frames[2].Observation.Anomalies);
        Assert.AreEqual(CanAnomaly.FdLengthImpossible, (CanAnomaly)frames[3].Observation.Anomalies);
    }

    [TestMethod]
    public void Identifiers_in_the_hosts_order_are_recognised()
    {
        var bus = new Bus();
        bus.Raw([0x2A, 1, 0, 0, 1, 0, 0, 0, 0xFF], LinkType.SocketCan);

        Assert.AreEqual(0x12Au, bus.Frames.Single().Observation.Target.Start);
        Assert.IsTrue(bus.Traffic.Channels[0].IsLittleEndian);
    }

    [TestMethod]
    public void Cooked_capture_of_a_can_interface_is_read()
    {
        var bus = new Bus();
        bus.Raw(Bus.Bytes("0001 0118 0000 0000000000000000 000D 23010000 0C01 0000 2233445566778899 33000000"), LinkType.LinuxCooked);

        Assert.AreEqual(0x123u, bus.Frames.Single().Observation.Target.Start);
        Assert.IsTrue(bus.Frames.Single().Json.GetProperty("fd").GetBoolean());
    }

    [TestMethod]
    [DataRow("00 00 01", "header cut")]
    [DataRow("00 00 01 A0 08 00 00 00 11", "payload cut")]
    [DataRow("00 00 01 A0 48 04 00 00 11", "length above that of the longest frame")]
    public void What_is_no_frame_is_counted(string data, string fault)
    {
        var bus = new Bus();
        bus.Raw(Bus.Bytes(data), LinkType.SocketCan);

        Assert.IsEmpty(bus.Seen);
        Assert.AreEqual(1L, bus.Traffic.FrameCounters.Failed[fault]);
    }

    [TestMethod]
    public void Can_xl_is_counted_and_not_read()
    {
        var bus = new Bus();
        bus.Raw(Bus.Bytes("00000123 80 00 0040 00000000"), LinkType.SocketCan);

        Assert.AreEqual(1L, bus.Traffic.FrameCounters.Dropped["CAN XL frame"]);
    }

    [TestMethod]
    public void Random_frames_never_throw_and_each_is_observed_or_counted() =>
        Gen.Select(Gen.UInt, Gen.Byte.Array[0, 72], Gen.Byte).List[1, 60].Sample(
            frames =>
            {
                var bus = new Bus(new CanOptions { MaximumIdentifiers = 8, MaximumMessages = 2, MaximumOutstandingRequests = 3 });
                foreach (var (word, data, flags) in frames)
                {
                    // Few identifiers and plausible first bytes, so that state builds up.
                    var payload = data.ToArray();
                    if (payload.Length > 1) payload[0] &= 0x33;
                    bus.Raw(Bus.SocketCan(word & 0x8000_0003 | 0x00DA_0000 & (word << 1) | 0x7E0 & ~(word >> 31) * 0x7E0, payload, flags), LinkType.SocketCan);
                }

                bus.Finish();
                var counters = bus.Traffic.FrameCounters;
                return counters.Received == counters.Emitted + counters.Failed.Values.Sum() + counters.Dropped.Values.Sum()
                    && bus.Frames.Count == counters.Emitted;
            },
            iter: 3000);

    [TestMethod]
    [DataRow(0x1A0u, "C0 D1 22 33 44 55 66 77")]
    [DataRow(0x1A1u, "00 11 22 33 44 55 66 77")]
    [DataRow(0x98FEF100u, "00 11 22 33 44 55 66 77")]
    public void Frames_allocate_nothing_after_the_first(uint word, string data)
    {
        var counter = new Counter();
        var batch = new ObservationBatch(counter);
        var traffic = new CanTraffic(
            new ProtocolRegistry(new CanProtocol(), new UdsProtocol(), new J1939Protocol()), new CanOptions(), batch);
        var frame = Bus.SocketCan(word, Bus.Bytes(data));
        Run(traffic, frame, 0, 200_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        Run(traffic, frame, 200_000, 1_000_000);
        var elapsed = Stopwatch.GetElapsedTime(started);

        Assert.AreEqual(0L, GC.GetAllocatedBytesForCurrentThread() - before);
        TestContext.WriteLine($"{elapsed.TotalNanoseconds / 1_000_000:F1} ns a frame");
    }

    [TestMethod]
    public void Diagnostic_exchanges_allocate_nothing_after_the_first()
    {
        var batch = new ObservationBatch(new Counter());
        var traffic = new CanTraffic(
            new ProtocolRegistry(new CanProtocol(), new UdsProtocol(), new J1939Protocol()), new CanOptions(), batch);
        var frames = new[]
        {
            Bus.SocketCan(0x7E0, Bus.Bytes("0322F19000000000")), Bus.SocketCan(0x7E8, Bus.Bytes("100A62F190313233")),
            Bus.SocketCan(0x7E0, Bus.Bytes("3000000000000000")), Bus.SocketCan(0x7E8, Bus.Bytes("2134353637000000")),
        };
        void Exchange(int count)
        {
            for (var index = 0; index < count; index++)
                traffic.Process(new CapturedFrame(
                    new CaptureTime(index * 1_000_000L), LinkType.SocketCan, 0, index + 1, frames[index & 3], 16));
        }

        Exchange(4000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Exchange(40_000);

        Assert.AreEqual(0L, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Run(CanTraffic traffic, byte[] frame, int from, int count)
    {
        for (var index = from; index < from + count; index++)
            traffic.Process(new CapturedFrame(
                new CaptureTime(index * 100_000L), LinkType.SocketCan, 0, index + 1, frame, frame.Length));
    }

    private sealed class Counter : IObservationConsumer
    {
        public long Count { get; private set; }

        public void Consume(ObservationBatch batch) => Count += batch.Items.Length;
    }
}
