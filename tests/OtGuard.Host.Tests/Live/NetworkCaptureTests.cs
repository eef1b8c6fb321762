using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Live;

/// <summary>Live capture on a cable between two network namespaces, with tcpreplay at the far end.</summary>
[TestClass]
public sealed class NetworkCaptureTests
{
    private const string Clean = "modbus/lemay/characterization_modbus_6RTU_with_operate.pcap";
    private const string Attacked = "modbus/lemay/send_a_fake_command_modbus_6RTU_with_operate.pcap";

    /// <summary>Frames of <see cref="Attacked"/>.</summary>
    private const int AttackedFrames = 11_166;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void A_live_run_receives_every_frame_judges_as_from_a_file_and_lets_not_one_out()
    {
        using var pair = NetworkPair.Create("tcpreplay", "tcpdump");
        using var folder = new TemporaryFolder();
        var baseline = folder.File("clean.baseline");
        Assert.AreEqual(0, Otguard.Run("learn", SharedData.PathOf(Clean), "-o", baseline).ExitCode);
        var recorded = folder.File("recorded.pcap");

        // Both read the same queue, so the same frames with the same stamps.
        var recorder = pair.StartNear(
            "tcpdump", "-i", NetworkPair.Port, "-w", recorded, "--time-stamp-precision=nano", "-B", "65536", "-Z", "root");
        NetworkPair.AwaitWord(recorder, "listening on");
        pair.AwaitListeners(1);
        var live = pair.Otguard("detect", $"net:{NetworkPair.Port}", "-b", baseline, "--for", "12s", "--format", "jsonl");
        NetworkPair.AwaitWord(live, "seccomp filter on all");
        pair.AwaitListeners(2);
        var played = pair.RunFar("tcpreplay", "--quiet", "-i", "veth0", "--multiplier=200", SharedData.PathOf(Attacked));
        Assert.Contains($"Successful packets:        {AttackedFrames}", played);
        var judged = NetworkPair.End(live);
        Stop(recorder);

        var expected = Otguard.Run("detect", recorded, "-b", baseline, "--format", "jsonl");
        Assert.AreEqual(1, judged.ExitCode, judged.Error);
        Assert.AreEqual(expected.Output, judged.Output);
        Assert.DoesNotContain("lost", judged.Error);
        Assert.AreEqual(AttackedFrames, Frames(Otguard.Run("inspect", recorded, "--show", "stats", "--format", "jsonl")));
        Assert.AreEqual(0, pair.FramesFromPort, "Frames left the monitor's port.");
    }

    [TestMethod]
    public void An_interface_that_goes_away_and_comes_back_is_listened_to_again_by_the_confined_process()
    {
        using var pair = NetworkPair.Create("tcpreplay");
        var live = pair.Otguard(
            "inspect", $"net:{NetworkPair.Port}", "--for", "12s", "--show", "stats", "--format", "jsonl");
        NetworkPair.AwaitWord(live, "seccomp filter on all");
        pair.AwaitListeners(1);
        Play(pair, 100);
        pair.Unplug();
        pair.Plug();
        pair.AwaitListeners(1);
        Play(pair, 50);

        var outcome = NetworkPair.End(live);

        Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        Assert.Contains("listened to again", outcome.Output);
        // What libpcap had not handed over when the interface went is lost with it, and counted.
        var frames = Frames(outcome);
        Assert.IsInRange(50, 150, frames);
        if (frames < 150)
        {
            Assert.Contains(
                string.Create(CultureInfo.InvariantCulture, $"About {150 - frames} frames that were not read yet"),
                outcome.Output);
        }

        Assert.AreEqual(0, pair.FramesFromPort);
    }

