using OtGuard.Simulators.Substation;

namespace OtGuard.Simulators.Attacks;

/// <summary>Old measurements are told again.</summary>
public sealed class ReplayedMeasurements : FalseMeasurement
{
    private static readonly AttackParameter Time = new("duration", "s", 60, 120, 240);

    /// <inheritdoc/>
    public override string Name => "replayed-measurements";

    /// <inheritdoc/>
    public override string Description =>
        "The measurements of a feeder are recorded for half a minute and then told over and over.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B6", "B4"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Time];

    private const double RecordedSeconds = 30;

    /// <inheritdoc/>
    protected override TimeSpan Duration(Strength strength) => Time.Seconds(strength);

    /// <inheritdoc/>
    protected override Action<ushort[], double> Begin(SimulatedDevice device, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(device);
        List<(double At, ushort[] Values)> recorded = [];
        return (told, seconds) =>
        {
            if (seconds < RecordedSeconds)
            {
                recorded.Add((seconds, (ushort[])told.Clone()));
                return;
            }

            var at = seconds % RecordedSeconds;
            recorded.MinBy(entry => Math.Abs(entry.At - at)).Values?.CopyTo(told, 0);
        };
    }
}
