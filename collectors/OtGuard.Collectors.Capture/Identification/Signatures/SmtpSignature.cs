using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>SMTP: a greeting that says so, a greeting on its port, or a client's hello.</summary>
/// <remarks>RFC 5321 §4.1.1.1, §4.2.</remarks>
internal sealed class SmtpSignature() : ProtocolSignature("smtp", structureBits: 24)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var extended = Begins(probe.Data, "EHLO "u8);
        if (extended != ClaimVerdict.No) return extended;
        var hello = Begins(probe.Data, "HELO "u8);
        if (hello != ClaimVerdict.No) return hello;
        return FtpSignature.Greeting(probe.Data, "SMTP"u8, portAgrees: probe.Uses(25) || probe.Uses(587));
    }
}
