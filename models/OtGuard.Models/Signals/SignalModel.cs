using System.Globalization;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Signals;

/// <summary>What was learned of one signal. Immutable.</summary>
internal sealed record SignalModel
{
    /// <summary>Related signals of a prediction at most.</summary>
    public const int MostRelated = 16;

    /// <summary>The farthest that one unseen state is from those seen: a byte that held one value has 255 others.</summary>
    public const double FarthestState = 255;

    /// <summary>Different values a state has at most.</summary>
    public const int MostStates = 16;

    public required SignalDefinition Definition { get; init; }

    public required SignalKind Kind { get; init; }

    /// <summary>Number of the message or device it belongs to.</summary>
    public required int Owner { get; init; }

    /// <summary>How often it was seen.</summary>
    public required long Samples { get; init; }

    /// <summary>How often it was seen besides, with a value that is no number (<see cref="IsNumber"/>).</summary>
    public long NoNumbers { get; init; }

    /// <summary>How often it was seen changed.</summary>
    public required long Changes { get; init; }

    /// <summary>Mean time from one sighting to the next, in nanoseconds.</summary>
    public required long Cycle { get; init; }

    /// <summary>Least and greatest value.</summary>
    public required double Minimum { get; init; }

    public required double Maximum { get; init; }

    /// <summary>The smallest change seen, at least what one unit of the raw value is.</summary>
    public required double Quantum { get; init; }

    /// <summary>The values of a state or a constant in ascending order; empty for others.</summary>
    public double[] States { get; init; } = [];

    /// <summary>How often each was seen.</summary>
    public long[] StateCounts { get; init; } = [];

    /// <summary>The values that were written to it, in ascending order; empty where none were, or too many different ones.</summary>
    public double[] Commands { get; init; } = [];

    /// <summary>How often each was written.</summary>
    public long[] CommandCounts { get; init; } = [];

    /// <summary>The largest change from one sighting to the next.</summary>
    public double LargestStep { get; init; }

    /// <summary>The most sightings in a row without a change.</summary>
    public double LongestRun { get; init; }

    /// <summary>The highest level of <see cref="LeakyCount"/> its changes reached.</summary>
    public double BusiestChanges { get; init; }

    /// <summary>How much of the source that begins with this signal repeated an earlier stretch at most, in bits.</summary>
    public double LongestReplay { get; init; }

    /// <summary>The signals it is predicted from, the most telling first.</summary>
    public int[] Related { get; init; } = [];

    /// <summary>The linear prediction; null where none holds.</summary>
    public LinearModel? Linear { get; init; }

    /// <summary>The boosted prediction; null where it is no better than the linear one.</summary>
    public RegressionTrees? Trees { get; init; }

    /// <summary>How far predictions were off at most.</summary>
    public double LevelScale { get; init; }

    /// <summary>How far off they stayed for several sightings in a row, at most, in <see cref="LevelScale"/>s.</summary>
    public double LargestShift { get; init; }

    /// <summary>How often what it is predicted from moved on at most while it stood still.</summary>
    public double MostMoves { get; init; }

    /// <summary>The two-valued signals that it goes with.</summary>
    public int[] Voters { get; init; } = [];

    /// <summary>How closely each does: -1 to 1.</summary>
    public float[] Votes { get; init; } = [];

    /// <summary>How often it turned back after a quarter of its range or more, or changed its state.</summary>
    public long Turns { get; init; }

    /// <summary>
    /// Turns from which on signals that go together do not do so by chance: of n independent turns the correlation of two
    /// signals that know nothing of each other reaches 0.8 (<see cref="SignalTraining.VoteCorrelation"/>) with the probability of
    /// Student's t = 0.8·√((n-2)/0.36), which for 18 is one in ten thousand: less than once in twenty trainings of five hundred
    /// signals.
    /// </summary>
    public const int ProvingTurns = 18;

    /// <summary>Whether there is a model that predicts it.</summary>
    public bool IsPredicted => Linear is not null || Trees is not null;

    /// <summary>Whether it cannot have gone with them by chance (<see cref="VoterProof"/>).</summary>
    public bool AreVotersProven { get; init; }

    /// <summary>The share of votes against it that one sighting in a thousand exceeded.</summary>
    public double LargestDissent { get; init; }

    /// <summary>How far learning is: exposure and stability.</summary>
    public LearningStage Stage { get; init; }

    /// <summary>
    /// Whether a value is one to go on with: finite, and no greater than the numbers that predictions are made of.
    /// </summary>
    public static bool IsNumber(double value) => Math.Abs(value) <= float.MaxValue;

