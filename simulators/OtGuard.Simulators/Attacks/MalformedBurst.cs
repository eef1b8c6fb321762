using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host sends requests that no specification allows.</summary>
public sealed class MalformedBurst : DeviceAttack
{
    private static readonly AttackParameter Requests = new("requests", "", 2, 24, 240);
    private static readonly AttackParameter Interval = new("interval", "s", 60, 0.2, 0.01);

    /// <inheritdoc/>
    public override string Name => "malformed-burst";

    /// <inheritdoc/>
    public override string Description =>
        "A new host sends requests that no specification allows: cut off, with impossible quantities and byte counts.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0866"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["A14", "B20", "B16", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Requests, Interval];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var requests = Requests.Count(strength);
        var interval = Interval.Seconds(strength);
        var link = site.Connect(site.Intruder, Device(site));
        byte[][] bodies =
        [
            ModbusPdu.Raw(3, 0, 0), ModbusPdu.ReadHoldingRegistersRequest(0, 0),
            ModbusPdu.ReadHoldingRegistersRequest(0, 0xFFFF), ModbusPdu.Raw(16, 0, 0, 0, 2, 9, 1, 2),
            ModbusPdu.Raw(15, 0, 0, 0x10, 0, 0), ModbusPdu.Request(5, 0, 0x1234),
        ];
        for (var i = 0; i < requests; i++)
        {
            link.Modbus.Request(Device(site).Unit, bodies[i % bodies.Length]);
            link.Modbus.Respond(Device(site).Unit, ModbusPdu.Exception(bodies[i % bodies.Length][0], 3));
            capture.Wait(interval);
        }

        link.Close();
    }
}
