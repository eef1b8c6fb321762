using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Remote Desktop: a connect TPDU with a routing token, cookie or negotiation; any connect TPDU on its port.</summary>
/// <remarks>MS-RDPBCGR §2.2.1.1, §2.2.1.2.</remarks>
internal sealed class RdpSignature() : ProtocolSignature("rdp", structureBits: 40, opaque: true)
{
    private const ushort Port = 3389;
    private const int ConnectHeaderBytes = 6;

    public override ClaimVerdict Match(in Probe probe)
    {
        var verdict = IsoTransport.Read(probe.Data, out var connect, out _, out _);
        // The connect TPDU is the first message, so that a stream that begins otherwise is settled at once.
        if (connect.IsEmpty)
            return verdict == ClaimVerdict.NeedMoreData && !FirstIsData(probe.Data) ? verdict : ClaimVerdict.No;
        var variable = connect[ConnectHeaderBytes..];
        return Of(
            variable.StartsWith("Cookie: mst"u8) || IsNegotiation(variable)
            || (variable.Length > 8 && IsNegotiation(variable[^8..])) || probe.Uses(Port));
    }

    private static bool FirstIsData(ReadOnlySpan<byte> data) => data.Length > 5 && data[5] == 0xF0;

    // Negotiation request 1, response 2, failure 3: flags, length 8 (little-endian), 32 bits.
    private static bool IsNegotiation(ReadOnlySpan<byte> data) =>
        data.Length == 8 && data[0] is >= 1 and <= 3 && data[2] == 8 && data[3] == 0 && data[7] == 0;
}
