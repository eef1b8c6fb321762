using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace OtGuard.Storage.Tests.Peers;

/// <summary>
/// The write interface of InfluxDB 2 in front of a server of version 1: <c>/api/v2/write?bucket=DB/RP</c> becomes
/// <c>/write?db=DB&amp;rp=RP</c>, and a token USER:PASSWORD becomes Basic.
/// </summary>
internal sealed class V2Proxy : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly HttpClient _http = new();
    private readonly Uri _server;

    public V2Proxy(Uri server)
    {
        _server = server;
        Url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{PeerProcess.FreePort()}/"));
        _listener.Prefixes.Add(Url.ToString());
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Url { get; }

    /// <summary>What was asked for, as path and query.</summary>
    public List<string> Asked { get; } = [];

    public void Dispose()
    {
        _listener.Close();
        _http.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                await AnswerAsync(context);
            }
        }
        catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var request = context.Request;
        lock (Asked) Asked.Add(request.Url!.PathAndQuery);
        if (request.Url.AbsolutePath != "/api/v2/write")
        {
            context.Response.StatusCode = 404;
            context.Response.Close();
            return;
        }

        var bucket = (request.QueryString["bucket"] ?? "").Split('/', 2);
        var (database, policy) = (Uri.EscapeDataString(bucket[0]), Uri.EscapeDataString(bucket[1]));
        using var forwarded = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(_server, $"write?db={database}&rp={policy}&precision={request.QueryString["precision"]}"))
        {
            Content = new StreamContent(request.InputStream),
        };
        if (request.Headers["Content-Encoding"] is { } encoding) forwarded.Content.Headers.ContentEncoding.Add(
            encoding);
        if (request.Headers["Authorization"] is { } token && token.StartsWith("Token ", StringComparison.Ordinal))
            forwarded.Headers.Authorization = new AuthenticationHeaderValue("Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes(token["Token ".Length..])));
        using var answer = await _http.SendAsync(forwarded);
        context.Response.StatusCode = (int)answer.StatusCode;
        await answer.Content.CopyToAsync(context.Response.OutputStream);
        context.Response.Close();
    }
}
