using System.Globalization;
using OtGuard.Host.Runs;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Live;
using OtGuard.Simulators.Wire;

namespace OtGuard.Host.Output;

/// <summary>A file that a simulation wrote and what is in it.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Summary">Its frames and planted events.</param>
/// <param name="BusLoads">For CAN: share of the time in which each bus was not idle.</param>
internal sealed record WrittenCapture(string Path, long Bytes, CaptureSummary Summary, IReadOnlyList<double> BusLoads);

/// <summary>What can be simulated, and what was.</summary>
internal static class SimulationReport
{
    public static void WriteList(
        IReadOnlyList<SimulatedSite> sites, IReadOnlyList<(string Sites, IPlantedEvent Event)> events,
        Tables tables)
    {
        tables.Write("Sites", ["Site", "What"], [.. sites.Select(site => new[] { site.Name, site.Description })]);
        foreach (var group in events.GroupBy(entry => entry.Event.IsAttack).OrderByDescending(group => group.Key))
        {
            tables.Write(
                group.Key ? $"Attacks ({group.Count()})" : $"Benign look-alikes ({group.Count()})",
                ["Name", "Site", "ATT&CK", "What", "Low / medium / high"],
                [
                    .. group.Select(entry => new[]
                    {
                        entry.Event.Name, entry.Sites, string.Join(' ', entry.Event.Techniques), entry.Event.Description,
                        string.Join("; ", entry.Event.Parameters.Select(Text)),
                    }),
                ]);
        }
    }

