namespace OtGuard.Models;

/// <summary>Text files shipped inside the assembly.</summary>
internal static class EmbeddedText
{
    /// <summary>The lines of an embedded file, named from the project's folder with dots.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        var stream = typeof(EmbeddedText).Assembly.GetManifestResourceStream($"OtGuard.Models.{name}")
            ?? throw new InvalidOperationException($"The embedded file {name} is missing.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line) yield return line;
    }
}
