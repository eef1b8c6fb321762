using System.Buffers;
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
            // Connections of the run before may still be dying.
            _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
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
        Interlocked.Read(ref _sent));

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
            if (serving.Count >= MaximumConnections || _world.Do(_server.Accept) is not { } responder)
            {
                Interlocked.Increment(ref _refused);
                socket.Dispose();
                continue;
            }

            Interlocked.Increment(ref _taken);
            serving.Add(ServeAsync(new Connection(socket), responder, stop));
        }

        await Task.WhenAll(serving);
    }

    /// <summary>The server's side of a client's connection, or null.</summary>
    public Connection? Find(EndPoint client) => _connections.GetValueOrDefault(client);

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(Connection connection, ILiveResponder responder, CancellationToken stop)
    {
        _connections[connection.Client] = connection;
        var buffer = new byte[ReceiveBytes];
        var answer = new ArrayBufferWriter<byte>(ReceiveBytes);
        try
        {
            while (true)
            {
                var length = await connection.Socket.ReceiveAsync(buffer, stop);
                if (length == 0) break;
                Interlocked.Add(ref _received, length);
                answer.ResetWrittenCount();
                var goesOn = _world.Do(() => responder.Receive(buffer.AsSpan(0, length), answer));
                if (answer.WrittenCount > 0)
                {
                    await _world.Clock.WaitAsync(_world.Clock.TrueSpan(_server.Latency), stop);
                    await connection.SendAsync(answer.WrittenMemory, stop);
                    Interlocked.Add(ref _sent, answer.WrittenCount);
                }

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
        }
    }

    /// <summary>A connection as the server holds it.</summary>
    internal sealed class Connection : IDisposable
    {
        private readonly SemaphoreSlim _sending = new(1);

        public Connection(Socket socket)
        {
            Socket = socket;
            Client = socket.RemoteEndPoint!;
            socket.NoDelay = true;
        }

        public Socket Socket { get; }

        public EndPoint Client { get; }

        /// <summary>Sends; what an attack adds does not come between the bytes of an answer.</summary>
        public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
        {
            await _sending.WaitAsync(stop);
            try
            {
                while (!bytes.IsEmpty) bytes = bytes[await Socket.SendAsync(bytes, stop)..];
            }
            finally
            {
                _sending.Release();
            }
        }

        /// <summary>Closes in order, or aborts.</summary>
        public void Close(bool abort)
        {
            if (abort) Socket.LingerState = new LingerOption(enable: true, seconds: 0);
            Socket.Dispose();
        }

        public void Dispose() => Socket.Dispose();
    }
}
