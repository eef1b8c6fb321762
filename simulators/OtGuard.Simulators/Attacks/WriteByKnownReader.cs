using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The engineering workstation, which only ever read, opens a breaker.</summary>
public sealed class WriteByKnownReader : DeviceAttack
{
    private static readonly AttackParameter Writes = new("writes", "", 1, 2, 20);

    /// <inheritdoc/>
    public override string Name => "write-by-known-reader";

    /// <inheritdoc/>
    public override string Description =>
        "The engineering workstation, which only ever read, opens a breaker.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0855", "T0836"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B3", "B1"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Writes];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Workstation;
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var writes = Writes.Count(strength);
        var link = site.Connect(site.Workstation, Device(site));
        link.Ask(ModbusPdu.ReadHoldingRegistersRequest(0, 16));
        capture.Wait(TimeSpan.FromSeconds(2));
        for (var i = 0; i < writes; i++)
        {
            link.Ask(ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, i % 2 != 0));
            capture.Wait(TimeSpan.FromSeconds(2));
        }

        link.Close();
    }
}
