using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The engineering workstation, which only ever read, opens a breaker.</summary>
public sealed class WriteByKnownReader : DeviceAttack
{
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
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Workstation;
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var link = site.Connect(site.Workstation, Device(site));
        link.Ask(ModbusPdu.ReadHoldingRegistersRequest(0, 16));
        capture.Wait(TimeSpan.FromSeconds(2));
        link.Ask(ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, false));
        capture.Wait(TimeSpan.FromMilliseconds(50));
        link.Close();
    }
}
