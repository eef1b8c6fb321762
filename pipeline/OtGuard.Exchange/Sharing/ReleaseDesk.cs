using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OtGuard.Alerting;
using OtGuard.Exchange.Cases;
using OtGuard.Exchange.Evidence;
using OtGuard.Exchange.Misp;
using OtGuard.Exchange.Regimes;
using OtGuard.Exchange.Reports;
using OtGuard.Exchange.Stix;

namespace OtGuard.Exchange.Sharing;

/// <summary>What is asked to leave.</summary>
/// <param name="Case">The case's number or id.</param>
/// <param name="Partner">The partner's id.</param>
/// <param name="Tlp">The level.</param>
/// <param name="Stage">The regime's stage; null for an exchange outside of it.</param>
public sealed record ReleaseRequest(string Case, string Partner, Tlp Tlp, string? Stage);

/// <summary>What would leave, exactly.</summary>
/// <param name="Case">The version of the case.</param>
/// <param name="Partner">To whom.</param>
/// <param name="Stage">The stage, or null.</param>
/// <param name="Disclosure">What was replaced and left out. Stays at home.</param>
/// <param name="Files">The files.</param>
/// <param name="Leaks">What a check for withheld values found.</param>
/// <param name="Obstacles">Why it may not leave; empty where it may.</param>
/// <param name="Digest">Hash over names and contents: what a person releases.</param>
public sealed record Preview(
    CaseVersion Case, Partner Partner, ReportingStage? Stage, Disclosure Disclosure, IReadOnlyList<PackFile> Files,
    LeakReport Leaks, IReadOnlyList<Obstacle> Obstacles, string Digest)
{
    /// <summary>Who has agreed to it already, where more than one person has to.</summary>
    public IReadOnlyList<string> Agreed { get; init; } = [];

    /// <summary>Whether a person may let it leave.</summary>
    public bool MayLeave => Obstacles.Count == 0;
}

/// <summary>A file of a release.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sha256">Its SHA-256.</param>
/// <param name="Length">Its length in bytes.</param>
public sealed record ReleasedFile(string Name, string Sha256, long Length);

/// <summary>A version of a case that a person let leave: what, to whom, when, and what was replaced in it.</summary>
public sealed record Release
{
    /// <summary>Its id: a random UUID.</summary>
    public required string Id { get; init; }

    /// <summary>The case.</summary>
    public required string Case { get; init; }

    /// <summary>The version that left.</summary>
    public required int Version { get; init; }

    /// <summary>The stage, or null.</summary>
    public string? Stage { get; init; }

    /// <summary>The partner.</summary>
    public required string Partner { get; init; }

