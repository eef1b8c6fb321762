using System.Net;
using System.Text.Json;

namespace OtGuard.Scenarios.Tests.OpcUa;

/// <summary>
/// What OtGuard says that real OPC UA peers did is what the client's own log says: operation by operation where the
/// bodies are readable, by count, size, policy and certificate where they are not.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class ObservedEqualsLoggedTests
{
    private static OpcUaPlant? _plant;

    private static OpcUaPlant Plant => _plant ??= new OpcUaPlant();

    [ClassCleanup]
    public static void StopThePlant() => _plant?.Dispose();

    [TestMethod]
    [DataRow("None", "anonymous")]
    [DataRow("None", "password")]
    [DataRow("Sign", "anonymous")]
    [DataRow("Sign", "password")]
    [DataRow("Sign", "certificate")]
    public void Every_operation_is_observed_as_the_client_logged_it(string mode, string user)
    {
        var recording = Plant.Run(new Programme("tour,normal,sweep") { Mode = mode, User = user, Seconds = 3 });

        Exchanges.AssertObservedAsLogged(recording);
    }

    [TestMethod]
    [DataRow("anonymous")]
    [DataRow("password")]
    [DataRow("certificate")]
    public void Encrypted_traffic_is_observed_by_count_size_policy_and_certificate(string user)
    {
        var recording = Plant.Run(new Programme("tour,normal") { Mode = "SignAndEncrypt", User = user, Seconds = 3 });

        var observations = Exchanges.Observe(recording);

        var ports = observations.Where(IsSecuredOpening).Select(PortOf).ToHashSet();
        var logged = recording.LoggedChunks();
        foreach (var port in ports)
        {
            foreach (var direction in new[] { "sent", "received" })
            {
                // "F 122": the letter behind the three of the type, and the size.
                var expected = logged[$"{port} {direction}"]
                    .Where(chunk => !chunk.StartsWith("OPN", StringComparison.Ordinal)).Select(chunk => chunk[3..]);
                var frame = direction == "sent" ? "requestFrame" : "responseFrame";
                var observed = observations
                    .Where(line => PortOf(line) == port && line.GetProperty("operation").GetString() == "Encrypted"
                        && line.GetProperty(frame).ValueKind == JsonValueKind.Number)
                    .Select(line => line.GetProperty("opcua"))
                    .Select(opcua => $"{opcua.GetProperty("chunk")} {opcua.GetProperty("size")}");
                Assert.AreEqual(string.Join('\n', expected), string.Join('\n', observed), $"{direction} on port {port}");
            }
        }

        Assert.HasCount(2, ports);
        var openings = observations.Where(IsSecuredOpening).Select(line => line.GetProperty("opcua")).ToList();
        var thumbprints = openings.Select(opcua => opcua.GetProperty("certificate").GetProperty("thumbprint").GetString()).Distinct();
        CollectionAssert.AreEquivalent(
            new[] { recording.ClientCertificate.Thumbprint, recording.ServerCertificate.Thumbprint }, thumbprints.ToArray());
        Assert.IsTrue(openings.TrueForAll(opcua => opcua.GetProperty("securityPolicy").GetString() == "Basic256Sha256"));
    }

    private static bool IsSecuredOpening(JsonElement observation) =>
        observation.GetProperty("operation").GetString() == "OpenSecureChannel"
        && observation.GetProperty("opcua").TryGetProperty("certificate", out _);

    private static int PortOf(JsonElement observation) => IPEndPoint.Parse(observation.GetProperty("client").GetString()!).Port;
}
