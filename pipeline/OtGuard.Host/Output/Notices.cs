using System.Globalization;
using OtGuard.Host.Runs;

namespace OtGuard.Host.Output;

/// <summary>What a person should know about the input, on standard error: what was cut, skipped, lost or one-sided.</summary>
internal static class Notices
{
    public static void Write(OfflineRun run, TextWriter error, bool alreadyShown)
    {
        if (alreadyShown) return;
        foreach (var notice in run.Source.Notices) error.WriteLine(Text(notice));
        foreach (var file in run.Source.Files)
            if (file.LostFrames > 0)
                error.WriteLine($"{file.Name}: the recorder lost {file.LostFrames:N0} frames before they reached the file.");
        foreach (var source in run.Source.LiveSources)
            foreach (var loss in source.Losses)
                if (loss.Frames > 0)
                    error.WriteLine(
                        string.Create(CultureInfo.InvariantCulture, $"{source.Name}: {loss.Frames} frames lost: {loss.Place}."));
        var oneSided = run.Traffic.Conversations.Count(conversation => conversation.OneSided);
        if (oneSided > 0)
            error.WriteLine(
                $"{oneSided} conversation(s) show one direction only: answers cannot be judged there (--show channels names them).");
    }

    /// <summary>Says of each live source what it does on its bus; before anything is read, for whoever starts it.</summary>
    public static void WriteSources(OfflineRun run, TextWriter error)
    {
        foreach (var source in run.Source.LiveSources)
        {
            error.WriteLine($"{source.Name} ({source.Kind}) {source.Mode}.");
            if (source.Confinement is { } confinement) error.WriteLine($"{source.Name}: read by {confinement}.");
        }
    }

    public static string Text(Collectors.SourceNotice notice) =>
        notice.Offset < 0 ? $"{notice.File}: {notice.Text}" : $"{notice.File}, byte {notice.Offset}: {notice.Text}";
}
