using System.Globalization;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

/// <summary>The whole command on captures in which bytes were changed or the end is missing.</summary>
[TestClass]
public sealed class DamagedCaptureTests
{
    private static readonly string[] Captures =
    [
        "modbus/icsnpp-modbus/modbus_example.pcap", "modbus/zeek/modbusSmall.pcap", "modbus/ndpi/modbus.pcap",
        "modbus/emreekin/FC1-permit.pcap", "capture-format/dhcp-nanosecond.pcapng",
    ];

    /// <summary>Rounds over all captures; OTGUARD_DAMAGE_ROUNDS runs more of them than every build has time for.</summary>
    private static int Rounds =>
        int.Parse(Environment.GetEnvironmentVariable("OTGUARD_DAMAGE_ROUNDS") ?? "8", CultureInfo.InvariantCulture);

    [TestMethod]
    public void Changed_bytes_end_no_run_and_give_nothing_but_json()
    {
        using var folder = new TemporaryFolder();
        var baseline = folder.File("b");
        Assert.AreEqual(0, Otguard.Run("learn", SharedData.PathOf(Captures[0]), "-o", baseline).ExitCode);
        for (var seed = 0; seed < Rounds; seed++)
        {
            foreach (var name in Captures)
            {
                var random = new Random(seed);
                var bytes = File.ReadAllBytes(SharedData.PathOf(name));
                for (var flips = random.Next(1, 60); flips > 0; flips--) bytes[random.Next(24, bytes.Length)] = (byte)random.Next(256);
                RunAll(folder, baseline, bytes, $"{name}, seed {seed}");
            }
        }
    }

    [TestMethod]
    public void A_capture_that_ends_anywhere_is_used_up_to_there()
    {
        using var folder = new TemporaryFolder();
        var baseline = folder.File("b");
        Assert.AreEqual(0, Otguard.Run("learn", SharedData.PathOf(Captures[0]), "-o", baseline).ExitCode);
        var step = Math.Max(7, 997 / Rounds);
        foreach (var name in Captures)
        {
            var bytes = File.ReadAllBytes(SharedData.PathOf(name));
            for (var length = 24; length < bytes.Length; length += step)
                RunAll(folder, baseline, bytes[..length], $"{name}, {length} bytes");
        }
    }

    private static void RunAll(TemporaryFolder folder, string baseline, byte[] bytes, string what)
    {
        var capture = folder.File("damaged");
        File.WriteAllBytes(capture, bytes);
        Check(Otguard.Run("inspect", capture, "--show", "observations,assets,matrix,channels,stats", "--network", "--format", "jsonl"));
        Check(Otguard.Run("detect", capture, "-b", baseline, "--format", "jsonl"));
        var learned = Otguard.Run("learn", capture, "-o", folder.File("again"), "--format", "jsonl");
        Check(learned);
        if (learned.ExitCode == 0) Check(Otguard.Run("detect", capture, "-b", folder.File("again"), "--format", "jsonl"));

        void Check(Outcome run)
        {
            Assert.IsInRange(0, 3, run.ExitCode, what);
            Assert.AreNotEqual(2, run.ExitCode, $"{what}: {run.Error}");
            foreach (var json in run.Json) Assert.IsTrue(json.TryGetProperty("type", out _), what);
        }
    }
}
