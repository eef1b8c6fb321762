using System.Globalization;
using System.Security;

namespace OtGuard.Evaluation;

/// <summary>A chart of horizontal bars in groups, as a small SVG.</summary>
internal static class BarChart
{
    private const int Left = 230;
    private const int Width = 560;
    private const int Row = 16;
    private static readonly string[] Colours = ["#1b6ca8", "#d1495b", "#66a182", "#8d96a3", "#edae49", "#6a4c93"];

    /// <summary>Writes the chart.</summary>
    /// <param name="path">The file.</param>
    /// <param name="title">What is shown, with its unit.</param>
    /// <param name="most">The value at the right edge.</param>
    /// <param name="mark">A value that a line marks.</param>
    /// <param name="groups">Groups of bars; a bar without value is left out.</param>
    public static void Write(
        string path, string title, double most, double mark,
        IReadOnlyList<(string Name, IReadOnlyList<(string Name, double? Value)> Bars)> groups)
    {
        var height = 40 + groups.Sum(group => (group.Bars.Count(bar => bar.Value is not null) + 2) * Row);
        using var svg = new StreamWriter(path) { NewLine = "\n" };
        svg.WriteLine($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + Width + 70}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">");
        svg.WriteLine("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        svg.WriteLine($"<text x=\"8\" y=\"20\" font-weight=\"bold\">{Escaped(title)}</text>");
        var y = 34;
        foreach (var (name, bars) in groups)
        {
            y += Row;
            svg.WriteLine($"<text x=\"8\" y=\"{y}\" font-weight=\"bold\">{Escaped(name)}</text>");
            var colour = 0;
            foreach (var (bar, value) in bars)
            {
                colour++;
                if (value is not { } number) continue;
                y += Row;
                svg.WriteLine($"<text x=\"{Left - 6}\" y=\"{y}\" text-anchor=\"end\">{Escaped(bar)}</text>");
                svg.WriteLine(
                    $"<rect x=\"{Left}\" y=\"{y - 11}\" width=\"{Text(Math.Min(number / most, 1) * Width)}\" height=\"12\" "
                    + $"fill=\"{Colours[(colour - 1) % Colours.Length]}\"/>");
                svg.WriteLine($"<text x=\"{Text(Left + Math.Min(number / most, 1) * Width + 4)}\" y=\"{y}\">{Text(number)}</text>");
            }

            y += Row;
        }

        var x = Text(Left + mark / most * Width);
        svg.WriteLine($"<line x1=\"{x}\" y1=\"34\" x2=\"{x}\" y2=\"{height - 4}\" stroke=\"black\" stroke-dasharray=\"3 3\"/>");
        svg.WriteLine("</svg>");
    }

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Escaped(string text) => SecurityElement.Escape(text);
}
