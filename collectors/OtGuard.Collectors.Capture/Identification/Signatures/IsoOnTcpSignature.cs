namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>ISO transport on TCP with nothing in it that is known, or not yet.</summary>
/// <remarks>RFC 1006 §6; ISO/IEC 8073 §13.</remarks>
internal sealed class IsoOnTcpSignature() : ProtocolSignature("iso-on-tcp", structureBits: 30)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var verdict = IsoTransport.Read(probe.Data, out var connect, out _, out _);
        return connect.IsEmpty ? verdict : ClaimVerdict.Yes;
    }
}
