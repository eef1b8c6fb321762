using System.Buffers.Binary;
using OtGuard.Collectors.Can.Frames;
using OtGuard.Collectors.Can.IsoTp;

namespace OtGuard.Collectors.Can.J1939;

/// <summary>A message being carried by the transport protocol.</summary>
internal sealed class TransportSession
{
    /// <summary>The longest message: 255 packets of 7 bytes.</summary>
    public const int MaximumBytes = 1785;

    private readonly byte[] _data = new byte[MaximumBytes];

    public bool IsActive { get; set; }

    public byte Source { get; private set; }

    public byte Destination { get; private set; }

    public int Group { get; private set; }

    public byte Priority { get; private set; }

    public int Size { get; private set; }

    public int Packets { get; private set; }

    public int Next { get; set; }

    /// <summary>Packets received, repetitions included; -1 once it was said that there are too many.</summary>
    public int Received { get; set; }

    public Sighting Begun { get; private set; }

    /// <summary>The bus's clock when its last frame came.</summary>
    public long LastClock { get; set; }

    /// <summary>Whether data came at all: a message announced to one node may be refused.</summary>
    public bool HasData => Next > 1;

    public bool IsComplete => Next > Packets;

    public ReadOnlySpan<byte> Message => _data.AsSpan(0, Math.Min(Size, (Next - 1) * 7));

    public void Begin(in J1939Identifier identifier, int group, int size, int packets, Sighting sighting, long clock)
    {
        IsActive = true;
        Source = identifier.Source;
        Destination = identifier.Destination;
        Priority = identifier.Priority;
        Group = group;
        Size = size;
        Packets = packets;
        Next = 1;
        Received = 0;
        Begun = sighting;
        LastClock = clock;
    }

    public void Put(int sequence, ReadOnlySpan<byte> data)
    {
        var at = (sequence - 1) * 7;
        data[..Math.Min(data.Length, Math.Min(7, MaximumBytes - at))].CopyTo(_data.AsSpan(at));
    }
}

