using System.Globalization;

namespace OtGuard.Models.Scoring;

/// <summary>Settings of the models. They stand in the baseline that was learned with them.</summary>
public sealed record ModelOptions
{
    /// <summary>How it is written that no family is trained.</summary>
    private const string NoFamily = "none";

    /// <summary>
    /// Memory for the observations that models are trained on, in MiB. 192 MiB hold about five million observations of an
    /// ordinary poll; beyond it blocks of time are sampled (<see cref="Training.TrainingTrace"/>).
    /// </summary>
    public int TrainingMemory { get; init; } = 192;

    /// <summary>
    /// Share of the observations that models are fitted on; what lies later in time calibrates them. Two thirds: thresholds
    /// come from the rest alone, and a third of the time seen is what an event rate can be counted on.
    /// </summary>
    public double FitShare { get; init; } = 2.0 / 3;

    /// <summary>
    /// Share of the scores of a scale that are candidates for an event. One in a thousand: rare enough that candidates of
    /// one key seldom touch by chance, frequent enough that minutes of calibration have some.
    /// </summary>
    public double CandidateShare { get; init; } = 0.001;

    /// <summary>
    /// How long a key must be without a candidate before its next one is another event, at least. Five seconds: what an
    /// operator sees twice within it he takes for one.
    /// </summary>
    public TimeSpan EventGap { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The same in cycles of the thing judged, where these are longer: polls of a minute are one event while they follow each
    /// other.
    /// </summary>
    public int EventGapCycles { get; init; } = 3;

    /// <summary>
    /// Names of the families that are trained, in the order of <see cref="ModelFamilies.All"/>; all of them by default.
    /// None leaves vocabulary, rules and timing of the bus: what a small machine or a line at its full rate can carry.
    /// </summary>
    public IReadOnlyList<string> Families { get; init; } = [.. ModelFamilies.All.Select(family => family.Name)];

    /// <summary>Seeds every random choice of training.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The names <see cref="With"/> takes, as they stand in a baseline's section <c>[settings]</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["candidate-share", "event-gap", "event-gap-cycles", "families", "fit-share", "model-seed", "training-memory"];

    /// <summary>Each setting as text.</summary>
    public IEnumerable<(string Name, string Value)> Values()
    {
        yield return ("candidate-share", Text(CandidateShare));
        yield return ("event-gap", EventGap.ToString("c", CultureInfo.InvariantCulture));
        yield return ("event-gap-cycles", Text(EventGapCycles));
        yield return ("families", Families.Count == 0 ? NoFamily : string.Join(',', Families));
        yield return ("fit-share", Text(FitShare));
        yield return ("model-seed", Text(Seed));
        yield return ("training-memory", Text(TrainingMemory));
    }

    /// <summary>These settings with one of them changed, both given as text.</summary>
    /// <exception cref="FormatException">There is no such setting, or the value is none for it.</exception>
    /// <exception cref="OverflowException">The value is out of range.</exception>
    public ModelOptions With(string name, string value) => name switch
    {
        "candidate-share" => this with { CandidateShare = Share(value) },
        "event-gap" => this with { EventGap = TimeSpan.ParseExact(value, "c", CultureInfo.InvariantCulture) },
        "event-gap-cycles" => this with { EventGapCycles = Count(value) },
        "families" => this with { Families = FamiliesOf(value) },
        "fit-share" => this with { FitShare = Share(value) },
        "model-seed" => this with { Seed = Count(value) },
        "training-memory" => this with { TrainingMemory = Count(value) },
        _ => throw new FormatException($"there is no setting '{name}'"),
    };

    private static IReadOnlyList<string> FamiliesOf(string value)
    {
        if (value == NoFamily) return [];
        var asked = value.Split(',', StringSplitOptions.TrimEntries);
        foreach (var name in asked)
        {
            if (ModelFamilies.Find(name) is null)
            {
                throw new FormatException(
                    $"there is no family '{name}': {string.Join(", ", ModelFamilies.All.Select(family => family.Name))}, "
                    + $"or {NoFamily}");
            }
        }

        return [.. ModelFamilies.All.Select(family => family.Name).Where(asked.Contains)];
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static int Count(string value)
    {
        var count = int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);
        return count > 0 ? count : throw new FormatException("it has to be 1 or more");
    }

    private static double Share(string value)
    {
        var share = double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture);
        return share is > 0 and < 1 ? share : throw new FormatException("it has to be between 0 and 1");
    }
}
