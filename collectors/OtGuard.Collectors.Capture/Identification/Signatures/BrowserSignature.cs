using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Computer Browser announcements and elections: a NetBIOS datagram to the mail slot of that name.</summary>
/// <remarks>MS-BRWS §2.2; MS-MAIL §2.2.1.</remarks>
internal sealed class BrowserSignature() : ProtocolSignature("browser", structureBits: 64)
{
    // Two NetBIOS names, the SMB header and the transaction's words come before the slot's name.
    private const int SearchedBytes = 256;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        return Of(
            NetBiosDatagramSignature.Is(data)
            && data[..Math.Min(data.Length, SearchedBytes)].IndexOf(@"\MAILSLOT\BROWSE"u8) >= 0);
    }
}
