using System.Text;
using CsCheck;
using OtGuard.Collectors.Capture.Files;
using OtGuard.TestKit;
using static OtGuard.Collectors.Capture.Tests.Files.CaptureBytes;

namespace OtGuard.Collectors.Capture.Tests.Files.CanLogs;

[TestClass]
public sealed class DamagedLogProperties
{
    private static readonly CaptureFileOptions SmallWindow = new() { WindowBytes = 1 };

    private static readonly string[] Logs =
    [
        "can/formats/python-can/logfile.asc", "can/formats/python-can/test_CanMessage_V2_1.trc",
        "can/formats/python-can/test_CanMessage_V1_0_BUS1.trc", "can/formats/CarBusAnalyzer.trc",
        "can/formats/python-can/test_CanFdMessage.blf", "can/j1939/memory_leak_attack.log", "can/otids/a1.txt",
    ];

    // Hexadecimal digits, points and blanks get further than any byte does.
    private static readonly byte[] Characters =
        Encoding.ASCII.GetBytes("0123456789ABCDEFabcdefxRT#_.,;:()[]- \t\r\n\"canRxTxdr");

    private static readonly Gen<byte> TextByte = Gen.Int[0, Characters.Length - 1].Select(at => Characters[at]);

    public static IEnumerable<string> LogNames => Logs;

    [TestMethod]
    [DynamicData(nameof(LogNames))]
    public void Cutting_a_log_anywhere_gives_the_frames_before_and_at_most_that_of_the_cut_line(string relative)
    {
        var file = Start(relative);
        var whole = Read(file).Contents;
        // Once the head is there that tells the format.
        Gen.Int[Math.Min(1000, file.Length * 3 / 4), file.Length].Sample(cut =>
        {
            var frames = Read(file[..cut]).Contents;
            var before = FramesWhollyBefore(relative, file, cut);
            Assert.IsTrue(frames.Count >= before && frames.Count <= before + 1, $"cut at {cut}: {frames.Count}, {before} before");
            Assert.AreSequenceEqual(whole.Take(before), frames.Take(before), $"cut at {cut}");
        }, iter: 200);
    }

    [TestMethod]
    [DynamicData(nameof(LogNames))]
    public void Changed_bytes_never_throw(string relative)
    {
        var file = Start(relative);
        Gen.Select(Gen.Int[0, file.Length - 1], Gen.OneOf(Gen.Byte, TextByte)).Array[1, 20].Sample(changes =>
        {
            var bytes = file.ToArray();
            foreach (var (at, value) in changes) bytes[at] = value;
            AssertBounded(bytes);
        }, iter: 300);
    }

    [TestMethod]
    public void Random_text_never_throws() =>
        TextByte.Array[0, 2000].Sample(AssertBounded, iter: 3000);

    [TestMethod]
    [DataRow("(1436509052.249713) can0 ")]
    [DataRow("base hex timestamps absolute\n0.5 1 ")]
    [DataRow("base dec timestamps relative\n0.5 CANFD 1 Rx ")]
    [DataRow(";$FILEVERSION=2.1\n")]
    [DataRow("***BUSMASTER\n")]
    [DataRow("@ TEXT @\r")]
    [DataRow("//Microchip Technology\n//\n")]
    [DataRow("time,id,dlc,data\n")]
    public void Random_text_behind_a_beginning_never_throws(string beginning) =>
        TextByte.Array[0, 500].Sample(rest => AssertBounded([.. Encoding.ASCII.GetBytes(beginning), .. rest]), iter: 1000);

    [TestMethod]
    [DynamicData(nameof(LogNames))]
    public void Packed_or_in_small_windows_the_same_is_read(string relative)
    {
        var file = Start(relative);
        var expected = Read(file).Contents;

        Assert.AreSequenceEqual(expected, Read(Gzip(file)).Contents);
        Assert.AreSequenceEqual(expected, Read(file, SmallWindow).Contents);
    }

    private static byte[] Start(string relative)
    {
        var bytes = File.ReadAllBytes(SharedData.PathOf(relative));
        return bytes.Length > 20_000 ? bytes[..20_000] : bytes;
    }

    // What is read of the whole lines before the cut. The BLF has two frames in its first container, which the cut spares.
    private static int FramesWhollyBefore(string relative, byte[] file, int cut)
    {
        if (relative.EndsWith(".blf", StringComparison.Ordinal)) return 2;
        var end = relative.Contains("CarBus", StringComparison.Ordinal) ? (byte)'\r' : (byte)'\n';
        var last = file.AsSpan(0, cut).LastIndexOf(end);
        return last < 0 ? 0 : Read(file[..(last + 1)]).Frames.Count;
    }

    private static void AssertBounded(byte[] bytes)
    {
        Reading reading;
        try
        {
            reading = Read(bytes, SmallWindow);
        }
        catch (UnreadableCaptureException)
        {
            return;
        }

        Assert.IsLessThanOrEqualTo(bytes.Length, reading.Frames.Count);
        Assert.IsTrue(reading.Files[0].Complete);
        foreach (var frame in reading.Frames)
        {
            Assert.IsTrue(frame.Data.Length is >= 8 and <= 72);
            var remote = (frame.Data[0] & 0x40) != 0;
            if (!remote) Assert.AreEqual(frame.Data.Length - 8, frame.Data[4]);
        }
    }
}
