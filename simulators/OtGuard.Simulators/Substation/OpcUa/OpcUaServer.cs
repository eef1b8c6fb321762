using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation.OpcUa;

/// <summary>
/// An OPC UA server: sessions and subscriptions over an address space. Bytes of a connection in, bytes out, apart from
/// what carries them: a simulated connection or a real one. Not thread-safe.
/// </summary>
/// <remarks>
/// OPC UA Part 4 v1.05, security None and Basic256Sha256 with Sign. Any certificate is accepted, and anybody may log in
/// anonymously; the users have passwords. Everything it keeps is bounded; what exceeds a bound is refused with the
/// StatusCode the standard has for it.
/// </remarks>
public sealed class OpcUaServer
{
    /// <summary>The most chunks of a message taken.</summary>
    public const int MaximumChunks = 16;

    /// <summary>The longest chunk sent and taken.</summary>
    public const int MaximumChunkBytes = 65_535;

    /// <summary>The longest message taken.</summary>
    public const int MaximumMessageBytes = MaximumChunks * MaximumChunkBytes;

    /// <summary>Connections at a time.</summary>
    public const int MaximumConnections = 1000;

    /// <summary>Sessions at a time.</summary>
    public const int MaximumSessions = 100;

    /// <summary>Subscriptions at a time.</summary>
    public const int MaximumSubscriptions = 200;

    /// <summary>Monitored items of a subscription.</summary>
    public const int MaximumItems = 10_000;

    /// <summary>Operations of one request.</summary>
    public const int MaximumOperations = 1000;

    /// <summary>Publish requests of a session that wait.</summary>
    public const int MaximumWaiting = 10;

    // A timer in software deviates from its grid by one part in a hundred at most, like those of the pollers.
    private const double TimerJitter = 0.01;

    private readonly Random _random;
    private readonly List<OpcUaServerConnection> _connections = [];
    private readonly Dictionary<OpcUaNodeId, OpcUaSession> _sessions = [];
    private readonly Dictionary<uint, OpcUaSubscription> _subscriptions = [];
    private readonly OpcUaWriter _body = new();
    private uint _lastChannel;
    private uint _lastSession;
    private uint _lastSubscription;

    /// <summary>Creates a server.</summary>
    /// <param name="space">Its nodes.</param>
    /// <param name="identity">Its certificate and key.</param>
    /// <param name="url">Its endpoint: <c>opc.tcp://10.20.0.30:4840</c>.</param>
    /// <param name="users">Names and passwords.</param>
    /// <param name="clock">Nanoseconds since 1970.</param>
    /// <param name="random">Gives nonces and numbers.</param>
    internal OpcUaServer(
        OpcUaAddressSpace space, OpcUaIdentity identity, string url, IReadOnlyList<OpcUaUser> users, Func<long> clock,
        Random random)
    {
        (Space, Identity, Url, Users, Clock, _random) = (space, identity, url, users, clock, random);
        _lastChannel = (uint)random.Next(1000, 100_000);
        _lastSession = (uint)random.Next(1000, 100_000);
        Services = new OpcUaServices(this);
    }

    /// <summary>Its nodes.</summary>
    internal OpcUaAddressSpace Space { get; }

    /// <summary>Its certificate and key.</summary>
    internal OpcUaIdentity Identity { get; }

    /// <summary>Its endpoint.</summary>
    public string Url { get; internal set; }

    /// <summary>Who may log in besides anybody.</summary>
    internal IReadOnlyList<OpcUaUser> Users { get; }

    /// <summary>When a subscription publishes next; <see cref="long.MaxValue"/> where there is none.</summary>
    public long NextDue
    {
        get
        {
            var next = long.MaxValue;
            foreach (var subscription in _subscriptions.Values) next = Math.Min(next, subscription.Due);
            return next;
        }
    }

    /// <summary>The subscriptions there are.</summary>
    public IReadOnlyCollection<uint> Subscriptions => _subscriptions.Keys;

    /// <summary>True where somebody holds a notification back that is due; null where nobody does.</summary>
    internal Func<bool>? HoldsBack { get; set; }

    internal Func<long> Clock { get; }

    internal OpcUaServices Services { get; }

    internal long Now => Clock();

    internal bool HasTooManyConnections => _connections.Count > MaximumConnections;

    /// <summary>Takes a connection that a client opened.</summary>
    /// <param name="send">Takes what the server sends; the bytes are valid during the call.</param>
    public OpcUaServerConnection Accept(OpcUaSend send)
    {
        var connection = new OpcUaServerConnection(this, new OpcUaChannel(Identity, _random), send);
        _connections.Add(connection);
        return connection;
    }

    /// <summary>
    /// Publishes what is due, and forgets sessions that were not used for as long as they wanted to be kept.
    /// </summary>
    public void Advance()
    {
        var now = Now;
        foreach (var session in _sessions.Values.Where(IsForgotten).ToList()) End(session);
        foreach (var subscription in _subscriptions.Values.ToList())
        {
            if (subscription.Due > now) continue;
            // Intervals that nobody waited through are left out.
            subscription.Intervals = Math.Max(
                subscription.Intervals + 1, (now - subscription.Begin) / subscription.IntervalNanoseconds);
            var grid = subscription.Begin + (subscription.Intervals + 1) * subscription.IntervalNanoseconds;
            subscription.Due = grid
                + (long)(subscription.IntervalNanoseconds * TimerJitter * (2 * _random.NextDouble() - 1));
            Publish(subscription);
        }
    }

    /// <summary>Loses all that is not stored: connections, sessions, subscriptions. Nothing is sent.</summary>
    public void Restart()
    {
        foreach (var connection in _connections.ToList()) connection.Close();
        _sessions.Clear();
        _subscriptions.Clear();
    }