    /// <summary>The level.</summary>
    public required Tlp Tlp { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who let it leave.</summary>
    public required string By { get; init; }

    /// <summary>Who else had agreed, where the partner wants more than one person.</summary>
    public IReadOnlyList<string> Agreed { get; init; } = [];

    /// <summary>The digest that was seen and released.</summary>
    public required string Digest { get; init; }

    /// <summary>Whether it is an exercise.</summary>
    public required bool Exercise { get; init; }

    /// <summary>The files.</summary>
    public required IReadOnlyList<ReleasedFile> Files { get; init; }

    /// <summary>What stood for what: how a partner's question about a pseudonym is answered. Stays at home.</summary>
    public required IReadOnlyList<Replacement> Replacements { get; init; }

    /// <summary>The number of the key the pseudonyms were made with.</summary>
    public required int KeyEpoch { get; init; }
}

/// <summary>What came of a person's word that something may leave.</summary>
/// <param name="Release">The release; null where somebody else has to agree too.</param>
/// <param name="Pack">The folder of the pack; null likewise.</param>
/// <param name="Agreed">Who has agreed.</param>
/// <param name="Needed">How many people the partner wants.</param>
public sealed record ReleaseOutcome(Release? Release, string? Pack, IReadOnlyList<string> Agreed, int Needed);

/// <summary>Shows what would leave, and lets it leave when a person says so. Thread-safe as the stores are.</summary>
public sealed class ReleaseDesk(
    CaseDesk desk, ICaseStore cases, ExchangeFolder folder, EvidenceParts? evidence, TimeProvider clock)
{
    /// <summary>Characters of a digest a person has to give at least.</summary>
    public const int ShortestDigest = 8;

    /// <summary>What would leave.</summary>
    /// <exception cref="ExchangeException">The case, the partner or the stage is not there.</exception>
    public async Task<Preview> PreviewAsync(ReleaseRequest request, CancellationToken cancellation)
    {
        var @case = await desk.FindAsync(request.Case, cancellation);
        var partner = folder.Partner(request.Partner);
        var regime = folder.Regimes[@case.Regime];
        var stage = request.Stage is { } id ? regime.Stage(id) : null;
        var profile = partner.Profile(request.Tlp);
        var pseudonyms = folder.KeysOf(partner).Pseudonyms();
        var disclosure = Disclosure.Make(
            @case, partner, request.Tlp, stage, folder.Regimes, folder.Operator, pseudonyms,
            await EarlierAsync(@case, partner, regime, stage, cancellation));
        var files = new List<PackFile>
        {
            Json("case.stix.json", StixBundle.Make(disclosure.Shared)),
            Json("case.misp.json", MispEvent.Make(disclosure.Shared, partner.Channel.Distribution)),
            Json("report.json", ReportDocument.Json(disclosure.Shared)),
        };
        foreach (var language in regime.Languages.Order())
        {
            var report = ReportDocument.Make(disclosure.Shared, language);
            files.Add(new PackFile(
                $"report.{(language == Language.En ? "en" : "de")}.pdf", PdfReport.Render(report), report.Text));
        }

        var replacements = disclosure.Replacements;
        if (evidence is not null)
        {
            var redactor = new Redactor(profile, pseudonyms, folder.Operator.OwnNetworks);
            files.AddRange(EvidencePack.Make(@case, evidence, profile, redactor));
            replacements = [.. replacements.Concat(redactor.Replacements).DistinctBy(one => (one.Sort, one.Original))];
            disclosure = disclosure with { Replacements = replacements };
        }

        var manifest = PackSignature.Manifest(files);
        files.Add(manifest);
        var leaks = LeakCheck.Check(files, Hidden(disclosure), profile);
        var digest = Convert.ToHexStringLower(SHA256.HashData(manifest.Bytes));
        return new Preview(
            @case, partner, stage, disclosure, files, leaks, Obstacles(@case, partner, stage, request, leaks).ToList(),
            digest)
        {
            Agreed = await AgreedAsync(@case.Id, partner.Id, digest, cancellation),
        };
    }

    /// <summary>
    /// Lets leave what a person has seen: signs it, keeps it as a pack, and writes down who let it leave. Where the
    /// partner wants more than one person, the earlier ones are noted and the last one lets it leave.
    /// </summary>
    /// <param name="request">What.</param>
    /// <param name="digest">The digest of the preview, or its beginning: proof that it was seen as it is now.</param>
    /// <param name="author">Who lets it leave.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ExchangeException">It may not leave, is not what was seen, or waits for somebody
    /// else.</exception>
    public async Task<ReleaseOutcome> ReleaseAsync(
        ReleaseRequest request, string digest, Author author, CancellationToken cancellation)
    {
        var preview = await PreviewAsync(request, cancellation);
        if (!preview.MayLeave) throw new ExchangeException(string.Join(Environment.NewLine, preview.Obstacles));
        if (digest.Length < ShortestDigest || !preview.Digest.StartsWith(digest, StringComparison.OrdinalIgnoreCase))
            throw new ExchangeException(
                $"What would leave now has the digest {preview.Digest[..16]}, not {digest}: the case, the profile or the evidence "
                + "changed since. Look at the preview again.");
        if (preview.Agreed.Contains(author.Who, StringComparer.OrdinalIgnoreCase))
            throw new ExchangeException(
                $"{author.Who} has agreed already; {preview.Partner.Id} wants somebody else to agree too.");
        IReadOnlyList<string> agreed = [.. preview.Agreed, author.Who];
        if (agreed.Count < preview.Partner.Releasers)
        {
            await AgreeAsync(preview, author, cancellation);
            return new ReleaseOutcome(null, null, agreed, preview.Partner.Releasers);
        }

        var release = new Release
        {
            Id = Guid.NewGuid().ToString("D"),
            Case = preview.Case.Id,
            Version = preview.Case.Version,
            Stage = preview.Stage?.Id,
            Partner = preview.Partner.Id,
            Tlp = request.Tlp,
            At = clock.GetUtcNow(),
            By = author.Who,
            Agreed = preview.Agreed,
            Digest = preview.Digest,
            Exercise = preview.Case.Exercise,
            Files =
            [
                .. preview.Files.Select(file => new ReleasedFile(
                    file.Name, Convert.ToHexStringLower(SHA256.HashData(file.Bytes)), file.Bytes.Length)),
            ],
            Replacements = preview.Disclosure.Replacements,
            KeyEpoch = preview.Disclosure.KeyEpoch,
        };
        var pack = Write(preview, release);
        await cases.AppendAsync(
            new CaseRecord(
                release.Case, $"{release.Case}/r/{release.Id}", CaseRecordKind.Release, release.At,
                JsonSerializer.Serialize(release, ExchangeJson.Records)),
            new JournalAct(
                release.At, author, JournalVerb.Release, release.Case,
                $"to {release.Partner} {TlpText.Label(release.Tlp)} digest {release.Digest}"),
            cancellation);
        return new ReleaseOutcome(release, pack, agreed, preview.Partner.Releasers);
    }

    /// <summary>Releases of a case in the order of leaving.</summary>
    public async Task<IReadOnlyList<Release>> ReleasesAsync(string @case, CancellationToken cancellation)
    {
        var found = await desk.FindAsync(@case, cancellation);
        var records = await cases.ListRecordsAsync(found.Id, CaseRecordKind.Release, cancellation);
        return [.. records.Select(record => JsonSerializer.Deserialize<Release>(record.Body, ExchangeJson.Records)!)];
    }

    /// <summary>What a partner's pseudonym stands for in what was released to it; empty where nothing does.</summary>
    public async Task<IReadOnlyList<Replacement>> RevealAsync(
        string partner, string pseudonym, CancellationToken cancellation)
    {
        var found = new List<Replacement>();
        foreach (var head in await cases.ListCasesAsync(int.MaxValue, cancellation))
            foreach (var record in await cases.ListRecordsAsync(head.Id, CaseRecordKind.Release, cancellation))
                if (JsonSerializer.Deserialize<Release>(record.Body, ExchangeJson.Records) is { } release && release.Partner == partner)
                    found.AddRange(release.Replacements.Where(
                        one => string.Equals(one.Instead, pseudonym, StringComparison.OrdinalIgnoreCase)));
        return [.. found.Distinct()];
    }

    /// <summary>The release of a case by its id or the beginning of it; null for the latest.</summary>
    /// <exception cref="ExchangeException">There is none.</exception>
    public async Task<Release> FindReleaseAsync(string @case, string? release, CancellationToken cancellation) =>
        (await ReleasesAsync(@case, cancellation))
            .LastOrDefault(one => release is null || one.Id.StartsWith(release, StringComparison.OrdinalIgnoreCase))
        ?? throw new ExchangeException(
            release is null ? $"Nothing of case {@case} was released yet." : $"There is no release {release} of case {@case}.");

    /// <summary>
    /// The pack of a release, each file held against the hash that was released; signature and key besides.
    /// </summary>
    /// <exception cref="ExchangeFormatException">It is not what was released.</exception>
    public IReadOnlyList<PackFile> ReadPack(Release release)
    {
        var pack = Path.Combine(folder.Packs, release.Id);
        var files = new List<PackFile>();
        foreach (var expected in release.Files)
        {
            var path = Path.Combine(pack, expected.Name);
            if (!File.Exists(path))
                throw new ExchangeFormatException($"The pack '{pack}' lacks {expected.Name}; release it anew.");
            var bytes = File.ReadAllBytes(path);
            if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != expected.Sha256)
                throw new ExchangeFormatException($"'{path}' is not what was released; release it anew.");
            files.Add(new PackFile(expected.Name, bytes));
        }

        foreach (var name in new[] { PackSignature.SignatureName, PackSignature.PublicKeyName })
            files.Add(new PackFile(name, File.ReadAllBytes(Path.Combine(pack, name))));
        return files;
    }

