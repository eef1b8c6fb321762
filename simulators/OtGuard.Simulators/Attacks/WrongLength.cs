using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Headers whose length does not fit what follows.</summary>
public sealed class WrongLength : DeviceAttack
{
    private static readonly AttackParameter Messages = new("messages", "", 1, 6, 60);

    /// <inheritdoc/>
    public override string Name => "wrong-length";

    /// <inheritdoc/>
    public override string Description =>
        "A new host sends headers whose length does not fit what follows.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0866"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B16", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Messages];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var messages = Messages.Count(strength);
        var link = site.Connect(site.Intruder, Device(site));
        link.Ask(ModbusPdu.ReadHoldingRegistersRequest(0, 1));
        ushort[] lengths = [5, 7, 255, 300, 1, 0];
        for (ushort i = 0; i < messages; i++)
        {
            var length = lengths[i % lengths.Length];
            link.Session.Request(ModbusAdu.Mbap(
                i, 1, ModbusPdu.ReadHoldingRegistersRequest(0, 1), length: length));
            capture.Wait(TimeSpan.FromMilliseconds(40));
            link.Session.Acknowledge(Side.Server);
            capture.Wait(TimeSpan.FromMilliseconds(200));
        }

        link.Session.Reset(Side.Server);
    }
}
