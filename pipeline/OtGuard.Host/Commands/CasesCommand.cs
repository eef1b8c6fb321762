using System.CommandLine;
using OtGuard.Alerting;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Sending;
using OtGuard.Exchange.Sharing;
using OtGuard.Host.Output;

namespace OtGuard.Host.Commands;

/// <summary><c>cases</c>: incidents on their way to a CERT.</summary>
internal static class CasesCommand
{
    public static Command Create(Surroundings surroundings) =>
        new(
            "cases",
            """
            Cases: incidents on their way to a CERT or an authority. A case holds what was observed, what was concluded
            from it and what people say, each with its source; its stages (early warning, notification, final report)
            are versions of one case. Every change is a new version; nothing is rewritten.

              otguard cases open 1 --regime nis2-bsig --store plant.store    a case from incident 1
              otguard cases show 1 --store plant.store                       the worksheet, and what is missing for what
              otguard cases set 1 awareAt=2026-01-02T03:04:05Z suspectedMalicious=yes crossBorder=unknown
              otguard cases due --store plant.store                          deadlines; exit code 1 where one is over
              otguard escalate 1 --partner cert --tlp amber                  see what would leave

            'otguard partners init' makes the exchange folder that these verbs need.
            """)
        {
            CreateOpen(surroundings), CreateList(surroundings), CreateShow(surroundings), CreateSet(surroundings),
            CreateRefresh(surroundings), CreateVersions(surroundings), CreateDue(surroundings),
            CreateRemind(surroundings), CreateReleases(surroundings), CreateRegimes(),
        };

    private static Command CreateOpen(Surroundings surroundings)
    {
        var (store, folder, who, why) = (StoreOptions.Required(), ExchangeOptions.Folder(), StoreOptions.Who(),
            StoreOptions.Why(required: false));
        var incident = new Argument<string>("INCIDENT") { Description = "The incident's number, or the beginning of its id." };
        var regime = new Option<string>("--regime")
        {
            Description = "The reporting regime ('otguard cases regimes' lists them).",
            HelpName = "ID",
            DefaultValueFactory = _ => "nis2-bsig",
        };
        var command = new Command("open", "Make a case from an incident, prefilled with what was observed.")
        {
            incident, regime, store, folder, who, why,
        };
        command.SetAction(result => ExchangeOptions.Use(
            result.GetValue(store), result.GetValue(folder), surroundings, async (escalation, _) =>
            {
                var opened = await escalation.Cases.OpenAsync(
                    result.GetRequiredValue(incident), result.GetValue(regime)!,
                    new Author(result.GetValue(who)!, result.GetValue(why)!), default);
                CaseReport.WriteCase(escalation.Cases, opened, await escalation.Cases.StagesAsync(opened, default),
                    "table",
                    result.InvocationConfiguration.Output);
                return ExitCodes.Clean;
            }));
        return command;
    }

    private static Command CreateList(Surroundings surroundings)
    {
        var (store, folder, format) = (StoreOptions.Required(), ExchangeOptions.Folder(),
            CommonOptions.Format("table", "jsonl"));
        var command = new Command("list", "Cases, the latest first.") { store, folder, format };
        command.SetAction(result => ExchangeOptions.Use(
            result.GetValue(store), result.GetValue(folder), surroundings, async (escalation, _) =>
            {
                CaseReport.WriteCases(
                    await escalation.Cases.ListAsync(AlertReport.MostDeviations, default), result.GetValue(format)!,
                    result.InvocationConfiguration.Output);
                return ExitCodes.Clean;
            }));
        return command;
    }

    private static Command CreateShow(Surroundings surroundings)
    {
        var (store, folder, id, format) = (StoreOptions.Required(), ExchangeOptions.Folder(), ExchangeOptions.Case(),
            CommonOptions.Format("table", "jsonl"));
        var command = new Command(
            "show", "One case: its stages with their deadlines, the worksheet, and what is missing for the next stage.")
        {
            id, store, folder, format,
        };
        command.SetAction(result => ExchangeOptions.Use(
            result.GetValue(store), result.GetValue(folder), surroundings, async (escalation, _) =>
            {
                var found = await escalation.Cases.FindAsync(result.GetRequiredValue(id), default);
                CaseReport.WriteCase(escalation.Cases, found, await escalation.Cases.StagesAsync(found, default),
                    result.GetValue(format)!,
                    result.InvocationConfiguration.Output);
                return ExitCodes.Clean;
            }));
        return command;
    }

