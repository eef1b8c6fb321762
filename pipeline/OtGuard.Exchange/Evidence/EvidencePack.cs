using System.Globalization;
using System.Text;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Collectors.Dissection;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange.Evidence;

/// <summary>
/// The frames that show a case, as they leave: a capture, what is in it frame by frame, and field by field.
/// </summary>
/// <remarks>
/// Frames are taken apart as they leave, and not as they were captured: what a profile withholds was never there to be
/// decoded.
/// </remarks>
internal static class EvidencePack
{
    /// <summary>The capture's name.</summary>
    public const string CaptureName = "evidence.pcapng";

    /// <summary>The name of the same for CAN, as candump writes it.</summary>
    public const string CandumpName = "evidence.log";

    /// <summary>The name of the extract, a line a frame.</summary>
    public const string ExtractName = "evidence.csv";

    /// <summary>The name of the extract, a line a field.</summary>
    public const string FieldsName = "evidence.fields.csv";

    /// <summary>Frames that are told field by field: who needs more of them has the capture.</summary>
    public const int MostTakenApart = 200;

    /// <summary>Files for the observations of a case; none where no evidence is kept.</summary>
    public static IEnumerable<PackFile> Make(
        CaseVersion @case, EvidenceParts evidence, SharingProfile profile, Redactor redactor)
    {
        var frames = new SortedDictionary<(long Time, long Number), (EvidenceFrame Frame, SortedSet<int> Serials)>();
        var withheld = 0;
        evidence.Source.Prepare(@case.Observations);
        foreach (var observation in @case.Observations)
        {
            foreach (var frame in evidence.Source.Find(observation))
            {
                var key = (frame.Nanoseconds, frame.Number);
                if (frames.TryGetValue(key, out var there)) there.Serials.Add(observation.Serial);
                else if (FramePrivacy.Apply(frame, profile, redactor) is { } shared) frames.Add(key, (shared, [observation.Serial]));
                else withheld++;
            }
        }

        if (frames.Count == 0) yield break;
        var capture = Pcapng.Write([.. frames.Values.Select(one => one.Frame)]);
        yield return new PackFile(CaptureName, capture);
        var dissected = TakeApart([.. frames.Values.Select(one => one.Frame)], evidence.Reading);
        yield return new PackFile(
            ExtractName, Encoding.UTF8.GetBytes(
                Extract(dissected, [.. frames.Values.Select(one => one.Serials)], withheld)));
        yield return new PackFile(FieldsName, Encoding.UTF8.GetBytes(Fields(dissected)));
        if (frames.Values.All(one => one.Frame.LinkType == FramePrivacy.SocketCan) && profile.Payload == Treatment.Share)
            yield return new PackFile(CandumpName, evidence.Reading.ToCandump(capture));
    }

    /// <summary>The frames taken apart, in their order; each has its place in the capture as its number.</summary>
    private static List<DissectedFrame> TakeApart(IReadOnlyList<EvidenceFrame> frames, IFrameReading reading)
    {
        var dissector = reading.NewDissector();
        var dissected = new List<DissectedFrame>(frames.Count);
        for (var i = 0; i < frames.Count; i++)
        {
            var one = frames[i];
            dissector.Add(new CapturedFrame(
                new CaptureTime(one.Nanoseconds), new LinkType(one.LinkType), 0, i + 1, one.Data, one.OriginalLength));
            Take();
        }

        dissector.Finish();
        Take();
        return dissected;

        void Take()
        {
            while (dissector.TryTake(out var frame)) dissected.Add(frame);
        }
    }

    private static string Extract(
        List<DissectedFrame> frames, IReadOnlyList<SortedSet<int>> serials, int withheld)
    {
        var text = new StringBuilder(
            "frame,time,observations,source,destination,protocol,description,length,bytes_withheld\n");
        for (var i = 0; i < frames.Count; i++)
        {
            var frame = frames[i];
            text.Append(CultureInfo.InvariantCulture, $"{frame.Number},{frame.Time},{string.Join(' ', serials[i])},");
            text.Append(
                CultureInfo.InvariantCulture,
                $"{Cell(frame.Sender)},{Cell(frame.Receiver)},{Cell(frame.Protocol)},{Cell(frame.Description)},");
            text.Append(CultureInfo.InvariantCulture,
                $"{frame.OriginalLength},{frame.OriginalLength - frame.Data.Length}\n");
        }

        if (withheld > 0)
            text.Append(CultureInfo.InvariantCulture, $"# {withheld} more frames are withheld as a whole.\n");
        return text.ToString();
    }

    private static string Fields(List<DissectedFrame> frames)
    {
        var text = new StringBuilder("frame,layer,field,value,offset,length,note\n");
        foreach (var frame in frames.Take(MostTakenApart))
        {
            foreach (var field in frame.Fields)
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{frame.Number},{Cell(field.Layer)},{Cell(field.Name)},{Cell(field.Value)},{field.Offset},"
                    + $"{field.Length},{DissectedFrameJson.NameOf(field.Fault)}\n");
        }

        if (frames.Count > MostTakenApart)
            text.Append(
                CultureInfo.InvariantCulture,
                $"# {frames.Count - MostTakenApart} more frames are in {CaptureName} alone.\n");
        return text.ToString();
    }

    /// <summary>A cell of a table, quoted where it has to be (RFC 4180).</summary>
    private static string Cell(string text) => text.AsSpan().ContainsAny(",\"\r\n")
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : text;
}
