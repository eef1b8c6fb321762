using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>CODESYS V3 over TCP: the block driver's magic and a length in bounds.</summary>
/// <remarks>CODESYS V3 block driver for TCP: magic E8170100h, little-endian, then the length with the header's eight bytes.</remarks>
internal sealed class CodesysSignature() : ProtocolSignature("codesys", structureBits: 44)
{
    private const uint MaximumBytes = 1 << 20;

    public override ClaimVerdict Match(in Probe probe) => Begins(probe.Data, [0x00, 0x01, 0x17, 0xE8]) switch
    {
        ClaimVerdict.Yes when probe.Data.Length < 8 => ClaimVerdict.NeedMoreData,
        ClaimVerdict.Yes => Of(U32Little(probe.Data, 4) is >= 8 and <= MaximumBytes),
        ClaimVerdict.NeedMoreData => ClaimVerdict.NeedMoreData,
        ClaimVerdict.No => ClaimVerdict.No,
    };
}
