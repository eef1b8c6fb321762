using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>The latest frames of a bus, so that a deviation can show what came just before it.</summary>
/// <remarks>Not thread-safe. Allocates nothing while it fills.</remarks>
internal sealed class RecentFrames
{
    /// <summary>
    /// Frames kept: what came before a deviation and its own. Twenty are 5 to 20 ms of a bus in operation, and a screenful.
    /// </summary>
    internal const int Before = 20;

    private const int Slots = 32;
    private const int PayloadBytes = 64;

    private readonly Frame[] _frames = new Frame[Slots];
    private readonly byte[] _payloads = new byte[Slots * PayloadBytes];
    private int _count;

    internal void Add(in Observation observation, ObservationBatch batch)
    {
        var slot = _count++ & (Slots - 1);
        var payload = batch.Bytes(observation.RequestData);
        if (payload.Length > PayloadBytes) payload = payload[..PayloadBytes];
        payload.CopyTo(_payloads.AsSpan(slot * PayloadBytes));
        _frames[slot] = new Frame(
            observation.Time, observation.RequestFrame, observation.Target, observation.Code, observation.SubCode, payload.Length);
        // Keeps its place in the ring when it would overflow.
        if (_count == int.MaxValue) _count = Slots * 2 - 1;
    }

    /// <summary>The latest frame and those before it, the oldest first, as the protocol writes them in a log.</summary>
    internal IReadOnlyList<string> Lines(IProtocol protocol, NetworkAddress bus)
    {
        var count = Math.Min(_count, Before + 1);
        var lines = new List<string>(count);
        for (var at = _count - count; at < _count; at++)
        {
            var slot = at & (Slots - 1);
            var frame = _frames[slot];
            var payload = _payloads.AsSpan(slot * PayloadBytes, frame.Length);
            var text = protocol.FrameText(frame.Target, frame.Code, frame.SubCode, payload);
            var time = frame.Time.UnixNanoseconds;
            lines.Add(FormattableString.Invariant(
                $"({time / CaptureTime.NanosecondsPerSecond}.{Math.Abs(time % CaptureTime.NanosecondsPerSecond) / 1000:000000}) {bus} {text}"));
        }

        return lines;
    }

    private readonly record struct Frame(CaptureTime Time, long Number, Target Target, short Code, int SubCode, int Length);
}
