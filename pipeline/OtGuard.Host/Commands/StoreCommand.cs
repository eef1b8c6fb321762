using System.CommandLine;
using System.Globalization;
using OtGuard.Host.Output;

namespace OtGuard.Host.Commands;

/// <summary><c>store</c>: looking after the file that holds deviations, alerts and the journal.</summary>
internal static class StoreCommand
{
    private static readonly string[] Exports = ["deviations", "alerts", "incidents", "journal"];

    public static Command Create() =>
        new(
            "store",
            """
            Look after a store: the one file that holds deviations, alerts, incidents and the journal. All of it works
            while the store is in use.

              otguard store check --store plant.store                       pages, references and the journal's chains
              otguard store backup friday.store --store plant.store         a copy of this moment
              otguard store compact --store plant.store                     remove what is past its age
              otguard store export deviations --format csv --store plant.store > deviations.csv
            """)
        {
            CreateCheck(), CreateBackup(), CreateCompact(), CreateExport(),
        };

    private static Command CreateCheck()
    {
        var store = StoreOptions.Required();
        var format = CommonOptions.Format("table", "json", "jsonl");
        var command = new Command(
            "check",
            "Check pages, indexes, references, and that no entry of the journal was changed or left out. Note a "
            + "chain's head elsewhere: it shows later "
            + "whether its end was cut off. Exit code 3 where something is wrong.")
        {
            store, format,
        };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var check = await open.CheckAsync(default);
            StoreReport.WriteCheck(
                check, await open.FiguresAsync(default), await open.Outbox.StatusAsync(default),
                    result.GetValue(format)!,
                result.InvocationConfiguration.Output);
            return check.IsSound ? ExitCodes.Clean : ExitCodes.Unreadable;
        }));
        return command;
    }

    private static Command CreateBackup()
    {
        var store = StoreOptions.Required();
        var target = new Argument<FileInfo>("FILE") { Description = "The copy; it must not be there yet." };
        var command = new Command("backup",
            "Copy the store as it is at this moment, while it is in use. The copy is a store itself.") { target,
                store };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var file = result.GetRequiredValue(target);
            await open.BackUpAsync(file.FullName, default);
            file.Refresh();
            result.InvocationConfiguration.Output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{file.Name}: {file.Length:N0} bytes."));
            return ExitCodes.Clean;
        }));
        return command;
    }

    private static Command CreateCompact()
    {
        var store = StoreOptions.Required();
        var command = new Command("compact",
            "Remove points, deviations and closed alerts past their age, and give free room back to the disk. The "
            + "journal stays.")
        {
            store,
        };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            var removed = await open.CompactAsync(default);
            var figures = await open.FiguresAsync(default);
            result.InvocationConfiguration.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Removed {removed.Points:N0} points, {removed.Deviations:N0} deviations, {removed.Alerts:N0} alerts; "
                + $"the store takes {figures.FileBytes:N0} bytes."));
            return ExitCodes.Clean;
        }));
        return command;
    }

    private static Command CreateExport()
    {
        var store = StoreOptions.Required();
        var what = new Argument<string>("WHAT") { Description = $"What to export: {string.Join(", ", Exports)}." };
        what.AcceptOnlyFromAmong(Exports);
        var format = CommonOptions.Format("jsonl", "csv");
        var command = new Command("export",
            "Write everything of one sort to standard output, in the order it was stored.") { what, store, format };
        command.SetAction(result => StoreOptions.Use(result.GetValue(store), async open =>
        {
            await StoreExport.WriteAsync(
                open, result.GetRequiredValue(what), result.GetValue(format) == "csv",
                    result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        }));
        return command;
    }
}
