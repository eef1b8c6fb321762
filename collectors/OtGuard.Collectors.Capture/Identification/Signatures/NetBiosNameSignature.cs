using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>NetBIOS name service: a question or record with an encoded name of 32 letters A to P.</summary>
/// <remarks>RFC 1002 §4.2.1.</remarks>
internal sealed class NetBiosNameSignature() : ProtocolSignature("netbios-ns", structureBits: 64)
{
    private const int HeaderBytes = 12;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data.Length < HeaderBytes + 34 || U16(data, 4) > 1 || U16(data, 6) > 1) return ClaimVerdict.No;
        return Of(IsEncodedName(data[HeaderBytes..]));
    }

    /// <summary>First-level encoding: a label of 32 bytes, each half a byte of the name as a letter A to P (RFC 1001 §14.1).</summary>
    internal static bool IsEncodedName(ReadOnlySpan<byte> data) =>
        data.Length >= 34 && data[0] == 32 && !data[1..33].ContainsAnyExceptInRange((byte)'A', (byte)'P');
}
