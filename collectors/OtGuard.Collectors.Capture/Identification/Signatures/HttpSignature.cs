using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>HTTP/1.x: a method with a target, or a status line; the preface of HTTP/2.</summary>
/// <remarks>RFC 9112 §3, §4; RFC 9113 §3.4.</remarks>
internal sealed class HttpSignature() : ProtocolSignature("http", structureBits: 39)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data[0] is < (byte)'A' or > (byte)'Z') return ClaimVerdict.No;
        // Of the shortest method and a target's first character there are two: "GET /" and "PUT /".
        Span<ClaimVerdict> found =
        [
            Begins(data, "HTTP/1."u8), Begins(data, "PRI * HTTP/2.0"u8), Begins(data, "GET /"u8),
            Begins(data, "GET http"u8), Begins(data, "POST /"u8), Begins(data, "POST http"u8), Begins(data, "HEAD /"u8),
            Begins(data, "PUT /"u8), Begins(data, "DELETE /"u8), Begins(data, "OPTIONS /"u8),
            Begins(data, "OPTIONS * HTTP"u8), Begins(data, "PATCH /"u8), Begins(data, "TRACE /"u8),
            Begins(data, "CONNECT "u8), Begins(data, "PROPFIND /"u8), Begins(data, "SUBSCRIBE /"u8),
            Begins(data, "NOTIFY /"u8),
        ];
        return found.Contains(ClaimVerdict.Yes) ? ClaimVerdict.Yes
            : found.Contains(ClaimVerdict.NeedMoreData) ? ClaimVerdict.NeedMoreData
            : ClaimVerdict.No;
    }
}
