using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Models;
using OtGuard.Models.Scoring;

namespace OtGuard.Host.Commands;

/// <summary>Arguments and options that several verbs share.</summary>
internal static class CommonOptions
{
    public static Argument<string[]> Captures() => new("CAPTURE")
    {
        Description = "Capture files (pcap, pcapng) and CAN logs (candump, ASC, BLF, TRC, CSV and others), gzip seen through, read as one stream in the order given; or live sources: net:eth0, socketcan:can0, pcan:PCAN_USBBUS1?bitrate=500000.",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>DBC files.</summary>
    public static Option<FileInfo[]> Dbc() => new("--dbc")
    {
        Description = "DBC files that name CAN messages and describe their signals; may be given several times.",
        HelpName = "FILE",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>A name map.</summary>
    public static Option<FileInfo?> Names(string purpose) => new("--names")
    {
        Description = "A table of points (CSV: server, unit, table, address, name; type, word order, scaling, offset, "
            + $"engineering unit, low, high): {purpose}",
        HelpName = "FILE",
    };

    /// <summary>Reads a name map; null for none.</summary>
    /// <exception cref="NameMapFormatException">It has faults; the message tells them all.</exception>
    public static NameMap? ReadNames(FileInfo? file, ProtocolRegistry protocols)
    {
        if (file is null) return null;
        if (Directory.Exists(file.FullName)) throw new UsageException($"'{file}' is a folder, not a name map.");
        try
        {
            using var reader = file.OpenText();
            return NameMapReader.Read(reader, protocols);
        }
        catch (NameMapFormatException fault)
        {
            throw new NameMapFormatException(
                string.Join(Environment.NewLine, fault.Faults.Select(one => $"{file.Name}, {one}")), fault);
        }
    }

    /// <summary>The budget of false alarms.</summary>
    public static Option<AlarmBudget> Budget(string description)
    {
        var option = new Option<AlarmBudget>("--budget")
        {
            Description = string.Create(
                CultureInfo.InvariantCulture,
                $"{description} Default: {AlarmBudget.Default.PerDay} false alarm a day and operator console."),
            HelpName = "PER-DAY",
            CustomParser = result =>
            {
                if (double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var perDay)
                    && perDay > 0 && double.IsFinite(perDay)) return new AlarmBudget(perDay);
                result.AddError($"--budget takes false alarms a day, more than 0, not '{result.Tokens[0].Value}'.");
                return null;
            },
        };
        return option;
    }

    /// <summary>Columns of plain tables of CAN frames.</summary>
    public static Option<CanColumns?> Columns() => new("--columns")
    {
        Description = "Columns of a table of CAN frames where its header does not tell: id=0,data=1-8,label=9, also "
            + "time=, dlc=, channel= and idbase=16.",
        HelpName = "NAME=N,...",
        CustomParser = ParseColumns,
    };

    /// <summary>Reads DBC files; null for none. What could not be read is said on standard error.</summary>
    public static DbcDatabase? ReadDatabase(FileInfo[] files, TextWriter error)
    {
        if (files.Length == 0) return null;
        var read = files.Select(file => DbcReader.ReadFile(file.FullName)).ToList();
        foreach (var (file, database) in files.Zip(read))
        {
            if (database.Messages.Count == 0)
                error.WriteLine($"{file.Name}: no message in it could be read; is it a DBC file?");
            else if (database.Faults.Count > 0)
                error.WriteLine(
                    $"{file.Name}: {database.Faults.Count} part(s) were not understood, the first in line "
                    + $"{database.Faults[0].Line}: {database.Faults[0].Text}");
        }

        return new DbcDatabase(read);
    }

    private static CanColumns? ParseColumns(ArgumentResult result)
    {
        if (CanColumns.TryParse(result.Tokens[0].Value, out var columns, out var fault)) return columns;
        result.AddError($"--columns: {fault}");
        return null;
    }

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
