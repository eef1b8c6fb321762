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
        var oneSided = run.Traffic.Conversations.Count(conversation => conversation.OneSided);
        if (oneSided > 0)
            error.WriteLine(
                $"{oneSided} conversation(s) show one direction only: answers cannot be judged there (--show channels names them).");
    }

    public static string Text(Collectors.SourceNotice notice) =>
        notice.Offset < 0 ? $"{notice.File}: {notice.Text}" : $"{notice.File}, byte {notice.Offset}: {notice.Text}";
}
