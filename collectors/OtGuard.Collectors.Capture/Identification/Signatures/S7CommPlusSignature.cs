using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>S7 communication plus (S7-1200/1500): protocol 72h in COTP, version and length.</summary>
/// <remarks>Siemens, no public specification; header as read by Wireshark's and Zeek's dissectors.</remarks>
internal sealed class S7CommPlusSignature() : ProtocolSignature("s7comm-plus", structureBits: 40)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var verdict = IsoTransport.Read(probe.Data, out _, out var user, out var whole);
        if (verdict != ClaimVerdict.Yes) return verdict;
        if (user[0] != 0x72 || (user.Length > 1 && user[1] is not (1 or 2 or 3 or 0xFE or 0xFF))) return ClaimVerdict.No;
        if (user.Length < 4) return whole ? ClaimVerdict.No : ClaimVerdict.NeedMoreData;
        return Of(!whole || 4 + U16(user, 2) <= user.Length);
    }
}
