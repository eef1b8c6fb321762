using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Signals;

/// <summary>Names of the scales of the family.</summary>
internal static class SignalScales
{
    public const int Bounds = 0;
    public const int Step = 1;
    public const int States = 2;
    public const int Level = 3;
    public const int Shift = 4;
    public const int Votes = 5;
    public const int Stuck = 6;
    public const int Toggling = 7;
    public const int Writes = 8;
    public const int Replay = 9;
    public const int Commands = 10;

    public static readonly string[] Names =
        ["bounds", "step", "states", "level", "shift", "votes", "stuck", "toggling", "writes", "replay", "commands"];
}

/// <summary>The largest of what the watch saw in the traffic that models are fitted on: what its scores are ratios to.</summary>
internal sealed class SignalPeaks(int signals)
{
    public double[] Step { get; } = new double[signals];
    public double[] Run { get; } = new double[signals];
    public double[] Changes { get; } = new double[signals];
    public double[] Replay { get; } = new double[signals];
    public double[] Level { get; } = new double[signals];
    public double[] Shift { get; } = new double[signals];
    public double[] Moves { get; } = new double[signals];
    public SampledQuantile[] Dissent { get; } = new SampledQuantile[signals];
    public Dictionary<WriterKey, double> Writes { get; } = [];
}

/// <summary>A quantile of numbers of which every second is given up whenever there is no more room.</summary>
internal struct SampledQuantile
{
    private const int Size = 1024;

    private List<float>? _values;
    private long _seen;
    private long _stride;

    public void Add(double value)
    {
        if (_seen++ % Math.Max(1, _stride) != 0) return;
        _values ??= [];
        if (_values.Count == Size)
        {
            for (var kept = 0; kept < Size / 2; kept++) _values[kept] = _values[kept * 2];
            _values.RemoveRange(Size / 2, Size / 2);
            _stride = Math.Max(1, _stride) * 2;
        }

        _values.Add((float)value);
    }

    public readonly double At(double share)
    {
        if (_values is null) return 0;
        var sorted = _values.Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
    }
}

/// <summary>Judges the values of signals by what was learned of each and of their relations.</summary>
internal sealed class SignalWatch : FamilyWatch
{
    /// <summary>Sources whose repetitions are followed.</summary>
    public const int MaximumReplays = 2000;

    /// <summary>Below this share of what was learned nothing is said: it could make no event and would cost.</summary>
    private const double Least = 0.5;

    // A minute: what an operator and an automatic control do within one is seldom more than a few acts.
    private const double ChangesConstant = 60e9;

    // Ten seconds: commands of one act follow each other within them.
    private const double WritesConstant = 10e9;

    /// <summary>
    /// Comparisons in a row, each with values seen since the one before, that a deviation from the prediction has to last
    /// for: values that are read one after the other disagree for one or two whenever something is switched.
    /// </summary>
    private const int ShiftSightings = 5;

    /// <summary>
    /// Bits that may agree by chance in any case: that one of all the sets remembered comes again is no repetition.
    /// </summary>
    private static readonly double LeastReplay = Math.Log2(ReplayState.Remembered);

    /// <summary>Cycles after which a value is too old to predict others from.</summary>
    private const int StaleCycles = 5;

    private readonly IReadOnlyList<SignalModel> _models;
    private readonly SignalReadings _readings;
    private readonly WatchContext _context;
    private readonly SignalPeaks? _peaks;
    private readonly State[] _states;
    private readonly int[] _devices;
    private readonly float[] _features = new float[SignalModel.MostRelated];
    private readonly Dictionary<WriterKey, int> _writerOf;
    private readonly IReadOnlyList<WriterModel> _writers;
    private readonly LeakyCount[] _writes;
    private readonly Dictionary<WriterKey, LeakyCount> _measuredWrites = [];
    private readonly int _first;
    private int _replays;

