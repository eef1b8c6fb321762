using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Evaluation;

/// <summary>The greatest score of every frame, on each scale and by all together, for rankings.</summary>
internal sealed class FrameScores
{
    private readonly List<double> _surprise = [];
    private readonly List<double>[] _byScale;
    private readonly ModelSet _models;

    public FrameScores(ModelSet models)
    {
        _models = models;
        _byScale = [.. models.Scales.Select(_ => new List<double>())];
    }

    public void Take(in Observation observation, ModelJudge judge)
    {
        Note(observation.RequestFrame, judge);
        if (observation.ResponseFrame != observation.RequestFrame) Note(observation.ResponseFrame, judge);
    }

    public void Dump(string path, long first, long last, Func<long, bool> isAttack)
    {
        using var w = new StreamWriter(path);
        w.WriteLine("frame,label," + string.Join(",", _models.Scales.Select(x => x.Scale)));
        w.WriteLine("0,0," + string.Join(",", _models.Scales.Select(x => x.Candidate.ToString("G5", System.Globalization.CultureInfo.InvariantCulture))));
        for (var f = first; f <= last; f++)
            w.WriteLine($"{f},{(isAttack(f) ? 1 : 0)}," + string.Join(",", _byScale.Select(l => (f <= l.Count ? l[(int)f - 1] : 0).ToString("G5", System.Globalization.CultureInfo.InvariantCulture))));
    }

    /// <summary>Area under the curve over the frames from <paramref name="first"/> on, by all scales together.</summary>
    public double? Combined(long first, long last, Func<long, bool> isAttack) => Auc.Of(Rows(_surprise, first, last, isAttack));

    /// <summary>Likewise by each scale alone.</summary>
    public IReadOnlyList<(string Scale, double? Auc)> ByScale(long first, long last, Func<long, bool> isAttack) =>
        [.. _models.Scales.Select((scale, at) => (scale.Scale, Auc.Of(Rows(_byScale[at], first, last, isAttack))))];

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

    private static IEnumerable<(double Score, bool IsAttack)> Rows(List<double> scores, long first, long last, Func<long, bool> isAttack)
    {
        for (var frame = first; frame <= last; frame++)
            yield return (frame <= scores.Count ? scores[(int)frame - 1] : 0, isAttack(frame));
    }
}

/// <summary>Area under the receiver operating characteristic.</summary>
internal static class Auc
{
    /// <summary>
    /// The share of pairs of an attack's and a normal row in which the attack's scores higher, ties counted half (Mann and
    /// Whitney 1947); null where one of the two is missing.
    /// </summary>
    public static double? Of(IEnumerable<(double Score, bool IsAttack)> rows)
    {
        var sorted = rows.OrderBy(row => row.Score).ToList();
        var attacks = sorted.LongCount(row => row.IsAttack);
        var normal = sorted.Count - attacks;
        if (attacks == 0 || normal == 0) return null;
        var (ranks, at) = (0.0, 0);
        while (at < sorted.Count)
        {
            var end = at;
            while (end < sorted.Count && sorted[end].Score == sorted[at].Score) end++;
            var middle = (at + 1 + end) / 2.0;
            for (; at < end; at++)
                if (sorted[at].IsAttack) ranks += middle;
        }

        return (ranks - attacks * (attacks + 1) / 2.0) / ((double)attacks * normal);
    }
}
