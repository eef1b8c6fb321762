using System.Net;
using System.Net.Sockets;

namespace OtGuard.Simulators.Wire;

/// <summary>A host on the simulated segment, or behind its router.</summary>
public sealed class EthernetHost
{
    private readonly byte[] _address;

    /// <summary>Creates a host.</summary>
    /// <param name="mac">Its link address.</param>
    /// <param name="ip">Its IPv4 or IPv6 address.</param>
    /// <param name="gateway">
    /// The router it uses for addresses outside its own network (/24 for IPv4, /64 for IPv6); null where it has none.
    /// </param>
    /// <param name="name">What ground truth calls it; the IP address by default.</param>
    public EthernetHost(MacAddress mac, IPAddress ip, EthernetHost? gateway = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(ip);
        Mac = mac;
        Ip = ip;
        Gateway = gateway;
        _address = ip.GetAddressBytes();
        Name = name ?? ip.ToString();
    }

    /// <summary>The link address; another one after its hardware was exchanged.</summary>
    public MacAddress Mac { get; internal set; }

    /// <summary>The IP address.</summary>
    public IPAddress Ip { get; }

    /// <summary>The router, or null.</summary>
    public EthernetHost? Gateway { get; }

    /// <summary>What ground truth calls it.</summary>
    public string Name { get; }

    /// <summary>The IP address as on the wire: 4 or 16 bytes.</summary>
    public ReadOnlySpan<byte> Address => _address;

    /// <summary>True for an IPv6 address.</summary>
    public bool IsIPv6 => Ip.AddressFamily == AddressFamily.InterNetworkV6;

    /// <summary>
    /// A host by its address alone; its locally administered link address (02:…) is made from the last four bytes.
    /// </summary>
    /// <exception cref="FormatException">The text is not an IP address.</exception>
    public static EthernetHost At(string ip, EthernetHost? gateway = null, string? name = null)
    {
        var address = IPAddress.Parse(ip);
        var bytes = address.GetAddressBytes();
        var mac = 0x0200UL;
        foreach (var part in bytes.AsSpan(bytes.Length - 4)) mac = mac << 8 | part;
        return new EthernetHost(new MacAddress(mac), address, gateway, name);
    }

    /// <summary>The same link address with another IP address: a second address of the host, or a lie.</summary>
    public EthernetHost WithIp(IPAddress ip) => new(Mac, ip, Gateway);

    /// <summary>The same IP address at another link address: a device replaced, or a spoofer.</summary>
    public EthernetHost WithMac(MacAddress mac) => new(mac, Ip, Gateway, Name);

    /// <summary>True where both are in one network and reach each other without a router.</summary>
    public bool IsOnLink(EthernetHost other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var prefixBytes = IsIPv6 ? 8 : 3;
        return _address.Length == other._address.Length
            && Address[..prefixBytes].SequenceEqual(other.Address[..prefixBytes]);
    }

    /// <summary>The link addresses a packet between two hosts carries on the segment that is watched.</summary>
    internal static (MacAddress Source, MacAddress Destination) Link(EthernetHost from, EthernetHost to)
    {
        if (from.IsOnLink(to)) return (from.Mac, to.Mac);
        if (from.Gateway is { } out1) return (from.Mac, out1.Mac);
        return to.Gateway is { } in1 ? (in1.Mac, to.Mac) : (from.Mac, to.Mac);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
