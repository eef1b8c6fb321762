using System.Security.Cryptography;
using System.Text;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange.Evidence;

/// <summary>What a receiver checks a pack by: a list of hashes, and a detached signature over it.</summary>
/// <remarks>
/// <c>sha256sum -c SHA256SUMS</c> checks the files, <c>openssl dgst -sha256 -verify signing.pub.pem -signature
/// SHA256SUMS.sig SHA256SUMS</c> the list: ECDSA on P-256 with SHA-256, DER as RFC 3279 has it.
/// </remarks>
public static class PackSignature
{
    /// <summary>The list of hashes.</summary>
    public const string ManifestName = "SHA256SUMS";

    /// <summary>The signature.</summary>
    public const string SignatureName = "SHA256SUMS.sig";

    /// <summary>The public key, as it is published.</summary>
    public const string PublicKeyName = "signing.pub.pem";

    /// <summary>The list of a pack's files.</summary>
    public static PackFile Manifest(IEnumerable<PackFile> files)
    {
        var text = new StringBuilder();
        foreach (var file in files.OrderBy(file => file.Name, StringComparer.Ordinal))
            text.Append(Convert.ToHexStringLower(SHA256.HashData(file.Bytes))).Append("  ").Append(file.Name).Append('\n');
        return new PackFile(ManifestName, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>The signature of a list, by the folder's key; the key is made where there is none.</summary>
    public static PackFile Sign(PackFile manifest, string keys)
    {
        using var key = Key(keys);
        return new PackFile(
            SignatureName, key.SignData(manifest.Bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    /// <summary>The public key: publish it, so that receivers have it by another way than the pack.</summary>
    public static string PublicKey(string keys)
    {
        using var key = Key(keys);
        return key.ExportSubjectPublicKeyInfoPem() + "\n";
    }

    private static ECDsa Key(string keys)
    {
        ExchangeFolder.PrivateFolder(keys);
        var path = Path.Combine(keys, "signing.pem");
        if (!File.Exists(path))
        {
            using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            ExchangeFolder.WritePrivate(path, fresh.ExportPkcs8PrivateKeyPem() + "\n");
            File.WriteAllText(Path.Combine(keys, PublicKeyName), fresh.ExportSubjectPublicKeyInfoPem() + "\n");
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            return key;
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new ExchangeFormatException($"'{path}' holds no private key: {fault.Message}", fault);
        }
    }
}