    private static Command CreateSet(Surroundings surroundings)
    {
        var (store, folder, id, who, why) = (StoreOptions.Required(), ExchangeOptions.Folder(), ExchangeOptions.Case(),
            StoreOptions.Who(), StoreOptions.Why(required: false));
        var values = new Argument<string[]>("FIELD=VALUE")
        {
            Description = "Fields and their values; an empty value takes one out.",
            Arity = ArgumentArity.OneOrMore,
        };
        var confidence = new Option<int?>("--confidence") { Description = "How sure, 0 to 100.", HelpName = "N" };
        var command = new Command(
            "set", "Write fields of the worksheet. What was observed can be corrected; it then counts as reported.")
        {
            id, values, confidence, store, folder, who, why,
        };
        command.SetAction(result => ExchangeOptions.Use(
            result.GetValue(store), result.GetValue(folder), surroundings, async (escalation, _) =>
            {
                if (result.GetValue(confidence) is < 0 or > 100)
                    throw new UsageException("--confidence takes 0 to 100.");
                var changed = await escalation.Cases.SetAsync(
                    result.GetRequiredValue(id), Pairs(result.GetRequiredValue(values)),
                    new Author(result.GetValue(who)!, result.GetValue(why)!), result.GetValue(confidence), default);
                CaseReport.WriteCase(escalation.Cases, changed, await escalation.Cases.StagesAsync(changed, default),
                    "table",
                    result.InvocationConfiguration.Output);
                return ExitCodes.Clean;
            }));
        return command;
    }

    private static Command CreateRefresh(Surroundings surroundings)
    {
        var (store, folder, id, who, why) = (StoreOptions.Required(), ExchangeOptions.Folder(), ExchangeOptions.Case(),
            StoreOptions.Who(), StoreOptions.Why(required: false));
        var command = new Command(
            "refresh", "Take in what became of the incident since: further alerts, later evidence. What people wrote stays.")
        {
            id, store, folder, who, why,
        };
        command.SetAction(result => ExchangeOptions.Use(
            result.GetValue(store), result.GetValue(folder), surroundings, async (escalation, _) =>
            {
                var changed = await escalation.Cases.RefreshAsync(
                    result.GetRequiredValue(id), new Author(result.GetValue(who)!, result.GetValue(why)!), default);
                CaseReport.WriteCases([changed], "table", result.InvocationConfiguration.Output);
                return ExitCodes.Clean;
            }));
        return command;
    }

    private static Command CreateVersions(Surroundings surroundings)
    {
        var (store, folder, id, format) = (StoreOptions.Required(), ExchangeOptions.Folder(), ExchangeOptions.Case(),
            CommonOptions.Format("table", "jsonl"));
        var command = new Command("versions", "Every version of a case, who made it, why, and what it changed.")
        {
            id, store, folder, format,
        };
        command.SetAction(result => ExchangeOptions.Use(
            result.GetValue(store), result.GetValue(folder), surroundings, async (escalation, _) =>
            {
                CaseReport.WriteVersions(
                    await escalation.Cases.VersionsAsync(result.GetRequiredValue(id), default),
                    result.GetValue(format)!,
                    result.InvocationConfiguration.Output);
                return ExitCodes.Clean;
            }));
        return command;
    }

    private static Command CreateDue(Surroundings surroundings)
    {
        var (store, folder, format) = (StoreOptions.Required(), ExchangeOptions.Folder(),
            CommonOptions.Format("table", "jsonl"));
        var command = new Command(
            "due", "Stages whose clock runs, the most urgent first. Exit code 1 where a deadline is over.")
        {
            store, folder, format,
        };
        command.SetAction(result => ExchangeOptions.Use(
            result.GetValue(store), result.GetValue(folder), surroundings, async (escalation, _) =>
            {
                var due = await escalation.Cases.DueAsync(AlertReport.MostDeviations, default);
                CaseReport.WriteDue(
                    due, surroundings.Time.GetUtcNow(), result.GetValue(format)!,
                    result.InvocationConfiguration.Output);
                return due.Any(one => one.Stage.State == StageState.Overdue)
                    ? ExitCodes.DeviationsFound : ExitCodes.Clean;
            }));
        return command;
    }

