using System.Globalization;
using System.Text.Json;
using OtGuard.TestKit;

namespace OtGuard.Scenarios.Tests.Peers;

/// <summary>
/// Live CAN in an emulated machine: cangen sends on a virtual bus and on two emulated SJA1000 controllers, candump reads
/// beside OtGuard, and both have to have read the same frames.
/// </summary>
[TestClass]
public sealed class SocketCanTests
{
    /// <summary>Twice what it takes on two busy cores.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private static readonly string[] Buses = ["vcan0", "can0", "can1"];

    private const string Script = """
        waitfor() { for i in $(seq 1 600); do grep -q "$1" "$2" 2>/dev/null && return; usleep 100000; done; echo "waited in vain for $1 in $2"; }

        echo 8388608 > /proc/sys/net/core/rmem_max
        ip link add dev vcan0 type vcan
        ip link set vcan0 mtu 72 up
        ip link set can0 type can bitrate 500000 listen-only on berr-reporting on
        ip link set can1 type can bitrate 500000
        ip link set can0 up
        ip link set can1 up

        for bus in vcan0 can0 can1; do candump -r 4194304 -L $bus,0:0,#FFFFFFFF > $bus.log & dumps="$dumps $!"; done
        otguard inspect socketcan:vcan0 socketcan:can0 "socketcan:can1?acknowledge=true" \
            --show observations,stats --format jsonl > read.jsonl 2> read.err &
        reader=$!
        waitfor can1 read.err
        cangen vcan0 -g 1 -n 300 -m -I r -L r -D r
        cangen vcan0 -g 1 -n 100 -R -I r -L r -m
        cangen vcan0 -g 0 -n 400 -e -I i -L 8 -D i
        cangen can1 -g 4 -n 150 -I r -L r -D r
        cangen can1 -g 4 -n 50 -e -I r -L r -D r

        otguard doctor --format jsonl > doctor.jsonl 2> doctor.err
        echo "doctor $?" >> ended
        otguard inspect socketcan:can1 --for 1s > refused.txt 2> refused.err
        echo "refused $?" >> ended

        kill $dumps
        wait $dumps
        ip link set can0 down
        usleep 300000
        ip link set can0 type can bitrate 500000 listen-only off
        ip link set can0 up
        usleep 500000
        cp /sys/class/net/can0/statistics/tx_packets can0.sent
        rmmod kvaser_pci
        ip link del vcan0
        wait $reader
        echo "read $?" >> ended
        """;

