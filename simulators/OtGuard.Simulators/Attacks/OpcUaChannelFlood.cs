using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host opens one secure channel after the other.</summary>
public sealed class OpcUaChannelFlood : OpcUaAttack
{
    private static readonly AttackParameter Interval = new("interval", "s", 6, 0.5, 0.02);
    private static readonly AttackParameter Channels = new("channels", "", 15, 60, 1200);

    // How long the channels are held once there are as many as there shall be.
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public override string Name => "opcua-channel-flood";

    /// <inheritdoc/>
    public override string Description =>
        "A new host opens secure channels to the OPC UA server, one after the other, and holds them.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C18"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Interval, Channels];

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        var channels = Channels.Count(strength);
        var interval = Interval.Seconds(strength);
        var held = new List<OpcUaLink>();
        site.Resolve(site.Intruder, site.OpcUa.Host);
        // Beyond what it takes the server answers with an Error message and closes.
        Repeat(site, channels, interval, _ => held.Add(
            new OpcUaLink(site, site.Intruder, null, "urn:laptop:client", site.Random)
                .Open(OpcUaSecurity.None, OpcUaStation.TokenMilliseconds)));
        site.Later(interval * channels + Hold, () => held.ForEach(link => link.Abort()));
    }
}
