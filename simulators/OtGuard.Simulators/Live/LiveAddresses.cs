using System.Net;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Live;

/// <summary>Where the hosts of a simulated site are found on a real machine.</summary>
/// <param name="Base">
/// With <paramref name="IsNetwork"/> a network of 256 addresses, in which every host has the last part of its simulated
/// address; else the one address that all share.
/// </param>
/// <param name="IsNetwork">True for a network.</param>
/// <param name="ModbusPort">
/// Port of Modbus; where all share an address, the first server's: the others follow, each with the next.
/// </param>
public sealed record LiveAddresses(IPAddress Base, bool IsNetwork, ushort ModbusPort)
{
    /// <summary>
    /// Port of Modbus unless told otherwise: the registered one, 502, needs rights of an administrator on most machines.
    /// </summary>
    public const ushort UnprivilegedModbusPort = 5020;

    /// <summary>
    /// 127.20.0.0/24: on Linux and Windows all of 127.0.0.0/8 is this machine, and every host has an address of its own.
    /// </summary>
    public static LiveAddresses Loopback { get; } = new(IPAddress.Parse("127.20.0.0"), IsNetwork: true, UnprivilegedModbusPort);

    /// <summary>Reads <c>A.B.C.0/24</c> or one address, IPv4.</summary>
    public static bool TryParse(string text, ushort modbusPort, out LiveAddresses addresses)
    {
        ArgumentNullException.ThrowIfNull(text);
        addresses = Loopback;
        var isNetwork = text.EndsWith("/24", StringComparison.Ordinal);
        if (!IPAddress.TryParse(isNetwork ? text[..^3] : text, out var address)) return false;
        var bytes = address.GetAddressBytes();
        if (bytes.Length != 4 || (isNetwork && bytes[3] != 0)) return false;
        addresses = new LiveAddresses(address, isNetwork, modbusPort);
        return true;
    }

    /// <summary>The address of a host.</summary>
    public IPAddress Of(EthernetHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (!IsNetwork) return Base;
        var bytes = Base.GetAddressBytes();
        bytes[3] = host.Address[^1];
        return new IPAddress(bytes);
    }
}
