using static OtGuard.Collectors.Capture.Identification.Fields;

namespace OtGuard.Collectors.Capture.Identification.Signatures;

/// <summary>
/// OPC UA over WebSocket or HTTP in clear: an HTTP request whose header asks for the WebSocket sub-protocol of OPC UA or
/// has its content type.
/// </summary>
/// <remarks>
/// OPC UA Part 6 v1.05 §7.4 (<c>application/opcua+uabinary</c>, <c>application/opcua+uajson</c>) and §7.5
/// (<c>opcua+uacp</c>, <c>opcua+uajson</c>). Both are to run inside TLS, where only the port tells them.
/// </remarks>
internal sealed class OpcUaHttpSignature() : ProtocolSignature("opcua-http", structureBits: 80)
{
    public override ClaimVerdict Match(in Probe probe)
    {
        var data = probe.Data;
        var begins = (Begins(data, "GET /"u8), Begins(data, "POST /"u8)) switch
        {
            (ClaimVerdict.Yes, _) or (_, ClaimVerdict.Yes) => ClaimVerdict.Yes,
            (ClaimVerdict.NeedMoreData, _) or (_, ClaimVerdict.NeedMoreData) => ClaimVerdict.NeedMoreData,
            _ => ClaimVerdict.No,
        };
        if (begins != ClaimVerdict.Yes) return begins;
        var looked = data[..Math.Min(data.Length, ProtocolIdentifier.EnoughBytes)];
        var end = looked.IndexOf("\r\n\r\n"u8);
        var header = end < 0 ? looked : looked[..end];
        if (header.IndexOf("opcua+ua"u8) >= 0) return ClaimVerdict.Yes;
        return end < 0 && data.Length < ProtocolIdentifier.EnoughBytes ? ClaimVerdict.NeedMoreData : ClaimVerdict.No;
    }
}
