using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation.OpcUa;

/// <summary>
/// A client's connection to the server: what it asks goes over TCP into the capture, and so does what the server
/// answers by itself.
/// </summary>
internal sealed class OpcUaLink
{
    // A stack acknowledges what its application leaves unanswered after so long.
    private static readonly TimeSpan DelayedAcknowledgement = TimeSpan.FromMilliseconds(40);

    private readonly Site _site;
    private readonly Random _random;
    private readonly Queue<(byte[] Bytes, TruthRecord? Truth)> _answers = new();
    private bool _isAsking;
    private bool _isDeliveryPlanned;

    public OpcUaLink(Site site, EthernetHost host, OpcUaIdentity? own, string applicationUri, Random random)
    {
        (_site, _random) = (site, random);
        Client = new OpcUaClient(own, applicationUri, random, () => site.Capture.Now);
        Session = new TcpSession(
            site.Capture, host, site.NextPort(host), site.OpcUa.Host, OpcUaTransport.Port)
        {
            // Channels, tokens and nonces belong to both sides: they are played together, whoever carries the bytes.
            SpeaksForServer = true,
        };
        Connection = site.OpcUa.Server.Accept(Queue);
    }

    /// <summary>The client's side of the protocol.</summary>
    public OpcUaClient Client { get; }

    /// <summary>The connection.</summary>
    public TcpSession Session { get; }

    /// <summary>The server's side of it.</summary>
    public OpcUaServerConnection Connection { get; }

    /// <summary>True while both sides hold it.</summary>
    public bool IsOpen => Session.IsOpen && !Connection.IsClosed;

    /// <summary>Called after the client was told something it did not just ask for.</summary>
    public Action? Told { get; set; }

    /// <summary>Connects, says hello and opens the secure channel.</summary>
    public OpcUaLink Open(OpcUaSecurity security, uint lifetimeMilliseconds)
    {
        if (OpenConnection()) OpenChannel(security, lifetimeMilliseconds);
        return this;
    }

    /// <summary>Connects and says hello; false where the server takes no connection.</summary>
    public bool OpenConnection()
    {
        if (_site.OpcUa.IsDown)
        {
            Connection.Close();
            Session.OpenRefused();
            return false;
        }

        Session.Open();
        Ask(Client.Hello(_site.OpcUa.Server.Url));
        return IsOpen;
    }

    /// <summary>Opens the secure channel, or renews its token.</summary>
    public void OpenChannel(OpcUaSecurity security, uint lifetimeMilliseconds) => Ask(Client.Open(
        security, security == OpcUaSecurity.None ? [] : _site.OpcUa.Server.Identity.Certificate, lifetimeMilliseconds));

    /// <summary>Creates a session and logs in; returns the StatusCode.</summary>
    public uint LogIn(string sessionName, OpcUaUser? user, double timeoutMilliseconds)
    {
        var created = Ask(Client.CreateSession(_site.OpcUa.Server.Url, sessionName, timeoutMilliseconds));
        return created == OpcUaStatus.Good
            ? Ask(Client.ActivateSession(user, _site.OpcUa.Server.Identity.Certificate))
            : created;
    }

    /// <summary>Asks and takes what the server answers at once; returns the StatusCode of the last answer.</summary>
    public uint Ask(ReadOnlySpan<byte> message)
    {
        if (!IsOpen) return OpcUaStatus.BadSecureChannelIdInvalid;
        if (Send(message)) return Client.Result;
        _site.Capture.Wait(DelayedAcknowledgement);
        Session.Acknowledge(Side.Server);
        return OpcUaStatus.Good;
    }

    /// <summary>Sends without waiting to be acknowledged; true where something answered.</summary>
    public bool Send(ReadOnlySpan<byte> message)
    {
        if (!IsOpen) return false;
        Session.Request(message);
        // What was to be told before is on its way and comes first.
        _isAsking = true;
        Connection.Receive(message);
        _isAsking = false;
        if (_answers.Count == 0) return false;
        while (_answers.TryDequeue(out var answer))
        {
            Session.ServerLatency = TimeSpan.FromMilliseconds(1 + 2 * _random.NextDouble());
            Session.AcknowledgeResponses = _answers.Count == 0 && !Connection.IsClosed;
            using (_site.Capture.Mark(answer.Truth ?? _site.Capture.Truth)) Session.Response(answer.Bytes);
            Client.Receive(answer.Bytes);
        }

        // After an Error message the server closes.
        if (Connection.IsClosed) Session.Close(Side.Server);
        return true;
    }

    /// <summary>Ends the session, the channel and the connection, in order.</summary>
    public void Close(bool hasSession = true)
    {
        if (!IsOpen) return;
        if (hasSession) Ask(Client.CloseSession());
        Session.Send(Side.Client, Client.CloseChannel());
        Connection.Close();
        _site.Capture.Wait(TimeSpan.FromMicroseconds(200));
        Session.Close();
    }

    /// <summary>The client's process ended: its stack aborts the connection.</summary>
    public void Abort()
    {
        if (!IsOpen) return;
        Connection.Close();
        Session.Reset(Side.Client);
    }

    /// <summary>The server ends the connection without a word.</summary>
    public void CloseByServer()
    {
        if (!IsOpen) return;
        Connection.Close();
        Session.Close(Side.Server);
    }

    private void Queue(ReadOnlySpan<byte> bytes)
    {
        var space = _site.OpcUa.Server.Space;
        _answers.Enqueue((bytes.ToArray(), space.Told?.Truth));
        space.Told = null;
        if (_isAsking || _isDeliveryPlanned) return;
        _isDeliveryPlanned = true;
        _site.At(_site.Capture.Now + 300_000, Deliver, null);
    }

    private void Deliver()
    {
        _isDeliveryPlanned = false;
        while (_answers.TryDequeue(out var answer) && Session.IsOpen)
        {
            using (_site.Capture.Mark(answer.Truth ?? _site.Capture.Truth)) Session.Send(Side.Server, answer.Bytes);
            _site.Capture.Wait(TimeSpan.FromMicroseconds(300 + _random.Next(200)));
            Client.Receive(answer.Bytes);
            Told?.Invoke();
        }
    }
}
