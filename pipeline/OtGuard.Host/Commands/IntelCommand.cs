using System.CommandLine;
using System.Globalization;
using OtGuard.Alerting;
using OtGuard.Exchange;
using OtGuard.Exchange.Intelligence;
using OtGuard.Exchange.Sharing;
using OtGuard.Host.Output;
using OtGuard.Storage.Embedded;

namespace OtGuard.Host.Commands;

/// <summary><c>intel</c>: what partners saw attackers use, looked for here.</summary>
internal static class IntelCommand
{
    public static Command Create(Surroundings surroundings) =>
        new(
            "intel",
            """
            Indicators of partners: read from STIX files, TAXII collections and MISP feeds, and looked for without sending
            anything: in what was found before (match), and in traffic (detect --indicators).

              otguard intel read bundle.json --source cert --store plant.store     from a file
              otguard intel fetch cert --store plant.store                         from a partner's TAXII or MISP channel
              otguard intel list --store plant.store                               what is looked for, and what is not
              otguard intel match --store plant.store                              what of it was seen here before
              otguard intel match --store plant.store --source cert --format stix  count and days, for the partner
              otguard detect today.pcap -b plant.baseline --indicators exchange/intel

            What cannot be used is listed with the reason (list --unused).
            """)
        {
            CreateRead(surroundings), CreateFetch(surroundings), CreateList(surroundings), CreateMatch(surroundings),
            CreateRemove(surroundings),
        };

    private static Command CreateRead(Surroundings surroundings)
    {
        var (store, folder, format) = (StoreOptions.Required(), ExchangeOptions.Folder(), CommonOptions.Format("table", "jsonl"));
        var files = new Argument<FileInfo[]>("FILE")
        {
            Description = "STIX 2.0 or 2.1 bundles, TAXII envelopes, or events of MISP.",
            Arity = ArgumentArity.OneOrMore,
        };
        var source = Source(required: true);
        var replace = new Option<bool>("--replace") { Description = "The files are all there is: what is not in them is gone." };
        var command = new Command("read", "Read indicators from files into a source.") { files, source, replace, store, folder, format };
        command.SetAction(result => ExchangeOptions.Use(
            result.GetValue(store), result.GetValue(folder), surroundings, async (escalation, open) =>
            {
                var now = surroundings.Time.GetUtcNow();
                var readings = result.GetRequiredValue(files).Select(file =>
                    IndicatorReader.Read(File.ReadAllText(file.FullName), file.Name, now)).ToList();
                var name = result.GetRequiredValue(source);
                var taken = new IndicatorFolder(escalation.Folder.Intelligence, surroundings.Time).Take(
                    name, string.Join(", ", result.GetRequiredValue(files).Select(file => file.Name)),
                    new IndicatorReading(
                        [.. readings.SelectMany(one => one.Indicators)], [.. readings.SelectMany(one => one.Unused)],
                        readings.SelectMany(one => one.Revoked).ToHashSet(StringComparer.Ordinal)),
                    result.GetValue(replace));
                await NoteAsync(open, taken, surroundings);
                IntelReport.WriteSources([taken], result.GetValue(format)!, result.InvocationConfiguration.Output);
                return ExitCodes.Clean;
            }));
        return command;
    }

    private static Command CreateFetch(Surroundings surroundings)
    {
        var (store, folder, format) = (StoreOptions.Required(), ExchangeOptions.Folder(), CommonOptions.Format("table", "jsonl"));
        var partner = new Argument<string>("PARTNER") { Description = "A partner with a TAXII or MISP channel." };
        var command = new Command(
            "fetch", "Fetch indicators from a partner's TAXII collection (what came since the last time) or MISP feed.")
        {
            partner, store, folder, format,
        };
        command.SetAction(result => ExchangeOptions.Use(
            result.GetValue(store), result.GetValue(folder), surroundings, async (escalation, open) =>
            {
                var taken = await IndicatorFetch.FetchAsync(
                    escalation.Folder.Partner(result.GetRequiredValue(partner)), escalation.Folder,
                    new IndicatorFolder(escalation.Folder.Intelligence, surroundings.Time), surroundings.Time, default);
                await NoteAsync(open, taken, surroundings);
                IntelReport.WriteSources([taken], result.GetValue(format)!, result.InvocationConfiguration.Output);
                return ExitCodes.Clean;
            }));
        return command;
    }

