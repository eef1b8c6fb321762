using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host writes file records of the station RTU.</summary>
public sealed class FileRecordWrite : Attack
{
    private static readonly AttackParameter Records = new("records", "", 1, 20, 200);

    /// <inheritdoc/>
    public override string Name => "file-record-write";

    /// <inheritdoc/>
    public override string Description =>
        "A new host writes records of the station RTU's program file.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0889"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B26", "B3", "B1", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Records];

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
        var records = Records.Count(strength);
        var link = site.Connect(site.Intruder, site.Station);
        for (var i = 0; i < records; i++)
        {
            link.Ask(ModbusPdu.WriteFileRecord(new FileRecord(1, (ushort)(i * 50), new ushort[50])));
            capture.Wait(TimeSpan.FromMilliseconds(50));
        }

        link.Close();
    }
}
