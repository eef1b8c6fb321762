using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>SSH: the identification string.</summary>
/// <remarks>RFC 4253 §4.2.</remarks>
internal sealed class SshSignature() : ProtocolSignature("ssh", structureBits: 32, opaque: true)
{
    public override ClaimVerdict Match(in Probe probe) => Begins(probe.Data, "SSH-"u8);
}
