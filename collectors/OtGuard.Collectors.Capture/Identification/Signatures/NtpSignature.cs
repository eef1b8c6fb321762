using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>NTP, on its port: version, mode and the length that the mode has.</summary>
/// <remarks>RFC 5905 §7.3; RFC 9327 (mode 6). Nearly every bit pattern is a time, so the port must agree.</remarks>
internal sealed class NtpSignature() : ProtocolSignature("ntp", structureBits: 2)
{
    private const ushort Port = 123;
    private const int HeaderBytes = 48;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (!probe.Uses(Port)) return ClaimVerdict.No;
        var version = data[0] >> 3 & 7;
        if (version is 0 or > 4) return ClaimVerdict.No;
        return Of((data[0] & 7) switch
        {
            // Stratum 17 and above is reserved.
            >= 1 and <= 5 => data.Length >= HeaderBytes && data[1] <= 16,
            6 => data.Length >= 12,
            7 => data.Length >= 8,
            _ => false,
        });
    }
}
