namespace OtGuard.Collectors.Capture.Files;

/// <summary>
/// An input that was looked at and recognised. A plain file is closed again until its turn comes, so that a thousand
/// rotated files do not need a thousand handles; a pipe stays open, as what was read of it cannot be read again.
/// </summary>
internal sealed class CaptureInput : IDisposable
{
    private readonly bool _reopen;
    private ByteWindow? _window;

    private CaptureInput(string name, ICaptureFormat format, bool compressed, long? fileBytes, ByteWindow? window)
    {
        Name = name;
        Format = format;
        Compressed = compressed;
        FileBytes = fileBytes;
        _window = window;
        _reopen = window is null;
    }

    /// <summary>The name the user gave.</summary>
    public string Name { get; }

    /// <summary>The format it has.</summary>
    public ICaptureFormat Format { get; }

    /// <summary>Whether it is gzip.</summary>
    public bool Compressed { get; }

    /// <summary>Its size when it was looked at, null for a pipe.</summary>
    public long? FileBytes { get; }

    /// <summary>Looks at a file.</summary>
    /// <exception cref="UnreadableCaptureException">It is missing, may not be read, or is no capture.</exception>
    public static CaptureInput Examine(string path, CaptureFileOptions options)
    {
        if (path == CaptureFiles.StandardInput)
            return Examine(Console.OpenStandardInput(), "standard input", options);
        var stream = OpenFile(path);
        if (!stream.CanSeek) return Examine(stream, path, options);
        using (stream)
        {
            var size = Try(path, () => stream.Length);
            // Only as much is read as recognition needs.
            using var window = OpenWindow(stream, new byte[CaptureFormats.HeadBytes], path, out var compressed);
            return new CaptureInput(path, Recognise(window, path, compressed, options), compressed, size, null);
        }
    }

    /// <summary>Looks at a stream, and keeps it.</summary>
    /// <exception cref="UnreadableCaptureException">It is no capture.</exception>
    public static CaptureInput Examine(Stream stream, string name, CaptureFileOptions options)
    {
        try
        {
            var size = stream.CanSeek ? stream.Length : (long?)null;
            var window = OpenWindow(stream, NewBuffer(options), name, out var compressed);
            return new CaptureInput(name, Recognise(window, name, compressed, options), compressed, size, window);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Opens it for reading, with a memory to use.</summary>
    /// <exception cref="UnreadableCaptureException">It has become unreadable, or another file, since it was looked at.</exception>
    public ByteWindow Open(byte[] buffer, CaptureFileOptions options)
    {
        if (!_reopen)
            return _window ?? throw new UnreadableCaptureException($"'{Name}' can be read only once.");
        var stream = OpenFile(Name);
        try
        {
            _window = OpenWindow(stream, buffer, Name, out var compressed);
            if (Recognise(_window, Name, compressed, options) != Format)
                throw new UnreadableCaptureException($"'{Name}' has become another file since it was opened.");
            return _window;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _window?.Dispose();
        _window = null;
    }

    /// <summary>A memory for a window.</summary>
    public static byte[] NewBuffer(CaptureFileOptions options) =>
        GC.AllocateUninitializedArray<byte>(Math.Max(options.WindowBytes, CaptureFormats.HeadBytes));

    private static FileStream OpenFile(string path)
    {
        if (Directory.Exists(path)) throw new UnreadableCaptureException($"'{path}' is a folder, not a capture file.");
        if (path.Length == 0) throw new UnreadableCaptureException("An empty path names no capture file.");
        // The stream's own buffer would only copy: the window reads in large pieces.
        return Try(path, () => new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.SequentialScan));
    }

    private static T Try<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UnreadableCaptureException($"'{path}' does not exist.", fault);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new UnreadableCaptureException($"'{path}' may not be read by this user.", fault);
        }
        catch (Exception fault) when (fault is IOException or NotSupportedException or ArgumentException)
        {
            throw new UnreadableCaptureException($"'{path}' could not be read: {fault.Message}", fault);
        }
    }

    // gzip shows in its first three bytes (RFC 1952 §2.3.1: two of magic, the method is always deflate).
    private static ByteWindow OpenWindow(Stream stream, byte[] buffer, string name, out bool compressed)
    {
        var head = new byte[3];
        var count = Try(name, () => stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        var whole = new PrefixedStream(head.AsMemory(0, count), stream);
        compressed = count == 3 && head is [0x1f, 0x8b, 8];
        return new ByteWindow(compressed ? new GzipSource(whole) : new PlainSource(whole), buffer);
    }

    private static ICaptureFormat Recognise(
        ByteWindow window, string name, bool compressed, CaptureFileOptions options)
    {
        window.Ensure(CaptureFormats.HeadBytes);
        var head = window.Span;
        if (head.Length > CaptureFormats.HeadBytes) head = head[..CaptureFormats.HeadBytes];
        if (CaptureFormats.Recognise(head, options.Columns) is { } format) return format;
        if (head.IsEmpty && window.Source.Fault is { } fault)
            throw new UnreadableCaptureException($"'{name}' {fault}, before anything could be read.");
        var looks = FileLooks.Describe(head);
        throw new UnreadableCaptureException(
            $"'{name}' is not a capture file{(compressed ? " inside its gzip packing" : "")}{(looks is null ? "" : ": " + looks)}.");
    }
}
