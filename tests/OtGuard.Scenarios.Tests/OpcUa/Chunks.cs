namespace OtGuard.Scenarios.Tests.OpcUa;

/// <summary>Chunks by connection and direction, as text of which a failed comparison shows the place.</summary>
internal static class Chunks
{
    public static string Text(SortedDictionary<string, List<string>> chunks) =>
        string.Join('\n', chunks.Select(static pair => $"{pair.Key}: {string.Join(", ", pair.Value)}"));
}
