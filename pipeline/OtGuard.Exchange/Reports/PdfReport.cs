using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using PdfSharp.Drawing;
using PdfSharp.Pdf;

namespace OtGuard.Exchange.Reports;

/// <summary>Lays a report out on pages of A4.</summary>
internal sealed partial class PdfReport : IDisposable
{
    private const double Margin = 56;
    private const double Body = 9.5;
    private const double Small = 7.5;
    private const double LineFactor = 1.35;

    private static readonly Lock Gate = new();

    private readonly ReportDocument _report;
    private readonly PdfDocument _document = new();
    private readonly XFont _body = new(ReportFonts.Family, Body);
    private readonly XFont _bold = new(ReportFonts.Family, Body, XFontStyleEx.Bold);
    private readonly XFont _heading = new(ReportFonts.Family, 12, XFontStyleEx.Bold);
    private readonly XFont _title = new(ReportFonts.Family, 18, XFontStyleEx.Bold);
    private readonly XFont _small = new(ReportFonts.Family, Small);
    private readonly XFont _label = new(ReportFonts.Family, Body, XFontStyleEx.Bold);
    private XGraphics? _page;
    private double _width;
    private double _bottom;
    private double _y;

    private PdfReport(ReportDocument report) => _report = report;

    /// <summary>The report as PDF; the same report is the same bytes.</summary>
    public static byte[] Render(ReportDocument report)
    {
        // The library's settings of fonts are of the process.
        lock (Gate)
        {
            ReportFonts.Use();
            using var pdf = new PdfReport(report);
            return pdf.Write();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _page?.Dispose();
        _document.Dispose();
    }

    private byte[] Write()
    {
        _document.Info.Title = _report.Title;
        _document.Info.Creator = "OtGuard";
        _document.Info.CreationDate = _report.ModifiedAt.UtcDateTime;
        NewPage();
        Draw(_report.Title, _title, 0, _width, 26);
        Draw(_report.Subtitle, _body, 0, _width, 14);
        _y += 6;
        foreach (var block in _report.Blocks)
        {
            switch (block)
            {
                case Heading heading:
                    Need(48);
                    _y += 10;
                    Draw(heading.Text, _heading, 0, _width, 17);
                    _page!.DrawLine(XPens.Gray, Margin, _y - 2, Margin + _width, _y - 2);
                    _y += 3;
                    break;
                case Paragraph paragraph:
                    DrawWrapped(paragraph.Text, _body, 0, _width);
                    _y += 4;
                    break;
                case Entry entry:
                    DrawEntry(entry);
                    break;
                case Table table:
                    DrawTable(table);
                    break;
                default:
                    throw new InvalidOperationException();
            }
        }

        _page!.Dispose();
        _page = null;
        Finish();
        using var stream = new MemoryStream();
        _document.Save(stream, closeStream: false);
        return Deterministic(stream.ToArray());
    }

    private void NewPage()
    {
        _page?.Dispose();
        var page = _document.AddPage();
        page.Size = PdfSharp.PageSize.A4;
        _page = XGraphics.FromPdfPage(page);
        _width = page.Width.Point - 2 * Margin;
        _bottom = page.Height.Point - Margin - 20;
        _y = Margin + 12;
    }

    /// <summary>Level, exercise, case and page number on every page.</summary>
    private void Finish()
    {
        for (var i = 0; i < _document.PageCount; i++)
        {
            var page = _document.Pages[i];
            using var graphics = XGraphics.FromPdfPage(page);
            var right = new XRect(Margin, Margin - 24, _width, 14);
            graphics.DrawRectangle(XBrushes.Black, Margin + _width - 128, Margin - 26, 128, 18);
            graphics.DrawString(
                _report.Label, _label, XBrushes.White, new XRect(Margin + _width - 128, Margin - 26, 128, 18), XStringFormats.Center);
            if (_report.Exercise is { } exercise)
                graphics.DrawString(exercise, _label, XBrushes.DarkRed, right, XStringFormats.TopLeft);
            var foot = page.Height.Point - Margin;
            graphics.DrawLine(XPens.Gray, Margin, foot - 6, Margin + _width, foot - 6);
            graphics.DrawString(_report.Footer, _small, XBrushes.Black, new XRect(Margin, foot, _width, 10), XStringFormats.TopLeft);
            graphics.DrawString(
                string.Create(CultureInfo.InvariantCulture, $"{i + 1} / {_document.PageCount}"), _small, XBrushes.Black,
                new XRect(Margin, foot, _width, 10), XStringFormats.TopRight);
        }
    }

    private void DrawEntry(Entry entry)
    {
        const double gap = 8;
        var name = _width * 0.3;
        var value = _width - name - gap;
        var left = Wrap(entry.Name, _bold, name);
        var right = Wrap(entry.Value, _body, value);
        var note = entry.Note.Length == 0 ? [] : Wrap(entry.Note, _small, value);
        Need(Math.Min(right.Count, 3) * Body * LineFactor + 12);
        var top = _y;
        var pages = _document.PageCount;
        foreach (var line in left)
        {
            _page!.DrawString(line, _bold, XBrushes.Black, new XPoint(Margin, _y + Body));
            _y += Body * LineFactor;
        }

        var after = _y;
        _y = top;
        foreach (var line in right) DrawLine(line, _body, name + gap, Body);
        foreach (var line in note) DrawLine(line, _small, name + gap, Small, XBrushes.DimGray);
        // A long value went on on another page; there nothing is beside it.
        if (_document.PageCount == pages) _y = Math.Max(_y, after);
        _y += 5;
    }

    private void DrawTable(Table table)
    {
        const double padding = 4;
        var widths = table.Widths.Select(share => share * _width).ToArray();
        DrawRow(table.Columns, _bold, isHeader: true);
        foreach (var row in table.Rows) DrawRow(row, _body, isHeader: false);
        _y += 6;

        void DrawRow(IReadOnlyList<string> cells, XFont font, bool isHeader)
        {
            var size = isHeader ? 8.0 : 8.0;
            var use = isHeader ? new XFont(ReportFonts.Family, size, XFontStyleEx.Bold) : new XFont(ReportFonts.Family, size);
            _ = font;
            var lines = cells.Select((cell, i) => Wrap(cell, use, widths[i] - padding)).ToList();
            var height = lines.Max(one => one.Count) * size * LineFactor + padding;
            if (_y + height > _bottom && !isHeader)
            {
                NewPage();
                DrawRow(table.Columns, _bold, isHeader: true);
            }

            var x = Margin;
            if (isHeader) _page!.DrawRectangle(XBrushes.Gainsboro, Margin, _y, _width, height);
            for (var i = 0; i < lines.Count; i++)
            {
                for (var line = 0; line < lines[i].Count; line++)
                    _page!.DrawString(
                        lines[i][line], use, XBrushes.Black, new XPoint(x + padding / 2, _y + size * (1 + line * LineFactor)));
                x += widths[i];
            }

            _y += height;
            _page!.DrawLine(XPens.LightGray, Margin, _y, Margin + _width, _y);
        }
    }

    private void DrawWrapped(string text, XFont font, double left, double width)
    {
        foreach (var line in Wrap(text, font, width)) DrawLine(line, font, left, font.Size);
    }

    private void DrawLine(string line, XFont font, double left, double size, XBrush? brush = null)
    {
        Need(size * LineFactor);
        _page!.DrawString(line, font, brush ?? XBrushes.Black, new XPoint(Margin + left, _y + size));
        _y += size * LineFactor;
    }

    private void Draw(string text, XFont font, double left, double width, double height)
    {
        foreach (var line in Wrap(text, font, width))
        {
            Need(height);
            _page!.DrawString(line, font, XBrushes.Black, new XPoint(Margin + left, _y + font.Size));
            _y += height;
        }
    }

    private void Need(double height)
    {
        if (_y + height > _bottom) NewPage();
    }

    /// <summary>Lines no wider than the width; words that are wider themselves are cut.</summary>
    private List<string> Wrap(string text, XFont font, double width)
    {
        var lines = new List<string>();
        foreach (var paragraph in text.ReplaceLineEndings("\n").Split('\n'))
        {
            var line = new StringBuilder();
            foreach (var word in paragraph.Split(' '))
            {
                var rest = word;
                while (true)
                {
                    var tried = line.Length == 0 ? rest : $"{line} {rest}";
                    if (Measure(tried) <= width)
                    {
                        line.Clear().Append(tried);
                        break;
                    }

                    if (line.Length > 0)
                    {
                        lines.Add(line.ToString());
                        line.Clear();
                        continue;
                    }

                    var fits = rest.Length;
                    while (fits > 1 && Measure(rest[..fits]) > width) fits--;
                    lines.Add(rest[..fits]);
                    rest = rest[fits..];
                    if (rest.Length == 0) break;
                }
            }

            lines.Add(line.ToString());
        }

        return lines;

        double Measure(string piece) => _page!.MeasureString(piece, font).Width;
    }

    /// <summary>
    /// Takes out what the library makes up anew each time: tags of embedded fonts, and identifiers of the document. What
    /// takes their place is as long, so that the offsets of the file's table stay right.
    /// </summary>
    private static byte[] Deterministic(byte[] pdf)
    {
        var text = Encoding.Latin1.GetString(pdf);
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        text = FontTags().Replace(text, match =>
        {
            if (!tags.TryGetValue(match.Groups[1].Value, out var tag))
                tags[match.Groups[1].Value] = tag = "OTGRD" + (char)('A' + tags.Count);
            return tag + "+";
        });
        text = Uuids().Replace(text, "uuid:00000000-0000-0000-0000-000000000000");
        text = Ids().Replace(text, $"/ID[<{new string('0', 32)}><{new string('0', 32)}>]");
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.Latin1.GetBytes(text)).AsSpan(0, 16));
        text = text.Replace($"/ID[<{new string('0', 32)}><{new string('0', 32)}>]", $"/ID[<{hash}><{hash}>]", StringComparison.Ordinal);
        return Encoding.Latin1.GetBytes(text);
    }

    [GeneratedRegex(@"([A-Z]{6})\+(?=DejaVu)", RegexOptions.CultureInvariant)]
    private static partial Regex FontTags();

    [GeneratedRegex("uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", RegexOptions.CultureInvariant)]
    private static partial Regex Uuids();

    [GeneratedRegex(@"/ID ?\[<[0-9A-Fa-f]{32}><[0-9A-Fa-f]{32}>\]", RegexOptions.CultureInvariant)]
    private static partial Regex Ids();
}
