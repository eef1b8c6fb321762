using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using OtGuard.Alerting.Sinks;

namespace OtGuard.Storage.Tests.Peers;

/// <summary>What is answered to a message.</summary>
/// <param name="Status">The status code.</param>
/// <param name="RetryAfter">Seconds to wait, or null.</param>
internal sealed record WebhookAnswer(int Status, int? RetryAfter = null);

/// <summary>A web server that takes signed messages, and can be made to refuse, fail, or be away.</summary>
/// <remarks>On sockets: a listener of the library answers 200 to what it has not handed out when it is aborted.</remarks>
internal sealed class WebhookReceiver : IDisposable
{
    public const string Secret = "shared secret";

    private readonly ConcurrentQueue<(string Id, string Body)> _received = new();
    private readonly ConcurrentDictionary<TcpClient, bool> _clients = new();
    private readonly int _port = PeerProcess.FreePort();
    private TcpListener? _listener;
    private int _asked;

    public WebhookReceiver()
    {
        Url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}/hook/"));
        BringBack();
    }

    public Uri Url { get; }

    /// <summary>Messages accepted, repetitions included.</summary>
    public IReadOnlyList<(string Id, string Body)> Received => [.. _received];

    /// <summary>Messages whose signature was wrong.</summary>
    public int Forged { get; private set; }

    /// <summary>What is answered to a message in place of 204, by its number from 1; null for that.</summary>
    public Func<int, WebhookAnswer?>? Answer { get; set; }

    public void BringBack()
    {
        var listener = new TcpListener(IPAddress.Loopback, _port);
        listener.Start();
        _listener = listener;
        _ = AcceptAsync(listener);
    }

    /// <summary>Ends without another word to anybody.</summary>
    public void Kill()
    {
        _listener?.Stop();
        foreach (var client in _clients.Keys) client.Dispose();
    }

    public void Dispose()
    {
        Kill();
        _listener?.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                _clients[client] = true;
                _ = ServeAsync(client);
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Killed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            await using var stream = client.GetStream();
            while (await TakeAsync(stream))
            {
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Killed, or the sender was.
        }
        finally
        {
            _clients.TryRemove(client, out _);
            client.Dispose();
        }
    }

    private async Task<bool> TakeAsync(NetworkStream stream)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (await LineAsync(stream) is not { } request) return false;
        Assert.StartsWith("POST /hook/ HTTP/1.1", request);
        while (await LineAsync(stream) is { Length: > 0 } line)
            headers[line[..line.IndexOf(':', StringComparison.Ordinal)]] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        var bytes = new byte[int.Parse(headers["Content-Length"], CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(bytes);
        var body = Encoding.UTF8.GetString(bytes);
        var signature = headers.GetValueOrDefault("X-OtGuard-Signature", "");
        var seconds = long.Parse(signature.Split(',')[0]["t=".Length..], CultureInfo.InvariantCulture);
        if (signature != WebhookSink.Sign(Encoding.UTF8.GetBytes(Secret), seconds, body)) Forged++;
        var answer = Answer?.Invoke(++_asked) ?? new WebhookAnswer(204);
        if (answer.Status == 204) _received.Enqueue((headers["X-OtGuard-Delivery"], body));
        var length = answer.Status == 204 ? "" : "Content-Length: 0\r\n";
        var wait = answer.RetryAfter is { } delay ? string.Create(CultureInfo.InvariantCulture, $"Retry-After: {delay}\r\n") : "";
        var text = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} Answer\r\n{length}{wait}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
        return true;
    }

    // Byte by byte: what follows the headers is not this method's.
    private static async Task<string?> LineAsync(NetworkStream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one) == 1)
        {
            if (one[0] == '\n') return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }

        return null;
    }
}
