namespace OtGuard.Models.Conversations;

/// <summary>How odd a window of a conversation is.</summary>
/// <remarks>
/// By two measures, and the greater of them counts: how far a feature lies above what it ever was, which sees what is large
/// in the ways the conversation always varies in; and how much of the row the components do not explain, which sees what
/// never went together. Less than usual is the rhythm's matter and no feature's, but for the time to an answer: somebody
/// nearer may answer sooner.
/// </remarks>
internal static class TrafficJudge
{
    /// <summary>A feature, and a row as a whole, may always be so many spreads off.</summary>
    private const double LeastEdge = 3;

    /// <summary>A row's features as spreads from what they usually are.</summary>
    public static void Deviate(ConversationTraffic traffic, ReadOnlySpan<float> row, Span<float> deviation)
    {
        for (var at = 0; at < deviation.Length; at++)
        {
            var off = (row[at] - traffic.Usual[at]) / traffic.Spread[at];
            deviation[at] = off < 0 && !TrafficWindow.All[at].IsTwoSided ? 0 : off;
        }
    }

    /// <summary>The distance of a row from its protocol's pattern; 0 where there is none.</summary>
    public static double Distance(
        TrafficPattern pattern, ConversationTraffic traffic, ReadOnlySpan<float> row, Span<float> deviation, Span<float> residual)
    {
        Deviate(traffic, row, deviation);
        if (pattern.Components is null) return 0;
        Span<float> normal = stackalloc float[TrafficWindow.Features];
        normal = normal[..pattern.Columns.Length];
        for (var at = 0; at < normal.Length; at++)
            normal[at] = (deviation[pattern.Columns[at]] - pattern.Mean[at]) / pattern.Deviation[at];
        return pattern.Components.Distance(normal, residual);
    }

    /// <summary>
    /// The score of a row: 1 at the edge of what was learned. <paramref name="shares"/> receives what each feature has in it.
    /// A row with a number that is none is as odd as can be.
    /// </summary>
    public static double Score(
        TrafficPattern pattern, ConversationTraffic traffic, ReadOnlySpan<float> row, Span<float> shares)
    {
        Span<float> deviation = stackalloc float[TrafficWindow.Features];
        Span<float> residual = stackalloc float[TrafficWindow.Features];
        var distance = Distance(pattern, traffic, row, deviation, residual);
        var isKnown = traffic.Windows >= ConversationTraffic.MinimumWindows;
        var score = 0.0;
        for (var at = 0; at < deviation.Length; at++)
        {
            var high = (traffic.High[at] - traffic.Usual[at]) / traffic.Spread[at];
            var low = (traffic.Usual[at] - traffic.Low[at]) / traffic.Spread[at];
            var edge = Math.Max(LeastEdge, deviation[at] < 0 ? low : high);
            if (!isKnown) edge = Math.Max(edge, pattern.Edge[at]);
            var share = Math.Abs(deviation[at]) / edge;
            if (!double.IsFinite(share)) return Scoring.Score.Most;
            shares[at] = (float)share;
            score = Math.Max(score, share);
        }

        if (pattern.Components is null) return score;
        var farthest = Math.Max(LeastEdge, isKnown ? traffic.Distance : Math.Max(traffic.Distance, pattern.Distance));
        var odd = distance / farthest;
        if (!double.IsFinite(odd)) return Scoring.Score.Most;
        if (odd <= score) return score;
        shares.Clear();
        for (var at = 0; at < pattern.Columns.Length; at++) shares[pattern.Columns[at]] = (float)(Math.Abs(residual[at]) / farthest);
        return odd;
    }
}
