using OtGuard.Collectors.Capture.Identification;

namespace OtGuard.Collectors.Capture.Network;

/// <summary>
/// Gives connections their roles and conversation, and counts every frame for its conversation. What is not known yet is
/// held back and counted when it is.
/// </summary>
internal sealed class FlowBinder(
    FrameContext frame,
    ConversationTable conversations,
    NetworkObserver observer,
    PortRoles roles,
    TrafficOptions options)
{
    private readonly List<Flow> _held = [];
    public IFrameListener? Listener { get; set; }

    /// <summary>The connection of the last packet put together from fragments.</summary>
    public (Flow Flow, bool FromA)? Reassembled { get; set; }

    /// <summary>Whether the frame in hand went to a conversation, or is held back for one.</summary>
    public bool Accounted { get; set; }

    /// <summary>Counts the frame in hand.</summary>
    /// <param name="flow">Its connection.</param>
    /// <param name="fromA">Which side sent it.</param>
    /// <param name="isOuter">True for the tunnel around what the frame is really about.</param>
    public void Account(Flow flow, bool fromA, bool isOuter = false)
    {
        Accounted = true;
        flow.LastSeen = frame.Time;
        flow.LastFrame = frame.Number;
        if (frame.Fragments is not null) AccountFragments(flow, fromA);
        var conversation = flow.Conversation;
        if (conversation is null)
        {
            Hold(flow, frame.Record with { FromA = fromA });
            return;
        }

        conversation.LastSeen = frame.Time;
        ref var count = ref fromA != flow.ClientIsB ? ref conversation.FromClient : ref conversation.FromServer;
        count.Frames++;
        count.Bytes += frame.WireBytes;
        conversation.Frames.Add(frame.Number);
        if (isOuter) Accounted = false;
        else Listener?.OnFrame(frame.Number, frame.Time, conversation);
    }

    /// <summary>Counts the other fragments of the packet in hand.</summary>
    public void AccountFragments(Flow flow, bool fromA)
    {
        var fragments = frame.Fragments!;
        frame.Fragments = null;
        Reassembled = (flow, fromA);
        foreach (var record in fragments)
        {
            if (flow.Conversation is null) Hold(flow, record with { FromA = fromA });
            else CountLate(flow.Conversation, record, fromA != flow.ClientIsB);
        }
    }

    /// <summary>Nothing readable was in the tunnel: the frame is the tunnel's.</summary>
    public void AccountInner(Flow outer)
    {
        Accounted = true;
        Listener?.OnFrame(frame.Number, frame.Time, outer.Conversation);
    }

    /// <summary>Notes who sends on the link, and writes it where it is new. Not to be called for a mirrored duplicate.</summary>
    public void NoteMac(Flow flow, bool fromA)
    {
        if (!frame.HasMac) return;
        if (fromA) flow.MacA = frame.SourceMac;
        else flow.MacB = frame.SourceMac;
        if (flow.Connection is not null) WriteBinding(flow, fromA);
    }

    /// <summary>Decides on the roles by the ports, or by who spoke first.</summary>
    public void BindByPorts(Flow flow)
    {
        // A broadcast address of a subnet looks like any other; only the link tells. Nobody answers from it.
        var toGroup = frame.IsToGroup && flow.Key.Transport != Transport.Tcp;
        var (clientIsB, service, evidence) = toGroup
            ? (false, flow.Key.DestinationPort, RoleEvidence.Guess)
            : roles.Judge(in flow.Key);
        Bind(flow, clientIsB, service, evidence);
    }

    /// <summary>Gives the connection its roles; frames held back are counted now. Final.</summary>
    public void Bind(Flow flow, bool clientIsB, ushort service, RoleEvidence evidence)
    {
        ref readonly var key = ref flow.Key;
        flow.ClientIsB = clientIsB;
        var (client, server) = clientIsB
            ? (key.DestinationEndpoint, key.SourceEndpoint)
            : (key.SourceEndpoint, key.DestinationEndpoint);
        var conversation = conversations.Get(
            client.Address, server.Address, key.Transport, service, flow.FirstSeen, out var isNew);
        if (flow.FirstSeen < conversation.FirstSeen) conversation.FirstSeen = flow.FirstSeen;
        var connection = new Connection(conversations.NextConnection(), client, server, key.Transport, conversation)
        {
            FirstSeen = flow.FirstSeen,
            FirstFrame = flow.FirstFrame,
            RoleEvidence = evidence,
            JoinedMidway = key.Transport == Transport.Tcp && !flow.HandshakeSeen,

            // What the mirror did not show before it will not show now, until the other side is seen.
            OneSided = conversation.OneSided,
        };
        if (isNew && frame.IsToGroup && !clientIsB && key.Transport != Transport.Tcp) conversation.LinkBroadcast = true;
        flow.Conversation = conversation;
        flow.Connection = connection;
        conversation.Visibility.UndecodedBytes += flow.DiscardedBytes;
        if (flow.Held is not null)
        {
            foreach (var record in flow.Held) CountLate(conversation, record, record.FromA != clientIsB);
            flow.Held = null;
        }

        if (isNew)
        {
            NameByNumber(conversation);
            observer.WriteAt(connection, Operation.ConversationStarted, flow.FirstSeen, flow.FirstFrame);
        }

        if (key.Transport == Transport.Udp)
        {
            observer.WriteAt(connection, Operation.ConnectionAttempted, flow.FirstSeen, flow.FirstFrame);
        }
        else if (connection.JoinedMidway && flow.DataSeen)
        {
            flow.OpenedReported = true;
            observer.Write(connection, Operation.ConnectionOpened);
        }

        if (flow.MacA != 0) WriteBinding(flow, fromA: true);
        if (flow.MacB != 0) WriteBinding(flow, fromA: false);
    }

    /// <summary>Ends the holding back of what waited too long. Once a second of capture time.</summary>
    public void Tick()
    {
        for (var i = _held.Count - 1; i >= 0; i--)
        {
            var flow = _held[i];
            if (flow.Conversation is null && frame.Time - flow.FirstSeen >= options.RoleTimeout)
            {
                var number = frame.Exchange(flow.LastFrame);
                BindByPorts(flow);
                frame.Exchange(number);
            }

            if (flow.Conversation is null) continue;
            _held[i] = _held[^1];
            _held.RemoveAt(_held.Count - 1);
        }
    }

    private static void NameByNumber(Conversation conversation)
    {
        if (conversation.Transport == Transport.Ip)
            conversation.ProtocolName = ProtocolIdentifier.NameOfIpProtocol((byte)conversation.Service);
    }

    private void WriteBinding(Flow flow, bool fromA)
    {
        if (flow.Key.Kind is not (AddressKind.IPv4 or AddressKind.IPv6)) return;
        var subject = fromA ? flow.Key.Source : flow.Key.Destination;
        observer.WriteAddress(
            flow.Connection!, Operation.AddressBound, flow.DirectionOf(fromA), subject, fromA ? flow.MacA : flow.MacB);
    }

    private void Hold(Flow flow, FrameRecord record)
    {
        if (flow.Held is null)
        {
            flow.Held = [];

            // Connections pushed out meanwhile stay in the list until the next round: a flood must not let it grow.
            if (_held.Count >= 2 * options.MaximumConnections) Tick();
            _held.Add(flow);
        }

        flow.Held.Add(record);
        if (flow.Held.Count >= options.MaximumHeldFrames) BindByPorts(flow);
    }

    private void CountLate(Conversation conversation, FrameRecord record, bool fromClient)
    {
        if (record.Time < conversation.FirstSeen) conversation.FirstSeen = record.Time;
        if (record.Time > conversation.LastSeen) conversation.LastSeen = record.Time;
        ref var count = ref fromClient ? ref conversation.FromClient : ref conversation.FromServer;
        count.Frames++;
        count.Bytes += record.WireBytes;
        conversation.Frames.Add(record.Number);
        Listener?.OnFrame(record.Number, record.Time, conversation);
    }
}