    private bool IsForgotten(OpcUaSession session) =>
        session.Connection.IsClosed && Now - session.LastUsed > session.TimeoutNanoseconds;

    internal uint NextChannel() => ++_lastChannel;

    internal byte[] NewNonce()
    {
        var nonce = new byte[32];
        _random.NextBytes(nonce);
        return nonce;
    }

    internal void Forget(OpcUaServerConnection connection) => _connections.Remove(connection);

    internal OpcUaSession? NewSession(OpcUaServerConnection connection, double timeoutMilliseconds)
    {
        if (_sessions.Count == MaximumSessions) return null;
        _lastSession++;
        var session = new OpcUaSession(
            new OpcUaNodeId(1, _lastSession), new OpcUaNodeId(1, (uint)_random.NextInt64(1, uint.MaxValue)), connection)
        {
            TimeoutNanoseconds = (long)(Math.Clamp(timeoutMilliseconds, 10_000, 7 * 86_400_000) * 1e6),
            LastUsed = Now,
        };
        _sessions[session.Token] = session;
        return session;
    }

    internal OpcUaSession? FindSession(OpcUaNodeId token) => _sessions.GetValueOrDefault(token);

    /// <summary>Ends a session: its subscriptions are deleted, and Publish requests that wait are answered.</summary>
    internal void End(OpcUaSession session)
    {
        foreach (var owned in _subscriptions.Values.Where(subscription => subscription.Owner == session).ToList())
            _subscriptions.Remove(owned.Id);
        Release(session, OpcUaStatus.BadSessionClosed);
        _sessions.Remove(session.Token);
    }

    internal OpcUaSubscription? NewSubscription(OpcUaSession owner, double intervalMilliseconds, uint keepAliveCount)
    {
        if (_subscriptions.Count == MaximumSubscriptions) return null;
        var interval = (long)(Math.Clamp(intervalMilliseconds, 100, 86_400_000) * 1e6);
        var subscription = new OpcUaSubscription(
            ++_lastSubscription, owner, interval, Math.Clamp(keepAliveCount, 1, 1000), Now);
        _subscriptions.Add(subscription.Id, subscription);
        return subscription;
    }

    internal OpcUaSubscription? FindSubscription(uint id) => _subscriptions.GetValueOrDefault(id);

    internal bool HasSubscription(OpcUaSession session)
    {
        foreach (var subscription in _subscriptions.Values)
            if (subscription.Owner == session) return true;
        return false;
    }

    /// <summary>
    /// Deletes a subscription, whoever asks: nothing in this server ties it to its session, as in servers of a weak
    /// kind.
    /// </summary>
    internal bool Delete(uint id)
    {
        if (!_subscriptions.Remove(id, out var subscription)) return false;
        if (!HasSubscription(subscription.Owner)) Release(subscription.Owner, OpcUaStatus.BadNoSubscription);
        return true;
    }

    private static void Release(OpcUaSession session, uint status)
    {
        while (session.Waiting.TryDequeue(out var request))
        {
            session.Acknowledged.Dequeue();
            session.Connection.Answer(request.RequestId, writer => writer.Response(
                OpcUaMessageType.ServiceFault, request.Handle, session.Connection.Now, status));
        }
    }

    // Part 4 v1.05 §5.14.1.2: values that changed; else, at times, that it is alive.
    private void Publish(OpcUaSubscription subscription)
    {
        var session = subscription.Owner;
        // Without a request there is nothing to answer: it is told with the next one.
        if (session.Waiting.Count == 0 || session.Connection.IsClosed || HoldsBack?.Invoke() == true) return;
        var now = Now;
        var sourceTime = now / 1_000_000_000 * 1_000_000_000;
        _body.Clear();
        var at = _body.BeginExtension(OpcUaMessageType.DataChangeNotification);
        _body.Int32(0);
        var changed = 0;
        Falsification? told = null;
        foreach (var item in subscription.Items)
        {
            Space.Told = null;
            var value = Space.ValueOf(item.Node);
            if (item.IsTold && value == item.Last) continue;
            told ??= Space.Told;
            (item.Last, item.IsTold) = (value, true);
            _body.UInt32(item.Handle).DataValue(value, OpcUaStatus.Good, sourceTime);
            changed++;
        }

        Space.Told = told;
        if (changed == 0 && subscription.HasSpoken && ++subscription.Silent < subscription.KeepAliveCount) return;
        subscription.Silent = 0;
        subscription.HasSpoken = true;
        _body.Patch(at, (uint)changed);
        _body.Int32(-1).EndExtension(at);
        var (requestId, handle) = session.Waiting.Dequeue();
        var acknowledged = session.Acknowledged.Dequeue();
        session.Connection.Answer(requestId, writer =>
        {
            writer.Response(OpcUaMessageType.PublishRequest + OpcUaMessageType.ToResponse, handle, now)
                .UInt32(subscription.Id);
            if (changed > 0) writer.Int32(1).UInt32(subscription.Sequence);
            else writer.Int32(-1);
            writer.Boolean(false).UInt32(subscription.Sequence).Time(now).Int32(changed > 0 ? 1 : -1);
            if (changed > 0) writer.Raw(_body.Written);
            writer.Int32(acknowledged.Length == 0 ? -1 : acknowledged.Length);
            foreach (var status in acknowledged) writer.UInt32(status);
            writer.Int32(-1);
        });
        if (changed > 0) subscription.Sequence++;
    }
}

/// <summary>Takes bytes that are sent, valid during the call.</summary>
public delegate void OpcUaSend(ReadOnlySpan<byte> bytes);
