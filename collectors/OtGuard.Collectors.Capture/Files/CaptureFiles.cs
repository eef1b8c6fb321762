namespace OtGuard.Collectors.Capture.Files;

/// <summary>Opens capture files: pcap, pcapng and logs of CAN frames, also packed with gzip, recognised by content.</summary>
public static class CaptureFiles
{
    /// <summary>The path that stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>
    /// Opens files as one stream in the order given. Each one is looked at now, so that a wrong name or format shows at
    /// once; a file that becomes unreadable later is reported in the notices, and the others are read.
    /// </summary>
    /// <exception cref="UnreadableCaptureException">
    /// Files are missing, may not be read, or are no captures; the message names all of them.
    /// </exception>
    public static CaptureFileSource Open(IReadOnlyList<string> paths, CaptureFileOptions? options = null)
    {
        options ??= CaptureFileOptions.Default;
        if (paths.Count == 0) throw new UnreadableCaptureException("No capture was given.");
        var files = new List<CaptureInput>(paths.Count);
        var faults = new List<string>();
        foreach (var path in paths)
        {
            try
            {
                files.Add(CaptureInput.Examine(path, options));
            }
            catch (UnreadableCaptureException fault)
            {
                faults.Add(fault.Message);
            }
        }

        if (faults.Count == 0) return new CaptureFileSource(files, options);
        foreach (var file in files) file.Dispose();
        throw new UnreadableCaptureException(string.Join(" ", faults));
    }

    /// <summary>Reads a capture from a stream, which the source disposes.</summary>
    /// <param name="stream">Positioned at the beginning of the capture; need not be seekable.</param>
    /// <param name="name">The name for notices and reports.</param>
    /// <param name="options">The limits.</param>
    /// <exception cref="UnreadableCaptureException">The bytes are no capture.</exception>
    public static CaptureFileSource Open(Stream stream, string name, CaptureFileOptions? options = null)
    {
        options ??= CaptureFileOptions.Default;
        return new CaptureFileSource([CaptureInput.Examine(stream, name, options)], options);
    }
}
