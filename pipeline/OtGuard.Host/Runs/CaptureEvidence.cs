using OtGuard.Collectors.Capture.Files;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Evidence;

namespace OtGuard.Host.Runs;

/// <summary>Evidence out of the captures that were judged, by the numbers of frames.</summary>
/// <param name="captures">The captures, in the order they were judged in.</param>
internal sealed class CaptureEvidence(IReadOnlyList<string> captures) : IEvidenceSource
{
    private readonly Dictionary<int, List<EvidenceFrame>> _frames = [];

    /// <inheritdoc/>
    public void Prepare(IReadOnlyList<CaseObservation> observations)
    {
        _frames.Clear();
        foreach (var one in observations) _frames.Add(one.Serial, []);
        var last = observations.SelectMany(one => one.Frames).Select(range => range.Last).DefaultIfEmpty(0).Max();
        using var source = CaptureFiles.Open(captures, new CaptureFileOptions());
        while (source.TryRead(out var frame) && frame.Number <= last)
        {
            EvidenceFrame? copy = null;
            foreach (var one in observations)
            {
                var kept = _frames[one.Serial];
                if (kept.Count == IEvidenceSource.MostFrames || !IEvidenceSource.Covers(one.Frames, frame.Number)) continue;
                copy ??= new EvidenceFrame(
                    frame.Time.UnixNanoseconds, frame.LinkType.Value, frame.Number, frame.OriginalLength, frame.Data.ToArray());
                kept.Add(copy);
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<EvidenceFrame> Find(CaseObservation observation)
    {
        if (!_frames.ContainsKey(observation.Serial)) Prepare([observation]);
        return _frames[observation.Serial];
    }
}
