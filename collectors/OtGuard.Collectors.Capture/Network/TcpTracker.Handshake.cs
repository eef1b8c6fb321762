namespace OtGuard.Collectors.Capture.Network;

/// <summary>How TCP connections begin and end.</summary>
internal sealed partial class TcpTracker
{
    /// <summary>
    /// After a reset its receiver may still have segments under way; what it sends later than this shows that it never
    /// took the reset. A second is far above any round trip on such networks.
    /// </summary>
    private static readonly TimeSpan ResetSettles = TimeSpan.FromSeconds(1);

    private readonly Queue<(Flow Flow, CaptureTime Deadline)> _unanswered = new();

    /// <summary>
    /// The connection a segment belongs to where there is none yet, or where a SYN or a life after a reset begins a new
    /// one on the same ports.
    /// </summary>
    public Flow Open(Flow? old, in FlowKey key, in TcpSegment segment, ref bool fromA)
    {
        if (old is not null && !BeginsAnother(old, fromA, in segment)) return old;
        var synchronises = (segment.Flags & (TcpFlags.Syn | TcpFlags.Reset | TcpFlags.Fin)) == TcpFlags.Syn;
        var answers = (segment.Flags & TcpFlags.Acknowledgement) != 0;
        var flow = new Flow
        {
            Key = key,
            FirstSeen = frame.Time,
            LastSeen = frame.Time,
            FirstFrame = frame.Number,
            A = new TcpHalf(),
            B = new TcpHalf(),
            State = synchronises && !answers ? TcpState.SynSent : TcpState.Open,
            HandshakeSeen = synchronises,
        };
        if (old is not null) Retire(old, captureEnded: false);
        else if (flows.IsFull) Evict();
        flows.Add(flow);
        fromA = true;
        if (synchronises)
        {
            flow.MacA = frame.SourceMac;
            flow.ClientIsB = answers;
            binder.Bind(flow, answers, answers ? key.SourcePort : key.DestinationPort, RoleEvidence.Handshake);
            if (!answers)
            {
                observer.Write(flow.Connection!, Operation.ConnectionAttempted);
                if (_unanswered.Count >= options.MaximumConnections)
                {
                    _unanswered.Dequeue();
                    counters.Drop("connection attempt not followed for want of room");
                }

                _unanswered.Enqueue((flow, frame.Time + options.HandshakeTimeout));
            }
        }
        else if (old is { WasReset: true, Conversation: not null })
        {
            // The reset was not taken by its receiver: forged, or lost. The roles are those from before.
            var clientIsB = old.ClientIsB ^ !old.Key.IsSame(in key);
            binder.Bind(flow, clientIsB, clientIsB ? key.SourcePort : key.DestinationPort, old.Connection!.RoleEvidence);
        }

        return flow;
    }

    /// <summary>Removes the one idle for longest; done for every transport, as they share the table.</summary>
    public void Evict()
    {
        if (flows.Oldest() is not { } oldest) return;
        counters.Drop("connection given up for want of room");
        Retire(oldest, captureEnded: false);
    }

    /// <summary>Ends a connection and forgets it. Frames held back are counted first.</summary>
    public void Retire(Flow flow, bool captureEnded)
    {
        if (flow.Removed) return;
        var number = frame.Exchange(flow.LastFrame);
        if (flow.Conversation is null) binder.BindByPorts(flow);
        if (flow.A is not null && flow.State != TcpState.Closed) CloseStream(flow, captureEnded);
        else delivery.Close(flow, captureEnded);
        flow.Removed = true;
        flows.Remove(flow);
        frame.Exchange(number);
    }

