using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using OtGuard.TestKit;

namespace OtGuard.Scenarios.Tests.OpcUa;

/// <summary>
/// A node-opcua server on loopback, whose clients carry out programmes while tcpdump records them. Everything it writes
/// lies in a temporary folder that goes with it.
/// </summary>
internal sealed class OpcUaPlant : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private PeerProcess? _server;
    private string _serverCertificate = "server";
    private int _runs;

    /// <summary>
    /// Starts the server. Where a peer is missing the test fails with <c>CI=true</c>, and is inconclusive elsewhere.
    /// </summary>
    public OpcUaPlant()
    {
        try
        {
            RequirePeers();
            Port = FreePort();
            StartServer();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The server's TCP port.</summary>
    public int Port { get; }

    /// <summary>Runs a programme to its end and returns what was recorded of it.</summary>
    public Recording Run(Programme programme)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"run-{++_runs}");
        var capture = _folder.File($"{name}.pcap");
        var log = _folder.File($"{name}.jsonl");
        var keys = _folder.File($"client-{programme.Certificate}");
        using (var recorder = new Recorder(capture, Port))
        {
            using var client = Node(
                "client.js", "--log", log, "--pki", keys, "--programme", programme.Name, "--mode", programme.Mode,
                "--user", programme.User, "--seconds", Text(programme.Seconds), "--application", programme.Application,
                "--renewal", Text(programme.RenewalMilliseconds), "--from", programme.From);
            client.WaitUntilItSucceeds(PeerProcess.Patience + TimeSpan.FromSeconds(programme.Seconds));
            recorder.Finish();
        }

        return new Recording(
            capture, Port,
            [.. File.ReadLines(log).Select(line => JsonDocument.Parse(line).RootElement)],
            Certificate(Path.Combine(_folder.File(_serverCertificate), "server.pem")),
            Certificate(Path.Combine(keys, "application.pem")));
    }

    /// <summary>Starts the server again on the same port, with another key and certificate.</summary>
    public void ChangeServerCertificate()
    {
        _server!.Dispose();
        _serverCertificate = "server-changed";
        StartServer();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _server?.Dispose();
        _folder.Dispose();
    }

    private static string Peers => Path.Combine(SharedData.RepositoryRoot, "tests", "peers", "opcua");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static X509Certificate2 Certificate(string file) => X509CertificateLoader.LoadCertificateFromFile(file);

    private void StartServer()
    {
        _server = Node("server.js", "--pki", _folder.File(_serverCertificate));
        _server.WaitUntilItSays("listening");
    }

    private PeerProcess Node(string script, params string[] arguments) =>
        new("node", _folder.Path, [Path.Combine(Peers, script), "--port", Text(Port), .. arguments]);

    private static void RequirePeers()
    {
        var missing = new List<string>();
        if (!IsInstalled("node")) missing.Add("node");
        if (!IsInstalled("tcpdump")) missing.Add("tcpdump");
        if (!IsInstalled("tshark")) missing.Add("tshark");
        if (!Directory.Exists(Path.Combine(Peers, "node_modules"))) missing.Add("node-opcua (npm ci --prefix tests/peers/opcua)");
        if (missing.Count == 0) return;
        var message = $"Not installed: {string.Join(", ", missing)}. tests/run.sh --install-peers installs them.";
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
        Assert.Inconclusive(message);
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
            .Any(folder => File.Exists(Path.Combine(folder, program)));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
