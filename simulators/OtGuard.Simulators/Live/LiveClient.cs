using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace OtGuard.Simulators.Live;

/// <summary>
/// The client's side of a session on a real connection: what it is to do stands in a queue and is done in order, a
/// request only when the one before was answered or given up.
/// </summary>
internal sealed class LiveClient
{
    private const int HeaderBytes = 6;

    // The largest flood sends a thousand requests at once.
    private const int QueueLength = 4096;

    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(3);

    private readonly IPAddress _from;
    private readonly LiveListener? _listener;
    private readonly IPEndPoint _to;
    private readonly LiveCounters _counters;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly bool _reconnects;
    private readonly bool _speaksForServer;
    private readonly Channel<Act> _acts;
    private readonly byte[] _buffer = new byte[512];
    private Socket? _socket;
    private int _filled;

    /// <summary>Creates a client; nothing is sent.</summary>
    /// <param name="from">Its own address.</param>
    /// <param name="to">Where the server is.</param>
    /// <param name="listener">The server itself, where it is one of the site's: attacks speak from its side as well.</param>
    /// <param name="reconnects">True for a lasting link, which is opened again when it broke.</param>
    /// <param name="speaksForServer">True where it tells what the server says as well.</param>
    /// <param name="patience">How long it waits for an answer.</param>
    /// <param name="counters">Where what happens is counted.</param>
    /// <param name="time">The true time.</param>
    public LiveClient(
        IPAddress from, IPEndPoint to, LiveListener? listener, bool reconnects, bool speaksForServer,
        TimeSpan patience, LiveCounters counters, TimeProvider time)
    {
        _from = from;
        _to = to;
        _listener = listener;
        _reconnects = reconnects;
        _speaksForServer = speaksForServer;
        _patience = patience;
        _counters = counters;
        _time = time;
        _acts = Channel.CreateBounded<Act>(new BoundedChannelOptions(QueueLength)
        {
            FullMode = BoundedChannelFullMode.Wait,
            SingleReader = true,
        });
    }

    private enum Kind : byte
    {
        Open,
        Attempt,
        Ask,
        Send,
        SendFromServer,
        Close,
        CloseByServer,
        Reset,
        ResetByServer,
    }

    public bool Open() => Do(new Act(Kind.Open, null));

    public bool Attempt() => Do(new Act(Kind.Attempt, null)) && End();

    public bool Ask(byte[] adu) => Do(new Act(Kind.Ask, adu));

    public bool Send(byte[] bytes, bool fromServer) => Do(new Act(fromServer ? Kind.SendFromServer : Kind.Send, bytes));

    public bool Close(bool byServer) => Do(new Act(byServer ? Kind.CloseByServer : Kind.Close, null)) && End();

    public bool Reset(bool byServer) => Do(new Act(byServer ? Kind.ResetByServer : Kind.Reset, null)) && End();

    /// <summary>Does what stands in the queue, until it is ended or cancelled; the connection is closed then.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var act in _acts.Reader.ReadAllAsync(stop))
            {
                try
                {
                    await DoAsync(act, stop);
                }
                catch (SocketException)
                {
                    _counters.Broken();
                    Drop(abort: false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run ends.
        }
        finally
        {
            Drop(abort: false);
        }
    }

    private bool End() => _acts.Writer.TryComplete();

    private bool Do(Act act)
    {
        if (_acts.Writer.TryWrite(act)) return true;
        _counters.LeftOut();
        return false;
    }

    private async Task DoAsync(Act act, CancellationToken stop)
    {
        switch (act.Kind)
        {
            case Kind.Open:
                await ConnectAsync(stop);
                break;
            case Kind.Attempt:
                await ConnectAsync(stop);
                Drop(abort: true);
                break;
            case Kind.Ask:
                if (_socket is null && _reconnects) await ConnectAsync(stop);
                if (_socket is not null) await AskAsync(act.Bytes!, stop);
                break;
            case Kind.Send:
                if (_socket is not null) await SendAsync(act.Bytes!, stop);
                break;
            case Kind.SendFromServer:
                if (await ServerSideAsync(stop) is { } speaking) await speaking.SendAsync(act.Bytes, stop);
                break;
            case Kind.CloseByServer:
            case Kind.ResetByServer:
                (await ServerSideAsync(stop))?.Close(abort: act.Kind == Kind.ResetByServer);
                Drop(abort: false);
                break;
            case Kind.Close:
                Drop(abort: false);
                break;
            case Kind.Reset:
                Drop(abort: true);
                break;
        }
    }

    // The server may not have come to take the connection yet.
    private async Task<LiveListener.Connection?> ServerSideAsync(CancellationToken stop)
    {
        var begun = _time.GetTimestamp();
        while (_socket is not null && _listener is not null)
        {
            if (_listener.Find(_socket.LocalEndPoint!) is { } found) return found;
            if (_time.GetElapsedTime(begun) > _patience) break;
            await Task.Delay(TimeSpan.FromMilliseconds(1), _time, stop);
        }

        return null;
    }

    private async Task ConnectAsync(CancellationToken stop)
    {
        Drop(abort: false);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(_from, 0));
            if (_speaksForServer) _listener?.Leave(socket.LocalEndPoint!);
            using var patience = new CancellationTokenSource(ConnectPatience, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
            await socket.ConnectAsync(_to, either.Token);
            _socket = socket;
            _filled = 0;
            _counters.Connected();
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            socket.Dispose();
            _counters.Unanswered();
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        // Nobody waits for what was answered so far, and the server is not held up by it.
        while (_speaksForServer && _socket!.Available > 0) await _socket.ReceiveAsync(_buffer.AsMemory(), stop);
        while (!bytes.IsEmpty) bytes = bytes[await _socket!.SendAsync(bytes, stop)..];
    }

    private async Task AskAsync(byte[] adu, CancellationToken stop)
    {
        _counters.Asked();
        await SendAsync(adu, stop);
        using var patience = new CancellationTokenSource(_patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            while (!TakeAnswer(adu))
            {
                var length = await _socket!.ReceiveAsync(_buffer.AsMemory(_filled), either.Token);
                if (length == 0)
                {
                    Drop(abort: false);
                    _counters.Broken();
                    return;
                }

                _filled += length;
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            _counters.Unanswered();
        }
    }

    // Takes messages off the buffer until one has the transaction identifier asked with (MBAP: bytes 0 and 1).
    private bool TakeAnswer(ReadOnlySpan<byte> asked)
    {
        while (_filled >= HeaderBytes)
        {
            var length = HeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(4));
            if (length > _buffer.Length)
            {
                // Nothing that a server of Modbus sends: the rest of the stream means nothing either.
                Drop(abort: true);
                throw new SocketException((int)SocketError.ConnectionAborted);
            }

            if (_filled < length) return false;
            var isAnswer = _buffer.AsSpan(0, 2).SequenceEqual(asked[..2]);
            if (isAnswer) _counters.Answered(isException: length > 7 && (_buffer[7] & 0x80) != 0);
            _buffer.AsSpan(length, _filled - length).CopyTo(_buffer);
            _filled -= length;
            if (isAnswer) return true;
        }

        return false;
    }

    private void Drop(bool abort)
    {
        if (_socket is null) return;
        if (abort) _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
        _socket = null;
    }

    private readonly record struct Act(Kind Kind, byte[]? Bytes);
}
