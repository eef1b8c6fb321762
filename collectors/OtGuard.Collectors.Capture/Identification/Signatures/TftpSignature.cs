using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>TFTP: a request with file name and mode; other packets only on the server's port.</summary>
/// <remarks>RFC 1350 §5.</remarks>
internal sealed class TftpSignature() : ProtocolSignature("tftp", structureBits: 15)
{
    private const ushort Port = 69;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data.Length < 4 || data[0] != 0) return ClaimVerdict.No;
        if (data[1] is 1 or 2)
        {
            var name = data[2..];
            var end = name.IndexOf((byte)0);
            if (end <= 0 || !IsText(name[..end])) return ClaimVerdict.No;
            var mode = name[(end + 1)..];
            return Of(mode.StartsWith("octet\0"u8) || mode.StartsWith("netascii\0"u8) || mode.StartsWith("OCTET\0"u8));
        }

        // Data, acknowledgement (always four bytes), error.
        return Of(probe.Uses(Port) && (data[1] is 3 or 5 || (data[1] == 4 && data.Length == 4)));
    }
}
