using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OtGuard.Models;

/// <summary>What a person or a key says of a baseline's contents, in the order it was said.</summary>
/// <param name="Time">When, in UTC, to the second.</param>
public abstract record Endorsement(DateTimeOffset Time);

/// <summary>A person holds the contents for right.</summary>
/// <param name="Time">When.</param>
/// <param name="Who">The person, as the system names the account.</param>
/// <param name="Why">The reason given; may be empty.</param>
public sealed record Approval(DateTimeOffset Time, string Who, string Why) : Endorsement(Time);

/// <summary>A signature over everything in the file before its line: contents, approvals, earlier signatures.</summary>
/// <param name="Time">When it was made, as the signer's clock had it.</param>
/// <param name="KeyId">SHA-256 over the public key (SubjectPublicKeyInfo, DER), lower-case hexadecimal.</param>
/// <param name="Value">The signature: ECDSA on P-256 over SHA-256, DER (RFC 3279 §2.2.3).</param>
public sealed record Signature(DateTimeOffset Time, string KeyId, ReadOnlyMemory<byte> Value) : Endorsement(Time);

/// <summary>Keys that sign baselines: ECDSA on the curve P-256 (FIPS 186-5), in PEM.</summary>
public static class SigningKeys
{
    private const string P256 = "1.2.840.10045.3.1.7";

    /// <summary>Reads a key from PEM: a private one to sign with, or a public one to verify with.</summary>
    /// <exception cref="FormatException">It holds no such key, or more than one; the message is one sentence.</exception>
    public static ECDsa Read(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != P256)
                throw new FormatException("The key is not on the curve P-256.");
            return key;
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new FormatException("The file holds no key of ECDSA on P-256 in PEM without a password.", fault);
        }
        catch (FormatException)
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>What a key is known by: SHA-256 over its public part.</summary>
    public static string IdOf(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
    }
}

/// <summary>
/// The section <c>[endorsements]</c>, which follows the contents and is no part of them: approving and signing change
/// neither what is judged by nor its hash.
/// </summary>
/// <remarks>
/// Each line ends with a check, SHA-256 over the check before it (the content hash before the first) and the line itself,
/// so that nothing in it changes unnoticed by accident. Against a forger only a signature helps.
/// </remarks>
internal static class EndorsementText
{
    internal const string Heading = "\n[endorsements]\n";

    /// <summary>Far more than anybody signs: a file with more is refused.</summary>
    private const int Maximum = 1000;

    private const string Separator = " | ";
    private const string TimeForm = "yyyy-MM-ddTHH:mm:ssZ";

    /// <summary>The lines, with the section's heading; an empty text for none.</summary>
    internal static string Write(string contentHash, IEnumerable<Endorsement> endorsements)
    {
        var text = new StringBuilder();
        var check = contentHash;
        foreach (var endorsement in endorsements)
        {
            if (text.Length == 0) text.Append(Heading);
            var line = Line(endorsement);
            check = CheckOf(check, line);
            text.Append(line).Append(Separator).Append(check).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="BaselineFormatException">It is not in that form, or was changed.</exception>
    internal static IReadOnlyList<Endorsement> Read(string contentHash, string text)
    {
        List<Endorsement> endorsements = [];
        foreach (var line in text[Heading.Length..].Split('\n')[..^1])
        {
            try
            {
                endorsements.Add(Parse(line.Split(Separator)));
            }
            catch (Exception fault) when (fault is FormatException or IndexOutOfRangeException)
            {
                throw new BaselineFormatException($"'{line}' is no approval and no signature of a baseline.", fault);
            }
        }

        if (endorsements.Count is 0 or > Maximum || Write(contentHash, endorsements) != text)
            throw new BaselineFormatException("The baseline's approvals and signatures were changed after they were written.");
        return endorsements;
    }

    private static string Line(Endorsement endorsement)
    {
        var time = endorsement.Time.UtcDateTime.ToString(TimeForm, CultureInfo.InvariantCulture);
        return endorsement switch
        {
            Approval approval => string.Join(
                Separator, "approval", time, BaselineText.Escape(approval.Who), BaselineText.Escape(approval.Why)),
            Signature signature => string.Join(
                Separator, "signature", time, signature.KeyId, Convert.ToBase64String(signature.Value.Span)),
            _ => throw new ArgumentException("There is no such endorsement.", nameof(endorsement)),
        };
    }

    private static Endorsement Parse(string[] cells)
    {
        if (cells.Length != 5) throw new FormatException("it does not have five cells");
        var time = DateTimeOffset.ParseExact(cells[1], TimeForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return cells[0] switch
        {
            "approval" => new Approval(time, BaselineText.Unescape(cells[2]), BaselineText.Unescape(cells[3])),
            "signature" => new Signature(time, cells[2], Convert.FromBase64String(cells[3])),
            _ => throw new FormatException($"'{cells[0]}' is unknown"),
        };
    }

    private static string CheckOf(string before, string line) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(before + "\n" + line)));
}
