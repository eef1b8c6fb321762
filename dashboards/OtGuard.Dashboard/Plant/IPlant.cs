using System.Text.Json.Serialization;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Collectors.Dissection;
using OtGuard.Models;

namespace OtGuard.Dashboard.Plant;

/// <summary>
/// What the page shows beyond alerts: how the monitor itself does, and what it sees of the plant. Implemented by
/// whoever
/// runs the sources. Thread-safe; what it returns is immutable.
/// </summary>
public interface IPlant
{
    /// <summary>How the monitor does at this moment. Cheap.</summary>
    ServiceState State { get; }

    /// <summary>
    /// What was seen of the plant, at most a few seconds old: asking is what keeps it current, so nothing is prepared
    /// while
    /// nobody looks.
    /// </summary>
    PlantPicture Picture { get; }

    /// <summary>Signals that trends can be drawn of, with the bands that were learned for them.</summary>
    IReadOnlyList<SignalBand> Signals { get; }

    /// <summary>Names of what is declared in the site file.</summary>
    IReadOnlyDictionary<string, DeclaredPlace> Declared { get; }

    /// <summary>The zones of the site file, in its order, as it is in force now.</summary>
    IReadOnlyList<ZoneView> Zones { get; }

    /// <summary>The declared zone of an address, or null.</summary>
    string? ZoneOf(string address);

    /// <summary>The baselines that sources are judged by.</summary>
    IBaselineShelf Baselines { get; }

    /// <summary>Judges a log that somebody drops, or null where this cannot be done.</summary>
    ILogJudge? Logs { get; }

    /// <summary>The captures that show deviations, or null where none are kept.</summary>
    IEvidenceReader? Evidence { get; }

    /// <summary>Reads what is in frames.</summary>
    IFrameReading Frames { get; }
}

/// <summary>Reads what is in frames: implemented by whoever knows the protocols. Thread-safe.</summary>
public interface IFrameReading
{
    /// <summary>A dissector of every protocol that is decoded, with the names of the declared databases.</summary>
    IFrameDissector NewDissector();

    /// <summary>
    /// Writes a capture (pcapng) as <c>candump -l</c> does. Only for frames of CAN.
    /// </summary>
    byte[] ToCandump(byte[] capture);
}

/// <summary>A frame of an alert's evidence, taken apart.</summary>
/// <param name="Frame">The frame; its number is that in the run that kept it.</param>
/// <param name="Source">The source it was captured at.</param>
/// <param name="IsConcerned">Whether the alert is about it; else it stands around one that is.</param>
public sealed record AlertFrame(DissectedFrame Frame, string Source, bool IsConcerned);

/// <summary>The frames of an alert's evidence, taken apart.</summary>
/// <param name="Frames">The frames in the order of their times, at most <see cref="MostFrames"/>.</param>
/// <param name="Total">How many are kept.</param>
/// <param name="AreCan">Whether all of them are frames of CAN.</param>
public sealed record AlertFrames(IReadOnlyList<AlertFrame> Frames, int Total, bool AreCan)
{
    /// <summary>Frames taken apart of one alert: its evidence as a file has them all.</summary>
    public const int MostFrames = 500;
}

/// <summary>The file a person takes evidence away in.</summary>
public enum EvidenceForm : byte
{
    /// <summary>A capture, of any link.</summary>
    Pcapng,

    /// <summary>A log as <c>candump -l</c> writes it, of frames of CAN only.</summary>
    Candump,
}

/// <summary>The frames that show an alert, as one capture.</summary>
/// <param name="Name">What the file is called.</param>
/// <param name="Capture">The capture: pcapng, or a log of candump.</param>
/// <param name="Sha256">Its hash, hexadecimal, lower case.</param>
public sealed record EvidenceFile(string Name, byte[] Capture, string Sha256);

/// <summary>A declared zone.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Level">Its level by the Purdue model, 0 to 5; null where none is declared.</param>
public sealed record ZoneView(string Name, double? Level);

