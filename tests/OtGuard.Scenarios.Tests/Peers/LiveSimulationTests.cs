using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using OtGuard.Host.Commands;
using OtGuard.TestKit;

namespace OtGuard.Scenarios.Tests.Peers;

/// <summary>The simulated site played live, met by independent programs: mbpoll, pymodbus, tcpdump, candump.</summary>
[TestClass]
public sealed partial class LiveSimulationTests
{
    private const string Python = "/usr/bin/python3";

    private const string Client = """
        import sys
        from pymodbus.client import ModbusTcpClient
        from pymodbus.mei_message import ReadDeviceInformationRequest
        client = ModbusTcpClient(sys.argv[1], port=int(sys.argv[2]))
        client.connect()
        info = client.execute(ReadDeviceInformationRequest(0x01, 0x00, unit=1)).information
        print(info[0].decode(), info[1].decode())
        print(client.read_input_registers(0, 8, slave=1).registers[0] > 1800)
        print(client.write_coil(0, False, slave=1).isError(), client.read_coils(0, 1, slave=1).bits[0])
        print(client.write_coils(0, [True, True], slave=1).exception_code)
        client.close()
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Twice what it takes on two busy cores.
    private static readonly TimeSpan EmulatedPatience = TimeSpan.FromSeconds(300);

    [TestMethod]
    public void Any_client_may_attack_the_live_site_and_tcpdump_sees_it_beside_the_polling()
    {
        Require("mbpoll", "tcpdump");
        RequirePymodbus();
        using var folder = new TemporaryFolder();
        var port = FreePort();
        using var site = new Otguard(
            "simulate", "run", "substation", "--live", "--network", "127.34.1.0/24", "--port", Text(port), "--poll", "0.5s", "--format", "jsonl");
        site.WaitUntilItSays("Ctrl-C ends it");
        using var recorder = Process.Start("tcpdump", ["-i", "lo", "-q", "-U", "-w", folder.File("live.pcap"), "-Z", "root", $"tcp port {port} or tcp port 4840"]);
        WaitFor(() => File.Exists(folder.File("live.pcap")) && new FileInfo(folder.File("live.pcap")).Length >= 24);

        var read = Run("mbpoll", "-m", "tcp", "-p", Text(port), "-a", "1", "-r", "1", "-c", "8", "-t", "3", "-1", "127.34.1.103");
        var written = Run("mbpoll", "-m", "tcp", "-p", Text(port), "-a", "1", "-r", "11", "-t", "4", "127.34.1.112", "80");
        var told = Run(Python, "-c", Client, "127.34.1.104", Text(port));

        Assert.Contains("[8]:", read);
        Assert.Contains("Written 1 references", written);
        Assert.AreEqual("Simulated Switchgear FP-7\nTrue\nFalse False\n4\n", told);
        WaitFor(() => Observe(folder.File("live.pcap")).Exists(o => o.GetProperty("client").GetString()!.StartsWith("127.34.1.11:", StringComparison.Ordinal)
            && o.GetProperty("server").GetString()!.StartsWith("127.34.1.114:", StringComparison.Ordinal)));
        WaitFor(() => Observe(folder.File("live.pcap")).Exists(o => o.GetProperty("protocol").GetString() == "opcua"
            && o.GetProperty("client").GetString()!.StartsWith("127.34.1.31:", StringComparison.Ordinal)
            && o.GetProperty("operation").GetString() == "Publish"));
        Interrupt(recorder);

        // mbpoll counts from 1.
        var write = Observe(folder.File("live.pcap")).Single(o => o.GetProperty("server").GetString() == $"127.34.1.112:{port}"
            && o.GetProperty("operation").GetString() == "WriteSingleRegister");
        Assert.AreEqual("[80]", write.GetProperty("modbus").GetProperty("requestValues").GetRawText());
        Assert.StartsWith("127.0.0.1:", write.GetProperty("client").GetString()!);
        Assert.AreEqual(0, site.Interrupt(), site.Said);
        Assert.Contains("\"type\":\"played\"", site.Said);
        Assert.ThrowsExactly<SocketException>(() => Knock("127.34.1.103", port));
    }

    [TestMethod]
    public void A_real_OPC_UA_client_subscribes_to_the_live_site_and_opens_a_breaker()
    {
        Require("node");
        var modules = Path.Combine(SharedData.RepositoryRoot, "tests", "peers", "opcua", "node_modules");
        if (!Directory.Exists(modules)) Skip("node-opcua is not installed (tests/run.sh --install-peers installs it).");
        using var folder = new TemporaryFolder();
        using var site = new Otguard(
            "simulate", "run", "substation", "--live", "--network", "127.34.2.0/24", "--port", Text(FreePort()), "--poll", "0.5s");
        site.WaitUntilItSays("Ctrl-C ends it");
        const string script = """
            const { OPCUAClient } = require("node-opcua-client");
            (async () => {
              const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 1 } });
              await client.connect(process.argv[1]);
              const session = await client.createSession();
              const voltage = await session.read({ nodeId: "ns=2;s=F1.Voltage", attributeId: 13 });
              console.log(voltage.value.value > 18);
              const subscription = await session.createSubscription2({
                requestedPublishingInterval: 200, requestedMaxKeepAliveCount: 10, requestedLifetimeCount: 100,
                maxNotificationsPerPublish: 100, publishingEnabled: true, priority: 1 });
              const item = await subscription.monitor(
                { nodeId: "ns=2;s=F1.Current", attributeId: 13 },
                { samplingInterval: 200, discardOldest: true, queueSize: 10 }, 2);
              const told = new Promise(resolve => item.on("changed", told => { if (told.value.value === 0) resolve(); }));
              const status = await session.write({
                nodeId: "ns=2;s=F1.BreakerCommand", attributeId: 13, value: { value: { dataType: "Boolean", value: false } } });
              console.log(status.name);
              await told;
              console.log("no current");
              await session.close();
              await client.disconnect();
              process.exit(0);
            })();
            """;
        var start = new ProcessStartInfo("node", ["-e", script, "opc.tcp://127.34.2.30:4840"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NODE_PATH"] = modules;
        start.Environment["HOME"] = start.Environment["XDG_CONFIG_HOME"] = folder.Path;

        var told = Run(start);

        // node-opcua speaks of itself in between.
        string[] words = ["true", "Good", "no current"];
        CollectionAssert.AreEqual(words, told.Split('\n').Where(words.Contains).ToArray(), told);
        Assert.AreEqual(0, site.Interrupt(), site.Said);
    }

    [TestMethod]
    public void In_a_network_namespace_the_station_has_its_own_addresses_and_ports()
    {
        Require("mbpoll", "ip");
        if (Run("id", "-u").Trim() != "0") Skip("A network namespace needs root.");
        var name = $"otguard-{Environment.ProcessId}";
        Run("ip", "netns", "add", name);
        try
        {
            Run("ip", "-n", name, "link", "set", "lo", "up");
            Run("ip", "-n", name, "addr", "add", "10.20.0.1/24", "dev", "lo");
            using var site = new Otguard(
                ["ip", "netns", "exec", name], "simulate", "run", "substation", "--live", "--network", "10.20.0.0/24", "--port", "502");
            site.WaitUntilItSays("Ctrl-C ends it");

            var read = Run(
                "ip", "netns", "exec", name, "mbpoll", "-m", "tcp", "-a", "1", "-r", "1", "-c", "2", "-t", "3", "-1", "10.20.0.103");

            Assert.Contains("[2]:", read);
            Assert.AreEqual(0, site.Interrupt(), site.Said);
        }
        finally
        {
            Run("ip", "netns", "del", name);
        }
    }

    [TestMethod]
    public void Log_of_a_live_bus_goes_into_a_pipe_and_the_run_ends_with_its_reader()
    {
        Require("head");
        var start = new ProcessStartInfo(
            "/bin/sh", ["-c", $"{Otguard.Command} simulate run vehicle --live -o - 2>/dev/null | head -n 500"])
        {
            RedirectStandardOutput = true,
        };
        using var shell = Process.Start(start)!;

        var lines = shell.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.IsTrue(shell.WaitForExit(Patience), "It goes on without a reader.");
        Assert.HasCount(500, lines);
        foreach (var line in lines) StringAssert.Matches(line, CandumpLine());
    }

    [TestMethod]
    public void What_is_sent_to_CAN_interfaces_is_what_candump_receives()
    {
        if (EmulatedMachine.Missing() is { } missing)
            Skip($"The emulated machine cannot start: {missing} (tests/run.sh --install-peers installs it).");
        using var folder = new TemporaryFolder();
        const string what =
            "simulate run vehicle-fd --seed 3 --start 2026-01-12T06:00 --duration 4s --attack single-error-frames --at 1s";
        const string script = $"""
            for bus in vcan0 vcan1 vcan2; do ip link add dev $bus type vcan; ip link set $bus mtu 72 up; done
            for bus in vcan0 vcan1 vcan2; do candump -r 4194304 -L $bus,0:0,#FFFFFFFF > $bus.log & dumps="$dumps $!"; done
            otguard {what} --live -o socketcan:vcan0,vcan1,vcan2 --truth truth.csv > live.txt 2> live.err
            echo "live $?" >> ended
            usleep 500000
            kill $dumps
            wait $dumps
            otguard simulate run truck --live -o socketcan:vcan9 2> missing.err
            echo "missing $?" >> ended
            """;

        var console = EmulatedMachine.Run(script, folder.Path, EmulatedPatience);

        string Result(string name) => File.ReadAllText(Path.Combine(folder.Path, "results", name));
        Assert.AreEqual("live 0\nmissing 4\n", Result("ended"), Result("live.err") + console);
        Assert.Contains("There is no interface vcan9", Result("missing.err"));
        Assert.StartsWith("single-error-frames;0;", Result("truth.csv").Split('\n')[1]);
        using (var output = new StringWriter())
            CommandLine.Invoke([.. what.Split(' '), "-o", folder.File("written")], output, output);
        var written = File.ReadLines(Path.Combine(folder.File("written"), "bus.log")).Select(line => line.Split(' ')).ToList();
        Assert.IsTrue(written.Exists(parts => parts[2].StartsWith("20000", StringComparison.Ordinal)), "No error frame was written.");
        for (var bus = 0; bus < 3; bus++)
        {
            var sent = written.Where(parts => parts[1] == $"can{bus}").Select(parts => parts[2]).ToArray();
            var received = Result($"vcan{bus}.log").Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => WithoutFormatFlag(line.Split(' ')[2])).ToArray();
            Assert.IsNotEmpty(sent);
            CollectionAssert.AreEqual(sent, received, $"bus {bus}: {sent.Length} sent, {received.Length} received");
        }
    }

    // Newer kernels tell with a flag of their own (4) that a frame is CAN FD, which its form says anyway.
    private static string WithoutFormatFlag(string frame) => FdFlags().Replace(
        frame, match => $"##{(int.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 3):X}");

    [GeneratedRegex("##([0-9A-F])")]
    private static partial Regex FdFlags();

    [GeneratedRegex(@"^\([0-9]{10}\.[0-9]{6}\) can[01] [0-9A-F]{3}#[0-9A-F]*$")]
    private static partial Regex CandumpLine();

    private static List<JsonElement> Observe(string capture)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter();
        CommandLine.Invoke(["inspect", capture, "--show", "observations", "--format", "jsonl"], output, error);
        return [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string Run(string program, params string[] arguments) =>
        Run(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });

    private static string Run(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        if (!process.WaitForExit(Patience)) process.Kill();
        Assert.AreEqual(0, process.ExitCode, $"{start.FileName}: {output}{errors.Result}");
        return output;
    }

    private static void Interrupt(Process process)
    {
        Run("kill", "-INT", Text(process.Id));
        process.WaitForExit(Patience);
    }

    private static void Knock(string address, int port)
    {
        using var client = new TcpClient();
        client.Connect(IPAddress.Parse(address), port);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void WaitFor(Func<bool> condition) => Assert.IsTrue(SpinWait.SpinUntil(condition, Patience), "Waited in vain.");

    private static void Require(params string[] programs)
    {
        var missing = programs.FirstOrDefault(program => !(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
            .Any(folder => File.Exists(Path.Combine(folder, program))));
        if (missing is not null) Skip($"{missing} is not installed (tests/run.sh --install-peers installs it).");
    }

    private static void RequirePymodbus()
    {
        if (!File.Exists(Python) || !Directory.Exists("/usr/lib/python3/dist-packages/pymodbus")) Skip("python3-pymodbus is not installed.");
    }

    private static void Skip(string message)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
        Assert.Inconclusive(message);
    }

    /// <summary>The command as a process of its own.</summary>
    private sealed class Otguard : IDisposable
    {
        private readonly Process _process;
        private readonly StringBuilder _said = new();

        public Otguard(params string[] arguments)
            : this([], arguments)
        {
        }

        public Otguard(string[] before, params string[] arguments)
        {
            string[] all = [.. before, "dotnet", Assembly, .. arguments];
            _process = Process.Start(new ProcessStartInfo(all[0], all[1..])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            _process.OutputDataReceived += Keep;
            _process.ErrorDataReceived += Keep;
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public static string Command => $"dotnet '{Assembly}'";

        public string Said
        {
            get
            {
                lock (_said) return _said.ToString();
            }
        }

        private static string Assembly => Path.Combine(AppContext.BaseDirectory, "otguard.dll");

        public void WaitUntilItSays(string text)
        {
            SpinWait.SpinUntil(() => Said.Contains(text, StringComparison.Ordinal) || _process.HasExited, Patience);
            Assert.Contains(text, Said);
        }

        /// <summary>Ctrl-C; returns the exit code.</summary>
        public int Interrupt()
        {
            LiveSimulationTests.Interrupt(_process);
            Assert.IsTrue(_process.HasExited, $"It goes on: {Said}");
            _process.WaitForExit();
            return _process.ExitCode;
        }

        public void Dispose()
        {
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
            _process.Dispose();
        }

        private void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (_said) _said.AppendLine(line.Data);
        }
    }
}