    /// <summary>Writes the attempts nobody answered in time. Once a second of capture time.</summary>
    public void TickHandshakes()
    {
        while (_unanswered.TryPeek(out var attempt) && attempt.Deadline <= frame.Time)
        {
            _unanswered.Dequeue();
            var flow = attempt.Flow;
            if (flow.State != TcpState.SynSent || flow.Removed) continue;
            observer.WriteAt(flow.Connection!, Operation.ConnectionUnanswered, flow.FirstSeen, flow.FirstFrame);
            CloseStream(flow, captureEnded: false);
        }
    }

    /// <summary>Forgets the attempts waiting for an answer, whose connections were all retired.</summary>
    public void ForgetAttempts() => _unanswered.Clear();

    /// <summary>A port unreachable came back for what a side sent.</summary>
    public void Refuse(Flow flow, bool fromA)
    {
        if (flow.RefusedReported || flow.A is not null && flow.State != TcpState.SynSent) return;
        flow.RefusedReported = true;
        observer.Write(flow.Connection!, Operation.ConnectionRefused, flow.DirectionOf(!fromA));
        if (flow.A is not null) CloseStream(flow, captureEnded: false);
    }

    private bool BeginsAnother(Flow flow, bool fromA, in TcpSegment segment)
    {
        var sender = flow.Half(fromA);
        if ((segment.Flags & (TcpFlags.Syn | TcpFlags.Reset | TcpFlags.Fin)) == TcpFlags.Syn)
        {
            // The same SYN again is a retransmission; the answering side's first SYN belongs to the handshake.
            if (sender.SynSeen) return sender.InitialSequence != segment.Sequence;
            if ((segment.Flags & TcpFlags.Acknowledgement) == 0) return true;
            return flow.State is not (TcpState.SynSent or TcpState.SynAnswered) && flow.HandshakeSeen && sender.Known
                && (flow.State == TcpState.Closed || segment.Sequence + 1 != sender.Next);
        }

        return flow.WasReset && (segment.Flags & TcpFlags.Reset) == 0 && !segment.Payload.IsEmpty
            && sender.Known && (uint)(segment.Sequence - sender.Next) < (uint)options.MaximumWindowBytes
            && (flow.ResetByA == fromA || frame.Time - flow.ClosedAt > ResetSettles);
    }

    private void ProcessSyn(Flow flow, bool fromA, in TcpSegment segment)
    {
        var sender = flow.Half(fromA);
        var receiver = flow.Half(!fromA);
        sender.Seen = true;
        if (!sender.SynSeen)
        {
            sender.SynSeen = true;
            sender.InitialSequence = segment.Sequence;
            sender.Known = true;
            sender.Next = segment.Sequence + 1;
            sender.HistoryStart = sender.Next;
        }

        if ((segment.Flags & TcpFlags.Acknowledgement) != 0)
        {
            if (flow.State == TcpState.SynSent && segment.Acknowledgement == receiver.Next) flow.State = TcpState.SynAnswered;
            ProcessAcknowledgement(flow, fromA, receiver, segment.Acknowledgement, answersWithData: false);
        }
        else if (flow.State == TcpState.SynSent && receiver.SynSeen)
        {
            // Both sides opened at once (RFC 9293 §3.5): the first stays the client.
            flow.State = TcpState.SynAnswered;
        }

        // TCP Fast Open (RFC 7413) sends data with the SYN.
        if (segment.Payload.Length + segment.MissingTail > 0)
        {
            ProcessData(
                flow, fromA, sender, segment.Sequence + 1, segment.Payload, segment.MissingTail,
                segment.Flags & ~TcpFlags.Fin);
        }
    }

    private void AdvanceHandshake(Flow flow, bool fromA, in TcpSegment segment)
    {
        if (flow.OpenedReported || (segment.Flags & TcpFlags.Acknowledgement) == 0) return;
        if (flow.State is TcpState.SynSent or TcpState.SynAnswered && fromA != flow.ClientIsB)
        {
            flow.State = TcpState.Open;
            ReportOpened(flow);
        }
        else if (flow.State == TcpState.Open && flow.HandshakeSeen && fromA != flow.ClientIsB)
        {
            ReportOpened(flow);
        }
    }

