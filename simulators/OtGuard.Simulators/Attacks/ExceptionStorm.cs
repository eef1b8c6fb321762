using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The workstation provokes one refusal after the other.</summary>
public sealed class ExceptionStorm : DeviceAttack
{
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
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Workstation;
    }

    /// <summary>How many requests.</summary>
    public int Requests { get; init; } = 60;

    /// <summary>Pause between two requests.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var link = site.Connect(site.Workstation, Device(site));
        for (var i = 0; i < Requests; i++)
        {
            link.Ask(ModbusPdu.ReadHoldingRegistersRequest((ushort)(1000 + site.Random.Next(50_000)), 4));
            capture.Wait(Interval);
        }

        link.Close();
    }
}
