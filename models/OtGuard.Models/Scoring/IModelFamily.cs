using OtGuard.Collectors;
using OtGuard.Models.Training;

namespace OtGuard.Models.Scoring;

/// <summary>What a family has at hand while it is trained.</summary>
/// <param name="Trace">The observations kept.</param>
/// <param name="Vocabulary">What was learned of who does what, from the same observations.</param>
/// <param name="Protocols">The protocols of the run.</param>
/// <param name="Trainer">Trains the models that somebody else's library trains.</param>
/// <param name="Options">The settings.</param>
/// <param name="Progress">Told what is being trained and how far it is, 0 to 1.</param>
/// <param name="Cancellation">Ends training early, with nothing written.</param>
public sealed record TrainingContext(
    TrainingTrace Trace,
    Baseline Vocabulary,
    ProtocolRegistry Protocols,
    IModelTrainer Trainer,
    ModelOptions Options,
    Action<string, double> Progress,
    CancellationToken Cancellation)
{
    /// <summary>
    /// Gives the part of the trace that models are fitted on to a consumer. The rest, which lies later in time, is for
    /// calibration and must not be looked at while fitting.
    /// </summary>
    public void ReplayFit(ITraceConsumer consumer) => Trace.Replay(consumer, 0, Options.FitShare);
}

/// <summary>
/// A family of models: what it learns from observations, and how it judges later ones. One folder and one registration in
/// <see cref="ModelFamilies"/>. Stateless and thread-safe.
/// </summary>
public interface IModelFamily
{
    /// <summary>Its name, also that of its attachment in a baseline: lower case, no spaces.</summary>
    string Name { get; }

    /// <summary>
    /// Learns from the fit part of the trace; null where there is nothing for it to learn. The same trace and settings give
    /// the same model, byte for byte.
    /// </summary>
    FamilyModel? Train(TrainingContext context);

    /// <summary>Reads what <see cref="FamilyModel.Write"/> wrote.</summary>
    /// <exception cref="BaselineFormatException">The bytes are not in that form, or out of its bounds.</exception>
    FamilyModel Read(ModelReader reader);
}

/// <summary>What a family learned. Immutable, thread-safe.</summary>
public abstract class FamilyModel
{
    /// <summary>The family's name.</summary>
    public abstract string Family { get; }

    /// <summary>Names of the scales its watch gives scores on, unique among all families.</summary>
    public abstract IReadOnlyList<string> Scales { get; }

    /// <summary>What was learned, for a person to review: one line a fact, in a fixed order.</summary>
    public abstract IEnumerable<string> Lines();

    /// <summary>Writes it so that <see cref="IModelFamily.Read"/> makes an equal one.</summary>
    public abstract void Write(ModelWriter writer);

    /// <summary>
    /// This model, which was trained on the later traffic, with what <paramref name="earlier"/> knows of things that were
    /// not seen in it. Of things seen in both this one stands. A family that does not override it forgets what was not
    /// seen again; where the later traffic gave it no model at all, the earlier one is kept as a whole
    /// (<see cref="ModelSet.Extend"/>).
    /// </summary>
    /// <param name="earlier">A model of the same family, trained with the same settings.</param>
    /// <returns>This instance, where nothing of the earlier one was taken over.</returns>
    public virtual FamilyModel Merge(FamilyModel earlier) => this;

    /// <summary>The hosts and buses it knows things of; empty for a family that does not tell.</summary>
    public virtual IReadOnlyList<NetworkAddress> Assets => [];

    /// <summary>
    /// How far learning of an asset is, the least of what it knows of it (<see cref="ModelStages.Of"/>); learning where it
    /// knows nothing of it.
    /// </summary>
    public virtual LearningStage StageOf(NetworkAddress asset) => LearningStage.Learning;

    /// <summary>A watch that judges by it, with state of its own.</summary>
    public abstract FamilyWatch CreateWatch(WatchContext context);
}

/// <summary>What a watch is made with.</summary>
/// <param name="Protocols">The protocols of the run.</param>
/// <param name="Vocabulary">What was learned of who does what.</param>
/// <param name="FirstScale">Index of the first of the family's scales in the <see cref="ModelSet"/>.</param>
public sealed record WatchContext(ProtocolRegistry Protocols, Baseline Vocabulary, int FirstScale);

/// <summary>What a score is about, in words: made when something deviates.</summary>
/// <param name="Protocol">Index of the protocol in the registry.</param>
/// <param name="Subject">Who or what: <c>10.0.0.9 unit 1, input register 2</c>, <c>can0 0x1A0 WheelSpeedFL</c>.</param>
/// <param name="Thing">What is judged, as a noun: <c>the active power</c>, <c>the poll of input registers 0–7</c>.</param>
/// <param name="Unit">Unit of observed and expected, or an empty text.</param>
/// <param name="Related">The related signals or features that made the score, the most important first; may be empty.</param>
/// <param name="Stage">How far learning is for this thing.</param>
/// <param name="Latest">
/// The latest observation of it, for scores that the passing of time gives (<see cref="FamilyWatch.Advance"/>); else null.
/// </param>
public sealed record ScoreSubject(
    byte Protocol, string Subject, string Thing, string Unit, IReadOnlyList<string> Related, LearningStage Stage,
    Observation? Latest = null)
{
    /// <summary>Since when what is told of has been so, where that is long before it can be told; else null.</summary>
    public CaptureTime? Since { get; init; }
}

/// <summary>
/// Judges observations by one family's model, in the order of time. Scoring never alters the model. Allocates nothing in
/// <see cref="Observe"/> and <see cref="Advance"/> once it has met the things it judges; its state is bounded by the model.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
public abstract class FamilyWatch
{
    /// <summary>Looks at an observation of an application protocol and writes what is out of the ordinary.</summary>
    public abstract void Observe(in Observation observation, ObservationBatch batch, ScoreSheet sheet);

    /// <summary>Capture time has moved on, by about a second: what is judged by silence or by windows.</summary>
    public virtual void Advance(CaptureTime now, ScoreSheet sheet)
    {
    }

    /// <summary>What follows does not continue what came before.</summary>
    public virtual void Break()
    {
    }

    /// <summary>
    /// How often the thing is usually judged: scores farther apart than a few of these are no longer one event.
    /// </summary>
    public abstract TimeSpan CycleOf(int scale, int key);

    /// <summary>
    /// Number of the message, device or conversation that the thing belongs to, from 0: what many of these show at once is
    /// a state of the whole that was not learned, and no attack on one of them.
    /// </summary>
    public abstract int OwnerOf(int scale, int key);

    /// <summary>How many owners there are.</summary>
    public abstract int Owners { get; }

    /// <summary>What a score is about, in words.</summary>
    public abstract ScoreSubject Describe(in Score score);

    /// <summary>Entries that found no room in bounded tables: above 0, it judged on less than it should have.</summary>
    public virtual long Forgotten => 0;
}
