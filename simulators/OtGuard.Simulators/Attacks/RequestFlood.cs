using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host sends requests far faster than they are answered.</summary>
public sealed class RequestFlood : DeviceAttack
{
    private static readonly AttackParameter Outstanding = new("outstanding requests", "", 20, 200, 1000);
    private static readonly AttackParameter Rounds = new("rounds", "", 1, 3, 10);

    /// <inheritdoc/>
    public override string Name => "request-flood";

    /// <inheritdoc/>
    public override string Description =>
        "A new host sends requests far faster than the device answers them.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B19", "A1", "A2"];

    /// <inheritdoc/>
    public override IReadOnlyList<AttackParameter> Parameters => [Outstanding, Rounds];

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Strength strength)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var outstanding = Outstanding.Count(strength);
        var rounds = Rounds.Count(strength);
        var link = site.Connect(site.Intruder, Device(site));
        var modbus = link.Modbus;
        var unit = Device(site).Unit;
        link.Session.Turnaround = TimeSpan.FromMicroseconds(20);
        for (var round = 0; round < rounds; round++)
        {
            var first = modbus.Transaction;
            for (var i = 0; i < outstanding; i++) modbus.Request(unit, ModbusPdu.ReadHoldingRegistersRequest(0, 16));
            link.Session.Acknowledge(Side.Server);
            for (var i = 1; i <= outstanding; i++)
            {
                modbus.Respond(
                    unit, ModbusPdu.ReadHoldingRegistersResponse(Device(site).HoldingRegisters.AsSpan(0, 16)),
                    (ushort)(first + i));
            }

            capture.Wait(TimeSpan.FromMilliseconds(100));
        }

        link.Session.Reset(Side.Client);
    }
}
