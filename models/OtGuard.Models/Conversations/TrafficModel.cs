using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Conversations;

/// <summary>What a conversation's windows were like while learning. One number a feature, in the order of a row.</summary>
/// <param name="Key">The conversation.</param>
/// <param name="Pattern">Number of its protocol's pattern.</param>
/// <param name="Windows">Windows seen.</param>
/// <param name="Usual">Medians.</param>
/// <param name="Spread">Half of what the middle four fifths differ by, or the least spread of the feature.</param>
/// <param name="Low">Smallest.</param>
/// <param name="High">Greatest.</param>
/// <param name="Distance">The greatest distance from the pattern; 0 where the protocol has none.</param>
internal sealed record ConversationTraffic(
    TrafficKey Key, int Pattern, long Windows, float[] Usual, float[] Spread, float[] Low, float[] High, double Distance)
{
    /// <summary>
    /// Windows seen at least before a conversation's own edges are believed: the next of n lies beyond all of them with a
    /// probability of 1/(n + 1), 3 % for 30. Fewer, and the edges of all conversations of the protocol count too.
    /// </summary>
    public const int MinimumWindows = 30;

    /// <summary>How far learning is for it.</summary>
    public LearningStage Stage => Windows >= MinimumWindows ? LearningStage.Dynamic : LearningStage.Learning;

    internal void Write(ModelWriter writer)
    {
        Key.Write(writer);
        writer.Write(Pattern);
        writer.Write(Windows);
        foreach (var numbers in (float[][])[Usual, Spread, Low, High]) writer.Write(numbers);
        writer.Write(Distance);
    }

    internal static ConversationTraffic Read(ModelReader reader, int patterns)
    {
        float[] Row()
        {
            var row = reader.ReadSingles(TrafficWindow.Features);
            return row.Length == TrafficWindow.Features
                ? row
                : throw new BaselineFormatException("A conversation of the baseline's models has not all of its features.");
        }

        var read = new ConversationTraffic(
            TrafficKey.Read(reader), reader.ReadInteger(), reader.ReadLong(), Row(), Row(), Row(), Row(), reader.ReadDouble());
        return read.Pattern >= 0 && read.Pattern < patterns && read.Spread.All(spread => spread > 0)
            ? read
            : throw new BaselineFormatException("A conversation of the baseline's models is out of its bounds.");
    }
}

/// <summary>How the features of a protocol's conversations belong together.</summary>
/// <param name="Columns">Features that vary, by number.</param>
/// <param name="Mean">Their means over all rows, in spreads.</param>
/// <param name="Deviation">Their standard deviations in spreads, one at least.</param>
/// <param name="Components">What explains them; null where too few vary or they could not be had.</param>
/// <param name="Edge">The greatest deviation of each feature upwards, in spreads, over conversations seen long enough.</param>
/// <param name="Distance">The greatest distance from the components over them.</param>
internal sealed record TrafficPattern(
    int[] Columns, float[] Mean, float[] Deviation, PrincipalComponents? Components, float[] Edge, double Distance)
{
    internal void Write(ModelWriter writer)
    {
        writer.Write(Columns);
        writer.Write(Mean);
        writer.Write(Deviation);
        writer.Write(Edge);
        writer.Write(Distance);
        writer.Write(Components is not null);
        Components?.Write(writer);
    }

    internal static TrafficPattern Read(ModelReader reader)
    {
        var columns = reader.ReadIntegers(TrafficWindow.Features);
        var (mean, deviation) = (reader.ReadSingles(TrafficWindow.Features), reader.ReadSingles(TrafficWindow.Features));
        var edge = reader.ReadSingles(TrafficWindow.Features);
        var distance = reader.ReadDouble();
        var components = reader.ReadBoolean() ? PrincipalComponents.Read(reader) : null;
        return mean.Length == columns.Length && deviation.Length == columns.Length && edge.Length == TrafficWindow.Features
            && columns.All(column => column is >= 0 and < TrafficWindow.Features) && deviation.All(number => number > 0)
            && (components is null || components.Columns == columns.Length)
            ? new TrafficPattern(columns, mean, deviation, components, edge, distance)
            : throw new BaselineFormatException("A pattern of the baseline's models is out of its bounds.");
    }
}

