using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>FTP: a greeting that says so, or a greeting or command on its port.</summary>
/// <remarks>RFC 959 §4.1, §5.4.</remarks>
internal sealed class FtpSignature() : ProtocolSignature("ftp", structureBits: 24)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        if (probe.Uses(21))
        {
            var user = Begins(probe.Data, "USER "u8);
            var secured = user == ClaimVerdict.No ? Begins(probe.Data, "AUTH "u8) : user;
            if (secured != ClaimVerdict.No) return secured;
        }

        return Greeting(probe.Data, "FTP"u8, portAgrees: probe.Uses(21));
    }

    /// <summary>A reply 220 whose text has the word, up to the end of its first line.</summary>
    internal static ClaimVerdict Greeting(ReadOnlySpan<byte> data, ReadOnlySpan<byte> word, bool portAgrees)
    {
        var begins = Begins(data, "220"u8);
        if (begins != ClaimVerdict.Yes) return begins;
        if (data.Length < 4) return ClaimVerdict.NeedMoreData;
        if (data[3] is not ((byte)' ' or (byte)'-')) return ClaimVerdict.No;
        var end = data.IndexOf((byte)'\n');
        var line = end < 0 ? data : data[..end];
        if (!IsText(line)) return ClaimVerdict.No;
        if (portAgrees || line.IndexOf(word) >= 0) return ClaimVerdict.Yes;
        return end < 0 && data.Length < ProtocolIdentifier.EnoughBytes ? ClaimVerdict.NeedMoreData : ClaimVerdict.No;
    }
}
