using Spectre.Console;
using Spectre.Console.Rendering;

namespace OtGuard.Host.Output;

/// <summary>Tables for people: colours on a terminal only, wide where the output goes to a file or a pipe.</summary>
internal sealed class Tables
{
    /// <summary>Width where nobody's terminal limits it: no cell of ours is cut.</summary>
    private const int UnlimitedWidth = 4000;

    private readonly IAnsiConsole _console;

    public Tables(TextWriter output)
    {
        var isTerminal = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        IsTerminal = isTerminal;
        if (!isTerminal) _console.Profile.Width = UnlimitedWidth;
    }

    public bool IsTerminal { get; }

    /// <summary>Writes a heading and a table under it; columns that are empty in every row are left out.</summary>
    public void Write(string heading, IReadOnlyList<string> columns, IReadOnlyList<string[]> rows)
    {
        _console.Write(new Text($"{heading}\n", new Style(decoration: Decoration.Bold)));
        if (rows.Count == 0)
        {
            _console.Write(new Text("  none\n\n"));
            return;
        }

        var used = Enumerable.Range(0, columns.Count).Where(c => rows.Any(row => row[c].Length > 0)).ToArray();
        var table = new Table { Border = TableBorder.Simple, UseSafeBorder = true };
        foreach (var column in used) table.AddColumn(new TableColumn(new Text(columns[column])));
        foreach (var row in rows) table.AddRow(used.Select(IRenderable (c) => new Text(row[c])));
        _console.Write(table);
        _console.Write(new Text("\n"));
    }

    /// <summary>Writes plain text, wrapped on a terminal.</summary>
    public void WriteText(string text) => _console.Write(new Text(text + "\n"));

    /// <summary>Writes text in bold where there is bold.</summary>
    public void WriteStrong(string text) => _console.Write(new Text(text + "\n", new Style(decoration: Decoration.Bold)));
}