    internal static PackFile Json(string name, System.Text.Json.Nodes.JsonNode value) =>
        new(name, Encoding.UTF8.GetBytes(value.ToJsonString(ExchangeJson.Outgoing) + "\n"));

    /// <summary>The stages before one that left for a partner, each by its latest release.</summary>
    private async Task<IReadOnlyList<EarlierReport>> EarlierAsync(
        CaseVersion @case, Partner partner, ReportingRegime regime, ReportingStage? stage,
        CancellationToken cancellation)
    {
        var sent = (await ReleasesAsync(@case.Id, cancellation))
            .Where(release => release.Partner == partner.Id && release.Stage is not null)
            .ToLookup(release => release.Stage!, StringComparer.Ordinal);
        return
        [
            .. regime.Stages.TakeWhile(one => one.Id != stage?.Id)
            .Where(one => stage is not null && sent.Contains(one.Id))
                .Select(one => (Stage: one, Release: sent[one.Id].Last()))
                .Select(one => new EarlierReport(one.Stage.Id, one.Stage.Title, one.Release.Version, one.Release.At,
                    one.Release.Digest)),
        ];
    }

    /// <summary>Who has agreed to let exactly this leave for a partner.</summary>
    private async Task<IReadOnlyList<string>> AgreedAsync(
        string @case, string partner, string digest, CancellationToken cancellation) =>
    [
        .. (await cases.ListRecordsAsync(@case, CaseRecordKind.Agreement, cancellation))
            .Select(record => JsonSerializer.Deserialize<ReleaseAgreement>(record.Body, ExchangeJson.Records)!)
            .Where(one => one.Partner == partner && one.Digest == digest).Select(one => one.By),
    ];

