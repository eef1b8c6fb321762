using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The workstation provokes one refusal after the other.</summary>
public sealed class ExceptionStorm : DeviceAttack
{
    private static readonly AttackParameter Interval = new("interval", "s", 20, 0.5, 0.005);
    private static readonly AttackParameter Requests = new("requests", "", 15, 60, 600);

    /// <inheritdoc/>
    public override string Name => "exception-storm";

    /// <inheritdoc/>
    public override string Description =>
        "The workstation provokes one refusal after the other by reading where nothing is.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0888", "T0861"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B11", "B12", "B2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Interval, Requests];

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
        var interval = Interval.Seconds(strength);
        var requests = Requests.Count(strength);
        var link = site.Connect(site.Workstation, Device(site));
        for (var i = 0; i < requests; i++)
        {
            link.Ask(ModbusPdu.ReadHoldingRegistersRequest((ushort)(1000 + site.Random.Next(50_000)), 4));
            capture.Wait(interval);
        }

        link.Close();
    }
}
