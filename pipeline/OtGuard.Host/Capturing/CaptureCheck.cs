using System.Diagnostics;
using System.Globalization;
using System.Net.NetworkInformation;
using System.Text.Json;
using OtGuard.Collectors.Capture.Live;

namespace OtGuard.Host.Capturing;

/// <summary>A network interface as a monitor's port.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsUp">Whether it is set up.</param>
/// <param name="HasCarrier">Whether a cable is plugged in, null where it does not tell.</param>
/// <param name="Addresses">Its addresses: with one, the kernel itself answers and sends on it.</param>
/// <param name="HasIpV6">Whether IPv6 is on: then the kernel itself sends on it, even without an address.</param>
/// <param name="Received">Frames received.</param>
/// <param name="Lost">Frames that the adapter had no room for.</param>
/// <param name="Sent">Frames sent from this machine.</param>
internal sealed record PortState(
    string Name, bool IsUp, bool? HasCarrier, IReadOnlyList<string> Addresses, bool HasIpV6, long? Received, long Lost,
    long? Sent)
{
    /// <summary>What to type so that nothing leaves the port; empty where nothing is to be done.</summary>
    public IReadOnlyList<string> Commands =>
    [
        .. HasIpV6 ? (string[])[$"sysctl -w net.ipv6.conf.{Name}.disable_ipv6=1"] : [],
        .. Addresses.Count > 0 ? (string[])[$"ip addr flush dev {Name}"] : [],
        .. IsUp ? [] : (string[])[$"ip link set {Name} up"],
    ];
}

/// <summary>What this machine can capture, and what keeps the capture process from sending.</summary>
/// <param name="Ports">The network interfaces, but for those of CAN and the loopback.</param>
/// <param name="Confinement">What the capture process told of itself; null where it did not start.</param>
/// <param name="Fault">Why it did not, else null.</param>
/// <param name="Service">What the service keeps of the rights that this account has; null where that could not be
/// tried.</param>
internal sealed record CaptureInventory(
    IReadOnlyList<PortState> Ports, ConfinementCheck? Confinement, string? Fault, ConfinementState? Service = null)
{
    /// <summary>How an account without rights is given the one to listen.</summary>
    public static string GiveRights => $"setcap cap_net_raw+ep {OwnProgram.File}";

    /// <summary>Looks at the interfaces and starts a capture process that opens none.</summary>
    public static CaptureInventory Examine()
    {
        if (!OperatingSystem.IsLinux()) return new CaptureInventory([], null, "Network interfaces are listened to on Linux.");
        var ports = FindPorts();
        try
        {
            var (isDone, text) = Try(Commands.CaptureProcessCommand.Name);
            var (isKnown, rights) = Try(Commands.CaptureProcessCommand.RightsName);
            using var service = isKnown ? JsonDocument.Parse(rights) : null;
            var state = service is null ? null : ConfinementState.Of(service.RootElement);
            return isDone
                ? new CaptureInventory(ports, ConfinementCheck.Of(text), null, state)
                : new CaptureInventory(ports, null, text, state);
        }
        catch (Exception fault) when (fault is System.ComponentModel.Win32Exception or JsonException)
        {
            return new CaptureInventory(ports, null, $"The capture process could not be tried: {fault.Message}");
        }
    }

    /// <summary>Starts this program once more: what it printed, or what is wrong.</summary>
    private static (bool IsDone, string Text) Try(string verb)
    {
        var start = OwnProgram.Start(verb);
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0) return (true, text);
        var said = errors.GetAwaiter().GetResult().Trim();
        return (false, said.Length > 0 ? said : string.Create(
            CultureInfo.InvariantCulture, $"The capture process ended with exit code {process.ExitCode}."));
    }

    private static List<PortState> FindPorts()
    {
        const string interfaces = "/sys/class/net";
        const string ethernet = "1";
        List<PortState> ports = [];
        if (!Directory.Exists(interfaces)) return ports;
        var addresses = Addresses();
        foreach (var folder in Directory.GetDirectories(interfaces).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(folder);
            if (Setting($"{folder}/type") != ethernet) continue;
            ports.Add(new PortState(
                name,
                InterfaceStatistics.IsUp(name),
                InterfaceStatistics.HasCarrier(name),
                addresses.GetValueOrDefault(name, []),
                Setting($"/proc/sys/net/ipv6/conf/{name}/disable_ipv6") == "0",
                InterfaceStatistics.Received(name),
                InterfaceStatistics.Missed(name),
                InterfaceStatistics.Sent(name)));
        }

        return ports;
    }

    /// <summary>The addresses of each interface; none where the system does not say.</summary>
    private static Dictionary<string, IReadOnlyList<string>> Addresses()
    {
        try
        {
            return NetworkInterface.GetAllNetworkInterfaces().ToDictionary(
                one => one.Name,
                one => (IReadOnlyList<string>)
                    [.. one.GetIPProperties().UnicastAddresses.Select(address => address.Address.ToString())]);
        }
        catch (Exception fault) when (fault is IOException or NetworkInformationException)
        {
            // It looks up name servers too, whose file a small system need not have.
            return [];
        }
    }

    private static string? Setting(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
