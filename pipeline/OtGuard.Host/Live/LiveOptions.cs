using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace OtGuard.Host.Live;

/// <summary>The options of verbs that can listen: what they say is put into the sources' names.</summary>
internal sealed class LiveOptions
{
    /// <summary>Lets an interface acknowledge.</summary>
    public Option<bool> Acknowledge { get; } = new("--acknowledge")
    {
        Description = "Live sources: start also where the interface acknowledges frames and so takes part in the bus. "
            + "Without it a source is refused unless it only listens.",
    };

    /// <summary>Ends the run.</summary>
    public Option<TimeSpan?> Duration { get; } = new("--for")
    {
        Description = "Live sources: end after this time, as 60s or 5m; without it Ctrl-C ends the run. Its result is "
            + "printed either way.",
        HelpName = "TIME",
        CustomParser = Parse,
    };

    /// <summary>The names of what is read, the options included.</summary>
    /// <exception cref="Commands.UsageException">An option is given, and nothing is read live.</exception>
    public string[] Apply(ParseResult result, string[] captures)
    {
        var acknowledge = result.GetValue(Acknowledge);
        var duration = result.GetValue(Duration);
        if (!acknowledge && duration is null) return captures;
        if (!captures.All(LiveAddress.IsLive))
            throw new Commands.UsageException("--acknowledge and --for are for live sources (net:eth0, socketcan:can0, pcan:PCAN_USBBUS1).");
        return [.. captures.Select(capture => With(capture, acknowledge, duration))];
    }

    private static string With(string capture, bool acknowledge, TimeSpan? duration)
    {
        var separator = capture.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        if (acknowledge) (capture, separator) = ($"{capture}{separator}acknowledge=true", '&');
        return duration is { } time
            ? string.Create(CultureInfo.InvariantCulture, $"{capture}{separator}for={time.TotalSeconds}s")
            : capture;
    }

    private static TimeSpan? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (LiveAddress.ParseDuration(text) is { } duration) return duration;
        result.AddError($"--for takes a time as 60s, 500ms, 5m or 2h, not '{text}'.");
        return null;
    }
}