    [TestMethod]
    public void A_capture_process_that_is_killed_is_started_again_and_what_was_lost_is_counted()
    {
        using var pair = NetworkPair.Create("tcpreplay");
        var live = pair.Otguard(
            "inspect", $"net:{NetworkPair.Port}", "--for", "12s", "--show", "stats", "--format", "jsonl");
        NetworkPair.AwaitWord(live, "seccomp filter on all");
        pair.AwaitListeners(1);
        Play(pair, 100);
        Process.GetProcessById(CaptureProcessOf(live.Id)).Kill();
        pair.AwaitListeners(0);
        Play(pair, 70);
        pair.AwaitListeners(1);
        Play(pair, 50);

        var outcome = NetworkPair.End(live);

        Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        Assert.Contains("The capture process ended (signal 9)", outcome.Output);
        Assert.Contains("was started again", outcome.Output);
        // What the killed process had not handed over yet is lost too, and none is counted twice.
        var frames = Frames(outcome);
        Assert.IsInRange(50, 150, frames);
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"about {220 - frames} frames were lost"), outcome.Output);
    }

    [TestMethod]
    public void An_interface_that_does_not_exist_and_a_filter_that_is_wrong_are_said_in_a_sentence()
    {
        using var pair = NetworkPair.Create();

        var missing = NetworkPair.End(pair.Otguard("inspect", "net:eth77"));
        var filter = NetworkPair.End(pair.Otguard("inspect", $"net:{NetworkPair.Port}?filter=tcp port modbus please"));

        Assert.AreEqual(4, missing.ExitCode);
        Assert.Contains($"There is no network interface 'eth77'; there are {NetworkPair.Port}", missing.Error);
        Assert.AreEqual(4, filter.ExitCode);
        Assert.Contains("The filter 'tcp port modbus please' is wrong", filter.Error);
    }

    [TestMethod]
    public void Without_the_right_to_listen_it_is_said_how_to_give_it()
    {
        using var pair = NetworkPair.Create("setpriv");

        var outcome = NetworkPair.End(pair.StartNear(
            "setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw", "dotnet",
            Path.Combine(AppContext.BaseDirectory, "otguard.dll"), "inspect", $"net:{NetworkPair.Port}"));

        Assert.AreEqual(4, outcome.ExitCode);
        Assert.Contains("setcap cap_net_raw+ep", outcome.Error);
    }

    [TestMethod]
    public async Task The_service_may_not_listen_itself_and_what_it_captures_with_comes_back_and_ends_with_it()
    {
        using var pair = NetworkPair.Create("tcpreplay");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("otguard.json"), JsonSerializer.Serialize(new
        {
            data = "data",
            http = new { port = 0 },
            sources = new[] { new { name = "line", address = $"net:{NetworkPair.Port}" } },
        }));
        var service = pair.Otguard("run", "--config", folder.File("otguard.json"));
        NetworkPair.AwaitWord(service, "listens only");
        pair.AwaitListeners(1);

        Assert.AreEqual(0UL, CapabilitiesOf(service.Id) & 1UL << 13, "A thread of the service may listen.");
        var launcher = ChildrenOf(service.Id).Single();
        var capture = ChildrenOf(launcher).Single();
        Assert.AreEqual(1UL << 13, CapabilitiesOf(launcher));
        Assert.AreEqual(1UL << 13, CapabilitiesOf(capture));
        Play(pair, 100);
        Process.GetProcessById(capture).Kill();
        while (ChildrenOf(launcher).All(child => child == capture)) await Task.Delay(50, TestContext.CancellationToken);
        pair.AwaitListeners(1);
        Play(pair, 50);
        var again = ChildrenOf(launcher).Single();
        Assert.AreNotEqual(capture, again);

        service.Kill();
        await service.WaitForExitAsync(TestContext.CancellationToken);
        foreach (var left in new[] { launcher, again })
            while (Directory.Exists($"/proc/{left}") && !File.ReadAllText($"/proc/{left}/stat").Contains(") Z"))
                await Task.Delay(50, TestContext.CancellationToken);
        Assert.AreEqual(0, pair.FramesFromPort);
        // The ring has what came before and after, up to the last second.
        var kept = Directory.GetFiles(folder.File("data/traffic/line"));
        Assert.IsNotEmpty(kept);
    }

    /// <summary>What any thread of a process holds or could take.</summary>
    private static ulong CapabilitiesOf(int process) => Directory.GetDirectories($"/proc/{process}/task")
        .SelectMany(task => File.ReadLines($"{task}/status"))
        .Where(line => line.StartsWith("CapPrm:", StringComparison.Ordinal)
            || line.StartsWith("CapEff:", StringComparison.Ordinal) || line.StartsWith("CapInh:", StringComparison.Ordinal)
            || line.StartsWith("CapBnd:", StringComparison.Ordinal))
        .Aggregate(0UL, (all, line) => all | ulong.Parse(
            line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    private static List<int> ChildrenOf(int process) =>
    [
        .. Process.GetProcesses().Select(one => one.Id).Where(one => File.Exists($"/proc/{one}/stat") && IsChild(one, process)),
    ];

    private static bool IsChild(int one, int of)
    {
        try
        {
            var fields = File.ReadAllText($"/proc/{one}/stat").Split(") ")[^1].Split(' ');
            return fields[0] != "Z" && fields[1] == of.ToString(CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return false;
        }
    }

    [TestMethod]
    public void A_filter_and_the_mode_are_as_the_name_says()
    {
        using var pair = NetworkPair.Create("tcpreplay", "tcpdump");
        var live = pair.Otguard(
            "inspect", $"net:{NetworkPair.Port}?filter=tcp%5B13%5D%20%26%202%20!%3D%200", "--for", "4s", "--show", "stats",
            "--format", "jsonl");
        var said = NetworkPair.AwaitWord(live, "seccomp filter on all");
        pair.AwaitListeners(1);
        Play(pair, 1000);

        var outcome = NetworkPair.End(live);

        using var folder = new TemporaryFolder();
        var (first, matching) = (folder.File("first.pcap"), folder.File("matching.pcap"));
        pair.RunFar("tcpdump", "-r", SharedData.PathOf(Attacked), "-c", "1000", "-w", first, "-Z", "root");
        pair.RunFar("tcpdump", "-r", first, "-w", matching, "-Z", "root", "tcp[13] & 2 != 0");
        var expected = Frames(Otguard.Run("inspect", matching, "--show", "stats", "--format", "jsonl"));
        Assert.IsInRange(1, 999, expected);
        Assert.AreEqual(expected, Frames(outcome));
        Assert.Contains("listens only, to all frames", said + outcome.Error);
    }

    [TestMethod]
    public void Every_call_that_sends_is_refused_in_the_capture_process_by_this_kernel()
    {
        if (!OperatingSystem.IsLinux()) Assert.Inconclusive("The capture process is for Linux.");

        var outcome = Otguard.Run("doctor", "--format", "jsonl");

        var capture = outcome.Json.Single(line => line.GetProperty("type").GetString() == "capture");
        Assert.AreEqual(JsonValueKind.Null, capture.GetProperty("fault").ValueKind, capture.ToString());
        Assert.AreEqual(2, capture.GetProperty("seccomp").GetInt32());
        Assert.IsTrue(capture.GetProperty("confined").GetBoolean(), capture.ToString());
        Assert.AreEqual(0, capture.GetProperty("notRefused").GetArrayLength());
        Assert.AreEqual(
            0UL,
            ulong.Parse(capture.GetProperty("capabilities").GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                & ~(1UL << 13));
    }

    /// <summary>Plays the first frames of a capture at once.</summary>
    private static void Play(NetworkPair pair, int frames) => pair.RunFar(
        "tcpreplay", "--quiet", "-i", "veth0", "--pps=2000", string.Create(CultureInfo.InvariantCulture, $"--limit={frames}"),
        SharedData.PathOf(Attacked));

    private static long Frames(Outcome stats) =>
        stats.Json.First(line => line.GetProperty("type").GetString() == "file").GetProperty("frames").GetInt64();

    private static void Stop(Process process)
    {
        using var stopping = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        process.WaitForExit();
    }

    /// <summary>The child of a process that has the word in its command line.</summary>
    private static int CaptureProcessOf(int parent)
    {
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id)) continue;
            try
            {
                var command = File.ReadAllText($"{folder}/cmdline");
                var owner = File.ReadLines($"{folder}/status").First(line => line.StartsWith("PPid:", StringComparison.Ordinal));
                if (command.Contains("capture-process", StringComparison.Ordinal)
                    && int.Parse(owner["PPid:".Length..], CultureInfo.InvariantCulture) == parent) return id;
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        throw new InvalidOperationException("The capture process was not found.");
    }
}
