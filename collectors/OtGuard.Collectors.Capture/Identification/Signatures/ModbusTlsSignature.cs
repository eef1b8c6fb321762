namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Modbus/TCP Security: TLS on its registered port. Only the port tells it from other TLS.</summary>
/// <remarks>MODBUS/TCP Security Protocol Specification v21 (mbap over TLS, port 802).</remarks>
internal sealed class ModbusTlsSignature() : ProtocolSignature("modbus-tls", structureBits: 20, opaque: true)
{
    private const ushort Port = 802;

    public override ClaimVerdict Match(in Probe probe) =>
        probe.Uses(Port) ? TlsSignature.Records(probe.Data) : ClaimVerdict.No;
}
