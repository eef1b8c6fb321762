using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host reads all holding registers, to the end and beyond.</summary>
public sealed class RegisterSweep : DeviceAttack
{
    private static readonly AttackParameter Interval = new("interval", "s", 10, 0.1, 0.002);
    private static readonly AttackParameter Registers = new("registers", "", 300, 1000, 10000);

    /// <inheritdoc/>
    public override string Name => "register-sweep";

    /// <inheritdoc/>
    public override string Description =>
        "A new host reads all holding registers block by block, to the end and beyond.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0861"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B25", "B2", "B1", "B12", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Interval, Registers];

    /// <summary>Registers in one request, 1 to 125.</summary>
    public int Block { get; init; } = 10;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var interval = Interval.Seconds(strength);
        var registers = Registers.Count(strength);
        var link = site.Connect(site.Intruder, Device(site));
        for (var start = 0; start < registers; start += Block)
        {
            link.Ask(ModbusPdu.ReadHoldingRegistersRequest((ushort)start, (ushort)Block));
            capture.Wait(interval);
        }

        link.Close();
    }
}
