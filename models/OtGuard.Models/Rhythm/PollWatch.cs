using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Rhythm;

/// <summary>Judges by learned rhythms what comes too often, too seldom, no longer, or in another cycle.</summary>
internal sealed class PollWatch : FamilyWatch
{
    /// <summary>
    /// Sums of what came too often or too seldom are one event for so many cycles: one poll in eight that is left out still
    /// belongs to the same act.
    /// </summary>
    private const int EventCycles = 8;

    private readonly WatchContext _context;
    private readonly PollFollower _follower;
    private readonly PollRhythm[] _rhythms;
    private readonly (double TooMany, double TooFew, double Silent, double Drift)[] _edges;
    private readonly Observation[] _latest;
    private readonly int[] _owners;

    public PollWatch(PollModel model, WatchContext context)
    {
        _context = context;
        _follower = new PollFollower(model, context.Protocols, context.Vocabulary);
        _rhythms = [.. model.Rhythms];
        _edges = [.. model.Rhythms.Select(rhythm => rhythm.Edges)];
        _latest = new Observation[_rhythms.Length];
        // Of a server all polls belong together; on a bus each message is one.
        _owners = new int[_rhythms.Length];
        var messages = 0;
        for (var at = 0; at < _owners.Length; at++)
            _owners[at] = _rhythms[at].Key.Kind == PollKind.Message ? model.Places.Count + messages++ : _rhythms[at].Place;
        Owners = model.Places.Count + messages;
    }

    public override int Owners { get; }

    public override long Forgotten => _follower.Forgotten;

    public override void Observe(in Observation observation, ObservationBatch batch, ScoreSheet sheet)
    {
        var number = _follower.Follow(in observation, out _, out var step);
        if (number < 0) return;
        _latest[number] = observation;
        var rhythm = _rhythms[number];
        ref readonly var edges = ref _edges[number];
        var kind = rhythm.Key.Kind;
        if (step.TooMany > 0 && kind != PollKind.Publish) Add(sheet, PollModel.FastScale, number, step.TooMany, edges.TooMany);
        if (step.TooFew > 0)
            Add(sheet, kind == PollKind.Publish ? PollModel.PublishScale : PollModel.SlowScale, number, step.TooFew, edges.TooFew);
        if (step.Drift > 0 && kind != PollKind.Publish)
        {
            sheet.Add(
                _context.FirstScale + PollModel.DriftScale, number, step.Drift / edges.Drift, _follower.CycleNow(number) / 1e9,
                rhythm.Shortest / 1e9, rhythm.Longest / 1e9);
        }
    }

    public override void Advance(CaptureTime now, ScoreSheet sheet)
    {
        _follower.MoveTo(now);
        for (var number = 0; number < _rhythms.Length; number++)
        {
            // A message that is missing from a bus is a rule's matter.
            var kind = _rhythms[number].Key.Kind;
            if (kind == PollKind.Message) continue;
            var silent = _follower.SilentNow(number);
            if (silent <= 0) continue;
            var scale = kind == PollKind.Publish ? PollModel.PublishScale : PollModel.MissingScale;
            Add(sheet, scale, number, silent, _edges[number].Silent);
        }
    }

    public override void Break() => _follower.Break();

    public override TimeSpan CycleOf(int scale, int key)
    {
        var rhythm = _rhythms[key];
        if (!rhythm.IsPeriodic) return TimeSpan.Zero;
        var cycle = TimeSpan.FromTicks(rhythm.Cycle / 100);
        return scale - _context.FirstScale is PollModel.FastScale or PollModel.SlowScale ? cycle * EventCycles : cycle;
    }

    public override int OwnerOf(int scale, int key) => _owners[key];

    public override ScoreSubject Describe(in Score score)
    {
        var rhythm = _rhythms[score.Key];
        ref readonly var latest = ref _latest[score.Key];
        var protocol = _context.Protocols[latest.Protocol];
        var conversation = latest.Connection.Conversation;
        var target = protocol.TargetText(rhythm.Key.Target);
        var (subject, thing) = rhythm.Key.Kind switch
        {
            PollKind.Message => ($"{conversation.Client} {target}", "the message"),
            PollKind.Publish => ($"{conversation.Server} → {conversation.Client}", "the subscription's report"),
            PollKind.Poll => (
                Join($"{conversation.Client} → {conversation.Server}", protocol.UnitText(rhythm.Key.Unit)),
                Join(protocol.OperationText(rhythm.Key.Code, rhythm.Key.SubCode), target.Length > 0 ? "of " + target : "")),
        };
        var unit = score.Scale - _context.FirstScale == PollModel.DriftScale ? "s" : "";
        return new ScoreSubject(
            latest.Protocol, subject, thing, unit, [CycleText(rhythm)], rhythm.Stage,
            latest with { RequestData = default, ResponseData = default, RequestValues = default, ResponseValues = default });
    }

    private static string Join(string first, string second) => second.Length == 0 ? first : $"{first} {second}";

    private static string CycleText(PollRhythm rhythm) => rhythm.IsPeriodic
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"every {rhythm.Cycle / 1e9:G4} s ({rhythm.Shortest / 1e9:G4} to {rhythm.Longest / 1e9:G4} s in {rhythm.Gaps} gaps)")
        : string.Create(CultureInfo.InvariantCulture, $"{rhythm.Gaps + 1} times, every {rhythm.Cycle / 1e9:G4} s on average");

    private void Add(ScoreSheet sheet, int scale, int number, double observed, double edge) =>
        sheet.Add(
            _context.FirstScale + scale, number, observed / edge, Math.Round(observed, 1), Math.Round(edge, 1),
            Math.Round(edge, 1));
}
