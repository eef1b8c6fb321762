using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>SMB, directly over TCP or in a NetBIOS session.</summary>
/// <remarks>MS-SMB §2.1, MS-SMB2 §2.1; RFC 1002 §4.3.</remarks>
internal sealed class SmbSignature() : ProtocolSignature("smb", structureBits: 36)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        // A session request or its answer comes first in a NetBIOS session.
        if (data[0] is 0x81 or 0x82)
        {
            var session = NetBiosSessionSignature.Opening(data, out var length);
            if (session != ClaimVerdict.Yes) return session;
            if (data.Length <= length) return ClaimVerdict.NeedMoreData;
            data = data[length..];
        }

        if (data[0] != 0 || (data.Length > 1 && data[1] > 1 && !probe.Uses(445))) return ClaimVerdict.No;
        if (data.Length < 4) return ClaimVerdict.NeedMoreData;
        var message = data[4..];
        if (message.IsEmpty) return ClaimVerdict.NeedMoreData;
        return message[0] is 0xFF or 0xFE or 0xFD or 0xFC ? Begins(message[1..], "SMB"u8) : ClaimVerdict.No;
    }
}
