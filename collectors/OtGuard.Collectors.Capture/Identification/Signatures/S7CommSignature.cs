using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>S7 communication: protocol 32h in COTP, message type, reserved field, and lengths that add up.</summary>
/// <remarks>Siemens S7 (S7-300/400), no public specification; header as read by Wireshark's dissector.</remarks>
internal sealed class S7CommSignature() : ProtocolSignature("s7comm", structureBits: 48)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var verdict = IsoTransport.Read(probe.Data, out _, out var user, out var whole);
        if (verdict != ClaimVerdict.Yes) return verdict;
        if (user[0] != 0x32 || (user.Length > 1 && user[1] is not (1 or 2 or 3 or 7))) return ClaimVerdict.No;
        if (user.Length < 10) return whole ? ClaimVerdict.No : ClaimVerdict.NeedMoreData;
        // Acknowledgements carry an error class and code in front of the parameters.
        var header = user[1] is 2 or 3 ? 12 : 10;
        return Of(U16(user, 2) == 0 && (!whole || header + U16(user, 6) + U16(user, 8) == user.Length));
    }
}
