using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace OtGuard.Exchange.Tests.Sending;

/// <summary>A server on loopback that answers requests one after the other.</summary>
internal abstract class HttpReceiver : IDisposable
{
    private readonly HttpListener _listener = new();

    protected HttpReceiver()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Root = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        }

        _listener.Prefixes.Add(Root.AbsoluteUri);
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Root { get; }

    /// <summary>Answers to give before anything is looked at.</summary>
    public ConcurrentQueue<(int Status, string? RetryAfter)> Failures { get; } = new();

    /// <summary>Method and path of every request.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public void Dispose() => _listener.Close();

    protected abstract (int Status, JsonNode? Body) Answer(HttpListenerRequest request, string content);

    protected abstract string MediaType { get; }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
                var content = await reader.ReadToEndAsync();
                Requests.Enqueue($"{context.Request.HttpMethod} {context.Request.Url!.PathAndQuery}");
                var (status, body) = Failures.TryDequeue(out var failure) ? (failure.Status, null) : Answer(context.Request, content);
                if (failure.RetryAfter is { } after) context.Response.Headers["Retry-After"] = after;
                context.Response.StatusCode = status;
                context.Response.ContentType = MediaType;
                if (body is not null) await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body.ToJsonString()));
                context.Response.Close();
            }
        }
        catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}

/// <summary>An API root of TAXII 2.1 with one collection, after the specification (§4, §5).</summary>
internal sealed class TaxiiReceiver : HttpReceiver
{
    public const string Media = "application/taxii+json;version=2.1";
    public const string Collection = "91a7b528-80eb-42ed-a74d-c6fbd5a26116";

    private readonly Dictionary<string, (JsonObject Status, int Polls)> _statuses = [];

    /// <summary>Objects by id and version, in their order.</summary>
    public Dictionary<string, JsonObject> Objects { get; } = [];

    /// <summary>Envelopes taken.</summary>
    public int Envelopes { get; private set; }

    public long MaximumLength { get; set; } = 10_485_760;

    public bool CanWrite { get; set; } = true;

    /// <summary>Types whose objects are refused.</summary>
    public string? Refuses { get; set; }

    /// <summary>How often a status is asked for before it is complete.</summary>
    public int Polls { get; set; }

    public string? NextPage { get; set; }

    protected override string MediaType => Media;

