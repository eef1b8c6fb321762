using OtGuard.Collectors.OpcUa.Services;
using OtGuard.Collectors.OpcUa.Transport;
using OtGuard.Collectors.OpcUa.Types;

namespace OtGuard.Collectors.OpcUa;

/// <summary>Judges whether the first bytes of a connection are OPC UA over TCP: a plausible header, and who sends it.</summary>
internal static class OpcUaProbe
{
    public static Claim Judge(in Probe probe)
    {
        if (probe.Transport != Collectors.Transport.Tcp) return new Claim(ClaimVerdict.No);
        var data = probe.Data;
        if (data.Length < MessageHeader.Bytes)
            return new Claim(MessageHeader.MayBegin(data) ? ClaimVerdict.NeedMoreData : ClaimVerdict.No);
        var header = MessageHeader.Read(data);
        return header.IsPlausible
            ? new Claim(ClaimVerdict.Yes, 0, Sender(header, data))
            : new Claim(ClaimVerdict.No);
    }

    private static bool? Sender(MessageHeader header, ReadOnlySpan<byte> data)
    {
        const int bodyAt = MessageHeader.SymmetricBytes + MessageHeader.SequenceBytes;
        switch (header.Type)
        {
            case MessageType.Hello:
                return true;
            case MessageType.Acknowledge:
            case MessageType.ReverseHello:
                return false;
            case MessageType.Message when data.Length > bodyAt && MessageReader.BeginsService(data[bodyAt..]):
                var reader = new UaReader(data[bodyAt..]);
                return ServiceTable.Find(reader.NodeId().StandardNumber, out var isResponse) is null ? false : !isResponse;
            case MessageType.Close:
                return true;
            default:
                return null;
        }
    }
}
