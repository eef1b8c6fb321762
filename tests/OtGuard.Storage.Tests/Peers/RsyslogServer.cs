using System.Globalization;
using System.Net.Sockets;
using OtGuard.TestKit;

namespace OtGuard.Storage.Tests.Peers;

/// <summary>rsyslog, listening by TLS, TCP and UDP, writing every message as it came into a file.</summary>
internal sealed class RsyslogServer : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PeerProcess _process;

    public RsyslogServer()
    {
        var certificates = new Certificates(_folder.Path);
        AuthorityFile = certificates.CertificateFile;
        (TlsPort, TcpPort, UdpPort) = (PeerProcess.FreePort(), PeerProcess.FreePort(), PeerProcess.FreePort());
        var configuration = _folder.File("rsyslog.conf");
        File.WriteAllText(
            configuration,
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""
                global(workDirectory="{{_folder.Path}}" maxMessageSize="64k"
                  defaultNetstreamDriverCAFile="{{certificates.CertificateFile}}"
                  defaultNetstreamDriverCertFile="{{certificates.CertificateFile}}"
                  defaultNetstreamDriverKeyFile="{{certificates.KeyFile}}")
                module(load="imtcp")
                module(load="imudp")
                template(name="raw" type="string" string="%rawmsg%\n")
                input(type="imtcp" address="127.0.0.1" port="{{TlsPort}}"
                  streamdriver.name="gtls" streamdriver.mode="1" streamdriver.authmode="anon")
                input(type="imtcp" address="127.0.0.1" port="{{TcpPort}}"
                  streamdriver.name="ptcp" streamdriver.mode="0")
                input(type="imudp" address="127.0.0.1" port="{{UdpPort}}")
                action(type="omfile" file="{{LogFile}}" template="raw")
                """));
        _process = new PeerProcess("rsyslogd", "-n", "-f", configuration, "-i", _folder.File("rsyslog.pid"));
    }

    public int TlsPort { get; }

    public int TcpPort { get; }

    public int UdpPort { get; }

    public string AuthorityFile { get; }

    public string LogFile => _folder.File("received.log");

    /// <summary>Every message received, complete lines only.</summary>
    public IReadOnlyList<string> Received
    {
        get
        {
            if (!File.Exists(LogFile)) return [];
            using var file = new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
    }

    public void Kill()
    {
        _process.Kill();
        File.Delete(_folder.File("rsyslog.pid"));
    }

    public async Task BringBackAsync(CancellationToken cancellation)
    {
        _process.Start();
        await PeerProcess.UntilReadyAsync(
            async () =>
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", TlsPort, cancellation);
                // UDP has nobody to ask: its socket is there or not.
                var port = string.Create(CultureInfo.InvariantCulture, $":{UdpPort:X4} ");
                return (await File.ReadAllTextAsync("/proc/net/udp", cancellation)).Contains(
                    port, StringComparison.Ordinal);
            },
            cancellation);
    }

    /// <summary>Waits until so many messages have been written.</summary>
    public Task WaitForAsync(int messages, CancellationToken cancellation) =>
        PeerProcess.UntilReadyAsync(() => Task.FromResult(Received.Count >= messages), cancellation);

    public void Dispose()
    {
        _process.Dispose();
        _folder.Dispose();
    }
}
