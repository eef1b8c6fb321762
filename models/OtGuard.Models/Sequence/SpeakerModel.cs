using OtGuard.Models.Scoring;

namespace OtGuard.Models.Sequence;

/// <summary>
/// What a speaker says after what: counts of single words, of pairs and of triples. Immutable once learned; looked up
/// without allocation.
/// </summary>
/// <remarks>
/// The probability of a word w after a, b is interpolated from long to short (Witten and Bell, IEEE Trans. Inf. Theory 37
/// (1991) 1085): P(w|ab) = (c(abw) + t(ab) · P(w|b)) / (c(ab) + t(ab)), with t the number of different words seen there; the
/// shortest is P(w) = (c(w) + 1) / (n + V + 1) over V known words, so that nothing is impossible. Bounded: words beyond
/// <see cref="MaximumWords"/> are one word, and pairs and triples beyond <see cref="MaximumGrams"/> are left out and counted.
/// </remarks>
internal sealed class SpeakerModel
{
    /// <summary>Different words kept at most: the 2,048 identifiers of 11 bits and as many again.</summary>
    public const int MaximumWords = 4095;

    /// <summary>Different pairs and triples kept at most, together.</summary>
    public const int MaximumGrams = 1 << 16;

    /// <summary>The word for what was never heard.</summary>
    public const int UnknownWord = MaximumWords;

    private const int WordBits = 12;
    private const ulong TripleMark = 1ul << 60;

    private readonly Dictionary<Word, int> _words = [];
    private readonly List<int> _counts = [];
    private readonly Dictionary<ulong, Gram> _grams = [];
    private long _total;

    public SpeakerModel(SpeakerKey key) => Key = key;

    public SpeakerKey Key { get; }

    /// <summary>Words counted.</summary>
    public long Total => _total;

    /// <summary>Different words.</summary>
    public int Words => _words.Count;

    /// <summary>Different pairs and triples.</summary>
    public int Grams => _grams.Count;

    /// <summary>Words, pairs and triples that found no room.</summary>
    public long Beyond { get; private set; }

    /// <summary>Surprise that is usual, in bits a word.</summary>
    public double Usual { get; init; }

    /// <summary>The greatest surprise that words no count was made of had, in bits a word.</summary>
    public double Most { get; init; }

    /// <summary>Words that <see cref="Usual"/> and <see cref="Most"/> were measured on.</summary>
    public long Measured { get; init; }

    /// <summary>The number of a word.</summary>
    public int NumberOf(in Word word) => _words.GetValueOrDefault(word, UnknownWord);

    /// <summary>Counts a word after the two before it, each -1 where there is none.</summary>
    public int Learn(in Word word, int before, int last)
    {
        if (!_words.TryGetValue(word, out var number))
        {
            number = UnknownWord;
            if (_words.Count < MaximumWords)
            {
                number = _words.Count;
                _words.Add(word, number);
                _counts.Add(0);
            }
            else
            {
                Beyond++;
            }
        }

        _total++;
        if (number == UnknownWord) return number;
        _counts[number]++;
        if (last >= 0) Count(Pair(last), Pair(last, number));
        if (before >= 0 && last >= 0) Count(Triple(before, last), Triple(before, last, number));
        return number;
    }

    /// <summary>How surprising a word is after the two before it, in bits.</summary>
    public double Surprise(int word, int before, int last)
    {
        var known = word < _counts.Count ? _counts[word] : 0;
        var probability = (known + 1.0) / (_total + _counts.Count + 1);
        if (last >= 0)
        {
            probability = Interpolate(Pair(last), Pair(last, word), probability);
            if (before >= 0) probability = Interpolate(Triple(before, last), Triple(before, last, word), probability);
        }

        return -Math.Log2(probability);
    }

    internal void Write(ModelWriter writer)
    {
        Key.Write(writer);
        writer.Write(Usual);
        writer.Write(Most);
        writer.Write(Measured);
        writer.Write(_total);
        writer.Write(Beyond);
        writer.Write(_counts.Count);
        foreach (var (word, number) in _words.OrderBy(entry => entry.Value))
        {
            word.Write(writer);
            writer.Write(_counts[number]);
        }

        writer.Write(_grams.Count);
        foreach (var (gram, counted) in _grams.OrderBy(entry => entry.Key))
        {
            writer.Write(gram);
            writer.Write(counted.Count);
            writer.Write(counted.Followers);
        }
    }

    internal static SpeakerModel Read(ModelReader reader)
    {
        var model = new SpeakerModel(SpeakerKey.Read(reader))
        {
            Usual = reader.ReadDouble(),
            Most = reader.ReadDouble(),
            Measured = reader.ReadLong(),
        };
        model._total = reader.ReadLong();
        model.Beyond = reader.ReadLong();
        var isSound = model._total >= 0;
        for (var left = reader.ReadCount(MaximumWords); left > 0; left--)
        {
            isSound &= model._words.TryAdd(Word.Read(reader), model._counts.Count);
            model._counts.Add(reader.ReadInteger());
            isSound &= model._counts[^1] >= 0;
        }

        for (var left = reader.ReadCount(MaximumGrams); left > 0; left--)
        {
            isSound &= model._grams.TryAdd(
                reader.ReadUnsigned(), new Gram { Count = reader.ReadInteger(), Followers = reader.ReadInteger() } is var gram
                    && gram is { Count: >= 0, Followers: >= 0 } ? gram : throw OutOfBounds());
        }

        return isSound ? model : throw OutOfBounds();
    }

    /// <summary>The same with what its surprises were measured to be.</summary>
    internal SpeakerModel Measure(double usual, double most, long measured)
    {
        var model = new SpeakerModel(Key) { Usual = usual, Most = most, Measured = measured };
        foreach (var (word, number) in _words) model._words.Add(word, number);
        model._counts.AddRange(_counts);
        foreach (var (gram, counted) in _grams) model._grams.Add(gram, counted);
        (model._total, model.Beyond) = (_total, Beyond);
        return model;
    }

    private static BaselineFormatException OutOfBounds() => new("A sequence of the baseline's models is out of its bounds.");

    // Words of twelve bits, one more than their number so that none is zero; what they are counted after in the upper bits.
    private static ulong Pair(int last) => (ulong)(last + 1) << (WordBits + 1);

    private static ulong Pair(int last, int word) => Pair(last) | (uint)(word + 1);

    private static ulong Triple(int before, int last) => TripleMark | (ulong)(before + 1) << (2 * (WordBits + 1)) | Pair(last);

    private static ulong Triple(int before, int last, int word) => Triple(before, last) | (uint)(word + 1);

    private double Interpolate(ulong context, ulong gram, double shorter)
    {
        if (!_grams.TryGetValue(context, out var all)) return shorter;
        var count = _grams.TryGetValue(gram, out var one) ? one.Count : 0;
        return (count + all.Followers * shorter) / (all.Count + (double)all.Followers);
    }

    private void Count(ulong context, ulong gram)
    {
        if (!_grams.TryGetValue(gram, out var one))
        {
            if (_grams.Count + 2 > MaximumGrams)
            {
                Beyond++;
                return;
            }

            var before = _grams.GetValueOrDefault(context);
            _grams[context] = before with { Followers = before.Followers + 1 };
        }

        _grams[gram] = one with { Count = one.Count + 1 };
        var all = _grams[context];
        _grams[context] = all with { Count = all.Count + 1 };
    }

    private readonly record struct Gram
    {
        public int Count { get; init; }

        public int Followers { get; init; }
    }
}
