namespace OtGuard.Simulators.Wire;

/// <summary>
/// One TCP connection as both stacks would speak it: handshake with options, sequence and acknowledgement numbers,
/// acknowledgements, tear-down; and everything that goes wrong with one: loss, retransmission, reordering, overlap,
/// aborts. Each call adds its frames at the capture's present time (never before the session's own last frame) and
/// leaves the clock where the last one was sent.
/// </summary>
/// <remarks>RFC 9293. The capture point lies next to the server: frames of the client arrive as they are seen.</remarks>
public sealed class TcpSession : IMessageChannel
{
    // What Linux and most others announce: MSS 1460, SACK permitted, window scale 7.
    private static readonly byte[] SynOptions = [2, 4, 0x05, 0xB4, 1, 1, 4, 2, 1, 3, 3, 7];

    private readonly Peer _client;
    private readonly Peer _server;
    private long _last = long.MinValue;

    /// <summary>Creates a session; nothing is sent before <see cref="Open"/>.</summary>
    public TcpSession(
        CaptureBuilder capture, EthernetHost client, ushort clientPort, EthernetHost server, ushort serverPort)
    {
        ArgumentNullException.ThrowIfNull(capture);
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(server);
        Capture = capture;
        // Initial sequence numbers differ by connection and are the same in every run.
        var seed = (uint)(client.Address[^1] * 2654435761U) ^ (uint)(server.Address[^1] << 16) ^ clientPort * 40503U;
        _client = new Peer(client, clientPort, seed + 0x1A2B_3C4D);
        _server = new Peer(server, serverPort, seed * 3 + 0x0BAD_CAFE);
    }

    /// <inheritdoc/>
    public CaptureBuilder Capture { get; }

    /// <summary>The side that opens.</summary>
    public EthernetHost Client => _client.Host;

    /// <summary>The side that listens.</summary>
    public EthernetHost Server => _server.Host;

    /// <summary>The client's port.</summary>
    public ushort ClientPort => _client.Port;

    /// <summary>The server's port.</summary>
    public ushort ServerPort => _server.Port;

    /// <summary>From a frame to the other stack's immediate reaction; 150 µs is a switched network.</summary>
    public TimeSpan Turnaround { get; set; } = TimeSpan.FromMicroseconds(150);