/// <summary>What was learned of the traffic of conversations. Immutable, thread-safe.</summary>
internal sealed class TrafficModel(
    long longestStep, IReadOnlyList<TrafficPattern> patterns, IReadOnlyList<ConversationTraffic> conversations) : FamilyModel
{
    /// <summary>Conversations kept at most.</summary>
    public const int MaximumConversations = 1 << 13;

    /// <summary>Protocols at most: as many as a registry's index has.</summary>
    private const int MaximumPatterns = byte.MaxValue;

    public override string Family => TrafficFamily.FamilyName;

    public override IReadOnlyList<string> Scales { get; } = ["traffic"];

    public long LongestStep => longestStep;

    public IReadOnlyList<TrafficPattern> Patterns => patterns;

    public IReadOnlyList<ConversationTraffic> Conversations => conversations;

    public override IEnumerable<string> Lines()
    {
        foreach (var conversation in conversations)
        {
            var features = TrafficWindow.All.Select((feature, at) => string.Create(
                CultureInfo.InvariantCulture,
                $"{feature.Name[4..]} {feature.Natural(conversation.Low[at]):G4} to {feature.Natural(conversation.High[at]):G4}"));
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{conversation.Key}: {conversation.Windows} windows, {string.Join(", ", features)}");
        }
    }

    public override void Write(ModelWriter writer)
    {
        writer.Write(longestStep);
        writer.Write(patterns.Count);
        foreach (var pattern in patterns) pattern.Write(writer);
        writer.Write(conversations.Count);
        foreach (var conversation in conversations) conversation.Write(writer);
    }

    public static TrafficModel Read(ModelReader reader)
    {
        var longestStep = reader.ReadLong();
        var patterns = new TrafficPattern[reader.ReadCount(MaximumPatterns)];
        for (var at = 0; at < patterns.Length; at++) patterns[at] = TrafficPattern.Read(reader);
        var conversations = new ConversationTraffic[reader.ReadCount(MaximumConversations)];
        for (var at = 0; at < conversations.Length; at++) conversations[at] = ConversationTraffic.Read(reader, patterns.Length);
        if (longestStep <= 0 || conversations.DistinctBy(conversation => conversation.Key).Count() != conversations.Length)
            throw new BaselineFormatException("The conversations of the baseline's models are out of their bounds.");
        return new TrafficModel(longestStep, patterns, conversations);
    }

    public override FamilyModel Merge(FamilyModel earlier)
    {
        var before = (TrafficModel)earlier;
        var known = conversations.Select(conversation => conversation.Key).ToHashSet();
        var kept = before.Conversations.Where(conversation => !known.Contains(conversation.Key))
            .Take(MaximumConversations - conversations.Count).ToList();
        if (kept.Count == 0) return this;
        var numbers = new Dictionary<string, int>();
        foreach (var conversation in conversations) numbers.TryAdd(conversation.Key.Protocol, conversation.Pattern);
        var all = patterns.ToList();
        foreach (var conversation in kept)
        {
            if (!numbers.TryAdd(conversation.Key.Protocol, all.Count)) continue;
            all.Add(before.Patterns[conversation.Pattern]);
        }

        return new TrafficModel(
            Math.Max(longestStep, before.LongestStep), all,
            [
                .. conversations.Concat(kept.Select(conversation =>
                    conversation with { Pattern = numbers[conversation.Key.Protocol] })).OrderBy(conversation => conversation.Key),
            ]);
    }

    public override IReadOnlyList<NetworkAddress> Assets =>
        [.. conversations.Select(conversation => conversation.Key.Server).Distinct()];

    public override LearningStage StageOf(NetworkAddress asset) => conversations
        .Where(conversation => conversation.Key.Server == asset).Select(conversation => conversation.Stage)
        .DefaultIfEmpty(LearningStage.Learning).Min();

    public override FamilyWatch CreateWatch(WatchContext context) => new TrafficWatch(this, context);
}
