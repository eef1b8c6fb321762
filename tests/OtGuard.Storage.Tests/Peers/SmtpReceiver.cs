using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace OtGuard.Storage.Tests.Peers;

/// <summary>A mail server with STARTTLS and log-in (RFC 5321, 3207, 4954) that keeps what it is sent.</summary>
internal sealed class SmtpReceiver : IDisposable
{
    private readonly Certificates _certificates;
    private readonly string _password;
    private readonly ConcurrentQueue<string> _received = new();
    private readonly ConcurrentDictionary<Socket, bool> _connections = new();
    private TcpListener? _listener;

    public SmtpReceiver(Certificates certificates, string password)
    {
        (_certificates, _password) = (certificates, password);
        Port = PeerProcess.FreePort();
        BringBack();
    }

    public int Port { get; }

    /// <summary>Mails accepted, headers and text.</summary>
    public IReadOnlyList<string> Received => [.. _received];

    /// <summary>What is answered to the end of a mail; null to accept it.</summary>
    public string? RefuseWith { get; set; }

    public void BringBack()
    {
        var listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Start();
        _listener = listener;
        _ = AcceptAsync(listener);
    }

    /// <summary>Ends without another word to anybody.</summary>
    public void Kill()
    {
        _listener?.Dispose();
        foreach (var connection in _connections.Keys) connection.Close(timeout: 0);
    }

    public void Dispose() => Kill();

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptSocketAsync();
                _connections[socket] = true;
                _ = TalkAsync(socket);
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Killed.
        }
    }

    private async Task TalkAsync(Socket socket)
    {
        try
        {
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            var loggedIn = false;
            await SayAsync(stream, "220 test ESMTP");
            while (await ReadLineAsync(stream) is { } line)
            {
                var verb = line.Split(' ', ':')[0].ToUpperInvariant();
                switch (verb)
                {
                    case "EHLO":
                        await SayAsync(stream, stream is SslStream ? "250-test\r\n250-AUTH PLAIN\r\n250 8BITMIME"
                            : "250-test\r\n250 STARTTLS");
                        break;
                    case "STARTTLS":
                        await SayAsync(stream, "220 go ahead");
                        var secure = new SslStream(stream);
                        await secure.AuthenticateAsServerAsync(_certificates.Certificate);
                        stream = secure;
                        break;
                    case "AUTH":
                        loggedIn = Encoding.UTF8.GetString(Convert.FromBase64String(line.Split(' ')[2]))
                            .EndsWith($"\0{_password}", StringComparison.Ordinal);
                        await SayAsync(stream, loggedIn ? "235 welcome" : "535 no");
                        break;
                    case "DATA" when loggedIn:
                        await SayAsync(stream, "354 go on");
                        var mail = new StringBuilder();
                        while (await ReadLineAsync(stream) is { } text && text != ".") mail.Append(text).Append('\n');
                        if (RefuseWith is null) _received.Enqueue(mail.ToString());
                        await SayAsync(stream, RefuseWith ?? "250 taken");
                        break;
                    case "QUIT":
                        await SayAsync(stream, "221 bye");
                        return;
                    case "MAIL" or "RCPT" or "RSET" or "NOOP":
                        await SayAsync(stream, loggedIn ? "250 ok" : "530 log in first");
                        break;
                    default:
                        await SayAsync(stream, "502 not known");
                        break;
                }
            }
        }
        catch (Exception fault) when (
            fault is IOException or SocketException or ObjectDisposedException or AuthenticationException)
        {
            // Killed, or the client left.
        }
        finally
        {
            _connections.TryRemove(socket, out _);
            socket.Dispose();
        }
    }

    private static async Task SayAsync(Stream stream, string text)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text + "\r\n"));
        await stream.FlushAsync();
    }

    private static async Task<string?> ReadLineAsync(Stream stream)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one) == 1)
        {
            if (one[0] == '\n') return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
            line.Add(one[0]);
        }

        return null;
    }
}
