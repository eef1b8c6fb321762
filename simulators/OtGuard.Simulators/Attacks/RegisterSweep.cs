using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host reads all holding registers, to the end and beyond.</summary>
public sealed class RegisterSweep : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "register-sweep";

    /// <inheritdoc/>
    public override string Description =>
        "A new host reads all holding registers block by block, to the end and beyond.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0861"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B25", "B2", "B1", "B12", "A1", "A2"];

    /// <summary>Where the walk ends.</summary>
    public int Registers { get; init; } = 1000;

    /// <summary>Registers in one request, 1 to 125.</summary>
    public int Block { get; init; } = 10;

    /// <summary>Pause between two requests.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var link = site.Connect(site.Intruder, Device(site));
        for (var start = 0; start < Registers; start += Block)
        {
            link.Ask(ModbusPdu.ReadHoldingRegistersRequest((ushort)start, (ushort)Block));
            capture.Wait(Interval);
        }

        link.Close();
    }
}
