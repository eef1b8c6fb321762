using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>RTSP: a request with an rtsp URI, or a status line.</summary>
/// <remarks>RFC 7826 §7.1, §8.1.</remarks>
internal sealed class RtspSignature() : ProtocolSignature("rtsp", structureBits: 40)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        var status = Begins(data, "RTSP/"u8);
        if (status != ClaimVerdict.No) return status;
        // The method: upper-case letters and underscores, at most "GET_PARAMETER".
        const int LongestMethod = 13;
        var at = 0;
        while (at < data.Length && at <= LongestMethod && data[at] is >= (byte)'A' and <= (byte)'Z' or (byte)'_') at++;
        if (at is < 4 or > LongestMethod) return Of(false);
        return at == data.Length ? ClaimVerdict.No : Begins(data[at..], " rtsp://"u8);
    }
}
