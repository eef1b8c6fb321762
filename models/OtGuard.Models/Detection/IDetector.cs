using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models;

/// <summary>Which observations a detector wants to see, so that ordinary traffic asks none of them.</summary>
[Flags]
public enum Interests : ushort
{
    /// <summary>Nothing but the passing of time.</summary>
    None = 0,

    /// <summary>Observations with something the baseline does not know.</summary>
    Novel = 1,

    /// <summary>Exchanges refused by the server.</summary>
    Rejected = 2,

    /// <summary>Requests without an answer.</summary>
    Unanswered = 4,

    /// <summary>Answers without a request.</summary>
    Unsolicited = 8,

    /// <summary>Observations with an anomaly, or undecodable.</summary>
    Anomalous = 16,

    /// <summary>Writes.</summary>
    Write = 32,

    /// <summary>Identification, diagnosis, control, records and vendor functions.</summary>
    Special = 64,

    /// <summary>Everything the capture layer itself observes.</summary>
    Network = 128,

    /// <summary>Every exchange. Costs on every observation: only for what cannot be had otherwise.</summary>
    Everything = 256,

    /// <summary>Observations that a model of the baseline holds to be out of the ordinary: <see cref="DetectionContext.Models"/>.</summary>
    Unlikely = 512,
}

/// <summary>What about an observation the baseline does not know.</summary>
/// <remarks>
/// Each flag is judged by itself: a write by an unknown host is a new asset, conversation, function, range and writer
/// at once, and detectors say which of them is worth telling. A refused or unanswered request is judged like any other,
/// because it was attempted. What could not be decoded, and answers nobody asked for, are never new in unit, function,
/// range, writer, refusal or identity. A family that found no room while it was learned raises no flag.
/// </remarks>
[Flags]
public enum Novelty : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A host (address) never seen.</summary>
    Asset = 1,

    /// <summary>Client, server and service never seen together.</summary>
    Conversation = 2,

    /// <summary>A unit of the server never addressed.</summary>
    Unit = 4,

    /// <summary>A function code (with sub-code) never used by this client on this server and unit.</summary>
    Function = 8,

    /// <summary>An address outside of the ranges this client uses there.</summary>
    Range = 16,

    /// <summary>A write by a host that never wrote to this server and unit.</summary>
    Writer = 32,

    /// <summary>A refusal never seen for this client, server, unit and function.</summary>
    Refusal = 64,

    /// <summary>An identity text (vendor, product, revision) other than the learned one.</summary>
    Identity = 128,

    /// <summary>A host in a role (client or server of a protocol) it never had.</summary>
    Role = 256,

    /// <summary>An address bound to another link address.</summary>
    Binding = 512,

    /// <summary>A protocol never seen on this conversation's service.</summary>
    Protocol = 1024,

    /// <summary>
    /// Beside others: all that is new, the client's redundant partner is known to do. A standby that takes over is no
    /// intruder.
    /// </summary>
    HeldByPeer = 2048,

    /// <summary>A message (arbitration identifier) never seen on its bus.</summary>
    Message = 4096,

    /// <summary>A data length code or frame type that the message never had.</summary>
    Form = 8192,

    /// <summary>A message that comes faster than it was learned to.</summary>
    Rhythm = 16384,

    /// <summary>A counter or checksum within the message that does not fit.</summary>
    Protection = 32768,

    /// <summary>A certificate, application URI or kind of security other than those learned between the two.</summary>
    Credential = 65536,
}

/// <summary>
/// Looks at observations and raises deviations. One folder a detector, one registration; its state is bounded. Called on
/// one thread, in the order of the observations.
/// </summary>
public interface IDetector
{
    /// <summary>The detector's name.</summary>
    string Name { get; }

    /// <summary>The kinds it raises: names in the <see cref="DeviationCatalogue"/>.</summary>
    IReadOnlyList<string> Kinds { get; }

    /// <summary>What it wants to see.</summary>
    Interests Interests { get; }

    /// <summary>Entries its bounded tables had to forget: above 0, it judged on less than it should have.</summary>
    long Forgotten => 0;

    /// <summary>Looks at one observation it is interested in.</summary>
    void Observe(in Observation observation, DetectionContext context);

    /// <summary>
    /// Capture time has moved on; called about once a second of it, and once at the end. What models hold of the silence
    /// until now stands in <see cref="DetectionContext.Models"/>.
    /// </summary>
    void Advance(CaptureTime now, DetectionContext context);
}

/// <summary>What a detector has at hand while it looks at an observation. Valid during the call only.</summary>
public sealed class DetectionContext
{
    internal DetectionContext(
        ProtocolRegistry protocols, Baseline? baseline, DeviationTable deviations, AlarmBudget budget)
    {
        if (baseline is { Models.Models.Count: > 0 })
            Models = new ModelJudge(baseline.Models, baseline, protocols, baseline.Options.Models, budget);
        Buses = new BusWatch(baseline, protocols, MessageTimingLimits.Default);
        Protocols = protocols;
        Baseline = baseline;
        Deviations = deviations;
        deviations.Frames = Buses.FramesBefore;
    }

    /// <summary>The protocols of the run, which put their observations into words.</summary>
    public ProtocolRegistry Protocols { get; }

    /// <summary>What was learned, or null where nothing was.</summary>
    public Baseline? Baseline { get; }

    /// <summary>The values of the process as they were before the observation at hand.</summary>
    public ProcessImage Process { get; } = new();

    /// <summary>The buses, and the message that the observation at hand is a frame of.</summary>
    public BusWatch Buses { get; }

    /// <summary>
    /// The judge by the baseline's models, and what it holds of the observation at hand; null where no model was trained.
    /// </summary>
    public ModelJudge? Models { get; }

    /// <summary>Where deviations are raised.</summary>
    public DeviationTable Deviations { get; }

    /// <summary>The batch the observation lies in, for its values.</summary>
    public ObservationBatch Batch { get; internal set; } = null!;

    /// <summary>What about the observation is new.</summary>
    public Novelty Novelty { get; internal set; }
}
