using OtGuard.TestKit;

namespace OtGuard.Exchange.Tests.Peers;

/// <summary>GnuPG with a keyring of its own.</summary>
internal sealed class GnuPg : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public GnuPg()
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_home.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Makes a key and writes its public part, ASCII-armoured.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="file">Where to.</param>
    /// <param name="expires">When it expires, as gpg takes it.</param>
    public void MakeKey(string user, string file, string expires = "never")
    {
        Tool.Run("gpg", [.. Quietly, "--passphrase", "", "--quick-generate-key", user, "default", "default", expires]);
        Tool.Run("gpg", [.. Quietly, "--armor", "--output", file, "--export", user]);
    }

    /// <summary>Decrypts a file; what it says of it is in the error output.</summary>
    public (int Code, string Output, string Error) Decrypt(string file, string to) =>
        Tool.Try("gpg", [.. Quietly, "--verbose", "--passphrase", "", "--output", to, "--decrypt", file]);

    public void Dispose()
    {
        // Its agent lives with its folder.
        Tool.Try("gpgconf", ["--homedir", _home.Path, "--kill", "all"]);
        _home.Dispose();
    }

    private string[] Quietly => ["--homedir", _home.Path, "--batch", "--pinentry-mode", "loopback"];
}
