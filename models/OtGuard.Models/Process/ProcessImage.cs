using System.Buffers.Binary;
using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>What is known of one register or coil.</summary>
/// <param name="Value">The value last read or written (0/1 for bits).</param>
/// <param name="LastChange">When another value than before was first seen; the first sighting where it never changed.</param>
/// <param name="LastWriter">Who wrote it last and was answered, or none.</param>
/// <param name="LastWrite">When that was.</param>
public readonly record struct PointState(
    ushort Value, CaptureTime LastChange, NetworkAddress LastWriter, CaptureTime? LastWrite);

/// <summary>
/// The values of the process as the traffic shows them: last value, last change and last writer of each register and
/// coil, by server, unit and table. Kept in pages of 256, up to a cap; what comes beyond is counted.
/// </summary>
/// <remarks>
/// Not thread-safe. Reads of values that have not changed, the ordinary case, cost a comparison of the bytes and allocate
/// nothing.
/// </remarks>
public sealed class ProcessImage : IObservationConsumer
{
    /// <summary>Pages of 256 points kept: 8,192 pages hold two million points in about 24 MiB, more than any site polls.</summary>
    public const int DefaultPageCapacity = 8192;

    private const int PageBits = 8;
    private const int PagePoints = 1 << PageBits;

    private readonly Dictionary<(NetworkAddress Server, int UnitAndPage), Page> _pages = [];
    private readonly List<NetworkAddress> _writers = [default];
    private readonly Dictionary<NetworkAddress, ushort> _writerIndex = [];
    private readonly int _pageCapacity;
    private (NetworkAddress Server, int UnitAndPage) _lastKey = (default, -1);
    private Page? _lastPage;

    /// <summary>Creates an empty image.</summary>
    public ProcessImage(int pageCapacity = DefaultPageCapacity) => _pageCapacity = pageCapacity;

    /// <summary>Points seen and not kept because the pages were full.</summary>
    public long BeyondCapacity { get; private set; }

    /// <summary>The state of a point, or null where it was never seen.</summary>
    public PointState? Find(NetworkAddress server, short unit, TargetSpace space, uint address)
    {
        if (!_pages.TryGetValue(KeyOf(server, unit, space, address), out var page)) return null;
        var at = (int)(address & (PagePoints - 1));
        if (page.Changed[at] == Page.NeverSeen) return null;
        var writer = page.Writer[at];
        return new PointState(
            page.Values[at],
            new CaptureTime(page.Changed[at]),
            _writers[writer],
            writer == 0 ? null : new CaptureTime(page.Written[at]));
    }

    /// <inheritdoc/>
    public void Consume(ObservationBatch batch)
    {
        foreach (ref readonly var observation in batch.Items)
            if (observation.Outcome == Outcome.Succeeded && observation.Protocol != ProtocolRegistry.Network)
                Add(in observation, batch);
    }

    private void Add(in Observation observation, ObservationBatch batch)
    {
        if (observation.Operation is Operation.Read or Operation.ReadWrite)
            Note(in observation, observation.Target, observation.ResponseValues, batch, writer: 0);
        if (observation.Operation == Operation.Write)
            Note(in observation, observation.Target, observation.RequestValues, batch, WriterOf(in observation));
        else if (observation.Operation == Operation.ReadWrite)
            Note(in observation, observation.WriteTarget, observation.RequestValues, batch, WriterOf(in observation));
    }

    private void Note(in Observation observation, Target target, ValueSlice values, ObservationBatch batch, ushort writer)
    {
        if (values.Encoding is not (ValueEncoding.Bits or ValueEncoding.UInt16BigEndian)) return;
        var bytes = batch.Bytes(values);
        var count = Math.Min(target.Count, values.Count);
        for (var done = 0; done < count;)
        {
            var address = (uint)(target.Start + done);
            var at = (int)(address & (PagePoints - 1));
            var run = Math.Min(count - done, PagePoints - at);
            if (PageOf(observation.Connection.Server.Address, observation.Unit, target.Space, address) is { } page)
                page.Note(bytes, values.Encoding, done, at, run, observation.Time.UnixNanoseconds, writer);
            else
                BeyondCapacity += run;
            done += run;
        }
    }

    private Page? PageOf(NetworkAddress server, short unit, TargetSpace space, uint address)
    {
        var key = KeyOf(server, unit, space, address);
        if (key == _lastKey) return _lastPage;
        if (!_pages.TryGetValue(key, out var page))
        {
            if (_pages.Count == _pageCapacity) return null;
            _pages.Add(key, page = new Page());
        }

        (_lastKey, _lastPage) = (key, page);
        return page;
    }

    private static (NetworkAddress Server, int UnitAndPage) KeyOf(
        NetworkAddress server, short unit, TargetSpace space, uint address) =>
        (server, (unit & 0xFFF) << 16 | (int)space << 8 | (int)(address >> PageBits & 0xFF));

    private ushort WriterOf(in Observation observation)
    {
        var client = observation.Connection.Client.Address;
        if (_writerIndex.TryGetValue(client, out var index)) return index;
        // Beyond 65,535 writers all share the last one's place: that many hosts do not write to anything real.
        if (_writers.Count > ushort.MaxValue) return ushort.MaxValue;
        index = (ushort)_writers.Count;
        _writers.Add(client);
        _writerIndex.Add(client, index);
        return index;
    }

    private sealed class Page
    {
        public const long NeverSeen = long.MinValue;

        public readonly ushort[] Values = new ushort[PagePoints];
        public readonly long[] Changed = new long[PagePoints];
        public readonly long[] Written = new long[PagePoints];
        public readonly ushort[] Writer = new ushort[PagePoints];

        public Page() => Array.Fill(Changed, NeverSeen);

        public void Note(
            ReadOnlySpan<byte> bytes, ValueEncoding encoding, int from, int at, int run, long time, ushort writer)
        {
            var values = Values.AsSpan(at, run);
            var changed = Changed.AsSpan(at, run);
            for (var i = 0; i < run; i++)
            {
                var value = encoding == ValueEncoding.Bits
                    ? (ushort)(bytes[(from + i) >> 3] >> ((from + i) & 7) & 1)
                    : BinaryPrimitives.ReadUInt16BigEndian(bytes[((from + i) * 2)..]);
                if (value == values[i] && changed[i] != NeverSeen) continue;
                values[i] = value;
                changed[i] = time;
            }

            if (writer == 0) return;
            Written.AsSpan(at, run).Fill(time);
            Writer.AsSpan(at, run).Fill(writer);
        }
    }
}
