using OtGuard.Collectors.Capture.Identification;

namespace OtGuard.Collectors.Capture.Network;

/// <summary>
/// Hands payload in order to the protocol that claimed the connection, and finds out which one that is.
/// </summary>
/// <remarks>
/// The span of a frame goes straight to the decoder. Only what it leaves over (the beginning of a message) is copied,
/// and offered again with what follows. While nobody has claimed the connection, what is too short to tell waits the
/// same way.
/// </remarks>
internal sealed class StreamDelivery(
    ProtocolRegistry protocols,
    FrameContext frame,
    FlowBinder binder,
    NetworkObserver observer,
    PortRoles roles,
    ObservationBatch output,
    TrafficOptions options,
    StageCounters counters)
{
    private const short NotDecoded = -1;

    private readonly List<Flow> _ticking = [];

    /// <summary>Payloads that came in order; a field for the hot path.</summary>
    public long Segments;

    /// <summary>Payloads that went to a decoder.</summary>
    public long Decoded;

    /// <summary>Delivers payload of a TCP connection, in order and once.</summary>
    public void Deliver(Flow flow, bool fromA, ReadOnlySpan<byte> data)
    {
        Segments++;
        var decoder = flow.Decoder;
        if (decoder is null)
        {
            DeliverUnclaimed(flow, fromA, data);
            return;
        }

        if (!flow.Ticking) StartTicking(flow);
        Decoded++;
        flow.Conversation!.Visibility.DecodedBytes += data.Length;
        var half = flow.Half(fromA);
        if (half.CarryLength > 0)
        {
            DecodeWithCarry(flow, fromA, half, decoder, data);
            return;
        }

        var used = decoder.Decode(flow.Connection!, flow.DirectionOf(fromA), data, frame.Sighting, output);
        if ((uint)used < (uint)data.Length) DecodeWithCarry(flow, fromA, half, decoder, data[used..], appendOnly: true);
    }

    /// <summary>Delivers a datagram; what a decoder leaves of it is left.</summary>
    public void DeliverDatagram(Flow flow, bool fromA, ReadOnlySpan<byte> data, int missing = 0)
    {
        Segments++;
        if (flow.Decoder is null && flow.Claim == ClaimState.Probing) ProbeDatagram(flow, fromA, data);
        if (flow.Conversation is null) binder.BindByPorts(flow);
        ref var visibility = ref flow.Conversation!.Visibility;
        if (flow.Decoder is null)
        {
            if (flow.Claim == ClaimState.Opaque) visibility.OpaqueBytes += data.Length;
            else visibility.UndecodedBytes += data.Length;
            return;
        }

        if (!flow.Ticking) StartTicking(flow);
        Decoded++;
        visibility.DecodedBytes += data.Length;
        if (missing > 0) flow.Decoder.OnCut(flow.Connection!, flow.DirectionOf(fromA), data, missing, frame.Sighting, output);
        else flow.Decoder.Decode(flow.Connection!, flow.DirectionOf(fromA), data, frame.Sighting, output);
    }

    /// <summary>Tells the decoder that bytes are missing; what it had left over is of no use any more.</summary>
    public void Gap(Flow flow, bool fromA)
    {
        var half = flow.Half(fromA);
        if (flow.Decoder is null)
        {
            if (half.CarryLength > 0) Discard(flow, half.CarryLength);
            half.CarryLength = 0;
            half.LostUnclaimed = true;
            return;
        }

        half.CarryLength = 0;
        flow.Decoder.OnGap(flow.Connection!, flow.DirectionOf(fromA), frame.Sighting, output);
    }

    /// <summary>Tells the decoder that the capture cut off the last bytes of a segment, and what it had left over of it.</summary>
    public void Cut(Flow flow, bool fromA, int missing)
    {
        if (flow.Decoder is null)
        {
            Gap(flow, fromA);
            return;
        }

        var half = flow.Half(fromA);
        var begun = half.Carry.AsSpan(0, half.CarryLength);
        half.CarryLength = 0;
        flow.Decoder.OnCut(flow.Connection!, flow.DirectionOf(fromA), begun, missing, frame.Sighting, output);
    }

    /// <summary>The connection is over: the decoder writes what waits, buffers go back.</summary>
    public void Close(Flow flow, bool captureEnded)
    {
        flow.Decoder?.OnClose(flow.Connection!, frame.Sighting, captureEnded, output);
        flow.Decoder = null;
        if (flow is { Claim: ClaimState.Probing, DiscardedBytes: > 0, Conversation: not null })
        {
            // A piece of a stream joined midway may be the middle of anything; its end is no reason to accuse it.
            if (flow.HandshakeSeen || flow.A is null || !captureEnded) GiveUp(flow);
        }

        if (flow.A is null) return;
        if (flow.Claim != ClaimState.Decoded) DropCarries(flow, 0);
        flow.A.ReleaseCarry();
        flow.B!.ReleaseCarry();
    }

    /// <summary>Tells decoders with recent data that time has come so far.</summary>
    public void Tick(CaptureTime now)
    {
        for (var i = _ticking.Count - 1; i >= 0; i--)
        {
            var flow = _ticking[i];
            if (flow.Decoder is not null)
            {
                flow.Decoder.OnTime(flow.Connection!, now, output);
                if (now - flow.LastSeen <= options.DecoderTimeAfterData) continue;
            }

            flow.Ticking = false;
            _ticking[i] = _ticking[^1];
            _ticking.RemoveAt(_ticking.Count - 1);
        }
    }

    private void StartTicking(Flow flow)
    {
        if (_ticking.Count >= 2 * options.MaximumConnections) Tick(frame.Time);
        flow.Ticking = true;
        _ticking.Add(flow);
    }

    /// <summary>
    /// Decodes what was left over together with what follows, in portions no longer than the longest message, so that
    /// one connection never holds more than that.
    /// </summary>
    private void DecodeWithCarry(
        Flow flow, bool fromA, TcpHalf half, IConnectionDecoder decoder, ReadOnlySpan<byte> data, bool appendOnly = false)
    {
        var limit = Math.Max(1, decoder.MaximumMessageBytes);
        while (true)
        {
            data = data[half.Append(data, limit)..];
            if (appendOnly && data.IsEmpty && half.CarryLength < limit) return;
            appendOnly = false;
            var used = decoder.Decode(
                flow.Connection!, flow.DirectionOf(fromA), half.Carry.AsSpan(0, half.CarryLength), frame.Sighting, output);
            if (used > 0)
            {
                half.Consume(Math.Min(used, half.CarryLength));
            }
            else if (half.CarryLength >= limit)
            {
                counters.Fail("message longer than its protocol allows");
                half.CarryLength = 0;
                decoder.OnGap(flow.Connection!, flow.DirectionOf(fromA), frame.Sighting, output);
            }

            if (data.IsEmpty) return;
        }
    }

    private void DeliverUnclaimed(Flow flow, bool fromA, ReadOnlySpan<byte> data)
    {
        switch (flow.Claim)
        {
            case ClaimState.Probing:
                ProbeStream(flow, fromA, data);
                break;
            case ClaimState.Decoded: // The decoder is gone: the connection is closed.
            case ClaimState.Undecoded:
                Discard(flow, data.Length);
                break;
            case ClaimState.Opaque:
                flow.Conversation!.Visibility.OpaqueBytes += data.Length;
                break;
        }
    }

    private void ProbeStream(Flow flow, bool fromA, ReadOnlySpan<byte> data)
    {
        var half = flow.Half(fromA);
        flow.ProbeSegments++;
        var waits = half.CarryLength > 0;
        var fitted = waits ? half.Append(data, options.MaximumProbeBytes) : 0;
        var offered = waits ? half.Carry.AsSpan(0, half.CarryLength) : data;
        var verdict = Ask(flow, fromA, offered, out var protocol, out var claim, out var named);
        if (waits && verdict != ClaimVerdict.Yes && !flow.HandshakeSeen
            && Ask(flow, fromA, data, out var freshProtocol, out var freshClaim, out var freshName) == ClaimVerdict.Yes)
        {
            // What waited was the end of a message from before the capture; this segment begins one.
            Discard(flow, half.CarryLength - fitted);
            half.CarryLength = 0;
            (waits, fitted, verdict, protocol, claim, named) =
                (false, 0, ClaimVerdict.Yes, freshProtocol, freshClaim, freshName);
        }

        switch (verdict)
        {
            case ClaimVerdict.Yes when protocol > 0:
                BindClaimed(flow, fromA, claim);
                Claimed(flow, fromA, protocol, claim);
                // The claim rests on the beginning of a message on this side; what the other side lost it cannot know.
                if (flow.Half(!fromA).LostUnclaimed) Gap(flow, !fromA);
                FeedCarry(flow, !fromA);
                if (!waits)
                {
                    Segments--;
                    Deliver(flow, fromA, data);
                    break;
                }

                FeedCarry(flow, fromA);
                if (fitted < data.Length) Deliver(flow, fromA, data[fitted..]);
                break;
            case ClaimVerdict.Yes:
                if (flow.Conversation is null) binder.BindByPorts(flow);
                Named(flow, fromA, named);
                DropCarries(flow, data.Length - fitted);
                break;
            case ClaimVerdict.NeedMoreData:
                if (!waits) fitted = half.Append(data, options.MaximumProbeBytes);
                if (fitted < data.Length) Discard(flow, data.Length - fitted);
                if (flow.ProbeSegments >= options.MaximumProbeSegments || half.CarryLength >= options.MaximumProbeBytes)
                    GiveUpStream(flow);
                break;
            case ClaimVerdict.No:
                Discard(flow, (waits ? half.CarryLength : 0) + data.Length - fitted);
                half.CarryLength = 0;
                if (flow.ProbeSegments >= options.MaximumProbeSegments) GiveUpStream(flow);
                break;
        }
    }

    private void ProbeDatagram(Flow flow, bool fromA, ReadOnlySpan<byte> data)
    {
        flow.ProbeSegments++;
        var verdict = Ask(flow, fromA, data, out var protocol, out var claim, out var named);
        if (verdict == ClaimVerdict.Yes && protocol > 0)
        {
            BindClaimed(flow, fromA, claim);
            Claimed(flow, fromA, protocol, claim);
            return;
        }

        if (flow.Conversation is null) binder.BindByPorts(flow);
        if (verdict == ClaimVerdict.Yes) Named(flow, fromA, named);
        else if (verdict == ClaimVerdict.No) flow.DiscardedBytes += data.Length;
        if (flow.Claim == ClaimState.Probing && flow.ProbeSegments >= options.MaximumProbeSegments) GiveUp(flow);
    }

    private ClaimVerdict Ask(
        Flow flow, bool fromA, ReadOnlySpan<byte> data, out byte protocol, out Claim claim, out Identification.Identification named)
    {
        var (source, destination) = fromA
            ? (flow.Key.SourcePort, flow.Key.DestinationPort)
            : (flow.Key.DestinationPort, flow.Key.SourcePort);
        bool? senderIsClient = flow.HandshakeSeen ? fromA != flow.ClientIsB : null;
        var probe = new Probe(data, flow.Key.Transport, source, destination, senderIsClient);
        named = default;
        claim = default;
        var undecided = false;
        for (protocol = 1; protocol <= protocols.Count; protocol++)
        {
            claim = protocols[protocol].Probe(in probe);
            if (claim.Verdict == ClaimVerdict.Yes) return ClaimVerdict.Yes;
            undecided |= claim.Verdict == ClaimVerdict.NeedMoreData;
        }

        protocol = 0;
        named = ProtocolIdentifier.Identify(in probe);
        if (named.Verdict == ClaimVerdict.Yes) return ClaimVerdict.Yes;
        return undecided || named.Verdict == ClaimVerdict.NeedMoreData ? ClaimVerdict.NeedMoreData : ClaimVerdict.No;
    }

    private void BindClaimed(Flow flow, bool fromA, Claim claim)
    {
        if (flow.Conversation is not null) return;
        if (claim.SenderIsClient is not { } senderIsClient)
        {
            binder.BindByPorts(flow);
            return;
        }

        var clientIsB = senderIsClient != fromA;
        binder.Bind(
            flow, clientIsB, clientIsB ? flow.Key.SourcePort : flow.Key.DestinationPort, RoleEvidence.Structure);
    }

    private void Claimed(Flow flow, bool fromA, byte protocol, Claim claim)
    {
        var claimed = protocols[protocol];
        var transport = flow.Key.Transport;
        flow.Claim = ClaimState.Decoded;
        flow.Decoder = claimed.CreateDecoder(protocol, transport, claim.Variant);
        flow.Conversation!.ProtocolName = claimed.Name;
        var sender = flow.DirectionOf(fromA);
        observer.WriteProtocol(flow.Connection!, Operation.ProtocolIdentified, sender, protocol, claimed.Name);
        var port = flow.Connection!.Server.Port;
        if (roles.IsRegistered(transport, port) && !claimed.RegisteredPorts.Contains((transport, port)))
            observer.WriteProtocol(flow.Connection, Operation.ForeignProtocol, sender, protocol, claimed.Name);
    }

    private void Named(Flow flow, bool fromA, Identification.Identification named)
    {
        flow.Claim = named.Opaque ? ClaimState.Opaque : ClaimState.Undecoded;
        flow.Conversation!.ProtocolName ??= named.Name;
        var sender = flow.DirectionOf(fromA);
        observer.WriteProtocol(flow.Connection!, Operation.ProtocolIdentified, sender, NotDecoded, named.Name);
        if (roles.IsRegistered(flow.Key.Transport, flow.Connection!.Server.Port))
            observer.WriteProtocol(flow.Connection, Operation.ForeignProtocol, sender, NotDecoded, named.Name);
    }

    private void GiveUpStream(Flow flow)
    {
        if (flow.Conversation is null) binder.BindByPorts(flow);
        GiveUp(flow);
        DropCarries(flow, 0);
    }

    /// <summary>Nobody knows it. On a port registered for a protocol that is worth saying.</summary>
    private void GiveUp(Flow flow)
    {
        flow.Claim = ClaimState.Undecoded;
        if (roles.IsRegistered(flow.Key.Transport, flow.Connection!.Server.Port))
            observer.WriteProtocol(flow.Connection, Operation.ForeignProtocol, Direction.ToServer, NotDecoded, null);
    }

    private void FeedCarry(Flow flow, bool fromA)
    {
        var half = flow.Half(fromA);
        if (half.CarryLength == 0) return;
        flow.Conversation!.Visibility.DecodedBytes += half.CarryLength;
        DecodeWithCarry(flow, fromA, half, flow.Decoder!, []);
    }

    private static void DropCarries(Flow flow, int more)
    {
        var bytes = flow.A!.CarryLength + flow.B!.CarryLength + more;
        flow.A.ReleaseCarry();
        flow.B.ReleaseCarry();
        if (flow.Claim == ClaimState.Opaque) flow.Conversation!.Visibility.OpaqueBytes += bytes;
        else Discard(flow, bytes);
    }

    private static void Discard(Flow flow, int bytes)
    {
        // Only those before the conversation is known are kept apart; a decision on them needs only "some or none".
        if (flow.Conversation is { } conversation) conversation.Visibility.UndecodedBytes += bytes;
        flow.DiscardedBytes += bytes;
    }
}
