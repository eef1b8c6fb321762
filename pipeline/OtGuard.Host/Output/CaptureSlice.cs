using System.Globalization;
using System.Text;
using OtGuard.Collectors;
using OtGuard.Collectors.Can;
using OtGuard.Collectors.Can.Frames;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Host.Commands;
using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Simulators.Wire;

namespace OtGuard.Host.Output;

/// <summary>
/// The frames around deviations as a capture of their own: <c>candump -l</c> where all captures hold CAN frames as
/// SocketCAN has them, else pcapng, which holds whatever the captures do.
/// </summary>
/// <remarks>
/// The captures are read a second time, so no frame is kept during a run. The frames are those of the verdicts, which
/// are complete, where a deviation itself lists its first ranges only.
/// </remarks>
internal static class CaptureSlice
{
    /// <summary>Frames before and after each frame of a deviation.</summary>
    public const int Around = 20;

    /// <summary>Refuses captures that cannot be read a second time, and to write over one of them.</summary>
    /// <exception cref="UsageException">One of them is standard input, or the file to write.</exception>
    public static void RequireReadableTwice(IReadOnlyList<string> captures, FileInfo file)
    {
        if (captures.Contains(CaptureFiles.StandardInput))
            throw new UsageException("--slice reads the captures a second time, which standard input does not allow.");
        if (captures.Any(capture => Path.GetFullPath(capture) == file.FullName))
            throw new UsageException($"--slice would write over the capture '{file}'.");
    }

    /// <summary>
    /// The frames to write: those with a verdict and <see cref="Around"/> on both sides, ascending, disjoint.
    /// </summary>
    public static List<(long First, long Last)> Select(IEnumerable<FrameVerdict> verdicts)
    {
        var ranges = new List<(long First, long Last)>();
        foreach (var verdict in verdicts)
        {
            if (verdict.Deviation is null) continue;
            var (first, last) = (Math.Max(1, verdict.Frame - Around), verdict.Frame + Around);
            if (ranges.Count > 0 && first <= ranges[^1].Last + 1) ranges[^1] = (ranges[^1].First, last);
            else ranges.Add((first, last));
        }

        return ranges;
    }

