using OtGuard.Collectors.Capture.Files;
using static OtGuard.Collectors.Capture.Tests.Files.CaptureBytes;

namespace OtGuard.Collectors.Capture.Tests.Files;

[TestClass]
public sealed class UnreadableFilesTests
{
    public static IEnumerable<(byte[] Bytes, string Reason)> Looks =>
    [
        ([], ": it is empty"),
        ("PK\x03\x04 and so on"u8.ToArray(), ": it is a zip archive: unpack it first"),
        ("MDF     4.10    "u8.ToArray(), ": it is a measurement data file (MDF): export it as ASC or BLF"),
        ("LOGG and so on"u8.ToArray(), ": it begins like a BLF file but ends within the file header"),
        ([0x28, 0xb5, 0x2f, 0xfd, 0], ": it is compressed with zstd: unpack it first"),
        ("Some words, and some more of them.\n"u8.ToArray(), ": it is text in which no form of a CAN log was found"),
        ("VERSION \"\"\n\nNS_ :\n"u8.ToArray(), ": it is a CAN database (DBC)"),
        ("{ \"id\": 1 }"u8.ToArray(), ": it is JSON"),
        ("apiJob(\"SME\",\"lesen\")\n"u8.ToArray(), ": it is the report of a diagnosis tool (EDIABAS), without frames"),
        (new byte[100], ": it begins with nothing but zeros"),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9], ""),
        (PcapHeader()[..23], ": it begins like a pcap file but ends within the file header"),
        (Section()[..27], ": it begins like a pcapng file but has no valid section header"),
        (Convert.FromHexString("1f8b080000000000000303000000000000000000"), " inside its gzip packing: it is empty"),
        (Gzip("words\n"u8.ToArray()), " inside its gzip packing: it is text in which no form of a CAN log was found"),
    ];

    [TestMethod]
    [DynamicData(nameof(Looks))]
    public void What_is_no_capture_is_named_for_what_it_looks_like(byte[] bytes, string reason)
    {
        var fault = Assert.ThrowsExactly<UnreadableCaptureException>(
            () => CaptureFiles.Open(new MemoryStream(bytes), "x"));

        Assert.AreEqual($"'x' is not a capture file{reason}.", fault.Message);
    }

    [TestMethod]
    public void Compressed_data_damaged_from_the_beginning_are_named()
    {
        var fault = Assert.ThrowsExactly<UnreadableCaptureException>(
            () => CaptureFiles.Open(new MemoryStream([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff]), "x"));

        Assert.AreEqual(
            "'x' holds compressed data that are damaged, which ends what can be read of it, before anything could be read.",
            fault.Message);
    }

    [TestMethod]
    public void No_path_at_all_is_refused()
    {
        Assert.ThrowsExactly<UnreadableCaptureException>(() => CaptureFiles.Open([]));
        Assert.ThrowsExactly<UnreadableCaptureException>(() => CaptureFiles.Open([""]));
    }
}
