using System.Security.Cryptography;
using System.Text.Json;

namespace OtGuard.Collectors.Capture.Live;

/// <summary>A capture file of which frames were handed out.</summary>
/// <param name="Name">Its name in the folder.</param>
/// <param name="Bytes">Its length when it was last looked at.</param>
/// <param name="Modified">When it was last written, in ticks of UTC.</param>
/// <param name="HeadBytes">How many of its first bytes <paramref name="Head"/> stands for.</param>
/// <param name="Head">SHA-256 of them: a file that goes on under its name begins as it did, one made anew does not.</param>
/// <param name="Frames">Frames handed out.</param>
/// <param name="IsRead">Whether all of it was.</param>
internal sealed record ReadFile(
    string Name, long Bytes, long Modified, int HeadBytes, string Head, long Frames, bool IsRead)
{
    /// <summary>Enough for the header and the first frames of any format, whose time stamps tell two files apart.</summary>
    private const int MaximumHeadBytes = 4096;

    /// <summary>Describes a file as it is now, nothing of it read.</summary>
    public static ReadFile Of(FileInfo file)
    {
        var bytes = (int)Math.Min(file.Length, MaximumHeadBytes);
        return new ReadFile(file.Name, file.Length, file.LastWriteTimeUtc.Ticks, bytes, Hash(file, bytes), 0, false);
    }

    /// <summary>Whether a file is the one described: still as it was, or longer.</summary>
    public bool Begins(FileInfo file) => file.Length >= Bytes && Hash(file, HeadBytes) == Head;

    private static string Hash(FileInfo file, int bytes)
    {
        using var stream = file.Open(FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var head = new byte[bytes];
        var read = stream.ReadAtLeast(head, bytes, throwOnEndOfStream: false);
        return Convert.ToHexStringLower(SHA256.HashData(head.AsSpan(0, read)));
    }
}

/// <summary>The file in which a watched folder's progress stands.</summary>
internal static class DirectoryState
{
    private const int Version = 1;

    /// <summary>Reads it; nothing where there is none.</summary>
    /// <exception cref="LiveSourceException">It is no such file: it is not thrown away unasked.</exception>
    public static IReadOnlyList<ReadFile> Load(string path)
    {
        if (!File.Exists(path)) return [];
        try
        {
            if (JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path)) is { Version: Version, Files: { } files })
                return files;
        }
        catch (JsonException)
        {
            // Said below.
        }

        throw new LiveSourceException(
            $"'{path}' does not hold which files of a folder were read; to begin with the oldest again, delete it.");
    }

    /// <summary>Writes it: to a file beside it, which then takes its place, so that it is whole at any moment.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Save(string path, IEnumerable<ReadFile> files)
    {
        var fresh = path + ".new";
        using (var stream = new FileStream(fresh, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(stream, new Content(Version, [.. files]));
            stream.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
    }

    private sealed record Content(int Version, IReadOnlyList<ReadFile>? Files);
}
