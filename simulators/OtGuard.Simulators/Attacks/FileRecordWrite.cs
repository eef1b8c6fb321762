using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host writes file records of the station RTU.</summary>
public sealed class FileRecordWrite : Attack
{
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
    public override IReadOnlyList<EthernetHost> Victims(Site site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return [site.Station.Host];
    }

    /// <summary>How many requests, each with 50 registers.</summary>
    public int Records { get; init; } = 20;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var link = site.Connect(site.Intruder, site.Station);
        for (var i = 0; i < Records; i++)
        {
            link.Ask(ModbusPdu.WriteFileRecord(new FileRecord(1, (ushort)(i * 50), new ushort[50])));
            capture.Wait(TimeSpan.FromMilliseconds(50));
        }

        link.Close();
    }
}
