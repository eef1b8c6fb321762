using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host sends exception responses where requests belong.</summary>
public sealed class ExceptionFromClient : DeviceAttack
{
    private static readonly AttackParameter Messages = new("messages", "", 1, 2, 20);

    /// <inheritdoc/>
    public override string Name => "exception-from-client";

    /// <inheritdoc/>
    public override string Description =>
        "A new host sends exception responses where requests belong.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0866"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B10", "A1", "A2"];

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
        for (var i = 0; i < messages; i++)
        {
            link.Modbus.Request(Device(site).Unit, ModbusPdu.Exception(3, 2));
            capture.Wait(TimeSpan.FromMilliseconds(40));
            link.Session.Acknowledge(Side.Server);
        }

        link.Close();
    }
}
