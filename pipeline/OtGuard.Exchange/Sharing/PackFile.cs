using System.IO.Compression;

namespace OtGuard.Exchange.Sharing;

/// <summary>A file that leaves.</summary>
/// <param name="Name">Its name: of a fixed list, never of what a case holds.</param>
/// <param name="Bytes">Its contents.</param>
/// <param name="Text">What a person reads in it, where its bytes do not show that (PDF); null else.</param>
public sealed record PackFile(string Name, byte[] Bytes, string? Text = null)
{
    private static readonly Dictionary<string, LocalText> Purposes = new(StringComparer.Ordinal)
    {
        ["case.stix.json"] = new("the case as a bundle of STIX 2.1", "der Fall als Bündel nach STIX 2.1"),
        ["case.misp.json"] = new("the case as an event of MISP", "der Fall als Ereignis für MISP"),
        ["report.json"] = new("the report, for machines", "der Bericht, für Maschinen"),
        ["report.en.pdf"] = new("the report in English", "der Bericht auf Englisch"),
        ["report.de.pdf"] = new("the report in German", "der Bericht auf Deutsch"),
        ["evidence.pcapng"] = new("the frames concerned", "die betreffenden Frames"),
        ["evidence.csv"] = new("what is in them, frame by frame", "was in ihnen steht, Frame für Frame"),
        ["evidence.fields.csv"] = new("the same, field by field", "dasselbe, Feld für Feld"),
        ["evidence.log"] = new("the frames as candump writes them", "die Frames, wie candump sie schreibt"),
        ["SHA256SUMS"] = new("hashes of all files; signed when released",
            "Hashes aller Dateien; bei der Freigabe signiert"),
        ["SHA256SUMS.sig"] = new("the signature of the hashes", "die Signatur der Hashes"),
        ["signing.pub.pem"] = new("the public key of the signature", "der öffentliche Schlüssel der Signatur"),
    };

    /// <summary>Whether it is a capture of whole frames.</summary>
    public bool IsCapture => Name.EndsWith(".pcapng", StringComparison.Ordinal);

    /// <summary>What it is.</summary>
    public LocalText Purpose => PurposeOf(Name);

    /// <summary>What a file of that name is.</summary>
    public static LocalText PurposeOf(string name) => Purposes.GetValueOrDefault(name) ?? new LocalText("", "");

    /// <summary>Files as one archive (ZIP). The same files and time give the same bytes.</summary>
    /// <param name="files">The files.</param>
    /// <param name="at">The time they are given.</param>
    public static byte[] Zip(IEnumerable<PackFile> files, DateTimeOffset at)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var file in files)
            {
                var entry = archive.CreateEntry(file.Name, CompressionLevel.Optimal);
                entry.LastWriteTime = at.ToUniversalTime();
                using var target = entry.Open();
                target.Write(file.Bytes);
            }
        }

        return stream.ToArray();
    }
}
