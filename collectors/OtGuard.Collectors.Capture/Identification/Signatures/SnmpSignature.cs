using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>SNMP: a message sequence that fills the datagram, with a version and what the version has next.</summary>
/// <remarks>RFC 1157 §4, RFC 3416 §3, RFC 3412 §6.</remarks>
internal sealed class SnmpSignature() : ProtocolSignature("snmp", structureBits: 40)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        var at = BerHeader(data, 0, 0x30, out var length);
        if (at <= 0 || at + length != data.Length || length < 8) return ClaimVerdict.No;
        if (data[at] != 2 || data[at + 1] != 1) return ClaimVerdict.No;
        var version = data[at + 2];
        at += 3;
        // Version 3 has its header next, the others a community and then a PDU.
        if (version == 3) return Of(data[at] == 0x30);
        if (version > 1) return ClaimVerdict.No;
        at = BerHeader(data, at, 4, out var community);
        return Of(at > 0 && at + community < data.Length && data[at + community] is >= 0xA0 and <= 0xA8);
    }
}
