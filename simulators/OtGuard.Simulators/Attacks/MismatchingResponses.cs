using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Answers that do not fit their questions.</summary>
public sealed class MismatchingResponses : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "mismatching-responses";

    /// <inheritdoc/>
    public override string Description =>
        "Somebody between SCADA and a device answers reads with the wrong number of values and the wrong unit.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0856", "T0830"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B18"];

    /// <inheritdoc/>
    public override EthernetHost Attacker(Site site) => Device(site).Host;

    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [site.Active];
    }

    /// <summary>How many exchanges are spoilt.</summary>
    public int Exchanges { get; init; } = 6;

    /// <summary>Pause between two of them.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        for (var i = 0; i < Exchanges; i++)
        {
            var wrongUnit = i % 2 == 1;
            site.Later(Interval * i, () =>
            {
                var link = site.LinkOf(site.Active, Device(site));
                if (!link.Session.IsOpen) return;
                link.Modbus.Request(Device(site).Unit, ModbusPdu.ReadInputRegistersRequest(0, 8));
                link.Modbus.Respond(
                    wrongUnit ? (byte)9 : Device(site).Unit,
                    wrongUnit
                        ? ModbusPdu.ReadInputRegistersResponse(2000, 0, 0, 0, 0, 5000, 250, 0)
                        : ModbusPdu.ReadInputRegistersResponse(2000, 0, 0));
            });
        }
    }
}
