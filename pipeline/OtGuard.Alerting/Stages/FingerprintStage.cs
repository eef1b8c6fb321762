using System.Security.Cryptography;
using System.Text;

namespace OtGuard.Alerting.Stages;

/// <summary>Says what the deviation is a case of, how severe it is here, and which alert it may belong to.</summary>
/// <remarks>The sensor is no part of the fingerprint: what two sensors see is one fact.</remarks>
public sealed class FingerprintStage(IAssetDirectory assets) : IAlertStage
{
    /// <summary>Bytes of the hash kept: 2^64 alerts before two are likely to meet.</summary>
    private const int HashBytes = 16;

    /// <inheritdoc/>
    public string Name => "fingerprint";

    /// <summary>The fingerprint of a deviation, in hexadecimal.</summary>
    public static string Of(DeviationRecord deviation) =>
        Of(deviation.Kind, deviation.Subject, deviation.Site, deviation.Zone, deviation.Exercise);

    /// <summary>The fingerprint of that kind, subject and place.</summary>
    public static string Of(string kind, string subject, string? site, string? zone, bool exercise) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\n{subject}\n{site}\n{zone}\n{exercise}"))
                .AsSpan(0, HashBytes));

    /// <inheritdoc/>
    public async Task<StageVerdict> ApplyAsync(StageContext context, CancellationToken cancellation)
    {
        var deviation = context.Deviation;
        context.Fingerprint = Of(deviation);
        if (deviation.IsInformation) return StageVerdict.Keep("information");
        context.Latest = await context.Transaction.FindLatestAsync(context.Fingerprint, cancellation);
        var unseen = context.Latest is null
            && await context.Transaction.IsUnseenAsync(deviation.Kind, deviation.Actor, cancellation);
        context.Severity = AlertSeverity.Assess(
            deviation,
            assets.Find(deviation.Asset, deviation.Zone),
            new DeviationHistory(context.Latest is { IsOpen: false }, unseen),
            context.Options.Severity);
        return StageVerdict.Pass(context.Latest is null ? "first" : context.Latest.IsOpen ? "open" : "closed-before");
    }
}
