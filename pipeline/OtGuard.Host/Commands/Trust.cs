using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Security.Cryptography;
using OtGuard.Models;

namespace OtGuard.Host.Commands;

/// <summary>What a baseline has to show before it is judged by: a signature, approvals.</summary>
internal static class Trust
{
    /// <summary>A public key in PEM by which a baseline has to be signed.</summary>
    public static Option<FileInfo?> Signature() => new("--require-signature")
    {
        Description = "Judge only by a baseline that carries a valid signature by this key (PEM, ECDSA P-256).",
        HelpName = "KEY",
    };

    /// <summary>How many people have to have approved it.</summary>
    public static Option<int?> Approvals() => new("--require-approvals")
    {
        Description = "Accept only a baseline that so many different people approved; with a key, those that its signature "
            + "vouches for. At least as many as the baseline's own setting 'approvers'.",
        HelpName = "N",
        CustomParser = ParseCount,
    };

    /// <summary>Reads a key.</summary>
    /// <exception cref="UsageException">The file holds none.</exception>
    public static ECDsa ReadKey(FileInfo file)
    {
        if (Directory.Exists(file.FullName)) throw new UsageException($"'{file}' is a folder, not a key.");
        try
        {
            return SigningKeys.Read(File.ReadAllText(file.FullName));
        }
        catch (FormatException fault)
        {
            throw new UsageException($"{file.Name}: {fault.Message}", fault);
        }
    }

    /// <summary>Refuses a baseline that lacks what is asked for; does nothing where nothing is.</summary>
    /// <returns>Index of the signature that vouches for it, or null where none was asked for.</returns>
    /// <exception cref="BaselineFormatException">It lacks a valid signature, or approvals.</exception>
    public static int? Require(Baseline baseline, string name, FileInfo? key, int? approvals)
    {
        int? signature = null;
        if (key is not null)
        {
            using var read = ReadKey(key);
            signature = baseline.ValidSignature(read);
            if (signature < 0) throw new BaselineFormatException(NotSigned(baseline, name, key.Name, SigningKeys.IdOf(read)));
        }

        if (approvals is not { } asked) return signature;
        var needed = Math.Max(asked, baseline.Options.Approvers);
        var approvers = baseline.Approvers(signature);
        return approvers.Count >= needed
            ? signature
            : throw new BaselineFormatException(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {needed} different people have to approve it{(key is null ? "" : " before it is signed")}, and {approvers.Count} did."));
    }

    private static string NotSigned(Baseline baseline, string name, string key, string id)
    {
        var signatures = baseline.Endorsements.OfType<Signature>().ToList();
        if (signatures.Count == 0) return $"{name}: it is not signed.";
        return signatures.Exists(signature => signature.KeyId == id)
            ? $"{name}: its signature by {key} is not valid."
            : $"{name}: it is signed, but not by {key}.";
    }

    private static int? ParseCount(ArgumentResult result)
    {
        if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
            return count;
        result.AddError($"{((OptionResult)result.Parent!).Option.Name} takes a number from 1 on.");
        return null;
    }
}
