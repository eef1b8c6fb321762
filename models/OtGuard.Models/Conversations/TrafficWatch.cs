using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Conversations;

/// <summary>Judges each window of each learned conversation.</summary>
internal sealed class TrafficWatch : FamilyWatch
{
    /// <summary>Features named in an explanation beside the first.</summary>
    private const int MostRelated = 3;

    /// <summary>A feature with less than this share of the first one's part in the score is not named.</summary>
    private const float LeastShare = 0.25f;

    private readonly TrafficModel _model;
    private readonly WatchContext _context;
    private readonly TrafficFollower _follower;
    private readonly TrafficFollower.WindowEnded _ended;
    private readonly Judged[] _judged;
    private ScoreSheet? _sheet;

    public TrafficWatch(TrafficModel model, WatchContext context)
    {
        (_model, _context) = (model, context);
        Dictionary<TrafficKey, int> numbers = [];
        foreach (var conversation in model.Conversations) numbers.Add(conversation.Key, numbers.Count);
        _follower = new TrafficFollower(
            model.LongestStep, context.Protocols, context.Vocabulary, key => numbers.GetValueOrDefault(key, -1));
        _ended = Judge;
        _judged = [.. model.Conversations.Select(_ => new Judged())];
    }

    public override int Owners => _judged.Length;

    public override long Forgotten => _follower.Forgotten;

    public override void Observe(in Observation observation, ObservationBatch batch, ScoreSheet sheet) =>
        _follower.Observe(in observation);

    public override void Advance(CaptureTime now, ScoreSheet sheet)
    {
        _sheet = sheet;
        _follower.Advance(now, _ended);
    }

    public override void Break() => _follower.Break();

    public override TimeSpan CycleOf(int scale, int key) => TimeSpan.FromTicks(TrafficFollower.Length / 100);

    public override int OwnerOf(int scale, int key) => key;

    public override ScoreSubject Describe(in Score score)
    {
        var judged = _judged[score.Key];
        var traffic = _model.Conversations[score.Key];
        var conversation = judged.Latest.Connection.Conversation;
        var order = Enumerable.Range(0, TrafficWindow.Features).OrderByDescending(at => judged.Shares[at]).ToList();
        var first = order[0];
        var related = order.Skip(1).Take(MostRelated)
            .Where((at, place) => place == 0 || judged.Shares[at] >= LeastShare * judged.Shares[first])
            .Select(at => Text(at, judged.Row[at], traffic)).ToList();
        return new ScoreSubject(
            judged.Latest.Protocol, $"{conversation.Client} → {conversation.Server}", TrafficWindow.All[first].Name,
            TrafficWindow.All[first].Unit, related,
            traffic.Stage,
            judged.Latest with { RequestData = default, ResponseData = default, RequestValues = default, ResponseValues = default });
    }

    private static string Text(int at, float value, ConversationTraffic traffic)
    {
        var feature = TrafficWindow.All[at];
        var high = string.Create(CultureInfo.InvariantCulture, $"{feature.Natural(traffic.High[at]):G3} {feature.Unit}").TrimEnd();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{feature.Name} ({feature.Natural(value):G3}, usually {feature.Natural(traffic.Low[at]):G3} to {high})");
    }

    private void Judge(int number, in TrafficWindow window, in Observation latest)
    {
        var traffic = _model.Conversations[number];
        var judged = _judged[number];
        window.Write(judged.Row, traffic.Usual);
        var score = TrafficJudge.Score(_model.Patterns[traffic.Pattern], traffic, judged.Row, judged.Shares);
        judged.Latest = latest;
        var first = 0;
        for (var at = 1; at < judged.Shares.Length; at++)
            if (judged.Shares[at] > judged.Shares[first]) first = at;
        var feature = TrafficWindow.All[first];
        _sheet!.Add(
            _context.FirstScale, number, score, Shown(feature, judged.Row[first]), Shown(feature, traffic.Low[first]),
            Shown(feature, traffic.High[first]));
    }

    // Counts went through a root and back.
    private static double Shown(TrafficFeature feature, float value) =>
        feature.IsLogarithm ? feature.Natural(value) : Math.Round(feature.Natural(value));

    private sealed class Judged
    {
        public float[] Row { get; } = new float[TrafficWindow.Features];

        public float[] Shares { get; } = new float[TrafficWindow.Features];

        public Observation Latest { get; set; }
    }
}
