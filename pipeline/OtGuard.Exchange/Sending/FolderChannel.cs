using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange.Sending;

/// <summary>Signed files in a folder, to be carried over an air gap. A pack is whole or not there.</summary>
internal sealed class FolderChannel(string folder) : IChannel
{
    public Task<SendResult> SendAsync(Release release, IReadOnlyList<PackFile> files, CancellationToken cancellation)
    {
        var target = Path.Combine(folder, release.Id);
        try
        {
            if (Directory.Exists(target)) return Task.FromResult(SendResult.AlreadyThere($"'{target}' is there.", target));
            Directory.CreateDirectory(folder);
            var fresh = target + ".new";
            if (Directory.Exists(fresh)) Directory.Delete(fresh, recursive: true);
            Directory.CreateDirectory(fresh);
            foreach (var file in files)
            {
                using var stream = new FileStream(Path.Combine(fresh, file.Name), FileMode.CreateNew);
                stream.Write(file.Bytes);
                stream.Flush(flushToDisk: true);
            }

            Directory.Move(fresh, target);
            return Task.FromResult(SendResult.Accepted(target));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Task.FromResult(SendResult.Retry($"'{folder}' cannot be written: {fault.Message}"));
        }
    }
}