/// <summary>What is declared of an address.</summary>
/// <param name="Name">What people call it, or null.</param>
/// <param name="Zone">The zone, or null.</param>
/// <param name="Criticality">How much depends on it.</param>
public sealed record DeclaredPlace(string? Name, string? Zone, AssetCriticality Criticality);

/// <summary>Whether the monitor sees.</summary>
public enum Sight : byte
{
    /// <summary>Everything can be read.</summary>
    Fine,

    /// <summary>Part of the payload cannot be read.</summary>
    Opaque,

    /// <summary>Frames were lost.</summary>
    Lossy,

    /// <summary>Nothing is seen.</summary>
    Blind,
}

/// <summary>How the monitor does.</summary>
/// <param name="Status"><c>ok</c>, <c>degraded</c> or <c>blind</c>.</param>
/// <param name="Reasons">Why it is not <c>ok</c>, a sentence each.</param>
/// <param name="StartedAt">When it was started.</param>
/// <param name="Version">The program's version.</param>
/// <param name="Sources">What is listened to.</param>
/// <param name="LagMedianSeconds">From the frame to the stored deviation, or null before the first.</param>
/// <param name="LagP99Seconds">The same, of the slowest hundredth.</param>
/// <param name="Destinations">Where alerts are sent.</param>
/// <param name="StorePath">The store's file.</param>
/// <param name="StoreBytes">Its size, or null before it was looked at.</param>
/// <param name="Site">The site's name, or null.</param>
public sealed record ServiceState(
    string Status, IReadOnlyList<string> Reasons, DateTimeOffset StartedAt, string Version,
    IReadOnlyList<SourceView> Sources, double? LagMedianSeconds, double? LagP99Seconds,
    IReadOnlyList<DestinationStatus> Destinations, string StorePath, long? StoreBytes, string? Site);

/// <summary>A source, and how much of it is seen.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">What is read.</param>
/// <param name="Sensor">The sensor's name.</param>
/// <param name="Site">The site it belongs to, or null.</param>
/// <param name="Zone">The zone it belongs to, or null.</param>
/// <param name="State">Starting, running, gone, ended or failed.</param>
/// <param name="Text">What there is to say about the state.</param>
/// <param name="IsLive">Whether it is a wire and no file.</param>
/// <param name="Frames">Frames received.</param>
/// <param name="Lost">Frames lost.</param>
/// <param name="LastFrame">Capture time of the last frame, or null before the first.</param>
/// <param name="Baseline">The baseline's name, or null while it learns.</param>
/// <param name="LearnedFacts">Facts learned so far, where there is no baseline.</param>
/// <param name="Blind">Kinds of blindness it has now.</param>
/// <param name="ReadableShare">Of the payload bytes, the share that was decoded; null before there were any.</param>
/// <param name="Stages">Counters of its stages.</param>
public sealed record SourceView(
    string Name, string Address, string Sensor, string? Site, string? Zone, string State, string Text, bool IsLive,
    long Frames, long Lost, CaptureTime? LastFrame, string? Baseline, int? LearnedFacts, IReadOnlyList<string> Blind,
    double? ReadableShare, IReadOnlyList<StageView> Stages)
{
    /// <summary>Of the payload, what may stay unread without the source counting as opaque.</summary>
    private const double Opaque = 0.9;

    /// <summary>How much of it is seen.</summary>
    public Sight Sight =>
        Blind.Count > 0 || State is "gone" or "failed" ? Sight.Blind
        : Lost > 0 ? Sight.Lossy
        : ReadableShare < Opaque ? Sight.Opaque
        : Sight.Fine;
}

/// <summary>What a stage counted.</summary>
public sealed record StageView(
    string Stage, long Received, long Emitted, IReadOnlyDictionary<string, long> Dropped,
    IReadOnlyDictionary<string, long> Failed);

