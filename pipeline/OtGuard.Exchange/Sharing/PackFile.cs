namespace OtGuard.Exchange.Sharing;

/// <summary>A file that leaves.</summary>
/// <param name="Name">Its name: of a fixed list, never of what a case holds.</param>
/// <param name="Bytes">Its contents.</param>
/// <param name="Text">What a person reads in it, where its bytes do not show that (PDF); null else.</param>
public sealed record PackFile(string Name, byte[] Bytes, string? Text = null)
{
    /// <summary>Whether it is a capture of whole frames.</summary>
    public bool IsCapture => Name.EndsWith(".pcapng", StringComparison.Ordinal);
}
