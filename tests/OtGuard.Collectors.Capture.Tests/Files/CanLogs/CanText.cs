using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using OtGuard.Collectors.Capture.Files;
using OtGuard.TestKit;
using static OtGuard.Collectors.Capture.Tests.Files.CaptureBytes;

namespace OtGuard.Collectors.Capture.Tests.Files.CanLogs;

/// <summary>Frames of link type 227 in words, and readings of logs.</summary>
internal static class CanText
{
    /// <summary><c>123 [2] DEAD</c>; X behind a 29-bit identifier, then R, E, F, B, S for the flags.</summary>
    public static string Words(ReadFrame frame)
    {
        var id = BinaryPrimitives.ReadUInt32BigEndian(frame.Data);
        if ((id & 0x2000_0000) != 0) return $"error {id & 0x1FFF_FFFF:X}";
        var text = new StringBuilder((id & 0x1FFF_FFFF).ToString("X", CultureInfo.InvariantCulture));
        if ((id & 0x8000_0000) != 0) text.Append('x');
        if ((id & 0x4000_0000) != 0) text.Append(" R");
        if ((frame.Data[5] & 4) != 0) text.Append(" F");
        if ((frame.Data[5] & 1) != 0) text.Append('B');
        if ((frame.Data[5] & 2) != 0) text.Append('S');
        text.Append(CultureInfo.InvariantCulture, $" [{frame.Data[4]}]");
        if (frame.Data.Length > 8) text.Append(' ').Append(Convert.ToHexString(frame.Data.AsSpan(8)));
        return text.ToString();
    }

    public static IEnumerable<string> Words(this Reading reading) => reading.Frames.Select(Words);

    public static Reading ReadText(string text, CaptureFileOptions? options = null) =>
        Read(Encoding.UTF8.GetBytes(text), options);

    public static Reading ReadShared(string relative)
    {
        using var source = CaptureFiles.Open([SharedData.PathOf(relative)]);
        return ReadAll(source);
    }

    /// <summary>Every frame's label.</summary>
    public static IReadOnlyList<string> Labels(string relative)
    {
        using var source = CaptureFiles.Open([SharedData.PathOf(relative)]);
        var labels = new List<string>();
        while (source.TryRead(out _)) labels.Add(Encoding.ASCII.GetString(source.Label));
        return labels;
    }
}
