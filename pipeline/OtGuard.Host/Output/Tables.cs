using Spectre.Console;
using Spectre.Console.Rendering;

namespace OtGuard.Host.Output;

/// <summary>
/// Text and tables for people. On a terminal they are drawn, coloured and wrapped by Spectre.Console; into a file or a
/// pipe go plain aligned columns, for which that library is not even loaded.
/// </summary>
internal sealed class Tables
{
    /// <summary>Room for the longest name of a field and two blanks.</summary>
    private const int FieldWidth = 19;

    private readonly TextWriter _output;
    private readonly Lazy<IAnsiConsole>? _terminal;

    public Tables(TextWriter output)
    {
        _output = output;
        if (ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected)
            _terminal = new Lazy<IAnsiConsole>(() => AnsiConsole.Create(new AnsiConsoleSettings()));
    }

    /// <summary>Writes a heading and a table under it; columns that are empty in every row are left out.</summary>
    public void Write(string heading, IReadOnlyList<string> columns, IReadOnlyList<string[]> rows)
    {
        WriteStrong(heading);
        if (rows.Count == 0)
        {
            WriteText("  none");
            WriteText("");
            return;
        }

        var used = Enumerable.Range(0, columns.Count).Where(c => rows.Any(row => row[c].Length > 0)).ToArray();
        if (_terminal is null) WritePlain(columns, rows, used);
        else WriteDrawn(_terminal.Value, columns, rows, used);
        WriteText("");
    }

    /// <summary>Writes plain text, wrapped on a terminal.</summary>
    public void WriteText(string text)
    {
        if (_terminal is null) _output.WriteLine(text);
        else WriteTo(_terminal.Value, text, Style.Plain);
    }

    /// <summary>Writes a name and, beside it, a text that stays in its column where it is wrapped.</summary>
    public void WriteField(string name, string text)
    {
        if (_terminal is null)
        {
            _output.WriteLine($"  {name,-FieldWidth}{text}");
            return;
        }

        var grid = new Grid();
        grid.AddColumn(new GridColumn { Width = FieldWidth, Padding = new Padding(2, 0, 0, 0), NoWrap = true });
        grid.AddColumn(new GridColumn { Padding = new Padding(0, 0, 0, 0) });
        grid.AddRow(new Text(name), new Text(text));
        _terminal.Value.Write(grid);
    }

    /// <summary>Writes text in bold where there is bold.</summary>
    public void WriteStrong(string text)
    {
        if (_terminal is null) _output.WriteLine(text);
        else WriteTo(_terminal.Value, text, new Style(decoration: Decoration.Bold));
    }

    private void WritePlain(IReadOnlyList<string> columns, IReadOnlyList<string[]> rows, int[] used)
    {
        var widths = used.Select(c => Math.Max(columns[c].Length, rows.Max(row => row[c].Length))).ToArray();
        WriteRow(columns, used, widths);
        foreach (var row in rows) WriteRow(row, used, widths);
    }

    private void WriteRow(IReadOnlyList<string> cells, int[] used, int[] widths)
    {
        var line = string.Join("  ", used.Select((c, i) => cells[c].PadRight(widths[i])));
        _output.WriteLine($"  {line}".TrimEnd());
    }

    private static void WriteTo(IAnsiConsole terminal, string text, Style style)
    {
        // What is indented stays so where it is wrapped.
        var indent = text.Length - text.TrimStart(' ').Length;
        if (indent == 0) terminal.Write(new Text(text + "\n", style));
        else terminal.Write(new Padder(new Text(text[indent..], style), new Padding(indent, 0, 0, 0)));
    }

    private static void WriteDrawn(
        IAnsiConsole terminal, IReadOnlyList<string> columns, IReadOnlyList<string[]> rows, int[] used)
    {
        var table = new Table { Border = TableBorder.Simple, UseSafeBorder = true };
        foreach (var column in used) table.AddColumn(new TableColumn(new Text(columns[column])));
        foreach (var row in rows) table.AddRow(used.Select(IRenderable (c) => new Text(row[c])));
        terminal.Write(table);
    }
}
