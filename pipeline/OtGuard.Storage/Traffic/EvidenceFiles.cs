namespace OtGuard.Storage.Traffic;

/// <summary>How files of evidence are named, and what lies beside them.</summary>
internal static class EvidenceFiles
{
    public const string CaptureEnding = ".pcapng";
    public const string FreshEnding = ".new";

    private const string HashEnding = ".sha256";
    private const int MaximumName = 128;
    private const int HashCharacters = 64;

    /// <summary>Whether a deviation's id can be the name of a file.</summary>
    public static bool IsName(string deviation) =>
        deviation.Length is > 0 and <= MaximumName && deviation.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    public static string CaptureOf(string folder, string deviation) => Path.Combine(folder, deviation + CaptureEnding);

    public static string HashOf(string capture) => Path.ChangeExtension(capture, HashEnding);

    /// <summary>The hash beside a capture; null where there is none.</summary>
    public static string? ReadHash(string capture)
    {
        try
        {
            var text = File.ReadAllText(HashOf(capture));
            return text.Length > HashCharacters ? text[..HashCharacters] : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
