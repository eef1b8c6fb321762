using System.Runtime.CompilerServices;
using OtGuard.Collectors;

namespace OtGuard.Models.Training;

/// <summary>Takes observations that a <see cref="TrainingTrace"/> kept, in the order they were made.</summary>
public interface ITraceConsumer : IObservationConsumer
{
    /// <summary>
    /// What follows does not continue what came before: observations between are not kept. Nothing that spans both may be
    /// concluded (no gap between two messages, no change of a value).
    /// </summary>
    void Break();
}

/// <summary>
/// The observations that models are trained on, kept compactly within a stated bound of memory: what is said is kept once
/// (<see cref="ObservationKey"/>), when and with which values each time. Whoever trains, and whoever calibrates, reads it
/// as the judge will read observations, so that nothing is computed in two ways.
/// </summary>
/// <remarks>
/// <para>Kept by blocks of <see cref="BlockLength"/> of capture time. When the bound is reached, every second block that
/// is kept is given up, and from then on every second one is not kept in the first place, and so on: what is left is
/// spread over all of the time learned, and each block is whole, so that rhythms and relations within it are as they
/// were. A block that exceeds a quarter of the bound by itself is cut short. Both are counted. The same observations
/// leave the same trace.</para>
/// <para>Not kept: frame numbers, anomalies, and the bytes of messages apart from the values of requests and answers and
/// the payload of broadcasts. Not thread-safe.</para>
/// </remarks>
public sealed class TrainingTrace
{
    /// <summary>
    /// Capture time of a block. Ten minutes hold several rounds of the slowest polling in use (a minute), so that what
    /// is lost at its two ends is little of it.
    /// </summary>
    public static readonly TimeSpan BlockLength = TimeSpan.FromMinutes(10);

    /// <summary>Different observations kept at most; further ones are counted and left out.</summary>
    public const int MaximumTemplates = 1 << 16;

    private readonly Dictionary<(ObservationKey Key, bool IsFurther), int> _templateOf = [];
    private readonly List<Observation> _templates = [];
    private readonly List<Block> _blocks = [];
    private readonly long _maximumBytes;
    private long _bytes;
    private long _start = long.MinValue;
    private long _stride = 1;
    private long _latest = -1;
    private Block? _last;

    /// <summary>Creates an empty trace that keeps at most <paramref name="maximumBytes"/>, in bytes.</summary>
    public TrainingTrace(long maximumBytes) => _maximumBytes = maximumBytes;

    /// <summary>Observations received, kept (emitted) and left out, by reason.</summary>
    public StageCounters Counters { get; } = new("training trace");

    /// <summary>Observations that are kept now.</summary>
    public long Count => _blocks.Sum(block => (long)block.Count);

    /// <summary>Bytes in use for what is kept.</summary>
    public long Bytes => _bytes;

    /// <summary>Every how manieth block is kept: 1 where all are.</summary>
    public long Stride => _stride;

    /// <summary>Number of blocks kept, in the order of time.</summary>
    public int Blocks => _blocks.Count;

    /// <summary>Capture time that the kept blocks span, their gaps left out.</summary>
    public TimeSpan Exposure => TimeSpan.FromTicks(_blocks.Sum(block => block.Count > 0 ? block.Latest - block.Earliest : 0) / 100);

    /// <summary>Keeps an observation of an application protocol; what the network itself shows is left out.</summary>
    public void Add(in Observation observation, ObservationBatch batch)
    {
        if (observation.Protocol == ProtocolRegistry.Network) return;
        Counters.Received++;
        var time = observation.Time.UnixNanoseconds;
        if (_start == long.MinValue) _start = time;
        if (BlockOf(time) is not { } block)
        {
            Counters.Drop("sampling");
            return;
        }

        if (block.Bytes > _maximumBytes / 4)
        {
            Counters.Drop("block too large");
            return;
        }

        var template = TemplateOf(in observation);
        if (template < 0)
        {
            Counters.Drop("too many different observations");
            return;
        }

        var before = block.Bytes;
        block.Add(template, in observation, batch);
        _bytes += block.Bytes - before;
        Counters.Emitted++;
        if (_bytes > _maximumBytes) Thin();
    }

    /// <summary>
    /// Gives everything kept between two shares of the time learned (0 to 1, by observations kept) to a consumer, batch by
    /// batch, with a break wherever something between was not kept.
    /// </summary>
    public void Replay(ITraceConsumer consumer, double from = 0, double to = 1)
    {
        var count = Count;
        var (first, last) = ((long)Math.Round(count * from), (long)Math.Round(count * to));
        var batch = new ObservationBatch(consumer);
        long at = 0;
        Block? before = null;
        foreach (var block in _blocks)
        {
            var begin = Math.Clamp(first - at, 0, block.Count);
            var end = Math.Clamp(last - at, 0, block.Count);
            at += block.Count;
            if (begin == end) continue;
            if (before is null || block.Number != before.Number + 1)
            {
                batch.Flush();
                consumer.Break();
            }

            for (var index = (int)begin; index < end; index++) block.Write(index, _templates, batch);
            before = block;
        }

        batch.Flush();
    }

    /// <summary>The capture time from which on a share of the observations kept lies, 0 to 1.</summary>
    public CaptureTime TimeAt(double share)
    {
        var wanted = (long)(Count * share);
        foreach (var block in _blocks)
        {
            if (wanted < block.Count) return new CaptureTime(block.TimeAt((int)wanted));
            wanted -= block.Count;
        }

        return _blocks.Count == 0 ? default : new CaptureTime(_blocks[^1].Latest);
    }

