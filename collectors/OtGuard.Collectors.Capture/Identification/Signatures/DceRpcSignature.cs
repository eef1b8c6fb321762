using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>DCE/RPC over TCP: what OPC Classic and Windows services speak.</summary>
/// <remarks>The Open Group C706 §12.6.3: version 5.0 or 5.1, type, flags, data representation, fragment length.</remarks>
internal sealed class DceRpcSignature() : ProtocolSignature("dcerpc", structureBits: 40)
{
    private const int HeaderBytes = 16;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data[0] != 5) return ClaimVerdict.No;
        if (data.Length > 1 && data[1] > 1) return ClaimVerdict.No;
        if (data.Length > 2 && data[2] is not (0 or 2 or 3 or >= 11 and <= 19)) return ClaimVerdict.No;
        if (data.Length > 4 && data[4] is not (0x00 or 0x10)) return ClaimVerdict.No;
        if (data.Length > 5 && data[5] > 3) return ClaimVerdict.No;
        if (data.Length < HeaderBytes) return ClaimVerdict.NeedMoreData;
        var length = data[4] == 0x10 ? U16Little(data, 8) : U16(data, 8);
        var authentication = data[4] == 0x10 ? U16Little(data, 10) : U16(data, 10);
        return Of(U16(data, 6) == 0 && length >= HeaderBytes + authentication);
    }
}
