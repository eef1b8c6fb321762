using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OtGuard.Simulators.Wire;

/// <summary>An application's certificate with its private key. Not thread-safe.</summary>
[SuppressMessage("Security", "CA5350", Justification = "OPC UA names certificates by SHA-1 and pads Basic256Sha256 with it.")]
internal sealed class OpcUaIdentity : IDisposable
{
    /// <summary>Bytes of a key of 2048 bits, and of what is encrypted or signed with it.</summary>
    public const int KeyBytes = 256;

    // SHA-1's length twice, and two bytes: what OAEP takes of a block (RFC 8017 §7.1.1).
    private const int HashBytes = 20;
    private const int OverheadBytes = 2 * HashBytes + 2;

    private readonly RSA _key;

    private OpcUaIdentity(string applicationUri, byte[] certificate, RSA key)
    {
        ApplicationUri = applicationUri;
        Certificate = certificate;
        _key = key;
    }

    /// <summary>Longest plain text of one block.</summary>
    public static int PlainBlockBytes => KeyBytes - OverheadBytes;

    /// <summary>The application's name, which its certificate has too.</summary>
    public string ApplicationUri { get; }

    /// <summary>The certificate, DER.</summary>
    public byte[] Certificate { get; }

    /// <summary>
    /// Reads a certificate and its key, RSA of 2048 bits, from PEM; the application URI is the certificate's own.
    /// </summary>
    /// <exception cref="ArgumentException">The text holds no such pair.</exception>
    public static OpcUaIdentity FromPem(string pem)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem, pem);
        var key = certificate.GetRSAPrivateKey() ?? throw new ArgumentException("The key is no RSA key.", nameof(pem));
        if (key.KeySize != KeyBytes * 8) throw new ArgumentException("The key has not 2048 bits.", nameof(pem));
        return new OpcUaIdentity(UriOf(certificate), certificate.RawData, key);
    }

    /// <summary>
    /// Signs with RSA PKCS #1 v1.5 and SHA-256, which is deterministic: <see cref="KeyBytes"/> bytes.
    /// </summary>
    public byte[] Sign(ReadOnlySpan<byte> data) =>
        _key.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    /// <summary>Decrypts blocks of RSA-OAEP; null where they were not encrypted for this key.</summary>
    public byte[]? Decrypt(ReadOnlySpan<byte> blocks)
    {
        if (blocks.IsEmpty || blocks.Length % KeyBytes != 0) return null;
        var plain = new OpcUaWriter();
        try
        {
            for (; !blocks.IsEmpty; blocks = blocks[KeyBytes..])
                plain.Raw(_key.Decrypt(blocks[..KeyBytes], RSAEncryptionPadding.OaepSHA1));
        }
        catch (CryptographicException)
        {
            return null;
        }

        return plain.Written.ToArray();
    }

    /// <summary>By what a certificate is named: its SHA-1.</summary>
    public static byte[] ThumbprintOf(byte[] certificate) => SHA1.HashData(certificate);

    /// <summary>True where the certificate's owner signed the data so.</summary>
    public static bool Verify(byte[] certificate, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            using var parsed = X509CertificateLoader.LoadCertificate(certificate);
            using var key = parsed.GetRSAPublicKey();
            return key?.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) == true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>
    /// Encrypts for a certificate's owner with RSA-OAEP and SHA-1, in as many blocks as are needed. The padding's seed
    /// comes from <paramref name="random"/>, so that the same simulation gives the same bytes.
    /// </summary>
    /// <remarks>RFC 8017 §7.1.1, with an empty label; policy Basic256Sha256 (Part 7 v1.05 §6.6.165).</remarks>
    /// <exception cref="CryptographicException">The certificate cannot be read, or its key has not 2048 bits.</exception>
    public static byte[] Encrypt(byte[] certificate, ReadOnlySpan<byte> plain, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        using var parsed = X509CertificateLoader.LoadCertificate(certificate);
        using var key = parsed.GetRSAPublicKey() ?? throw new CryptographicException("The key is no RSA key.");
        var parameters = key.ExportParameters(includePrivateParameters: false);
        if (parameters.Modulus!.Length != KeyBytes) throw new CryptographicException("The key has not 2048 bits.");
        var modulus = new BigInteger(parameters.Modulus, isUnsigned: true, isBigEndian: true);
        var exponent = new BigInteger(parameters.Exponent, isUnsigned: true, isBigEndian: true);
        var blocks = new byte[(plain.Length + PlainBlockBytes - 1) / PlainBlockBytes * KeyBytes];
        Span<byte> padded = stackalloc byte[KeyBytes];
        for (var at = 0; at < blocks.Length; at += KeyBytes)
        {
            var length = Math.Min(PlainBlockBytes, plain.Length);
            Pad(plain[..length], padded, random);
            plain = plain[length..];
            var number = BigInteger.ModPow(new BigInteger(padded, isUnsigned: true, isBigEndian: true), exponent, modulus);
            var bytes = number.GetByteCount(isUnsigned: true);
            number.TryWriteBytes(blocks.AsSpan(at + KeyBytes - bytes), out _, isUnsigned: true, isBigEndian: true);
        }

        return blocks;
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    // 0, masked seed, masked block of: hash of the label, zeros, 1, message.
    private static void Pad(ReadOnlySpan<byte> message, Span<byte> padded, Random random)
    {
        padded.Clear();
        var seed = padded.Slice(1, HashBytes);
        var block = padded[(1 + HashBytes)..];
        SHA1.HashData([], block);
        block[^(message.Length + 1)] = 1;
        message.CopyTo(block[^message.Length..]);
        random.NextBytes(seed);
        Mask(seed, block);
        Mask(block, seed);
    }

    // MGF1 with SHA-1 (RFC 8017 §B.2.1).
    private static void Mask(ReadOnlySpan<byte> seed, Span<byte> target)
    {
        Span<byte> counted = stackalloc byte[KeyBytes + 4];
        counted = counted[..(seed.Length + 4)];
        seed.CopyTo(counted);
        Span<byte> mask = stackalloc byte[HashBytes];
        for (var at = 0; at < target.Length; at += HashBytes)
        {
            counted[^1] = (byte)(at / HashBytes);
            SHA1.HashData(counted, mask);
            for (var i = 0; i < HashBytes && at + i < target.Length; i++) target[at + i] ^= mask[i];
        }
    }

    private static string UriOf(X509Certificate2 certificate)
    {
        // SubjectAltName: a sequence of tagged names, the URI with tag 6 (RFC 5280 §4.2.1.6); all below 128 bytes here.
        foreach (var extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            var names = extension.RawData.AsSpan(2);
            for (; names.Length > 2; names = names[(2 + names[1])..])
                if (names[0] == 0x86) return System.Text.Encoding.ASCII.GetString(names.Slice(2, names[1]));
        }

        throw new ArgumentException("The certificate names no application.", nameof(certificate));
    }
}
