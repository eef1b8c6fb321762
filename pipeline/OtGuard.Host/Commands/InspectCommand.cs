using System.CommandLine;
using System.CommandLine.Parsing;
using OtGuard.Collectors;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Host.Live;
using OtGuard.Host.Output;
using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Host.Commands;

/// <summary><c>inspect</c>: what is on this network.</summary>
internal static class InspectCommand
{
    private static readonly string[] Parts =
        ["assets", "matrix", "messages", "observations", "channels", "signals", "fields", "stats"];

    public static Command Create()
    {
        var captures = CommonOptions.Captures();
        var live = new LiveOptions();
        var show = new Option<string[]>("--show")
        {
            Description = "What to show: assets (who is there), matrix (who asks whom for what), messages (what is "
                + "broadcast on CAN buses, and in what rhythm), observations (every exchange), channels (decoded, undecoded, opaque and lost share of each conversation), signals (the "
                + "fields of CAN frames: those of --dbc, else as they show in the traffic), fields (each frame field by field, "
                + "beside its bytes), stats (counters of every stage, "
                + "what was cut and where). Several with commas. Default: assets,matrix,messages.",
            HelpName = "PART[,PART]",
            CustomParser = ParseParts,
            DefaultValueFactory = _ => ["assets", "matrix", "messages"],
        };
        var format = CommonOptions.Format("table", "jsonl");
        var network = new Option<bool>("--network")
        {
            Description = "With --show observations: also what the network layer itself observes (connections, address "
                + "bindings, recognised protocols).",
        };
        var frames = CommonOptions.Frames("With --show fields: these frames only; the others still complete what spans several.");
        var dbc = CommonOptions.Dbc();
        var columns = CommonOptions.Columns();
        var names = CommonOptions.Names("with --show observations, values are shown by name and in their unit too.");
        var command = new Command("inspect", "Show what is on the network of a capture: assets, conversations, observations.")
        {
            captures, show, format, network, frames, dbc, columns, names, live.Acknowledge, live.Duration,
        };
        command.SetAction(result => Run(
            live.Apply(result, result.GetRequiredValue(captures)),
            result.GetRequiredValue(show),
            result.GetValue(format) == "jsonl",
            result.GetValue(network),
            result.GetValue(frames),
            result.GetValue(dbc) ?? [],
            result.GetValue(columns),
            result.GetValue(names),
            result.InvocationConfiguration.Output,
            result.InvocationConfiguration.Error));
        return command;
    }

    private static string[] ParseParts(ArgumentResult result)
    {
        string[] parts = [.. result.Tokens.SelectMany(token => token.Value.Split(','))];
        foreach (var part in parts.Except(Parts))
            result.AddError($"--show takes {string.Join(", ", Parts)}, not '{part}'.");
        return parts;
    }

    private static int Run(
        string[] captures,
        string[] show,
        bool asJson,
        bool network,
        FrameSelection? frames,
        FileInfo[] dbc,
        CanColumns? columns,
        FileInfo? names,
        TextWriter output,
        TextWriter error)
    {
        if (frames is not null && !show.Contains("fields"))
            throw new UsageException("--frames goes with --show fields.");
        using var interruption = new Interruption();
        var database = CommonOptions.ReadDatabase(dbc, error);
        var protocols = OfflineRun.Protocols(database);
        var map = CommonOptions.ReadNames(names, protocols) ?? NameMap.Empty;
        using var json = new JsonLines(output);
        var consumers = new List<IObservationConsumer>();
        var inventory = new NetworkInventory(protocols);
        if (show.Contains("assets") || show.Contains("matrix")) consumers.Add(inventory);
        if (show.Contains("observations"))
        {
            consumers.Add(
                asJson
                    ? new ObservationJson(json, protocols, network, map)
                    : new ObservationText(output, protocols, network, map));
        }

        var messages = show.Contains("messages") ? new MessageInventory(protocols) : null;
        if (messages is not null) consumers.Add(messages);
        var signals = show.Contains("signals") ? new SignalsReport(database) : null;
        if (signals is not null) consumers.Add(signals);
        IObservationConsumer consumer = consumers.Count switch
        {
            0 => new NoConsumer(),
            1 => consumers[0],
            _ => new Fanout(consumers),
        };
        using var run = new OfflineRun(
            captures,
            protocols,
            consumer,
            Progress.OnTerminal(error, "Reading"),
            columns);
        Notices.WriteSources(run, error);
        if (show.Contains("fields"))
        {
            var fields = new FieldsReport(protocols, database, frames ?? FrameSelection.All, output, asJson ? json : null);
            run.Tap = fields.Take;
            run.ReadToEnd(interruption.Token);
            fields.Finish();
            CommonOptions.RequireSelected(frames ?? FrameSelection.All, run.Frames);
        }
        else
        {
            run.ReadToEnd(interruption.Token);
        }

        var tables = asJson ? null : new Tables(output);
        var report = new InventoryReport(protocols);
        foreach (var part in show.Distinct())
        {
            switch (part)
            {
                case "assets" when tables is null:
                    InventoryReport.WriteAssets(json, inventory.Assets());
                    break;
                case "assets":
                    InventoryReport.WriteAssets(tables, inventory.Assets());
                    break;
                case "matrix" when tables is null:
                    report.WriteMatrix(json, [.. inventory.Matrix]);
                    break;
                case "matrix":
                    report.WriteMatrix(tables, [.. inventory.Matrix]);
                    break;
                case "messages" when tables is null:
                    new MessageReport(protocols, messages!).Write(json);
                    break;
                case "messages":
                    new MessageReport(protocols, messages!).Write(tables);
                    break;
                case "channels" when tables is null:
                    InventoryReport.WriteChannels(json, run.Traffic.Conversations);
                    report.WriteSecureChannels(json);
                    break;
                case "channels":
                    InventoryReport.WriteChannels(tables, run.Traffic.Conversations);
                    report.WriteSecureChannels(tables);
                    break;
                case "signals" when tables is null:
                    signals!.Write(json);
                    break;
                case "signals":
                    signals!.Write(tables);
                    break;
                case "stats" when tables is null:
                    StatsReport.Write(json, run);
                    break;
                case "stats":
                    StatsReport.Write(tables, run);
                    break;
            }
        }

        Notices.Write(run, error, alreadyShown: show.Contains("stats"));
        return ExitCodes.Clean;
    }

    private sealed class ObservationJson(JsonLines json, ProtocolRegistry protocols, bool network, NameMap names)
        : IObservationConsumer
    {
        public void Consume(ObservationBatch batch)
        {
            var items = batch.Items;
            for (var from = 0; from < items.Length;)
            {
                // The operations of one exchange are one line.
                var to = from + 1;
                while (to < items.Length && items[to].Part > 0 && items[to].Part == items[to - 1].Part + 1
                    && items[to].Connection == items[from].Connection) to++;
                if (network || items[from].Protocol != ProtocolRegistry.Network)
                    json.WriteObservation(items[from..to], batch, protocols, names);
                from = to;
            }
        }
    }

    private sealed class ObservationText(TextWriter output, ProtocolRegistry protocols, bool network, NameMap names)
        : IObservationConsumer
    {
        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
                if (network || observation.Protocol != ProtocolRegistry.Network)
                    output.WriteLine(ObservationLine.Of(in observation, batch, protocols, names));
        }
    }
}
