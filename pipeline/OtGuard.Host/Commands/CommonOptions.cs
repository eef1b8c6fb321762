using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using OtGuard.Models;

namespace OtGuard.Host.Commands;

/// <summary>Arguments and options that several verbs share.</summary>
internal static class CommonOptions
{
    public static Argument<string[]> Captures() => new("CAPTURE")
    {
        Description = "Capture files (pcap, pcapng, gzip seen through), read as one stream in the order given.",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Option<string> Format(params string[] forms)
    {
        var option = new Option<string>("--format")
        {
            Description = "How results are printed.",
            DefaultValueFactory = _ => forms[0],
        };
        option.AcceptOnlyFromAmong(forms);
        return option;
    }

    /// <summary>Absent for all frames: a default value would be shown in the help as the record it is.</summary>
    public static Option<FrameSelection?> Frames(string description) => new("--frames")
    {
        Description = description + " A-B counts from 1 in the order of the files; A- and -B are open ended.",
        HelpName = "A-B",
        CustomParser = ParseFrames,
    };

    /// <summary>Refuses a selection that begins behind the last frame there was: no verdict would be one on nothing.</summary>
    /// <exception cref="UsageException">It does.</exception>
    public static void RequireSelected(FrameSelection selection, long frames)
    {
        if (selection.First > 1 && selection.First > frames)
            throw new UsageException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"--frames begins with {selection.First}, and the captures hold {frames} frames: none is selected."));
    }

    private static FrameSelection? ParseFrames(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        long last = long.MaxValue, first = 1;
        var valid = dash >= 0
            && (dash == 0 || TryNumber(text[..dash], out first))
            && (dash == text.Length - 1 || TryNumber(text[(dash + 1)..], out last))
            && text.Length > 1 && first <= last;
        if (!valid) result.AddError($"--frames takes A-B with 1 <= A <= B, as in 1-4781, not '{text}'.");
        return new FrameSelection(first, last);
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1;
}
