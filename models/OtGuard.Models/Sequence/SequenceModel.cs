using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Sequence;

/// <summary>What each speaker says after what. Immutable, thread-safe.</summary>
internal sealed class SequenceModel(IReadOnlyList<SpeakerModel> speakers) : FamilyModel
{
    /// <summary>Speakers at most.</summary>
    public const int MaximumSpeakers = 1 << 12;

    public override string Family => SequenceFamily.FamilyName;

    public override IReadOnlyList<string> Scales { get; } = ["sequence"];

    public IReadOnlyList<SpeakerModel> Speakers => speakers;

    public override IEnumerable<string> Lines() => speakers.Select(speaker => string.Create(
        CultureInfo.InvariantCulture,
        $"{speaker.Key.Conversation}: {speaker.Total} of {speaker.Words} kinds, {speaker.Grams} pairs and triples, ")
        + string.Create(
            CultureInfo.InvariantCulture,
            $"{speaker.Beyond} without room; {speaker.Usual:G3} bits each, at most {speaker.Most:G3}"));

    public override void Write(ModelWriter writer)
    {
        writer.Write(speakers.Count);
        foreach (var speaker in speakers) speaker.Write(writer);
    }

    public static SequenceModel Read(ModelReader reader)
    {
        var read = new SpeakerModel[reader.ReadCount(MaximumSpeakers)];
        for (var at = 0; at < read.Length; at++) read[at] = SpeakerModel.Read(reader);
        return read.DistinctBy(speaker => speaker.Key).Count() == read.Length
            ? new SequenceModel(read)
            : throw new BaselineFormatException("A sequence of the baseline's models is there twice.");
    }

    public override FamilyModel Merge(FamilyModel earlier)
    {
        var known = speakers.Select(speaker => speaker.Key).ToHashSet();
        var kept = ((SequenceModel)earlier).Speakers.Where(speaker => !known.Contains(speaker.Key))
            .Take(MaximumSpeakers - speakers.Count).ToList();
        return kept.Count == 0 ? this : new SequenceModel([.. speakers.Concat(kept).OrderBy(speaker => speaker.Key)]);
    }

    public override IReadOnlyList<NetworkAddress> Assets => [.. speakers.Select(AssetOf).Distinct()];

    public override LearningStage StageOf(NetworkAddress asset) =>
        speakers.Any(speaker => AssetOf(speaker) == asset) ? LearningStage.Dynamic : LearningStage.Learning;

    private static NetworkAddress AssetOf(SpeakerModel speaker) =>
        speaker.Key.IsBus ? speaker.Key.Conversation.Client : speaker.Key.Conversation.Server;

    public override FamilyWatch CreateWatch(WatchContext context) => new SequenceWatch(this, context);
}
