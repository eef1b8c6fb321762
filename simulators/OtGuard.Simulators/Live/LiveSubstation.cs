using System.Net;
using System.Net.Sockets;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Live;

/// <summary>The substation on real connections: its servers listen, and its clients do what its life has them do.</summary>
internal sealed class LiveSubstation : ISessionPlayer, IDisposable
{
    /// <summary>Clients at a time: twice what the largest attack opens beside the site's own.</summary>
    private const int MaximumClients = 2500;

    // What SCADA systems wait for a device by default.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly LiveAddresses _addresses;
    private readonly TimeProvider _time;
    private readonly LiveCounters _counters = new();
    private readonly List<LiveListener> _listeners = [];
    private readonly Dictionary<(EthernetHost Host, ushort Port), LiveListener> _served = [];
    private readonly Dictionary<TcpSession, LiveClient> _clients = [];
    private readonly PriorityQueue<(Action Act, TruthRecord? Truth), (long Time, long Order)> _due = new();
    private readonly List<Task> _running = [];
    private CancellationToken _stop;
    private long _order;

    /// <summary>Prepares the station; nothing is opened.</summary>
    public LiveSubstation(
        SubstationOptions options, IReadOnlyList<PlannedEvent> planned, Joint.ChargingStation? station, LiveAddresses addresses,
        TimeProvider time)
    {
        _addresses = addresses;
        _time = time;
        Simulation = new SubstationSimulation(options with { JoinMidway = false }, null, planned, station, this);
    }

    public SubstationSimulation Simulation { get; }

    /// <summary>When something is due next.</summary>
    public long NextAct =>
        Math.Min(Simulation.NextAct, _due.TryPeek(out _, out var key) ? key.Time : long.MaxValue);

    public IReadOnlyList<LiveServerCounts> Servers => _listeners.ConvertAll(listener => listener.Counts);

    public LiveClientCounts Clients => _counters.Counts;

    /// <summary>Opens every server.</summary>
    /// <exception cref="LiveException">An address or port is not to be had.</exception>
    public void Listen(LiveWorld world)
    {
        var site = Simulation.Site;
        EthernetHost[] clients =
            [site.ScadaA, site.ScadaB, site.Workstation, site.OpcUa.Historian, site.OpcUa.Display, site.Intruder];
        foreach (var client in clients) RequireAddress(client);
        foreach (var server in ServersOf(site))
        {
            var port = server.Port == Site.ModbusPort ? _addresses.ModbusPort : server.Port;
            if (!_addresses.IsNetwork) port += (ushort)_listeners.Count(listener => listener.Counts.Server.Port == server.Port);
            var listener = new LiveListener(server, new IPEndPoint(_addresses.Of(server.Host), port), world);
            server.ListensAt(listener.EndPoint);
            _listeners.Add(listener);
            _served.Add((server.Host, server.Port), listener);
        }
    }

    /// <summary>Begins to serve.</summary>
    public void Start(CancellationToken stop)
    {
        _stop = stop;
        foreach (var listener in _listeners) _running.Add(listener.RunAsync(stop));
    }

    /// <summary>Does all that is due before a moment. Called with the right to touch the site.</summary>
    public void RunUntil(long time)
    {
        Simulation.RunUntil(time);
        while (_due.TryPeek(out var next, out var key) && key.Time < time)
        {
            _due.Dequeue();
            if (next.Truth is { } truth) Simulation.Touch(truth, key.Time);
            next.Act();
        }

        _running.RemoveAll(task => task.IsCompletedSuccessfully);
    }

    /// <summary>Waits until everything has come to its end after a cancellation.</summary>
    public Task EndAsync() => Task.WhenAll(_running);

    /// <inheritdoc/>
    public void Open(TcpSession session) => Later(session, () => ClientOf(session)?.Open());

    /// <inheritdoc/>
    public void Attempt(TcpSession session) => Later(session, () =>
    {
        ClientOf(session)?.Attempt();
        _clients.Remove(session);
    });

    /// <inheritdoc/>
    public void Send(TcpSession session, Side from, ReadOnlySpan<byte> bytes)
    {
        var sent = bytes.ToArray();
        Later(session, () => ClientOf(session)?.Send(sent, fromServer: from == Side.Server));
    }

    /// <inheritdoc/>
    public void Ask(TcpSession session, ReadOnlySpan<byte> adu)
    {
        var sent = adu.ToArray();
        Later(session, () => ClientOf(session)?.Ask(sent));
    }

    /// <inheritdoc/>
    public void Close(TcpSession session, Side first) => Later(session, () =>
    {
        ClientOf(session)?.Close(byServer: first == Side.Server);
        _clients.Remove(session);
    });

    /// <inheritdoc/>
    public void Reset(TcpSession session, Side by) => Later(session, () =>
    {
        ClientOf(session)?.Reset(byServer: by == Side.Server);
        _clients.Remove(session);
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var listener in _listeners) listener.Dispose();
    }

    // Whatever else of the site is to be reached by real clients is added here.
    private static IReadOnlyList<ILiveServer> ServersOf(Site site) =>
        [.. site.Devices.Select(device => new ModbusLiveServer(device)), new OpcUaLiveServer(site.OpcUa)];

    private void Later(TcpSession session, Action act) =>
        _due.Enqueue((act, session.Capture.Truth), (session.Capture.Now, _order++));

    private LiveClient? ClientOf(TcpSession session)
    {
        if (_clients.TryGetValue(session, out var known)) return known;
        // Nothing is ever sent to an address at which the site itself does not serve: it might be somebody else's.
        if (!_listeners.Exists(listener => listener.Counts.Server.Host == session.Server) || _clients.Count >= MaximumClients)
        {
            _counters.LeftOut();
            return null;
        }

        var listener = _served.GetValueOrDefault((session.Server, session.ServerPort));
        var client = new LiveClient(
            _addresses.Of(session.Client), listener?.EndPoint ?? new IPEndPoint(_addresses.Of(session.Server), session.ServerPort),
            listener, session.IsLasting, session.SpeaksForServer, Patience, _counters, _time);
        _clients.Add(session, client);
        _running.Add(Task.Run(() => client.RunAsync(_stop), CancellationToken.None));
        return client;
    }

    private void RequireAddress(EthernetHost host)
    {
        var address = _addresses.Of(host);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, 0));
        }
        catch (SocketException fault)
        {
            throw new LiveException($"{host.Name} cannot speak from {address}: {LiveException.Why(fault)}.", fault);
        }
    }
}
