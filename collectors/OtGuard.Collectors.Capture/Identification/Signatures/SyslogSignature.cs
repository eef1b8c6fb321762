using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Syslog: a priority below 192, then version 1 or a month; any text only on the registered port.</summary>
/// <remarks>RFC 5424 §6.2.1, RFC 3164 §4.1, RFC 6587 §3.4.1 (octet counting).</remarks>
internal sealed class SyslogSignature() : ProtocolSignature("syslog", structureBits: 18)
{
    private const int LongestHeader = 16;

    private static ReadOnlySpan<byte> Months => "JanFebMarAprMayJunJulAugSepOctNovDec"u8;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        // A stream may count octets in front: "123 <34>1 ".
        var at = 0;
        if (probe.Transport == Transport.Tcp)
        {
            while (at < data.Length && at < 5 && char.IsAsciiDigit((char)data[at])) at++;
            if (at > 0)
            {
                if (at == data.Length) return ClaimVerdict.NeedMoreData;
                if (data[at] != ' ') return ClaimVerdict.No;
                at++;
            }
        }

        if (at == data.Length) return ClaimVerdict.NeedMoreData;
        if (data[at] != '<') return ClaimVerdict.No;
        var priority = 0;
        var digits = ++at;
        while (at < data.Length && at < digits + 3 && char.IsAsciiDigit((char)data[at])) priority = priority * 10 + data[at++] - '0';
        if (at == data.Length) return ClaimVerdict.NeedMoreData;
        if (at == digits || priority > 191 || data[at] != '>') return ClaimVerdict.No;
        var rest = data[(at + 1)..];
        if (rest.Length < 3) return ClaimVerdict.NeedMoreData;
        if (probe.Uses(514)) return Of(IsText(rest[..Math.Min(rest.Length, LongestHeader)]));
        if (rest.StartsWith("1 "u8)) return ClaimVerdict.Yes;
        for (var month = 0; month < Months.Length; month += 3)
            if (rest.StartsWith(Months.Slice(month, 3))) return ClaimVerdict.Yes;
        return ClaimVerdict.No;
    }
}
