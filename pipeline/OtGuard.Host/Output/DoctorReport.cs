using System.Globalization;
using System.Text.Json;
using OtGuard.Collectors.Can.Live;
using OtGuard.Collectors.Can.Live.Pcan;

namespace OtGuard.Host.Output;

/// <summary>CAN interfaces and PCAN channels of this machine, and the commands that make them listen only.</summary>
internal static class DoctorReport
{
    public static void Write(Tables tables, IReadOnlyList<CanLink> links, string? fault, PcanInventory pcan)
    {
        tables.Write(
            $"CAN interfaces ({links.Count})",
            ["Interface", "Link", "Mode", "Bitrate", "CAN FD", "Errors reported", "State", "Error counters", "Received", "Sent from here", "Starts"],
            [
                .. links.Select(link => new[]
                {
                    link.Name,
                    $"{link.Kind ?? "unknown kind"}, {(link.IsUp ? "up" : "down")}",
                    Mode(link),
                    Bitrate(link),
                    Fd(link),
                    link.IsVirtual ? "no controller" : link.Modes is null ? "unknown" : link.ReportsErrors ? "yes" : "no",
                    State(link.State) ?? "",
                    link.ErrorCounters is { } counters
                        ? string.Create(CultureInfo.InvariantCulture, $"{counters.Receiving} receiving, {counters.Sending} sending")
                        : "",
                    Number(link.FramesReceived),
                    Number(link.FramesSent),
                    Starts(link),
                }),
            ]);
        if (fault is not null) tables.WriteText(fault);
        if (links.Count == 0 && fault is null)
            tables.WriteText("No CAN interface: is the adapter plugged in and its driver loaded? For trying out: modprobe vcan && ip link add vcan0 type vcan && ip link set vcan0 mtu 72 up");
        foreach (var link in links.Where(NeedsCommands))
        {
            tables.WriteText($"{link.Name}, to listen only{(link.BitsPerSecond is null && !link.IsVirtual ? " (BITRATE is that of the bus, as 500000)" : "")}:");
            foreach (var command in Commands(link)) tables.WriteText($"  {command}");
        }

        tables.WriteText("");
        tables.Write(
            pcan.Version is null ? "PCAN" : $"PCAN (PCAN-Basic {pcan.Version})",
            ["Channel", "Adapter", "Free", "CAN FD", "Read it with"],
            [
                .. pcan.Channels.Select(channel => new[]
                {
                    channel.Name,
                    channel.Hardware,
                    channel.IsFree ? "yes" : "in use",
                    channel.HasFd ? "yes" : "no",
                    $"pcan:{channel.Name}?bitrate=500000{(channel.HasFd ? "&data=2000000" : "")}",
                }),
            ]);
        if (pcan.Missing is { } missing) tables.WriteText(missing);
    }

    public static void Write(JsonLines json, IReadOnlyList<CanLink> links, string? fault, PcanInventory pcan)
    {
        foreach (var link in links) json.Write("canInterface", link, WriteLink);
        if (fault is not null) json.Write("fault", fault, static (writer, text) => writer.WriteString("text", text));
        json.Write("pcan", pcan, static (writer, pcan) =>
        {
            writer.WriteString("version", pcan.Version);
            writer.WriteString("missing", pcan.Missing);
            writer.WriteStartArray("channels");
            foreach (var channel in pcan.Channels)
            {
                writer.WriteStartObject();
                writer.WriteString("channel", channel.Name);
                writer.WriteString("adapter", channel.Hardware);
                writer.WriteBoolean("free", channel.IsFree);
                writer.WriteBoolean("fd", channel.HasFd);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }

    private static void WriteLink(Utf8JsonWriter writer, CanLink link)
    {
        writer.WriteString("interface", link.Name);
        writer.WriteString("kind", link.Kind);
        writer.WriteBoolean("up", link.IsUp);
        Write(writer, "listenOnly", link.Modes is null ? null : link.IsListenOnly);
        Write(writer, "errorReporting", link.Modes is null ? null : link.ReportsErrors);
        writer.WriteBoolean("fd", link.MaximumFrameBytes >= 72);
        Write(writer, "bitsPerSecond", link.BitsPerSecond);
        Write(writer, "dataBitsPerSecond", link.DataBitsPerSecond);
        writer.WriteString("state", State(link.State));
        Write(writer, "receiveErrorCounter", link.ErrorCounters?.Receiving);
        Write(writer, "sendErrorCounter", link.ErrorCounters?.Sending);
        Write(writer, "framesReceived", link.FramesReceived);
        Write(writer, "framesSent", link.FramesSent);
        writer.WriteBoolean("startsUnasked", link is { IsUp: true, IsHarmless: true });
        writer.WriteStartArray("commands");
        if (NeedsCommands(link))
            foreach (var command in Commands(link)) writer.WriteStringValue(command);
        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number) writer.WriteNumber(name, number);
        else writer.WriteNull(name);
    }

    private static void Write(Utf8JsonWriter writer, string name, bool? value)
    {
        if (value is { } flag) writer.WriteBoolean(name, flag);
        else writer.WriteNull(name);
    }

    /// <summary>What is not as it should be for listening: down, not listening only, or silent about errors it could report.</summary>
    private static bool NeedsCommands(CanLink link) =>
        !link.IsUp || !link.IsHarmless
        || (!link.IsVirtual && !link.ReportsErrors && CanLinkAdvice.Supports(link, CanLinkModes.ErrorReporting));

    private static string[] Commands(CanLink link) => CanLinkAdvice.ListenOnlyCommands(link).Split(" && ");

    private static string Mode(CanLink link) =>
        link.IsVirtual ? "virtual, nothing is acknowledged"
        : link.Modes is null ? "unknown"
        : link.IsListenOnly ? "listen-only"
        : CanLinkAdvice.Supports(link, CanLinkModes.ListenOnly) ? "acknowledges" : "acknowledges, has no listen-only";

    private static string Bitrate(CanLink link) => link.BitsPerSecond is not { } rate
        ? ""
        : link.DataBitsPerSecond is { } data
            ? string.Create(CultureInfo.InvariantCulture, $"{rate}, data {data}")
            : rate.ToString(CultureInfo.InvariantCulture);

    private static string Fd(CanLink link) => link.MaximumFrameBytes >= 72 ? "on" : "off";

    private static string? State(CanControllerState? state) => state is { } known ? State(known) : null;

    private static string State(CanControllerState state) => state switch
    {
        CanControllerState.ErrorActive => "error active",
        CanControllerState.ErrorWarning => "error warning",
        CanControllerState.ErrorPassive => "error passive",
        CanControllerState.BusOff => "bus off",
        CanControllerState.Stopped => "stopped",
        CanControllerState.Sleeping => "sleeping",
    };

    private static string Starts(CanLink link) =>
        !link.IsUp ? "no: down" : link.IsHarmless ? $"socketcan:{link.Name}" : $"socketcan:{link.Name} with --acknowledge";

    private static string Number(long? value) => value is { } number ? Words.Number(number) : "";
}
