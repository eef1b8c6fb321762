using OtGuard.Collectors.Capture.Files;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Evidence;

namespace OtGuard.Host.Runs;

/// <summary>Evidence out of the captures that were judged, by the numbers of frames.</summary>
/// <param name="captures">The captures, in the order they were judged in.</param>
internal sealed class CaptureEvidence(IReadOnlyList<string> captures) : IEvidenceSource
{
    /// <inheritdoc/>
    public IReadOnlyList<EvidenceFrame> Find(CaseObservation observation)
    {
        if (observation.Frames.Count == 0) return [];
        var frames = new List<EvidenceFrame>();
        var last = observation.Frames.Max(range => range.Last);
        using var source = CaptureFiles.Open(captures, new CaptureFileOptions());
        while (frames.Count < IEvidenceSource.MostFrames && source.TryRead(out var frame) && frame.Number <= last)
            if (IEvidenceSource.Covers(observation.Frames, frame.Number))
                frames.Add(new EvidenceFrame(
                    frame.Time.UnixNanoseconds, frame.LinkType.Value, frame.Number, frame.OriginalLength, frame.Data.ToArray()));
        return frames;
    }
}
