using OtGuard.Collectors;
using OtGuard.Models.Scoring;
using OtGuard.Models.Training;

namespace OtGuard.Models.Signals;

/// <summary>
/// Trains the signals' models in four passes over the fit part of the trace: what signals there are and how they behave;
/// snapshots of all of them, for who goes with whom; examples, for the predictions; and the watch itself, for the largest
/// scores that the traffic gives which it is fitted on.
/// </summary>
internal sealed class SignalTraining(TrainingContext context)
{
    /// <summary>
    /// Snapshots of all signals. A correlation over 2,048 of them is good to 1/√2048, a fiftieth, well below the tenth at which
    /// a relation is taken.
    /// </summary>
    private const int Snapshots = 2048;

    /// <summary>Examples of one prediction at most; sixty trees of sixteen leaves have a thousand parameters.</summary>
    private const int Examples = 4000;

    /// <summary>Numbers in all examples together, at 4 bytes each: 160 MiB.</summary>
    private const long ExampleNumbers = 40_000_000;

    /// <summary>
    /// Share of the examples that predictions are fitted on; how far off they are is measured on the rest, which lies later.
    /// </summary>
    private const double FitShare = 0.75;

    /// <summary>
    /// How closely signals have to go together where they are to vouch for each other: 0.8, of which two thirds of the
    /// variance is common.
    /// </summary>
    internal const double VoteCorrelation = 0.8;

    /// <summary>Voters a signal has at least: of three one may be wrong.</summary>
    private const int FewestVoters = 3;

    /// <summary>
    /// A prediction is of use where nine in ten are good to a quarter of the signal's own spread: one that is not tells little
    /// more than its band.
    /// </summary>
    private const double UsefulShare = 0.25;

    public FamilyModel? Train()
    {
        var readings = new SignalReadings(context.Protocols, context.Vocabulary);
        var survey = new Survey(readings);
        context.Progress("signals", 0);
        context.ReplayFit(survey);
        if (readings.Definitions.Count == 0) return null;
        var models = survey.Models();
        context.Progress("signals: relations", 0.1);
        Relate(models, survey);
        context.Progress("signals: predictions", 0.3);
        Predict(models);
        context.Progress("signals: limits", 0.9);
        var peaks = new SignalPeaks(models.Length);
        var watch = new SignalWatch(models, [], new WatchContext(context.Protocols, context.Vocabulary, 0), peaks);
        context.ReplayFit(new WatchReplay(watch));
        for (var at = 0; at < models.Length; at++)
        {
            models[at] = models[at] with
            {
                LargestStep = peaks.Step[at],
                LongestRun = peaks.Run[at],
                BusiestChanges = peaks.Changes[at],
                LongestReplay = peaks.Replay[at],
                // Until here the scale was a unit of its own.
                LevelScale = models[at].LevelScale * Math.Max(1, peaks.Level[at]),
                LargestShift = peaks.Shift[at] / Math.Max(1, peaks.Level[at]),
                MostMoves = peaks.Moves[at],
                LargestDissent = peaks.Dissent[at].At(0.999),
            };
        }

        context.Progress("signals", 1);
        return new SignalFamilyModel(
            models,
            [
                .. peaks.Writes.Select(writer => new WriterModel(writer.Key, writer.Value))
                    .OrderBy(writer => writer.Key.Client).ThenBy(writer => writer.Key.Space).ThenBy(writer => writer.Key.Switch),
            ]);
    }

    /// <summary>
    /// How far a number has to have gone, in widths of its band, to be related to others: what went one way only goes with
    /// whatever did so too.
    /// </summary>
    private const double ThereAndBack = 2;

    /// <summary>
    /// How long a signal has to have been seen before what is off from it is an alarm and not information. Five minutes: a
    /// vehicle passes through several states of its drive in them, an operator's round begins again.
    /// </summary>
    private static readonly TimeSpan LeastExposure = TimeSpan.FromMinutes(5);

