using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A setpoint is moved in steps too small to be noticed.</summary>
public sealed class SetpointDrift : DeviceAttack
{
    private static readonly AttackParameter Drift = new("drift", "V/min", 20, 100, 500);
    private static readonly AttackParameter Duration = new("duration", "s", 180, 180, 180);

    /// <inheritdoc/>
    public override string Name => "setpoint-drift";

    /// <inheritdoc/>
    public override string Description =>
        "The SCADA server, in foreign hands, raises the setpoint of both tap changers in small steps, "
        + "minute after minute.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0836", "T0831"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B4"];

    /// <inheritdoc/>
    public override bool IsLasting => true;

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Drift, Duration];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Active;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [.. site.Transformers.Select(transformer => transformer.Host)];
    }

    private const double StepSeconds = 15;

    /// <summary>Attacks the first tap changer and its neighbour.</summary>
    public SetpointDrift() => DeviceIndex = 0;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var steps = (int)Math.Max(1, Math.Round(Duration.At(strength) / StepSeconds));
        var volts = Drift.At(strength) * StepSeconds / 60;
        var begin = (double)Device(site).HoldingRegisters[SubstationProcess.SetpointRegister];
        for (var step = 1; step <= steps; step++)
        {
            var value = (ushort)Math.Round(begin + volts * step / 10);
            site.Later(TimeSpan.FromSeconds(StepSeconds * (step - 1)), () =>
            {
                foreach (var transformer in site.Transformers)
                {
                    var link = site.LinkOf(site.Active, transformer);
                    if (!link.Session.IsOpen) continue;
                    link.AskAll(
                        ModbusPdu.WriteSingleRegister(SubstationProcess.SetpointRegister, value),
                        ModbusPdu.ReadHoldingRegistersRequest(0, 16));
                }
            });
        }
    }
}
