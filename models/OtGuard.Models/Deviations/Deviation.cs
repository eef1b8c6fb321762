using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>Where a deviation is in its life.</summary>
public enum DeviationState : byte
{
    /// <summary>Raised for the first time.</summary>
    Open,

    /// <summary>Seen again; counts and frames have grown.</summary>
    Update,

    /// <summary>Over: the capture ended, or it was not seen for long enough.</summary>
    Close,
}

/// <summary>
/// Something that is not as it was learned or as the specification has it. Explains itself without the model that made
/// it. Repetitions of the same fact are one deviation, whose counts and frames grow; what is read from it is the state
/// at that moment.
/// </summary>
/// <remarks>Made by a <see cref="DeviationTable"/>; grows on the thread that judges.</remarks>
public sealed class Deviation
{
    private readonly List<Conversation> _accused = [];
    private HashSet<int>? _accusedIndexes;

    internal Deviation(string id, Finding finding, string sensor, string? baseline, byte protocol, CaptureTime time)
    {
        Id = id;
        Finding = finding;
        Sensor = sensor;
        Baseline = baseline;
        Protocol = protocol;
        FirstSeen = time;
        LastSeen = time;
        if (finding.Accused is { } accused) _accused.Add(accused);
    }

    /// <summary>Deterministic: from sensor, kind, subject and first evidence.</summary>
    public string Id { get; }

    /// <summary>What was found, in words.</summary>
    public Finding Finding { get; internal set; }

    /// <summary>The kind.</summary>
    public DeviationKind Kind => Finding.Kind;

    /// <summary>The sensor that saw it.</summary>
    public string Sensor { get; }

    /// <summary>Content hash of the baseline judged by, or null where none was.</summary>
    public string? Baseline { get; }

    /// <summary>Index of the protocol in the registry.</summary>
    public byte Protocol { get; }

    /// <summary>Where it is in its life.</summary>
    public DeviationState State { get; internal set; }

    /// <summary>Capture time of the first evidence.</summary>
    public CaptureTime FirstSeen { get; internal set; }

    /// <summary>Capture time of the latest evidence.</summary>
    public CaptureTime LastSeen { get; internal set; }

    /// <summary>How often the fact was seen.</summary>
    public long Occurrences { get; internal set; } = 1;

    /// <summary>Frames that show it, apart from those of an accused conversation.</summary>
    public FrameRanges OwnFrames { get; } = new();

    /// <summary>
    /// The conversations accused as a whole: that of the finding, and those of the same cause that came later (a scan
    /// is one deviation with many conversations). Empty where the deviation covers its own frames only.
    /// </summary>
    public IReadOnlyList<Conversation> Accused => _accused;

    /// <summary>The frames it covers: all those of the accused conversations, else its own. Allocates for more than one.</summary>
    public FrameRanges Frames => _accused.Count switch
    {
        0 => OwnFrames,
        1 => _accused[0].Frames,
        _ => FrameRanges.Union(_accused.Select(conversation => conversation.Frames)),
    };

    /// <summary>True where it is told for information and is no alarm: <see cref="Severity.AlarmFrom"/>.</summary>
    public bool IsInformation => Finding.Severity < Severity.AlarmFrom;

    /// <summary>
    /// On a bus: the frame at which it was raised and those before it, the oldest first, as logs write them. Empty elsewhere,
    /// and for deviations beyond <see cref="DeviationTable.WithFrames"/>.
    /// </summary>
    public IReadOnlyList<string> FramesBefore { get; internal init; } = [];

    /// <summary>
    /// True where something about it changed that nobody has taken yet (<see cref="DeviationTable.TakeChanges"/>).
    /// </summary>
    internal bool IsChanged { get; set; }

    /// <summary>Accuses one more conversation of the same cause; one that is accused already counts once.</summary>
    public void Accuse(Conversation conversation)
    {
        if (_accused.Count > 0 && _accused[^1] == conversation) return;
        _accusedIndexes ??= [.. _accused.Select(accused => accused.Index)];
        if (_accusedIndexes.Add(conversation.Index)) _accused.Add(conversation);
    }
}

/// <summary>Severity 0–100.</summary>
public static class Severity
{
    /// <summary>
    /// From here on a deviation is an alarm; below it is information: shown, stored, not counted as flagged, and it does
    /// not change the exit code. ISA-18.2 calls for an alarm only where somebody has to act.
    /// </summary>
    public const int AlarmFrom = 30;

    /// <summary>The severity given to what is told for information.</summary>
    public const int Information = 10;
}

/// <summary>What a detector found, in words: made once per fact, when it is seen for the first time.</summary>
public sealed record Finding
{
    /// <summary>The kind of deviation.</summary>
    public required DeviationKind Kind { get; init; }

    /// <summary>Who did it to whom: <c>10.0.0.66 → 10.0.0.9 unit 1</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>What was expected: learned, specified or declared.</summary>
    public required string Expected { get; init; }

    /// <summary>What was observed.</summary>
    public required string Observed { get; init; }

    /// <summary>The explanation: one plain sentence as key and arguments.</summary>
    public required Message Message { get; init; }

    /// <summary>Severity 0–100.</summary>
    public required int Severity { get; init; }

    /// <summary>How the exchange ended that is told; null where it is not about a single one.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>Why the severity is what it is, a clause each.</summary>
    public required IReadOnlyList<string> SeverityReasons { get; init; }

    /// <summary>How far off, on <see cref="Scale"/>; null where it is a yes or no.</summary>
    public double? Score { get; init; }

    /// <summary>What the score measures (<c>probability</c>, <c>events per minute</c>), or null.</summary>
    public string? Scale { get; init; }

    /// <summary>The conversation accused as a whole: all of its frames are covered, both ways, back to the first.</summary>
    public Conversation? Accused { get; init; }
}
