using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using MimeKit.Cryptography;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange.Sending;

/// <summary>
/// Sends a pack by e-mail: encrypted by S/MIME for the recipients' certificates or by OpenPGP for their keys, plain up
/// to TLP:GREEN.
/// </summary>
/// <remarks>
/// S/MIME 4.0 (RFC 8551), OpenPGP as PGP/MIME (RFC 3156), AES-256. The subject names level and case only: headers are
/// not encrypted. The Message-Id is made of the release, so that a mail sent again is known again.
/// </remarks>
internal sealed class MailChannel(ChannelOptions options, ExchangeFolder folder, TimeProvider clock) : IChannel
{
    public async Task<SendResult> SendAsync(Release release, IReadOnlyList<PackFile> files, CancellationToken cancellation)
    {
        if (options.IsPlainMail && release.Tlp > Tlp.Green)
            return SendResult.Refused("Plain mail is for TLP:CLEAR and TLP:GREEN only.");
        using var mail = await ComposeAsync(release, files, cancellation);
        using var client = new SmtpClient { Timeout = 60_000 };
        if (options.ServerCertificate is { } pinned)
        {
            using var expected = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(folder.Resolve(pinned), cancellation));
            var fingerprint = expected.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256);
            client.ServerCertificateValidationCallback = (_, certificate, _, _) => certificate is not null
                && certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256) == fingerprint;
        }

        try
        {
            await client.ConnectAsync(options.Host!, options.Port, SecureSocketOptions.StartTls, cancellation);
            if (options.User is { } user)
                await client.AuthenticateAsync(
                    user, options.SecretFile is { } file ? HttpExchange.Secret(folder.Resolve(file)) : "", cancellation);
            await client.SendAsync(mail, cancellation);
            await client.DisconnectAsync(quit: true, cancellation);
            return SendResult.Accepted(mail.MessageId);
        }
        catch (SmtpCommandException fault) when ((int)fault.StatusCode >= 500)
        {
            return SendResult.Refused($"{options.Host}: {fault.Message}");
        }
        catch (MailKit.Security.AuthenticationException fault)
        {
            return SendResult.Refused($"{options.Host}: {fault.Message}");
        }
        catch (Exception fault) when (fault is IOException or SocketException or TimeoutException or NotSupportedException
            or ProtocolException or CommandException or SslHandshakeException or ServiceNotConnectedException
            || (fault is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return SendResult.Retry($"{options.Host}: {fault.Message}");
        }
    }

    private async Task<MimeMessage> ComposeAsync(
        Release release, IReadOnlyList<PackFile> files, CancellationToken cancellation)
    {
        var mail = new MimeMessage();
        mail.From.Add(MailboxAddress.Parse(options.From!));
        foreach (var address in options.To) mail.To.Add(MailboxAddress.Parse(address));
        mail.MessageId = $"{release.Id}@otguard";
        mail.Date = release.At;
        mail.Subject = $"{(release.Exercise ? "EXERCISE " : "")}[{TlpText.Label(release.Tlp)}] OT incident, case {release.Case}";
        var body = new Multipart("mixed")
        {
            new TextPart("plain")
            {
                Text = $"{TlpText.Label(release.Tlp)}\n\nCase {release.Case}, version {release.Version}. The files are listed and "
                    + "signed in SHA256SUMS and SHA256SUMS.sig.\n",
            },
        };
        foreach (var file in files)
            body.Add(new MimePart(MimeTypes.GetMimeType(file.Name))
            {
                Content = new MimeContent(new MemoryStream(file.Bytes)),
                ContentDisposition = new ContentDisposition(ContentDisposition.Attachment),
                ContentTransferEncoding = ContentEncoding.Base64,
                FileName = file.Name,
            });
        if (options.IsPlainMail)
        {
            mail.Body = body;
            return mail;
        }

        if (options.RecipientKeys.Count > 0)
        {
            var now = clock.GetUtcNow();
            mail.Body = OpenPgpEncryption.Encrypt(
                body, [.. options.RecipientKeys.Select(file => OpenPgpEncryption.ReadKey(folder.Resolve(file), now))]);
            return mail;
        }

        var recipients = new CmsRecipientCollection();
        foreach (var path in options.RecipientCertificates)
            recipients.Add(new CmsRecipient(
                X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(folder.Resolve(path), cancellation)))
            {
                EncryptionAlgorithms = [EncryptionAlgorithm.Aes256],
            });
        using var context = new TemporarySecureMimeContext();
        mail.Body = await ApplicationPkcs7Mime.EncryptAsync(context, recipients, body, cancellation);
        return mail;
    }
}