    private Task AgreeAsync(Preview preview, Author author, CancellationToken cancellation)
    {
        var agreement = new ReleaseAgreement(preview.Partner.Id, preview.Digest, author.Who);
        var now = clock.GetUtcNow();
        return cases.AppendAsync(
            new CaseRecord(
                preview.Case.Id,
                $"{preview.Case.Id}/a/{preview.Partner.Id}/{preview.Digest}/{author.Who.ToLowerInvariant()}",
                CaseRecordKind.Agreement, now, JsonSerializer.Serialize(agreement, ExchangeJson.Records)),
            new JournalAct(
                now, author, JournalVerb.AgreeToRelease, preview.Case.Id,
                $"to {preview.Partner.Id} {TlpText.Label(preview.Disclosure.Shared.Tlp)} digest {preview.Digest}"),
            cancellation);
    }

    /// <summary>What must not occur: also identifiers that are hashes over it.</summary>
    private List<Replacement> Hidden(Disclosure disclosure) =>
    [
        .. disclosure.Replacements,
        .. folder.Operator.Secrets.Select(secret => new Replacement(Sensitivity.Name, secret, null)),
    ];

    private static IEnumerable<Obstacle> Obstacles(
        CaseVersion @case, Partner partner, ReportingStage? stage, ReleaseRequest request, LeakReport leaks)
    {
        var number = @case.Number.ToString(CultureInfo.InvariantCulture);
        if (@case.Exercise && !partner.Exercise)
            yield return new Obstacle(ObstacleKind.ExerciseToRealChannel, number, partner.Id);
        if (!@case.Exercise && partner.Exercise)
            yield return new Obstacle(ObstacleKind.RealToExercise, partner.Id, number);
        var missing = stage?.Required.Where(field => @case[field] is null).ToList() ?? [];
        if (missing.Count > 0) yield return new Obstacle(ObstacleKind.Missing, [stage!.Id, .. missing]);
        if (partner.Channel.IsPlainMail && request.Tlp > Tlp.Green)
            yield return new Obstacle(ObstacleKind.PlainMail, partner.Id);
        foreach (var leak in leaks.Leaks)
            yield return new Obstacle(
                ObstacleKind.Leak, leak.File, leak.Sort.ToString().ToLowerInvariant(), leak.Form, leak.Original);
    }

    private string Write(Preview preview, Release release)
    {
        var path = Path.Combine(folder.Packs, release.Id);
        ExchangeFolder.PrivateFolder(folder.Packs);
        Directory.CreateDirectory(path);
        foreach (var file in preview.Files) File.WriteAllBytes(Path.Combine(path, file.Name), file.Bytes);
        var manifest = preview.Files.Single(file => file.Name == PackSignature.ManifestName);
        File.WriteAllBytes(Path.Combine(path, PackSignature.SignatureName), PackSignature.Sign(manifest, folder.Keys).Bytes);
        File.WriteAllText(Path.Combine(path, PackSignature.PublicKeyName), PackSignature.PublicKey(folder.Keys));
        return path;
    }

    /// <summary>Somebody agrees to let exactly this leave for a partner.</summary>
    private sealed record ReleaseAgreement(string Partner, string Digest, string By);
}
