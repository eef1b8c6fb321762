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
/// Not thread-safe. A read of values that have not changed, the ordinary case, costs a comparison of its bytes with those
/// of the page and allocates nothing.
/// </remarks>
public sealed class ProcessImage : IObservationConsumer
{
    /// <summary>Pages of 256 points kept: 8,192 pages hold two million points in about 40 MiB, more than any site polls.</summary>
    public const int DefaultPageCapacity = 8192;

    private const int PageBits = 8;
    private const int PagePoints = 1 << PageBits;

    private readonly Dictionary<PageKey, Page> _pages = [];
    private readonly List<NetworkAddress> _writers = [default];
    private readonly Dictionary<NetworkAddress, ushort> _writerIndex = [];
    private readonly int _pageCapacity;

    /// <summary>Creates an empty image.</summary>
    public ProcessImage(int pageCapacity = DefaultPageCapacity) => _pageCapacity = pageCapacity;

    /// <summary>Points seen and not kept because the pages were full.</summary>
    public long BeyondCapacity { get; private set; }

    /// <summary>The state of a point, or null where it was never seen.</summary>
    public PointState? Find(NetworkAddress server, short unit, TargetSpace space, uint address)
    {
        if (!_pages.TryGetValue(new PageKey(server, unit, space, address), out var page)) return null;
        var at = (int)(address & (PagePoints - 1));
        if (page.Changed[at] == Page.NeverSeen) return null;
        var writer = page.Writer?[at] ?? 0;
        return new PointState(
            page.ValueAt(at),
            new CaptureTime(page.Changed[at]),
            _writers[writer],
            writer == 0 ? null : new CaptureTime(page.Written![at]));
    }

    /// <inheritdoc/>
    public void Consume(ObservationBatch batch)
    {
        foreach (ref readonly var observation in batch.Items) Note(in observation, batch);
    }

    /// <summary>Takes the values of one observation, where it has any and was answered.</summary>
    public void Note(in Observation observation, ObservationBatch batch)
    {
        if (observation.Outcome != Outcome.Succeeded) return;
        if (observation.Operation == Operation.Read)
        {
            Note(in observation, observation.Target, observation.ResponseValues, batch, writer: 0);
        }
        else if (observation.Operation == Operation.Write)
        {
            Note(in observation, observation.Target, observation.RequestValues, batch, WriterOf(in observation));
        }
        else if (observation.Operation == Operation.ReadWrite)
        {
            // The write comes first on the server (Modbus Application Protocol V1.1b3 §6.17).
            Note(in observation, observation.WriteTarget, observation.RequestValues, batch, WriterOf(in observation));
            Note(in observation, observation.Target, observation.ResponseValues, batch, writer: 0);
        }
    }

    private void Note(in Observation observation, Target target, ValueSlice values, ObservationBatch batch, ushort writer)
    {
        if (values.Encoding is not (ValueEncoding.Bits or ValueEncoding.UInt16BigEndian)) return;
        var bytes = batch.Bytes(values);
        var count = Math.Min(target.Count, values.Count);
        var time = observation.Time.UnixNanoseconds;
        for (var done = 0; done < count;)
        {
            var address = (uint)(target.Start + done);
            var at = (int)(address & (PagePoints - 1));
            var run = Math.Min(count - done, PagePoints - at);
            var page = PageOf(observation.Connection.Server.Address, observation.Unit, target.Space, address, values.Encoding);
            if (page is null)
            {
                BeyondCapacity += run;
            }
            else
            {
                if (values.Encoding == ValueEncoding.Bits) page.NoteBits(bytes, done, at, run, time);
                else page.NoteRegisters(bytes.Slice(done * 2, run * 2), at, time);
                if (writer != 0) page.NoteWriter(at, run, time, writer);
            }

            done += run;
        }
    }

    private Page? PageOf(NetworkAddress server, short unit, TargetSpace space, uint address, ValueEncoding encoding)
    {
        var key = new PageKey(server, unit, space, address);
        if (_pages.TryGetValue(key, out var page)) return page.IsBits == (encoding == ValueEncoding.Bits) ? page : null;
        if (_pages.Count == _pageCapacity) return null;
        _pages.Add(key, page = new Page(encoding == ValueEncoding.Bits));
        return page;
    }

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

    private readonly record struct PageKey(NetworkAddress Server, int UnitSpaceAndPage)
    {
        public PageKey(NetworkAddress server, short unit, TargetSpace space, uint address)
            : this(server, (unit & 0xFFF) << 16 | (int)space << 8 | (int)(address >> PageBits & 0xFF))
        {
        }
    }

    /// <summary>256 points: registers as two bytes each, big-endian as on the wire; bits as one byte each.</summary>
    private sealed class Page
    {
        public const long NeverSeen = long.MinValue;

        public readonly long[] Changed = new long[PagePoints];
        private readonly byte[] _values;

        public Page(bool isBits)
        {
            IsBits = isBits;
            _values = new byte[isBits ? PagePoints : PagePoints * 2];
            Array.Fill(Changed, NeverSeen);
        }

        public bool IsBits { get; }

        public long[]? Written { get; private set; }

        public ushort[]? Writer { get; private set; }

        public ushort ValueAt(int at) =>
            IsBits ? _values[at] : BinaryPrimitives.ReadUInt16BigEndian(_values.AsSpan(at * 2));

        public void NoteRegisters(ReadOnlySpan<byte> bytes, int at, long time)
        {
            var known = _values.AsSpan(at * 2, bytes.Length);
            var changed = Changed.AsSpan(at, bytes.Length / 2);
            // A point never seen holds zero, so that equal bytes alone do not mean that there is nothing to note.
            if (bytes.SequenceEqual(known) && !changed.Contains(NeverSeen)) return;
            for (var i = 0; i < changed.Length; i++)
                if (changed[i] == NeverSeen || bytes[i * 2] != known[i * 2] || bytes[i * 2 + 1] != known[i * 2 + 1])
                    changed[i] = time;
            bytes.CopyTo(known);
        }

        public void NoteBits(ReadOnlySpan<byte> bytes, int from, int at, int run, long time)
        {
            var known = _values.AsSpan(at, run);
            Span<byte> values = stackalloc byte[PagePoints];
            values = values[..run];
            for (var i = 0; i < run; i++) values[i] = (byte)(bytes[(from + i) >> 3] >> ((from + i) & 7) & 1);
            var changed = Changed.AsSpan(at, run);
            if (values.SequenceEqual(known) && !changed.Contains(NeverSeen)) return;
            for (var i = 0; i < run; i++)
                if (changed[i] == NeverSeen || values[i] != known[i]) changed[i] = time;
            values.CopyTo(known);
        }

        public void NoteWriter(int at, int run, long time, ushort writer)
        {
            Written ??= new long[PagePoints];
            Writer ??= new ushort[PagePoints];
            Written.AsSpan(at, run).Fill(time);
            Writer.AsSpan(at, run).Fill(writer);
        }
    }
}
