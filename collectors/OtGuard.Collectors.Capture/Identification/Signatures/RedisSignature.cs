using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Redis: a command as an array of bulk strings.</summary>
/// <remarks>Redis serialization protocol specification, RESP2 arrays.</remarks>
internal sealed class RedisSignature() : ProtocolSignature("redis", structureBits: 36)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data[0] != '*') return ClaimVerdict.No;
        // Up to three digits of a count.
        var at = 1;
        while (at < data.Length && at <= 3 && char.IsAsciiDigit((char)data[at])) at++;
        if (at == data.Length) return ClaimVerdict.NeedMoreData;
        return at == 1 ? ClaimVerdict.No : Begins(data[at..], "\r\n$"u8);
    }
}
