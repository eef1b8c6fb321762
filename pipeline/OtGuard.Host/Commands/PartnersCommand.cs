using System.CommandLine;
using System.Globalization;
using OtGuard.Exchange;
using OtGuard.Exchange.Cases;
using OtGuard.Host.Output;

namespace OtGuard.Host.Commands;

/// <summary><c>partners</c>: who gets what of a case.</summary>
internal static class PartnersCommand
{
    private static readonly string[] Columns = ["Partner", "Name", "Channel", "Language", "Profiles", "Key", "Exercises"];

    public static Command Create(Surroundings surroundings) =>
        new(
            "partners",
            """
            Partners: to whom cases go, by which way, and what of a case leaves at each level of the Traffic Light
            Protocol. The exchange folder holds them as files that you change with an editor:

              operator.json          who reports
              partners/NAME.json     one partner: channel, language, sharing profiles
              regimes/NAME.json      a reporting regime of your own, or one that takes the place of a shipped one
              keys/                  keys for pseudonyms and signatures: back them up, give them to nobody

              otguard partners init --name "Stadtwerke Musterstadt" --sector energy --store plant.store
              otguard partners list --store plant.store
              otguard partners rotate cert --store plant.store
              otguard partners backup exchange.tar.gz --store plant.store
              otguard partners reveal cert 240.17.3.9 --store plant.store      what a pseudonym sent to them stands for
            """)
        {
            CreateInit(), CreateList(), CreateRotate(), CreateReveal(surroundings), CreateBackup(),
            CreateRestore(),
        };

    private static Command CreateInit()
    {
        var (store, folder) = (StoreOptions.Required(), ExchangeOptions.Folder());
        var name = new Option<string>("--name") { Description = "The operator's name.", HelpName = "TEXT", Required = true };
        var sector = new Option<string[]>("--sector")
        {
            Description = "A sector, by STIX's words: energy, utilities, automotive, transportation and others.",
            HelpName = "WORD",
        };
        var contact = new Option<string?>("--contact") { Description = "Who is reachable at any time, and how.", HelpName = "TEXT" };
        var registration = new Option<string?>("--registration")
        {
            Description = "Registration or installation id.",
            HelpName = "TEXT",
        };
        var command = new Command("init", "Make the exchange folder.") { name, sector, contact, registration, store, folder };
        command.SetAction(result =>
        {
            var made = ExchangeFolder.Create(
                ExchangeOptions.PathOf(result.GetValue(folder), result.GetValue(store)),
                new OperatorProfile
                {
                    Id = Guid.NewGuid(),
                    Name = result.GetRequiredValue(name),
                    Sectors = result.GetValue(sector) ?? [],
                    Contact = result.GetValue(contact),
                    Registration = result.GetValue(registration),
                });
            result.InvocationConfiguration.Output.WriteLine($"{made.Path}: operator.json, partners, regimes, keys.");
            return ExitCodes.Clean;
        });
        return command;
    }

    private static Command CreateList()
    {
        var (store, folder) = (StoreOptions.Required(), ExchangeOptions.Folder());
        var command = new Command("list", "Partners, their channels, and the keys their pseudonyms are made with.") { store, folder };
        command.SetAction(result =>
        {
            var exchange = ExchangeFolder.Open(ExchangeOptions.PathOf(result.GetValue(folder), result.GetValue(store)));
            new Tables(result.InvocationConfiguration.Output).Write(
                "Partners",
                Columns,
                [
                    .. exchange.Partners().Select(partner => new[]
                    {
                        partner.Id, partner.Name, partner.Channel.Kind.ToString().ToLowerInvariant(),
                        partner.Language.ToString().ToLowerInvariant(),
                        partner.Profiles.Count == 0 ? "default" : string.Join(", ", partner.Profiles.Keys),
                        exchange.KeysOf(partner).Epoch.ToString(CultureInfo.InvariantCulture),
                        partner.Exercise ? "only" : "",
                    }),
                ]);
            return ExitCodes.Clean;
        });
        return command;
    }

