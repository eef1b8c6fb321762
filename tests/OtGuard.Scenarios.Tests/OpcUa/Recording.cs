using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace OtGuard.Scenarios.Tests.OpcUa;

/// <summary>What was on the wire while a programme ran, and what its client says it did.</summary>
/// <param name="Capture">The capture file.</param>
/// <param name="Port">The server's TCP port.</param>
/// <param name="Log">The client's own log, an object for each line of it (<c>tests/peers/opcua/recorder.js</c>).</param>
/// <param name="ServerCertificate">The server's application certificate.</param>
/// <param name="ClientCertificate">The client's application certificate.</param>
internal sealed record Recording(
    string Capture,
    int Port,
    IReadOnlyList<JsonElement> Log,
    X509Certificate2 ServerCertificate,
    X509Certificate2 ClientCertificate)
{
    /// <summary>The lines of the log of one kind.</summary>
    public IEnumerable<JsonElement> Events(string kind) =>
        Log.Where(line => line.GetProperty("event").GetString() == kind);

    /// <summary>How often the client says that it sent or received each service message.</summary>
    public SortedDictionary<string, int> LoggedMessages()
    {
        var messages = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in Log)
        {
            var suffix = line.GetProperty("event").GetString() switch
            {
                "request" => "Request",
                "response" when line.GetProperty("service").GetString() == "ServiceFault" => "",
                "response" => "Response",
                _ => null,
            };
            if (suffix is null) continue;
            var name = line.GetProperty("service").GetString() + suffix;
            messages[name] = messages.GetValueOrDefault(name) + 1;
        }

        return messages;
    }

    /// <summary>
    /// The chunks that the client says it sent and received on each of its TCP connections, in their order, as
    /// "MSGF 122": type, chunk letter, size. The key is the client's port and the direction.
    /// </summary>
    public SortedDictionary<string, List<string>> LoggedChunks()
    {
        var ports = Events("connected")
            .ToDictionary(line => line.GetProperty("connection").ToString(), line => line.GetProperty("localPort").GetInt32());
        var chunks = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var line in Events("chunk"))
        {
            if (line.GetProperty("type").GetString() is "HELF" or "ACKF" or "ERRF") continue;
            var key = $"{ports[line.GetProperty("connection").ToString()]} {line.GetProperty("direction")}";
            if (!chunks.TryGetValue(key, out var ofConnection)) chunks[key] = ofConnection = [];
            ofConnection.Add($"{line.GetProperty("type")} {line.GetProperty("size")}");
        }

        return chunks;
    }
}
