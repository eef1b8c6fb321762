using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace OtGuard.Alerting.Sinks;

/// <summary>How the connection to a mail server is secured.</summary>
public enum MailSecurity : byte
{
    /// <summary>TLS from the first byte (port 465).</summary>
    Tls,

    /// <summary>STARTTLS, and no mail without it (port 587).</summary>
    StartTls,

    /// <summary>None: for a relay on this machine only.</summary>
    None,
}

/// <summary>A mail server and who is written to.</summary>
public sealed record MailOptions
{
    /// <summary>The destination's name. Default <c>mail</c>.</summary>
    public string Name { get; init; } = "mail";

    /// <summary>The server's host.</summary>
    public required string Host { get; init; }

    /// <summary>Its port. Default 587, submission.</summary>
    public int Port { get; init; } = 587;

    /// <summary>How the connection is secured. Default STARTTLS.</summary>
    public MailSecurity Security { get; init; } = MailSecurity.StartTls;

    /// <summary>The user, or null where none logs in.</summary>
    public string? User { get; init; }

    /// <summary>The password, or null.</summary>
    public string? Password { get; init; }

    /// <summary>The sender's address.</summary>
    public required string From { get; init; }

    /// <summary>The addresses written to.</summary>
    public required IReadOnlyList<string> To { get; init; }

    /// <summary>
    /// SHA-256 of the server's certificate in hexadecimal, where no authority of this machine vouches for it; else
    /// null.
    /// </summary>
    public string? CertificateFingerprint { get; init; }

    /// <summary>How long the server may take. Default 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Alerts in one mail at most. Default 20: what waited for a server that was away is one mail a person can read.
    /// </summary>
    public int BatchMessages { get; init; } = 20;
}

/// <summary>Writes alerts to people: one mail for what waits, the most severe named in its subject.</summary>
/// <remarks>
/// The mail's Message-Id is made from the messages in it, so that a mail sent again after a crash is recognised by many
/// servers and programs; for those that do not, it comes twice.
/// </remarks>
public sealed class MailSink(MailOptions options) : ISink
{
    /// <inheritdoc/>
    public string Name => options.Name;

    /// <inheritdoc/>
    public int MaximumBatch => options.BatchMessages;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Delivery>> SendAsync(IReadOnlyList<OutboxMessage> messages,
        CancellationToken cancellation)
    {
        var tellings = new List<Telling>();
        var deliveries = new Delivery?[messages.Count];
        for (var i = 0; i < messages.Count; i++)
        {
            try
            {
                if (Telling.Of(messages[i]) is { } telling) tellings.Add(telling);
                else deliveries[i] = Delivery.Refused("points are not sent by mail");
            }
            catch (JsonException fault)
            {
                deliveries[i] = Delivery.Refused($"it cannot be read: {fault.Message}");
            }
        }

        var outcome = tellings.Count == 0 ? Delivery.Accepted : await SendAsync(tellings, cancellation);
        return [.. deliveries.Select(delivery => delivery ?? outcome)];
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<Delivery> SendAsync(List<Telling> tellings, CancellationToken cancellation)
    {
        using var mail = Compose(tellings);
        using var client = new SmtpClient { Timeout = (int)options.Timeout.TotalMilliseconds };
        if (options.CertificateFingerprint is { } fingerprint)
            client.ServerCertificateValidationCallback = (_, certificate, _, _) => certificate is not null
                && string.Equals(
                    certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), fingerprint,
                        StringComparison.OrdinalIgnoreCase);
        try
        {
            await client.ConnectAsync(
                options.Host,
                options.Port,
                options.Security switch
                {
                    MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
                    MailSecurity.StartTls => SecureSocketOptions.StartTls,
                    MailSecurity.None => SecureSocketOptions.None,
                },
                cancellation);
            if (options.User is { } user) await client.AuthenticateAsync(user, options.Password ?? "", cancellation);
            await client.SendAsync(mail, cancellation);
            await client.DisconnectAsync(quit: true, cancellation);
            return Delivery.Accepted;
        }
        catch (SmtpCommandException fault) when (fault.ErrorCode == SmtpErrorCode.MessageNotAccepted
            && (int)fault.StatusCode >= 500)
        {
            return Delivery.Refused($"{options.Host}: {fault.Message}");
        }
        catch (Exception fault) when (IsOfEnvironment(fault)
            || (fault is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return Delivery.Retry($"{options.Host}:{options.Port}: {fault.Message}");
        }
    }

    /// <summary>True for what may pass: a server that is away, certificates and credentials to be put right.</summary>
    private static bool IsOfEnvironment(Exception fault) => fault
        is IOException or SocketException or TimeoutException or NotSupportedException
        or System.Security.Authentication.AuthenticationException or MailKit.Security.AuthenticationException
        or ProtocolException or CommandException or SslHandshakeException
        or ServiceNotConnectedException or ServiceNotAuthenticatedException;

    private MimeMessage Compose(List<Telling> tellings)
    {
        var worst = tellings.MaxBy(telling => telling.Severity)!;
        var mail = new MimeMessage();
        mail.From.Add(MailboxAddress.Parse(options.From));
        foreach (var address in options.To) mail.To.Add(MailboxAddress.Parse(address));
        mail.MessageId = $"{tellings[0].MessageId}.{tellings[^1].MessageId}@otguard";
        mail.Date = tellings[^1].QueuedAt;
        var exercise = tellings.All(telling => telling.Exercise) ? "EXERCISE " : "";
        var more = tellings.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" and {tellings.Count - 1} more")
            : "";
        mail.Subject = string.Create(CultureInfo.InvariantCulture,
            $"{exercise}[OtGuard {worst.Severity}] {worst.Title}: {worst.Subject}{more}");
        var text = new StringBuilder();
        foreach (var telling in tellings.OrderByDescending(telling => telling.Severity))
        {
            text.Append(CultureInfo.InvariantCulture,
                $"[{telling.Severity}] {telling.Title} ({telling.Reason}, {telling.State})\n");
            text.Append(CultureInfo.InvariantCulture, $"{telling.Explanation}\n");
            text.Append(CultureInfo.InvariantCulture,
                $"  who      {telling.Subject}\n  when     {telling.Start} to {telling.End}, {telling.Occurrences} "
                + $"times\n");
            text.Append(CultureInfo.InvariantCulture, $"  severity {string.Join("; ", telling.SeverityReasons)}\n");
            if (telling.WhatToCheck is { } check) text.Append(CultureInfo.InvariantCulture, $"  check    {check}\n");
            text.Append(CultureInfo.InvariantCulture, $"  id       {telling.Id}\n\n");
        }

        mail.Body = new TextPart("plain") { Text = text.ToString() };
        foreach (var telling in tellings) mail.Headers.Add("X-OtGuard-Delivery", telling.MessageId);
        return mail;
    }
}
