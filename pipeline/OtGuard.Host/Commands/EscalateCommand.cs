using System.CommandLine;
using OtGuard.Alerting;
using OtGuard.Exchange.Evidence;
using OtGuard.Exchange.Sending;
using OtGuard.Exchange.Sharing;
using OtGuard.Host.Configuration;
using OtGuard.Host.Output;
using OtGuard.Host.Plant;
using OtGuard.Host.Runs;
using OtGuard.Storage.Traffic;

namespace OtGuard.Host.Commands;

/// <summary><c>escalate</c>: what leaves of a case, shown first and released by a person.</summary>
internal static class EscalateCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var (store, folder, who) = (StoreOptions.Required(), ExchangeOptions.Folder(), StoreOptions.Why(required: false));
        var id = new Argument<string>("CASE") { Description = "The case's number, or the beginning of its id; with --incident, of the incident." };
        var partner = new Option<string>("--partner")
        {
            Description = "To whom ('otguard partners list').",
            HelpName = "ID",
            DefaultValueFactory = _ => "local",
        };
        var tlp = new Option<string>("--tlp")
        {
            Description = "The circle it is for.",
            HelpName = "LEVEL",
            DefaultValueFactory = _ => "amber",
        };
        tlp.AcceptOnlyFromAmong([.. TlpText.Words]);
        var stage = new Option<string?>("--stage")
        {
            Description = "The stage of the regime; absent: an exchange outside of it, with every field.",
            HelpName = "STAGE",
        };
        var incident = new Option<bool>("--incident")
        {
            Description = "CASE names an incident: a case is opened from it where there is none.",
        };
        var regime = new Option<string>("--regime")
        {
            Description = "With --incident: the reporting regime.",
            HelpName = "ID",
            DefaultValueFactory = _ => "nis2-bsig",
        };
        var set = new Option<string[]>("--set")
        {
            Description = "A field of the worksheet, written first; may be given several times.",
            HelpName = "FIELD=VALUE",
        };
        var evidence = new Option<DirectoryInfo?>("--evidence")
        {
            Description = "The folder of the evidence store. Default: 'evidence' beside the store.",
            HelpName = "FOLDER",
        };
        var captures = new Option<string[]>("--capture")
        {
            Description = "The captures the incident was found in, in the order 'detect' read them: evidence is cut out of them.",
            HelpName = "FILE",
        };
        var release = new Option<string?>("--release")
        {
            Description = "Let it leave: the digest that the preview showed, at least its first eight characters.",
            HelpName = "DIGEST",
        };
        var output = new Option<DirectoryInfo?>("--output", "-o")
        {
            Description = "Also write the files of the preview, or of the released pack, into this folder.",
            HelpName = "FOLDER",
        };
        var show = new Option<bool>("--show") { Description = "Print the text of every file, with what was replaced marked." };
        var send = new Option<bool>("--send")
        {
            Description = "With --release: hand it over at once. Without: hand over what was released and not delivered yet.",
        };
        var format = CommonOptions.Format("table", "jsonl");
        var command = new Command(
            "escalate",
            """
            Bring a case to a partner: shows exactly what would leave, with every replaced value; nothing leaves before a
            person releases what was shown.

              otguard escalate 1 --partner cert --tlp amber --stage early-warning          look at it
              otguard escalate 1 --partner cert --tlp amber --stage early-warning --show   read all of it
              otguard escalate 1 --partner cert --tlp amber --stage early-warning --release 3f9a11c2
              otguard escalate 1 --send                                                    hand the latest release over

            A released pack is signed and kept in 'packs' of the exchange folder. Values that a partner's profile withholds
            are replaced by keyed pseudonyms or left out; a check looks for them in everything that leaves, and refuses.
            --send hands it over by the partner's channel (folder, TAXII, MISP, mail): once, and again only where that failed.
            Exit code 1 where it may not leave as it is, or the partner's side refuses it; 4 where it has to be tried again.
            """)
        {
            id, partner, tlp, stage, incident, regime, set, evidence, captures, release, send, output, show, store, folder, who, format,
        };
        command.SetAction(result => ExchangeOptions.Use(
            result.GetValue(store), result.GetValue(folder), surroundings, async (escalation, _) =>
            {
                var author = new Author(surroundings.User, result.GetValue(who)!);
                var name = result.GetRequiredValue(id);
                if (result.GetValue(incident))
                    name = (await escalation.Cases.OfIncidentAsync(name, result.GetValue(regime)!, author, default)).Id;
                if (result.GetValue(set) is { Length: > 0 } pairs)
                    await escalation.Cases.SetAsync(name, CasesCommand.Pairs(pairs), author, null, default);
                var request = new ReleaseRequest(
                    name, result.GetValue(partner)!, TlpText.Parse(result.GetValue(tlp)!), result.GetValue(stage));
                var to = result.InvocationConfiguration.Output;
                if (result.GetValue(release) is { } digest)
                {
                    var outcome = await escalation.Releases.ReleaseAsync(request, digest, author, default);
                    ReleaseReport.WriteRelease(outcome, result.GetValue(format)!, to);
                    if (outcome is not { Release: { } released, Pack: { } pack }) return ExitCodes.Clean;
                    if (result.GetValue(output) is { } copy) Copy(new DirectoryInfo(pack), copy);
                    return result.GetValue(send) ? await SendAsync(released.Id) : ExitCodes.Clean;
                }

                if (result.GetValue(send)) return await SendAsync(null);

                var preview = await escalation.Releases.PreviewAsync(request, default);
                if (result.GetValue(output) is { } target) Write(preview, target);
                ReleaseReport.WritePreview(preview, result.GetValue(show), result.GetValue(format)!, to);
                return preview.MayLeave ? ExitCodes.Clean : ExitCodes.DeviationsFound;

                async Task<int> SendAsync(string? released)
                {
                    var attempt = await escalation.Sending.SendAsync(name, released, author, default);
                    ReleaseReport.WriteAttempt(attempt, result.GetValue(format)!, to);
                    return attempt.Result.Outcome switch
                    {
                        SendOutcome.Accepted or SendOutcome.AlreadyThere => ExitCodes.Clean,
                        SendOutcome.Refused => ExitCodes.DeviationsFound,
                        SendOutcome.Retry => ExitCodes.Environment,
                    };
                }
            },
            new EvidenceParts(
                Source(result.GetValue(captures) ?? [], result.GetValue(evidence), result.GetValue(store)),
                new FrameReading(null))));
        return command;
    }

    /// <summary>Frames out of the captures named, else out of the evidence store beside the store.</summary>
    private static IEvidenceSource Source(string[] captures, DirectoryInfo? evidence, FileInfo? store) =>
        captures.Length > 0
        ? new CaptureEvidence(captures)
        : new KeptEvidence(new EvidenceFolder(evidence?.FullName ?? Path.Combine(
            Path.GetDirectoryName(StoreOptions.PathOf(store))!, ConfigurationFile.EvidenceFolder)));

    private static void Write(Preview preview, DirectoryInfo target)
    {
        target.Create();
        foreach (var file in preview.Files) File.WriteAllBytes(Path.Combine(target.FullName, file.Name), file.Bytes);
    }

    private static void Copy(DirectoryInfo pack, DirectoryInfo target)
    {
        target.Create();
        foreach (var file in pack.EnumerateFiles()) file.CopyTo(Path.Combine(target.FullName, file.Name), overwrite: true);
    }
}
