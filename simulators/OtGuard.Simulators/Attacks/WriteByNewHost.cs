using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A host nobody knows opens a breaker and changes a setting.</summary>
public sealed class WriteByNewHost : DeviceAttack
{
    private static readonly AttackParameter Writes = new("writes", "", 1, 2, 20);

    /// <inheritdoc/>
    public override string Name => "write-by-new-host";

    /// <inheritdoc/>
    public override string Description =>
        "A host nobody knows opens a breaker and changes a setting.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0855", "T0836"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B3", "B1", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Writes];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var writes = Writes.Count(strength);
        var link = site.Connect(site.Intruder, Device(site));
        capture.Wait(TimeSpan.FromMilliseconds(50));
        for (var i = 0; i < writes; i++)
        {
            link.Ask(i % 2 == 0
                ? ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, i % 4 != 0)
                : ModbusPdu.WriteSingleRegister(3, 9999));
            capture.Wait(TimeSpan.FromSeconds(1));
        }

        link.Close();
    }
}
