using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace OtGuard.Scenarios.Tests.OpcUa;

/// <summary>What Wireshark's dissector reads in a recording.</summary>
internal static partial class Tshark
{
    /// <summary>How often each service message was seen, by the name of its request or response.</summary>
    public static SortedDictionary<string, int> Messages(Recording recording)
    {
        var messages = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in Read(recording, "-T", "fields", "-e", "_ws.col.Info"))
            foreach (Match message in ServiceMessage().Matches(line))
                messages[message.Groups[1].Value] = messages.GetValueOrDefault(message.Groups[1].Value) + 1;
        return messages;
    }

    /// <summary>The numbers of the frames that it calls malformed.</summary>
    public static IReadOnlyList<string> MalformedFrames(Recording recording) =>
        Read(recording, "-Y", "_ws.malformed", "-T", "fields", "-e", "frame.number");

    /// <summary>
    /// The chunks of each TCP connection in each direction, in their order, as "MSGF 122": type, chunk letter, size.
    /// The key is the client's port and the direction. Without Hello, Acknowledge and Error, which belong to no channel.
    /// </summary>
    public static SortedDictionary<string, List<string>> Chunks(Recording recording)
    {
        var chunks = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var line in Read(
            recording, "-Y", "opcua", "-T", "fields", "-e", "tcp.srcport", "-e", "tcp.dstport",
            "-e", "opcua.transport.type", "-e", "opcua.transport.chunk", "-e", "opcua.transport.size"))
        {
            var fields = line.Split('\t');
            var sent = fields[1] == recording.Port.ToString(CultureInfo.InvariantCulture);
            var key = sent ? $"{fields[0]} sent" : $"{fields[1]} received";
            var types = fields[2].Split(',');
            var letters = fields[3].Split(',');
            var sizes = fields[4].Split(',');
            for (var i = 0; i < types.Length; i++)
            {
                if (types[i] is "HEL" or "ACK" or "ERR") continue;
                if (!chunks.TryGetValue(key, out var ofConnection)) chunks[key] = ofConnection = [];
                ofConnection.Add($"{types[i]}{letters[i]} {sizes[i]}");
            }
        }

        return chunks;
    }

    /// <summary>How many frames the recording has.</summary>
    public static int Packets(Recording recording) => Read(recording, "-T", "fields", "-e", "frame.number").Count;

    private static List<string> Read(Recording recording, params string[] arguments)
    {
        var port = recording.Port.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(
            "tshark", ["-n", "-r", recording.Capture, "-d", $"tcp.port=={port},opcua", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, "tshark failed.");
        return [.. lines];
    }

    // Several messages of a frame follow each other without a gap.
    [GeneratedRegex(@"[Mm]essage: (ServiceFault|[A-Za-z0-9]+?(?:Request|Response))(?![a-z])")]
    private static partial Regex ServiceMessage();
}
