using System.Globalization;
using System.Security.Cryptography;
using OtGuard.Host.Commands;
using OtGuard.Models;

namespace OtGuard.Host.Runs;

/// <summary>An earlier version of a baseline file.</summary>
/// <param name="File">Where it is kept.</param>
/// <param name="Number">Running number, the latest the greatest.</param>
/// <param name="Hash">Content hash that it states.</param>
internal sealed record EarlierBaseline(FileInfo File, int Number, string Hash);

/// <summary>
/// A baseline file and its earlier versions: whatever other contents replace is kept in the folder <c>FILE.history</c>, as
/// <c>NUMBER-CONTENTHASH.baseline</c>, with its approvals and signatures.
/// </summary>
/// <remarks>
/// Approving and signing add lines to a file and take none away: they leave no earlier version. Files are written beside
/// and then moved, so that an interrupted run leaves the old one whole.
/// </remarks>
internal sealed class BaselineFile(FileInfo file)
{
    /// <summary>
    /// Earlier versions kept; beyond it the oldest is deleted. With one a week it is half a year.
    /// </summary>
    public const int KeptVersions = 26;

    private DirectoryInfo HistoryFolder => new(file.FullName + ".history");

    /// <summary>Reads the baseline.</summary>
    /// <exception cref="BaselineFormatException">It is none that may be judged by; the message names the file.</exception>
    public Baseline Load() => Load(file);

    /// <summary>The earlier versions, the latest first.</summary>
    public IReadOnlyList<EarlierBaseline> History()
    {
        if (!HistoryFolder.Exists) return [];
        List<EarlierBaseline> versions = [];
        foreach (var kept in HistoryFolder.EnumerateFiles("*.baseline"))
        {
            if (Path.GetFileNameWithoutExtension(kept.Name).Split('-') is [var number, var hash]
                && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var at))
                versions.Add(new EarlierBaseline(kept, at, hash));
        }

        return [.. versions.OrderByDescending(version => version.Number)];
    }

    /// <summary>Refuses what is there and is no baseline: a capture given by mistake cannot be recorded again.</summary>
    /// <exception cref="UsageException">It is another kind of file.</exception>
    public void RequireReplaceable()
    {
        if (Directory.Exists(file.FullName)) throw new IOException($"'{file}' is a folder, not a file to write a baseline to.");
        if (file.Directory is { Exists: false } folder) throw new IOException($"The folder '{folder}' does not exist.");
        if (!file.Exists || file.Length == 0) return;
        using var stream = file.OpenRead();
        if (!Baseline.IsBaseline(stream)) throw new UsageException($"'{file}' exists and is no baseline: it is left as it is.");
    }

    /// <summary>
    /// Writes the baseline; other contents that stand there become an earlier version. The same contents, approved or
    /// signed, are not replaced by themselves without that.
    /// </summary>
    public void Save(Baseline baseline)
    {
        file.Refresh();
        if (baseline.Endorsements.Count == 0 && IsThere(baseline.ContentHash)) return;
        if (file is { Exists: true, Length: 0 })
        {
            // Nothing to protect, and it may be a device or a pipe, which must not be replaced by a file.
            using var stream = file.OpenWrite();
            baseline.Save(stream);
            return;
        }

        var beside = file.FullName + ".part";
        try
        {
            using (var stream = File.Create(beside)) baseline.Save(stream);
            if (file.Exists && StatedHash(file) is var stated && stated != baseline.ContentHash) Keep(stated);
            File.Move(beside, file.FullName, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    /// <summary>Puts an earlier version in the place of the present one, which becomes the latest earlier version.</summary>
    /// <param name="hash">Its content hash, or enough of its beginning to tell it from the others.</param>
    /// <exception cref="UsageException">There is no such version, or more than one.</exception>
    /// <exception cref="BaselineFormatException">What is kept is no baseline that may be judged by.</exception>
    public Baseline RollBack(string hash)
    {
        var found = History().Where(version => version.Hash.StartsWith(hash, StringComparison.OrdinalIgnoreCase)).ToList();
        if (found.Count == 0) throw new UsageException($"{file.Name} has no earlier version {hash}; --list shows those it has.");
        if (found.Select(version => version.Hash).Distinct().Count() > 1)
            throw new UsageException($"{file.Name} has several earlier versions that begin with {hash}; give more of the hash.");
        var baseline = Load(found[0].File);
        if (!baseline.ContentHash.StartsWith(hash, StringComparison.OrdinalIgnoreCase))
            throw new BaselineFormatException($"{found[0].File.Name}: its contents have another hash than its name says.");
        Save(baseline);
        found[0].File.Delete();
        return baseline;
    }

    private bool IsThere(string hash)
    {
        if (!file.Exists || file.Length == 0) return false;
        try
        {
            return Load().ContentHash == hash;
        }
        catch (BaselineFormatException)
        {
            return false;
        }
    }

    private static Baseline Load(FileInfo file)
    {
        if (Directory.Exists(file.FullName)) throw new BaselineFormatException($"'{file}' is a folder, not a baseline.");
        try
        {
            using var stream = file.OpenRead();
            return Baseline.Load(stream);
        }
        catch (BaselineFormatException fault)
        {
            throw new BaselineFormatException($"{file.Name}: {fault.Message}", fault);
        }
    }

    // What is replaced may be of another format, or damaged: it is kept as it is, under the hash it states.
    private void Keep(string hash)
    {
        HistoryFolder.Create();
        var versions = History();
        var number = versions.Count == 0 ? 1 : versions[0].Number + 1;
        var kept = string.Create(CultureInfo.InvariantCulture, $"{number:D4}-{hash}.baseline");
        file.CopyTo(Path.Combine(HistoryFolder.FullName, kept), overwrite: true);
        foreach (var old in versions.Skip(KeptVersions - 1)) old.File.Delete();
    }

    private static string StatedHash(FileInfo file)
    {
        using var stream = file.OpenRead();
        if (Baseline.StatedHash(stream) is { Length: SHA256.HashSizeInBytes * 2 } stated && stated.All(char.IsAsciiHexDigit))
            return stated;
        stream.Position = 0;
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
