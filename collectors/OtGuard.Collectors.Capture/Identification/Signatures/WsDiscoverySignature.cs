using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>WS-Discovery: XML on its port.</summary>
/// <remarks>OASIS WS-Discovery 1.1 §2.4 (port 3702, SOAP over UDP).</remarks>
internal sealed class WsDiscoverySignature() : ProtocolSignature("ws-discovery", structureBits: 24)
{
    private const ushort Port = 3702;

    public override ClaimVerdict Match(in Probe probe) => Of(
        probe.Uses(Port)
        && (probe.Data.StartsWith("<?xml"u8)
            || (probe.Data.Length > 64 && probe.Data[0] == '<' && probe.Data[..64].IndexOf("nvelope"u8) > 0)));
}
