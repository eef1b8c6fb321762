using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>OPC UA over TCP: message type, chunk type and message size, with the sizes that a type allows.</summary>
/// <remarks>OPC UA Part 6 v1.05 §6.7.2, §7.1.2. Whether a MSG is encrypted shows only in the OPN before it.</remarks>
internal sealed class OpcUaSignature() : ProtocolSignature("opcua", structureBits: 32)
{
    // The specification leaves the size to the buffers agreed on; a chunk is limited by the receiver's buffer, and no
    // stack offers 256 MiB. The four upper bits keep the claim from resting on letters alone.
    private const uint MaximumChunkBytes = 1 << 28;

    private static ReadOnlySpan<byte> Types => "HELFACKFERRFRHEFOPNFMSGFMSGCMSGACLOF"u8;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        for (var at = 0; at < Types.Length; at += 4)
        {
            var begins = Begins(data, Types.Slice(at, 4));
            if (begins == ClaimVerdict.No) continue;
            if (begins == ClaimVerdict.NeedMoreData || data.Length < 8) return ClaimVerdict.NeedMoreData;
            var size = U32Little(data, 4);
            return Of(size < MaximumChunkBytes && data[0] switch
            {
                (byte)'H' => size >= 32,
                (byte)'A' => size == 28,
                (byte)'E' or (byte)'R' => size >= 16,
                _ => size >= 24,
            });
        }

        return ClaimVerdict.No;
    }
}
