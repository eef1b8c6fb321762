using OtGuard.Simulators.Substation;

namespace OtGuard.Simulators.Attacks;

/// <summary>All measurements of a feeder are changed so that they fit together.</summary>
public sealed class ConsistentLies : FalseMeasurement
{
    private static readonly AttackParameter Share = new("share", "%", 3, 15, 60);
    private static readonly AttackParameter Time = new("duration", "s", 120, 120, 120);

    /// <inheritdoc/>
    public override string Name => "consistent-lies";

    /// <inheritdoc/>
    public override string Description =>
        "Current and power of a feeder are told too low by the same share: they fit together, but not to "
        + "the transformers.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B4"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Share, Time];

    /// <inheritdoc/>
    protected override TimeSpan Duration(Strength strength) => Time.Seconds(strength);

    /// <inheritdoc/>
    protected override Action<ushort[], double> Begin(SimulatedDevice device, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(device);
        var factor = 1 - Share.At(strength) / 100;
        int[] scaled = [SubstationProcess.CurrentRegister, SubstationProcess.ActivePowerRegister, SubstationProcess.ReactivePowerRegister];
        return (told, _) =>
        {
            foreach (var register in scaled) told[register] = (ushort)(short)Math.Round((short)told[register] * factor);
        };
    }
}