    private static Command CreateRemind(Surroundings surroundings)
    {
        var (store, folder) = (StoreOptions.Required(), ExchangeOptions.Folder());
        var to = new Option<string[]>("--to")
        {
            Description = "Destinations, as 'store check' names them. Default: all that the service of this store has.",
            HelpName = "NAME",
        };
        var command = new Command(
            "remind",
            "Queue reminders of reports that are due for the service's destinations, once when three quarters of the time are "
            + "over and once when all of it is. For a timer, every ten minutes: what was told is not told again.")
        {
            to, store, folder,
        };
        command.SetAction(result => ExchangeOptions.Use(
            result.GetValue(store), result.GetValue(folder), surroundings, async (escalation, open) =>
            {
                var destinations = result.GetValue(to) is { Length: > 0 } named
                    ? named
                    : [.. (await open.Outbox.StatusAsync(default)).Select(one => one.Name)];
                if (destinations.Length == 0)
                    throw new UsageException("The store has no destination yet: the service of 'otguard run' makes them; or name one with --to.");
                foreach (var sentence in await new CaseReminders(escalation.Cases, open, surroundings.Time)
                    .RemindAsync(destinations, default))
                    result.InvocationConfiguration.Output.WriteLine(sentence);
                return ExitCodes.Clean;
            }));
        return command;
    }

    private static Command CreateReleases(Surroundings surroundings)
    {
        var (store, folder, id, format) = (StoreOptions.Required(), ExchangeOptions.Folder(), ExchangeOptions.Case(),
            CommonOptions.Format("table", "jsonl"));
        var command = new Command(
            "releases", "What of a case left: to whom, who let it leave, and whether it arrived.")
        {
            id, store, folder, format,
        };
        command.SetAction(result => ExchangeOptions.Use(
            result.GetValue(store), result.GetValue(folder), surroundings, async (escalation, _) =>
            {
                var rows = new List<(Release Release, IReadOnlyList<DeliveryAttempt> Attempts)>();
                foreach (var release in await escalation.Releases.ReleasesAsync(result.GetRequiredValue(id), default))
                    rows.Add((release, await escalation.Sending.AttemptsAsync(release, default)));
                ReleaseReport.WriteReleases(rows, result.GetValue(format)!, result.InvocationConfiguration.Output);
                return ExitCodes.Clean;
            }));
        return command;
    }

    private static Command CreateRegimes()
    {
        var (store, folder, format) = (StoreOptions.Required(), ExchangeOptions.Folder(),
            CommonOptions.Format("table", "jsonl"));
        var command = new Command(
            "regimes",
            "The reporting regimes: stages, deadlines, source, and when that was read. A file in the folder 'regimes' of "
            + "the exchange folder adds one, or takes the place of a shipped one (schema: regime.schema.json).")
        {
            store, folder, format,
        };
        command.SetAction(result =>
        {
            var catalogue = OtGuard.Exchange.Regimes.RegimeCatalogue.Load(Path.Combine(
                ExchangeOptions.PathOf(result.GetValue(folder), result.GetValue(store)), "regimes"));
            CaseReport.WriteRegimes(catalogue, result.GetValue(format)!, result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        });
        return command;
    }

    /// <summary>Reads <c>field=value</c> pairs.</summary>
    /// <exception cref="UsageException">One is none, or a field is there twice.</exception>
    internal static Dictionary<string, string> Pairs(IEnumerable<string> pairs)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw new UsageException($"'{pair}' is not of the form FIELD=VALUE.");
            if (!values.TryAdd(pair[..equals], pair[(equals + 1)..]))
                throw new UsageException($"The field {pair[..equals]} is given twice.");
        }

        return values;
    }
}