    private void Relate(SignalModel[] models, Survey survey)
    {
        var wander = survey.Wander();
        var mayRelate = models.Select((model, at) =>
            model.Kind == SignalKind.State || (model.Kind == SignalKind.Number && wander[at] >= ThereAndBack)).ToArray();
        var proof = new VoterProof(
            models, survey.Changes(), context.Trace.Exposure.Ticks * 100.0 * context.Options.FitShare);
        var total = (long)(context.Trace.Count * context.Options.FitShare);
        var snapshots = new SnapshotReplay(
            new SignalWatch(models, [], new WatchContext(context.Protocols, context.Vocabulary, 0), new SignalPeaks(models.Length)),
            mayRelate, Math.Max(1, total / Snapshots));
        context.ReplayFit(snapshots);
        var related = new RelatedSignals(snapshots.Columns());
        // Where there is but one device to be seen, its signals have only each other.
        var owners = models.Select(model => model.Owner).Distinct().Count();
        Parallel.For(0, models.Length, new ParallelOptions { CancellationToken = context.Cancellation }, target =>
        {
            if (!mayRelate[target]) return;
            // A device that lies about what it measures does so consistently; what it was told is read apart from that.
            // One that is polled much more seldom would disagree for long after each change; what a bus carries is sent when it
            // changes as much as in its cycle.
            bool IsOther(int signal) => IsApart(signal)
                && (models[target].Definition.Key.Space == TargetSpace.CanIdentifier
                    || models[signal].Cycle <= 2 * models[target].Cycle);
            bool IsApart(int signal) => owners <= 2 || models[signal].Owner != models[target].Owner
                || (models[target].Definition.Key.Space == TargetSpace.InputRegisters
                    && models[signal].Definition.Key.Space is TargetSpace.Coils or TargetSpace.HoldingRegisters);
            // A server of many nodes tells of other devices, which tell of themselves: against them a lie of its own shows.
            bool IsElsewhere(int signal) => IsOther(signal)
                && models[signal].Definition.Key.Owner != models[target].Definition.Key.Owner;
            List<int> partners = [];
            if (models[target].Definition.Key.Space == TargetSpace.Nodes)
                partners = related.Of(target, IsElsewhere, SignalModel.MostRelated);
            if (partners.Count == 0 || Math.Abs(related.Correlation(target, partners[0])) < VoteCorrelation)
                partners = related.Of(target, IsOther, SignalModel.MostRelated);
            List<(int Signal, float Vote)> voters = [];
            var isProven = false;
            if (models[target].States.Length == 2)
            {
                var candidates = Enumerable.Range(0, models.Length)
                    .Where(signal => signal != target && models[signal].States.Length == 2 && IsApart(signal)).ToList();
                voters = [.. candidates
                    .Select(signal => (signal, (float)related.Correlation(target, signal)))
                    .Where(voter => Math.Abs(voter.Item2) >= VoteCorrelation)
                    .OrderByDescending(voter => Math.Abs(voter.Item2))
                    .ThenByDescending(voter => models[voter.signal].Definition.Place == models[target].Definition.Place)
                    .ThenBy(voter => voter.signal)
                    // Bits of one number flip together where it passes a power of two: of a message they are one witness.
                    .DistinctBy(voter => models[voter.signal].Definition.IsPart
                        ? (models[voter.signal].Definition.Key.Owner, -1)
                        : (models[voter.signal].Definition.Key.Owner, voter.signal))];
                isProven = voters.Count >= FewestVoters && proof.IsProven(target, voters.Count, candidates);
            }

            if (voters.Count < FewestVoters) voters = [];
            if (voters.Count > SignalModel.MostRelated) voters.RemoveRange(SignalModel.MostRelated, voters.Count - SignalModel.MostRelated);
            models[target] = models[target] with
            {
                Related = [.. partners],
                Voters = [.. voters.Select(voter => voter.Signal)],
                Votes = [.. voters.Select(voter => voter.Vote)],
                AreVotersProven = isProven,
            };
        });
    }

    private void Predict(SignalModel[] models)
    {
        var targets = Enumerable.Range(0, models.Length).Where(at => models[at].Related.Length > 0).ToList();
        if (targets.Count == 0) return;
        var most = (int)Math.Clamp(ExampleNumbers / (targets.Count * (SignalModel.MostRelated + 1L)), 200, Examples);
        var examples = new ExampleReplay(
            new SignalWatch(models, [], new WatchContext(context.Protocols, context.Vocabulary, 0), new SignalPeaks(models.Length)),
            models, most);
        context.ReplayFit(examples);
        var done = 0;
        Parallel.ForEach(targets, new ParallelOptions { CancellationToken = context.Cancellation }, target =>
        {
            models[target] = Fit(models[target], examples.Rows[target]!, target);
            context.Progress("signals: predictions", 0.3 + 0.6 * Interlocked.Increment(ref done) / targets.Count);
        });
    }

