using Microsoft.Win32.SafeHandles;

namespace OtGuard.Host.Runs;

/// <summary>Standard output as a stream of bytes.</summary>
internal static class StandardStreams
{
    private const int OutputDescriptor = 1;

    /// <summary>
    /// Standard output. That of <see cref="Console"/> swallows it where the reader has gone; on Linux and macOS this one
    /// fails with an <see cref="IOException"/>, so that a run ends with its reader.
    /// </summary>
    public static Stream Output() => OperatingSystem.IsWindows()
        ? Console.OpenStandardOutput()
        : new FileStream(new SafeFileHandle(OutputDescriptor, ownsHandle: false), FileAccess.Write, 1 << 16);
}

/// <summary>Counts what is written to another stream.</summary>
internal sealed class CountingStream(Stream inner) : Stream
{
    /// <summary>Bytes written so far.</summary>
    public long Written { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        inner.Write(buffer);
        Written += buffer.Length;
    }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}