    private void ReportOpened(Flow flow)
    {
        // Without a connection the roles are not known yet; it is written when they are.
        if (flow.Connection is null) return;
        flow.OpenedReported = true;
        if (flow.State != TcpState.Closed) flow.State = TcpState.Open;
        var latency = flow.HandshakeSeen && !flow.ClientIsB
            ? frame.Time.UnixNanoseconds - flow.FirstSeen.UnixNanoseconds
            : -1;
        observer.Write(flow.Connection, Operation.ConnectionOpened, latency: latency);
    }

    private void ProcessReset(Flow flow, bool fromA, in TcpSegment segment)
    {
        var sender = flow.Half(fromA);
        var receiver = flow.Half(!fromA);
        sender.Seen = true;
        var refuses = flow.State == TcpState.SynSent && fromA == flow.ClientIsB;
        if (refuses)
        {
            if ((segment.Flags & TcpFlags.Acknowledgement) != 0 && segment.Acknowledgement != receiver.Next)
            {
                counters.Drop("reset outside of the window");
                return;
            }

            observer.Write(flow.Connection!, Operation.ConnectionRefused, flow.DirectionOf(fromA));
            CloseStream(flow, captureEnded: false);
            return;
        }

        // A reset that nobody would take (RFC 5961 §3) must not blind the monitor.
        var offset = (int)(segment.Sequence - sender.Next);
        if (sender.Known && Math.Abs((long)offset) > options.MaximumWindowBytes)
        {
            counters.Drop("reset outside of the window");
            return;
        }

        if (flow.Conversation is null) binder.BindByPorts(flow);
        var closing = sender.FinKnown || receiver.FinKnown;
        flow.WasReset = !closing;
        flow.ResetByA = fromA;
        if (!sender.Known) sender.Next = segment.Sequence;
        sender.Known = true;
        CloseStream(flow, captureEnded: false);
        observer.Write(
            flow.Connection!, closing ? Operation.ConnectionClosed : Operation.ConnectionReset, flow.DirectionOf(fromA));
    }

    private void ProcessClosed(Flow flow, bool fromA, in TcpSegment segment)
    {
        flow.Half(fromA).Seen = true;
        if (segment.Payload.IsEmpty || (segment.Flags & TcpFlags.Reset) != 0) return;
        if ((int)(segment.Sequence - flow.Half(fromA).Next) < 0) Retransmissions++;
        else counters.Drop("payload on a closed connection");
    }

    private void CloseWhenFinished(Flow flow)
    {
        if (flow.State == TcpState.Closed || !flow.A!.Finished || !flow.B!.Finished) return;
        if (flow.Conversation is null) binder.BindByPorts(flow);
        CloseStream(flow, captureEnded: false);
        observer.Write(flow.Connection!, Operation.ConnectionClosed);
    }

    /// <summary>Hands on what waits behind holes, closes the decoder and gives the buffers back.</summary>
    private void CloseStream(Flow flow, bool captureEnded)
    {
        FlushHalf(flow, fromA: true);
        FlushHalf(flow, fromA: false);
        flow.State = TcpState.Closed;
        flow.ClosedAt = frame.Time;
        delivery.Close(flow, captureEnded);
        ReleaseHistory(flow.A!);
        ReleaseHistory(flow.B!);
    }

    private void FlushHalf(Flow flow, bool fromA)
    {
        var half = flow.Half(fromA);
        while (half.HasHole)
        {
            var before = half.Next;
            GiveUpHole(flow, fromA);
            if (half.Next == before) half.HasHole = false;
        }

        half.Reorder?.Clear();
    }

    private void ReleaseHistory(TcpHalf half)
    {
        if (half.History is null) return;
        _freeHistories.Push(half.History);
        half.History = null;
        _historyBudget.Return(TcpHalf.HistoryCapacity);
    }
}
