using System.CommandLine;
using OtGuard.Exchange;
using OtGuard.Exchange.Evidence;
using OtGuard.Storage.Embedded;

namespace OtGuard.Host.Commands;

/// <summary>Options of the verbs that bring cases to partners, and how store and folder are opened for them.</summary>
internal static class ExchangeOptions
{
    /// <summary>The environment variable that names the folder where no option does.</summary>
    private const string Variable = "OTGUARD_EXCHANGE";

    /// <summary>The folder of partners, regimes and keys.</summary>
    public static Option<DirectoryInfo?> Folder() => new("--exchange")
    {
        Description = "The exchange folder: operator, partners, regimes, keys, packs. Default: the environment variable "
            + $"{Variable}, else the folder 'exchange' beside the store.",
        HelpName = "FOLDER",
    };

    /// <summary>The case that is asked for or changed.</summary>
    public static Argument<string> Case() =>
        new("CASE") { Description = "The case's number, or the beginning of its id." };

    /// <summary>The path of the folder.</summary>
    public static string PathOf(DirectoryInfo? named, FileInfo? store)
    {
        if (named is not null) return named.FullName;
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path) return path;
        return Path.Combine((StoreOptions.FindPath(store) is { Length: > 0 } file ? Path.GetDirectoryName(file) : null) ?? ".", "exchange");
    }

    /// <summary>Opens store and folder, and runs something with both.</summary>
    /// <param name="store">The store.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="surroundings">Gives the clock.</param>
    /// <param name="action">What is done.</param>
    /// <param name="evidence">What evidence is made of; null for packs without.</param>
    public static int Use(
        FileInfo? store, DirectoryInfo? folder, Surroundings surroundings,
        Func<Escalation, EmbeddedStore, Task<int>> action, EvidenceParts? evidence = null)
    {
        var path = PathOf(folder, store);
        // A folder that is missing or wrong is told before a store is looked for.
        _ = ExchangeFolder.Open(path);
        return StoreOptions.Use(
            store, open => action(Escalation.Open(path, open, open.Cases, evidence, surroundings.Time), open));
    }
}
