using System.Numerics;

namespace OtGuard.Collectors.Capture.Network;

/// <summary>
/// Addresses, ports and transport of a packet as numbers. The hash is the same for both directions, so that one lookup
/// finds the connection whoever sends.
/// </summary>
internal readonly struct FlowKey
{
    private const ulong PortsMask = 0xFFFF_FFFF;

    public readonly ulong SourceHigh;
    public readonly ulong SourceLow;
    public readonly ulong DestinationHigh;
    public readonly ulong DestinationLow;

    /// <summary>Kind of address and transport above bit 32, source port above bit 16, destination port below.</summary>
    private readonly ulong _service;

    public FlowKey(
        AddressKind kind,
        Transport transport,
        ulong sourceHigh,
        ulong sourceLow,
        ulong destinationHigh,
        ulong destinationLow,
        uint ports)
    {
        SourceHigh = sourceHigh;
        SourceLow = sourceLow;
        DestinationHigh = destinationHigh;
        DestinationLow = destinationLow;
        _service = (ulong)kind << 40 | (ulong)transport << 32 | ports;
    }

    public Transport Transport => (Transport)(byte)(_service >> 32);

    public AddressKind Kind => (AddressKind)(byte)(_service >> 40);

    public ushort SourcePort => (ushort)(_service >> 16);

    public ushort DestinationPort => (ushort)_service;

    public NetworkAddress Source => Address(SourceHigh, SourceLow);

    public NetworkAddress Destination => Address(DestinationHigh, DestinationLow);

    /// <summary>The endpoints without the numbers that stand in the ports' place for other transports.</summary>
    public Endpoint SourceEndpoint => new(Source, HasPorts ? SourcePort : (ushort)0);

    public Endpoint DestinationEndpoint => new(Destination, HasPorts ? DestinationPort : (ushort)0);

    public bool HasPorts => Transport is Transport.Tcp or Transport.Udp;

    public uint Hash(ulong seed)
    {
        // Each side is mixed beyond linearity before the two are added; else neighbours in one subnet would collide.
        var source = (SourceLow + SourceHigh * 0x9E37_79B9_7F4A_7C15 + ((ulong)SourcePort << 40) ^ seed) * 0xD6E8_FEB8_6659_FD93;
        var destination =
            (DestinationLow + DestinationHigh * 0x9E37_79B9_7F4A_7C15 + ((ulong)DestinationPort << 40) ^ seed) * 0xD6E8_FEB8_6659_FD93;
        var mixed = ((source ^ source >> 32) + (destination ^ destination >> 32) + (_service >> 32)) * 0x9E37_79B9_7F4A_7C15;
        return (uint)(mixed >> 32);
    }

    public bool IsSame(in FlowKey other) =>
        ((SourceLow ^ other.SourceLow) | (DestinationLow ^ other.DestinationLow) | (_service ^ other._service)
            | (SourceHigh ^ other.SourceHigh) | (DestinationHigh ^ other.DestinationHigh)) == 0;

    public bool IsReverse(in FlowKey other) =>
        ((SourceLow ^ other.DestinationLow) | (DestinationLow ^ other.SourceLow) | (Swapped ^ other._service)
            | (SourceHigh ^ other.DestinationHigh) | (DestinationHigh ^ other.SourceHigh)) == 0;

    private ulong Swapped => (_service & ~PortsMask) | BitOperations.RotateLeft((uint)_service, 16);

    private NetworkAddress Address(ulong high, ulong low) => Kind switch
    {
        AddressKind.None or AddressKind.Can => default,
        AddressKind.Mac => NetworkAddress.FromMac(low),
        AddressKind.IPv4 => NetworkAddress.FromIPv4((uint)low),
        AddressKind.IPv6 => NetworkAddress.FromIPv6(high, low),
    };
}
