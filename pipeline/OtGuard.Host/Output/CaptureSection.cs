using System.Globalization;
using System.Text.Json;
using OtGuard.Host.Capturing;

namespace OtGuard.Host.Output;

/// <summary>The part of <c>doctor</c> on network interfaces and the process that reads them.</summary>
internal static class CaptureSection
{
    public static void Write(Tables tables, CaptureInventory capture)
    {
        tables.WriteText("");
        tables.Write(
            $"Capture: network interfaces ({capture.Ports.Count})",
            ["Interface", "Link", "Addresses", "IPv6", "Received", "Lost", "Sent from here", "Read it with"],
            [
                .. capture.Ports.Select(port => new[]
                {
                    port.Name,
                    !port.IsUp ? "down" : port.HasCarrier == false ? "up, no carrier" : "up",
                    port.Addresses.Count == 0 ? "none" : string.Join(", ", port.Addresses),
                    port.HasIpV6 ? "on" : "off",
                    Number(port.Received),
                    Number(port.Lost),
                    Number(port.Sent),
                    $"net:{port.Name}",
                }),
            ]);
        foreach (var port in capture.Ports.Where(port => port.Commands.Count > 0))
        {
            tables.WriteText(
                port.Addresses.Count > 0 || port.HasIpV6
                    ? $"{port.Name}: the kernel itself sends on it. Where it is the monitor's port and no other, so that nothing leaves it:"
                    : $"{port.Name}, to listen on it:");
            foreach (var command in port.Commands) tables.WriteText($"  {command}");
        }

        if (capture.Service is { } service)
            tables.WriteText(
                $"Service ('otguard run'), as the kernel tells it: {service}. "
                + (service.MayListen ? "It keeps the right to listen, which it should not."
                    : "What it listens with is kept by a process that does nothing but start capture processes."));
        if (capture.Fault is { } fault) tables.WriteText(fault);
        if (capture.Confinement is not { } check) return;
        tables.WriteText($"Capture process, as the kernel tells it: {check.State}.");
        tables.WriteText(
            check is { State.IsComplete: true, Unrefused.Count: 0 }
                ? "Every call that sends was tried in it and refused."
                : $"It does not hold: not refused were {string.Join(", ", check.Unrefused)}. Nothing is captured so.");
        if (!check.State.MayListen)
            tables.WriteText($"This account may not listen on network interfaces. To let it: {CaptureInventory.GiveRights}");
    }

    public static void Write(JsonLines json, CaptureInventory capture)
    {
        foreach (var port in capture.Ports) json.Write("networkInterface", port, WritePort);
        json.Write("capture", capture, static (writer, capture) =>
        {
            writer.WriteString("fault", capture.Fault);
            if (capture.Service is { } service)
            {
                writer.WriteStartObject("service");
                service.Write(writer);
                writer.WriteBoolean("mayListen", service.MayListen);
                writer.WriteEndObject();
            }

            if (capture.Confinement is not { } check) return;
            writer.WriteNumber("threads", check.State.Threads);
            writer.WriteNumber("seccomp", check.State.Seccomp);
            writer.WriteBoolean("noNewPrivileges", check.State.NoNewPrivileges);
            writer.WriteString("capabilities", check.State.Capabilities.ToString("x16", CultureInfo.InvariantCulture));
            writer.WriteBoolean("mayListen", check.State.MayListen);
            writer.WriteBoolean("confined", check is { State.IsComplete: true, Unrefused.Count: 0 });
            writer.WriteStartArray("notRefused");
            foreach (var call in check.Unrefused) writer.WriteStringValue(call);
            writer.WriteEndArray();
        });
    }

    private static void WritePort(Utf8JsonWriter writer, PortState port)
    {
        writer.WriteString("interface", port.Name);
        writer.WriteBoolean("up", port.IsUp);
        if (port.HasCarrier is { } carrier) writer.WriteBoolean("carrier", carrier);
        else writer.WriteNull("carrier");
        writer.WriteStartArray("addresses");
        foreach (var address in port.Addresses) writer.WriteStringValue(address);
        writer.WriteEndArray();
        writer.WriteBoolean("ipv6", port.HasIpV6);
        writer.WriteNumber("framesReceived", port.Received ?? 0);
        writer.WriteNumber("framesLost", port.Lost);
        writer.WriteNumber("framesSent", port.Sent ?? 0);
        writer.WriteStartArray("commands");
        foreach (var command in port.Commands) writer.WriteStringValue(command);
        writer.WriteEndArray();
    }

    private static string Number(long? value) => value is { } number ? Words.Number(number) : "";
}
