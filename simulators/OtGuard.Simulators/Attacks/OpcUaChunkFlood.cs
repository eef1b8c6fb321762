using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Substation.OpcUa;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Messages that never end.</summary>
public sealed class OpcUaChunkFlood : OpcUaAttack
{
    private static readonly AttackParameter Chunks = new("chunks", "", 8, 40, 200);
    private static readonly AttackParameter Interval = new("interval", "s", 2, 0.2, 0.02);

    /// <inheritdoc/>
    public override string Name => "opcua-chunk-flood";

    /// <inheritdoc/>
    public override string Description =>
        "A new host sends the chunks of a message that has no end, far beyond what the OPC UA server takes.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["C19"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Chunks, Interval];

    /// <inheritdoc/>
    protected override void Begin(Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(site);
        const int chunkBytes = 8000;
        OpcUaLink? link = null;
        var chunks = Chunks.Count(strength);
        var interval = Interval.Seconds(strength);
        Repeat(site, chunks, interval, _ =>
        {
            // The server ends the connection once it has enough.
            var isNew = link is not { IsOpen: true };
            if (isNew) link = site.OpcUa.Reach(site.Intruder).Open(OpcUaSecurity.None, OpcUaStation.TokenMilliseconds);
            link!.Send(link.Client.Intermediate(isNew, chunkBytes));
        });
        site.Later(interval * chunks + TimeSpan.FromSeconds(1), () => link?.Close(hasSession: false));
    }
}
