using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Attacks;

/// <summary>A new host sends requests far faster than they are answered.</summary>
public sealed class RequestFlood : DeviceAttack
{
    /// <inheritdoc/>
    public override string Name => "request-flood";

    /// <inheritdoc/>
    public override string Description =>
        "A new host sends requests far faster than the device answers them.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques => ["T0814"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ExpectedRows => ["B19", "A1", "A2"];

    /// <summary>Requests sent before the first answer.</summary>
    public int Outstanding { get; init; } = 200;

    /// <summary>How often.</summary>
    public int Rounds { get; init; } = 3;

    /// <inheritdoc/>
    public override void Write(CaptureBuilder capture, Site site, Intensity intensity)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(site);
        var link = site.Connect(site.Intruder, Device(site));
        var modbus = link.Modbus;
        var unit = Device(site).Unit;
        link.Session.Turnaround = TimeSpan.FromMicroseconds(20);
        for (var round = 0; round < Rounds; round++)
        {
            var first = modbus.Transaction;
            for (var i = 0; i < Outstanding; i++) modbus.Request(unit, ModbusPdu.ReadHoldingRegistersRequest(0, 16));
            link.Session.Acknowledge(Side.Server);
            for (var i = 1; i <= Outstanding; i++)
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
