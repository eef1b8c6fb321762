using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OtGuard.Exchange.Sending;

/// <summary>Requests to a partner's server, with what can be said of their failures.</summary>
internal sealed class HttpExchange : IDisposable
{
    /// <summary>Bytes of an answer that are read; more says nothing.</summary>
    private const int MostAnswerBytes = 64 << 20;

    private readonly HttpClient _client;

    /// <param name="certificate">A certificate (PEM) the server's must be or descend from; null for those of the system.</param>
    /// <param name="authorize">Adds credentials.</param>
    public HttpExchange(string? certificate, Action<HttpRequestHeaders> authorize)
    {
        var handler = new SocketsHttpHandler
        {
            // Credentials and a pack go where they were meant to go, and nowhere an answer points to.
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (certificate is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(File.ReadAllText(certificate)));
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        _client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(100), MaxResponseContentBufferSize = MostAnswerBytes };
        authorize(_client.DefaultRequestHeaders);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Asks; null and what happened where no answer came.</summary>
    public async Task<(HttpStatusCode Status, JsonNode? Body, SendResult? Failure)> AskAsync(
        HttpMethod method, Uri uri, string mediaType, JsonNode? content, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, uri);
        request.Headers.TryAddWithoutValidation("Accept", mediaType);
        if (content is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(content.ToJsonString()));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        }

        try
        {
            using var response = await _client.SendAsync(request, cancellation);
            var text = await response.Content.ReadAsStringAsync(cancellation);
            JsonNode? body = null;
            try
            {
                if (text.Length > 0) body = JsonNode.Parse(text);
            }
            catch (JsonException)
            {
                // A proxy's page, as a rule; the status says enough.
            }

            return (response.StatusCode, body, Failure(uri, response, body));
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException
            || (fault is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return (0, null, SendResult.Retry($"{uri.Host}: {fault.GetBaseException().Message}"));
        }
    }

    /// <summary>The secret a file holds.</summary>
    /// <exception cref="ExchangeFormatException">It is missing or empty.</exception>
    public static string Secret(string path)
    {
        try
        {
            var secret = File.ReadAllText(path).Trim();
            return secret.Length > 0 ? secret : throw new ExchangeFormatException($"'{path}' holds no secret.");
        }
        catch (IOException fault)
        {
            throw new ExchangeFormatException($"The secret '{path}' cannot be read: {fault.Message}", fault);
        }
    }

    private static SendResult? Failure(Uri uri, HttpResponseMessage response, JsonNode? body)
    {
        if (response.IsSuccessStatusCode) return null;
        var words = body is JsonObject told
            ? (told["title"] ?? told["description"] ?? told["message"] ?? told["errors"])?.ToJsonString()
            : null;
        var reason = $"{uri.Host} answered {(int)response.StatusCode} {response.ReasonPhrase}{(words is null ? "" : $": {words}")}";
        return response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)response.StatusCode >= 500
            ? SendResult.Retry(reason, response.Headers.RetryAfter?.Delta)
            : SendResult.Refused(reason);
    }
}
