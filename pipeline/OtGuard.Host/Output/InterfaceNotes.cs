using System.Net.NetworkInformation;
using OtGuard.Collectors;
using OtGuard.Collectors.Can.Live.Pcan;
using OtGuard.Host.Capturing;
using OtGuard.Host.Live;

namespace OtGuard.Host.Output;

/// <summary>What there is to listen to on this machine, for whoever starts the service without saying what.</summary>
internal static class InterfaceNotes
{
    private const string ProcessStatus = "/proc/self/status";
    private const string Effective = "CapEff:";

    /// <summary>CAP_NET_RAW (capability.h).</summary>
    private const int NetRaw = 13;

    public static void Write(TextWriter error)
    {
        error.WriteLine("No source is configured: nothing is listened to. There are on this machine:");
        foreach (var network in NetworkInterface.GetAllNetworkInterfaces()
            .OrderBy(one => one.Name, StringComparer.Ordinal))
            error.WriteLine(
                $"  net:{network.Name} ({(network.OperationalStatus == OperationalStatus.Up ? "up" : "down")})");
        foreach (var (name, text) in CanInterfaces()) error.WriteLine($"  {name} ({text})");
        foreach (var channel in PcanChannels.Examine().Channels)
            error.WriteLine(
                $"  {channel.Name} (PCAN, {channel.Hardware}, {(channel.IsFree ? "free" : "in use")}): "
                + $"pcan:{channel.Name}?bitrate=500000");
        error.WriteLine(MayCapture() switch
        {
            true => "Network interfaces may be captured from (CAP_NET_RAW).",
            false => "This process may not capture from network interfaces: it lacks CAP_NET_RAW. CAN interfaces, PCAN "
                + "channels and capture files need no rights.",
            null =>
                "Capturing from network interfaces is a matter of Linux's CAP_NET_RAW; here files and PCAN channels "
                + "can be read.",
        });
        error.WriteLine(
            "Name what is to be listened to under \"sources\" in a configuration: otguard run --config FILE.");
    }

    /// <summary>
    /// Whether this process, or the one it has for that, holds the right to capture; null where the system has no such
    /// right.
    /// </summary>
    public static bool? MayCapture()
    {
        if (!File.Exists(ProcessStatus)) return null;
        if (OperatingSystem.IsLinux() && CaptureLauncher.Current is not null) return true;
        var line = File.ReadLines(ProcessStatus)
            .FirstOrDefault(text => text.StartsWith(Effective, StringComparison.Ordinal));
        return line is not null
            && ulong.TryParse(
                line.AsSpan(Effective.Length).Trim(), System.Globalization.NumberStyles.HexNumber, null, out var rights)
            && (rights >> NetRaw & 1) != 0;
    }

    private static IReadOnlyList<(string Name, string Text)> CanInterfaces()
    {
        try
        {
            return
            [
                .. new NetlinkCanLinks().All().Select(link => (
                    link.Name,
                    $"CAN, {(link.IsUp ? "up" : "down")}, "
                    + (link.IsHarmless ? $"listens only: socketcan:{link.Name}"
                        : $"would acknowledge frames: socketcan:{link.Name}?acknowledge=true"))),
            ];
        }
        catch (LiveSourceException fault)
        {
            return [("CAN", fault.Message)];
        }
    }
}