    [TestMethod]
    public void What_cangen_sends_is_read_as_candump_reads_it_and_only_where_nobody_is_disturbed()
    {
        Require();
        using var folder = new TemporaryFolder();

        var console = EmulatedMachine.Run(Script, folder.Path, Patience);

        string Result(string name) => File.ReadAllText(Path.Combine(folder.Path, "results", name));
        Assert.DoesNotContain("waited in vain", console, Result("read.err"));
        Assert.AreEqual("doctor 0\nrefused 4\nread 0\n", Result("ended"), Result("read.err") + console);
        Assert.AreEqual(
            """
            vcan0 (SocketCAN) is virtual: no controller stands behind it, nothing is acknowledged.
            can0 (SocketCAN) listens only: nothing leaves the controller.
            can1 (SocketCAN) acknowledges frames, as was asked for: this machine takes part in the bus.

            """.ReplaceLineEndings("\n"),
            string.Concat(Result("read.err").Split('\n').Where(line => !line.Contains(": read by", StringComparison.Ordinal))
                .Take(3).Select(line => line + "\n")));
        foreach (var bus in Buses) Assert.MatchesRegex($"{bus}: read by process \\d+: seccomp filter on all", Result("read.err"));
        Assert.Contains("can1 is not in listen-only mode", Result("refused.err"));
        Assert.AreEqual("0\n", Result("can0.sent"), "Something was sent through the interface that was listened on.");

        var read = Json(Result("read.jsonl"));
        var frames = read.Where(IsFrame).GroupBy(line => line.GetProperty("can").GetProperty("channel").GetString());
        var logs = Buses.Select(bus => Result($"{bus}.log")).ToArray();
        Assert.AreEqual(800, logs[0].Count(character => character == '\n'));
        Assert.AreEqual(200, logs[2].Count(character => character == '\n'));
        Assert.IsNotEmpty(logs[1]);
        Assert.Contains("##", logs[0]);
        var seen = frames.Select(bus => Renamed(bus.Select(AsCandump), logs)).ToArray();
        foreach (var log in logs)
        {
            var theirs = log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var ours = seen.SingleOrDefault(lines => lines[0] == theirs[0]) ?? [];
            var only = theirs.Except(ours).Take(3).Concat(ours.Except(theirs).Take(3));
            CollectionAssert.AreEqual(theirs, ours, $"{theirs.Length} and {ours.Length}, differing in {string.Join(", ", only)}");
        }

        var notices = read.Where(line => line.GetProperty("type").GetString() == "notice")
            .Select(line => $"{line.GetProperty("file")}: {line.GetProperty("text")}").ToArray();
        Assert.Contains("can0: The link went down; it is listened to again once it is up.", notices);
        Assert.Contains(
            "can0: The link is up again, and not in listen-only mode any more: the controller acknowledges frames.", notices);
        Assert.Contains("vcan0: The interface is gone.", notices);

        var doctor = Json(Result("doctor.jsonl")).Where(line => line.TryGetProperty("interface", out _))
            .ToDictionary(line => line.GetProperty("interface").GetString()!);
        Assert.IsTrue(doctor["vcan0"].GetProperty("startsUnasked").GetBoolean());
        Assert.IsTrue(doctor["can0"].GetProperty("listenOnly").GetBoolean());
        Assert.IsTrue(doctor["can0"].GetProperty("errorReporting").GetBoolean());
        Assert.AreEqual(500_000, doctor["can0"].GetProperty("bitsPerSecond").GetInt32());
        Assert.AreEqual("error active", doctor["can0"].GetProperty("state").GetString());
        Assert.IsFalse(doctor["can1"].GetProperty("listenOnly").GetBoolean());
        Assert.IsFalse(doctor["can1"].GetProperty("startsUnasked").GetBoolean());
        Assert.AreEqual(200, doctor["can1"].GetProperty("framesSent").GetInt32());
    }

    private static bool IsFrame(JsonElement line) => line.TryGetProperty("can", out _);

    private static JsonElement[] Json(string lines) =>
        [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>The line that candump -L would have written, with a name to be filled in.</summary>
    private static string AsCandump(JsonElement line)
    {
        var can = line.GetProperty("can");
        bool Has(string flag) => can.TryGetProperty(flag, out var value) && value.GetBoolean();

        // Nanoseconds, of which candump keeps microseconds; taken as text, as no type of .NET holds all of them.
        var time = line.GetProperty("time").GetString()!;
        var seconds = DateTimeOffset.Parse(time[..19] + "Z", CultureInfo.InvariantCulture).ToUnixTimeSeconds();
        var flags = (Has("brs") ? 1 : 0) | (Has("esi") ? 2 : 0) | 4;
        var content = Has("fd") ? $"##{flags:X}{can.GetProperty("data")}"
            : Has("remote") ? $"#R{can.GetProperty("dlc")}".TrimEnd('0')
            : $"#{can.GetProperty("data")}";
        var id = can.GetProperty("id").GetString()!;
        if (Has("error")) id = $"200{id.PadLeft(5, '0')}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"({seconds}.{time[20..26]}) BUS {id}{content}");
    }

    /// <summary>Channels of a run are numbered; the interface is the one whose log begins at the same moment with the same frame.</summary>
    private static string[] Renamed(IEnumerable<string> lines, string[] logs)
    {
        string[] all = [.. lines];
        var time = all[0].Split(' ')[0];
        var name = logs.FirstOrDefault(log => log.StartsWith(time, StringComparison.Ordinal))?.Split(' ')[1] ?? "BUS";
        return [.. all.Select(line => line.Replace(" BUS ", $" {name} ", StringComparison.Ordinal))];
    }

    private static void Require()
    {
        if (EmulatedMachine.Missing() is not { } missing) return;
        var message = $"The emulated machine cannot start: {missing} (tests/run.sh --install-peers installs it).";
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
        Assert.Inconclusive(message);
    }
}