    private static Command CreateRotate()
    {
        var (store, folder) = (StoreOptions.Required(), ExchangeOptions.Folder());
        var id = new Argument<string>("PARTNER") { Description = "The partner's id." };
        var command = new Command(
            "rotate",
            "Give a partner's pseudonyms a new key: from now on they are others, and the partner can no longer tell that old "
            + "and new ones stand for the same. The old key stays, so that packs sent before can still be read at home.")
        {
            id, store, folder,
        };
        command.SetAction(result =>
        {
            var exchange = ExchangeFolder.Open(ExchangeOptions.PathOf(result.GetValue(folder), result.GetValue(store)));
            var keys = exchange.KeysOf(exchange.Partner(result.GetRequiredValue(id)));
            keys.Rotate();
            result.InvocationConfiguration.Output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{result.GetValue(id)}: key {keys.Epoch} is in use."));
            return ExitCodes.Clean;
        });
        return command;
    }

    private static Command CreateReveal(Surroundings surroundings)
    {
        var (store, folder) = (StoreOptions.Required(), ExchangeOptions.Folder());
        var id = new Argument<string>("PARTNER") { Description = "The partner's id." };
        var pseudonym = new Argument<string>("PSEUDONYM") { Description = "As it was sent to them." };
        var command = new Command(
            "reveal", "What a pseudonym stands for in what was released to a partner, under this key or an earlier one.")
        {
            id, pseudonym, store, folder,
        };
        command.SetAction(result => ExchangeOptions.Use(
            result.GetValue(store), result.GetValue(folder), surroundings, async (escalation, _) =>
            {
                var found = await escalation.Releases.RevealAsync(
                    result.GetRequiredValue(id), result.GetRequiredValue(pseudonym), default);
                if (found.Count == 0)
                    throw new ExchangeException($"Nothing released to {result.GetValue(id)} holds {result.GetValue(pseudonym)}.");
                foreach (var one in found)
                    result.InvocationConfiguration.Output.WriteLine($"{one.Original} ({one.Sort.ToString().ToLowerInvariant()})");
                return ExitCodes.Clean;
            }));
        return command;
    }

    private static Command CreateBackup()
    {
        var (store, folder) = (StoreOptions.Required(), ExchangeOptions.Folder());
        var file = new Argument<FileInfo>("FILE") { Description = "The archive; it must not be there yet." };
        var command = new Command(
            "backup",
            "Back up operator, partners, regimes and keys into one archive. It holds keys: keep it where they are safe, and apart "
            + "from packs. With lost keys, old pseudonyms can be told only from the store, and new ones are others.")
        {
            file, store, folder,
        };
        command.SetAction(result =>
        {
            var exchange = ExchangeFolder.Open(ExchangeOptions.PathOf(result.GetValue(folder), result.GetValue(store)));
            var count = ExchangeBackup.Write(exchange, result.GetRequiredValue(file).FullName);
            result.InvocationConfiguration.Output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{result.GetValue(file)!.Name}: {count} files."));
            return ExitCodes.Clean;
        });
        return command;
    }

    private static Command CreateRestore()
    {
        var (store, folder) = (StoreOptions.Required(), ExchangeOptions.Folder());
        var file = new Argument<FileInfo>("FILE") { Description = "An archive of 'partners backup'." };
        var command = new Command("restore", "Put a backup back where there is no exchange folder.") { file, store, folder };
        command.SetAction(result =>
        {
            var made = ExchangeBackup.Restore(
                result.GetRequiredValue(file).FullName, ExchangeOptions.PathOf(result.GetValue(folder), result.GetValue(store)));
            result.InvocationConfiguration.Output.WriteLine($"{made.Path}: {made.Operator.Name}.");
            return ExitCodes.Clean;
        });
        return command;
    }
}
