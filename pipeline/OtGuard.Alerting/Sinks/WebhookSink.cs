using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace OtGuard.Alerting.Sinks;

/// <summary>A web address that takes messages.</summary>
public sealed record WebhookOptions
{
    /// <summary>The destination's name. Default <c>webhook</c>.</summary>
    public string Name { get; init; } = "webhook";

    /// <summary>The address.</summary>
    public required Uri Url { get; init; }

    /// <summary>The secret that requests are signed with; known to both sides.</summary>
    public required string Secret { get; init; }

    /// <summary>How long a request may take. Default 15 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Messages sent one after the other before the outbox is told. Default 50: what is sent twice after a crash.
    /// </summary>
    public int BatchMessages { get; init; } = 50;
}

/// <summary>
/// Posts each message as JSON, signed: <c>X-OtGuard-Signature: t=SECONDS,v1=HEX</c> is the HMAC-SHA-256 of
/// <c>SECONDS.BODY</c>, so that a receiver can refuse what is forged or old. <c>X-OtGuard-Delivery</c> and
/// <c>Idempotency-Key</c> hold the message's id, the same for every attempt.
/// </summary>
public sealed class WebhookSink : ISink
{
    private readonly WebhookOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;
    private readonly byte[] _secret;

    /// <summary>Creates the sink; nothing is sent yet.</summary>
    public WebhookSink(WebhookOptions options, TimeProvider clock, HttpMessageHandler? handler = null)
    {
        _options = options;
        _clock = clock;
        _secret = Encoding.UTF8.GetBytes(options.Secret);
        // A redirection would send the alert to somebody it was not meant for.
        _http = new HttpClient(
            handler ?? new SocketsHttpHandler { AllowAutoRedirect = false })
        { Timeout = options.Timeout };
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public int MaximumBatch => _options.BatchMessages;

    /// <summary>The signature of a body at a time, as the header has it.</summary>
    public static string Sign(ReadOnlySpan<byte> secret, long seconds, string body)
    {
        var signed = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seconds}.{body}"));
        var hash = Convert.ToHexStringLower(HMACSHA256.HashData(secret, signed));
        return string.Create(CultureInfo.InvariantCulture, $"t={seconds},v1={hash}");
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Delivery>> SendAsync(IReadOnlyList<OutboxMessage> messages,
        CancellationToken cancellation)
    {
        var deliveries = new List<Delivery>();
        foreach (var message in messages)
        {
            var delivery = await PostAsync(message, cancellation);
            deliveries.Add(delivery);
            if (delivery.Outcome == DeliveryOutcome.Retry) break;
        }

        return deliveries;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<Delivery> PostAsync(OutboxMessage message, CancellationToken cancellation)
    {
        var now = _clock.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Post, _options.Url)
        {
            Content = new StringContent(message.Body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
        };
        request.Headers.Add("X-OtGuard-Signature", Sign(_secret, now.ToUnixTimeSeconds(), message.Body));
        request.Headers.Add("X-OtGuard-Delivery", message.Id);
        request.Headers.Add("X-OtGuard-Event", message.Content.ToString().ToLowerInvariant());
        request.Headers.Add("X-OtGuard-Reason", message.Reason);
        request.Headers.Add("Idempotency-Key", message.Id);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return response.StatusCode switch
            {
                >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => Delivery.Accepted,
                HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or (HttpStatusCode)425
                    or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound
                    or >= HttpStatusCode.InternalServerError =>
                    // Who forgot the secret or moved the page will put it right; the message is as good as before.
                    Delivery.Retry($"{_options.Url} answered {(int)response.StatusCode}",
                        response.Headers.RetryAfter?.Delta),
                _ => Delivery.Refused($"{_options.Url} answered {(int)response.StatusCode}"),
            };
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException
            || (fault is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return Delivery.Retry(
                $"{_options.Url}: {(fault is OperationCanceledException ? "no answer in time" : fault.Message)}");
        }
    }
}
