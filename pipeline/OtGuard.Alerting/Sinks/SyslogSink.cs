using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace OtGuard.Alerting.Sinks;

/// <summary>What carries syslog messages.</summary>
public enum SyslogTransport : byte
{
    /// <summary>UDP (RFC 5426): a message that is lost is lost.</summary>
    Udp,

    /// <summary>TCP with octet counting (RFC 6587 §3.4.1).</summary>
    Tcp,

    /// <summary>TLS (RFC 5425).</summary>
    Tls,
}

/// <summary>What the messages hold.</summary>
public enum SyslogForm : byte
{
    /// <summary>Common Event Format.</summary>
    Cef,

    /// <summary>JSON by the Elastic Common Schema.</summary>
    Ecs,
}

/// <summary>A syslog receiver.</summary>
public sealed record SyslogOptions
{
    /// <summary>The destination's name. Default <c>syslog</c>.</summary>
    public string Name { get; init; } = "syslog";

    /// <summary>The receiver's host.</summary>
    public required string Host { get; init; }

    /// <summary>Its port. Default 6514, TLS's (RFC 5425).</summary>
    public int Port { get; init; } = 6514;

    /// <summary>What carries messages. Default TLS.</summary>
    public SyslogTransport Transport { get; init; } = SyslogTransport.Tls;

    /// <summary>What messages hold. Default CEF: most receivers know it.</summary>
    public SyslogForm Form { get; init; }

    /// <summary>Facility 0–23. Default 13, log audit (RFC 5424 §6.2.1).</summary>
    public int Facility { get; init; } = 13;

    /// <summary>
    /// The PEM file of the authorities that the receiver's certificate may come from, or null for those of this
    /// machine.
    /// </summary>
    public string? AuthorityFile { get; init; }

    /// <summary>This program's certificate and key as a PEM file, where the receiver asks for one; else null.</summary>
    public string? ClientCertificateFile { get; init; }

    /// <summary>
    /// How long a connection must stand after a batch before the batch counts as delivered. Default 1 s. Syslog has no
    /// acknowledgement: a receiver that ended with messages unread shows by the connection breaking, within a round
    /// trip and the time its machine takes to say so.
    /// </summary>
    public TimeSpan ConfirmAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long connecting may take. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Messages in a batch at most. Default 1,000: what is sent twice where a connection breaks.</summary>
    public int BatchMessages { get; init; } = 1000;
}

/// <summary>Sends syslog messages of RFC 5424 with CEF or ECS in them.</summary>
/// <remarks>
/// A batch is sent again as a whole where its connection breaks before <see cref="SyslogOptions.ConfirmAfter"/> is
/// over; receivers tell repetitions by the message's id in the structured data (<c>[otguard@32473 id="…"]</c>).
/// </remarks>
public sealed class SyslogSink(SyslogOptions options, string version, TimeProvider clock) : ISink
{
    /// <summary>RFC 5612's enterprise number for examples; the project has none of its own.</summary>
    private const string StructuredDataId = "otguard@32473";

    /// <summary>RFC 5425 §4.3.1: receivers should take 8192 bytes; what is longer may be cut by them.</summary>
    private const int LongestMessage = 8192;

    private Socket? _socket;
    private Stream? _stream;
    private Task? _closing;

    /// <inheritdoc/>
    public string Name => options.Name;

