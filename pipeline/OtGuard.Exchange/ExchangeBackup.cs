using System.Formats.Tar;
using System.IO.Compression;

namespace OtGuard.Exchange;

/// <summary>
/// A backup of what an exchange folder cannot be made anew from: operator, partners, regimes and keys. Packs and indicators
/// are not in it: those are released again, or fetched.
/// </summary>
public static class ExchangeBackup
{
    private static readonly string[] Folders = ["partners", "regimes", "keys"];

    /// <summary>Writes a backup: a gzipped tar archive, readable for its owner only. It holds keys: keep it as they are kept.</summary>
    /// <param name="folder">The exchange folder.</param>
    /// <param name="file">The archive; it must not be there yet.</param>
    /// <returns>How many files are in it.</returns>
    /// <exception cref="ExchangeException">The file is there already.</exception>
    public static int Write(ExchangeFolder folder, string file)
    {
        if (File.Exists(file)) throw new ExchangeException($"'{file}' is there already; a backup overwrites nothing.");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(file, options);
        using var gzip = new GZipStream(stream, CompressionLevel.Optimal);
        using var tar = new TarWriter(gzip, TarEntryFormat.Pax);
        var names = new List<string> { "operator.json" };
        foreach (var one in Folders)
        {
            var path = Path.Combine(folder.Path, one);
            if (Directory.Exists(path))
                names.AddRange(Directory.EnumerateFiles(path).Order(StringComparer.Ordinal).Select(found => $"{one}/{Path.GetFileName(found)}"));
        }

        foreach (var name in names) tar.WriteEntry(Path.Combine(folder.Path, name), name);
        return names.Count;
    }

    /// <summary>Puts a backup back into a folder that holds no exchange folder yet.</summary>
    /// <exception cref="ExchangeException">There is one already.</exception>
    /// <exception cref="ExchangeFormatException">It is no backup.</exception>
    public static ExchangeFolder Restore(string file, string folder)
    {
        var full = Path.GetFullPath(folder);
        if (File.Exists(Path.Combine(full, "operator.json")))
            throw new ExchangeException($"'{folder}' is an exchange folder already; nothing was changed.");
        try
        {
            using var stream = File.OpenRead(file);
            using var gzip = new GZipStream(stream, CompressionMode.Decompress);
            using var tar = new TarReader(gzip);
            Directory.CreateDirectory(full);
            while (tar.GetNextEntry() is { } entry)
            {
                // Names are of one level and known folders: an archive does not say where else to write.
                var parts = entry.Name.Split('/');
                var isKnown = entry.Name == "operator.json" || (parts is [var one, { Length: > 0 } name] && Folders.Contains(one)
                    && name is not (".." or ".") && !name.Contains('\\', StringComparison.Ordinal));
                if (!isKnown || entry.DataStream is null) throw new ExchangeFormatException($"'{file}' is no backup of an exchange folder.");
                if (parts.Length > 1)
                {
                    var into = Path.Combine(full, parts[0]);
                    if (parts[0] == "keys") ExchangeFolder.PrivateFolder(into);
                    else Directory.CreateDirectory(into);
                }

                using var reader = new StreamReader(entry.DataStream);
                ExchangeFolder.WritePrivate(Path.Combine(full, entry.Name), reader.ReadToEnd());
            }
        }
        catch (Exception fault) when (fault is InvalidDataException or EndOfStreamException)
        {
            throw new ExchangeFormatException($"'{file}' is no backup of an exchange folder: {fault.Message}", fault);
        }

        return ExchangeFolder.Open(full);
    }
}