    public SignalWatch(
        IReadOnlyList<SignalModel> models, IReadOnlyList<WriterModel> writers, WatchContext context, SignalPeaks? peaks = null)
    {
        (_models, _writers, _context, _peaks, _first) = (models, writers, context, peaks, context.FirstScale);
        _readings = new SignalReadings(
            [.. models.Select(model => model.Definition)], context.Protocols, context.Vocabulary.NameMap);
        _states = new State[models.Count];
        _writerOf = [];
        for (var at = 0; at < writers.Count; at++) _writerOf.Add(writers[at].Key, at);
        _writes = new LeakyCount[writers.Count];
        var devices = new DeviceNumbers();
        _devices = [.. models.Select(model => devices.Of(model.Definition.Key))];
        Owners = devices.Count + 1;
        Break();
    }

    public override int Owners { get; }

    public override long Forgotten => _readings.Forgotten;

    /// <summary>The signals of the observation at hand.</summary>
    internal SignalReadings Readings => _readings;

    /// <summary>The latest value of a signal; no number before the first.</summary>
    internal double ValueOf(int signal) => _states[signal].Value;

    public override TimeSpan CycleOf(int scale, int key) =>
        key < _models.Count ? TimeSpan.FromTicks(_models[key].Cycle / 100) : TimeSpan.Zero;

    public override int OwnerOf(int scale, int key) => key < _devices.Length ? _devices[key] : Owners - 1;

    public override void Break()
    {
        for (var at = 0; at < _states.Length; at++) _states[at] = new State { Value = double.NaN, Time = long.MinValue };
        Array.Clear(_writes);
    }

    public override void Observe(in Observation observation, ObservationBatch batch, ScoreSheet sheet)
    {
        if (observation.IsWrite) CountWrite(in observation, batch, sheet);
        if (_readings.Read(in observation, batch) == 0) return;
        var time = observation.Time.UnixNanoseconds;
        Repeat(sheet);
        var signals = _readings.Signals;
        var values = _readings.Values;
        // All of a message first, so that what it says together is judged together.
        for (var at = 0; at < signals.Length; at++) Take(signals[at], values[at], time, sheet);
        if (observation.IsWrite) Command(sheet);
        foreach (var signal in signals)
        {
            var model = _models[signal];
            ref var state = ref _states[signal];
            if (state.Time != time || model.Kind == SignalKind.Counter) continue;
            if (model.IsPredicted) Predict(signal, model, ref state, time, sheet);
            else if (model.Kind == SignalKind.Number) StandStill(signal, model, ref state, sheet);
            if (model.Voters.Length > 0) Vote(signal, model, ref state, time, sheet);
        }
    }

    public override ScoreSubject Describe(in Score score)
    {
        if (score.Key >= _models.Count)
        {
            var writer = _writers[score.Key - _models.Count];
            return new ScoreSubject(0, writer.Key.Client.ToString(), writer.Key.Title, "", [], LearningStage.Dynamic);
        }

        var model = _models[score.Key];
        var related = (score.Scale - _first) switch
        {
            SignalScales.Level or SignalScales.Shift or SignalScales.Stuck => Names(model.Related),
            SignalScales.Votes => Names(model.Voters),
            _ => [],
        };
        var owner = model.Definition.Key.Owner.ToString();
        var unit = model.Definition.Key.Unit >= 0
            ? string.Create(CultureInfo.InvariantCulture, $" unit {model.Definition.Key.Unit}")
            : "";
        var protocol = _context.Protocols.IndexOf(model.Definition.Protocol) ?? 0;
        var isProven = (score.Scale - _first) switch
        {
            SignalScales.Votes => model.AreVotersProven,
            SignalScales.Level or SignalScales.Shift or SignalScales.Stuck => AreRelatedProven(model),
            _ => true,
        };
        var stage = isProven ? model.Stage : LearningStage.Learning;
        return new ScoreSubject(protocol, owner + unit, model.Definition.Name, UnitOf(score.Scale - _first, model), related, stage)
        {
            Since = score.Scale - _first == SignalScales.Stuck ? new CaptureTime(_states[score.Key].Since) : null,
        };
    }

