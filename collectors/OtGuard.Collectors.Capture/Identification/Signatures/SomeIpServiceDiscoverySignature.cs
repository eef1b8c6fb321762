using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>SOME/IP service discovery: its own service and method identifiers in a SOME/IP header.</summary>
/// <remarks>AUTOSAR PRS SOMEIPServiceDiscoveryProtocol R22-11 §4.1.2.</remarks>
internal sealed class SomeIpServiceDiscoverySignature() : ProtocolSignature("someip-sd", structureBits: 60)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var begins = Begins(probe.Data, [0xFF, 0xFF, 0x81, 0x00]);
        return begins == ClaimVerdict.Yes ? SomeIpSignature.Message(probe) : begins;
    }
}