/// <summary>
/// J1939 on one channel: tells by structure whether the bus speaks it, puts transported messages together and observes
/// what is more than a periodic value: requests, acknowledgements, address claims, trouble codes, broken transport.
/// </summary>
/// <remarks>
/// A bus counts as J1939 once an address claim or a whole transported message was seen, or once nearly all of its
/// 29-bit frames are parameter groups of the broadcast range in several kinds. Before that nothing is written.
/// </remarks>
internal sealed class J1939Channel(
    byte protocol, CanOptions options, IConnectionSource connections, ObservationBatch output, StageCounters counters)
{
    /// <summary>29-bit frames looked at before numbers alone decide.</summary>
    private const int FramesToDecide = 64;

    /// <summary>Kinds of broadcast groups that must be among them.</summary>
    private const int GroupsToDecide = 4;

    /// <summary>T2/T3: how long the packets of a message may be apart (SAE J1939-21 §5.10.2.4).</summary>
    private const long PacketTimeoutNanoseconds = 1_250_000_000;

    /// <summary>How often a packet may be asked for again (SAE J1939-21 §5.10.2.4).</summary>
    private const int RetransmissionLimit = 2;

    private readonly TransportSession[] _sessions = new TransportSession[32];
    private readonly ulong[] _names = new ulong[256];
    private readonly bool[] _named = new bool[256];
    private readonly Conversation?[] _nodes = new Conversation?[256];
    private readonly Dictionary<int, Connection> _connections = [];
    private readonly ulong[] _groupsSeen = new ulong[16];
    private int _active;
    private (byte Source, byte Destination, int Packets, long Clock) _ended = (0, 0, -2, 0);
    private long _clock;
    private long _frames;
    private long _broadcasts;
    private int _kinds;

    /// <summary>Whether the bus speaks J1939.</summary>
    public bool IsJ1939 { get; private set; }

    /// <summary>
    /// Whether an identifier of 29 bits carries parts of longer messages on this bus: by its parameter group, as long as it
    /// is not clear that the bus does not speak J1939.
    /// </summary>
    public bool IsTransport(uint identifier) =>
        (IsJ1939 || _frames < FramesToDecide) && (identifier >> 8 & 0x3FF00) is J1939Groups.TransportManagement or J1939Groups.TransportData
            or J1939Groups.ExtendedTransportManagement or J1939Groups.ExtendedTransportData;

    /// <summary>Takes a data frame with a 29-bit identifier.</summary>
    public void Process(in CanFrameView frame, Sighting sighting, long clock)
    {
        _clock = clock;
        var identifier = J1939Identifier.Of(frame.Identifier);
        if (!IsJ1939) Look(identifier);
        if (IsJ1939) Count(identifier, sighting, frame.Payload.Length);
        if (_active > 0) GiveUpOverdue(clock);
        var payload = frame.Payload;
        switch (identifier.ParameterGroup)
        {
            case J1939Groups.TransportManagement:
                Manage(identifier, payload, sighting);
                break;
            case J1939Groups.TransportData:
                Data(identifier, payload, sighting);
                break;
            case J1939Groups.ExtendedTransportManagement:
                if (payload is [TransportControl.ExtendedRequestToSend, _, _, _, _, _, _, _])
                    Transport(identifier, Group(payload), payload, sighting, J1939Anomaly.ExtendedTransport, -1);
                break;
            case J1939Groups.AddressClaimed:
                Claim(identifier, payload, sighting);
                break;
            case J1939Groups.Request:
                if (payload.Length >= 3)
                    Write(
                        identifier, J1939Act.Request, Operation.Read, Outcome.Succeeded, Wide(payload), payload,
                        sighting, sighting);
                break;
            case J1939Groups.Acknowledgement:
                if (payload.Length >= 8)
                    Write(
                        identifier,
                        J1939Act.Acknowledgement,
                        Operation.Diagnose,
                        payload[0] == 0 ? Outcome.Succeeded : Outcome.Rejected,
                        Group(payload),
                        payload,
                        sighting,
                        sighting,
                        reason: payload[0] == 0 ? -1 : payload[0]);
                break;
            case J1939Groups.Dm1:
            case J1939Groups.Dm2:
            case J1939Groups.Dm3:
            case J1939Groups.Dm11:
                Write(
                    identifier,
                    J1939Act.Message,
                    OperationOf(identifier.ParameterGroup),
                    Outcome.Succeeded,
                    identifier.ParameterGroup,
                    payload,
                    sighting,
                    sighting);
                break;
        }
    }

    /// <summary>End of the capture: what is under way cannot be judged any more.</summary>
    public void Finish()
    {
        foreach (var session in _sessions)
            if (session is not null) session.IsActive = false;
        _active = 0;
    }

    /// <summary>A node is there, whatever it sends: all its frames count to what it says to everybody.</summary>
    private void Count(in J1939Identifier identifier, Sighting sighting, int bytes)
    {
        // The address of nobody, and everybody's, are no node's.
        if (identifier.Source is J1939Identifier.Null or J1939Identifier.Global) return;
        var node = _nodes[identifier.Source] ??= ConnectionOf(
            new J1939Identifier(identifier.Priority, identifier.ParameterGroup, identifier.Source, J1939Identifier.Global),
            sighting)?.Conversation;
        if (node is null) return;
        node.LastSeen = sighting.Time;
        node.Frames.Add(sighting.Frame);
        node.FromClient.Frames++;
        node.FromClient.Bytes += bytes;
    }

    /// <summary>By numbers: most groups of other uses of 29 bits have other PDU formats.</summary>
    private void Look(in J1939Identifier identifier)
    {
        _frames++;
        var format = identifier.ParameterGroup >> 8;
        if (format is >= 0xF0 and <= 0xFE)
        {
            _broadcasts++;

            // Which of 1,024 places: enough to tell several kinds of groups from one.
            var place = identifier.ParameterGroup & 0x3FF;
            ref var word = ref _groupsSeen[place >> 6];
            if ((word >> place & 1) == 0) _kinds++;
            word |= 1UL << place;
        }

        if (_frames >= FramesToDecide && _kinds >= GroupsToDecide && _broadcasts * 10 >= _frames * 9) Decide();
    }

    private void Decide()
    {
        if (IsJ1939) return;
        IsJ1939 = true;
        counters.Note("J1939 bus found");
    }

    // ---- Transport protocol -----------------------------------------------------------------------------------------

    private void Manage(in J1939Identifier identifier, ReadOnlySpan<byte> payload, Sighting sighting)
    {
        if (payload.Length < 8) return;
        var group = Group(payload);
        switch (payload[0])
        {
            case TransportControl.Announce:
            case TransportControl.RequestToSend:
                Open(identifier, group, payload, sighting);
                break;
            case TransportControl.ClearToSend:
                // Answers in the other direction. 0 packets hold the connection open.
                if (Find(identifier.Destination, identifier.Source) is { } waiting) Cleared(identifier, waiting, payload, sighting);
                else Transport(identifier, group, payload, sighting, J1939Anomaly.ControlUnexpected, -1);
                break;
            case TransportControl.EndOfMessage:
                break;
            case TransportControl.Abort:
                var session = Find(identifier.Destination, identifier.Source)
                    ?? Find(identifier.Source, identifier.Destination);
                if (session is not null) End(session);
                Transport(
                    identifier, session?.Group ?? group, payload, sighting, J1939Anomaly.SessionAborted, payload[1]);
                break;
        }
    }

    private void Cleared(
        in J1939Identifier identifier, TransportSession session, ReadOnlySpan<byte> payload, Sighting sighting)
    {
        session.LastClock = _clock;
        var count = payload[1];
        if (count > 0 && (payload[2] == 0 || payload[2] + count - 1 > session.Packets))
            Transport(identifier, session.Group, payload, sighting, J1939Anomaly.ClearToSendBeyondMessage, -1);

        // The receiver may ask for packets again.
        if (payload[1] > 0 && payload[2] >= 1 && payload[2] <= session.Next) session.Next = payload[2];
    }

    private void Open(in J1939Identifier identifier, int group, ReadOnlySpan<byte> payload, Sighting sighting)
    {
        var size = BinaryPrimitives.ReadUInt16LittleEndian(payload[1..]);
        var packets = payload[3];
        var global = payload[0] == TransportControl.Announce;
        if (size is < 9 or > TransportSession.MaximumBytes || packets != (size + 6) / 7
            || global != (identifier.Destination == J1939Identifier.Global))
        {
            Transport(identifier, group, payload, sighting, J1939Anomaly.SizeInvalid, -1);
            return;
        }

        if (Find(identifier.Source, identifier.Destination) is { } old)
        {
            if (old.Begun.Frame != sighting.Frame) Break(old, J1939Anomaly.SessionRestarted);
        }

        var session = FreeSession();
        session.Begin(identifier, group, size, packets, sighting, _clock);
        _active++;
    }

    private void Data(in J1939Identifier identifier, ReadOnlySpan<byte> payload, Sighting sighting)
    {
        if (payload.Length < 2) return;
        if (Find(identifier.Source, identifier.Destination) is not { } session)
        {
            // A packet right after the last one of a message goes on with it beyond its end, which no loss makes.
            var goesOn = _ended.Source == identifier.Source && _ended.Destination == identifier.Destination
                && payload[0] == _ended.Packets + 1 && _clock - _ended.Clock <= PacketTimeoutNanoseconds;
            Transport(
                identifier, -1, payload, sighting,
                goesOn ? J1939Anomaly.DataBeyondMessage : J1939Anomaly.DataWithoutSession, -1);
            return;
        }

        var sequence = payload[0];
        session.LastClock = _clock;
        if (sequence > session.Packets)
        {
            Break(session, J1939Anomaly.DataBeyondMessage);
            return;
        }

        // A packet is sent and may be asked for again; beyond that the receiver has to break off (reason 5).
        if (session.Received >= 0 && ++session.Received > session.Packets * (1 + RetransmissionLimit))
        {
            session.Received = -1;
            Transport(identifier, session.Group, payload, sighting, J1939Anomaly.RetransmissionsBeyondLimit, -1);
        }

        if (sequence != session.Next)
        {
            // Sent once more: nothing new. To everybody nobody asks for packets again.
            if (sequence >= 1 && sequence < session.Next && session.Destination != J1939Identifier.Global) return;
            Break(session, J1939Anomaly.SequenceNumberWrong);
            return;
        }

        session.Put(sequence, payload[1..]);
        session.Next++;
        if (!session.IsComplete) return;
        _ended = (session.Source, session.Destination, session.Packets, _clock);
        Decide();
        End(session);
        Write(
            new J1939Identifier(session.Priority, session.Group, session.Source, session.Destination),
            J1939Act.Message,
            OperationOf(session.Group),
            Outcome.Succeeded,
            session.Group,
            session.Message,
            session.Begun,
            sighting);
    }

    private TransportSession? Find(byte source, byte destination)
    {
        if (_active == 0) return null;
        foreach (var session in _sessions)
        {
            if (session is { IsActive: true } && session.Source == source && session.Destination == destination)
                return session;
        }

        return null;
    }

    private TransportSession FreeSession()
    {
        var oldest = 0;
        for (var index = 0; index < _sessions.Length; index++)
        {
            if (_sessions[index] is not { IsActive: true }) return _sessions[index] ??= new TransportSession();
            if (_sessions[index].LastClock < _sessions[oldest].LastClock) oldest = index;
        }

        counters.Drop("J1939 message gave way");
        Break(_sessions[oldest], J1939Anomaly.SessionGaveWay);
        return _sessions[oldest];
    }

    /// <summary>Gives up messages whose packets stay out.</summary>
    public void GiveUpOverdue(long clock)
    {
        foreach (var session in _sessions)
        {
            if (session is not { IsActive: true }) continue;
            if (clock - session.LastClock > PacketTimeoutNanoseconds)
                Break(session, J1939Anomaly.SessionNeverCompleted);
        }
    }

    private void End(TransportSession session)
    {
        session.IsActive = false;
        _active--;
    }

    private void Break(TransportSession session, J1939Anomaly anomaly)
    {
        End(session);
        Write(
            new J1939Identifier(session.Priority, session.Group, session.Source, session.Destination),
            J1939Act.Transport,
            OperationOf(session.Group),
            session.HasData || session.Destination == J1939Identifier.Global ? Outcome.Undecodable : Outcome.Unanswered,
            session.Group,
            session.Message,
            session.Begun,
            session.Begun,
            anomaly);
    }

    private void Transport(
        in J1939Identifier identifier,
        int group,
        ReadOnlySpan<byte> payload,
        Sighting sighting,
        J1939Anomaly anomaly,
        int reason)
    {
        counters.Note("J1939 transport rule broken");
        Write(
            identifier,
            J1939Act.Transport,
            Operation.Unknown,
            reason >= 0 ? Outcome.Rejected : Outcome.Undecodable,
            group,
            payload,
            sighting,
            sighting,
            anomaly,
            reason);
    }

    // ---- Addresses --------------------------------------------------------------------------------------------------

    private void Claim(in J1939Identifier identifier, ReadOnlySpan<byte> payload, Sighting sighting)
    {
        if (payload.Length < 8 || identifier.Destination != J1939Identifier.Global) return;
        Decide();
        var name = J1939Name.Read(payload).Value;
        var anomalies = J1939Anomaly.None;
        if (identifier.Source == J1939Identifier.Null)
        {
            anomalies = J1939Anomaly.CannotClaim;
        }
        else
        {
            if (_named[identifier.Source] && _names[identifier.Source] != name)
                anomalies |= J1939Anomaly.AddressContention;
            for (var other = 0; other < _names.Length; other++)
            {
                if (!_named[other] || _names[other] != name || other == identifier.Source) continue;
                anomalies |= J1939Anomaly.AddressChanged;
                _named[other] = false;
            }

            _named[identifier.Source] = true;
            _names[identifier.Source] = name;
        }

        Write(
            identifier, J1939Act.AddressClaim, Operation.Identify, Outcome.Succeeded, J1939Groups.AddressClaimed,
            payload, sighting, sighting, anomalies);
    }

    // ---- Writing ----------------------------------------------------------------------------------------------------

    /// <summary>Values are sent, to everybody or as the answer to one; few groups tell another node to do something.</summary>
    private static Operation OperationOf(int group) =>
        group is J1939Groups.Dm3 or J1939Groups.Dm11 or J1939Groups.CommandedAddress ? Operation.Control : Operation.Broadcast;

    /// <summary>The group that the last three bytes of a control frame name.</summary>
    private static int Group(ReadOnlySpan<byte> payload) => Wide(payload[5..]);

    private static int Wide(ReadOnlySpan<byte> bytes) => (bytes[0] | bytes[1] << 8 | bytes[2] << 16) & 0x3FFFF;

    private void Write(
        in J1939Identifier identifier,
        J1939Act act,
        Operation operation,
        Outcome outcome,
        int group,
        ReadOnlySpan<byte> data,
        Sighting begun,
        Sighting completed,
        J1939Anomaly anomalies = J1939Anomaly.None,
        int reason = -1)
    {
        if (!IsJ1939) return;
        var connection = ConnectionOf(identifier, begun);
        if (connection is null) return;
        var conversation = connection.Conversation;
        if (conversation != _nodes[identifier.Source])
        {
            conversation.LastSeen = completed.Time;
            conversation.Frames.Add(completed.Frame);
            conversation.FromClient.Frames++;
        }

        output.Reserve(data.Length);
        output.Add(new Observation
        {
            Time = begun.Time,
            Connection = connection,
            Protocol = protocol,
            Operation = operation,
            Outcome = outcome,
            Code = (short)act,
            SubCode = -1,
            Unit = -1,
            Reason = reason,
            Transaction = identifier.Priority,
            Target = group < 0 ? Target.None : new Target(TargetSpace.ParameterGroups, (uint)group, 1),
            LatencyNanoseconds =
                begun.Frame == completed.Frame ? -1 : completed.Time.UnixNanoseconds - begun.Time.UnixNanoseconds,
            Anomalies = (ulong)anomalies,
            RequestData = output.Store(data),
            RequestFrame = completed.Frame,
        });
    }

    private Connection? ConnectionOf(in J1939Identifier identifier, Sighting sighting)
    {
        var key = identifier.Source << 8 | identifier.Destination;
        if (_connections.TryGetValue(key, out var connection)) return connection;
        if (_connections.Count >= options.MaximumIdentifiers)
        {
            counters.Drop("J1939 conversation beyond the limit");
            return null;
        }

        connection = connections.Open(
            NetworkAddress.FromCanNode(connections.Channel, identifier.Source),
            NetworkAddress.FromCanNode(connections.Channel, identifier.Destination),
            J1939Protocol.ProtocolName,
            sighting);
        _connections.Add(key, connection);
        return connection;
    }
}