    /// <inheritdoc/>
    public int MaximumBatch => options.BatchMessages;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Delivery>> SendAsync(IReadOnlyList<OutboxMessage> messages,
        CancellationToken cancellation)
    {
        var deliveries = new Delivery?[messages.Count];
        try
        {
            if (_closing is { IsCompleted: true }) Close();
            await ConnectAsync(cancellation);
            using var batch = new MemoryStream();
            for (var i = 0; i < messages.Count; i++)
            {
                if (Encode(messages[i]) is not { } message)
                {
                    deliveries[i] = Delivery.Refused("it holds nothing that can be told by syslog");
                    continue;
                }

                if (options.Transport == SyslogTransport.Udp)
                {
                    await _socket!.SendAsync(message, SocketFlags.None, cancellation);
                    continue;
                }

                batch.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{message.Length} ")));
                batch.Write(message);
            }

            if (options.Transport != SyslogTransport.Udp)
            {
                await _stream!.WriteAsync(batch.GetBuffer().AsMemory(0, (int)batch.Length), cancellation);
                await _stream.FlushAsync(cancellation);
                await ConfirmAsync(cancellation);
            }
        }
        catch (Exception fault) when (
            fault is IOException or SocketException or AuthenticationException or TimeoutException
            or System.Security.Cryptography.CryptographicException)
        {
            Close();
            return Delivery.ForAll(messages.Count, Delivery.Retry($"{options.Host}:{options.Port}: {fault.Message}"));
        }
        catch
        {
            Close();
            throw;
        }

        return [.. deliveries.Select(delivery => delivery ?? Delivery.Accepted)];
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>The message as RFC 5424 has it, or null where it tells nothing.</summary>
    internal byte[]? Encode(OutboxMessage message)
    {
        Telling? telling;
        try
        {
            telling = Telling.Of(message);
        }
        catch (JsonException)
        {
            return null;
        }

        if (telling is null) return null;
        var body = options.Form switch
        {
            SyslogForm.Cef => CefFormat.Format(telling, version),
            SyslogForm.Ecs => EcsFormat.Format(telling, version),
        };
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"<{options.Facility * 8 + SyslogSeverity(telling.Severity)}>1 "
            + $"{telling.QueuedAt.UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffffZ} "
            + $"{Header(Environment.MachineName)} otguard {Environment.ProcessId} {Header(telling.Dataset)} "
            + $"[{StructuredDataId} id=\"{Parameter(telling.MessageId)}\"] {body}");
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length <= LongestMessage) return bytes;
        // Cut where a character begins.
        var end = LongestMessage;
        while ((bytes[end] & 0xC0) == 0x80) end--;
        return bytes[..end];
    }

    private async Task ConnectAsync(CancellationToken cancellation)
    {
        if (_socket is not null) return;
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        var isUdp = options.Transport == SyslogTransport.Udp;
        var socket = new Socket(isUdp ? SocketType.Dgram : SocketType.Stream, isUdp ? ProtocolType.Udp
            : ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(options.Host, options.Port, both.Token);
            if (!isUdp) _stream = await SecureAsync(new NetworkStream(socket, ownsSocket: false), both.Token);
            _socket = socket;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            socket.Dispose();
            throw new TimeoutException("no connection in time");
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        // A receiver says nothing; that reading ends is how a broken connection is noticed.
        if (_stream is not null) _closing = WatchAsync(_stream);
    }

    private async Task<Stream> SecureAsync(NetworkStream stream, CancellationToken cancellation)
    {
        if (options.Transport != SyslogTransport.Tls) return stream;
        var settings = new SslClientAuthenticationOptions { TargetHost = options.Host };
        if (options.ClientCertificateFile is { } own) settings.ClientCertificates = [X509Certificate2.CreateFromPemFile(
            own)];
        if (options.AuthorityFile is { } file)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(file);
            settings.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            settings.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        var secure = new SslStream(stream);
        await secure.AuthenticateAsClientAsync(settings, cancellation);
        return secure;
    }

    private async Task ConfirmAsync(CancellationToken cancellation)
    {
        var over = Task.Delay(options.ConfirmAfter, clock, cancellation);
        await Task.WhenAny(_closing!, over);
        cancellation.ThrowIfCancellationRequested();
        if (_closing!.IsCompleted) throw new IOException(
            "the receiver closed the connection before the messages were sure to have arrived");
    }

    private static async Task WatchAsync(Stream stream)
    {
        var nothing = new byte[64];
        try
        {
            while (await stream.ReadAsync(nothing) > 0)
            {
                // What a receiver may say is of no interest.
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Broken, or closed by this side.
        }
    }

    private void Close()
    {
        _stream?.Dispose();
        _socket?.Dispose();
        (_stream, _socket, _closing) = (null, null, null);
    }

    /// <summary>RFC 5424 §6.2.1: from 90 on critical, 70 error, 30 warning, below informational.</summary>
    private static int SyslogSeverity(int severity) => severity switch
    {
        >= 90 => 2,
        >= 70 => 3,
        >= Models.Severity.AlarmFrom => 4,
        _ => 6,
    };

    private static string Header(string text) =>
        text.Length == 0 ? "-" : new string([.. text.Select(c => c is > ' ' and < '\x7f' ? c : '_')]);

    private static string Parameter(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("]", "\\]", StringComparison.Ordinal);
}
