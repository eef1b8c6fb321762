using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>OPC UA PubSub (UADP), on its port: version 1 and a publisher identifier of a known kind.</summary>
/// <remarks>OPC UA Part 14 v1.05 §7.2.4.4.2. The header has no constant but the version, so the port must agree.</remarks>
internal sealed class OpcUaPubSubSignature() : ProtocolSignature("opcua-pubsub", structureBits: 3)
{
    private const ushort Port = 4840;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (!probe.Uses(Port) || data.Length < 4 || (data[0] & 15) != 1) return ClaimVerdict.No;
        // With extended flags: the publisher identifier's kind is 0 to 4.
        return Of((data[0] & 0x80) == 0 || (data[1] & 7) <= 4);
    }
}
