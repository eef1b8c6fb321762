using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Connections are asked for by the thousand and none is completed.</summary>
public sealed class SynFlood : DeviceAttack
{
    private static readonly AttackParameter Attempts = new("attempts", "", 300, 4000, 20000);
    private static readonly AttackParameter Interval = new("interval", "s", 0.2, 0.01, 0.0005);

    /// <inheritdoc/>
    public override string Name => "syn-flood";

    /// <inheritdoc/>
    public override string Description =>
        "A new host asks for connections by the thousand and completes none.";

    /// <inheritdoc/>
    public override bool CanBeLive => false;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A9", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Attempts, Interval];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var attempts = Attempts.Count(strength);
        var interval = Interval.Seconds(strength);
        site.Resolve(site.Intruder, Device(site).Host);
        for (var i = 0; i < attempts; i++)
        {
            var attempt = new TcpSession(
                capture, site.Intruder, site.NextPort(site.Intruder), Device(site).Host, Site.ModbusPort);
            attempt.OpenUnanswered();
            capture.Wait(interval);
        }
    }
}
