using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Evaluation;

/// <summary>The greatest score of every frame, on each scale and by all together, for rankings.</summary>
internal sealed class FrameScores
{
    private readonly List<double> _surprise = [];
    private readonly List<double>[] _byScale;

    /// <summary>Nothing yet, on the scales of these models.</summary>
    public FrameScores(ModelSet models) => _byScale = [.. models.Scales.Select(_ => new List<double>())];

    /// <summary>Takes the scores of the observation at hand.</summary>
    public void Take(in Observation observation, ModelJudge judge)
    {
        Note(observation.RequestFrame, judge);
        if (observation.ResponseFrame != observation.RequestFrame) Note(observation.ResponseFrame, judge);
    }

    /// <summary>The score of a 1-based frame by all scales together; 0 where no model had anything to say.</summary>
    public double Of(long frame) => frame <= _surprise.Count ? _surprise[(int)frame - 1] : 0;

    /// <summary>Its score on one scale.</summary>
    public double Of(long frame, int scale) => frame <= _byScale[scale].Count ? _byScale[scale][(int)frame - 1] : 0;

    private void Note(long frame, ModelJudge judge)
    {
        if (frame <= 0) return;
        Raise(_surprise, frame, judge.Surprise);
        foreach (ref readonly var score in judge.Scores) Raise(_byScale[score.Scale], frame, score.Value);
    }

    private static void Raise(List<double> scores, long frame, double score)
    {
        while (scores.Count < frame) scores.Add(0);
        scores[(int)frame - 1] = Math.Max(scores[(int)frame - 1], score);
    }
}