    private bool AreRelatedProven(SignalModel model)
    {
        if (!model.IsPredicted) return true;
        if (model.Turns < SignalModel.ProvingTurns) return false;
        foreach (var related in model.Related)
            if (_models[related].Turns < SignalModel.ProvingTurns) return false;
        return true;
    }

    // Counts have no unit.
    private static string UnitOf(int scale, SignalModel model) =>
        scale is SignalScales.Toggling or SignalScales.Replay or SignalScales.Writes ? "" : model.Definition.Unit;

    private const int NamesShown = 4;

    private List<string> Names(int[] signals)
    {
        List<string> names = [.. signals.Take(NamesShown).Select(signal => _models[signal].Definition.Title)];
        if (signals.Length > NamesShown)
            names.Add(string.Create(CultureInfo.InvariantCulture, $"{signals.Length - NamesShown} more"));
        return names;
    }

    private void CountWrite(in Observation observation, ObservationBatch batch, ScoreSheet sheet)
    {
        var time = observation.Time.UnixNanoseconds;
        var client = WriterKey.Of(in observation, batch, _context.Vocabulary);
        if (_peaks is not null)
        {
            var count = _measuredWrites.GetValueOrDefault(client);
            var level = count.Add(time, WritesConstant);
            _measuredWrites[client] = count;
            _peaks.Writes[client] = Math.Max(_peaks.Writes.GetValueOrDefault(client), level);
        }
        else if (_writerOf.TryGetValue(client, out var writer))
        {
            var level = _writes[writer].Add(time, WritesConstant);
            Say(sheet, SignalScales.Writes, _models.Count + writer, level / _writers[writer].Busiest, level, 0, _writers[writer].Busiest);
        }
    }

    private void Command(ScoreSheet sheet)
    {
        var signals = _readings.Signals;
        var values = _readings.Values;
        for (var at = 0; at < signals.Length; at++)
        {
            var model = _models[signals[at]];
            var novelty = model.CommandNovelty(values[at]);
            if (novelty <= 0) continue;
            var nearest = SignalModel.Nearest(values[at], model.Commands);
            Say(sheet, SignalScales.Commands, signals[at], novelty, values[at], nearest, nearest);
        }
    }

    private void Repeat(ScoreSheet sheet)
    {
        var source = _readings.Source!;
        if (source.Replay is null)
        {
            if (_replays == MaximumReplays || !source.Entries.Any(entry => _models[entry.Signal].Kind == SignalKind.Number)) return;
            _replays++;
            source.Replay = new ReplayState();
        }

        var bits = source.Replay.Add(_readings.Values);
        var first = source.Entries[0].Signal;
        if (_peaks is not null) _peaks.Replay[first] = Math.Max(_peaks.Replay[first], bits);
        else Say(
            sheet, SignalScales.Replay, first, bits / Math.Max(LeastReplay, _models[first].LongestReplay), bits, 0,
            Math.Max(LeastReplay, _models[first].LongestReplay));
    }