    protected override (int Status, JsonNode? Body) Answer(HttpListenerRequest request, string content)
    {
        if (request.Headers["Authorization"] != "Basic " + Convert.ToBase64String("otguard:pass"u8)) return (401, Error("Unauthorized"));
        if (request.Headers["Accept"] != Media) return (406, Error("Not acceptable"));
        var path = request.Url!.AbsolutePath;
        var collection = $"/api/collections/{Collection}/";
        if (path == "/api/")
            return (200, new JsonObject
            {
                ["title"] = "test",
                ["versions"] = new JsonArray(Media),
                ["max_content_length"] = MaximumLength,
            });
        if (path == collection)
            return (200, new JsonObject { ["id"] = Collection, ["title"] = "test", ["can_read"] = true, ["can_write"] = CanWrite });
        if (path == collection + "manifest/")
        {
            var ids = request.QueryString["match[id]"]!.Split(',');
            var known = Objects.Keys.Select(key => key.Split('|')).Where(parts => ids.Contains(parts[0]))
                .Select(parts => new JsonObject { ["id"] = parts[0], ["version"] = parts[1] }).ToArray();
            return (200, known.Length == 0 ? new JsonObject() : new JsonObject { ["objects"] = new JsonArray(known) });
        }

        if (path == collection + "objects/" && request.HttpMethod == "GET")
        {
            if (request.QueryString["next"] is not null || NextPage is null)
                return (200, new JsonObject { ["more"] = false, ["objects"] = new JsonArray([.. Objects.Values.Skip(NextPage is null ? 0 : 2).Select(one => one.DeepClone())]) });
            return (200, new JsonObject { ["more"] = true, ["next"] = NextPage, ["objects"] = new JsonArray([.. Objects.Values.Take(2).Select(one => one.DeepClone())]) });
        }

        if (path == collection + "objects/" && request.HttpMethod == "POST")
        {
            if (request.ContentType != Media) return (415, Error("Unsupported media type"));
            if (Encoding.UTF8.GetByteCount(content) > MaximumLength) return (413, Error("Too long"));
            var envelope = JsonNode.Parse(content)!.AsObject();
            if (envelope["objects"] is not JsonArray objects || envelope.Count != 1) return (422, Error("Not an envelope"));
            Envelopes++;
            var failures = new JsonArray();
            foreach (var one in objects)
            {
                var id = one!["id"]!.GetValue<string>();
                if (one["type"]!.GetValue<string>() == Refuses) failures.Add(new JsonObject { ["id"] = id, ["message"] = "not wanted" });
                else Objects[$"{id}|{one["modified"]?.GetValue<string>() ?? one["created"]?.GetValue<string>()}"] = one.DeepClone().AsObject();
            }

            var status = new JsonObject
            {
                ["id"] = Guid.NewGuid().ToString(),
                ["status"] = Polls > 0 ? "pending" : "complete",
                ["total_count"] = objects.Count,
                ["success_count"] = objects.Count - failures.Count,
                ["failure_count"] = failures.Count,
                ["pending_count"] = 0,
                ["failures"] = failures,
            };
            _statuses[status["id"]!.GetValue<string>()] = (status, Polls);
            return (202, status.DeepClone());
        }

        if (path.StartsWith("/api/status/", StringComparison.Ordinal) && _statuses.TryGetValue(path.Split('/')[3], out var asked))
        {
            asked.Polls--;
            if (asked.Polls <= 0) asked.Status["status"] = "complete";
            _statuses[path.Split('/')[3]] = asked;
            return (200, asked.Status.DeepClone());
        }

        return (404, Error("Not found"));
    }

    private static JsonObject Error(string title) => new() { ["title"] = title };
}

/// <summary>The part of MISP's REST interface that events are added and looked up by.</summary>
internal sealed class MispReceiver : HttpReceiver
{
    /// <summary>Events by UUID.</summary>
    public ConcurrentDictionary<string, JsonObject> Events { get; } = new();

    public string? RefuseWith { get; set; }

    protected override string MediaType => "application/json";

    protected override (int Status, JsonNode? Body) Answer(HttpListenerRequest request, string content)
    {
        if (request.Headers["Authorization"] != "misp-key") return (403, new JsonObject { ["message"] = "Authentication failed." });
        var path = request.Url!.AbsolutePath;
        var last = path.Split('/')[^1];
        if (path.StartsWith("/events/view/", StringComparison.Ordinal))
            return Events.TryGetValue(last, out var there) ? (200, there.DeepClone()) : (404, new JsonObject { ["message"] = "Invalid event." });
        if (path == "/manifest.json")
            return (200, new JsonObject([.. Events.Keys.Select(key => KeyValuePair.Create(key, (JsonNode?)new JsonObject { ["info"] = "x" }))]));
        if (path.EndsWith(".json", StringComparison.Ordinal))
            return Events.TryGetValue(last[..^5], out var file) ? (200, file.DeepClone()) : (404, null);
        if (RefuseWith is not null) return (200, new JsonObject { ["errors"] = RefuseWith });
        if (path == "/events/add" || path.StartsWith("/events/edit/", StringComparison.Ordinal))
        {
            var made = JsonNode.Parse(content)!.AsObject();
            var uuid = made["Event"]!["uuid"]!.GetValue<string>();
            if (path == "/events/add" && Events.ContainsKey(uuid)) return (403, new JsonObject { ["message"] = "Event already exists" });
            made["Event"]!["id"] = "17";
            Events[uuid] = made;
            return (200, made.DeepClone());
        }

        return (404, null);
    }
}
