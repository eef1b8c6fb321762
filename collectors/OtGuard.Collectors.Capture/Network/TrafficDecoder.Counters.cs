namespace OtGuard.Collectors.Capture.Network;

/// <summary>What is counted on the hot path in fields and published once a second.</summary>
public sealed partial class TrafficDecoder
{
    private readonly Dictionary<string, long> _published = [];
    private long _wrongHeaderSums;
    private long _wrongTransportSums;
    private long _mirroredTwice;
    private long _unwrapped;
    private long _redundant;
    private long _reassembled;
    private long _datagrams;

    private void FailIp(IpFault fault) => _linkCounters.Fail(fault switch
    {
        IpFault.None => "none",
        IpFault.HeaderCut => "IP header cut",
        IpFault.NotThisVersion => "IP version does not fit the EtherType",
        IpFault.HeaderLengthWrong => "IP header length wrong",
        IpFault.TotalLengthWrong => "IP total length shorter than its header",
        IpFault.TooManyExtensionHeaders => "too many IPv6 extension headers",
    });

    private void PublishCounters()
    {
        _linkCounters.Received = _received;
        _linkCounters.Emitted = _packets;
        _tcpCounters.Received = _segments;
        _tcpCounters.Emitted = _delivery.Segments - _datagrams;
        _decodingCounters.Received = _delivery.Segments;
        _decodingCounters.Emitted = _delivery.Decoded;
        Publish(_linkCounters, "IPv4 header checksum wrong", _wrongHeaderSums);
        Publish(_linkCounters, "TCP or UDP checksum wrong", _wrongTransportSums);
        Publish(_linkCounters, "frame seen twice", _mirroredTwice + _tcp.Duplicates);
        Publish(_linkCounters, "tunnel unwrapped", _unwrapped);
        Publish(_linkCounters, "redundancy trailer", _redundant);
        Publish(_linkCounters, "datagram reassembled", _reassembled);
        Publish(_linkCounters, "conversation beyond the limit", _conversations.Overflowed);
        Publish(_linkCounters, "silent conversation forgotten", _conversations.Forgotten);
        Publish(_tcpCounters, "keep-alive", _tcp.KeepAlives);
        Publish(_tcpCounters, "retransmission", _tcp.Retransmissions);
        Publish(_tcpCounters, "out of order", _tcp.OutOfOrder);
        Publish(_tcpCounters, "gap", _tcp.Gaps);
    }

    private void Publish(StageCounters counters, string kind, long value)
    {
        var more = value - _published.GetValueOrDefault(kind);
        if (more == 0) return;
        counters.Note(kind, more);
        _published[kind] = value;
    }
}
