using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>MySQL and MariaDB: the server's greeting, protocol version 10 with a version text.</summary>
/// <remarks>MySQL 8.4 source documentation, Protocol::HandshakeV10.</remarks>
internal sealed class MySqlSignature() : ProtocolSignature("mysql", structureBits: 36)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data.Length > 1 && data[1] != 0) return ClaimVerdict.No;
        if (data.Length > 2 && data[2] != 0) return ClaimVerdict.No;
        if (data.Length > 3 && data[3] != 0) return ClaimVerdict.No;
        if (data.Length > 4 && data[4] != 10) return ClaimVerdict.No;
        if (data[0] < 40) return ClaimVerdict.No;
        if (data.Length < 8) return ClaimVerdict.NeedMoreData;
        return Of(char.IsAsciiDigit((char)data[5]) && (data[6] == '.' || char.IsAsciiDigit((char)data[6])));
    }
}
