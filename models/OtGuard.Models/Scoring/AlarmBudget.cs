namespace OtGuard.Models.Scoring;

/// <summary>
/// How many false alarms somebody is ready to look at: one number, from which every threshold of the models follows.
/// </summary>
/// <param name="PerDay">False alarms a day and operator console.</param>
public sealed record AlarmBudget(double PerDay)
{
    /// <summary>
    /// One a day. ISA-18.2 (2016) §16.5 holds 150 alarms a day to be very likely acceptable for one operator, from all of his
    /// systems; a monitor that takes less than a hundredth of that can be wrong each day and still be looked into each time.
    /// </summary>
    public static readonly AlarmBudget Default = new(1);

    /// <summary>The share of one scale among those that judge: all are given the same.</summary>
    public double ShareOf(int scales) => scales == 0 ? PerDay : PerDay / scales;
}
