using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>Dropbox LAN sync discovery: a JSON object that begins with its host number.</summary>
/// <remarks>Dropbox, UDP 17500; as read by Wireshark's DB-LSP-DISC dissector.</remarks>
internal sealed class DropboxLanSyncSignature() : ProtocolSignature("dropbox-lan-sync", structureBits: 64)
{
    public override ClaimVerdict Match(in Probe probe) => Begins(probe.Data, "{\"host_int\":"u8);
}
