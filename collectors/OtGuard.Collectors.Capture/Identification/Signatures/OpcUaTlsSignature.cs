namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>OPC UA over HTTPS or secure WebSocket: TLS on its registered port. Only the port tells it from other TLS.</summary>
/// <remarks>IANA Service Name Registry, opcua-tls; OPC UA Part 6 v1.05 §7.4, §7.5.</remarks>
internal sealed class OpcUaTlsSignature() : ProtocolSignature("opcua-tls", structureBits: 20, opaque: true)
{
    private const ushort Port = 4843;

    public override ClaimVerdict Match(in Probe probe) =>
        probe.Uses(Port) ? TlsSignature.Records(probe.Data) : ClaimVerdict.No;
}
