using System.Security.Cryptography;
using System.Text.Json;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Regimes;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange;

/// <summary>
/// The folder a liaison keeps: <c>operator.json</c>, <c>partners</c>, <c>regimes</c>, <c>keys</c>, <c>packs</c>. All of
/// it is text that a person can read and change, and a backup of it is a copy.
/// </summary>
public sealed class ExchangeFolder
{
    private ExchangeFolder(string path, OperatorProfile operatorProfile, RegimeCatalogue regimes) =>
        (Path, Operator, Regimes) = (path, operatorProfile, regimes);

    /// <summary>Its full path.</summary>
    public string Path { get; }

    /// <summary>Who reports.</summary>
    public OperatorProfile Operator { get; }

    /// <summary>The reporting regimes.</summary>
    public RegimeCatalogue Regimes { get; }

    /// <summary>Where keys lie; readable for their owner only.</summary>
    public string Keys => System.IO.Path.Combine(Path, "keys");

    /// <summary>Where packs are put.</summary>
    public string Packs => System.IO.Path.Combine(Path, "packs");

    /// <summary>Where indicators of partners are kept.</summary>
    public string Intelligence => System.IO.Path.Combine(Path, "intel");

    private string PartnerFolder => System.IO.Path.Combine(Path, "partners");

    /// <summary>Opens a folder.</summary>
    /// <exception cref="ExchangeException">There is none.</exception>
    /// <exception cref="ExchangeFormatException">A file in it has faults.</exception>
    public static ExchangeFolder Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        var own = System.IO.Path.Combine(full, "operator.json");
        if (!File.Exists(own))
            throw new ExchangeException(
                $"There is no exchange folder '{path}'; 'otguard partners init --name \"…\"' makes one.");
        return new ExchangeFolder(
            full, ExchangeJson.ReadFile<OperatorProfile>(own),
            RegimeCatalogue.Load(System.IO.Path.Combine(full, "regimes")));
    }

    /// <summary>Makes a folder, with a partner to look at whose packs stay on this machine.</summary>
    /// <exception cref="ExchangeException">There is one already.</exception>
    public static ExchangeFolder Create(string path, OperatorProfile operatorProfile)
    {
        var full = System.IO.Path.GetFullPath(path);
        if (File.Exists(System.IO.Path.Combine(full, "operator.json")))
            throw new ExchangeException($"'{path}' is an exchange folder already; nothing was changed.");
        foreach (var folder in new[] { full, System.IO.Path.Combine(full, "partners"), System.IO.Path.Combine(full, "regimes") })
            Directory.CreateDirectory(folder);
        PrivateFolder(System.IO.Path.Combine(full, "keys"));
        Write(System.IO.Path.Combine(full, "operator.json"), operatorProfile);
        var levels = Enum.GetValues<Tlp>().ToDictionary(TlpText.Word, SharingProfile.Default, StringComparer.Ordinal);
        Write(
            System.IO.Path.Combine(full, "partners", "local.json"),
            new Partner { Id = "local", Name = "Files on this machine", Language = Language.En, Profiles = levels });
        Write(
            System.IO.Path.Combine(full, "partners", "exercise.json"),
            new Partner { Id = "exercise", Name = "Exercises", Exercise = true });
        return Open(full);
    }

    /// <summary>All partners by id.</summary>
    /// <exception cref="ExchangeFormatException">A file has faults; the message tells all of them.</exception>
    public IReadOnlyList<Partner> Partners() => Directory.Exists(PartnerFolder)
        ? [.. Directory.EnumerateFiles(PartnerFolder, "*.json").Order(StringComparer.Ordinal).Select(Read)]
        : [];

    /// <summary>The partner of that id.</summary>
    /// <exception cref="ExchangeException">There is none; the message lists those there are.</exception>
    public Partner Partner(string id)
    {
        var path = System.IO.Path.Combine(PartnerFolder, id + ".json");
        if (!id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') || !File.Exists(path))
            throw new ExchangeException(
                $"There is no partner '{id}'; there are {string.Join(", ", Partners().Select(partner => partner.Id))}.");
        return Read(path);
    }

    /// <summary>The keys pseudonyms of a partner are made with; the first is made where there is none.</summary>
    public PseudonymKeys KeysOf(Partner partner)
    {
        PrivateFolder(Keys);
        return PseudonymKeys.Open(System.IO.Path.Combine(Keys, $"pseudonym-{partner.Id}.json"));
    }

    /// <summary>The full path of a file that a partner's options name: beside the folder's own where it is relative.</summary>
    public string Resolve(string file) => System.IO.Path.GetFullPath(file, Path);

    /// <summary>Makes a folder for its owner only.</summary>
    internal static void PrivateFolder(string path)
    {
        if (Directory.Exists(path)) return;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Writes a file for its owner only, whole or not at all.</summary>
    internal static void WritePrivate(string path, string text)
    {
        var fresh = path + "." + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(fresh, options))
        using (var writer = new StreamWriter(stream))
        {
            writer.Write(text);
            writer.Flush();
            stream.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
    }

    private static Partner Read(string path)
    {
        var partner = ExchangeJson.ReadFile<Partner>(path);
        var faults = partner.Faults().ToList();
        if (partner.Id != System.IO.Path.GetFileNameWithoutExtension(path))
            faults.Add($"the id '{partner.Id}' is not the file's name.");
        return faults.Count == 0
            ? partner
            : throw new ExchangeFormatException(
                string.Join(
                    Environment.NewLine, faults.Select(fault => $"{System.IO.Path.GetFileName(path)}: {fault}")));
    }

    private static void Write<T>(string path, T value) =>
        File.WriteAllText(path, JsonSerializer.Serialize(value, ExchangeJson.Files) + "\n");
}
