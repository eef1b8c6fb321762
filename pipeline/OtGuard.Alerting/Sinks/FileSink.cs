using System.Globalization;
using System.Text;

namespace OtGuard.Alerting.Sinks;

/// <summary>A file of JSON lines.</summary>
public sealed record FileSinkOptions
{
    /// <summary>The destination's name. Default <c>file</c>.</summary>
    public string Name { get; init; } = "file";

    /// <summary>The file; older parts are beside it as <c>NAME.1</c>, <c>NAME.2</c> ….</summary>
    public required string Path { get; init; }

    /// <summary>Bytes from which on a new file is begun. Default 64 MiB: opened by any editor.</summary>
    public long MaximumBytes { get; init; } = 64L << 20;

    /// <summary>Older parts kept. Default 8.</summary>
    public int KeptParts { get; init; } = 8;
}

/// <summary>
/// Writes each message as a line of JSON, flushed to the disk before it counts as delivered. A line torn by a crash was
/// never acknowledged: it is removed at the next start and written again.
/// </summary>
public sealed class FileSink(FileSinkOptions options) : ISink
{
    private FileStream? _file;

    /// <inheritdoc/>
    public string Name => options.Name;

    /// <inheritdoc/>
    public int MaximumBatch => 1000;

    /// <inheritdoc/>
    public Task<IReadOnlyList<Delivery>> SendAsync(IReadOnlyList<OutboxMessage> messages,
        CancellationToken cancellation)
    {
        try
        {
            _file ??= Open();
            var text = new StringBuilder();
            foreach (var message in messages)
            {
                var content = message.Content.ToString().ToLowerInvariant();
                text.Append(CultureInfo.InvariantCulture, $"{{\"delivery\":\"{message.Id}\",");
                text.Append(CultureInfo.InvariantCulture, $"\"reason\":\"{message.Reason}\",");
                text.Append(CultureInfo.InvariantCulture, $"\"{content}\":{message.Body}}}\n");
            }

            _file.Write(Encoding.UTF8.GetBytes(text.ToString()));
            _file.Flush(flushToDisk: true);
            if (_file.Length >= options.MaximumBytes) Rotate();
            return Task.FromResult(Delivery.ForAll(messages.Count, Delivery.Accepted));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _file?.Dispose();
            _file = null;
            return Task.FromResult(Delivery.ForAll(messages.Count, Delivery.Retry(fault.Message)));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _file?.DisposeAsync() ?? ValueTask.CompletedTask;

    private FileStream Open()
    {
        var file = new FileStream(options.Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        var end = file.Length;
        while (end > 0)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n') break;
            end--;
        }

        file.SetLength(end);
        file.Position = end;
        return file;
    }

    private void Rotate()
    {
        _file!.Dispose();
        _file = null;
        for (var part = options.KeptParts; part >= 1; part--)
        {
            var older = part == 1 ? options.Path : Part(part - 1);
            if (File.Exists(older)) File.Move(older, Part(part), overwrite: true);
        }

        if (options.KeptParts == 0) File.Delete(options.Path);
    }

    private string Part(int number) => string.Create(CultureInfo.InvariantCulture, $"{options.Path}.{number}");
}
