using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>NetBIOS session service: a session request with two encoded names, or its answer on the registered port.</summary>
/// <remarks>RFC 1002 §4.3.</remarks>
internal sealed class NetBiosSessionSignature() : ProtocolSignature("netbios-ssn", structureBits: 32)
{
    private const ushort Port = 139;

    public override ClaimVerdict Match(in Probe probe)
    {
        if (probe.Data[0] == 0x82 && !probe.Uses(Port)) return ClaimVerdict.No;
        return Opening(probe.Data, out _);
    }

    /// <summary>A session request (81h, two names of 34 bytes) or positive response (82h, empty).</summary>
    internal static ClaimVerdict Opening(ReadOnlySpan<byte> data, out int length)
    {
        length = 0;
        if (data[0] == 0x82)
        {
            length = 4;
            return Begins(data, [0x82, 0, 0, 0]);
        }

        length = 4 + 68;
        return Begins(data, [0x81, 0, 0, 68, 32]);
    }
}
