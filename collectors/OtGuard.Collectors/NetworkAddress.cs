using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace OtGuard.Collectors;

/// <summary>What kind of address a <see cref="NetworkAddress"/> holds.</summary>
public enum AddressKind : byte
{
    /// <summary>No address.</summary>
    None,

    /// <summary>A 48-bit MAC address.</summary>
    Mac,

    /// <summary>An IPv4 address.</summary>
    IPv4,

    /// <summary>An IPv6 address.</summary>
    IPv6,

    /// <summary>A CAN bus, or an identifier or J1939 address on it.</summary>
    Can,
}

/// <summary>
/// A MAC, IPv4, IPv6 or CAN address as numbers: compared and hashed without a string or an allocation.
/// </summary>
/// <remarks>
/// IPv4 and MAC lie in the low bits of <see cref="Low"/>, in network order read as a number. CAN has the channel in
/// <see cref="High"/>, and in <see cref="Low"/> what is addressed on it.
/// </remarks>
public readonly record struct NetworkAddress : IComparable<NetworkAddress>
{
    private const ulong CanIdentifierMark = 1UL << 32;
    private const ulong CanNodeMark = 1UL << 33;

    private NetworkAddress(AddressKind kind, ulong high, ulong low) => (Kind, High, Low) = (kind, high, low);

    /// <summary>The kind of address.</summary>
    public AddressKind Kind { get; }

    /// <summary>The upper 64 bits of an IPv6 address, else 0.</summary>
    public ulong High { get; }

    /// <summary>The lower 64 bits of an IPv6 address; 32 bits of IPv4; 48 bits of a MAC.</summary>
    public ulong Low { get; }

    /// <summary>An IPv4 address from its number in host order (10.0.0.5 is 0x0A000005).</summary>
    public static NetworkAddress FromIPv4(uint address) => new(AddressKind.IPv4, 0, address);

    /// <summary>An IPv6 address from its two halves in host order.</summary>
    public static NetworkAddress FromIPv6(ulong high, ulong low) => new(AddressKind.IPv6, high, low);

    /// <summary>A MAC address from its 48 bits (the first byte on the wire is the most significant).</summary>
    public static NetworkAddress FromMac(ulong address) => new(AddressKind.Mac, 0, address & 0xFFFF_FFFF_FFFF);

    /// <summary>A MAC address from the first six bytes of <paramref name="bytes"/>.</summary>
    public static NetworkAddress FromMac(ReadOnlySpan<byte> bytes) => new(
        AddressKind.Mac,
        0,
        (ulong)BinaryPrimitives.ReadUInt32BigEndian(bytes) << 16 | BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]));

    /// <summary>A CAN bus by the number of its channel.</summary>
    public static NetworkAddress FromCanChannel(int channel) => new(AddressKind.Can, (ulong)(uint)channel, 0);

    /// <summary>A CAN identifier on a channel, bit 31 set for one of 29 bits.</summary>
    public static NetworkAddress FromCanIdentifier(int channel, uint identifier) =>
        new(AddressKind.Can, (ulong)(uint)channel, CanIdentifierMark | identifier);

    /// <summary>A node on a channel by its J1939 address; 255 is everybody.</summary>
    public static NetworkAddress FromCanNode(int channel, byte node) =>
        new(AddressKind.Can, (ulong)(uint)channel, CanNodeMark | node);

    /// <summary>
    /// Reads an address from text: <c>10.0.0.5</c>, <c>fe80::1</c>, <c>00:80:f4:01:02:03</c>, <c>can0</c>, <c>can0:7E0</c>
    /// (an identifier; eight digits for one of 29 bits), <c>can0/0B</c> (a J1939 node).
    /// </summary>
    /// <exception cref="FormatException">The text is no address.</exception>
    public static NetworkAddress Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not an address.");

    /// <summary>Reads an address from text without throwing.</summary>
    public static bool TryParse(string? text, out NetworkAddress address)
    {
        address = default;
        if (text is null) return false;
        if (text.StartsWith("can", StringComparison.Ordinal)) return TryParseCan(text.AsSpan(3), out address);
        if (text.Length == 17 && text[2] is ':' or '-')
        {
            if (!ulong.TryParse(
                text.Replace(":", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var mac)) return false;
            address = FromMac(mac);
            return true;
        }

        if (!IPAddress.TryParse(text, out var ip)) return false;
        Span<byte> bytes = stackalloc byte[16];
        if (!ip.TryWriteBytes(bytes, out var written)) return false;
        address = written == 4
            ? FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : FromIPv6(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
        return true;
    }

    private static bool TryParseCan(ReadOnlySpan<char> text, out NetworkAddress address)
    {
        address = default;
        var end = text.IndexOfAny(':', '/');
        if (!int.TryParse(
            end < 0 ? text : text[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var channel)) return false;
        if (end < 0)
        {
            address = FromCanChannel(channel);
            return true;
        }

        var digits = text[(end + 1)..];
        if (!uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number))
            return false;
        switch (text[end], digits.Length)
        {
            case ('/', 2):
                address = FromCanNode(channel, (byte)number);
                return true;
            case (':', 3) when number <= 0x7FF:
                address = FromCanIdentifier(channel, number);
                return true;
            case (':', 8) when number <= 0x1FFF_FFFF:
                address = FromCanIdentifier(channel, number | 1u << 31);
                return true;
            default:
                return false;
        }
    }

    /// <summary>True for a group address: IP multicast, or a MAC with the group bit (broadcast included).</summary>
    public bool IsMulticast => Kind switch
    {
        AddressKind.None => false,
        AddressKind.Mac => (Low >> 40 & 1) != 0,
        AddressKind.IPv4 => Low >> 28 == 0xE,
        AddressKind.IPv6 => High >> 56 == 0xFF,
        AddressKind.Can => false,
    };

    /// <summary>
    /// True for the limited broadcast 255.255.255.255, the MAC broadcast, a whole CAN bus and J1939's address 255.
    /// </summary>
    public bool IsBroadcast => Kind switch
    {
        AddressKind.None or AddressKind.IPv6 => false,
        AddressKind.Mac => Low == 0xFFFF_FFFF_FFFF,
        AddressKind.IPv4 => Low == 0xFFFF_FFFF,
        AddressKind.Can => Low == 0 || Low == (CanNodeMark | 255),
    };

    /// <summary>True for a node of a CAN bus by its J1939 address.</summary>
    public bool IsCanNode => Kind == AddressKind.Can && (Low & CanNodeMark) != 0;

    /// <summary>True for an identifier on a CAN bus: the address of one side of a diagnostic conversation.</summary>
    public bool IsCanIdentifier => Kind == AddressKind.Can && (Low & CanIdentifierMark) != 0;

    /// <summary>True for 0.0.0.0, :: and the all-zero MAC.</summary>
    public bool IsUnspecified => (High | Low) == 0 && Kind != AddressKind.Can;

    /// <summary>
    /// True for an address routed on the public Internet: not private (RFC 1918, RFC 6598, RFC 4193), not link-local,
    /// loopback, multicast, documentation (RFC 5737, RFC 3849), benchmarking (RFC 2544) or otherwise reserved.
    /// </summary>
    /// <remarks>IANA IPv4 and IPv6 Special-Purpose Address Registries.</remarks>
    public bool IsPublic => Kind switch
    {
        AddressKind.None or AddressKind.Mac or AddressKind.Can => false,
        AddressKind.IPv4 => IsPublicIPv4((uint)Low),
        AddressKind.IPv6 => High >> 61 == 1 && High >> 32 != 0x2001_0DB8,
    };

    /// <inheritdoc/>
    public int CompareTo(NetworkAddress other)
    {
        var kind = Kind.CompareTo(other.Kind);
        if (kind != 0) return kind;
        var high = High.CompareTo(other.High);
        return high != 0 ? high : Low.CompareTo(other.Low);
    }

    /// <summary>True where <paramref name="left"/> sorts before <paramref name="right"/>: by kind, then by number.</summary>
    public static bool operator <(NetworkAddress left, NetworkAddress right) => left.CompareTo(right) < 0;

    /// <summary>True where <paramref name="left"/> sorts after <paramref name="right"/>.</summary>
    public static bool operator >(NetworkAddress left, NetworkAddress right) => left.CompareTo(right) > 0;

    /// <summary>True where <paramref name="left"/> does not sort after <paramref name="right"/>.</summary>
    public static bool operator <=(NetworkAddress left, NetworkAddress right) => left.CompareTo(right) <= 0;

    /// <summary>True where <paramref name="left"/> does not sort before <paramref name="right"/>.</summary>
    public static bool operator >=(NetworkAddress left, NetworkAddress right) => left.CompareTo(right) >= 0;

    /// <summary>The address in its usual notation; an empty text for none.</summary>
    public override string ToString()
    {
        switch (Kind)
        {
            case AddressKind.IPv4:
                return string.Create(
                    CultureInfo.InvariantCulture, $"{Low >> 24}.{Low >> 16 & 255}.{Low >> 8 & 255}.{Low & 255}");
            case AddressKind.Mac:
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Low >> 40:x2}:{Low >> 32 & 255:x2}:{Low >> 24 & 255:x2}:{Low >> 16 & 255:x2}:{Low >> 8 & 255:x2}:{Low & 255:x2}");
            case AddressKind.IPv6:
                Span<byte> bytes = stackalloc byte[16];
                BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
                BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
                return new IPAddress(bytes).ToString();
            case AddressKind.Can when (Low & CanNodeMark) != 0:
                return string.Create(CultureInfo.InvariantCulture, $"can{High}/{Low & 255:X2}");
            case AddressKind.Can when (Low & CanIdentifierMark) != 0 && (Low >> 31 & 1) != 0:
                return string.Create(CultureInfo.InvariantCulture, $"can{High}:{Low & 0x1FFF_FFFF:X8}");
            case AddressKind.Can when (Low & CanIdentifierMark) != 0:
                return string.Create(CultureInfo.InvariantCulture, $"can{High}:{Low & 0x7FF:X3}");
            case AddressKind.Can:
                return string.Create(CultureInfo.InvariantCulture, $"can{High}");
            default:
                return "";
        }
    }

    private static bool IsPublicIPv4(uint address) => (address >> 24) switch
    {
        0 or 10 or 127 => false,
        100 when address >> 22 == (100u << 2 | 1) => false,
        169 when address >> 16 == (169u << 8 | 254) => false,
        172 when address >> 20 == (172u << 4 | 1) => false,
        192 when address >> 16 == (192u << 8 | 168) => false,
        192 when address >> 8 is (192u << 16) or (192u << 16 | 2) => false,
        198 when address >> 17 == (198u << 7 | 9) => false,
        198 when address >> 8 == (198u << 16 | 51 << 8 | 100) => false,
        203 when address >> 8 == (203u << 16 | 113) => false,
        >= 224 => false,
        _ => true,
    };
}

/// <summary>An address and a port. Port 0 where the transport has none.</summary>
/// <param name="Address">The address.</param>
/// <param name="Port">The TCP or UDP port, else 0.</param>
public readonly record struct Endpoint(NetworkAddress Address, ushort Port)
{
    /// <summary><c>10.0.0.5:502</c>, <c>[fe80::1]:502</c>, or the address alone where there is no port.</summary>
    public override string ToString() =>
        Port == 0 ? Address.ToString()
        : Address.Kind == AddressKind.IPv6 ? $"[{Address}]:{Port}"
        : $"{Address}:{Port}";
}
