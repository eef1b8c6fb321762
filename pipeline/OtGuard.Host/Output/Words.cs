using System.Globalization;
using OtGuard.Collectors;

namespace OtGuard.Host.Output;

/// <summary>Numbers, times and services as people read them.</summary>
internal static class Words
{
    public static string Service(Conversation conversation)
    {
        var carrier = conversation.Transport switch
        {
            Transport.Tcp => $"tcp/{conversation.Service}",
            Transport.Udp => $"udp/{conversation.Service}",
            Transport.Ip => $"ip/{conversation.Service}",
            Transport.Link => $"0x{conversation.Service:x4}",
            Transport.Can => "can",
        };
        return conversation.ProtocolName is { } name ? $"{name} {carrier}" : carrier;
    }

    public static string Number(long value) => value == 0 ? "" : value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Duration(TimeSpan span) => span.TotalSeconds switch
    {
        < 0.001 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMicroseconds:F0} µs"),
        // What would be rounded to 1,000 ms is a second.
        < 0.9995 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:G3} ms"),
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:G3} s"),
        < 7200 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:G3} min"),
        < 172_800 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:G3} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:G4} days"),
    };

    /// <summary>To the second, in UTC.</summary>
    public static string Moment(CaptureTime time) => time.ToString()[..19].Replace('T', ' ');

    public static string Share(long part, long whole) =>
        whole == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:F1} %");

    public static string Address(NetworkAddress address) =>
        address is { IsBroadcast: true, Kind: not AddressKind.Can } ? "broadcast" : address.ToString();

    public static string Space(TargetSpace space) => space switch
    {
        TargetSpace.None => "",
        TargetSpace.Coils => "coils",
        TargetSpace.DiscreteInputs => "discrete inputs",
        TargetSpace.InputRegisters => "input registers",
        TargetSpace.HoldingRegisters => "holding registers",
        TargetSpace.FileRecords => "file records",
        TargetSpace.FifoQueue => "FIFO queue",
        TargetSpace.DeviceObjects => "device objects",
        TargetSpace.CanIdentifier => "CAN identifier",
        TargetSpace.DataIdentifiers => "data identifiers",
        TargetSpace.Routines => "routines",
        TargetSpace.Memory => "memory",
        TargetSpace.ParameterGroups => "parameter groups",
        TargetSpace.Nodes => "nodes",
    };
}
