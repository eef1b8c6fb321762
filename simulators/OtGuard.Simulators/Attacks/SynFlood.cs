using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Connections are asked for by the thousand and none is completed.</summary>
public sealed class SynFlood : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "syn-flood";

    /// <inheritdoc/>
    public override string Description =>
        "A new host asks for connections by the thousand and completes none.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A9", "A1", "A2"];

    /// <summary>How many SYN segments.</summary>
    public int Attempts { get; init; } = 4000;

    /// <summary>Pause between two of them.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        site.Resolve(site.Intruder, Device(site).Host);
        for (var i = 0; i < Attempts; i++)
        {
            var attempt = new TcpSession(
                capture, site.Intruder, site.NextPort(site.Intruder), Device(site).Host, Site.ModbusPort);
            attempt.OpenUnanswered();
            capture.Wait(Interval);
        }
    }
}
