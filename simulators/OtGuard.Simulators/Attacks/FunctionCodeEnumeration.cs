using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host tries one function code after the other.</summary>
public sealed class FunctionCodeEnumeration : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "function-code-enumeration";

    /// <inheritdoc/>
    public override string Description =>
        "A new host tries one function code after the other to see which ones are refused.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0888"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B24", "B1", "B8", "B12", "B11", "A1", "A2"];

    /// <summary>The first function code.</summary>
    public int First { get; init; } = 1;

    /// <summary>The last function code, at most 127.</summary>
    public int Last { get; init; } = 127;

    /// <summary>Pause between two requests.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var link = site.Connect(site.Intruder, Device(site));
        for (var function = First; function <= Last; function++)
        {
            // Diagnostics as a plain echo: its other sub-functions would change the device.
            link.Ask(function == 8
                ? ModbusPdu.Diagnostics(0, 0x55AA)
                : ModbusPdu.Request((byte)function, 0xFFFF, 1));
            capture.Wait(Interval);
        }

        link.Close();
    }
}
