using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Bcpg;
using Org.BouncyCastle.Bcpg.OpenPgp;
using Org.BouncyCastle.Security;

namespace OtGuard.Exchange.Sending;

/// <summary>
/// Encrypts mail by OpenPGP for keys out of files: no keyring and no program besides. The pack in it is signed by
/// itself.
/// </summary>
internal static class OpenPgpEncryption
{
    private const int BufferBytes = 1 << 16;

    /// <summary>
    /// What a mail carries, encrypted as PGP/MIME (RFC 3156): AES-256, with the packet that protects its integrity.
    /// </summary>
    /// <param name="entity">What it carries.</param>
    /// <param name="keys">A key of each recipient.</param>
    public static MultipartEncrypted Encrypt(MimeEntity entity, IEnumerable<PgpPublicKey> keys)
    {
        var random = new SecureRandom();
        var encryption = new PgpEncryptedDataGenerator(SymmetricKeyAlgorithmTag.Aes256, withIntegrityPacket: true,
            random);
        foreach (var key in keys) encryption.AddMethod(key);
        var content = new MemoryStream();
        using (var armoured = new ArmoredOutputStream(content))
        using (var encrypted = encryption.Open(armoured, new byte[BufferBytes]))
        using (var literal = new PgpLiteralDataGenerator().Open(
            encrypted, PgpLiteralData.Binary, "", DateTime.UnixEpoch, new byte[BufferBytes]))
        {
            // A part of a mail ends its lines as mail does.
            var format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Dos;
            entity.WriteTo(format, literal);
        }

        content.Position = 0;
        var mail = new MultipartEncrypted
        {
            new ApplicationPgpEncrypted(),
            new MimePart("application", "octet-stream")
            {
                Content = new MimeContent(content),
                FileName = "encrypted.asc",
                ContentTransferEncoding = ContentEncoding.SevenBit,
            },
        };
        mail.ContentType.Parameters["protocol"] = "application/pgp-encrypted";
        return mail;
    }

    /// <summary>Reads a recipient's public key, ASCII-armoured or not: of its ring the latest that encrypts.</summary>
    /// <param name="file">The file.</param>
    /// <param name="now">The time: what has expired by then is no key.</param>
    /// <exception cref="ExchangeFormatException">It holds no public key, or none that encrypts now.</exception>
    public static PgpPublicKey ReadKey(string file, DateTimeOffset now)
    {
        PgpPublicKeyRing? ring;
        try
        {
            using var stream = PgpUtilities.GetDecoderStream(File.OpenRead(file));
            ring = new PgpPublicKeyRingBundle(stream).GetKeyRings().FirstOrDefault();
        }
        catch (Exception fault) when (fault is IOException or PgpException)
        {
            throw new ExchangeFormatException($"'{file}' holds no public key of OpenPGP: {fault.Message}", fault);
        }

        if (ring is null) throw new ExchangeFormatException($"'{file}' holds no public key of OpenPGP.");
        // A key is worth no more than the one that vouches for it.
        return ring.GetPublicKeys()
            .Where(key => key.IsEncryptionKey && IsValid(key, now) && IsValid(ring.GetPublicKey(), now))
            // Who has a key of its own for encrypting means that one.
            .OrderBy(key => key.IsMasterKey).ThenByDescending(key => key.CreationTime).FirstOrDefault()
            ?? throw new ExchangeFormatException(
                $"'{file}' holds no key of OpenPGP that encrypts, is not revoked and has not expired.");
    }

    private static bool IsValid(PgpPublicKey key, DateTimeOffset now) =>
        !key.HasRevocation() && key.GetValidSeconds() is var seconds
            && (seconds == 0 || key.CreationTime.AddSeconds(seconds) > now.UtcDateTime);
}
