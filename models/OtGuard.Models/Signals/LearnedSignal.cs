using OtGuard.Models.Scoring;

namespace OtGuard.Models.Signals;

/// <summary>A signal that a baseline knows, with what was learned of its values: what trends are drawn with.</summary>
/// <param name="Definition">Which signal.</param>
/// <param name="Kind">How it behaves.</param>
/// <param name="Minimum">The lowest value while learning.</param>
/// <param name="Maximum">The highest.</param>
public sealed record LearnedSignal(SignalDefinition Definition, SignalKind Kind, double Minimum, double Maximum)
{
    /// <summary>Those of a set of models, in its order; none where it has no model of signals.</summary>
    public static IReadOnlyList<LearnedSignal> Of(ModelSet models)
    {
        ArgumentNullException.ThrowIfNull(models);
        return
        [
            .. models.Models.OfType<SignalFamilyModel>().SelectMany(model => model.Signals).Select(signal =>
                new LearnedSignal(signal.Definition, signal.Kind, signal.Minimum, signal.Maximum)),
        ];
    }
}
