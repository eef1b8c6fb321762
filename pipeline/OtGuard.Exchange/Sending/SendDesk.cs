using System.Globalization;
using System.Text.Json;
using OtGuard.Alerting;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange.Sending;

/// <summary>One attempt to hand a release over.</summary>
/// <param name="Release">The release.</param>
/// <param name="Attempt">From 1.</param>
/// <param name="At">When.</param>
/// <param name="By">Who.</param>
/// <param name="Result">What became of it.</param>
public sealed record DeliveryAttempt(string Release, int Attempt, DateTimeOffset At, string By, SendResult Result)
{
    /// <summary>Whether the partner has it since.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsDelivered => Result.Outcome is SendOutcome.Accepted or SendOutcome.AlreadyThere;
}

/// <summary>Hands released packs over, and writes down every attempt. Thread-safe as the stores are.</summary>
public sealed class SendDesk(ReleaseDesk releases, ICaseStore cases, ExchangeFolder folder, TimeProvider clock)
{
    /// <summary>Hands a release over, once.</summary>
    /// <param name="case">The case.</param>
    /// <param name="release">The release's id or its beginning; null for the latest of the case.</param>
    /// <param name="author">Who hands it over.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ExchangeException">There is no such release, it was delivered, or may not go this way.</exception>
    /// <exception cref="ExchangeFormatException">The pack is not what was released.</exception>
    public async Task<DeliveryAttempt> SendAsync(
        string @case, string? release, Author author, CancellationToken cancellation)
    {
        var found = await releases.FindReleaseAsync(@case, release, cancellation);
        var before = await AttemptsAsync(found, cancellation);
        if (before.FirstOrDefault(attempt => attempt.IsDelivered) is { } delivered)
            throw new ExchangeException(
                $"Release {found.Id} was delivered on {delivered.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC.");
        var partner = folder.Partner(found.Partner);
        // Partners' files may have changed since the release.
        if (found.Exercise != partner.Exercise)
            throw new ExchangeException(
                found.Exercise
                    ? $"The release is of an exercise, and {partner.Id} is a real channel."
                    : $"{partner.Id} is a channel for exercises, and the release is of none.");
        if (partner.Channel.IsPlainMail && found.Tlp > Tlp.Green)
            throw new ExchangeException($"{partner.Id} is reached by plain mail, which is for TLP:CLEAR and TLP:GREEN only.");
        var files = releases.ReadPack(found);
        var result = await Channel(partner).SendAsync(found, files, cancellation);
        var attempt = new DeliveryAttempt(found.Id, before.Count + 1, clock.GetUtcNow(), author.Who, result);
        await cases.AppendAsync(
            new CaseRecord(
                found.Case, string.Create(CultureInfo.InvariantCulture, $"{found.Case}/d/{found.Id}/{attempt.Attempt}"),
                CaseRecordKind.Delivery, attempt.At, JsonSerializer.Serialize(attempt, ExchangeJson.Records)),
            new JournalAct(
                attempt.At, author, JournalVerb.Deliver, found.Case,
                $"to {found.Partner}: {result.Outcome.ToString().ToLowerInvariant()}{(result.Reason is { } reason ? $", {reason}" : "")}"),
            cancellation);
        return attempt;
    }

    /// <summary>The attempts to hand a release over, in their order.</summary>
    public async Task<IReadOnlyList<DeliveryAttempt>> AttemptsAsync(Release release, CancellationToken cancellation)
    {
        var records = await cases.ListRecordsAsync(release.Case, CaseRecordKind.Delivery, cancellation);
        return
        [
            .. records.Select(record => JsonSerializer.Deserialize<DeliveryAttempt>(record.Body, ExchangeJson.Records)!)
                .Where(attempt => attempt.Release == release.Id),
        ];
    }

    private IChannel Channel(Partner partner) => partner.Channel.Kind switch
    {
        ChannelKind.Folder => new FolderChannel(
            partner.Channel.Path is { } path ? folder.Resolve(path) : Path.Combine(folder.Path, "outgoing", partner.Id)),
        ChannelKind.Taxii => new TaxiiChannel(partner.Channel, folder, clock),
        ChannelKind.Misp => new MispChannel(partner.Channel, folder),
        ChannelKind.Mail => new MailChannel(partner.Channel, folder, clock),
    };
}
