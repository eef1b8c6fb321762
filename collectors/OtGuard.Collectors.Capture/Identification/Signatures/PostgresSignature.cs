using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>PostgreSQL: a start-up message, a request for TLS, or the server's first authentication message.</summary>
/// <remarks>PostgreSQL 17 documentation §53.7.</remarks>
internal sealed class PostgresSignature() : ProtocolSignature("postgres", structureBits: 48)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data[0] == 'R')
        {
            if (data.Length > 1 && data[1] != 0) return ClaimVerdict.No;
            if (data.Length < 9) return ClaimVerdict.NeedMoreData;
            return Of(U32(data, 1) is >= 8 and < 128 && U32(data, 5) is 0 or 2 or 3 or 5 or 7 or 9 or 10);
        }

        var encryption = Begins(data, [0, 0, 0, 8, 0x04, 0xD2, 0x16]);
        if (encryption != ClaimVerdict.No) return encryption;
        if (data[0] != 0 || (data.Length > 1 && data[1] != 0)) return ClaimVerdict.No;
        if (data.Length < 4) return ClaimVerdict.NeedMoreData;
        return U32(data, 0) >= 13 ? Begins(data[4..], "\0\u0003\0\0user\0"u8) : ClaimVerdict.No;
    }
}
