using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Rhythm;

/// <summary>How what is repeated was repeated while learning. All times in nanoseconds.</summary>
/// <param name="Key">What.</param>
/// <param name="Place">Number of the place whose life its time is.</param>
/// <param name="Gaps">Gaps seen.</param>
/// <param name="Cycle">The median gap; where it has no rhythm, the mean.</param>
/// <param name="Shortest">Gap that one in a hundred is shorter than.</param>
/// <param name="Longest">Gap that one in a hundred is longer than.</param>
/// <param name="Spread">Half of what the middle four fifths of the gaps differ by, as a share of the cycle.</param>
/// <param name="IsPeriodic">Whether it has a rhythm.</param>
internal sealed record PollRhythm(
    PollKey Key, int Place, long Gaps, long Cycle, long Shortest, long Longest, double Spread, bool IsPeriodic)
{
    /// <summary>
    /// Gaps seen at least before a rhythm is judged: the next of n gaps lies beyond all of them with a probability of
    /// 1/(n + 1) on either side, whatever their distribution; 3 % for 30.
    /// </summary>
    public const int MinimumGaps = 30;

    /// <summary>
    /// It has a rhythm where one gap in twenty at most, and of a message on a bus none, is longer than so many times the median.
    /// 3: two in a row may be lost to the recorder; what pauses longer comes when somebody asks.
    /// </summary>
    public const double PeriodicSpread = 3;

    /// <summary>
    /// A cycle is not held to have changed by less than this share, however even it was while learning: a twentieth. Timers
    /// of two devices of one type differ by a thousandth, and what a scheduler under load adds is a few hundredths.
    /// </summary>
    public const double LeastDrift = 0.05;

    /// <summary>
    /// Polls that may be one too many, or missing, at any time, whether learning saw it or not: a client that was restarted
    /// asks twice, and a recorder loses one.
    /// </summary>
    public const double LeastTolerance = 1.5;

    /// <summary>
    /// The same for what comes when somebody asks: a person who looks at a page again and again.
    /// </summary>
    public const double LeastIrregularTolerance = 10;

    /// <summary>
    /// Change of a cycle that is tolerated at least, in spreads summed over cycles: eight cycles that are off by as much as
    /// one in ten is by chance.
    /// </summary>
    public const double LeastDriftTolerance = 8;

    /// <summary>Polls too many at once, at most, while learning.</summary>
    public double TooMany { get; init; }

    /// <summary>Polls missing among those that came, at most, while learning.</summary>
    public double TooFew { get; init; }

    /// <summary>Polls missing in a row at most while learning.</summary>
    public double Silent { get; init; }

    /// <summary>Greatest change of the cycle while learning, in spreads summed over cycles.</summary>
    public double Drift { get; init; }

    /// <summary>Edges of what was learned.</summary>
    public (double TooMany, double TooFew, double Silent, double Drift) Edges => (
        Math.Max(TooMany, IsPeriodic ? LeastTolerance : LeastIrregularTolerance), Math.Max(TooFew, LeastTolerance),
        Math.Max(Silent, LeastTolerance), Math.Max(Drift, LeastDriftTolerance));

    /// <summary>How far learning is for it.</summary>
    public LearningStage Stage => IsPeriodic ? LearningStage.Operational : LearningStage.Dynamic;

    internal void Write(ModelWriter writer)
    {
        Key.Write(writer);
        writer.Write(Place);
        writer.Write(Gaps);
        writer.Write(Cycle);
        writer.Write(Shortest);
        writer.Write(Longest);
        writer.Write(Spread);
        writer.Write(IsPeriodic);
        foreach (var edge in (double[])[TooMany, TooFew, Silent, Drift]) writer.Write(edge);
    }

    internal static PollRhythm Read(ModelReader reader, int places)
    {
        var rhythm = new PollRhythm(
            PollKey.Read(reader), reader.ReadInteger(), reader.ReadLong(), reader.ReadLong(), reader.ReadLong(),
            reader.ReadLong(), reader.ReadDouble(), reader.ReadBoolean())
        {
            TooMany = reader.ReadDouble(),
            TooFew = reader.ReadDouble(),
            Silent = reader.ReadDouble(),
            Drift = reader.ReadDouble(),
        };
        return rhythm.Place >= 0 && rhythm.Place < places && rhythm.Cycle > 0 && rhythm.Spread > 0
            && rhythm.Shortest <= rhythm.Longest
            ? rhythm
            : throw new BaselineFormatException("A rhythm of the baseline's models is out of its bounds.");
    }
}

