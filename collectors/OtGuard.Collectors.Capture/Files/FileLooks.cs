using OtGuard.Collectors.Capture.Files.CanLogs;
using OtGuard.Collectors.Capture.Files.Pcap;
using OtGuard.Collectors.Capture.Files.Pcapng;

namespace OtGuard.Collectors.Capture.Files;

/// <summary>Says of a file that is no capture what it looks like, so that the user sees the mistake at once.</summary>
internal static class FileLooks
{
    private static readonly (byte[] Begin, string Text)[] Known =
    [
        ("PK\x03\x04"u8.ToArray(), "it is a zip archive: unpack it first"),
        ([0x28, 0xb5, 0x2f, 0xfd], "it is compressed with zstd: unpack it first"),
        ([0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0], "it is compressed with xz: unpack it first"),
        ("BZh"u8.ToArray(), "it is compressed with bzip2: unpack it first"),
        ([0x04, 0x22, 0x4d, 0x18], "it is compressed with lz4: unpack it first"),
        ([(byte)'7', (byte)'z', 0xbc, 0xaf], "it is a 7-Zip archive: unpack it first"),
        ("MDF     "u8.ToArray(), "it is a measurement data file (MDF): export it as ASC or BLF"),
        ("UnFinMF "u8.ToArray(), "it is a measurement data file (MDF) that was not finished: export it as ASC or BLF"),
        ("VERSION \""u8.ToArray(), "it is a CAN database (DBC)"),
        ("snoop\0\0\0"u8.ToArray(), "it is a capture in the snoop format"),
        ("GMBU"u8.ToArray(), "it is a capture of Microsoft Network Monitor"),
        ("RTSS"u8.ToArray(), "it is a capture of Microsoft Network Monitor"),
        ("%PDF"u8.ToArray(), "it is a PDF document"),
        ("SQLite format 3\0"u8.ToArray(), "it is an SQLite database"),
        ([0x7f, (byte)'E', (byte)'L', (byte)'F'], "it is a program"),
    ];

    /// <summary>What a file that begins so is, as the second half of a sentence; null where that is not known.</summary>
    public static string? Describe(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty) return "it is empty";
        if (PcapFormat.HasMagic(head)) return "it begins like a pcap file but ends within the file header";
        if (PcapngFormat.HasMagic(head)) return "it begins like a pcapng file but has no valid section header";
        if (BlfFormat.HasMagic(head)) return "it begins like a BLF file but ends within the file header";
        foreach (var (begin, text) in Known)
            if (head.StartsWith(begin)) return text;
        if (IsZero(head)) return "it begins with nothing but zeros";
        if (!IsText(head)) return null;
        if (head.IndexOf("apiJob("u8) >= 0) return "it is the report of a diagnosis tool (EDIABAS), without frames";
        return head.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..]
            ? "it is JSON"
            : "it is text in which no form of a CAN log was found";
    }

    private static bool IsZero(ReadOnlySpan<byte> head) => !head.ContainsAnyExcept((byte)0);

    // Printable ASCII, white space, or the upper half, in which UTF-8 and the older code pages lie.
    private static bool IsText(ReadOnlySpan<byte> head)
    {
        foreach (var value in head)
            if (value is < 0x20 or 0x7f && value is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f')) return false;
        return true;
    }
}
