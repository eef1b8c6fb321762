using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Microsoft SQL Server (TDS): pre-login; other packets only on the registered port.</summary>
/// <remarks>MS-TDS §2.2.3.1, §2.2.6.5.</remarks>
internal sealed class TdsSignature() : ProtocolSignature("mssql", structureBits: 20)
{
    private const ushort Port = 1433;
    private const int HeaderBytes = 8;

    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data[0] is not (1 or 3 or 4 or 7 or 14 or 16 or 18)) return ClaimVerdict.No;
        if (data.Length > 1 && data[1] is not (0 or 1 or 8 or 9)) return ClaimVerdict.No;
        if (data.Length < HeaderBytes) return ClaimVerdict.NeedMoreData;
        var length = U16(data, 2);
        // Window is unused and 0; a client's process identifier is 0.
        if (length < HeaderBytes || data[7] != 0 || (data.Length > length && data[length] != data[0])) return ClaimVerdict.No;
        if (probe.Uses(Port)) return Of(U16(data, 4) == 0 || data[0] == 4);
        // A pre-login's first option is the version: token 0, its offset, six bytes.
        if (data[0] is not (18 or 4) || data[1] != 1) return ClaimVerdict.No;
        if (data.Length < HeaderBytes + 5) return ClaimVerdict.NeedMoreData;
        return Of(
            data[8] == 0 && data[9] == 0 && data[10] is >= 6 and < 64 && U16(data, 11) == 6
            && HeaderBytes + data[10] + 6 <= length);
    }
}
