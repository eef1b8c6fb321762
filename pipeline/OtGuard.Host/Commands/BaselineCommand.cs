using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Security.Cryptography;
using OtGuard.Host.Output;
using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Host.Commands;

/// <summary><c>baseline</c>: looks at baselines, compares, approves, signs and rolls them back.</summary>
internal static class BaselineCommand
{
    public static Command Create(Surroundings surroundings) =>
        new("baseline", "Look at a baseline, compare two, approve, sign, verify, or roll one back.")
        {
            Show(), Diff(), Approve(surroundings), Sign(surroundings), Verify(), RollBack(),
        };

    private static Argument<FileInfo> File(string name = "BASELINE", string description = "The baseline file.") =>
        new(name) { Description = description };

    private static Command Show()
    {
        var file = File();
        var sections = new Option<string[]>("--section")
        {
            Description = "Show the lines of these sections instead; several with commas: "
                + $"{string.Join(", ", Baseline.SectionNames)}.",
            HelpName = "NAME[,NAME]",
            CustomParser = ParseSections,
        };
        var stages = new Option<bool>("--stages")
        {
            Description = "Show how far learning is of each asset in each family, and how complete each is.",
        };
        var poisoning = new Option<bool>("--poisoning")
        {
            Description = "Show what was rare, came from one host alone, at odd hours or only near the end of learning, and "
                + "what an attacker present then would have taught.",
        };
        var night = new Option<(int, int)>("--night")
        {
            Description = "Hours of the night, from and to, for --poisoning. Default: 22-5, the third of three shifts.",
            HelpName = "FROM-TO",
            CustomParser = ParseNight,
            DefaultValueFactory = _ => new PoisoningOptions().Night,
        };
        var offset = new Option<int>("--utc-offset")
        {
            Description = "Hours that local time is ahead of UTC, for --poisoning. Default: 0.",
            HelpName = "HOURS",
        };
        offset.Validators.Add(result =>
        {
            if (result.GetValue(offset) is < -12 or > 14) result.AddError("--utc-offset takes -12 to 14.");
        });
        var format = CommonOptions.Format("table", "jsonl", "json");
        var command = new Command("show", "Show what a baseline holds, what it was learned from, and who approved and signed it.")
        {
            file, sections, stages, poisoning, night, offset, format,
        };
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(file);
            var baseline = new BaselineFile(path).Load();
            var report = new BaselineReport(
                baseline, path.FullName, result.GetValue(format) != "table", result.InvocationConfiguration.Output);
            if (result.GetValue(sections) is { Length: > 0 } names)
            {
                report.WriteSections(names);
                return ExitCodes.Clean;
            }

            if (result.GetValue(poisoning))
            {
                var options = new PoisoningOptions { Night = result.GetValue(night), UtcOffset = result.GetValue(offset) };
                report.WritePoisoning(PoisoningReport.Of(baseline, options));
                return ExitCodes.Clean;
            }

            if (result.GetValue(stages)) report.WriteStages();
            else report.WriteAll();
            return ExitCodes.Clean;
        });
        return command;
    }

    private static Command Diff()
    {
        var older = File("OLD", "The older baseline.");
        var newer = File("NEW", "The newer baseline.");
        var format = CommonOptions.Format("table", "jsonl", "json");
        var command = new Command(
            "diff",
            "Show what a newer baseline permits that an older one did not, what it does not any more, and what changed in "
            + "numbers. Exits with 1 where they differ.")
        {
            older, newer, format,
        };
        command.SetAction(result =>
        {
            var changes = BaselineDifference.Between(
                new BaselineFile(result.GetRequiredValue(older)).Load(), new BaselineFile(result.GetRequiredValue(newer)).Load());
            BaselineReport.WriteChanges(changes, result.GetValue(format) != "table", result.InvocationConfiguration.Output);
            return changes.Count == 0 ? ExitCodes.Clean : ExitCodes.DeviationsFound;
        });
        return command;
    }

    private static Command Approve(Surroundings surroundings)
    {
        var file = File();
        var why = new Option<string>("--why")
        {
            Description = "The reason: what was looked at, by which order.",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "",
        };
        var command = new Command("approve", "State in a baseline that you hold its contents for right. Their hash stays as it is.")
        {
            file, why,
        };
        command.SetAction(result =>
        {
            var kept = new BaselineFile(result.GetRequiredValue(file));
            Baseline approved;
            try
            {
                approved = kept.Load().Approve(surroundings.User, surroundings.Time.GetUtcNow(), result.GetValue(why)!);
            }
            catch (ArgumentException fault)
            {
                throw new UsageException($"'{surroundings.User}' approved it before.", fault);
            }

            kept.Save(approved);
            var (count, needed) = (approved.Approvers().Count, approved.Options.Approvers);
            result.InvocationConfiguration.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Approved by {surroundings.User}: {count} of {needed}. Content hash {approved.ContentHash}."));
            return ExitCodes.Clean;
        });
        return command;
    }

    private static Option<FileInfo> Key(string description) =>
        new("--key") { Description = description, HelpName = "KEY", Required = true };

    private static Command Sign(Surroundings surroundings)
    {
        var file = File();
        var key = Key("The private key: PEM, ECDSA on P-256, without a password.");
        var command = new Command("sign", "Sign a baseline: its contents, and who approved it until now.") { file, key };
        command.SetAction(result =>
        {
            var kept = new BaselineFile(result.GetRequiredValue(file));
            var keyFile = result.GetRequiredValue(key);
            using var read = Trust.ReadKey(keyFile);
            Baseline signed;
            try
            {
                signed = kept.Load().Sign(read, surroundings.Time.GetUtcNow());
            }
            catch (CryptographicException fault)
            {
                throw new UsageException($"{keyFile.Name}: it is a public key; a private one signs.", fault);
            }

            kept.Save(signed);
            result.InvocationConfiguration.Output.WriteLine(
                $"Signed with key {SigningKeys.IdOf(read)}. Content hash {signed.ContentHash}.");
            return ExitCodes.Clean;
        });
        return command;
    }

    private static Command Verify()
    {
        var file = File();
        var key = Key("The public key: PEM, ECDSA on P-256.");
        var approvals = Trust.Approvals();
        var command = new Command("verify", "Check that a baseline is whole and signed with a key. Exits with 3 where it is not.")
        {
            file, key, approvals,
        };
        command.SetAction(result =>
        {
            var path = result.GetRequiredValue(file);
            var baseline = new BaselineFile(path).Load();
            var signature = Trust.Require(baseline, path.Name, result.GetRequiredValue(key), result.GetValue(approvals))!.Value;
            var approvers = baseline.Approvers(signature);
            var by = approvers.Count == 0 ? "nobody" : string.Join(", ", approvers.Select(BaselineReport.Plain));
            result.InvocationConfiguration.Output.WriteLine(
                $"Valid: signed {BaselineReport.Moment(baseline.Endorsements[signature].Time)} UTC, approved before that by {by}. "
                + $"Content hash {baseline.ContentHash}.");
            return ExitCodes.Clean;
        });
        return command;
    }

    private static Command RollBack()
    {
        var file = File();
        var hash = new Argument<string?>("HASH")
        {
            Description = "Content hash of the earlier version, or the beginning of it, eight characters at least.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var list = new Option<bool>("--list") { Description = "Show the earlier versions and change nothing." };
        var command = new Command("rollback", "Put an earlier version of a baseline back in its place.") { file, hash, list };
        command.SetAction(result =>
        {
            var kept = new BaselineFile(result.GetRequiredValue(file));
            if (result.GetValue(list))
            {
                BaselineReport.WriteHistory(kept.History(), result.InvocationConfiguration.Output);
                return ExitCodes.Clean;
            }

            if (result.GetValue(hash) is not { Length: >= 8 } wanted)
            {
                throw new UsageException(
                    "rollback takes the content hash of an earlier version, eight characters of it at least; --list shows them.");
            }

            var baseline = kept.RollBack(wanted);
            result.InvocationConfiguration.Output.WriteLine($"Back at content hash {baseline.ContentHash}.");
            return ExitCodes.Clean;
        });
        return command;
    }

    private static string[] ParseSections(ArgumentResult result)
    {
        string[] names = [.. result.Tokens.SelectMany(token => token.Value.Split(','))];
        foreach (var name in names.Except(Baseline.SectionNames))
            result.AddError($"--section takes {string.Join(", ", Baseline.SectionNames)}, not '{name}'.");
        return names;
    }

    private static (int First, int Last) ParseNight(ArgumentResult result)
    {
        if (result.Tokens[0].Value.Split('-') is [var from, var to] && TryHour(from, out var first) && TryHour(to, out var last))
            return (first, last);
        result.AddError("--night takes two hours of the day, as 22-5.");
        return default;
    }

    private static bool TryHour(string text, out int hour) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out hour) && hour < 24;
}
