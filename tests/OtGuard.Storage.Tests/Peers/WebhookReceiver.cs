using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using OtGuard.Alerting.Sinks;

namespace OtGuard.Storage.Tests.Peers;

/// <summary>A web server that takes signed messages, and can be made to refuse, fail, or be away.</summary>
internal sealed class WebhookReceiver : IDisposable
{
    public const string Secret = "shared secret";

    private readonly ConcurrentQueue<(string Id, string Body)> _received = new();
    private HttpListener? _listener;

    public WebhookReceiver()
    {
        Url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{PeerProcess.FreePort()}/hook/"));
        BringBack();
    }

    public Uri Url { get; }

    /// <summary>Messages accepted, repetitions included.</summary>
    public IReadOnlyList<(string Id, string Body)> Received => [.. _received];

    /// <summary>Messages whose signature was wrong.</summary>
    public int Forged { get; private set; }

    /// <summary>What is answered to a message in place of 204, by its number from 1; null for that.</summary>
    public Func<int, HttpListenerResponse, int?>? Answer { get; set; }

    private int _asked;

    public void BringBack()
    {
        var listener = new HttpListener();
        listener.Prefixes.Add(Url.ToString());
        listener.Start();
        _listener = listener;
        _ = ServeAsync(listener);
    }

    /// <summary>Ends without another word to anybody.</summary>
    public void Kill() => _listener?.Abort();

    public void Dispose() => Kill();

    private async Task ServeAsync(HttpListener listener)
    {
        try
        {
            while (true) await TakeAsync(await listener.GetContextAsync());
        }
        catch (Exception fault) when (
            fault is HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // Killed.
        }
    }

    private async Task TakeAsync(HttpListenerContext context)
    {
        using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
        var body = await reader.ReadToEndAsync();
        var signature = context.Request.Headers["X-OtGuard-Signature"] ?? "";
        var seconds = long.Parse(signature.Split(',')[0]["t=".Length..], CultureInfo.InvariantCulture);
        if (signature != WebhookSink.Sign(Encoding.UTF8.GetBytes(Secret), seconds, body)) Forged++;
        var status = Answer?.Invoke(++_asked, context.Response) ?? 204;
        if (status == 204) _received.Enqueue((context.Request.Headers["X-OtGuard-Delivery"]!, body));
        context.Response.StatusCode = status;
        context.Response.Close();
    }
}