    private void Take(int signal, double value, long time, ScoreSheet sheet)
    {
        var model = _models[signal];
        ref var state = ref _states[signal];
        if (!SignalModel.IsNumber(value))
        {
            // No number, and nothing to go on with: the last one stays. A device that says so at times is no news.
            if (_peaks is null && model.NoNumbers == 0)
                sheet.Add(_first + SignalScales.Bounds, signal, Score.Most, value, model.Minimum, model.Maximum);
            return;
        }

        var isFirst = double.IsNaN(state.Value);
        // A clock that was set back, or a long pause: it is a beginning again.
        var gap = time - state.Time;
        var goesOn = !isFirst && gap >= 0 && gap <= StaleCycles * Math.Max(model.Cycle, 1);
        var change = isFirst ? 0 : value - state.Value;
        state.Time = time;
        state.Value = value;
        state.Changed = change != 0;
        if (!goesOn)
        {
            state.Run = 0;
            state.Moves = 0;
            state.Low = double.PositiveInfinity;
            state.High = double.NegativeInfinity;
            state.Lasts = 0;
            state.Levels = default;
            state.Dissents = default;
            state.Compared = 0;
            state.Voted = 0;
            state.StepTime = 0;
        }

        if (!goesOn || change != 0) state.Since = time;
        if (model.Kind == SignalKind.Counter || model.Definition.IsPart) return;
        if (change == 0 && !isFirst)
        {
            state.Run++;
        }
        else
        {
            state.Run = 0;
            state.Moves = 0;
            state.Low = double.PositiveInfinity;
            state.High = double.NegativeInfinity;
            state.Beyond = model.Kind == SignalKind.Number ? model.Beyond(value) : Unseen(model, value, change, isFirst);
            if (change != 0) Change(signal, model, ref state, change, time, goesOn, sheet);
        }

        if (state.Beyond <= 0) return;
        if (model.Kind == SignalKind.Number)
            Say(sheet, SignalScales.Bounds, signal, state.Beyond, value, model.Minimum, model.Maximum);
        else
            Say(sheet, SignalScales.States, signal, state.Beyond, value, SignalModel.Nearest(value, model.States), SignalModel.Nearest(value, model.States));
    }

    /// <summary>
    /// How surprising a state is. What is otherwise from the beginning (a distance driven, a range left, a setting) is no change
    /// that anybody could have made here. A temperature that leaves what was learned step by step took few values and is
    /// none of a few states: it counts how far it went at once.
    /// </summary>
    private static double Unseen(SignalModel model, double value, double change, bool isFirst) => isFirst
        ? 0
        : SignalModel.Novelty(value, model.States, model.StateCounts, model.Quantum, value - change);

    private void Change(
        int signal, SignalModel model, ref State state, double change, long time, bool goesOn, ScoreSheet sheet)
    {
        if (model.Kind == SignalKind.Number)
        {
            if (!goesOn) return;
            var step = model.StepOf(change);
            if (_peaks is not null) _peaks.Step[signal] = Math.Max(_peaks.Step[signal], step);
            else if (model.IsPredicted) state.Remember(step, change, time);
            else SayStep(signal, model, step, change, sheet);
            return;
        }

        if (model.Kind == SignalKind.Constant) return;
        var level = state.Changes.Add(time, ChangesConstant);
        if (_peaks is not null) _peaks.Changes[signal] = Math.Max(_peaks.Changes[signal], level);
        else Say(sheet, SignalScales.Toggling, signal, level / Math.Max(2, model.BusiestChanges), level, 0, model.BusiestChanges);
    }

    private void SayStep(int signal, SignalModel model, double step, double change, ScoreSheet sheet) => Say(
        sheet, SignalScales.Step, signal, step / Math.Max(model.LargestStep, model.Quantum), change, -model.LargestStep,
        model.LargestStep);

