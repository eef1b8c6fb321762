using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>NetBIOS datagram service: message type, flags and an encoded source name.</summary>
/// <remarks>RFC 1002 §4.4.1, §4.4.2.</remarks>
internal sealed class NetBiosDatagramSignature() : ProtocolSignature("netbios-dgm", structureBits: 64)
{
    private const int HeaderBytes = 14;

    public override ClaimVerdict Match(in Probe probe) => Of(Is(probe.Data));

    internal static bool Is(ReadOnlySpan<byte> data) =>
        data.Length > HeaderBytes && data[0] is >= 0x10 and <= 0x12 && (data[1] & 0xF0) == 0
        && NetBiosNameSignature.IsEncodedName(data[HeaderBytes..]);
}
