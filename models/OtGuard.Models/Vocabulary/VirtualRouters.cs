using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>MAC addresses that a group of routers shares and that move between them.</summary>
internal static class VirtualRouters
{
    /// <summary>True for the virtual MAC of VRRP (RFC 9568 §7.3) or of HSRP version 1 or 2 (RFC 2281 §5.3, Cisco).</summary>
    internal static bool IsVirtual(NetworkAddress address) => address.Kind == AddressKind.Mac
        && (address.Low >> 8 is 0x00_00_5E_00_01 or 0x00_00_5E_00_02 or 0x00_00_0C_07_AC
            || address.Low >> 12 == 0x00_00_0C_9F_F);
}
