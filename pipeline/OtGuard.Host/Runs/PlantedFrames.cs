using OtGuard.Simulators.Wire;

namespace OtGuard.Host.Runs;

/// <summary>Remembers which frames of a simulated capture belong to which attack while it is written.</summary>
internal sealed class PlantedFrames(ICaptureSink inner) : ICaptureSink
{
    private readonly Dictionary<string, HashSet<long>> _frames = new(StringComparer.Ordinal);
    private long _number;

    public void Write(long unixNanoseconds, ReadOnlySpan<byte> frame, TruthRecord? truth)
    {
        _number++;
        if (truth is { IsAttack: true })
        {
            if (!_frames.TryGetValue(truth.Event, out var frames)) _frames.Add(truth.Event, frames = []);
            frames.Add(_number);
        }

        inner.Write(unixNanoseconds, frame, truth);
    }

    /// <summary>The frame numbers of an attack.</summary>
    public IReadOnlySet<long> Of(string attack) => _frames[attack];

    /// <summary>True for a frame of any attack.</summary>
    public bool IsAttack(long frame) => _frames.Values.Any(frames => frames.Contains(frame));
}
