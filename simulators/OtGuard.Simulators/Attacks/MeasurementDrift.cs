using OtGuard.Simulators.Substation;

namespace OtGuard.Simulators.Attacks;

/// <summary>A measurement drifts away.</summary>
public sealed class MeasurementDrift : FalseMeasurement
{
    private static readonly AttackParameter Drift = new("drift", "degC/min", 0.3, 2, 10);
    private static readonly AttackParameter Time = new("duration", "s", 240, 240, 240);

    /// <inheritdoc/>
    public override string Name => "measurement-drift";

    /// <inheritdoc/>
    public override string Description =>
        "The oil temperature of a transformer is told lower and lower, so that nobody sees it overheat.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B4"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Drift, Time];

    /// <summary>Attacks the first transformer.</summary>
    public MeasurementDrift() => DeviceIndex = 0;

    /// <inheritdoc/>
    protected override TimeSpan Duration(Strength strength) => Time.Seconds(strength);

    /// <inheritdoc/>
    protected override Action<ushort[], double> Begin(SimulatedDevice device, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(device);
        var tenthsASecond = Drift.At(strength) * 10 / 60;
        return (told, seconds) => told[6] = (ushort)Math.Max(0, told[6] - tenthsASecond * seconds);
    }
}
