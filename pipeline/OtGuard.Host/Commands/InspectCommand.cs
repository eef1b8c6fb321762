using System.CommandLine;
using System.CommandLine.Parsing;
using OtGuard.Collectors;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Host.Output;
using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Host.Commands;

/// <summary><c>inspect</c>: what is on this network.</summary>
internal static class InspectCommand
{
    private static readonly string[] Parts = ["assets", "matrix", "observations", "channels", "stats"];

    public static Command Create()
    {
        var captures = CommonOptions.Captures();
        var show = new Option<string[]>("--show")
        {
            Description = "What to show: assets (who is there), matrix (who asks whom for what), observations (every "
                + "exchange), channels (decoded, undecoded, opaque and lost share of each conversation), stats (counters "
                + "of every stage, what was cut and where). Several with commas. Default: assets,matrix.",
            HelpName = "PART[,PART]",
            CustomParser = ParseParts,
            DefaultValueFactory = _ => ["assets", "matrix"],
        };
        var format = CommonOptions.Format("table", "jsonl");
        var network = new Option<bool>("--network")
        {
            Description = "With --show observations: also what the network layer itself observes (connections, address "
                + "bindings, recognised protocols).",
        };
        var dbc = new Option<FileInfo[]>("--dbc")
        {
            Description = "DBC files by which the signals of CAN frames are decoded; may be given several times.",
            HelpName = "FILE",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var columns = new Option<CanColumns?>("--columns")
        {
            Description = "Columns of a table of CAN frames where its header does not tell: id=0,data=1-8,label=9, also "
                + "time=, dlc=, channel= and idbase=16.",
            HelpName = "NAME=N,...",
            CustomParser = ParseColumns,
        };
        var command = new Command("inspect", "Show what is on the network of a capture: assets, conversations, observations.")
        {
            captures, show, format, network, dbc, columns,
        };
        command.SetAction(result => Run(
            result.GetRequiredValue(captures),
            result.GetRequiredValue(show),
            result.GetValue(format) == "jsonl",
            result.GetValue(network),
            result.GetValue(dbc) ?? [],
            result.GetValue(columns),
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

    private static CanColumns? ParseColumns(ArgumentResult result)
    {
        if (CanColumns.TryParse(result.Tokens[0].Value, out var columns, out var fault)) return columns;
        result.AddError($"--columns: {fault}");
        return null;
    }

    private static DbcDatabase? ReadDatabase(FileInfo[] files, TextWriter error)
    {
        if (files.Length == 0) return null;
        var read = files.Select(file => DbcReader.ReadFile(file.FullName)).ToList();
        foreach (var file in read)
        {
            if (file.Messages.Count == 0) error.WriteLine($"{file.Name}: no message in it could be read; is it a DBC file?");
            else if (file.Faults.Count > 0)
                error.WriteLine(
                    $"{file.Name}: {file.Faults.Count} part(s) were not understood, the first in line {file.Faults[0].Line}: {file.Faults[0].Text}");
        }

        return new DbcDatabase(read);
    }

    private static int Run(
        string[] captures,
        string[] show,
        bool asJson,
        bool network,
        FileInfo[] dbc,
        CanColumns? columns,
        TextWriter output,
        TextWriter error)
    {
        using var interruption = new Interruption();
        var protocols = OfflineRun.DecodedProtocols(ReadDatabase(dbc, error));
        using var json = new JsonLines(output);
        var consumers = new List<IObservationConsumer>();
        var inventory = new NetworkInventory(protocols);
        if (show.Contains("assets") || show.Contains("matrix")) consumers.Add(inventory);
        IObservationConsumer? observations = null;
        if (show.Contains("observations"))
        {
            observations = asJson
                ? new ObservationJson(json, protocols, network)
                : new ObservationText(output, protocols, network);
            consumers.Add(observations);
        }

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
            observations ?? (show.Contains("stats") ? new NoConsumer() : null),
            new CaptureFileOptions { Columns = columns });
        run.ReadToEnd(interruption.Token);
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
                case "channels" when tables is null:
                    InventoryReport.WriteChannels(json, run.Traffic.Conversations);
                    report.WriteSecureChannels(json);
                    break;
                case "channels":
                    InventoryReport.WriteChannels(tables, run.Traffic.Conversations);
                    report.WriteSecureChannels(tables);
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

    private sealed class ObservationJson(JsonLines json, ProtocolRegistry protocols, bool network) : IObservationConsumer
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
                    json.WriteObservation(items[from..to], batch, protocols);
                from = to;
            }
        }
    }

    private sealed class ObservationText(TextWriter output, ProtocolRegistry protocols, bool network) : IObservationConsumer
    {
        public void Consume(ObservationBatch batch)
        {
            foreach (ref readonly var observation in batch.Items)
                if (network || observation.Protocol != ProtocolRegistry.Network)
                    output.WriteLine(ObservationLine.Of(in observation, batch, protocols));
        }
    }
}
