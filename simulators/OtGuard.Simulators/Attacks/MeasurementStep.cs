using OtGuard.Simulators.Substation;

namespace OtGuard.Simulators.Attacks;

/// <summary>A measurement jumps.</summary>
public sealed class MeasurementStep : FalseMeasurement
{
    private static readonly AttackParameter Step = new("step", "%", 2, 8, 30);
    private static readonly AttackParameter Time = new("duration", "s", 20, 20, 20);

    /// <inheritdoc/>
    public override string Name => "measurement-step";

    /// <inheritdoc/>
    public override string Description => "The voltage of a feeder is told too high from one moment to the next.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B4"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Step, Time];

    /// <inheritdoc/>
    protected override TimeSpan Duration(Strength strength) => Time.Seconds(strength);

    /// <inheritdoc/>
    protected override Action<ushort[], double> Begin(SimulatedDevice device, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(device);
        var factor = 1 + Step.At(strength) / 100;
        return (told, _) => told[SubstationProcess.VoltageRegister] =
            (ushort)Math.Min(ushort.MaxValue, told[SubstationProcess.VoltageRegister] * factor);
    }
}
