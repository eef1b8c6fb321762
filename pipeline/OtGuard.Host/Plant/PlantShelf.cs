using System.Security.Cryptography;
using OtGuard.Dashboard.Plant;
using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Host.Plant;

/// <summary>The files of the baselines that sources are judged by. Thread-safe.</summary>
internal sealed class PlantShelf(IReadOnlyList<string> paths, TimeProvider clock) : IBaselineShelf
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _paths = paths
        .GroupBy(path => Path.GetFileName(path), StringComparer.Ordinal)
        .SelectMany(group => group.Select((path, i) => (Name: i == 0 ? group.Key : $"{group.Key} ({i + 1})", Path: path)))
        .ToDictionary(one => one.Name, one => one.Path, StringComparer.Ordinal);

    public IReadOnlyList<string> Names => [.. _paths.Where(one => File.Exists(one.Value)).Select(one => one.Key).Order(StringComparer.Ordinal)];

    public Baseline Load(string name) => FileOf(name).Load();

    public IReadOnlyList<string> HistoryOf(string name) => [.. FileOf(name).History().Select(version => version.Hash)];

    public Baseline LoadEarlier(string name, string hash)
    {
        var version = FileOf(name).History().FirstOrDefault(one => one.Hash == hash)
            ?? throw new IOException($"There is no earlier version {hash} of '{name}'.");
        return new BaselineFile(version.File).Load();
    }

    public Baseline Approve(string name, string who, string why)
    {
        // One after the other: each reads the approvals that are there.
        lock (_gate)
        {
            var file = FileOf(name);
            var baseline = file.Load();
            if (baseline.Approvers().Contains(who, StringComparer.OrdinalIgnoreCase))
                throw new ArgumentException($"{who} has approved it already; somebody else has to.", nameof(who));
            var approved = baseline.Approve(who, clock.GetUtcNow(), why);
            file.Save(approved);
            return approved;
        }
    }

    public Baseline Sign(string name, string key)
    {
        lock (_gate)
        {
            var file = FileOf(name);
            try
            {
                using var read = SigningKeys.Read(key);
                var signed = file.Load().Sign(read, clock.GetUtcNow());
                file.Save(signed);
                return signed;
            }
            catch (FormatException fault)
            {
                throw new ArgumentException(fault.Message, nameof(key), fault);
            }
            catch (CryptographicException fault)
            {
                throw new ArgumentException("It is a public key; a private one signs.", nameof(key), fault);
            }
        }
    }

    private BaselineFile FileOf(string name) => _paths.TryGetValue(name, out var path)
        ? new BaselineFile(new FileInfo(path))
        : throw new IOException($"There is no baseline '{name}'.");
}
