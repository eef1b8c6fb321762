using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>PROFINET IO context management: connectionless DCE/RPC to an interface of PROFINET.</summary>
/// <remarks>IEC 61158-6-10; The Open Group C706 §12.5: version 4, interface UUID DEA000xx-6C97-11D1-8271-00A02442DF7D.</remarks>
internal sealed class ProfinetIoCmSignature() : ProtocolSignature("profinet-io-cm", structureBits: 80)
{
    private const int HeaderBytes = 80;
    private const int InterfaceAt = 24;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        return Of(
            data.Length >= HeaderBytes && data[0] == 4 && data[1] <= 10
            && data.Slice(InterfaceAt + 8, 8).SequenceEqual(Node)
            && ((data[4] & 0x10) != 0 ? U16Little(data, InterfaceAt + 2) : U16(data, InterfaceAt)) == 0xDEA0);
    }

    private static ReadOnlySpan<byte> Node => [0x82, 0x71, 0x00, 0xA0, 0x24, 0x42, 0xDF, 0x7D];
}
