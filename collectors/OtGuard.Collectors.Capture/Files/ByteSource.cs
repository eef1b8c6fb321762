using System.IO.Compression;

namespace OtGuard.Collectors.Capture.Files;

/// <summary>The uncompressed bytes of a file, one after the other. A fault ends them; it is told, never thrown.</summary>
internal abstract class ByteSource : IDisposable
{
    /// <summary>Bytes taken from the file as it lies on disk.</summary>
    public abstract long RawBytes { get; }

    /// <summary>Why the bytes ended before the file did, as the second half of a sentence; null where they did not.</summary>
    public string? Fault { get; protected set; }

    /// <summary>Reads some bytes; 0 at the end.</summary>
    public abstract int Read(Span<byte> into);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>The bytes of a file as they are.</summary>
internal sealed class PlainSource(Stream stream) : ByteSource
{
    private long _raw;

    /// <inheritdoc/>
    public override long RawBytes => _raw;

    /// <inheritdoc/>
    public override int Read(Span<byte> into)
    {
        try
        {
            var read = stream.Read(into);
            _raw += read;
            return read;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Fault = "could not be read further: " + fault.Message;
            return 0;
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => stream.Dispose();
}

/// <summary>The bytes of a gzip file of one or more members.</summary>
/// <remarks>
/// The class library ends a cut-off gzip stream without a word. So one byte of padding is laid behind the file: whole
/// data are followed by something that begins no further member, and the decompressor stops there; cut data swallow the
/// byte and ask for more. What is made of the padding is dropped. The decompressor asks for input only when it has
/// handed out everything made of the input before, so nothing real is lost.
/// </remarks>
internal sealed class GzipSource : ByteSource
{
    private readonly PaddedStream _padded;
    private readonly GZipStream _unpacked;
    private bool _ended;

    /// <summary>Reads from the beginning of a gzip file.</summary>
    public GzipSource(Stream packed)
    {
        _padded = new PaddedStream(packed);
        _unpacked = new GZipStream(_padded, CompressionMode.Decompress);
    }

    /// <inheritdoc/>
    public override long RawBytes => _padded.RawBytes;

    /// <inheritdoc/>
    public override int Read(Span<byte> into)
    {
        if (_ended || into.IsEmpty) return 0;
        try
        {
            var read = _unpacked.Read(into);
            if (read > 0 && !_padded.PaddingServed) return read;
            _ended = true;
            if (_padded.AskedBeyond || read > 0) Fault = "ends within its compressed data";
            else if (!_padded.PaddingServed) Fault = "goes on behind its compressed data with bytes that are not gzip";
        }
        catch (InvalidDataException)
        {
            _ended = true;
            Fault = _padded.PaddingServed
                ? "ends within its compressed data"
                : "holds compressed data that are damaged, which ends what can be read of it";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _ended = true;
            Fault = "could not be read further: " + fault.Message;
        }

        return 0;
    }

    /// <inheritdoc/>
    public override void Dispose() => _unpacked.Dispose();

    /// <summary>A file with one byte of padding behind its end.</summary>
    private sealed class PaddedStream(Stream stream) : Stream
    {
        public long RawBytes { get; private set; }

        public bool PaddingServed { get; private set; }

        public bool AskedBeyond { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            if (buffer.IsEmpty) return 0;
            if (PaddingServed)
            {
                AskedBeyond = true;
                return 0;
            }

            var read = stream.Read(buffer);
            RawBytes += read;
            if (read > 0) return read;
            PaddingServed = true;
            // Any byte but the first of a gzip member's header.
            buffer[0] = 0;
            return 1;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) stream.Dispose();
            base.Dispose(disposing);
        }
    }
}