    public static void WriteListJson(
        IReadOnlyList<SimulatedSite> sites, IReadOnlyList<(string Sites, IPlantedEvent Event)> events,
        TextWriter output)
    {
        using var json = new JsonLines(output);
        foreach (var site in sites)
        {
            json.Write("site", site, static (writer, site) =>
            {
                writer.WriteString("name", site.Name);
                writer.WriteString("description", site.Description);
            });
        }

        foreach (var entry in events)
        {
            json.Write(entry.Event.IsAttack ? "attack" : "lookAlike", entry, static (writer, entry) =>
            {
                writer.WriteString("name", entry.Event.Name);
                writer.WriteString("description", entry.Event.Description);
                writer.WriteStartArray("sites");
                foreach (var site in entry.Sites.Split(", ")) writer.WriteStringValue(site);
                writer.WriteEndArray();
                writer.WriteStartArray("techniques");
                foreach (var technique in entry.Event.Techniques) writer.WriteStringValue(technique);
                writer.WriteEndArray();
                writer.WriteStartArray("expectedRows");
                foreach (var row in entry.Event.ExpectedRows) writer.WriteStringValue(row);
                writer.WriteEndArray();
                writer.WriteStartArray("parameters");
                foreach (var parameter in entry.Event.Parameters)
                {
                    writer.WriteStartObject();
                    writer.WriteString("name", parameter.Name);
                    writer.WriteString("unit", parameter.Unit);
                    writer.WriteNumber("low", parameter.Low);
                    writer.WriteNumber("medium", parameter.Medium);
                    writer.WriteNumber("high", parameter.High);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            });
        }
    }

    public static void Write(IReadOnlyList<WrittenCapture> captures, Tables tables)
    {
        tables.Write(
            "Written",
            ["File", "Frames", "Bytes", "Bus load"],
            [
                .. captures.Select(capture => new[]
                {
                    capture.Path, Words.Number(capture.Summary.Frames), Words.Number(capture.Bytes),
                    string.Join(", ", capture.BusLoads.Select(load => load.ToString("P0", CultureInfo.InvariantCulture))),
                }),
            ]);
        var planted = captures.SelectMany(capture => capture.Summary.Events).ToList();
        if (planted.Count == 0) return;
        tables.Write(
            "Planted",
            ["Event", "Kind", "First frame", "Last frame", "Own frames", "Begin (UTC)", "End (UTC)"],
            [
                .. planted.Select(entry => new[]
                {
                    entry.Truth.Event, entry.Truth.IsAttack ? "attack" : "look-alike", Words.Number(entry.FirstFrame),
                    Words.Number(entry.LastFrame), Words.Number(entry.Frames), Moment(entry.FirstTime), Moment(entry.LastTime),
                }),
            ]);
    }

    public static void WriteJson(IReadOnlyList<WrittenCapture> captures, TextWriter output)
    {
        using var json = new JsonLines(output);
        foreach (var capture in captures)
        {
            json.Write("simulated", capture, static (writer, capture) =>
            {
                writer.WriteString("file", capture.Path);
                writer.WriteNumber("frames", capture.Summary.Frames);
                writer.WriteNumber("bytes", capture.Bytes);
                writer.WriteStartArray("busLoads");
                foreach (var load in capture.BusLoads) writer.WriteNumberValue(Math.Round(load, 4));
                writer.WriteEndArray();
            });
            foreach (var entry in capture.Summary.Events)
            {
                json.Write("planted", entry, static (writer, entry) =>
                {
                    writer.WriteString("event", entry.Truth.Event);
                    writer.WriteBoolean("attack", entry.Truth.IsAttack);
                    writer.WriteNumber("firstFrame", entry.FirstFrame);
                    writer.WriteNumber("lastFrame", entry.LastFrame);
                    writer.WriteNumber("frames", entry.Frames);
                    writer.WriteString("begin", Moment(entry.FirstTime));
                    writer.WriteString("end", Moment(entry.LastTime));
                });
            }
        }
    }

    /// <summary>Where the servers of a live site are.</summary>
    public static void WriteServers(IReadOnlyList<LiveServerCounts> servers, Tables tables) => tables.Write(
        "Servers",
        ["Server", "Protocol", "Address", "Port"],
        [
            .. servers.Select(server => new[]
            {
                server.Server.Name, server.Server.Protocol, server.EndPoint.Address.ToString(),
                server.EndPoint.Port.ToString(CultureInfo.InvariantCulture),
            }),
        ]);

    public static void WriteLive(LiveSummary summary, Tables tables)
    {
        if (summary.Servers.Count > 0)
        {
            tables.Write(
                "Servers",
                ["Server", "Address", "Connections", "Refused", "Bytes received", "Bytes sent"],
                [
                    .. summary.Servers.Select(server => new[]
                    {
                        server.Server.Name, server.EndPoint.ToString(), Words.Number(server.Connections), Words.Number(server.Refused),
                        Words.Number(server.BytesReceived), Words.Number(server.BytesSent),
                    }),
                ]);
            var clients = summary.Clients;
            tables.Write(
                "The site's own clients",
                ["Connections", "Broken", "Requests", "Answers", "Exceptions", "Unanswered", "Left out"],
                [
                    [
                        Words.Number(clients.Connections), Words.Number(clients.Broken), Words.Number(clients.Requests),
                        Words.Number(clients.Answers), Words.Number(clients.Exceptions), Words.Number(clients.Unanswered),
                        Words.Number(clients.LeftOut),
                    ],
                ]);
        }

        if (summary.Vehicle is { } vehicle)
        {
            tables.Write(
                "Buses",
                ["Bus", "Load"],
                [
                    .. vehicle.BusLoads.Select((load, i) => new[] { $"can{i}", load.ToString("P0", CultureInfo.InvariantCulture) }),
                ]);
        }

        if (summary.Events.Count == 0) return;
        tables.Write(
            "Planted",
            ["Event", "Kind", "Attacker", "Begin (UTC)", "End (UTC)"],
            [
                .. summary.Events.Select(happened => new[]
                {
                    happened.Truth.Event, happened.Truth.IsAttack ? "attack" : "look-alike", happened.Truth.Attacker,
                    Moment(happened.Begin), Moment(happened.End),
                }),
            ]);
    }

    public static void WriteLiveJson(LiveSummary summary, TextWriter output)
    {
        using var json = new JsonLines(output);
        foreach (var server in summary.Servers)
        {
            json.Write("server", server, static (writer, server) =>
            {
                writer.WriteString("name", server.Server.Name);
                writer.WriteString("protocol", server.Server.Protocol);
                writer.WriteString("address", server.EndPoint.Address.ToString());
                writer.WriteNumber("port", server.EndPoint.Port);
                writer.WriteNumber("connections", server.Connections);
                writer.WriteNumber("refused", server.Refused);
                writer.WriteNumber("bytesReceived", server.BytesReceived);
                writer.WriteNumber("bytesSent", server.BytesSent);
            });
        }

        json.Write("played", summary, static (writer, summary) =>
        {
            writer.WriteNumber("seconds", summary.Simulated.TotalSeconds);
            writer.WriteNumber("busFrames", summary.Vehicle?.Can.Frames ?? 0);
            writer.WriteNumber("connections", summary.Clients.Connections);
            writer.WriteNumber("broken", summary.Clients.Broken);
            writer.WriteNumber("requests", summary.Clients.Requests);
            writer.WriteNumber("answers", summary.Clients.Answers);
            writer.WriteNumber("exceptions", summary.Clients.Exceptions);
            writer.WriteNumber("unanswered", summary.Clients.Unanswered);
            writer.WriteNumber("leftOut", summary.Clients.LeftOut);
        });
        foreach (var happened in summary.Events)
        {
            json.Write("planted", happened, static (writer, happened) =>
            {
                writer.WriteString("event", happened.Truth.Event);
                writer.WriteBoolean("attack", happened.Truth.IsAttack);
                writer.WriteString("attacker", happened.Truth.Attacker);
                writer.WriteString("begin", Moment(happened.Begin));
                writer.WriteString("end", Moment(happened.End));
            });
        }
    }

    private static string Text(AttackParameter parameter) => string.Create(
        CultureInfo.InvariantCulture,
        $"{parameter.Name} {parameter.Low} / {parameter.Medium} / {parameter.High} {parameter.Unit}").TrimEnd();

    private static string Moment(long nanoseconds) =>
        new OtGuard.Collectors.CaptureTime(nanoseconds).ToString();
}
