using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>SSDP (UPnP discovery): HTTP messages in a datagram.</summary>
/// <remarks>UPnP Device Architecture 2.0 §1.2, §1.3.</remarks>
internal sealed class SsdpSignature() : ProtocolSignature("ssdp", structureBits: 64)
{
    private const ushort Port = 1900;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        return Of(
            data.StartsWith("M-SEARCH * HTTP/1."u8) || data.StartsWith("NOTIFY * HTTP/1."u8)
            || (probe.Uses(Port) && data.StartsWith("HTTP/1.1"u8)));
    }
}
