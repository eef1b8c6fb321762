using System.Text;
using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Telnet: a stream that begins with option negotiations; text alone only on the registered port.</summary>
/// <remarks>RFC 854, RFC 855: IAC, a verb, an option number of the IANA registry.</remarks>
internal sealed class TelnetSignature() : ProtocolSignature("telnet", structureBits: 12)
{
    private const ushort Port = 23;

    // On other ports two negotiations must stand in a row; option numbers above the registry's (0 to 49, then 255) are
    // nobody's.
    private const int ConvincingNegotiations = 2;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        var known = probe.Uses(Port);
        var negotiations = 0;
        while (data.Length >= 3 && data[0] == 0xFF && data[1] is >= 0xFB and <= 0xFE && data[2] is <= 49 or 0xFF)
        {
            negotiations++;
            data = data[3..];
            if (negotiations >= ConvincingNegotiations) return ClaimVerdict.Yes;
        }

        if (negotiations > 0 && known) return ClaimVerdict.Yes;
        if (data.IsEmpty) return ClaimVerdict.NeedMoreData;
        if (data[0] == 0xFF)
            return data.Length < 3 && (data.Length < 2 || data[1] is >= 0xFB and <= 0xFE) ? ClaimVerdict.NeedMoreData : ClaimVerdict.No;
        // A prompt or keystrokes: with fewer than eight characters, other protocols look like text as well.
        if (!known || !Ascii.IsValid(data) || !IsText(data)) return ClaimVerdict.No;
        return data.Length >= 8 ? ClaimVerdict.Yes : ClaimVerdict.NeedMoreData;
    }
}
