using OtGuard.Collectors;
using OtGuard.Models.MlNet;
using OtGuard.Models.Scoring;
using OtGuard.Models.Tests.Vocabulary;
using OtGuard.Models.Training;

namespace OtGuard.Models.Tests.Rhythm;

/// <summary>Learns and judges acted traffic by the models, time passing as the engine tells them of it.</summary>
internal static class ModelRun
{
    /// <summary>The whole baseline of what <paramref name="act"/> does.</summary>
    public static Baseline Learn(Action<Traffic> act, IModelTrainer? trainer = null)
    {
        var learner = new BaselineLearner(Traffic.Protocols, FrameSelection.All, new LearningOptions());
        var traffic = new Traffic(learner);
        act(traffic);
        traffic.Flush();
        return learner.Complete(trainer ?? new MlNetTrainer(), progress: null, CancellationToken.None);
    }

    /// <summary>What is told of <paramref name="act"/>: scale and subject, each event once.</summary>
    public static IReadOnlyList<string> Judge(Baseline baseline, Action<Traffic> act)
    {
        var judging = new Judging(baseline);
        var traffic = new Traffic(judging) { Time = Traffic.Start + TimeSpan.FromDays(1) };
        act(traffic);
        traffic.Flush();
        return judging.Told;
    }

    /// <summary>Nothing may be told; what was stands in the failure.</summary>
    public static void AssertNothingIn(IReadOnlyList<string> told) => Assert.IsEmpty(told, string.Join("; ", told));

    private sealed class Judging(Baseline baseline) : IObservationConsumer
    {
        private readonly ModelJudge _judge =
            new(baseline.Models, baseline, Traffic.Protocols, new ModelOptions(), AlarmBudget.Default);

        private long _nextAdvance = long.MinValue;

        public List<string> Told { get; } = [];

        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
            {
                var time = observation.Time.UnixNanoseconds;
                if (time >= _nextAdvance || time < _nextAdvance - (2 * CaptureTime.NanosecondsPerSecond))
                {
                    _judge.Advance(observation.Time);
                    Note();
                    _nextAdvance = time + CaptureTime.NanosecondsPerSecond;
                }

                if (observation.Protocol == ProtocolRegistry.Network) continue;
                _judge.Observe(in observation, batch);
                Note();
            }
        }

        private void Note()
        {
            foreach (var alarm in _judge.Alarms)
                if (alarm.IsNew) Told.Add($"{alarm.Scale}: {_judge.Describe(alarm).Subject}");
        }
    }
}
