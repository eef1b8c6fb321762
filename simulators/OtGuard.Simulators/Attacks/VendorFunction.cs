using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host loads a program by the vendor function 90.</summary>
public sealed class VendorFunction : Attack
{
    private static readonly AttackParameter Messages = new("messages", "", 1, 8, 80);

    /// <inheritdoc/>
    public override string Name => "vendor-function";

    /// <inheritdoc/>
    public override string Description =>
        "A new host talks to the station RTU by the vendor function that engineering tools load programs with.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0843", "T0889"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B9", "B1", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Messages];

    /// <inheritdoc/>
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [site.Station.Host];
    }

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var messages = Messages.Count(strength);
        var link = site.Connect(site.Intruder, site.Station);
        byte[] codes = [0x02, 0x03, 0x10, 0x30, 0x31, 0x31, 0x32, 0x11];
        for (var i = 0; i < messages; i++)
        {
            var code = codes[i % codes.Length];
            link.Ask(ModbusPdu.Vendor90(0, code, new byte[code == 0x31 ? 120 : 2]));
            capture.Wait(TimeSpan.FromMilliseconds(30));
        }

        link.Close();
    }
}
