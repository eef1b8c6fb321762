namespace OtGuard.Collectors.Capture.Network;

/// <summary>
/// Follows TCP connections and hands their bytes on in order, once, without copying what comes in order.
/// </summary>
/// <remarks>
/// A hole in a direction is given up (the decoder hears of a gap) when the other side answers beyond it with data of its
/// own, when it was acknowledged and did not come within the patience, when nobody filled it in time, or when what waits
/// behind it reaches a budget. Where the same sequence numbers come twice with different bytes, the first bytes stay and
/// the contradiction is written: a receiver may have taken either.
/// </remarks>
internal sealed partial class TcpTracker(
    FrameContext frame,
    FlowTable flows,
    FlowBinder binder,
    StreamDelivery delivery,
    NetworkObserver observer,
    TrafficOptions options,
    StageCounters counters)
{
    /// <summary>
    /// Segments in a row far from the expected sequence number before it is taken for granted that a whole piece of the
    /// connection (or another one on the same ports) was missed. One or two may be forged or stray.
    /// </summary>
    private const int OutOfWindowToResync = 3;

    private readonly ByteBudget _reorderBudget = new(options.MaximumReorderBytes);
    private readonly ByteBudget _historyBudget = new(options.MaximumHistoryBytes);

    // Kept for the next connection: the shared pool holds too few and would leave them to the garbage collector.
    private readonly Stack<byte[]> _freeHistories = new();
    private readonly long _duplicateNanoseconds = options.DuplicateWindow.Ticks * 100;
    private readonly List<Flow> _waiting = [];

    /// <summary>Takes a segment of a connection whose frame was counted.</summary>
    public void Process(Flow flow, bool fromA, in TcpSegment segment)
    {
        var sender = flow.Half(fromA);
        var receiver = flow.Half(!fromA);
        var mac = fromA ? flow.MacA : flow.MacB;

        // Nearly every segment: the next bytes of an open connection or a plain acknowledgement, nothing behind a hole,
        // nothing odd about it.
        if (segment.Sequence == sender.Next
            && (segment.Flags & (TcpFlags.Fin | TcpFlags.Syn | TcpFlags.Reset | TcpFlags.Acknowledgement)) == TcpFlags.Acknowledgement
            && flow.OpenedReported
            && flow.State == TcpState.Open
            && sender.Seen
            && !sender.HasHole
            && !receiver.HasHole
            && receiver.Known
            && (int)(segment.Acknowledgement - receiver.Next) <= 0
            && segment.MissingTail == 0
            && mac == frame.SourceMac)
        {
            if (!segment.Payload.IsEmpty)
            {
                sender.Remember(segment.Signature, frame.Time);
                Accept(flow, fromA, sender, segment.Payload);
            }
            else if (sender.IsDuplicate(segment.Signature, frame.Time, _duplicateNanoseconds))
            {
                Duplicates++;
            }
            else
            {
                sender.Remember(segment.Signature, frame.Time);
            }

            return;
        }

        if (sender.IsDuplicate(segment.Signature, frame.Time, _duplicateNanoseconds))
        {
            Duplicates++;
            return;
        }

        sender.Remember(segment.Signature, frame.Time);
        if (mac != frame.SourceMac) binder.NoteMac(flow, fromA);
        if (flow.State == TcpState.Closed) ProcessClosed(flow, fromA, in segment);
        else if ((segment.Flags & TcpFlags.Syn) != 0) ProcessSyn(flow, fromA, in segment);
        else if ((segment.Flags & TcpFlags.Reset) != 0) ProcessReset(flow, fromA, in segment);
        else ProcessSegment(flow, fromA, sender, receiver, in segment);
    }

    /// <summary>Packets recognised as mirrored twice.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Gives up holes that were not filled in time. Once a second of capture time.</summary>
    public void Tick()
    {
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            var flow = _waiting[i];
            if (flow.State != TcpState.Closed)
            {
                var number = frame.Exchange(flow.LastFrame);
                GiveUpLateHole(flow, fromA: true);
                GiveUpLateHole(flow, fromA: false);
                CloseWhenFinished(flow);
                frame.Exchange(number);
            }

            if (flow.State != TcpState.Closed && (flow.A!.HasHole || flow.B!.HasHole)) continue;
            flow.Waiting = false;
            _waiting[i] = _waiting[^1];
            _waiting.RemoveAt(_waiting.Count - 1);
        }
    }

    /// <summary>Takes closed connections off the list, so that a flood between two rounds does not let it grow.</summary>
    private void Forget() => _waiting.RemoveAll(flow => flow.State == TcpState.Closed);

    private void ProcessSegment(Flow flow, bool fromA, TcpHalf sender, TcpHalf receiver, in TcpSegment segment)
    {
        sender.Seen = true;
        if (!sender.Known)
        {
            sender.Known = true;
            sender.Next = segment.Sequence;
            sender.HistoryStart = segment.Sequence;
        }

        if (flow.Connection is { OneSided: true } connection && receiver.Seen) connection.OneSided = false;
        if ((segment.Flags & TcpFlags.Acknowledgement) != 0)
            ProcessAcknowledgement(flow, fromA, receiver, segment.Acknowledgement, !segment.Payload.IsEmpty);
        AdvanceHandshake(flow, fromA, in segment);
        ProcessData(flow, fromA, sender, segment.Sequence, segment.Payload, segment.MissingTail, segment.Flags);
        if (sender.HasHole || receiver.HasHole)
        {
            GiveUpLateHole(flow, fromA);
            GiveUpLateHole(flow, !fromA);
        }

        CloseWhenFinished(flow);
    }

    /// <summary>What one side acknowledges tells what the other has sent, seen or not.</summary>
    private void ProcessAcknowledgement(Flow flow, bool fromA, TcpHalf receiver, uint acknowledgement, bool answersWithData)
    {
        if (!receiver.Known)
        {
            receiver.Known = true;
            receiver.Next = acknowledgement;
            receiver.HistoryStart = acknowledgement;
            receiver.ReachedTo = acknowledgement;

            // A SYN was acknowledged that is not in the capture.
            if (flow.HandshakeSeen) CountUnseen(flow, fromA);
            return;
        }

        var beyond = (int)(acknowledgement - receiver.Next);
        if (beyond <= 0) return;
        if (beyond > options.MaximumWindowBytes)
        {
            counters.Drop("acknowledgement outside of the window");
            return;
        }

        if (!receiver.Seen)
        {
            // Nothing of that side is in the capture. Its bytes are lost, but not one gap after the other.
            receiver.Next = acknowledgement;
            receiver.HistoryStart = acknowledgement;
            if (flow.Conversation is { } conversation) conversation.Visibility.LostBytes += beyond;
            delivery.Gap(flow, !fromA);
            CountUnseen(flow, fromA);
            return;
        }

        if (receiver.FinKnown && acknowledgement == receiver.FinSequence + 1) acknowledgement--;
        if ((int)(acknowledgement - receiver.Next) <= 0) return;
        NoteHole(flow, receiver, acknowledgement);
        receiver.Acknowledged = true;

        // Nobody answers what did not arrive: it is missing from the capture only, and waiting would hand the answer to
        // the decoder before the gap.
        if (answersWithData) GiveUpHole(flow, !fromA);
    }

    private void ProcessData(
        Flow flow, bool fromA, TcpHalf sender, uint sequence, ReadOnlySpan<byte> payload, int missing, TcpFlags flags)
    {
        var fin = (flags & TcpFlags.Fin) != 0;
        var length = payload.Length + missing;
        var offset = (int)(sequence - sender.Next);
        if (offset > options.MaximumWindowBytes || offset < -options.MaximumWindowBytes)
        {
            if (!Resync(flow, fromA, sender, sequence)) return;
            offset = 0;
        }
        else
        {
            sender.OutOfWindow = 0;
        }

        if (fin)
        {
            sender.FinKnown = true;
            sender.FinSequence = sequence + (uint)length;
        }

        if (offset > 0)
        {
            NoteHole(flow, sender, sequence);
            HoldBack(flow, fromA, sender, sequence, payload);
            return;
        }

        if (offset < 0)
        {
            // A keep-alive repeats the last byte, or none, and the byte need not be the one sent (RFC 9293 §3.8.4).
            if (offset == -1 && length <= 1 && !fin)
            {
                KeepAlives++;
                return;
            }

            if (length > 0) Repeated(flow, fromA, sender, sequence, payload);
            if (length + offset <= 0)
            {
                TakeFin(sender);
                return;
            }

            var known = Math.Min(-offset, payload.Length);
            missing -= -offset - known;
            payload = payload[known..];
        }

        if (!payload.IsEmpty) Accept(flow, fromA, sender, payload);
        if (missing > 0)
        {
            Gap(flow, fromA, sender, sender.Next + (uint)missing, isCut: true);
            counters.Drop("segment cut by the snapshot length");
        }

        Drain(flow, fromA, sender);
    }

    /// <summary>Probes of idle connections, which carry nothing.</summary>
    public long KeepAlives { get; private set; }

    /// <summary>Segments with bytes seen before.</summary>
    public long Retransmissions { get; private set; }

    private void Accept(Flow flow, bool fromA, TcpHalf sender, ReadOnlySpan<byte> payload)
    {
        if (sender.History is null) TakeHistory(sender);
        if (sender.History is not null) sender.AddHistory(payload);
        sender.Next += (uint)payload.Length;
        if (!flow.OpenedReported)
        {
            flow.DataSeen = true;
            ReportOpened(flow);
        }

        delivery.Deliver(flow, fromA, payload);
    }

    private void TakeHistory(TcpHalf sender)
    {
        sender.HistoryStart = sender.Next;
        if (!_historyBudget.TryTake(TcpHalf.HistoryCapacity))
        {
            if (!sender.IsUncompared) counters.Note("direction not compared with what was sent before, for want of room");
            sender.IsUncompared = true;
            return;
        }

        sender.History = _freeHistories.TryPop(out var history) ? history : new byte[TcpHalf.HistoryCapacity];
    }

    private void Repeated(Flow flow, bool fromA, TcpHalf sender, uint sequence, ReadOnlySpan<byte> payload)
    {
        // Late bytes of a gap that was just declared, with nothing delivered since: they are not lost after all.
        if (sequence == sender.GapStart && sender.GapEnd == sender.Next && sender.GapStart != sender.GapEnd
            && payload.Length == (int)(sender.GapEnd - sender.GapStart) && flow.Conversation is { } conversation)
        {
            conversation.Visibility.LostBytes -= payload.Length;
            counters.Note("segment came after its gap was declared");
            sender.Next = sequence;
            sender.GapStart = sender.GapEnd;
            Accept(flow, fromA, sender, payload);
            return;
        }

        Retransmissions++;
        var different = sender.CountDifferences(sequence, payload);
        if (different > 0) ReportDisagreement(flow, fromA, different);
    }

    private void HoldBack(Flow flow, bool fromA, TcpHalf sender, uint sequence, ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty) return;
        OutOfOrder++;
        sender.Reorder ??= new ReorderBuffer(
            _reorderBudget, options.MaximumReorderBytesPerConnection, options.MaximumReorderSegments);
        if (!sender.Reorder.TryInsert(sender.Next, sequence, payload, frame.Sighting, out var different))
        {
            // The budget decides: what is held goes to the decoder behind a gap, and this segment with it.
            counters.Drop("out-of-order bytes beyond the budget");
            while (sender.HasHole && (int)(sequence - sender.Next) > 0) GiveUpHole(flow, fromA);
            var offset = (int)(sender.Next - sequence);
            if (offset >= 0 && offset < payload.Length) Accept(flow, fromA, sender, payload[offset..]);
            Drain(flow, fromA, sender);
        }

        if (different > 0) ReportDisagreement(flow, fromA, different);
    }

    /// <summary>Segments that came before their turn.</summary>
    public long OutOfOrder { get; private set; }

    /// <summary>Delivers what was held back and is due, and closes the hole when it is filled.</summary>
    private void Drain(Flow flow, bool fromA, TcpHalf sender)
    {
        if (sender.Reorder is { } reorder)
        {
            while (reorder.TryTake(sender.Next, out var sequence, out var bytes, out var length, out var seen))
            {
                var known = (int)(sender.Next - sequence);
                var data = bytes.AsSpan(0, length);
                var different = known > 0 ? sender.CountDifferences(sequence, data[..Math.Min(known, length)]) : 0;
                if (different > 0) ReportDisagreement(flow, fromA, different);
                // What begins in it was complete when its frame came; what began before it is complete only now.
                if (sender.CarryLength == 0) frame.HeldBack = seen;
                if (known < length) Accept(flow, fromA, sender, data[known..]);
                frame.HeldBack = null;
                reorder.Release(bytes);
            }
        }

        if (sender.HasHole && sender.Reorder is null or { IsEmpty: true } && (int)(sender.ReachedTo - sender.Next) <= 0)
        {
            sender.HasHole = false;
            sender.Acknowledged = false;
        }

        TakeFin(sender);
    }

    private static void TakeFin(TcpHalf sender)
    {
        if (!sender.FinKnown || sender.Finished || sender.Next != sender.FinSequence) return;
        sender.Finished = true;
        sender.Next++;
    }

    private void NoteHole(Flow flow, TcpHalf half, uint reachedTo)
    {
        if (!half.HasHole)
        {
            half.HasHole = true;
            half.HoleSince = frame.Time;
            half.ReachedTo = reachedTo;
            half.Acknowledged = false;
        }
        else if ((int)(reachedTo - half.ReachedTo) > 0)
        {
            half.ReachedTo = reachedTo;
        }

        if (flow.Waiting) return;
        if (_waiting.Count >= 2 * options.MaximumConnections) Forget();
        flow.Waiting = true;
        _waiting.Add(flow);
    }

    private void GiveUpLateHole(Flow flow, bool fromA)
    {
        var half = flow.Half(fromA);
        if (!half.HasHole) return;
        var patience = half.Acknowledged ? options.HolePatience : options.HoleTimeout;
        if (frame.Time - half.HoleSince >= patience) GiveUpHole(flow, fromA);
    }

    /// <summary>Jumps over the hole to what is held behind it, or to where the direction is known to have come.</summary>
    private void GiveUpHole(Flow flow, bool fromA)
    {
        var half = flow.Half(fromA);
        var target = half.Reorder is { IsEmpty: false } reorder ? reorder.First : half.ReachedTo;
        if ((int)(target - half.Next) > 0) Gap(flow, fromA, half, target);
        half.HoleSince = frame.Time;
        Drain(flow, fromA, half);
    }

    private void Gap(Flow flow, bool fromA, TcpHalf half, uint target, bool isCut = false)
    {
        var missing = (int)(target - half.Next);
        half.GapStart = half.Next;
        half.GapEnd = target;
        half.Next = target;
        half.HistoryStart = target;
        Gaps++;
        if (flow.Conversation is null) binder.BindByPorts(flow);
        flow.Conversation!.Visibility.LostBytes += missing;
        observer.Write(flow.Connection!, Operation.BytesMissing, flow.DirectionOf(fromA), missing);
        if (isCut) delivery.Cut(flow, fromA, missing);
        else delivery.Gap(flow, fromA);
    }

    /// <summary>Holes given up.</summary>
    public long Gaps { get; private set; }

    /// <summary>Takes the sender's own numbers for right after a few segments far away; until then they are dropped.</summary>
    private bool Resync(Flow flow, bool fromA, TcpHalf sender, uint sequence)
    {
        if (++sender.OutOfWindow < OutOfWindowToResync)
        {
            counters.Drop("segment outside of the window");
            return false;
        }

        counters.Note("stream joined again at other sequence numbers");
        sender.OutOfWindow = 0;
        sender.Reorder?.Clear();
        sender.HasHole = false;
        sender.FinKnown = false;
        sender.Next = sequence;
        sender.HistoryStart = sequence;
        sender.GapStart = sender.GapEnd = sequence;
        if (flow.Conversation is null) binder.BindByPorts(flow);
        observer.Write(flow.Connection!, Operation.BytesMissing, flow.DirectionOf(fromA));
        delivery.Gap(flow, fromA);
        // Who moved on so far was answered meanwhile: the other side's bytes are missing as well.
        delivery.Gap(flow, !fromA);
        return true;
    }

    private void ReportDisagreement(Flow flow, bool fromA, int different)
    {
        if (flow.Conversation is null) binder.BindByPorts(flow);
        observer.Write(flow.Connection!, Operation.SegmentsDisagree, flow.DirectionOf(fromA), different);
    }

    private void CountUnseen(Flow flow, bool fromA)
    {
        if (++flow.UnseenAdvances >= options.OneSidedAdvances) ReportOneSided(flow, fromA);
    }

    private void ReportOneSided(Flow flow, bool fromA)
    {
        if (flow.Connection is not { } connection)
        {
            binder.BindByPorts(flow);
            connection = flow.Connection!;
        }

        connection.OneSided = true;
        if (flow.Conversation!.OneSided) return;
        flow.Conversation.OneSided = true;
        observer.Write(connection, Operation.OneSided, flow.DirectionOf(fromA));
    }
}
