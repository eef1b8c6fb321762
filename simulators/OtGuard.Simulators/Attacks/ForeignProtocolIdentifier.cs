using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>Messages with a protocol identifier other than 0.</summary>
public sealed class ForeignProtocolIdentifier : DeviceAttack
{
    private static readonly AttackParameter Messages = new("messages", "", 1, 5, 100);

    /// <inheritdoc/>
    public override string Name => "foreign-protocol-identifier";

    /// <inheritdoc/>
    public override string Description =>
        "A new host sends messages that look like Modbus but carry another protocol identifier.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0866"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B15", "A1", "A2"];

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
        for (ushort i = 1; i <= messages; i++)
        {
            link.Session.Request(ModbusAdu.Mbap(i, 1, ModbusPdu.ReadHoldingRegistersRequest(0, 1), protocol: i));
            capture.Wait(TimeSpan.FromMilliseconds(40));
            link.Session.Acknowledge(Side.Server);
            capture.Wait(TimeSpan.FromMilliseconds(200));
        }

        link.Close();
    }
}