    private SignalModel Fit(SignalModel model, ExampleRows rows, int target)
    {
        const int fewest = 50;
        var unpredictable = model with { Related = [] };
        if (rows.Features.Count < fewest) return unpredictable;
        var fitted = (int)(rows.Features.Count * FitShare);
        if (Straight(rows, fitted) is not ({ } linear, var straight)) return unpredictable;
        var most = linear.Features;
        if (most < model.Related.Length)
        {
            model = model with { Related = model.Related[..most] };
            for (var row = 0; row < rows.Features.Count; row++) rows.Features[row] = rows.Features[row][..most];
        }

        var spread = model.Maximum - model.Minimum;
        var floor = model.Quantum;
        RegressionTrees? trees = null;
        var scale = straight;
        if (straight > 2 * floor)
        {
            trees = context.Trainer.TrainTrees(rows.Features.GetRange(0, fitted), rows.Target.GetRange(0, fitted), context.Options.Seed);
            var boosted = Off(rows, (row, _) => trees.Predict(rows.Features[row]), fitted);
            var both = Off(
                rows,
                (row, value) =>
                {
                    var (one, other) = (linear.Predict(rows.Features[row]), trees.Predict(rows.Features[row]));
                    return Math.Abs(value - one) < Math.Abs(value - other) ? one : other;
                },
                fitted);
            // Trees that are much worse than the line would only excuse what it does not explain.
            if (boosted > 1.5 * straight) trees = null;
            else scale = both;
        }

        scale = Math.Max(scale, floor);
        return scale <= UsefulShare * spread
            ? model with { Linear = linear, Trees = trees, LevelScale = scale }
            : unpredictable;
    }

    /// <summary>
    /// The line through as few of the related signals, in their order, as come within a tenth of the best: each further one
    /// has to be there when it is asked, and may go with the target by chance.
    /// </summary>
    private static (LinearModel? Model, double Off) Straight(ExampleRows rows, int fitted)
    {
        List<(LinearModel Model, double Off)> lines = [];
        for (var features = 1; features <= rows.Features[0].Length; features++)
        {
            if (LinearModel.FitMost(rows.Features, rows.Target, fitted, features) is not { } line) continue;
            var most = features;
            lines.Add((line, Off(rows, (row, _) => line.Predict(rows.Features[row].AsSpan(0, most)), fitted)));
        }

        if (lines.Count == 0) return (null, 0);
        var least = lines.Min(line => line.Off);
        return lines.First(line => line.Off <= NearlyBest * least);
    }

    private const double NearlyBest = 1.1;

    // What one example in ten exceeds: of those fitted on, and of the later ones, whichever is more.
    private static double Off(ExampleRows rows, Func<int, double, double> predict, int fitted)
    {
        double Quantile(int from, int to)
        {
            var off = new double[to - from];
            for (var row = from; row < to; row++) off[row - from] = Math.Abs(rows.Target[row] - predict(row, rows.Target[row]));
            Array.Sort(off);
            return off[Math.Min(off.Length - 1, (int)(off.Length * 0.9))];
        }

        return Math.Max(Quantile(0, fitted), Quantile(fitted, rows.Target.Count));
    }

    /// <summary>What signals there are and how each behaves.</summary>
    private sealed class Survey(SignalReadings readings) : ITraceConsumer
    {
        private readonly List<Behaviour> _behaviours = [];

        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
            {
                if (readings.Read(in observation, batch) == 0) continue;
                while (_behaviours.Count < readings.Definitions.Count) _behaviours.Add(new Behaviour());
                for (var at = 0; at < readings.Count; at++)
                {
                    var behaviour = _behaviours[readings.Signals[at]];
                    behaviour.See(readings.Values[at], observation.Time.UnixNanoseconds);
                    if (observation.IsWrite) behaviour.Command(readings.Values[at]);
                }
            }
        }

        public void Break()
        {
            foreach (var behaviour in _behaviours) behaviour.Break();
        }

        /// <summary>When each changed.</summary>
        public IReadOnlyList<IReadOnlyList<long>> Changes() => [.. _behaviours.Select(behaviour => behaviour.ChangeTimes)];

        public double[] Wander() => [.. _behaviours.Select(behaviour => behaviour.Wander)];

