using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Sequence;

/// <summary>Judges how surprising the order is in which a conversation's requests or a bus's identifiers come.</summary>
/// <remarks>
/// Timers of several devices start when the devices do, so the order in which their messages interleave may differ from one
/// start to the next without meaning anything. A speaker is judged once its order has been the learned one for a while since
/// the run, or a break in it, began; until then it says nothing.
/// </remarks>
internal sealed class SequenceWatch : FamilyWatch
{
    /// <summary>
    /// Words whose order has to be the learned one before a speaker is judged: eight means, so that one that happens to be
    /// ordinary is not taken for the order.
    /// </summary>
    private const int Trusted = 8 * SpeakerState.Memory;

    private readonly SequenceModel _model;
    private readonly WatchContext _context;
    private readonly SequenceFollower _follower;
    private readonly double[] _margins;
    private readonly int[] _ordinary;
    private readonly Observation[] _latest;

    public SequenceWatch(SequenceModel model, WatchContext context)
    {
        (_model, _context) = (model, context);
        _follower = new SequenceFollower(model, context.Protocols, context.Vocabulary);
        _margins = [.. model.Speakers.Select(Margin)];
        _ordinary = new int[model.Speakers.Count];
        _latest = new Observation[model.Speakers.Count];
    }

    public override int Owners => _model.Speakers.Count;

    public override long Forgotten => _follower.Forgotten;

    public override void Observe(in Observation observation, ObservationBatch batch, ScoreSheet sheet)
    {
        var number = _follower.Follow(in observation, out var mean, out _);
        if (number < 0 || mean <= 0) return;
        var speaker = _model.Speakers[number];
        var score = (mean - speaker.Usual) / _margins[number];
        ref var ordinary = ref _ordinary[number];
        if (ordinary < Trusted)
        {
            ordinary = score <= 1 ? ordinary + 1 : 0;
            return;
        }

        _latest[number] = observation;
        sheet.Add(_context.FirstScale, number, score, mean, 0, speaker.Usual + _margins[number]);
    }

    public override void Break()
    {
        _follower.Break();
        Array.Clear(_ordinary);
    }

    public override TimeSpan CycleOf(int scale, int key) => TimeSpan.Zero;

    public override int OwnerOf(int scale, int key) => key;

    public override ScoreSubject Describe(in Score score)
    {
        var speaker = _model.Speakers[score.Key];
        ref readonly var latest = ref _latest[score.Key];
        var conversation = latest.Connection.Conversation;
        return new ScoreSubject(
            latest.Protocol,
            speaker.Key.IsBus ? conversation.Client.ToString() : $"{conversation.Client} → {conversation.Server}",
            speaker.Key.IsBus ? "the order of the identifiers" : "the order of the requests", "bits each",
            [string.Create(CultureInfo.InvariantCulture, $"{speaker.Usual:G3} bits on average, learned from {speaker.Total} in a row")],
            LearningStage.Dynamic);
    }

    /// <summary>
    /// How much the mean surprise may exceed the usual: as much as it did while learning, and always as much as one word out
    /// of place brings, which is surprising itself and makes the two behind it so.
    /// </summary>
    private static double Margin(SpeakerModel speaker) => Math.Max(
        speaker.Most - speaker.Usual, 3 * Math.Log2(speaker.Total + speaker.Words + 1) / SpeakerState.Memory);
}
