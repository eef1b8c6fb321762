namespace OtGuard.TestKit;

/// <summary>The captures that lie beside the clone, in <c>../shared/data</c>.</summary>
public static class SharedData
{
    private static readonly string? Root = Find();

    /// <summary>
    /// Full path of a file or folder below <c>../shared/data</c>. Where it is missing the test fails with
    /// <c>CI=true</c>, and is inconclusive elsewhere.
    /// </summary>
    public static string PathOf(string relative)
    {
        if (Root is not null)
        {
            var path = Path.Combine(Root, relative);
            if (File.Exists(path) || Directory.Exists(path)) return path;
        }

        var message = $"The shared capture '{relative}' is missing; it is expected in ../shared/data beside the clone.";
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
        Assert.Inconclusive(message);
        throw new InvalidOperationException(message);
    }

    /// <summary>The repository's root folder: the one that holds OtGuard.sln.</summary>
    public static string RepositoryRoot { get; } = FindRepository();

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "OtGuard.sln"))) return folder.FullName;
        throw new InvalidOperationException("The tests run outside of a clone: OtGuard.sln was not found above them.");
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("OTGUARD_SHARED_DATA") is { Length: > 0 } named) return named;
        for (var folder = new DirectoryInfo(FindRepository()).Parent; folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate)) return candidate;
        }

        return null;
    }
}