    /// <summary>
    /// How surprising a value is among a few that were seen: J = -ln P · ln(1 + g / g₀), with Good and Turing's estimate of the
    /// share of unseen ones, P = (s + ½) / (n + 1) where s values were seen once in n sightings, and with the distance g from the
    /// nearest one in widest gaps g₀ between those seen, up to <see cref="FarthestState"/> of them.
    /// </summary>
    /// <returns>
    /// 0 for a value that was seen, else exp(J / 8): on a scale whose tail falls with the fourth power
    /// (<see cref="ScaleCalibration.AssumedTail"/>) P to the power of a half, as sightings that follow each other are no
    /// independent trials.
    /// </returns>
    /// <param name="value">The value.</param>
    /// <param name="seen">Those seen, in ascending order.</param>
    /// <param name="counts">How often each was seen.</param>
    /// <param name="quantum">The least distance of two values.</param>
    /// <param name="near">Another value that distances count from, or no number.</param>
    public static double Novelty(double value, double[] seen, long[] counts, double quantum, double near = double.NaN)
    {
        if (seen.Length == 0 || Array.BinarySearch(seen, value) >= 0) return 0;
        var (once, all) = (0, 0L);
        foreach (var count in counts)
        {
            once += count == 1 ? 1 : 0;
            all += count;
        }

        var unseen = Math.Min(1, (once + 0.5) / (all + 1));
        var widest = quantum;
        for (var next = 1; next < seen.Length; next++) widest = Math.Max(widest, seen[next] - seen[next - 1]);
        var distance = Math.Abs(value - Nearest(value, seen));
        if (Math.Abs(value - near) < distance) distance = Math.Abs(value - near);
        var gaps = Math.Min(FarthestState, distance / widest);
        return Math.Exp(-Math.Log(unseen) * Math.Log(1 + gaps) / (2 * ScaleCalibration.AssumedTail));
    }

    /// <summary>The value seen that is nearest to another.</summary>
    public static double Nearest(double value, double[] seen)
    {
        var at = Array.BinarySearch(seen, value);
        if (at >= 0) return seen[at];
        at = ~at;
        if (at == 0) return seen[0];
        if (at == seen.Length) return seen[^1];
        return value - seen[at - 1] <= seen[at] - value ? seen[at - 1] : seen[at];
    }

    /// <summary>
    /// How far a value lies outside of its band: 1 at its edge, and one more for each quarter of its width.
    /// </summary>
    public double Beyond(double value)
    {
        var (low, high) = (Definition.Low is { } least ? Math.Min(least, Minimum) : Minimum, Definition.High is { } most ? Math.Max(most, Maximum) : Maximum);
        var beyond = Math.Max(low - value, value - high);
        return beyond > 0 ? 1 + 4 * beyond / Math.Max(high - low, Quantum) : 0;
    }

    /// <summary>
    /// How surprising a value is that somebody sets: as a state that was never set, or by how far it lies outside of what was,
    /// whichever is more.
    /// </summary>
    public double CommandNovelty(double value)
    {
        if (Commands.Length == 0) return 0;
        var beyond = Math.Max(Commands[0] - value, value - Commands[^1]);
        var outside = beyond > 0 && Commands.Length > 2 ? 1 + 4 * beyond / Math.Max(Commands[^1] - Commands[0], Quantum) : 0;
        return Math.Max(outside, Novelty(value, Commands, CommandCounts, Quantum));
    }

    /// <summary>The size of a change: of a whole number that goes round, the short way.</summary>
    public double StepOf(double change)
    {
        var step = Math.Abs(change);
        if (Definition.Place.Number is not (SignalNumber.WholeNumber or SignalNumber.TwosComplement)) return step;
        var round = Math.Pow(2, Definition.Place.Length) * Math.Abs(Definition.Factor);
        return step < round ? Math.Min(step, round - step) : step;
    }

    public string Line(IReadOnlyList<SignalModel> all)
    {
        var invariant = CultureInfo.InvariantCulture;
        var unit = Definition.Unit.Length > 0 ? " " + Definition.Unit : "";
        var behaviour = Kind switch
        {
            SignalKind.Constant => string.Create(invariant, $"constant {Minimum:G6}{unit}"),
            SignalKind.State => string.Create(invariant, $"{States.Length} states {string.Join(", ", States.Select(state => state.ToString("G6", invariant)))}{unit}"),
            SignalKind.Counter => "counts up or down; not judged",
            SignalKind.Number => string.Create(invariant, $"{Minimum:G6} to {Maximum:G6}{unit}, steps up to {LargestStep:G4}, still for up to {LongestRun:0} sightings"),
        };
        var prediction = !IsPredicted
            ? Kind == SignalKind.Number ? "; not predictable from others" : ""
            : string.Create(invariant, $"; predicted to {LevelScale:G4} by {(Trees is null ? "a linear model" : "a linear model and boosted trees")} from {string.Join(", ", Related.Select(related => all[related].Definition.Title))}");
        var commands = Commands.Length == 0
            ? ""
            : string.Create(invariant, $"; written {string.Join(", ", Commands.Select(command => command.ToString("G6", invariant)))}");
        var votes = Voters.Length == 0 ? "" : string.Create(invariant, $"; goes with {Voters.Length} other states{(AreVotersProven ? "" : ", perhaps by chance")}");
        return string.Create(invariant, $"{Definition.Title}: {behaviour}; seen {Samples} times, changed {Changes} times{commands}{prediction}{votes}");
    }

