using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using OtGuard.Host.Commands;
using OtGuard.TestKit;

namespace OtGuard.Scenarios.Tests.Peers;

/// <summary>
/// Independent programs talk Modbus with each other over loopback (pymodbus serves, mbpoll asks), tcpdump records them,
/// and what OtGuard says happened is what mbpoll was told to do.
/// </summary>
[TestClass]
public sealed class LivePeersTests
{
    private const string Python = "/usr/bin/python3";

    private const string Server = """
        import sys
        from pymodbus.server import StartTcpServer
        from pymodbus.datastore import ModbusSequentialDataBlock as Block, ModbusSlaveContext as Slave, ModbusServerContext
        units = Slave(di=Block(0, [1, 0] * 50), co=Block(0, [0] * 100), hr=Block(0, list(range(100, 200))),
                      ir=Block(0, list(range(500, 600))), zero_mode=True)
        StartTcpServer(context=ModbusServerContext(slaves=units, single=True), address=("127.0.0.1", int(sys.argv[1])))
        """;

    private readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    [TestMethod]
    public void What_real_peers_did_is_what_is_observed()
    {
        RequirePeers();
        using var folder = new TemporaryFolder();
        var port = FreePort();
        using var server = Start(Python, "-c", Server, Text(port));
        try
        {
            WaitUntilServed(port);
            using var recorder = Start(
                "tcpdump", "-i", "lo", "-U", "-w", folder.File("peers.pcap"), "-Z", "root", $"tcp port {port}");
            WaitFor(() => File.Exists(folder.File("peers.pcap")) && new FileInfo(folder.File("peers.pcap")).Length >= 24);

            Poll(port, "-r", "11", "-c", "4", "-t", "4", "-1", "127.0.0.1");
            Poll(port, "-r", "21", "-c", "3", "-t", "3", "-1", "127.0.0.1");
            Poll(port, "-r", "6", "-t", "4", "127.0.0.1", "4242");
            Poll(port, "-r", "8", "-t", "0", "127.0.0.1", "1", "0", "1");
            Poll(port, "-r", "5000", "-c", "1", "-t", "4", "-1", "127.0.0.1");

            WaitFor(() => Observe(folder.File("peers.pcap")).Count(IsAnswered) == 5);
            Stop(recorder);
        }
        finally
        {
            Stop(server);
        }

        var observed = Observe(folder.File("peers.pcap"));
        Assert.AreEqual(
            """
            ReadHoldingRegisters unit 1 address 10 quantity 4 wrote [] read [110,111,112,113] Succeeded
            ReadInputRegisters unit 1 address 20 quantity 3 wrote [] read [520,521,522] Succeeded
            WriteSingleRegister unit 1 address 5 quantity 1 wrote [4242] read [4242] Succeeded
            WriteMultipleCoils unit 1 address 7 quantity 3 wrote [1,0,1] read [] Succeeded
            ReadHoldingRegisters unit 1 address 4999 quantity 1 wrote [] read [] Rejected 2
            """,
            string.Join('\n', observed.Select(Describe)));
    }

    private static bool IsAnswered(JsonElement observation) =>
        observation.GetProperty("responseFrame").ValueKind == JsonValueKind.Number;

    private static string Describe(JsonElement observation)
    {
        var modbus = observation.GetProperty("modbus");
        var line = $"{observation.GetProperty("operation")} unit {modbus.GetProperty("unit")} "
            + $"address {modbus.GetProperty("address")} quantity {modbus.GetProperty("quantity")} "
            + $"wrote {modbus.GetProperty("requestValues").GetRawText()} read {modbus.GetProperty("responseValues").GetRawText()} "
            + $"{observation.GetProperty("outcome")} {modbus.GetProperty("exceptionCode")}";
        return line.TrimEnd();
    }

    private static List<JsonElement> Observe(string capture)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter();
        CommandLine.Invoke(["inspect", capture, "--show", "observations", "--format", "jsonl"], output, error);
        return [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static void RequirePeers()
    {
        if (IsInstalled("tcpdump") && IsInstalled("mbpoll") && File.Exists(Python) && Directory.Exists("/usr/lib/python3/dist-packages/pymodbus")) return;
        const string message = "tcpdump, mbpoll or python3-pymodbus is not installed.";
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

    private void Poll(int port, params string[] arguments)
    {
        using var poll = Start("mbpoll", ["-m", "tcp", "-a", "1", "-p", Text(port), .. arguments]);
        Assert.IsTrue(poll.WaitForExit(_patience), "mbpoll did not end.");
    }

    private void WaitUntilServed(int port) => WaitFor(() =>
    {
        try
        {
            using var probe = new TcpClient();
            probe.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    });

    private void WaitFor(Func<bool> condition) =>
        Assert.IsTrue(SpinWait.SpinUntil(condition, _patience), "The peers did not come so far in time.");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        // Read and thrown away, so that no peer waits for a full pipe.
        process.ErrorDataReceived += static (_, _) => { };
        process.OutputDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    private static void Stop(Process process)
    {
        if (!process.HasExited) process.Kill();
        process.WaitForExit();
    }
}
