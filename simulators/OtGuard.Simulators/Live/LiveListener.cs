using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace OtGuard.Simulators.Live;

/// <summary>What a server of the site has met so far.</summary>
/// <param name="Server">Who.</param>
/// <param name="EndPoint">Where it listens.</param>
/// <param name="Connections">Connections taken.</param>
/// <param name="Refused">Connections closed at once: too many, or it takes none at the moment.</param>
/// <param name="BytesReceived">Bytes that came.</param>
/// <param name="BytesSent">Bytes it answered with.</param>
public sealed record LiveServerCounts(
    ILiveServer Server, IPEndPoint EndPoint, long Connections, long Refused, long BytesReceived, long BytesSent);

/// <summary>A server of the site on a listening socket.</summary>
internal sealed class LiveListener : IDisposable
{
    /// <summary>Connections that a device holds at a time, as many as a large one does.</summary>
    private const int MaximumConnections = 64;

    private const int ReceiveBytes = 4096;

    private readonly ILiveServer _server;
    private readonly LiveWorld _world;
    private readonly Socket _listener;
    private readonly ConcurrentDictionary<EndPoint, Connection> _connections = new();
    private readonly ConcurrentDictionary<EndPoint, bool> _left = new();
    private long _taken;
    private long _refused;
    private long _received;
    private long _sent;

    /// <summary>Listens.</summary>
    /// <exception cref="LiveException">The address or port is not to be had.</exception>
    public LiveListener(ILiveServer server, IPEndPoint endPoint, LiveWorld world)
    {
        _server = server;
        _world = world;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(endPoint);
            _listener.Listen(MaximumConnections);
        }
        catch (SocketException fault)
        {
            _listener.Dispose();
            throw new LiveException($"{server.Name} cannot listen at {endPoint}: {LiveException.Why(fault)}.", fault);
        }

        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
    }

    public IPEndPoint EndPoint { get; }

    public LiveServerCounts Counts => new(
        _server, EndPoint, Interlocked.Read(ref _taken), Interlocked.Read(ref _refused), Interlocked.Read(ref _received),
        Interlocked.Read(ref _sent) + _connections.Values.Sum(connection => connection.Sent));

    /// <summary>Takes connections until cancelled; ends when all are closed.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        List<Task> serving = [];
        while (!stop.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(stop);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (SocketException)
            {
                // Who had knocked has gone again.
                continue;
            }

            serving.RemoveAll(task => task.IsCompleted);
            if (serving.Count >= MaximumConnections)
            {
                Interlocked.Increment(ref _refused);
                socket.Dispose();
                continue;
            }

            serving.Add(ServeAsync(new Connection(socket), stop));
        }

        await Task.WhenAll(serving);
    }

    /// <summary>
    /// Leaves a connection that is about to come to its client, which speaks for both sides: what arrives is not answered.
    /// </summary>
    public void Leave(EndPoint client) => _left[client] = true;

    /// <summary>The server's side of a client's connection, or null.</summary>
    public Connection? Find(EndPoint client) => _connections.GetValueOrDefault(client);

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(Connection connection, CancellationToken stop)
    {
        var isLeft = _left.TryRemove(connection.Client, out _);
        var responder = isLeft ? null : _world.Do(() => _server.Accept(connection.Queue));
        if (!isLeft && responder is null)
        {
            Interlocked.Increment(ref _refused);
            connection.Dispose();
            return;
        }

        Interlocked.Increment(ref _taken);
        _connections[connection.Client] = connection;
        var buffer = new byte[ReceiveBytes];
        try
        {
            while (true)
            {
                var length = await connection.Socket.ReceiveAsync(buffer, stop);
                if (length == 0) break;
                Interlocked.Add(ref _received, length);
                if (responder is null) continue;
                var goesOn = _world.Do(() => connection.Take(responder, buffer.AsSpan(0, length)));
                await _world.Clock.WaitAsync(_world.Clock.TrueSpan(_server.Latency), stop);
                await connection.FlushAsync(stop);
                if (!goesOn) break;
            }
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has gone, an attack closed the connection, or the run ends.
        }
        finally
        {
            _connections.TryRemove(connection.Client, out _);
            connection.Dispose();
            Interlocked.Add(ref _sent, connection.Sent);
            if (responder is not null)
            {
                _world.Do(() =>
                {
                    responder.Closed();
                    return true;
                });
            }
        }
    }

    /// <summary>A connection as the server holds it.</summary>
    internal sealed class Connection : IDisposable
    {
        // A client that does not take what it is told for so many messages is given up.
        private const int LongestQueue = 1024;

        private readonly SemaphoreSlim _sending = new(1);
        private readonly ConcurrentQueue<byte[]> _told = new();
        private long _sent;
        private bool _isTaking;

        public Connection(Socket socket)
        {
            Socket = socket;
            Client = socket.RemoteEndPoint!;
            socket.NoDelay = true;
        }

        public Socket Socket { get; }

        public EndPoint Client { get; }

        /// <summary>Bytes sent so far.</summary>
        public long Sent => Interlocked.Read(ref _sent);

        /// <summary>Hands over what arrived; called with the right to touch the site, as is <see cref="Queue"/>.</summary>
        public bool Take(ILiveResponder responder, ReadOnlySpan<byte> bytes)
        {
            _isTaking = true;
            try
            {
                return responder.Receive(bytes);
            }
            finally
            {
                _isTaking = false;
            }
        }

        /// <summary>Takes what the server tells. An answer waits until it was thought about, news leave at once.</summary>
        public void Queue(ReadOnlySpan<byte> bytes)
        {
            if (_told.Count >= LongestQueue)
            {
                Close(abort: true);
                return;
            }

            _told.Enqueue(bytes.ToArray());
            if (!_isTaking) _ = TellAsync();
        }

        /// <summary>Sends what was told so far.</summary>
        public async Task FlushAsync(CancellationToken stop)
        {
            if (_told.IsEmpty) return;
            await _sending.WaitAsync(stop);
            try
            {
                while (_told.TryDequeue(out var bytes)) await SendAllAsync(bytes, stop);
            }
            finally
            {
                _sending.Release();
            }
        }

        /// <summary>Sends; what an attack adds does not come between the bytes of an answer.</summary>
        public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
        {
            await _sending.WaitAsync(stop);
            try
            {
                await SendAllAsync(bytes, stop);
            }
            finally
            {
                _sending.Release();
            }
        }

        /// <summary>Closes in order, or aborts.</summary>
        public void Close(bool abort)
        {
            try
            {
                if (abort) Socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
            {
                // Gone already.
            }

            Socket.Dispose();
        }

        public void Dispose() => Socket.Dispose();

        private async Task TellAsync()
        {
            try
            {
                await FlushAsync(CancellationToken.None);
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
            {
                // Whoever was to be told has gone; the connection's own task notices and ends.
            }
        }

        private async Task SendAllAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
        {
            while (!bytes.IsEmpty)
            {
                var sent = await Socket.SendAsync(bytes, stop);
                Interlocked.Add(ref _sent, sent);
                bytes = bytes[sent..];
            }
        }
    }
}