        public SignalModel[] Models()
        {
            var owners = new OwnerNumbers();
            var models = new SignalModel[_behaviours.Count];
            for (var at = 0; at < models.Length; at++)
                models[at] = _behaviours[at].Model(readings.Definitions[at], owners.Of(readings.Definitions[at].Key));
            return models;
        }
    }

    private sealed class Behaviour
    {
        private readonly SortedDictionary<double, long> _states = [];
        private readonly SortedDictionary<double, long> _commands = [];
        private bool _manyStates;
        private bool _isKnown;
        private double _last;
        private long _lastTime;
        private long _samples;
        private long _noNumbers;
        private long _changes;
        private long _rises;
        private long _gaps;
        private double _gapSum;
        private double _minimum = double.PositiveInfinity;
        private double _maximum = double.NegativeInfinity;
        private double _signedMinimum = double.PositiveInfinity;
        private double _signedMaximum = double.NegativeInfinity;
        private double _way;
        private double _signedWay;
        private double _smallest = double.PositiveInfinity;

        // The turns of a number: an extreme, whence it went a quarter of the range seen so far and back.
        private double _extreme;
        private bool _isRising;
        private long _turns;
        private double _turningRange;

        private void Turn(double value)
        {
            var range = _maximum - _minimum;
            // In a wider range all begins anew.
            if (range > _turningRange * 1.1) (_turningRange, _turns, _extreme) = (range, 0, value);
            if (_isRising ? value > _extreme : value < _extreme) _extreme = value;
            if (range <= 0 || Math.Abs(value - _extreme) * 4 < range) return;
            (_isRising, _extreme) = (!_isRising, value);
            _turns++;
        }

        /// <summary>When it changed, the first times; of use where it has few states.</summary>
        public List<long> ChangeTimes { get; } = [];

        /// <summary>How far it went altogether, in widths of its band.</summary>
        public double Wander =>
            Math.Min(_way, _signedWay) / Math.Max(double.Epsilon, Math.Min(_maximum - _minimum, _signedMaximum - _signedMinimum));

        public void Break() => _isKnown = false;

        public void Command(double value)
        {
            if (!SignalModel.IsNumber(value) || _commands.Count > SignalModel.MostStates) return;
            _commands[value] = _commands.GetValueOrDefault(value) + 1;
        }

        public void See(double value, long time)
        {
            if (!SignalModel.IsNumber(value))
            {
                _noNumbers++;
                return;
            }

            _samples++;
            if (!_manyStates)
            {
                _states[value] = _states.GetValueOrDefault(value) + 1;
                _manyStates = _states.Count > SignalModel.MostStates;
            }

            var signed = value > short.MaxValue && value <= ushort.MaxValue ? value - 65_536 : value;
            (_minimum, _maximum) = (Math.Min(_minimum, value), Math.Max(_maximum, value));
            (_signedMinimum, _signedMaximum) = (Math.Min(_signedMinimum, signed), Math.Max(_signedMaximum, signed));
            Turn(value);
            if (_isKnown)
            {
                if (time > _lastTime)
                {
                    _gaps++;
                    _gapSum += time - _lastTime;
                }

                if (value != _last)
                {
                    _changes++;
                    if (!_manyStates && ChangeTimes.Count < VoterProof.MostChanges) ChangeTimes.Add(time);
                    if (value > _last) _rises++;
                    _way += Math.Abs(value - _last);
                    var before = _last > short.MaxValue && _last <= ushort.MaxValue ? _last - 65_536 : _last;
                    _signedWay += Math.Abs(signed - before);
                    _smallest = Math.Min(_smallest, Math.Abs(signed - before));
                }
            }

            (_isKnown, _last, _lastTime) = (true, value, time);
        }

        public SignalModel Model(SignalDefinition definition, int owner)
        {
            // A register moves less in two's complement where it passes between all zeros and all ones.
            var isRegister = definition is { IsNamed: false, Place: { Length: 16, Number: SignalNumber.WholeNumber }, Factor: 1, Key.Space: not TargetSpace.CanIdentifier };
            var isSigned = isRegister && _signedWay < _way;
            if (isSigned) definition = definition with { Place = definition.Place with { Number = SignalNumber.TwosComplement } };
            var (minimum, maximum) = isSigned ? (_signedMinimum, _signedMaximum) : (_minimum, _maximum);
            var kind = KindOf();
            double[] states = kind is SignalKind.State or SignalKind.Constant
                ? [.. _states.Keys.Select(state => isSigned && state > short.MaxValue ? state - 65_536 : state).Order()]
                : [];
            double[] commands = _commands.Count <= SignalModel.MostStates
                ? [.. _commands.Keys.Select(command => isSigned && command > short.MaxValue ? command - 65_536 : command).Order()]
                : [];
            return new SignalModel
            {
                Definition = definition,
                Kind = kind,
                Owner = owner,
                Samples = _samples,
                NoNumbers = _noNumbers,
                Changes = _changes,
                Turns = kind == SignalKind.Number ? _turns : _changes,
                Cycle = _gaps > 0 ? (long)(_gapSum / _gaps) : 0,
                Minimum = _samples > 0 ? minimum : 0,
                Maximum = _samples > 0 ? maximum : 0,
                Quantum = double.IsFinite(_smallest) ? _smallest : Math.Abs(definition.Factor),
                States = states,
                StateCounts = [.. states.Select(state => _states[isSigned && state < 0 ? state + 65_536 : state])],
                Commands = commands,
                CommandCounts = [.. commands.Select(command => _commands[isSigned && command < 0 ? command + 65_536 : command])],
                Stage = StageOf(),
            };
        }

        private SignalKind KindOf()
        {
            // Of eight changes all go one way by chance in less than one case of a hundred: 2 · 2⁻⁸.
            const int fewest = 8;
            if (_changes == 0) return SignalKind.Constant;
            // One way only: the few changes the other way are where it begins anew.
            var way = Math.Max(_rises, _changes - _rises);
            if (_changes >= fewest && way >= 0.99 * _changes) return SignalKind.Counter;
            return _manyStates ? SignalKind.Number : SignalKind.State;
        }

        // Below a hundred sightings the greatest of anything is no more than a guess, and what a process did for seconds is no
        // band of what it does.
        private LearningStage StageOf()
        {
            const int fewest = 100;
            if (_samples < fewest || _gapSum < LeastExposure.Ticks * 100) return LearningStage.Learning;
            return _gapSum >= TimeSpan.FromDays(1).Ticks * 100 ? LearningStage.Operational : LearningStage.Dynamic;
        }
    }

    /// <summary>Runs a watch for what it measures.</summary>
    private class WatchReplay(SignalWatch watch) : ITraceConsumer
    {
        private readonly ScoreSheet _sheet = new();

        protected SignalWatch Watch => watch;

        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
            {
                _sheet.Clear();
                watch.Observe(in observation, batch, _sheet);
                Seen(observation.Time.UnixNanoseconds);
            }
        }

        public void Break() => watch.Break();

        protected virtual void Seen(long time)
        {
        }
    }

    /// <summary>Takes the latest values of all signals every so often.</summary>
    private sealed class SnapshotReplay(SignalWatch watch, bool[] wanted, long stride) : WatchReplay(watch)
    {
        private readonly List<float[]> _snapshots = [];
        private readonly int[] _wanted = [.. Enumerable.Range(0, wanted.Length).Where(at => wanted[at])];
        private long _seen;

        public float[]?[] Columns()
        {
            var columns = new float[]?[wanted.Length];
            for (var at = 0; at < _wanted.Length; at++)
            {
                var column = new float[_snapshots.Count];
                for (var row = 0; row < column.Length; row++) column[row] = _snapshots[row][at];
                Fill(column);
                columns[_wanted[at]] = column;
            }

            return columns;
        }

        protected override void Seen(long time)
        {
            if (++_seen % stride != 0) return;
            var snapshot = new float[_wanted.Length];
            for (var at = 0; at < snapshot.Length; at++) snapshot[at] = (float)Watch.ValueOf(_wanted[at]);
            _snapshots.Add(snapshot);
        }

        // What was not there yet is put at the mean, where it goes with nothing.
        private static void Fill(float[] column)
        {
            var known = column.Where(float.IsFinite).Select(value => (double)value).ToList();
            var mean = known.Count > 0 ? (float)known.Average() : 0;
            for (var row = 0; row < column.Length; row++)
                if (!float.IsFinite(column[row])) column[row] = mean;
        }
    }

    /// <summary>Takes the related signals' values each time a signal is seen, in even steps.</summary>
    private sealed class ExampleReplay : WatchReplay
    {
        private readonly SignalModel[] _models;
        private readonly SignalReadings _readings;
        private readonly long[] _seen;
        private readonly long[] _strides;

        public ExampleReplay(SignalWatch watch, SignalModel[] models, int most)
            : base(watch)
        {
            _models = models;
            _readings = watch.Readings;
            _seen = new long[models.Length];
            _strides = [.. models.Select(model => Math.Max(1, (model.Samples + most - 1) / most))];
            Rows = [.. models.Select(model => model.Related.Length > 0 ? new ExampleRows() : null)];
        }

        public IReadOnlyList<ExampleRows?> Rows { get; }

        protected override void Seen(long time)
        {
            foreach (var signal in _readings.Signals)
            {
                if (Rows[signal] is not { } rows || _seen[signal]++ % _strides[signal] != 0) continue;
                var features = new float[_models[signal].Related.Length];
                if (!Watch.TryFeatures(_models[signal].Related, time, features, out _)) continue;
                rows.Features.Add(features);
                rows.Target.Add((float)Watch.ValueOf(signal));
            }
        }
    }

    private sealed class ExampleRows
    {
        public List<float[]> Features { get; } = [];

        public List<float> Target { get; } = [];
    }
}
