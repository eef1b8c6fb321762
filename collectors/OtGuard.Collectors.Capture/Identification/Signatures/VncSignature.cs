using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>VNC: the protocol version of the Remote Framebuffer Protocol.</summary>
/// <remarks>RFC 6143 §7.1.1.</remarks>
internal sealed class VncSignature() : ProtocolSignature("vnc", structureBits: 64)
{
    public override ClaimVerdict Match(in Probe probe) => Begins(probe.Data, "RFB 00"u8) switch
    {
        ClaimVerdict.Yes when probe.Data.Length < 12 => ClaimVerdict.NeedMoreData,
        ClaimVerdict.Yes => Of(probe.Data[7] == '.' && probe.Data[11] == '\n'),
        ClaimVerdict.NeedMoreData => ClaimVerdict.NeedMoreData,
        ClaimVerdict.No => ClaimVerdict.No,
    };
}