    private void Predict(int signal, SignalModel model, ref State state, long time, ScoreSheet sheet)
    {
        var features = _features.AsSpan(0, model.Related.Length);
        if (!TryFeatures(model.Related, time, features, out var oldest)) return;
        var isNew = oldest > state.Compared;
        if (isNew) state.Compared = time;
        var predicted = model.Linear?.Predict(features) ?? model.Trees!.Predict(features);
        var residual = state.Value - predicted;
        if (model is { Linear: not null, Trees: not null } && Math.Abs(residual) > model.LevelScale * Least)
        {
            // It is odd only where no model explains it.
            var other = model.Trees.Predict(features);
            if (Math.Abs(state.Value - other) < Math.Abs(residual)) (predicted, residual) = (other, state.Value - other);
        }

        if (state.StepTime != 0 && oldest > state.StepTime)
        {
            // Whatever it goes with has been seen since: a step that brought it to where it belongs is the plant's own.
            if (Math.Abs(state.StepTo - predicted) * 2 >= Math.Abs(state.StepChange))
                SayStep(signal, model, state.Step, state.StepChange, sheet);
            state.StepTime = 0;
        }

        var ratio = residual / model.LevelScale;
        var level = state.Levels.Least(ratio, isNew);
        Say(sheet, SignalScales.Level, signal, level, state.Value, predicted - model.LevelScale, predicted + model.LevelScale);
        state.Shift = state.Lasting(ratio, isNew);
        state.Low = Math.Min(state.Low, predicted);
        state.High = Math.Max(state.High, predicted);
        if (isNew)
        {
            // Less than the signal's own resolution is no movement that it could follow.
            if (state.Run > 0 && Math.Abs(predicted - state.Predicted) >= model.Quantum) state.Moves++;
            state.Predicted = predicted;
        }

        if (_peaks is not null)
        {
            _peaks.Level[signal] = Math.Max(_peaks.Level[signal], level);
            _peaks.Shift[signal] = Math.Max(_peaks.Shift[signal], Math.Abs(state.Shift));
            _peaks.Moves[signal] = Math.Max(_peaks.Moves[signal], state.Moves);
            _peaks.Run[signal] = Math.Max(_peaks.Run[signal], state.Run);
            return;
        }

        Say(
            sheet, SignalScales.Shift, signal, Math.Abs(state.Shift) / Math.Max(model.Quantum / model.LevelScale, model.LargestShift), state.Value,
            predicted - model.LevelScale, predicted + model.LevelScale);
        if (model.Kind != SignalKind.Number || state.Run == 0) return;
        // It is odd only while what it goes with moves on: a feeder that is switched off stands still with all it measures.
        var still = state.Moves / Math.Max(1, model.MostMoves);
        Say(sheet, SignalScales.Stuck, signal, still, state.Value, state.Low, state.High);
    }

    private void StandStill(int signal, SignalModel model, ref State state, ScoreSheet sheet)
    {
        if (_peaks is not null) _peaks.Run[signal] = Math.Max(_peaks.Run[signal], state.Run);
        else if (state.Run > 0) Say(sheet, SignalScales.Stuck, signal, state.Run / Math.Max(1, model.LongestRun), state.Value, model.Minimum, model.Maximum);
    }

    private void Vote(int signal, SignalModel model, ref State state, long time, ScoreSheet sheet)
    {
        var (net, all) = (0.0, 0.0);
        var oldest = long.MaxValue;
        var isHigh = state.Value > (model.Minimum + model.Maximum) / 2;
        for (var at = 0; at < model.Voters.Length; at++)
        {
            ref readonly var voter = ref _states[model.Voters[at]];
            var other = _models[model.Voters[at]];
            if (double.IsNaN(voter.Value) || IsStale(voter.Time, time, other.Cycle)) continue;
            var says = voter.Value > (other.Minimum + other.Maximum) / 2 == model.Votes[at] > 0;
            all++;
            oldest = Math.Min(oldest, voter.Time);
            net += says == isHigh ? -1 : 1;
        }

        // Most of them have to be there.
        if (all < model.Voters.Length / 2.0) return;
        // What a bus carries comes by itself, and every sighting is a comparison.
        var isNew = oldest > state.Voted || model.Definition.Key.Space == TargetSpace.CanIdentifier;
        if (isNew) state.Voted = time;
        var odds = state.Dissents.Least(Math.Exp(Witnesses * WitnessOdds * net / all), isNew);
        if (_peaks is not null) _peaks.Dissent[signal].Add(odds);
        else Say(sheet, SignalScales.Votes, signal, odds / Math.Max(1, model.LargestDissent), state.Value, isHigh ? model.Minimum : model.Maximum, isHigh ? model.Minimum : model.Maximum);
    }

    /// <summary>
    /// Voters count as no more than three witnesses that know nothing of each other: most change for one cause.
    /// </summary>
    private const int Witnesses = 3;

