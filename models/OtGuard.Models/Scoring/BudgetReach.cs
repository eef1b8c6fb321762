namespace OtGuard.Models.Scoring;

/// <summary>
/// Which budget of false alarms what was learned can honestly support on one scale, and how long learning has to be for the
/// wanted one.
/// </summary>
/// <remarks>
/// A rate is counted down to one event in the clean time judged (<see cref="ScaleCalibration.Resolution"/>), and the budget
/// is shared by all scales, so that the smallest budget is scales / exposure. Below it thresholds are extrapolated along
/// the tail. The clean time judged is what lies behind <see cref="ModelOptions.FitShare"/> of learning.
/// </remarks>
/// <param name="Scale">The scale.</param>
/// <param name="Exposure">Clean time judged.</param>
/// <param name="Events">Events in it.</param>
/// <param name="LeastP">The smallest p-value that n calibration events can give: 1 / (n + 1).</param>
/// <param name="SmallestBudget">False alarms a day, of all scales together.</param>
/// <param name="LearningNeeded">How long learning has to be for the wanted budget.</param>
public sealed record BudgetReach(
    string Scale, TimeSpan Exposure, long Events, double LeastP, double SmallestBudget, TimeSpan LearningNeeded)
{
    /// <summary>The reach of each scale.</summary>
    public static IReadOnlyList<BudgetReach> Of(ModelSet models, ModelOptions options, AlarmBudget wanted)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(wanted);
        var scales = models.Scales.Count;
        var days = 1 / wanted.ShareOf(scales) / (1 - options.FitShare);
        var needed = days < TimeSpan.MaxValue.TotalDays ? TimeSpan.FromDays(days) : TimeSpan.MaxValue;
        return
        [
            .. models.Scales.Select(scale => new BudgetReach(
                scale.Scale, scale.Exposure, scale.EventCount, 1.0 / (scale.EventCount + 1), scale.Resolution * scales, needed)),
        ];
    }
}
