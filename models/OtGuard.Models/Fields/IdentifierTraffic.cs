using System.Buffers.Binary;
using System.Numerics;
using OtGuard.Collectors;

namespace OtGuard.Models.Fields;

/// <summary>
/// What is kept of one identifier's frames: how often each bit flipped, how often neighbours flipped together, and a
/// sample of whole frames.
/// </summary>
/// <remarks>
/// Neighbours are counted in both byte orders: within a byte they are the same, across bytes bit 7 meets bit 0 of the
/// next byte (little-endian) and bit 0 meets bit 7 of the next (big-endian). The sample is made of blocks of
/// consecutive frames spread over all of the traffic: when it is full every second block is dropped and only every
/// second one of those to come is kept. Nothing is allocated after the first frame (and the first of more than 8
/// bytes).
/// </remarks>
internal sealed class IdentifierTraffic
{
    /// <summary>
    /// Consecutive frames of a block of the sample: a counter of four bits goes round in 16, and has to be seen twice.
    /// </summary>
    public const int BlockFrames = 32;

    private const int ClassicBlocks = 16;
    private const int LongBlocks = 4;
    private const ulong LowBits = 0x0101010101010101;

    private readonly ulong[] _last = new ulong[8];
    private byte[] _sample = [];
    private long _majority;
    private int _capacity;
    private int _stride = 1;

    public IdentifierTraffic(int channel, uint identifier)
    {
        Channel = channel;
        Identifier = identifier;
    }

    public int Channel { get; }

    public uint Identifier { get; }

    public int PayloadBytes { get; private set; } = -1;

    public long Frames { get; private set; }

    public long OtherLengths { get; private set; }

    public CaptureTime First { get; private set; }

    public CaptureTime Last { get; private set; }

    /// <summary>Frames that followed one of the same length.</summary>
    public long Transitions => Math.Max(0, Frames - 1);

    /// <summary>How often each bit flipped, by DBC number.</summary>
    public int[] Flips { get; private set; } = [];

    /// <summary>How often bits b and b + 1 flipped together.</summary>
    public int[] Together { get; private set; } = [];

    /// <summary>How often one of them rose while the other fell.</summary>
    public int[] Opposed { get; private set; } = [];

    /// <summary>How often bit 0 of byte k and bit 7 of byte k + 1 flipped together.</summary>
    public int[] BigEndianTogether { get; private set; } = [];

    /// <summary>How often one of them rose while the other fell.</summary>
    public int[] BigEndianOpposed { get; private set; } = [];

    /// <summary>Frames in the sample; blocks of <see cref="BlockFrames"/> but for the last.</summary>
    public int SampleFrames { get; private set; }

    /// <summary>
    /// The counters and checksums found when the sample was full for the first time, held against every frame since.
    /// </summary>
    public FieldTrial? Trial { get; set; }

    /// <summary>True once, when the sample is full for the first time.</summary>
    public bool IsSampleJustFull => Trial is null && SampleFrames == _capacity && SampleFrames > 0;

    public ReadOnlySpan<byte> Sample(int index) => _sample.AsSpan(index * PayloadBytes, PayloadBytes);

    /// <summary>Takes a frame in. Frames of another length than most are counted and not looked at.</summary>
    public void Add(CaptureTime time, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != PayloadBytes)
        {
            // Majority by Boyer and Moore: the most frequent length remains, and one odd frame changes nothing.
            if (_majority > 0)
            {
                _majority--;
                OtherLengths++;
                return;
            }

            Restart(payload.Length);
        }

        _majority++;
        if (Frames == 0) First = time;
        Last = time;
        Count(payload);
        Keep(payload);
        Frames++;
    }

    private void Restart(int length)
    {
        OtherLengths += Frames;
        PayloadBytes = length;
        Frames = 0;
        SampleFrames = 0;
        _stride = 1;
        Trial = null;
        _capacity = (length <= 8 ? ClassicBlocks : LongBlocks) * BlockFrames;

        // One of two sizes, so that lengths that change with every frame cost no memory either.
        var room = length <= 8 ? 8 : 64;
        if (BigEndianTogether.Length < room)
        {
            _sample = new byte[Math.Max(ClassicBlocks * BlockFrames * 8, _capacity * room)];
            Flips = new int[room * 8];
            Together = new int[room * 8];
            Opposed = new int[room * 8];
            BigEndianTogether = new int[room];
            BigEndianOpposed = new int[room];
            return;
        }

        Array.Clear(Flips);
        Array.Clear(Together);
        Array.Clear(Opposed);
        Array.Clear(BigEndianTogether);
        Array.Clear(BigEndianOpposed);
    }

    private void Count(ReadOnlySpan<byte> payload)
    {
        Span<ulong> words = stackalloc ulong[9];
        Span<ulong> changes = stackalloc ulong[9];
        words.Clear();
        changes.Clear();
        var count = (payload.Length + 7) / 8;
        for (var at = 0; at < count; at++)
        {
            words[at] = Word(payload[(at * 8)..]);
            if (Frames > 0) changes[at] = words[at] ^ _last[at];
            _last[at] = words[at];
        }

        for (var at = 0; at < count; at++)
        {
            var changed = changes[at];
            if (changed == 0) continue;
            var next = changes[at + 1];
            var rose = changed & words[at];
            var fell = changed & ~words[at];
            var nextRose = next & words[at + 1];
            var nextFell = next & ~words[at + 1];
            Tally(Flips, at * 64, changed);
            var little = changed & (changed >> 1 | next << 63);
            if (little != 0)
            {
                Tally(Together, at * 64, little);
                Tally(Opposed, at * 64, rose & (fell >> 1 | nextFell << 63) | fell & (rose >> 1 | nextRose << 63));
            }

            var big = changed & (changed >> 15 | next << 49) & LowBits;
            if (big == 0) continue;
            TallyBytes(BigEndianTogether, at * 8, big);
            TallyBytes(
                BigEndianOpposed,
                at * 8,
                (rose & (fell >> 15 | nextFell << 49) | fell & (rose >> 15 | nextRose << 49)) & LowBits);
        }
    }

    private void Keep(ReadOnlySpan<byte> payload)
    {
        if (SampleFrames == _capacity)
        {
            var block = BlockFrames * PayloadBytes;
            for (var kept = 1; kept < _capacity / BlockFrames / 2; kept++)
                _sample.AsSpan(kept * 2 * block, block).CopyTo(_sample.AsSpan(kept * block));
            SampleFrames = _capacity / 2;
            _stride *= 2;
        }

        if (Frames / BlockFrames % _stride != 0) return;
        payload.CopyTo(_sample.AsSpan(SampleFrames * PayloadBytes));
        SampleFrames++;
    }

    private static ulong Word(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= 8) return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        ulong word = 0;
        for (var at = 0; at < bytes.Length; at++) word |= (ulong)bytes[at] << (8 * at);
        return word;
    }

    private static void Tally(int[] counts, int first, ulong bits)
    {
        for (; bits != 0; bits &= bits - 1) counts[first + BitOperations.TrailingZeroCount(bits)]++;
    }

    private static void TallyBytes(int[] counts, int first, ulong bits)
    {
        for (; bits != 0; bits &= bits - 1) counts[first + BitOperations.TrailingZeroCount(bits) / 8]++;
    }
}