    /// <inheritdoc/>
    public TimeSpan ServerLatency { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Longest payload of one segment.</summary>
    public int MaximumSegmentBytes { get; set; } = 1460;

    /// <summary>
    /// True (the default) to acknowledge each response with a segment of its own; false leaves it to the next request.
    /// </summary>
    public bool AcknowledgeResponses { get; set; } = true;

    /// <summary>Which frames reach the capture.</summary>
    public Visible Visible { get; set; } = Visible.Both;

    /// <summary>What differs in the packets of both sides (VLAN tags, time to live).</summary>
    public PacketOptions Options { get; set; } = PacketOptions.Default;

    /// <summary>The next sequence number of the client.</summary>
    public uint ClientSequence { get => _client.Next; set => _client.Next = value; }

    /// <summary>The next sequence number of the server.</summary>
    public uint ServerSequence { get => _server.Next; set => _server.Next = value; }

    /// <summary>True where the client connects again by itself when a real connection broke.</summary>
    internal bool IsLasting { get; init; }

    /// <summary>
    /// True where what the server says is told here as well when the site is played live: its connection is a real one, and
    /// the server itself leaves it alone.
    /// </summary>
    internal bool SpeaksForServer { get; init; }

    /// <summary>True between <see cref="Open"/> and the end.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>The handshake: SYN, SYN-ACK, ACK.</summary>
    public TcpSession Open()
    {
        if (Capture.Player is { } player)
        {
            player.Open(this);
            IsOpen = true;
            return this;
        }

        Emit(Side.Client, TcpControl.Syn, _client.Next, 0, [], SynOptions);
        _client.Next++;
        React();
        Emit(Side.Server, TcpControl.Syn | TcpControl.Ack, _server.Next, _client.Next, [], SynOptions);
        _server.Next++;
        React();
        Acknowledge(Side.Client);
        IsOpen = true;
        return this;
    }

    /// <summary>Takes the session for open without showing its handshake: the capture joins midway.</summary>
    public TcpSession JoinMidway()
    {
        _client.Next++;
        _server.Next++;
        IsOpen = true;
        return this;
    }

    /// <summary>A SYN that is answered with RST: nobody listens.</summary>
    public void OpenRefused()
    {
        Capture.Player?.Attempt(this);
        Emit(Side.Client, TcpControl.Syn, _client.Next, 0, [], SynOptions);
        _client.Next++;
        React();
        Emit(Side.Server, TcpControl.Rst | TcpControl.Ack, 0, _client.Next, [], default);
    }

    /// <summary>A SYN that nobody answers, sent again after 1 s, 2 s, 4 s … so many times.</summary>
    public void OpenUnanswered(int retransmissions = 0)
    {
        Capture.Player?.Attempt(this);
        for (var i = 0; i <= retransmissions; i++)
        {
            if (i > 0) Capture.Wait(TimeSpan.FromSeconds(1 << (i - 1)));
            Emit(Side.Client, TcpControl.Syn, _client.Next, 0, [], SynOptions);
        }
    }

    /// <summary>A handshake that the client breaks off with RST once the port has answered: a SYN scan.</summary>
    public void OpenHalf()
    {
        Capture.Player?.Attempt(this);
        Emit(Side.Client, TcpControl.Syn, _client.Next, 0, [], SynOptions);
        _client.Next++;
        React();
        Emit(Side.Server, TcpControl.Syn | TcpControl.Ack, _server.Next, _client.Next, [], SynOptions);
        React();
        Emit(Side.Client, TcpControl.Rst, _client.Next, 0, [], default);
    }

    /// <inheritdoc/>
    public void Request(ReadOnlySpan<byte> message)
    {
        Send(Side.Client, message);
        React();
    }

    /// <inheritdoc/>
    public void Response(ReadOnlySpan<byte> message)
    {
        Capture.Wait(ServerLatency);
        // A real server answers for itself.
        if (Capture.Player is not null && !SpeaksForServer) return;
        Send(Side.Server, message);
        if (!AcknowledgeResponses) return;
        React();
        Acknowledge(Side.Client);
    }

    /// <inheritdoc/>
    public void Send(Side from, ReadOnlySpan<byte> message)
    {
        while (message.Length > MaximumSegmentBytes)
        {
            Data(from, message[..MaximumSegmentBytes], push: false);
            message = message[MaximumSegmentBytes..];
            Capture.Wait(TimeSpan.FromMicroseconds(10));
        }

        Data(from, message, push: true);
    }

    /// <summary>Sends a message in segments of the sizes given; what is left over goes into a last one.</summary>
    public void SendInSegments(Side from, ReadOnlySpan<byte> message, params ReadOnlySpan<int> sizes)
    {
        foreach (var size in sizes)
        {
            if (message.IsEmpty) return;
            var length = Math.Min(size, message.Length);
            Data(from, message[..length], push: length == message.Length);
            message = message[length..];
            Capture.Wait(TimeSpan.FromMicroseconds(10));
        }

        if (!message.IsEmpty) Data(from, message, push: true);
    }

    /// <summary>
    /// Sends a message in equal segments which arrive in the order given: <c>[2, 0, 1]</c> is the third one first.
    /// </summary>
    public void SendReordered(Side from, ReadOnlySpan<byte> message, int segmentBytes, params ReadOnlySpan<int> order)
    {
        var start = Of(from).Next;
        foreach (var index in order)
        {
            var offset = index * segmentBytes;
            if (offset >= message.Length) continue;
            var length = Math.Min(segmentBytes, message.Length - offset);
            Segment(from, start + (uint)offset, message.Slice(offset, length));
            Capture.Wait(TimeSpan.FromMicroseconds(10));
        }

        Of(from).Next = start + (uint)message.Length;
    }

    /// <summary>Sends a data segment at any sequence number; the session's own state does not change.</summary>
    public void Segment(Side from, uint sequence, ReadOnlySpan<byte> payload, TcpControl extra = TcpControl.Psh) =>
        Emit(from, TcpControl.Ack | extra, sequence, Other(from).Next, payload, default);

    /// <summary>Sends the last data segment of a side once more, with an IP identification of its own.</summary>
    public void Retransmit(Side from)
    {
        var peer = Of(from);
        Segment(from, peer.LastDataSequence, peer.LastData);
    }

    /// <summary>A pure acknowledgement of everything sent so far.</summary>
    public void Acknowledge(Side from) => Emit(from, TcpControl.Ack, Of(from).Next, Other(from).Next, [], default);

    /// <summary>A keep-alive probe of one side and the other's acknowledgement.</summary>
    public void KeepAlive(Side from)
    {
        Emit(from, TcpControl.Ack, Of(from).Next - 1, Other(from).Next, [], default);
        React();
        Acknowledge(from == Side.Client ? Side.Server : Side.Client);
    }

    /// <summary>Both sides close with FIN, one of them first.</summary>
    public void Close(Side first = Side.Client)
    {
        Capture.Player?.Close(this, first);
        var second = first == Side.Client ? Side.Server : Side.Client;
        Fin(first);
        React();
        Fin(second);
        React();
        Acknowledge(first);
        IsOpen = false;
    }

    /// <summary>One side aborts.</summary>
    public void Reset(Side by)
    {
        Capture.Player?.Reset(this, by);
        Emit(by, TcpControl.Rst | TcpControl.Ack, Of(by).Next, Other(by).Next, [], default);
        IsOpen = false;
    }

    /// <summary>The session ends without a frame: a host lost power.</summary>
    public void Vanish()
    {
        Capture.Player?.Reset(this, Side.Client);
        IsOpen = false;
    }

    private void Fin(Side from)
    {
        Emit(from, TcpControl.Fin | TcpControl.Ack, Of(from).Next, Other(from).Next, [], default);
        Of(from).Next++;
    }

    private void Data(Side from, ReadOnlySpan<byte> payload, bool push)
    {
        Capture.Player?.Send(this, from, payload);
        var peer = Of(from);
        Segment(from, peer.Next, payload, push ? TcpControl.Psh : TcpControl.None);
        peer.LastData = payload.ToArray();
        peer.LastDataSequence = peer.Next;
        peer.Next += (uint)payload.Length;
    }

    private void React() => Capture.Wait(Turnaround);

    private Peer Of(Side side) => side == Side.Client ? _client : _server;

    private Peer Other(Side side) => side == Side.Client ? _server : _client;

    private void Emit(
        Side from, TcpControl flags, uint sequence, uint acknowledgement, ReadOnlySpan<byte> payload, byte[]? options)
    {
        if (Capture.Now <= _last) Capture.Now = _last + 1000;
        _last = Capture.Now;
        var sender = Of(from);
        var receiver = Other(from);
        sender.Identification++;
        if ((Visible & (from == Side.Client ? Visible.FromClient : Visible.FromServer)) == 0) return;
        Capture.Add(Packet.Tcp(
            sender.Host, sender.Port, receiver.Host, receiver.Port, flags, sequence, acknowledgement, payload,
            Options with { Identification = sender.Identification, TcpOptions = options }));
    }

    private sealed class Peer(EthernetHost host, ushort port, uint initialSequence)
    {
        public EthernetHost Host { get; } = host;

        public ushort Port { get; } = port;

        public uint Next { get; set; } = initialSequence;

        public ushort Identification { get; set; } = (ushort)(initialSequence * 7);

        public byte[] LastData { get; set; } = [];

        public uint LastDataSequence { get; set; }
    }
}
