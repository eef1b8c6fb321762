using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange.Evidence;

/// <summary>The frames that show a case, as they leave: a capture, and what is in it frame by frame.</summary>
internal static class EvidencePack
{
    /// <summary>The capture's name.</summary>
    public const string CaptureName = "evidence.pcapng";

    /// <summary>The name of the same for CAN, as candump writes it.</summary>
    public const string CandumpName = "evidence.log";

    /// <summary>The name of the extract.</summary>
    public const string ExtractName = "evidence.csv";

    /// <summary>Files for the observations of a case; none where no evidence is kept.</summary>
    public static IEnumerable<PackFile> Make(
        CaseVersion @case, IEvidenceSource source, SharingProfile profile, Redactor redactor)
    {
        var frames = new SortedDictionary<(long Time, long Number), (EvidenceFrame Frame, SortedSet<int> Serials)>();
        var withheld = 0;
        source.Prepare(@case.Observations);
        foreach (var observation in @case.Observations)
        {
            foreach (var frame in source.Find(observation))
            {
                var key = (frame.Nanoseconds, frame.Number);
                if (frames.TryGetValue(key, out var there)) there.Serials.Add(observation.Serial);
                else if (FramePrivacy.Apply(frame, profile, redactor) is { } shared) frames.Add(key, (shared, [observation.Serial]));
                else withheld++;
            }
        }

        if (frames.Count == 0) yield break;
        yield return new PackFile(CaptureName, Pcapng.Write([.. frames.Values.Select(one => one.Frame)]));
        yield return new PackFile(ExtractName, Encoding.UTF8.GetBytes(Extract([.. frames.Values], withheld)));
        if (frames.Values.All(one => one.Frame.LinkType == FramePrivacy.SocketCan) && profile.Payload == Treatment.Share)
            yield return new PackFile(CandumpName, Encoding.UTF8.GetBytes(Candump(frames.Values.Select(one => one.Frame))));
    }

    /// <summary>A line for each frame, from the bytes that leave.</summary>
    private static string Extract(List<(EvidenceFrame Frame, SortedSet<int> Serials)> frames, int withheld)
    {
        var text = new StringBuilder("frame,time,observations,source,destination,protocol,length,bytes_withheld\n");
        for (var i = 0; i < frames.Count; i++)
        {
            var (frame, serials) = frames[i];
            var (source, destination, protocol) = Describe(frame);
            text.Append(CultureInfo.InvariantCulture, $"{i + 1},{Time(frame.Nanoseconds)},{string.Join(' ', serials)},{source},{destination},{protocol},");
            text.Append(CultureInfo.InvariantCulture, $"{frame.OriginalLength},{frame.OriginalLength - frame.Data.Length}\n");
        }

        if (withheld > 0) text.Append(CultureInfo.InvariantCulture, $"# {withheld} more frames are withheld as a whole.\n");
        return text.ToString();
    }

    private static (string Source, string Destination, string Protocol) Describe(EvidenceFrame frame)
    {
        ReadOnlySpan<byte> data = frame.Data;
        if (frame.LinkType == FramePrivacy.SocketCan && data.Length >= 4)
        {
            var identifier = BinaryPrimitives.ReadUInt32BigEndian(data);
            return ((identifier & 0x8000_0000) != 0
                ? (identifier & 0x1FFF_FFFF).ToString("X8", CultureInfo.InvariantCulture)
                : (identifier & 0x7FF).ToString("X3", CultureInfo.InvariantCulture), "", "can");
        }

        if (frame.LinkType != FramePrivacy.Ethernet || data.Length < 34) return ("", "", "");
        var at = 14;
        var type = BinaryPrimitives.ReadUInt16BigEndian(data[12..]);
        while (type is 0x8100 or 0x88A8 && data.Length >= at + 4)
        {
            type = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 2)..]);
            at += 4;
        }

        var (addresses, protocol, transport) = type switch
        {
            0x0800 when data.Length >= at + 20 => (4, data[at + 9], at + 20),
            0x86DD when data.Length >= at + 40 => (16, data[at + 6], at + 40),
            _ => (0, (byte)0, 0),
        };
        if (addresses == 0) return ("", "", type == 0x0806 ? "arp" : "");
        var first = at + (addresses == 4 ? 12 : 8);
        var source = new IPAddress(data.Slice(first, addresses)).ToString();
        var destination = new IPAddress(data.Slice(first + addresses, addresses)).ToString();
        if (protocol is 6 or 17 && data.Length >= transport + 4)
        {
            source += ":" + BinaryPrimitives.ReadUInt16BigEndian(data[transport..]).ToString(CultureInfo.InvariantCulture);
            destination += ":" + BinaryPrimitives.ReadUInt16BigEndian(data[(transport + 2)..]).ToString(CultureInfo.InvariantCulture);
        }

        return (source, destination, protocol switch { 6 => "tcp", 17 => "udp", 1 or 58 => "icmp", _ => "ip" });
    }

    private static string Candump(IEnumerable<EvidenceFrame> frames)
    {
        var text = new StringBuilder();
        foreach (var frame in frames)
        {
            // struct can_frame: identifier with flags, length, then from the ninth byte the payload.
            if (frame.Data.Length < 8) continue;
            var identifier = BinaryPrimitives.ReadUInt32BigEndian(frame.Data);
            var isExtended = (identifier & 0x8000_0000) != 0;
            text.Append(CultureInfo.InvariantCulture, $"({frame.Nanoseconds / 1_000_000_000}.{frame.Nanoseconds / 1000 % 1_000_000:000000}) can0 ");
            text.Append((isExtended ? identifier & 0x1FFF_FFFF : identifier & 0x7FF).ToString(isExtended ? "X8" : "X3", CultureInfo.InvariantCulture));
            text.Append('#');
            if ((identifier & 0x4000_0000) != 0) text.Append('R');
            else text.Append(Convert.ToHexString(frame.Data.AsSpan(8, Math.Min(frame.Data[4], frame.Data.Length - 8))));
            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Time(long nanoseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100).UtcDateTime.ToString(
            "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
