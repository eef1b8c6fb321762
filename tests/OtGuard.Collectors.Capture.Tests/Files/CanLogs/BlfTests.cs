using System.IO.Compression;
using static OtGuard.Collectors.Capture.Tests.Files.CaptureBytes;

namespace OtGuard.Collectors.Capture.Tests.Files.CanLogs;

[TestClass]
public sealed class BlfTests
{
    private static readonly byte[] Message = Object(1, Join(U16(1), [0, 2], U32(0x123), [0xDE, 0xAD, 0, 0, 0, 0, 0, 0]));

    [TestMethod]
    public void Every_kind_of_frame_is_read()
    {
        var reading = Read(Join(
            Header(),
            Container(Join(
                Message,
                Object(86, Join(U16(2), [0x80, 4], U32(0x9FF0_0001), new byte[16])),
                Object(2, Join(U16(1), U16(0), U32(0))),
                Object(73, Join(U16(1), new byte[30])),
                Object(100, Join(U16(1), [0, 9], U32(0x321), U32(0), [0, 3, 12, 0, 0, 0, 0, 0], Payload(1, 64))),
                Object(101, Join([3, 1, 1, 0], U32(0x321), U32(0), U32(0x5000), new byte[24], [0xAA])),
                Object(104, new byte[60])), packed: true)));

        Assert.AreSequenceEqual(
            [
                "123 [2] DEAD", "1FF00001x R [4]", "error 80", "error 80",
                "321 FB [12] " + Convert.ToHexString(Payload(1, 12)), "321 FS [1] AA", "error 80",
            ],
            reading.Words());
        Assert.AreSequenceEqual(["1", "2", "3", "0"], reading.Files[0].Interfaces.Select(item => item.Name));
        Assert.AreEqual(1506783973_191000000 + 5, reading.Frames[0].Time);
        Assert.IsEmpty(reading.Notices);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Objects_that_span_containers_are_put_together(bool packed)
    {
        var stream = Join(Enumerable.Repeat(Message, 40));
        for (var size = 1; size < 100; size += 7)
        {
            var containers = stream.Chunk(size).Select(piece => Container(piece, packed));
            var reading = Read(Join([Header(), .. containers]));

            Assert.HasCount(40, reading.Frames, $"pieces of {size} bytes");
            Assert.IsEmpty(reading.Notices);
        }
    }

    [TestMethod]
    public void Objects_outside_containers_are_read()
    {
        var reading = Read(Join(Header(), Message, Message));

        Assert.HasCount(2, reading.Frames);
    }

    [TestMethod]
    public void Ten_microsecond_times_are_told_by_the_flag()
    {
        var reading = Read(Join(Header(), Object(1, Join(U16(1), [0, 0], U32(1), new byte[8]), flags: 1, time: 7)));

        Assert.AreEqual(1506783973_191000000 + 70_000, reading.Frames[0].Time);
    }

    [TestMethod]
    public void Other_objects_are_counted_by_kind()
    {
        var reading = Read(Join(Header(), Object(115, new byte[8]), Message, Object(115, new byte[8]), Object(6, new byte[8])));

        Assert.HasCount(1, reading.Frames);
        Assert.AreEqual("3 objects of other kinds were passed over: 2 of type 115, 1 of type 6.", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Container_that_is_cut_gives_what_came_before()
    {
        var file = Join(Header(), Container(Join(Enumerable.Repeat(Message, 20)), packed: false));

        var reading = Read(file[..^(Message.Length * 3 + 5)]);

        Assert.HasCount(16, reading.Frames);
        Assert.Contains("The file ends within an object", reading.Notices[0].Text);
    }

    [TestMethod]
    public void Damage_between_objects_is_passed_over()
    {
        var reading = Read(Join(Header(), Container(Join(Message, [1, 2, 3, 4, 5], Message), packed: true)));

        Assert.HasCount(2, reading.Frames);
        Assert.AreEqual(5, reading.Files[0].SkippedBytes);
    }

    [TestMethod]
    public void Container_packed_by_an_unknown_method_is_left_out_and_said()
    {
        var reading = Read(Join(Header(), Container(Message, packed: false, method: 7), Message));

        Assert.HasCount(1, reading.Frames);
        Assert.Contains("packed by method 7", reading.Notices.Single().Text);
    }

    [TestMethod]
    public void Container_that_asks_for_a_dictionary_is_damaged()
    {
        // RFC 1950 §2.2: bit 5 of the second byte.
        var container = Container(Message, packed: true);
        container[33] = 0x20;

        var reading = Read(Join(Header(), container, Message));

        Assert.HasCount(1, reading.Frames);
        Assert.StartsWith("A container's packed data are damaged", reading.Notices[0].Text);
    }

    private static byte[] Header() => Join(
        "LOGG"u8.ToArray(), U32(144), new byte[32],
        U16(2017), U16(9), U16(6), U16(30), U16(15), U16(6), U16(13), U16(191), new byte[16], new byte[72]);

    private static byte[] Object(uint type, byte[] body, uint flags = 2, ulong time = 5)
    {
        var size = 32 + body.Length;
        return Join(
            "LOBJ"u8.ToArray(), U16(32), U16(1), U32((uint)size), U32(type), U32(flags), U16(0), U16(0), U64(time), body,
            new byte[size % 4]);
    }

    private static byte[] Container(byte[] content, bool packed, int? method = null)
    {
        using var stream = new MemoryStream();
        if (packed)
        {
            using var zlib = new ZLibStream(stream, CompressionLevel.Fastest, leaveOpen: true);
            zlib.Write(content);
        }
        else
        {
            stream.Write(content);
        }

        var body = stream.ToArray();
        var size = 32 + body.Length;
        return Join(
            "LOBJ"u8.ToArray(), U16(16), U16(1), U32((uint)size), U32(10), U16(method ?? (packed ? 2 : 0)), new byte[6],
            U32((uint)content.Length), U32(0), body, new byte[size % 4]);
    }
}