    private int TemplateOf(in Observation observation)
    {
        // What is counted by the message is counted by its first part.
        var key = (ObservationKey.Of(in observation), observation.Part != 0);
        if (_templateOf.TryGetValue(key, out var template)) return template;
        if (_templates.Count == MaximumTemplates) return -1;
        template = _templates.Count;
        _templateOf.Add(key, template);
        _templates.Add(observation with
        {
            Anomalies = 0,
            RequestData = default,
            ResponseData = default,
            RequestValues = default,
            ResponseValues = default,
            RequestFrame = observation.RequestFrame == 0 ? 0 : 1,
            ResponseFrame = observation.ResponseFrame == 0 ? 0 : 1,
        });
        _bytes += Unsafe.SizeOf<Observation>();
        return template;
    }

    // What is told to be earlier than the latest block, by a clock that was set or by buffers, belongs to that block.
    private Block? BlockOf(long time)
    {
        var number = (time - _start) / (BlockLength.Ticks * 100);
        if (number <= _latest) return _last;
        _latest = number;
        _last = null;
        if (number % _stride == 0) _blocks.Add(_last = new Block(number));
        return _last;
    }

    private void Thin()
    {
        while (_bytes > _maximumBytes && _blocks.Count > 1)
        {
            _stride *= 2;
            var removed = _blocks.Where(block => block.Number % _stride != 0).ToList();
            foreach (var block in removed)
            {
                _bytes -= block.Bytes;
                Counters.Emitted -= block.Count;
                Counters.Drop("sampling", block.Count);
            }

            _blocks.RemoveAll(removed.Contains);
            if (_latest % _stride != 0) _last = null;
        }
    }

    /// <summary>Ten minutes of observations, column by column.</summary>
    private sealed class Block(long number)
    {
        private const int NoLatency = -1;

        private int[] _template = new int[256];
        private long[] _time = new long[256];
        private int[] _latency = new int[256];
        private int[] _valuesEnd = new int[256];
        private byte[] _values = new byte[1024];
        private int _used;

        public long Number { get; } = number;

        public int Count { get; private set; }

        public long Earliest => _time[0];

        public long Latest { get; private set; } = long.MinValue;

        public long Bytes => _template.Length * 20L + _values.Length;

        public long TimeAt(int index) => _time[index];

        public void Add(int template, in Observation observation, ObservationBatch batch)
        {
            if (Count == _template.Length) Grow();
            var request = RequestOf(in observation);
            Put(request, batch);
            Put(observation.ResponseValues, batch);
            _template[Count] = template;
            _time[Count] = observation.Time.UnixNanoseconds;
            _latency[Count] = observation.LatencyNanoseconds < 0
                ? NoLatency
                : (int)Math.Min(int.MaxValue, observation.LatencyNanoseconds / 1000);
            _valuesEnd[Count++] = _used;
            if (observation.Time.UnixNanoseconds > Latest) Latest = observation.Time.UnixNanoseconds;
        }

        public void Write(int index, List<Observation> templates, ObservationBatch batch)
        {
            var at = index == 0 ? 0 : _valuesEnd[index - 1];
            batch.Reserve(_valuesEnd[index] - at);
            var template = templates[_template[index]];
            var request = Take(ref at, batch);
            var response = Take(ref at, batch);
            var isBroadcast = template.Operation == Operation.Broadcast;
            batch.Add(template with
            {
                Time = new CaptureTime(_time[index]),
                LatencyNanoseconds = _latency[index] == NoLatency ? -1 : _latency[index] * 1000L,
                RequestData = isBroadcast ? request : default,
                RequestValues = isBroadcast ? default : request,
                ResponseValues = response,
            });
        }

        private static ValueSlice RequestOf(in Observation observation) =>
            observation.Operation == Operation.Broadcast ? observation.RequestData : observation.RequestValues;

        // Encoding, length and count in five bytes, then the bytes themselves.
        private void Put(ValueSlice slice, ObservationBatch batch)
        {
            var needed = _used + 5 + slice.Length;
            if (needed > _values.Length) Array.Resize(ref _values, Math.Max(needed, _values.Length * 2));
            _values[_used] = (byte)slice.Encoding;
            _values[_used + 1] = (byte)slice.Length;
            _values[_used + 2] = (byte)(slice.Length >> 8);
            _values[_used + 3] = (byte)slice.Count;
            _values[_used + 4] = (byte)(slice.Count >> 8);
            if (slice.Length > 0) batch.Bytes(slice).CopyTo(_values.AsSpan(_used + 5));
            _used = needed;
        }

        private ValueSlice Take(ref int at, ObservationBatch batch)
        {
            var length = _values[at + 1] | _values[at + 2] << 8;
            var count = _values[at + 3] | _values[at + 4] << 8;
            var encoding = (ValueEncoding)_values[at];
            var bytes = _values.AsSpan(at + 5, length);
            at += 5 + length;
            return encoding == ValueEncoding.None && length == 0
                ? default
                : batch.Store(bytes).Part(0, length, count, encoding);
        }

        private void Grow()
        {
            var size = _template.Length * 2;
            Array.Resize(ref _template, size);
            Array.Resize(ref _time, size);
            Array.Resize(ref _latency, size);
            Array.Resize(ref _valuesEnd, size);
        }
    }
}
