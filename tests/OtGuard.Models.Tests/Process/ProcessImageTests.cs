using OtGuard.Collectors;

namespace OtGuard.Models.Tests.Process;

[TestClass]
public sealed class ProcessImageTests
{
    private static readonly NetworkAddress Client = NetworkAddress.Parse("10.0.0.5");
    private static readonly NetworkAddress Server = NetworkAddress.Parse("10.0.0.9");
    private static readonly Connection Connection = new(
        0,
        new Endpoint(Client, 49152),
        new Endpoint(Server, 502),
        Transport.Tcp,
        new Conversation(0, Client, Server, Transport.Tcp, 502));

    private readonly ProcessImage _image = new();

    [TestMethod]
    public void A_read_gives_the_value_and_the_time_it_was_first_seen()
    {
        Read(TargetSpace.HoldingRegisters, 10, seconds: 1, 0x12, 0x34, 0x00, 0x05);

        var state = _image.Find(Server, 1, TargetSpace.HoldingRegisters, 10);
        Assert.AreEqual<PointState?>(new PointState(0x1234, At(1), default, null), state);
        Assert.AreEqual<int?>(5, _image.Find(Server, 1, TargetSpace.HoldingRegisters, 11)?.Value);
        Assert.IsNull(_image.Find(Server, 1, TargetSpace.HoldingRegisters, 12));
        Assert.IsNull(_image.Find(Server, 2, TargetSpace.HoldingRegisters, 10));
        Assert.IsNull(_image.Find(Server, 1, TargetSpace.InputRegisters, 10));
    }

    [TestMethod]
    public void Only_another_value_moves_the_time_of_the_last_change()
    {
        Read(TargetSpace.InputRegisters, 0, seconds: 1, 0, 7, 0, 8);
        Read(TargetSpace.InputRegisters, 0, seconds: 2, 0, 7, 0, 9);

        Assert.AreEqual(At(1), _image.Find(Server, 1, TargetSpace.InputRegisters, 0)?.LastChange);
        Assert.AreEqual(At(2), _image.Find(Server, 1, TargetSpace.InputRegisters, 1)?.LastChange);
    }

    [TestMethod]
    public void A_value_of_zero_read_for_the_first_time_is_seen()
    {
        Read(TargetSpace.HoldingRegisters, 300, seconds: 3, 0, 0);

        Assert.AreEqual(At(3), _image.Find(Server, 1, TargetSpace.HoldingRegisters, 300)?.LastChange);
    }

    [TestMethod]
    public void A_write_names_its_writer_and_a_later_read_leaves_that()
    {
        Observe(Operation.Write, TargetSpace.HoldingRegisters, 5, 1, ValueEncoding.UInt16BigEndian, seconds: 4, 0x01, 0xF4);
        Read(TargetSpace.HoldingRegisters, 5, seconds: 6, 0x01, 0xF4);

        Assert.AreEqual<PointState?>(
            new PointState(500, At(4), Client, At(4)), _image.Find(Server, 1, TargetSpace.HoldingRegisters, 5));
    }

    [TestMethod]
    public void Bits_are_kept_one_by_one_over_the_end_of_a_page()
    {
        // Twelve coils from 250: 1010 0101 1100, the lowest bit first.
        Observe(Operation.Read, TargetSpace.Coils, 250, 12, ValueEncoding.Bits, seconds: 1, 0b1010_0101, 0b0000_0011);

        var values = string.Concat(Enumerable.Range(250, 12)
            .Select(address => _image.Find(Server, 1, TargetSpace.Coils, (uint)address)?.Value));
        Assert.AreEqual("101001011100", values);
    }

    [TestMethod]
    public void Pages_beyond_the_capacity_are_counted()
    {
        var image = new ProcessImage(pageCapacity: 1);
        Observe(image, Operation.Read, TargetSpace.HoldingRegisters, 255, 2, ValueEncoding.UInt16BigEndian, 1, 0, 1, 0, 2);

        Assert.AreEqual<int?>(1, image.Find(Server, 1, TargetSpace.HoldingRegisters, 255)?.Value);
        Assert.IsNull(image.Find(Server, 1, TargetSpace.HoldingRegisters, 256));
        Assert.AreEqual(1, image.BeyondCapacity);
    }

    private void Read(TargetSpace space, uint start, int seconds, params byte[] bytes) =>
        Observe(Operation.Read, space, start, bytes.Length / 2, ValueEncoding.UInt16BigEndian, seconds, bytes);

    private void Observe(
        Operation operation, TargetSpace space, uint start, int count, ValueEncoding encoding, int seconds, params byte[] bytes) =>
        Observe(_image, operation, space, start, count, encoding, seconds, bytes);

    private static void Observe(
        ProcessImage image,
        Operation operation,
        TargetSpace space,
        uint start,
        int count,
        ValueEncoding encoding,
        int seconds,
        params byte[] bytes)
    {
        var batch = new ObservationBatch(image);
        batch.Reserve(bytes.Length);
        var values = batch.Store(bytes).Part(0, bytes.Length, count, encoding);
        batch.Add(new Observation
        {
            Time = At(seconds),
            Connection = Connection,
            Protocol = 1,
            Operation = operation,
            Outcome = Outcome.Succeeded,
            Unit = 1,
            Target = new Target(space, start, count),
            RequestValues = operation == Operation.Write ? values : default,
            ResponseValues = operation == Operation.Read ? values : default,
        });
        batch.Flush();
    }

    private static CaptureTime At(int seconds) => CaptureTime.FromSeconds(seconds, 0);
}