    private static Command CreateList(Surroundings surroundings)
    {
        var (store, folder, format) = (StoreOptions.Required(), ExchangeOptions.Folder(), CommonOptions.Format("table", "jsonl"));
        var unused = new Option<bool>("--unused") { Description = "What is not looked for, with the reason." };
        var command = new Command("list", "Sources, and how much of each is looked for.") { unused, store, folder, format };
        command.SetAction(result =>
        {
            var exchange = ExchangeFolder.Open(ExchangeOptions.PathOf(result.GetValue(folder), result.GetValue(store)));
            var sources = new IndicatorFolder(exchange.Intelligence, surroundings.Time).Sources();
            if (result.GetValue(unused))
                IntelReport.WriteUnused(sources, result.GetValue(format)!, result.InvocationConfiguration.Output);
            else IntelReport.WriteSources(sources, result.GetValue(format)!, result.InvocationConfiguration.Output);
            return ExitCodes.Clean;
        });
        return command;
    }

    private static Command CreateMatch(Surroundings surroundings)
    {
        var (store, folder, format) = (StoreOptions.Required(), ExchangeOptions.Folder(),
            CommonOptions.Format("table", "jsonl", "stix"));
        var source = Source(required: false);
        var exercises = new Option<bool>("--exercises") { Description = "Look in exercises, and in them alone." };
        var command = new Command(
            "match",
            "Look for indicators in what was found before. Exit code 1 where something is. jsonl and stix are for the partner: "
            + "count and days, and nothing of where.")
        {
            source, exercises, store, folder, format,
        };
        command.SetAction(result => ExchangeOptions.Use(
            result.GetValue(store), result.GetValue(folder), surroundings, async (escalation, open) =>
            {
                var name = result.GetValue(source);
                var sources = new IndicatorFolder(escalation.Folder.Intelligence, surroundings.Time).Sources()
                    .Where(one => name is null || one.Name == name).ToList();
                if (name is not null && sources.Count == 0) throw new ExchangeException($"There is no source '{name}'.");
                if (name is null && result.GetValue(format) == "stix")
                    throw new UsageException("--format stix is for one partner: name it with --source.");
                var matches = await Sightings.FindAsync(open, sources, result.GetValue(exercises), default);
                var output = result.InvocationConfiguration.Output;
                if (result.GetValue(format) == "stix")
                {
                    var keys = escalation.Folder.KeysOf(new Partner { Id = name!, Name = name! });
                    output.WriteLine(SightingBundle.Make(
                        matches, keys.Pseudonyms().Of("operator", escalation.Folder.Operator.Name),
                        surroundings.Time.GetUtcNow())
                        .ToJsonString(ExchangeJson.Outgoing));
                }
                else IntelReport.WriteMatches(matches, result.GetValue(format)!, output);
                return matches.Count > 0 ? ExitCodes.DeviationsFound : ExitCodes.Clean;
            }));
        return command;
    }

    private static Command CreateRemove(Surroundings surroundings)
    {
        var (store, folder) = (StoreOptions.Required(), ExchangeOptions.Folder());
        var source = new Argument<string>("SOURCE") { Description = "The source's name." };
        var command = new Command("remove", "Forget a source.") { source, store, folder };
        command.SetAction(result =>
        {
            var exchange = ExchangeFolder.Open(ExchangeOptions.PathOf(result.GetValue(folder), result.GetValue(store)));
            new IndicatorFolder(exchange.Intelligence, surroundings.Time).Remove(result.GetRequiredValue(source));
            return ExitCodes.Clean;
        });
        return command;
    }

    private static Option<string> Source(bool required) => new("--source")
    {
        Description = "The source's name, as a rule the partner's id.",
        HelpName = "NAME",
        Required = required,
    };

    private static async Task NoteAsync(EmbeddedStore store, IndicatorSource taken, Surroundings surroundings)
    {
        await using var transaction = await store.BeginAsync(default);
        await transaction.AppendJournalAsync(
            new JournalAct(
                surroundings.Time.GetUtcNow(), new Author(surroundings.User), JournalVerb.TakeIndicators, taken.Name,
                string.Create(CultureInfo.InvariantCulture, $"{taken.Indicators.Count} from {taken.From}")),
            default);
        await transaction.CommitAsync(default);
    }
}
