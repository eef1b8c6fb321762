using OtGuard.Simulators.Substation;

namespace OtGuard.Simulators.Attacks;

/// <summary>A measurement stands still.</summary>
public sealed class FrozenMeasurement : FalseMeasurement
{
    private static readonly AttackParameter Time = new("duration", "s", 60, 120, 240);

    /// <inheritdoc/>
    public override string Name => "frozen-measurement";

    /// <inheritdoc/>
    public override string Description => "The measurements of a feeder no longer change while the feeder lives on.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B6"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Time];

    /// <inheritdoc/>
    protected override TimeSpan Duration(Strength strength) => Time.Seconds(strength);

    /// <inheritdoc/>
    protected override Action<ushort[], double> Begin(SimulatedDevice device, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(device);
        var frozen = (ushort[])device.InputRegisters.Clone();
        return (told, _) => frozen.CopyTo(told, 0);
    }
}