/// <summary>What was seen of the plant, from all sources.</summary>
/// <param name="Assets">Assets by address.</param>
/// <param name="Conversations">The communication matrix.</param>
/// <param name="Messages">Messages on buses.</param>
/// <param name="Buses">The buses.</param>
/// <param name="Writes">The write ledger, the latest first.</param>
/// <param name="WritesForgotten">Writes that are no longer in the ledger.</param>
/// <param name="Diagnostics">Diagnostic conversations on buses, the latest first.</param>
public sealed record PlantPicture(
    IReadOnlyList<AssetView> Assets, IReadOnlyList<ConversationView> Conversations, IReadOnlyList<MessageView> Messages,
    IReadOnlyList<BusView> Buses, IReadOnlyList<WriteView> Writes, long WritesForgotten,
    IReadOnlyList<DiagnosticView> Diagnostics)
{
    /// <summary>Nothing was seen.</summary>
    public static readonly PlantPicture Empty = new([], [], [], [], [], 0, []);
}

/// <summary>A fact about an asset, and where it is from.</summary>
public sealed record FactView(string Name, string Value, string Provenance);

/// <summary>Whether something is as it was when a baseline was learned.</summary>
public enum Standing : byte
{
    /// <summary>There is no baseline to compare with.</summary>
    Unknown,

    /// <summary>It was there while learning, and is.</summary>
    Known,

    /// <summary>It was not there while learning.</summary>
    New,

    /// <summary>It was used for something it was not while learning.</summary>
    Changed,

    /// <summary>It was there while learning, and was not seen since.</summary>
    Vanished,
}

/// <summary>An asset as it was observed.</summary>
public sealed record AssetView(
    string Address, IReadOnlyList<string> LinkAddresses, AssetKind Kind, bool Writes, IReadOnlyList<string> Serves,
    IReadOnlyList<string> Uses, IReadOnlyList<int> Units, IReadOnlyList<FactView> Facts, CaptureTime? FirstSeen,
    CaptureTime? LastSeen, string Source, string? Zone, Standing Standing)
{
    /// <summary>The address as baselines know it.</summary>
    [JsonIgnore]
    public NetworkAddress Place { get; init; }
}

/// <summary>Who asks whom for what.</summary>
public sealed record ConversationView(
    string Client, string Server, string Service, string? Protocol, IReadOnlyList<FunctionView> Functions, string Reads,
    string Written, double? PeriodSeconds, double? LatencySeconds, long Exchanges, long Rejected, long Unanswered,
    long Writes, long Frames, long Bytes, double? ReadableShare, CaptureTime? FirstSeen, CaptureTime? LastSeen,
    string Source, Standing Standing)
{
    /// <summary>The conversation as baselines know it.</summary>
    [JsonIgnore]
    public ConversationKey Key { get; init; }
}

/// <summary>A function and how often it was used.</summary>
public sealed record FunctionView(int Unit, string Name, long Count, long Rejected, long Unanswered)
{
    /// <summary>The protocol's number of the function.</summary>
    [JsonIgnore]
    public short Code { get; init; }

    /// <summary>The number that refines it.</summary>
    [JsonIgnore]
    public int SubCode { get; init; }
}

/// <summary>A message on a bus.</summary>
/// <param name="Bus">The bus.</param>
/// <param name="Id">The identifier, hexadecimal.</param>
/// <param name="Name">Its declared name, or null.</param>
/// <param name="Frames">Frames seen.</param>
/// <param name="CycleSeconds">Its cycle time, smoothed; null before the third.</param>
/// <param name="Data">The latest payload, hexadecimal.</param>
/// <param name="Changed">For each byte, how long ago it changed, in frames of this message; -1 for never.</param>
/// <param name="Signals">Decoded signals.</param>
/// <param name="LastSeen">When it was last seen.</param>
/// <param name="Standing">Whether the baseline knows it.</param>
public sealed record MessageView(
    string Bus, string Id, string? Name, long Frames, double? CycleSeconds, string Data, IReadOnlyList<int> Changed,
    IReadOnlyList<ValueView> Signals, CaptureTime LastSeen, Standing Standing);