/// <summary>What the latest of a repetition says; 0 where it says nothing.</summary>
/// <param name="TooMany">Polls too many, where it came early.</param>
/// <param name="TooFew">Polls missing, where it came late.</param>
/// <param name="Drift">Change of the cycle, in spreads summed over cycles.</param>
internal readonly record struct PollStep(double TooMany, double TooFew, double Drift);

/// <summary>
/// Follows one repetition: sums of what came too much and too little, and of the cycle's change.
/// </summary>
/// <remarks>
/// The sums are cumulative sums (Page 1954) of 1 - gap/cycle and of gap/cycle - 1, each never below 0: a poll put between
/// two regular ones adds one to the first, one left out adds one to the second. What is punctual takes 1/32 of either away,
/// and sixteen in a row end them: where three in ten are left out, that many come in a row once in three hundred times. The
/// cycle's change is Page and Hinkley's test on (gap/cycle - 1)/spread
/// with a reference of ½ and changes cut at 4, on gaps of half to one and a half cycles: what is longer or shorter was lost
/// or put in. E. S. Page, Biometrika 41 (1954) 100; D. V. Hinkley, Biometrika 58 (1971) 509.
/// </remarks>
internal struct PollState
{
    /// <summary>A gap counts for so many missing polls at most: a longer one is a silence, which is judged apart.</summary>
    private const double MostMissing = PollRhythm.PeriodicSpread - 1;

    private const double Forgetting = 1 / 32.0;

    /// <summary>
    /// What has no rhythm comes in runs; a pause of a minute ends one, and what follows is counted anew: what a person does
    /// in one go.
    /// </summary>
    private const long Pause = 60 * CaptureTime.NanosecondsPerSecond;

    /// <summary>Punctual ones in a row after which the rhythm is held to be back, and the sums begin anew.</summary>
    private const int Recovery = 16;

    private const double Reference = 0.5;
    private const double Cut = 4;

    private long _latest;
    private int _stretch;
    private float _tooMany;
    private float _tooFew;
    private float _longer;
    private float _shorter;
    private float _cycle;
    private int _punctual;

    /// <summary>Whether one came in this stretch.</summary>
    public readonly bool IsSeenIn(int stretch) => _stretch == stretch;

    /// <summary>The cycle as it is now, in cycles learned, evened out over eight.</summary>
    public readonly double Cycle => _cycle;

    /// <summary>Takes note of one at a place on its time; a subscription may have been renewed since the latest.</summary>
    public PollStep Step(PollRhythm rhythm, long at, long renewed, int stretch)
    {
        if (_stretch != stretch)
        {
            this = default;
            (_stretch, _latest, _cycle) = (stretch, at, 1);
            return default;
        }

        var gap = at - Since(at, renewed);
        if (gap < 0)
        {
            // Told late: it was missed already.
            _tooFew = Math.Max(0, _tooFew - 1);
            return default;
        }

        _latest = at;
        var ratio = (double)gap / rhythm.Cycle;
        _tooMany = (float)Math.Max(0, _tooMany + 1 - ratio);
        if (!rhythm.IsPeriodic)
        {
            if (gap > Pause) _tooMany = 0;
            return new PollStep(_tooMany, 0, 0);
        }

        _tooFew = (float)Math.Max(0, _tooFew + Math.Min(ratio - 1, MostMissing));
        var drift = Drift(ratio, rhythm.Spread);
        if (gap < rhythm.Shortest || gap > rhythm.Longest)
        {
            _punctual = 0;
            return gap < rhythm.Shortest ? new PollStep(_tooMany, 0, drift) : new PollStep(0, _tooFew, drift);
        }

        var kept = ++_punctual < Recovery ? 1 - (float)Forgetting : 0;
        _tooMany *= kept;
        _tooFew *= kept;
        return new PollStep(0, 0, drift);
    }

    /// <summary>
    /// Polls that are missing in a row at a place on its time; a subscription may have been renewed since the latest.
    /// </summary>
    public readonly double SilentAt(PollRhythm rhythm, long now, long renewed)
    {
        var gap = now - Since(now, renewed);
        return gap > rhythm.Longest ? (double)gap / rhythm.Cycle - 1 : 0;
    }

    // Who connects anew again and again and is told nothing is left alone nevertheless.
    private readonly long Since(long now, long renewed) =>
        renewed > _latest && now - _latest <= PlaceLife.Restart ? renewed : _latest;

    private double Drift(double ratio, double spread)
    {
        if (ratio is < 0.5 or > 1.5) return 0;
        _cycle += (float)((ratio - _cycle) / 8);
        var change = Math.Clamp((ratio - 1) / spread, -Cut, Cut);
        _longer = (float)Math.Max(0, _longer + change - Reference);
        _shorter = (float)Math.Max(0, _shorter - change - Reference);
        return Math.Max(_longer, _shorter);
    }
}
