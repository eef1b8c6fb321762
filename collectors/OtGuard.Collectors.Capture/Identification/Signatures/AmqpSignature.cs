using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>AMQP: the protocol header.</summary>
/// <remarks>OASIS AMQP 1.0 part 2 §2.2; AMQP 0-9-1 §4.2.2.</remarks>
internal sealed class AmqpSignature() : ProtocolSignature("amqp", structureBits: 32)
{
    public override ClaimVerdict Match(in Probe probe) => Begins(probe.Data, "AMQP"u8);
}
