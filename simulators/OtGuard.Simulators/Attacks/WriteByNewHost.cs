using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A host nobody knows opens a breaker and changes a setting.</summary>
public sealed class WriteByNewHost : DeviceAttack
{
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
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var link = site.Connect(site.Intruder, Device(site));
        capture.Wait(TimeSpan.FromMilliseconds(50));
        link.Ask(ModbusPdu.WriteSingleCoil(SubstationProcess.BreakerCoil, false));
        capture.Wait(TimeSpan.FromSeconds(1));
        link.Ask(ModbusPdu.WriteSingleRegister(3, 9999));
        capture.Wait(TimeSpan.FromMilliseconds(50));
        link.Close();
    }
}