/// <summary>A decoded value.</summary>
public sealed record ValueView(string Name, double Value, string Unit);

/// <summary>A bus.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Frames">Frames seen.</param>
/// <param name="ErrorFrames">Error frames among them.</param>
/// <param name="FramesPerSecond">Of the last whole second.</param>
/// <param name="BitsPerSecond">Bits on the wire in the last whole second, without stuff bits.</param>
/// <param name="Messages">Different identifiers.</param>
public sealed record BusView(
    string Name, long Frames, long ErrorFrames, double FramesPerSecond, double BitsPerSecond, int Messages);

/// <summary>A write: who, what, before, after, answered how.</summary>
public sealed record WriteView(
    CaptureTime Time, string Client, string Server, int Unit, string Protocol, string Operation, string Target,
    string? Name, string Before, string After, string Outcome, long Frame, string Source);

/// <summary>A request and its answer of a diagnostic protocol.</summary>
public sealed record DiagnosticView(
    CaptureTime Time, string Client, string Server, string Protocol, string Request, string Response, string Outcome,
    long Frame, string Source);

/// <summary>A signal that is kept as a series, and what was learned of it.</summary>
/// <param name="Asset">The tag of its series.</param>
/// <param name="Field">The field of its series.</param>
/// <param name="Protocol">The protocol it is seen in.</param>
/// <param name="Kind">How it behaves: constant, state, counter, number.</param>
/// <param name="Unit">Its unit, or an empty text.</param>
/// <param name="Low">The lowest value while learning.</param>
/// <param name="High">The highest.</param>
public sealed record SignalBand(
    string Asset, string Field, string Protocol, string Kind, string Unit, double? Low, double? High);

/// <summary>The baselines that sources are judged by. Thread-safe.</summary>
public interface IBaselineShelf
{
    /// <summary>Their names.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Reads one as it is on the disk.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="BaselineFormatException">It is damaged.</exception>
    Baseline Load(string name);

    /// <summary>Earlier versions, the latest first, by content hash.</summary>
    IReadOnlyList<string> HistoryOf(string name);

    /// <summary>Reads an earlier version.</summary>
    Baseline LoadEarlier(string name, string hash);

    /// <summary>Puts an approval under one.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="ArgumentException">That person approved it already.</exception>
    Baseline Approve(string name, string who, string why);

    /// <summary>Signs one: its contents, and who approved it until now. The key is not kept.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="key">The private key: PEM, ECDSA on P-256, without a password.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="ArgumentException">It is no key that signs.</exception>
    Baseline Sign(string name, string key);
}

/// <summary>Judges logs that people drop on the page. Thread-safe; one log at a time.</summary>
public interface ILogJudge
{
    /// <summary>Bytes of a log at most.</summary>
    long MaximumBytes { get; }

    /// <summary>Judges a log by a baseline; null for the rules alone.</summary>
    /// <exception cref="IOException">It is no log, or cannot be read; the message says why.</exception>
    Task<LogVerdict> JudgeAsync(string path, string name, string? baseline, CancellationToken cancellation);
}

/// <summary>What a log was found to hold.</summary>
/// <param name="Name">The log's name.</param>
/// <param name="Baseline">The baseline it was judged by, or null.</param>
/// <param name="Frames">Frames read.</param>
/// <param name="Deviations">What deviates, the most severe first.</param>
/// <param name="Picture">What is in it.</param>
/// <param name="Notices">What there is to say about reading it.</param>
public sealed record LogVerdict(
    string Name, string? Baseline, long Frames, IReadOnlyList<DeviationRecord> Deviations, PlantPicture Picture,
    IReadOnlyList<string> Notices)
{
    /// <summary>Whether nothing but information deviates.</summary>
    public bool IsClean => Deviations.All(deviation => deviation.IsInformation);
}
