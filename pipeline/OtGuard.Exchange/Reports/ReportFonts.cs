using PdfSharp.Fonts;

namespace OtGuard.Exchange.Reports;

/// <summary>The fonts of reports: DejaVu Sans, shipped with the program (Fonts/LICENSE), embedded in every report.</summary>
internal sealed class ReportFonts : IFontResolver
{
    /// <summary>The family's name.</summary>
    public const string Family = "DejaVu Sans";

    private const string Folder = "OtGuard.Exchange.Reports.Fonts.";

    /// <summary>Makes them the process' fonts for PDF.</summary>
    public static void Use()
    {
        if (GlobalFontSettings.FontResolver is not ReportFonts) GlobalFontSettings.FontResolver = new ReportFonts();
    }

    /// <inheritdoc/>
    public FontResolverInfo? ResolveTypeface(string familyName, bool isBold, bool isItalic) =>
        new(isBold ? "DejaVuSans-Bold" : "DejaVuSans");

    /// <inheritdoc/>
    public byte[]? GetFont(string faceName)
    {
        using var stream = typeof(ReportFonts).Assembly.GetManifestResourceStream(Folder + faceName + ".ttf");
        if (stream is null) return null;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
