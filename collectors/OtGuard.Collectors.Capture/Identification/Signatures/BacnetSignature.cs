using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>BACnet/IP: type 81h, function, length of the datagram, and the network layer's version.</summary>
/// <remarks>ASHRAE 135-2020 Annex J.2, clause 6.2.1.</remarks>
internal sealed class BacnetSignature() : ProtocolSignature("bacnet", structureBits: 26)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        if (data.Length < 4 || data[0] != 0x81 || data[1] > 0x0C || U16(data, 2) != data.Length) return ClaimVerdict.No;
        return data[1] switch
        {
            // Forwarded: the originator's address comes first.
            0x04 => Of(data.Length > 11 && data[10] == 1),
            0x09 or 0x0A or 0x0B => Of(data.Length > 5 && data[4] == 1),
            0x00 => Of(data.Length == 6),
            _ => ClaimVerdict.Yes,
        };
    }
}
