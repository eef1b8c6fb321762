using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace OtGuard.Storage.InfluxDb;

/// <summary>What the server answered.</summary>
/// <param name="Status">The HTTP status; null where there was no answer.</param>
/// <param name="Text">What it said, or why there was no answer.</param>
/// <param name="RetryAfter">When it asks to be tried again, or null.</param>
public sealed record InfluxAnswer(HttpStatusCode? Status, string Text, TimeSpan? RetryAfter = null)
{
    /// <summary>True where the request was done.</summary>
    public bool IsDone => Status is >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices;
}

/// <summary>What became of preparing a server.</summary>
/// <param name="IsReady">True where the database is there.</param>
/// <param name="Command">The command that a person has to run where this program may not; null for none.</param>
/// <param name="Text">In words.</param>
public sealed record InfluxSetup(bool IsReady, string? Command, string Text);

/// <summary>
/// The requests to an InfluxDB server that 1.x, 2.x and 3.x have in common: line protocol to <c>/write</c> or
/// <c>/api/v2/write</c>, InfluxQL to <c>/query</c>. Faults are answers, not exceptions. Thread-safe.
/// </summary>
public sealed class InfluxClient : IDisposable
{
    private const int LongestAnswer = 2000;

    private readonly HttpClient _http;

    /// <summary>Creates a client; nothing is asked yet.</summary>
    /// <param name="options">The server.</param>
    /// <param name="handler">What carries requests; null for the network.</param>
    public InfluxClient(InfluxOptions options, HttpMessageHandler? handler = null)
    {
        Options = options;
        _http = new HttpClient(handler ?? new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = options.Timeout,
            BaseAddress = options.Url,
        };
        _http.DefaultRequestHeaders.Authorization = options switch
        {
            { Token: { } token } => new AuthenticationHeaderValue("Token", token),
            { User: { } user } => new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{options.Password}"))),
            _ => null,
        };
    }

    /// <summary>The server.</summary>
    public InfluxOptions Options { get; }

    /// <summary>Writes lines of line protocol.</summary>
    public async Task<InfluxAnswer> WriteAsync(string lines, CancellationToken cancellation)
    {
        // Nanoseconds by no name but "ns" and none: 1.x takes "us" without a word and stores it as nanoseconds.
        var path = Options.Api switch
        {
            InfluxApi.V1 => $"write?db={Escape(Options.Database)}&precision=ns"
                + (Options.RetentionPolicy is { } policy ? $"&rp={Escape(policy)}" : ""),
            InfluxApi.V2 => $"api/v2/write?bucket={Escape(Options.EffectiveBucket)}&precision=ns"
                + (Options.Organisation is { } organisation ? $"&org={Escape(organisation)}" : ""),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = Compressed(lines) };
        return await SendAsync(request, cancellation);
    }

    /// <summary>Asks an InfluxQL question; the answer's text is JSON with times in nanoseconds.</summary>
    public async Task<InfluxAnswer> QueryAsync(string question, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"query?db={Escape(Options.Database)}&epoch=ns&q={Escape(question)}"
                + (Options.RetentionPolicy is { } policy ? $"&rp={Escape(policy)}" : ""));
        return await SendAsync(request, cancellation, whole: true);
    }

    /// <summary>
    /// Creates database and retention policy where the server allows it; says the command where it does not.
    /// </summary>
    public async Task<InfluxSetup> SetUpAsync(CancellationToken cancellation)
    {
        var database = $"CREATE DATABASE {Name(Options.Database)}";
        var commands = Options.RetentionPolicy is { } policy
            ? $"{database}; CREATE RETENTION POLICY {Name(policy)} ON {Name(Options.Database)} DURATION INF "
                + "REPLICATION 1"
            : database;
        using var request = new HttpRequestMessage(HttpMethod.Post, "query")
        {
            Content = new FormUrlEncodedContent([new KeyValuePair<string, string>("q", commands)]),
        };
        var answer = await SendAsync(request, cancellation, whole: true);
        if (answer.IsDone && ErrorOf(answer.Text) is null) return new InfluxSetup(true, null,
            $"The database {Options.Database} is there.");
        var why = answer.IsDone ? ErrorOf(answer.Text)! : answer.Text;
        // 2.x has no such statement: its buckets are reached by the names of 1.x once they are mapped to them.
        var isLater = Options.Api == InfluxApi.V2
            || answer.Status is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.BadRequest;
        var bucket = $"'{Options.EffectiveBucket}'";
        var command = isLater
            ? $"influx bucket create --name {bucket} && influx v1 dbrp create --db '{Options.Database}' "
                + $"--rp '{Options.RetentionPolicy ?? "autogen"}' --default "
                + $"--bucket-id $(influx bucket list --name {bucket} --hide-headers | cut -f1)"
            : $"influx -host {Options.Url.Host} -port {Options.Url.Port} -username ADMIN -password '' "
                + $"-execute '{commands}'";
        return new InfluxSetup(false, command, $"{Options.Url} did not create the database {Options.Database}: {why}");
    }

    /// <summary>The fault an answer of <c>/query</c> carries in itself, or null.</summary>
    public static string? ErrorOf(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return "the answer is no object";
            if (document.RootElement.TryGetProperty("error", out var whole)) return whole.ToString();
            if (!document.RootElement.TryGetProperty("results", out var results)
                || results.ValueKind != JsonValueKind.Array) return null;
            foreach (var result in results.EnumerateArray())
                if (result.ValueKind == JsonValueKind.Object
                    && result.TryGetProperty("error", out var error)) return error.ToString();
            return null;
        }
        catch (JsonException fault)
        {
            return $"the answer is no JSON: {fault.Message}";
        }
    }

    /// <summary>A name as InfluxQL has it.</summary>
    public static string Name(string name) =>
        $"\"{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>A text as InfluxQL has it.</summary>
    public static string Text(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<InfluxAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancellation,
        bool whole = false)
    {
        try
        {
            using var response = await _http.SendAsync(request, cancellation);
            var text = await response.Content.ReadAsStringAsync(cancellation);
            if (!whole || !response.IsSuccessStatusCode)
                text = string.Create(CultureInfo.InvariantCulture, $"{(int)response.StatusCode} {text.Trim()}");
            if (!whole && text.Length > LongestAnswer) text = text[..LongestAnswer];
            return new InfluxAnswer(response.StatusCode, text, response.Headers.RetryAfter?.Delta);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException
            || (fault is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return new InfluxAnswer(null, fault is OperationCanceledException ? "no answer in time" : fault.Message);
        }
    }

    private static ByteArrayContent Compressed(string lines)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(lines));
        var content = new ByteArrayContent(buffer.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain") { CharSet = "utf-8" };
        content.Headers.ContentEncoding.Add("gzip");
        return content;
    }

    private static string Escape(string text) => Uri.EscapeDataString(text);
}
