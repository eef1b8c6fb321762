using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Kerberos: an application tag whose sequence begins with version 5.</summary>
/// <remarks>RFC 4120 §5.4, §7.2.2.</remarks>
internal sealed class KerberosSignature() : ProtocolSignature("kerberos", structureBits: 40)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (probe.Transport == Transport.Tcp)
        {
            if (data[0] != 0) return ClaimVerdict.No;
            if (data.Length < 5) return data.Length > 1 && data[1] != 0 ? ClaimVerdict.No : ClaimVerdict.NeedMoreData;
            if (U32(data, 0) is < 16 or > 1 << 20) return ClaimVerdict.No;
            data = data[4..];
        }

        if (data[0] is not (0x6A or 0x6B or 0x6C or 0x6D or 0x6E or 0x6F or 0x7E)) return ClaimVerdict.No;
        var at = BerLength(data, 1, out _);
        if (at > 0) at = BerHeader(data, at, 0x30, out _);
        if (at <= 0) return Unfinished(at);
        // KDC requests number their fields from 1, all others from 0.
        if (at >= data.Length) return ClaimVerdict.NeedMoreData;
        return data[at] is 0xA0 or 0xA1 ? Begins(data[(at + 1)..], [3, 2, 1, 5]) : ClaimVerdict.No;
    }
}