    /// <summary>
    /// What one witness is worth in nats: the odds ln((1 + ρ) / (1 - ρ)) of the least correlation that gives a vote, 0.8.
    /// </summary>
    private const double WitnessOdds = 2.197;

    /// <summary>The latest values of related signals; false where one is too old or was never seen.</summary>
    /// <param name="related">The signals.</param>
    /// <param name="time">The moment.</param>
    /// <param name="features">Where their values go.</param>
    /// <param name="oldest">When the one was seen that was seen longest ago.</param>
    internal bool TryFeatures(int[] related, long time, Span<float> features, out long oldest)
    {
        oldest = long.MaxValue;
        for (var at = 0; at < related.Length; at++)
        {
            ref readonly var state = ref _states[related[at]];
            if (double.IsNaN(state.Value) || IsStale(state.Time, time, _models[related[at]].Cycle)) return false;
            features[at] = (float)state.Value;
            oldest = Math.Min(oldest, state.Time);
        }

        return true;
    }

    private static bool IsStale(long seen, long now, long cycle) => now - seen > StaleCycles * Math.Max(cycle, 1) || now < seen;

    private void Say(ScoreSheet sheet, int scale, int key, double value, double observed, double low, double high)
    {
        if (_peaks is null && value >= Least) sheet.Add(_first + scale, key, value, observed, low, high);
    }

    private struct State
    {
        public double Value;
        public long Time;
        public bool Changed;
        public int Run;
        public long Since;
        public int Moves;
        public double Step;
        public double StepChange;
        public double StepTo;
        public long StepTime;
        public double Predicted;
        public long Compared;
        public long Voted;
        public double Beyond;
        public double Low;
        public double High;
        public double Shift;
        public LeakyCount Changes;
        public LatestThree Levels;
        public LatestThree Dissents;
        public int Lasts;
        private double _least;
        private double _before;

        /// <summary>Keeps the greatest step of those that nothing it goes with was seen after.</summary>
        public void Remember(double step, double change, long time)
        {
            if (StepTime != 0 && step <= Step) return;
            (Step, StepChange, StepTo, StepTime) = (step, change, Value, time);
        }

        /// <summary>
        /// The least of the deviations that have now lasted to one side for <see cref="ShiftSightings"/> comparisons; 0 while
        /// none has. Of a longer stretch, the greatest such: it does not fall while the deviation lasts.
        /// </summary>
        public double Lasting(double ratio, bool isNew)
        {
            if (Lasts == 0 || ratio > 0 != _before > 0)
            {
                (Lasts, _least, _before) = (1, ratio, ratio);
                return 0;
            }

            // Two overlapping halves of the stretch: the least over the last few, without a list.
            _least = Math.Abs(ratio) < Math.Abs(_least) ? ratio : _least;
            _before = ratio;
            if (isNew) Lasts++;
            if (Lasts < ShiftSightings) return 0;
            var lasting = _least;
            if (isNew && Lasts % ShiftSightings == 0) _least = ratio;
            return lasting;
        }
    }
}

/// <summary>
/// The latest deviations of a signal from three comparisons: what is read one after the other disagrees for a while whenever
/// something is switched, and only what lasts counts. A comparison is another one where all it was compared with was seen
/// again; of those before, what was found at once counts, as later the others were old.
/// </summary>
internal struct LatestThree
{
    private double _begun;
    private double _last;
    private double _lastButOne;

    /// <summary>
    /// Takes one more; the least of it and of the latest three comparisons, without sign, where all are to one side, else 0.
    /// </summary>
    public double Least(double deviation, bool isNew)
    {
        if (isNew) (_lastButOne, _last, _begun) = (_last, _begun, deviation);
        var isOneSided = deviation > 0 == _begun > 0 && deviation > 0 == _last > 0 && deviation > 0 == _lastButOne > 0;
        return isOneSided
            ? Math.Min(Math.Min(Math.Abs(deviation), Math.Abs(_begun)), Math.Min(Math.Abs(_last), Math.Abs(_lastButOne)))
            : 0;
    }
}
