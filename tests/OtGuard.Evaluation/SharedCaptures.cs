using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Evaluation;

/// <summary>The captures of others, in <c>../shared/data</c> beside the clone or where OTGUARD_SHARED_DATA says.</summary>
internal static class SharedCaptures
{
    /// <summary>Full path of a file below the folder.</summary>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    public static string PathOf(string relative)
    {
        if (Environment.GetEnvironmentVariable("OTGUARD_SHARED_DATA") is { Length: > 0 } root)
            return Existing(Path.Combine(root, relative));
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", "data", relative);
            if (File.Exists(path)) return path;
        }

        throw new FileNotFoundException($"The capture '{relative}' is expected in ../shared/data beside the clone.");
    }

    /// <summary>How many frames a capture holds, and the labels it carries itself.</summary>
    public static (long Frames, FrameLabels Labels) Read(string path, string? normalWord = null)
    {
        var labels = new FrameLabels(new LabelOptions { NormalWord = normalWord });
        using var run = new OfflineRun([path], OfflineRun.Protocols(), new NoConsumer(), progress: null) { Labels = labels };
        run.ReadToEnd(CancellationToken.None);
        return (run.Frames, labels);
    }

    private static string Existing(string path) =>
        File.Exists(path) ? path : throw new FileNotFoundException($"There is no capture '{path}'.");
}
