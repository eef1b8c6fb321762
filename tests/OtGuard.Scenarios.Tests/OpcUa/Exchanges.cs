using System.Globalization;
using System.Net;
using System.Text.Json;
using OtGuard.Host.Commands;

namespace OtGuard.Scenarios.Tests.OpcUa;

/// <summary>
/// The exchanges of a recording, each as lines of text: one for the service, then one for each operation on a node. Told
/// twice in the same words, by the client's log and by what OtGuard observed, keyed by the client's port and the request
/// identifier.
/// </summary>
internal static class Exchanges
{
    /// <summary>Every exchange is observed once, as the client logged it, and none that it did not log.</summary>
    public static void AssertObservedAsLogged(Recording recording)
    {
        var observed = Observed(Observe(recording));
        var logged = Logged(recording);
        Assert.AreEqual(string.Join(' ', logged.Keys), string.Join(' ', observed.Keys));
        var differences = logged.Where(pair => observed[pair.Key] != pair.Value).Select(pair =>
            $"Request {pair.Key.RequestId} of port {pair.Key.Port}.\nLogged:   {pair.Value}\nObserved: {observed[pair.Key]}\n");
        Assert.AreEqual("", string.Join('\n', differences));
    }

    /// <summary>What <c>otguard inspect --show observations</c> says.</summary>
    public static List<JsonElement> Observe(Recording recording)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter();
        CommandLine.Invoke(["inspect", recording.Capture, "--show", "observations", "--format", "jsonl"], output, error);
        return [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("type").GetString() == "observation")];
    }

    /// <summary>The exchanges as observed; those whose request identifier could not be seen are not among them.</summary>
    public static SortedDictionary<(int Port, int RequestId), string> Observed(IEnumerable<JsonElement> observations)
    {
        var exchanges = new SortedDictionary<(int, int), string>();
        foreach (var observation in observations)
        {
            var opcua = observation.GetProperty("opcua");
            if (!opcua.TryGetProperty("requestId", out var id) || id.ValueKind != JsonValueKind.Number) continue;
            var port = IPEndPoint.Parse(observation.GetProperty("client").GetString()!).Port;
            var service = opcua.GetProperty("service").GetString()!;
            var lines = new List<string> { $"{service} {observation.GetProperty("outcome")}" };
            if (opcua.TryGetProperty("nodes", out var nodes))
                lines.AddRange(nodes.EnumerateArray().Where(node => !IsEmptyNotification(service, node))
                    .Select(node => ObservedOperation(service, node)));
            Assert.IsTrue(exchanges.TryAdd((port, id.GetInt32()), string.Join('\n', lines)), $"Observed twice: {id} of {port}.");
        }

        return exchanges;
    }

    /// <summary>The exchanges as the client tells them; secured OpenSecureChannel excepted, whose bodies nobody else can read.</summary>
    public static SortedDictionary<(int Port, int RequestId), string> Logged(Recording recording)
    {
        var ports = recording.Events("connected")
            .ToDictionary(line => line.GetProperty("connection").ToString(), line => line.GetProperty("localPort").GetInt32());
        var monitored = new Dictionary<(string Connection, long Handle), (string Node, string Attribute)>();
        var requests = new Dictionary<(string Connection, int Id), JsonElement>();
        var itemNodes = new Dictionary<(string Connection, long Item), string>();
        var secured = new HashSet<string>();
        var exchanges = new SortedDictionary<(int, int), string>();
        foreach (var line in recording.Log)
        {
            var kind = line.GetProperty("event").GetString();
            if (kind is not ("request" or "response")) continue;
            var connection = line.GetProperty("connection").ToString();
            var id = line.GetProperty("requestId").GetInt32();
            var service = line.GetProperty("service").GetString()!;
            if (kind == "request")
            {
                requests[(connection, id)] = line;
                if (service == "OpenSecureChannel" && line.GetProperty("mode").GetInt32() != 1) secured.Add(connection);
                if (service == "CreateMonitoredItems")
                {
                    foreach (var item in line.GetProperty("operations").EnumerateArray())
                    {
                        monitored[(connection, item.GetProperty("clientHandle").GetInt64())] =
                            (item.GetProperty("node").GetString()!, item.GetProperty("attribute").GetString()!);
                    }
                }

                // Nobody answers the closing of a channel.
                if (service == "CloseSecureChannel") exchanges[(ports[connection], id)] = "CloseSecureChannel Succeeded";
                continue;
            }

            var request = requests[(connection, id)];
            var asked = request.GetProperty("service").GetString()!;
            if (asked == "OpenSecureChannel" && secured.Contains(connection)) continue;
            if (asked == "CreateMonitoredItems" && line.TryGetProperty("results", out var created))
            {
                foreach (var (item, result) in request.GetProperty("operations").EnumerateArray().Zip(created.EnumerateArray()))
                    itemNodes[(connection, result.GetProperty("item").GetInt64())] = item.GetProperty("node").GetString()!;
            }

            var told = asked == "ModifyMonitoredItems"
                ? ModifiedItems(request, line, connection, itemNodes)
                : LoggedLines(asked, request, line, connection, monitored);
            exchanges[(ports[connection], id)] = string.Join('\n', told);
        }

        return exchanges;
    }

    /// <summary>Monitored items are named by identifiers that the server has given when they were created.</summary>
    private static IEnumerable<string> ModifiedItems(
        JsonElement request, JsonElement response, string connection, Dictionary<(string, long), string> itemNodes) =>
        request.GetProperty("operations").EnumerateArray().Zip(response.GetProperty("results").EnumerateArray())
            .Select(pair => $"  {itemNodes[(connection, pair.First.GetProperty("item").GetInt64())]} {pair.Second.GetProperty("status")}")
            .Prepend("ModifyMonitoredItems Succeeded");

    private static List<string> LoggedLines(
        string service, JsonElement request, JsonElement response, string connection,
        Dictionary<(string, long), (string Node, string Attribute)> monitored)
    {
        var status = response.GetProperty("status").GetString()!;
        var operations = request.TryGetProperty("operations", out var items) ? [.. items.EnumerateArray()] : new List<JsonElement>();
        var results = response.TryGetProperty("results", out var answers) ? [.. answers.EnumerateArray()] : new List<JsonElement>();
        var lines = new List<string>();
        for (var i = 0; i < operations.Count; i++)
            lines.Add(LoggedOperation(service, operations[i], i < results.Count ? results[i] : null, status));
        var isRejected = status != "Good"
            || (results.Count > 0 && operations.Count > 0 && results.TrueForAll(result => !IsGood(result)));
        if (service == "Publish" && status == "Good") lines.AddRange(LoggedNotifications(response, connection, monitored));
        lines.Insert(0, $"{service} {(isRejected ? "Rejected" : "Succeeded")}");
        return lines;
    }

    /// <summary>A Publish without notifications (a keep-alive, a fault) is one operation on no node.</summary>
    private static bool IsEmptyNotification(string service, JsonElement operation) =>
        service == "Publish" && !operation.TryGetProperty("attribute", out _);

    private static bool IsGood(JsonElement result) =>
        !result.TryGetProperty("status", out var status) || status.GetString()!.StartsWith("Good", StringComparison.Ordinal);

    private static IEnumerable<string> LoggedNotifications(
        JsonElement response, string connection, Dictionary<(string, long), (string Node, string Attribute)> monitored)
    {
        foreach (var notification in response.GetProperty("notifications").EnumerateArray())
        {
            if (notification.TryGetProperty("values", out var values))
            {
                foreach (var value in values.EnumerateArray())
                {
                    var (node, attribute) = monitored[(connection, value.GetProperty("clientHandle").GetInt64())];
                    yield return $"  {Id(node)} {attribute} {Value(value.GetProperty("value"))} {value.GetProperty("status")}";
                }
            }

            if (notification.TryGetProperty("events", out var events))
            {
                foreach (var fields in events.EnumerateArray())
                {
                    var (node, attribute) = monitored[(connection, fields.GetProperty("clientHandle").GetInt64())];
                    yield return $"  {Id(node)} {attribute} [{Values(fields.GetProperty("fields"))}] Good";
                }
            }
        }
    }

    private static string LoggedOperation(string service, JsonElement asked, JsonElement? answer, string fault)
    {
        var node = asked.TryGetProperty("node", out var id) ? Id(id.GetString()!) : "";
        var status = answer is { } result && result.TryGetProperty("status", out var own) ? own.GetString() : fault;
        switch (service)
        {
            case "Read":
                return $"  {node} {asked.GetProperty("attribute")} {(answer is { } read ? Value(read.GetProperty("value")) : "null")} {status}";
            case "Write":
                return $"  {node} {asked.GetProperty("attribute")} {Value(asked.GetProperty("value"))} {status}";
            case "Call":
                var outputs = answer is { } called ? Values(called.GetProperty("outputs")) : "";
                return $"  {node} {Id(asked.GetProperty("method").GetString()!)} ({Values(asked.GetProperty("arguments"))}) [{outputs}] {status}";
            case "Browse" or "BrowseNext":
                var found = answer is { } browsed
                    ? browsed.GetProperty("references").EnumerateArray().Select(reference => Id(reference.GetProperty("node").GetString()!))
                    : [];
                return $"  {node} [{string.Join(' ', found)}] {status}";
            case "TranslateBrowsePathsToNodeIds":
                var path = asked.GetProperty("path").EnumerateArray().Select(element => element.GetString());
                var targets = answer!.Value.GetProperty("targets").EnumerateArray().Select(target => Id(target.GetString()!));
                return $"  {node} {string.Join('/', path)} [{string.Join(' ', targets)}] {status}";
            case "RegisterNodes":
                return $"  {node} {Id(answer!.Value.GetProperty("node").GetString()!)} {status}";
            default:
                return $"  {node} {status}";
        }
    }

    private static string ObservedOperation(string service, JsonElement operation)
    {
        var node = operation.TryGetProperty("nodeId", out var id) ? Id(id.GetString() ?? "null") : "";
        var status = operation.TryGetProperty("status", out var own) ? own.ToString() : "none";
        var request = operation.TryGetProperty("request", out var asked) ? asked : default;
        var response = operation.TryGetProperty("response", out var answer) ? answer : default;
        var isAnswered = response.ValueKind == JsonValueKind.Object;
        switch (service)
        {
            case "Read" or "Write":
                return $"  {node} {operation.GetProperty("attribute")} {Plain(operation.GetProperty("value"))} {status}";
            case "Publish" when operation.TryGetProperty("fields", out var fields):
                return $"  {node} {operation.GetProperty("attribute")} [{string.Join(", ", fields.EnumerateArray().Select(Plain))}] {status}";
            case "Publish":
                return $"  {node} {operation.GetProperty("attribute")} {Plain(operation.GetProperty("value"))} {status}";
            case "Call":
                var inputs = request.GetProperty("inputArguments").EnumerateArray().Select(Plain);
                var outputs = isAnswered ? response.GetProperty("outputArguments").EnumerateArray().Select(Plain) : [];
                return $"  {Id(request.GetProperty("objectId").GetString()!)} {Id(request.GetProperty("methodId").GetString()!)} "
                    + $"({string.Join(", ", inputs)}) [{string.Join(", ", outputs)}] {status}";
            case "Browse" or "BrowseNext":
                var found = isAnswered
                    ? response.GetProperty("references").EnumerateArray().Select(reference => Id(reference.GetProperty("nodeId").GetString()!))
                    : [];
                return $"  {node} [{string.Join(' ', found)}] {status}";
            case "TranslateBrowsePathsToNodeIds":
                var path = request.GetProperty("relativePath").GetProperty("elements").EnumerateArray()
                    .Select(element => element.GetProperty("targetName").GetString());
                var targets = response.GetProperty("targets").EnumerateArray()
                    .Select(target => Id(target.GetProperty("targetId").GetString()!));
                return $"  {node} {string.Join('/', path)} [{string.Join(' ', targets)}] {status}";
            case "RegisterNodes":
                return $"  {node} {Id(response.GetProperty("registeredNodeId").GetString()!)} {status}";
            default:
                return $"  {node} {status}";
        }
    }

    /// <summary>Identifiers that are GUIDs are written in either case.</summary>
    private static string Id(string node) =>
        node.Contains("g=", StringComparison.Ordinal) ? node.ToLowerInvariant() : node;

    private static string Values(JsonElement variants) => string.Join(", ", variants.EnumerateArray().Select(Value));

    /// <summary>A value in the log: its type beside it.</summary>
    private static string Value(JsonElement variant)
    {
        if (variant.ValueKind == JsonValueKind.Null) return "null";
        var type = variant.GetProperty("type").GetString()!;
        var value = variant.GetProperty("value");
        return value.ValueKind == JsonValueKind.Array
            ? $"[{string.Join(", ", value.EnumerateArray().Select(item => Scalar(type, item)))}]"
            : Scalar(type, value);
    }

    private static string Scalar(string type, JsonElement value) => type switch
    {
        "ExtensionObject" => "(structure)",
        "Guid" => value.GetString()!.ToLowerInvariant(),
        // Shown with all of its single precision; the log's language knows double precision only.
        "Float" => ((float)value.GetDouble()).ToString("R", CultureInfo.InvariantCulture),
        "Int64" or "UInt64" => value.GetString()!,
        // The beginning of the time scale stands for no time (Part 6 v1.05 §5.2.2.5).
        "DateTime" when value.GetString()!.StartsWith("1601-01-01T00:00:00", StringComparison.Ordinal) => "null",
        // An absent text is shown as an empty one.
        "String" or "ByteString" or "LocalizedText" when value.ValueKind == JsonValueKind.Null => "",
        _ => Plain(value),
    };

    /// <summary>A value without its type: numbers by their value, times to the millisecond that the log has.</summary>
    private static string Plain(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                return $"[{string.Join(", ", value.EnumerateArray().Select(Plain))}]";
            case JsonValueKind.Object:
                return "(structure)";
            case JsonValueKind.Number:
                return value.TryGetInt64(out var whole)
                    ? whole.ToString(CultureInfo.InvariantCulture)
                    : value.GetDouble().ToString("R", CultureInfo.InvariantCulture);
            case JsonValueKind.Null:
                return "null";
            default:
                var text = value.ToString();
                return text.Length >= 20 && text[4] == '-' && text[10] == 'T' && text.EndsWith('Z')
                    && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var time)
                    ? time.ToString("yyyy-MM-ddTHH:mm:ss.fff", CultureInfo.InvariantCulture)
                    : text;
        }
    }
}
