using OtGuard.Collectors;
using OtGuard.Collectors.Capture.Files;

namespace OtGuard.Host.Output;

/// <summary>In which file of a run a frame is: frame numbers go on from file to file.</summary>
internal sealed class CapturePlaces
{
    private readonly List<Place> _files = [];

    public CapturePlaces(IReadOnlyList<string> captures, IReadOnlyList<CaptureFileReport> reports)
    {
        long before = 0;
        for (var index = 0; index < captures.Count; index++)
        {
            _files.Add(new Place(UriOf(captures[index]), before));
            before += index < reports.Count ? reports[index].Frames : 0;
        }
    }

    /// <summary>The files in the order given.</summary>
    public IReadOnlyList<Place> All => _files;

    /// <summary>The runs of frames, cut where a file ends.</summary>
    public IEnumerable<FramesOfFile> Of(FrameRanges frames)
    {
        foreach (var (first, last) in frames.Ranges.ToArray())
        {
            for (var index = 0; index < _files.Count; index++)
            {
                var from = Math.Max(first, _files[index].FramesBefore + 1);
                var to = index + 1 < _files.Count ? Math.Min(last, _files[index + 1].FramesBefore) : last;
                var before = _files[index].FramesBefore;
                if (from <= to) yield return new FramesOfFile(index, from - before, to - before);
            }
        }
    }

    /// <summary>A relative path as a relative reference, an absolute one as a file URI (RFC 3986, RFC 8089).</summary>
    private static string UriOf(string path)
    {
        if (path == CaptureFiles.StandardInput) return "stdin";
        if (Path.IsPathFullyQualified(path)) return new Uri(path).AbsoluteUri;
        return string.Join('/', path.Replace('\\', '/').Split('/').Select(Uri.EscapeDataString));
    }

    /// <summary>A file.</summary>
    /// <param name="Uri">Its name as a URI reference.</param>
    /// <param name="FramesBefore">Frames in the files before it.</param>
    internal sealed record Place(string Uri, long FramesBefore);

    /// <summary>Consecutive frames of a file.</summary>
    /// <param name="File">Index of the file.</param>
    /// <param name="First">Number of the first within the file, from 1.</param>
    /// <param name="Last">Number of the last within the file.</param>
    internal readonly record struct FramesOfFile(int File, long First, long Last)
    {
        /// <summary>In words: <c>frames 101-102</c>.</summary>
        public string Name => First == Last
            ? FormattableString.Invariant($"frame {First}")
            : FormattableString.Invariant($"frames {First}-{Last}");
    }
}