    internal void Write(ModelWriter writer)
    {
        Definition.Write(writer);
        writer.Write((byte)Kind);
        writer.Write(Owner);
        writer.Write(Samples);
        writer.Write(NoNumbers);
        writer.Write(Changes);
        writer.Write(Cycle);
        writer.Write(Minimum);
        writer.Write(Maximum);
        writer.Write(Quantum);
        writer.Write(States);
        foreach (var count in StateCounts) writer.Write(count);
        writer.Write(Commands);
        foreach (var count in CommandCounts) writer.Write(count);
        writer.Write(LargestStep);
        writer.Write(LongestRun);
        writer.Write(BusiestChanges);
        writer.Write(LongestReplay);
        writer.Write(Turns);
        writer.Write(Related);
        writer.Write(Linear is not null);
        Linear?.Write(writer);
        writer.Write(Trees is not null);
        Trees?.Write(writer);
        writer.Write(LevelScale);
        writer.Write(LargestShift);
        writer.Write(MostMoves);
        writer.Write(Voters);
        writer.Write(Votes);
        writer.Write(AreVotersProven);
        writer.Write(LargestDissent);
        writer.Write((byte)Stage);
    }

    internal static SignalModel Read(ModelReader reader, int signals)
    {
        var model = new SignalModel
        {
            Definition = SignalDefinition.Read(reader),
            Kind = reader.ReadEnum<SignalKind>(),
            Owner = reader.ReadCount(signals - 1),
            Samples = reader.ReadLong(),
            NoNumbers = reader.ReadLong(),
            Changes = reader.ReadLong(),
            Cycle = reader.ReadLong(),
            Minimum = reader.ReadDouble(),
            Maximum = reader.ReadDouble(),
            Quantum = reader.ReadDouble(),
            States = reader.ReadDoubles(MostStates),
        };
        var counts = new long[model.States.Length];
        for (var at = 0; at < counts.Length; at++) counts[at] = reader.ReadLong();
        var commands = reader.ReadDoubles(MostStates);
        var commandCounts = new long[commands.Length];
        for (var at = 0; at < commandCounts.Length; at++) commandCounts[at] = reader.ReadLong();
        model = model with
        {
            StateCounts = counts,
            Commands = commands,
            CommandCounts = commandCounts,
            LargestStep = reader.ReadDouble(),
            LongestRun = reader.ReadDouble(),
            BusiestChanges = reader.ReadDouble(),
            LongestReplay = reader.ReadDouble(),
            Turns = reader.ReadLong(),
            Related = reader.ReadIntegers(MostRelated),
            Linear = reader.ReadBoolean() ? LinearModel.Read(reader) : null,
            Trees = reader.ReadBoolean() ? RegressionTrees.Read(reader) : null,
            LevelScale = reader.ReadDouble(),
            LargestShift = reader.ReadDouble(),
            MostMoves = reader.ReadDouble(),
            Voters = reader.ReadIntegers(MostRelated),
            Votes = reader.ReadSingles(MostRelated),
            AreVotersProven = reader.ReadBoolean(),
            LargestDissent = reader.ReadDouble(),
            Stage = reader.ReadEnum<LearningStage>(),
        };
        bool Exists(int signal) => signal >= 0 && signal < signals;
        var fits = model.Related.All(Exists) && model.Voters.All(Exists) && model.Votes.Length == model.Voters.Length
            && (model.Linear?.Features ?? model.Related.Length) == model.Related.Length
            && (model.Trees?.Features ?? model.Related.Length) == model.Related.Length
            && model.Cycle >= 0 && model.Quantum > 0;
        return fits ? model : throw new BaselineFormatException("A model of the baseline names signals that do not fit together.");
    }
}

/// <summary>
/// Counts what happened lately: each adds one, and what is there fades with a time constant. Unlike a window it needs no list.
/// </summary>
internal struct LeakyCount
{
    private double _level;
    private long _time;

    /// <summary>Adds one; what is there then.</summary>
    public double Add(long time, double constantNanoseconds)
    {
        _level = _level * Math.Exp(-Math.Max(0, time - _time) / constantNanoseconds) + 1;
        _time = time;
        return _level;
    }
}
