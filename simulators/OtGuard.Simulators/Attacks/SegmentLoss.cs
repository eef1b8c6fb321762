using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>The mirror loses single segments.</summary>
public sealed class SegmentLoss : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "segment-loss";

    /// <inheritdoc/>
    public override string Description =>
        "The mirror loses single segments of a poll: now the request, now the response.";

    /// <inheritdoc/>
    public override bool CanBeLive => false;

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return site.Active;
    }

    /// <summary>How many segments are lost.</summary>
    public int Segments { get; init; } = 6;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        for (var i = 0; i < Segments; i++)
        {
            var lost = i % 2 == 0 ? Visible.FromClient : Visible.FromServer;
            site.Later(TimeSpan.FromSeconds(2) * i, () =>
            {
                var link = site.LinkOf(site.Active, Device(site));
                if (!link.Session.IsOpen) return;
                link.Session.AcknowledgeResponses = lost == Visible.FromServer;
                link.Session.Visible = Visible.Both & ~lost;
                link.Ask(ModbusPdu.ReadInputRegistersRequest(0, 8));
                link.Session.Visible = Visible.Both;
                link.Session.AcknowledgeResponses = true;
                if (lost == Visible.FromClient) link.Session.Acknowledge(Side.Client);
            });
        }
    }
}