    /// <summary>Writes the frames around the deviations of a finished run.</summary>
    /// <returns>How many were written.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static long Write(
        JudgingRun run, VerdictLog verdicts, IReadOnlyList<string> captures, CanColumns? columns, FileInfo file)
    {
        var selection = Select(verdicts.Verdicts(run.Deviations));
        var interfaces = run.Run.Source.Files.SelectMany(report => report.Interfaces).ToList();
        using var source = CaptureFiles.Open(captures, new CaptureFileOptions { Columns = columns });
        using var stream = file.Create();
        if (interfaces.Any(item => item.Frames > 0 && item.LinkType != LinkType.SocketCan))
            return WritePcapng(source, selection, stream, interfaces);
        var names = new Dictionary<int, string>();
        foreach (var item in interfaces) names.TryAdd(item.Source, ChannelName(item));
        return WriteCandump(source, selection, stream, names, run.Run.Can);
    }

    /// <summary>
    /// Writes the frames of a capture as <c>candump -l</c> does; those that are none of CAN are refused.
    /// </summary>
    /// <returns>How many were written.</returns>
    /// <exception cref="UsageException">It holds frames of a network.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static long ToCandump(string capture, FileInfo file)
    {
        using var source = CaptureFiles.Open([capture], new CaptureFileOptions());
        using var stream = file.Create();
        return ToCandump(source, stream);
    }

    /// <summary>The same, of a capture that is open, to a stream that stays open.</summary>
    public static long ToCandump(CaptureFileSource source, Stream stream)
    {
        using var text = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        long written = 0;
        while (source.TryRead(out var frame))
        {
            if (frame.LinkType != LinkType.SocketCan)
                throw new UsageException("It holds frames of a network, which candump does not know: name a file .pcapng.");
            if (CanFrameView.TryRead(frame.Data, littleEndian: false, fd: false, out var view) != CanFrameFault.None) continue;
            var number = frame.Source;
            text.WriteLine(Line(
                frame.Time, ChannelName(source.Files.SelectMany(one => one.Interfaces).First(one => one.Source == number)),
                in view));
            written++;
        }

        return written;
    }

    /// <summary>
    /// A frame as <c>candump -l</c> writes it: <c>(1436509052.249713) can0 123#DEADBEEF</c>; nanoseconds only where
    /// there are some. Remote frames, error frames and CAN FD have their forms too (can-utils, lib.h).
    /// </summary>
    public static string Line(CaptureTime time, string channel, in CanFrameView frame)
    {
        var text = new StringBuilder(64);
        var seconds = Math.DivRem(time.UnixNanoseconds, CaptureTime.NanosecondsPerSecond, out var nanoseconds);
        if (nanoseconds < 0)
        {
            seconds--;
            nanoseconds += CaptureTime.NanosecondsPerSecond;
        }

        text.Append(CultureInfo.InvariantCulture, $"({seconds:0000000000}.");
        if (nanoseconds % 1000 == 0) text.Append(CultureInfo.InvariantCulture, $"{nanoseconds / 1000:000000}) {channel} ");
        else text.Append(CultureInfo.InvariantCulture, $"{nanoseconds:000000000}) {channel} ");
        if (frame.IsError) text.Append(CultureInfo.InvariantCulture, $"{frame.Identifier | CanFrameView.ErrorFlag:X8}");
        else text.Append(CanProtocol.IdentifierText(frame.Identifier));
        text.Append('#');
        if (frame.IsFd)
        {
            var flags = ((frame.Kind & CanFrameKind.BitRateSwitch) != 0 ? 1 : 0)
                | ((frame.Kind & CanFrameKind.ErrorStateIndicator) != 0 ? 2 : 0);
            text.Append('#').Append(CultureInfo.InvariantCulture, $"{flags:X}");
        }

        if (frame.IsRemote)
        {
            text.Append('R');
            if (frame.Length > 0) text.Append(CultureInfo.InvariantCulture, $"{frame.Length}");
            return text.ToString();
        }

        text.Append(Convert.ToHexString(frame.Payload));
        if (!frame.IsFd && frame.Dlc > 8) text.Append(CultureInfo.InvariantCulture, $"_{frame.Dlc:X}");
        return text.ToString();
    }

    private static long WriteCandump(
        CaptureFileSource source,
        List<(long First, long Last)> selection,
        Stream stream,
        Dictionary<int, string> names,
        CanTraffic can)
    {
        using var text = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        long written = 0;
        var range = 0;
        while (range < selection.Count && source.TryRead(out var frame))
        {
            if (frame.Number > selection[range].Last) range++;
            if (range == selection.Count || frame.Number < selection[range].First) continue;
            var littleEndian = can.IsLittleEndian(frame.Source);
            if (CanFrameView.TryRead(frame.Data, littleEndian, fd: false, out var view) != CanFrameFault.None) continue;
            text.WriteLine(Line(frame.Time, names.GetValueOrDefault(frame.Source, "can0"), in view));
            written++;
        }

        return written;
    }

    private static long WritePcapng(
        CaptureFileSource source,
        List<(long First, long Last)> selection,
        Stream stream,
        IEnumerable<CaptureInterfaceReport> interfaces)
    {
        var numbers = new Dictionary<int, int>();
        var linkTypes = new List<ushort>();
        foreach (var item in interfaces)
            if (numbers.TryAdd(item.Source, linkTypes.Count)) linkTypes.Add(item.LinkType.Value);
        var writer = new PcapngWriter(stream, linkTypes.ToArray());
        long written = 0;
        var range = 0;
        while (range < selection.Count && source.TryRead(out var frame))
        {
            if (frame.Number > selection[range].Last) range++;
            if (range == selection.Count || frame.Number < selection[range].First) continue;
            if (!numbers.TryGetValue(frame.Source, out var number)) continue;
            writer.Write(frame.Time.UnixNanoseconds, frame.Data, number, frame.OriginalLength);
            written++;
        }

        return written;
    }

    /// <summary>The interface's name where candump could have it, else one by its number.</summary>
    private static string ChannelName(CaptureInterfaceReport item) =>
        item.Name is { Length: > 0 } name && name.All(char.IsAsciiLetterOrDigit)
            ? name
            : string.Create(CultureInfo.InvariantCulture, $"can{item.Source}");
}
