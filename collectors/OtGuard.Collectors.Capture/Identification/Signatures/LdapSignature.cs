using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>LDAP: a message sequence with an identifier and an operation's tag; bind by its version on any port.</summary>
/// <remarks>RFC 4511 §4.1.1. Operations other than bind have no constant: there the port must agree.</remarks>
internal sealed class LdapSignature() : ProtocolSignature("ldap", structureBits: 24)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        var at = BerHeader(data, 0, 0x30, out var length);
        if (at <= 0) return Unfinished(at);
        if (probe.Transport == Transport.Udp && at + length != data.Length) return ClaimVerdict.No;
        at = BerHeader(data, at, 0x02, out var identifier);
        if (at <= 0) return Unfinished(at);
        if (identifier is < 1 or > 4) return ClaimVerdict.No;
        at += identifier;
        if (at >= data.Length) return ClaimVerdict.NeedMoreData;
        var operation = data[at];
        if (operation is not (>= 0x60 and <= 0x79 or 0x42 or 0x4A or 0x50)) return ClaimVerdict.No;
        if (probe.Uses(389) || probe.Uses(3268)) return ClaimVerdict.Yes;
        if (operation is not (0x60 or 0x61)) return ClaimVerdict.No;
        at = BerLength(data, at + 1, out _);
        if (at <= 0) return Unfinished(at);
        return operation == 0x60 ? Begins(data[at..], [2, 1, 3, 4]) : Begins(data[at..], [0x0A, 1, 0, 4]);
    }
}
