using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>The verdict on one frame.</summary>
/// <param name="Frame">1-based number.</param>
/// <param name="Time">Capture time.</param>
/// <param name="Deviation">The most severe deviation that covers the frame, or null.</param>
public readonly record struct FrameVerdict(long Frame, CaptureTime Time, Deviation? Deviation)
{
    /// <summary>True where an alarm covers the frame; information does not count.</summary>
    public bool IsFlagged => Deviation is { IsInformation: false };
}

/// <summary>
/// Verdicts frame by frame, complete, for evaluation and for <c>--format csv</c>. Keeps 12 bytes a frame; runs that need
/// neither do without.
/// </summary>
/// <remarks>Fed by the capture layer (each frame) and the deviation table (each sighting), on one thread.</remarks>
public sealed class VerdictLog
{
    private readonly List<CaptureTime> _times = [];
    private readonly List<int> _conversations = [];
    private readonly Dictionary<long, Deviation> _direct = [];
    private readonly FrameSelection _selection;

    /// <summary>Creates a log of the frames in <paramref name="selection"/>.</summary>
    public VerdictLog(FrameSelection selection) => _selection = selection;

    /// <summary>Notes a frame and the conversation it belongs to. None is left out; a few come late.</summary>
    public void OnFrame(long frame, CaptureTime time, Conversation? conversation)
    {
        while (_times.Count < frame)
        {
            _times.Add(time);
            _conversations.Add(-1);
        }

        _times[(int)frame - 1] = time;
        _conversations[(int)frame - 1] = conversation?.Index ?? -1;
    }

    /// <summary>Notes that a deviation names a frame by itself (0 for none).</summary>
    public void OnSighted(Deviation deviation, long requestFrame, long responseFrame)
    {
        Note(deviation, requestFrame);
        Note(deviation, responseFrame);
    }

    /// <summary>The verdicts of the selected frames, in order. Call when the run is over.</summary>
    public IEnumerable<FrameVerdict> Verdicts(IReadOnlyList<Deviation> deviations)
    {
        var accused = new Dictionary<int, Deviation>();
        foreach (var deviation in deviations)
        {
            foreach (var conversation in deviation.Accused)
            {
                if (!accused.TryGetValue(conversation.Index, out var other) || IsWorse(deviation, other))
                    accused[conversation.Index] = deviation;
            }
        }

        var last = Math.Min(_selection.Last, _times.Count);
        for (var frame = Math.Max(1, _selection.First); frame <= last; frame++)
        {
            var index = (int)frame - 1;
            var whole = accused.GetValueOrDefault(_conversations[index]);
            var own = _direct.GetValueOrDefault(frame);
            yield return new FrameVerdict(
                frame, _times[index], own is null || (whole is not null && IsWorse(whole, own)) ? whole : own);
        }
    }

    private void Note(Deviation deviation, long frame)
    {
        if (frame == 0 || !_selection.Contains(frame)) return;
        if (!_direct.TryGetValue(frame, out var other) || IsWorse(deviation, other)) _direct[frame] = deviation;
    }

    private static bool IsWorse(Deviation one, Deviation other) => one.Finding.Severity > other.Finding.Severity;
}
