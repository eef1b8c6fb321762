using OtGuard.Alerting;
using OtGuard.Collectors;

namespace OtGuard.Storage.Traffic;

/// <summary>Reads evidence from its folder: one folder for each source, as the service makes them.</summary>
/// <param name="folder">The folder of all sources; it need not be there.</param>
public sealed class EvidenceFolder(string folder) : IEvidenceReader
{
    /// <summary>Bytes read of each capture at a time while they are merged.</summary>
    private const int WindowBytes = 64 << 10;

    /// <inheritdoc/>
    public Task<IReadOnlyList<EvidenceCapture>> FindAsync(
        IReadOnlyCollection<string> deviations, CancellationToken cancellation)
    {
        List<EvidenceCapture> found = [];
        var sources = Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];
        foreach (var deviation in deviations.Where(EvidenceFiles.IsName))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var source in sources)
            {
                var file = new FileInfo(EvidenceFiles.CaptureOf(source, deviation));
                if (!file.Exists) continue;
                found.Add(new EvidenceCapture(
                    deviation, Path.GetFileName(source), file.Name, EvidenceFiles.ReadHash(file.FullName), file.Length,
                    file.LastWriteTimeUtc));
                break;
            }
        }

        return Task.FromResult<IReadOnlyList<EvidenceCapture>>(found);
    }

    /// <inheritdoc/>
    public Stream Open(EvidenceCapture capture) => new FileStream(
        PathOf(capture), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <inheritdoc/>
    public Task<EvidenceSum> MergeAsync(
        IReadOnlyList<EvidenceCapture> captures, Stream output, CancellationToken cancellation)
    {
        var copy = new CaptureCopy(output, long.MaxValue);
        foreach (var merging in Merge(captures))
        {
            cancellation.ThrowIfCancellationRequested();
            merging.Write(copy);
        }

        var result = copy.Result;
        return Task.FromResult(new EvidenceSum(result.Frames, result.Bytes, result.First, result.Last));
    }

    /// <inheritdoc/>
    public IEnumerable<KeptFrame> ReadFrames(IReadOnlyList<EvidenceCapture> captures)
    {
        var interfaces = new Dictionary<string, int>(StringComparer.Ordinal);
        return Merge(captures).Select(merging => merging.Read(interfaces));
    }

    /// <summary>The captures, each at one of its frames, in the order of times; of the same frame in several only one.</summary>
    private IEnumerable<Merging> Merge(IReadOnlyList<EvidenceCapture> captures)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(captures.Count, EvidenceReading.MaximumTogether, nameof(captures));
        var waiting = new PriorityQueue<Merging, (CaptureTime Time, long Number, int Order)>();
        List<Merging> all = [];
        try
        {
            foreach (var capture in captures)
            {
                var merging = new Merging(PathOf(capture), capture.Source, all.Count);
                all.Add(merging);
                if (merging.Next()) waiting.Enqueue(merging, merging.Place);
            }

            // Frames around two deviations are in both of their captures, one after the other in this order.
            HashSet<(string Source, long Number)> written = [];
            CaptureTime at = default;
            while (waiting.TryDequeue(out var merging, out var place))
            {
                if (place.Time != at) written.Clear();
                at = place.Time;
                if (written.Add((merging.Source, place.Number))) yield return merging;
                if (merging.Next()) waiting.Enqueue(merging, merging.Place);
            }
        }
        finally
        {
            foreach (var merging in all) merging.Dispose();
        }
    }

    private string PathOf(EvidenceCapture capture) => EvidenceFiles.IsName(capture.Deviation)
        ? EvidenceFiles.CaptureOf(Path.Combine(folder, Path.GetFileName(capture.Source)), capture.Deviation)
        : throw new FileNotFoundException($"There is no evidence of '{capture.Deviation}'.");

    /// <summary>One of the captures that are merged, at one of its frames.</summary>
    private sealed class Merging(string path, string source, int order) : IDisposable
    {
        private readonly SegmentReader _reader = new(path, long.MaxValue, 0, WindowBytes);
        private readonly List<byte[]> _interfaces = [];
        private byte[] _block = [];
        private int _length;
        private StoredFrame _frame;

        public string Source => source;

        public (CaptureTime Time, long Number, int Order) Place => (_frame.Time, _frame.Number, order);

        /// <summary>Goes on to the next frame; false at the end.</summary>
        public bool Next()
        {
            for (var block = _reader.Next(); block.Length > 0; block = _reader.Next())
            {
                if (PcapngBlocks.IsInterface(block)) _interfaces.Add(block.ToArray());
                if (!PcapngBlocks.TryReadFrame(block, out _frame) || _frame.Interface >= _interfaces.Count) continue;
                if (_block.Length < block.Length) _block = new byte[block.Length];
                block.CopyTo(_block);
                _length = block.Length;
                return true;
            }

            return false;
        }

        public void Write(CaptureCopy copy) =>
            copy.Add(_block.AsSpan(0, _length), _frame.Time, copy.NumberOf(_interfaces[_frame.Interface]));

        public KeptFrame Read(Dictionary<string, int> interfaces)
        {
            var description = _interfaces[_frame.Interface];
            var key = $"{source} {Convert.ToHexString(description)}";
            if (!interfaces.TryGetValue(key, out var number)) interfaces.Add(key, number = interfaces.Count);
            var (data, originalLength) = PcapngBlocks.DataOf(_block.AsSpan(0, _length));
            return new KeptFrame(
                _frame.Number, _frame.Time, PcapngBlocks.LinkTypeOf(description), source, number, originalLength, data);
        }

        public void Dispose() => _reader.Dispose();
    }
}
