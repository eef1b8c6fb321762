using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Wire;

namespace OtGuard.Host.Runs;

/// <summary>Remembers which frames of one simulated capture belong to which attack while it is written.</summary>
internal sealed class PlantedFrames
{
    private static readonly HashSet<long> None = [];

    private readonly Dictionary<string, HashSet<long>> _frames = new(StringComparer.Ordinal);
    private long _number;

    /// <summary>Counts what is written into a capture of a network.</summary>
    public ICaptureSink Of(ICaptureSink inner) => new NetworkSink(this, inner);

    /// <summary>Counts what is written into a log of a bus.</summary>
    public ICanSink Of(ICanSink inner) => new BusSink(this, inner);

    /// <summary>The frame numbers of an event; none where it has no frames of its own.</summary>
    public IReadOnlySet<long> Of(string planted) => _frames.GetValueOrDefault(planted, None);

    /// <summary>True for a frame of any event.</summary>
    public bool IsPlanted(long frame) => _frames.Values.Any(frames => frames.Contains(frame));

    private void Take(TruthRecord? truth)
    {
        _number++;
        if (truth is null) return;
        if (!_frames.TryGetValue(truth.Event, out var frames)) _frames.Add(truth.Event, frames = []);
        frames.Add(_number);
    }

    private sealed class NetworkSink(PlantedFrames planted, ICaptureSink inner) : ICaptureSink
    {
        public void Write(long unixNanoseconds, ReadOnlySpan<byte> frame, TruthRecord? truth)
        {
            planted.Take(truth);
            inner.Write(unixNanoseconds, frame, truth);
        }
    }

    private sealed class BusSink(PlantedFrames planted, ICanSink inner) : ICanSink
    {
        public void Write(CanFrame frame, TruthRecord? truth)
        {
            planted.Take(truth);
            inner.Write(frame, truth);
        }
    }
}
