using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Niagara Fox (building automation): its first frame, in text.</summary>
/// <remarks>Tridium Niagara; the frame <c>fox a</c> begins every session.</remarks>
internal sealed class NiagaraFoxSignature() : ProtocolSignature("niagara-fox", structureBits: 48)
{
    public override ClaimVerdict Match(in Probe probe) => Begins(probe.Data, "fox a "u8);
}
