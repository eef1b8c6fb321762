using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host tries one function code after the other.</summary>
public sealed class FunctionCodeEnumeration : DeviceAttack
{
    private static readonly AttackParameter Interval = new("interval", "s", 10, 0.1, 0.005);
    private static readonly AttackParameter Last = new("last function code", "", 24, 127, 127);

    /// <inheritdoc/>
    public override string Name => "function-code-enumeration";

    /// <inheritdoc/>
    public override string Description =>
        "A new host tries one function code after the other to see which ones are refused.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0888"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B24", "B1", "B8", "B12", "B11", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Interval, Last];

    /// <summary>The first function code.</summary>
    public int First { get; init; } = 1;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var interval = Interval.Seconds(strength);
        var last = Last.Count(strength);
        var link = site.Connect(site.Intruder, Device(site));
        for (var function = First; function <= last; function++)
        {
            // Diagnostics as a plain echo: its other sub-functions would change the device.
            link.Ask(function == 8
                ? ModbusPdu.Diagnostics(0, 0x55AA)
                : ModbusPdu.Request((byte)function, 0xFFFF, 1));
            capture.Wait(interval);
        }

        link.Close();
    }
}
