using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>CAN frames in UDP: the magic text of the format.</summary>
/// <remarks>CAN over Ethernet (ISO 11898 frames), as registered with Wireshark's CAN-ETH dissector.</remarks>
internal sealed class CanEthernetSignature() : ProtocolSignature("can-eth", structureBits: 64)
{
    public override ClaimVerdict Match(in Probe probe) => Begins(probe.Data, "ISO11898"u8);
}
