using OtGuard.Collectors;

namespace OtGuard.Storage.Traffic;

/// <summary>
/// Makes one capture (pcapng) of blocks out of several: each interface is named once. Not thread-safe.
/// </summary>
internal sealed class CaptureCopy
{
    private readonly Stream _output;
    private readonly long _maximumFrames;
    private readonly Dictionary<string, int> _known = [];
    private readonly List<int> _numbers = [];
    private long _frames;
    private long _bytes;
    private CaptureTime _first;
    private CaptureTime _last;
    private bool _isCut;

    /// <summary>Begins a capture.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="maximumFrames">Where to stop.</param>
    public CaptureCopy(Stream output, long maximumFrames)
    {
        (_output, _maximumFrames) = (output, maximumFrames);
        Span<byte> section = stackalloc byte[PcapngBlocks.SectionBytes];
        PcapngBlocks.WriteSection(section);
        output.Write(section);
        _bytes = section.Length;
    }

    /// <summary>What was copied so far.</summary>
    public TrafficCopy Result => new(_frames, _bytes, _first, _last, _isCut);

    /// <summary>What follows counts interfaces anew, after those given.</summary>
    public void BeginPart(IEnumerable<byte[]> interfaces)
    {
        _numbers.Clear();
        foreach (var block in interfaces) Name(block);
    }

    /// <summary>An interface is named.</summary>
    public void Name(ReadOnlySpan<byte> block) => _numbers.Add(NumberOf(block));

    /// <summary>The number of an interface in the capture; named there where it is new.</summary>
    public int NumberOf(ReadOnlySpan<byte> block)
    {
        var description = Convert.ToHexString(block);
        if (_known.TryGetValue(description, out var number)) return number;
        _known.Add(description, number = _known.Count);
        _output.Write(block);
        _bytes += block.Length;
        return number;
    }

    /// <summary>Takes a frame's block, which is changed; false where no more are taken.</summary>
    public bool Add(Span<byte> block, StoredFrame frame) =>
        frame.Interface >= _numbers.Count || Add(block, frame.Time, _numbers[frame.Interface]);

    /// <summary>Takes a frame's block, which is changed, of an interface by its number in the capture.</summary>
    public bool Add(Span<byte> block, CaptureTime time, int number)
    {
        if (_frames == _maximumFrames)
        {
            _isCut = true;
            return false;
        }

        PcapngBlocks.SetInterface(block, number);
        _output.Write(block);
        _bytes += block.Length;
        if (_frames == 0 || time < _first) _first = time;
        if (_frames == 0 || time > _last) _last = time;
        _frames++;
        return true;
    }
}
