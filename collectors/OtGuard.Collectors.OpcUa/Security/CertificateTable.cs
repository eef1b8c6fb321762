using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using static System.Buffers.Binary.BinaryPrimitives;

namespace OtGuard.Collectors.OpcUa.Security;

/// <summary>What a certificate says of its holder.</summary>
/// <param name="Thumbprint">SHA-1 of its DER bytes, upper-case hexadecimal: how OPC UA names certificates.</param>
/// <param name="Subject">The distinguished name.</param>
/// <param name="Issuer">The issuer's distinguished name.</param>
/// <param name="ApplicationUri">The URI in its subject alternative name, an empty text where there is none.</param>
/// <param name="NotBefore">From when it is valid.</param>
/// <param name="NotAfter">Until when it is valid.</param>
/// <param name="KeyBits">Length of its public key in bits, 0 where that is not known.</param>
/// <param name="IsRsa">Whether the key is an RSA key.</param>
/// <param name="IsSelfSigned">Whether subject and issuer are the same.</param>
/// <param name="ChainLength">How many certificates were sent together with it, itself included.</param>
public sealed record CertificateFacts(
    string Thumbprint,
    string Subject,
    string Issuer,
    string ApplicationUri,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    int KeyBits,
    bool IsRsa,
    bool IsSelfSigned,
    int ChainLength)
{
    internal OpcUaAnomaly Anomalies { get; init; }
}

/// <summary>Parses certificates, each once: they come again with every channel.</summary>
/// <remarks>
/// Bounded: full, it forgets all; a certificate that comes again is parsed again. Takes a lock; certificates come with channels and sessions only. Nothing is
/// fetched or verified beyond what was sent: no revocation, no trust.
/// </remarks>
internal sealed class CertificateTable(int maximum)
{
    /// <summary>Certificates of one chain that are looked at.</summary>
    private const int MaximumChain = 10;

    /// <summary>Longer ones are not parsed: certificates of applications take 1 to 4 KiB, chains a few times that.</summary>
    private const int MaximumBytes = 64 << 10;

    private const int MinimumRsaBits = 2048;

    private readonly Dictionary<(ulong, ulong), CertificateFacts> _facts = [];
    private readonly Lock _using = new();

    /// <summary>The certificates seen, for reports.</summary>
    public IReadOnlyList<CertificateFacts> All
    {
        get
        {
            lock (_using) return [.. _facts.Values.OrderBy(facts => facts.Thumbprint, StringComparer.Ordinal)];
        }
    }

    /// <summary>What a certificate (or chain) says; null for none.</summary>
    public CertificateFacts? Of(ReadOnlySpan<byte> chain)
    {
        if (chain.IsEmpty) return null;
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(chain, digest);
        var key = (ReadUInt64LittleEndian(digest), ReadUInt64LittleEndian(digest[8..]));
        lock (_using)
        {
            if (_facts.TryGetValue(key, out var facts)) return facts;
            if (_facts.Count >= maximum) _facts.Clear();

            facts = Parse(chain);
            _facts.Add(key, facts);
            return facts;
        }
    }

    /// <summary>What is wrong with a certificate at a time.</summary>
    public static OpcUaAnomaly Judge(CertificateFacts? facts, CaptureTime now)
    {
        if (facts is null) return OpcUaAnomaly.None;
        var anomalies = facts.Anomalies;
        if ((anomalies & OpcUaAnomaly.CertificateInvalid) != 0) return anomalies;
        var seconds = now.UnixNanoseconds / CaptureTime.NanosecondsPerSecond;
        if (seconds > facts.NotAfter.ToUnixTimeSeconds()) anomalies |= OpcUaAnomaly.CertificateExpired;
        if (seconds < facts.NotBefore.ToUnixTimeSeconds()) anomalies |= OpcUaAnomaly.CertificateNotYetValid;
        return anomalies;
    }

    /// <summary>Parses a certificate, or the first of a chain. Never throws.</summary>
    public static CertificateFacts Parse(ReadOnlySpan<byte> chain)
    {
        var first = chain[..Math.Min(chain.Length, DerLength(chain))];
        var length = 0;
        var names = new List<(string Subject, string Issuer)>();
        CertificateFacts? facts = null;
        for (var rest = chain; !rest.IsEmpty && length < MaximumChain; length++)
        {
            var size = Math.Min(rest.Length, DerLength(rest));
            if (chain.Length <= MaximumBytes && TryLoad(rest[..size], out var certificate))
            {
                using (certificate)
                {
                    try
                    {
                        names.Add((certificate.Subject, certificate.Issuer));
                        facts ??= length == 0 ? Describe(certificate, first) : null;
                    }
                    catch (CryptographicException)
                    {
                        // What is inside is looked at only when it is asked for: dates that are none load all the same.
                    }
                }
            }

            rest = rest[size..];
        }

        facts ??= new CertificateFacts(
            Thumbprint(first), "", "", "", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, 0, false, false, 1)
        {
            Anomalies = OpcUaAnomaly.CertificateInvalid,
        };
        return facts with
        {
            ChainLength = length,
            Anomalies = facts.Anomalies | (IsLooped(names) ? OpcUaAnomaly.CertificateChainLooped : OpcUaAnomaly.None),
        };
    }

    [SuppressMessage("Security", "CA5350", Justification = "OPC UA names certificates by their SHA-1; nothing is protected by it.")]
    private static string Thumbprint(ReadOnlySpan<byte> der) => Convert.ToHexString(SHA1.HashData(der));

    private static bool TryLoad(ReadOnlySpan<byte> der, [NotNullWhen(true)] out X509Certificate2? certificate)
    {
        try
        {
            certificate = X509CertificateLoader.LoadCertificate(der);
            return true;
        }
        catch (CryptographicException)
        {
            certificate = null;
            return false;
        }
    }

    private static CertificateFacts Describe(X509Certificate2 certificate, ReadOnlySpan<byte> der)
    {
        var (bits, isRsa) = Key(certificate);
        var isSelfSigned = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
        var anomalies = OpcUaAnomaly.None;
        if (isRsa && bits is > 0 and < MinimumRsaBits) anomalies |= OpcUaAnomaly.CertificateKeyWeak;
        if (isSelfSigned) anomalies |= OpcUaAnomaly.CertificateSelfSigned;
        // sha1WithRSAEncryption, md5WithRSAEncryption, ecdsa-with-SHA1 (RFC 3279 §2.2).
        if (certificate.SignatureAlgorithm.Value is "1.2.840.113549.1.1.5" or "1.2.840.113549.1.1.4" or "1.2.840.10045.4.1")
            anomalies |= OpcUaAnomaly.CertificateSignatureWeak;
        return new CertificateFacts(
            Thumbprint(der),
            certificate.Subject,
            certificate.Issuer,
            ApplicationUri(certificate),
            new DateTimeOffset(certificate.NotBefore.ToUniversalTime()),
            new DateTimeOffset(certificate.NotAfter.ToUniversalTime()),
            bits,
            isRsa,
            isSelfSigned,
            1)
        { Anomalies = anomalies };
    }

    private static (int Bits, bool IsRsa) Key(X509Certificate2 certificate)
    {
        try
        {
            using var rsa = certificate.GetRSAPublicKey();
            if (rsa is not null) return (rsa.KeySize, true);
            using var curve = certificate.GetECDsaPublicKey();
            return (curve?.KeySize ?? 0, false);
        }
        catch (CryptographicException)
        {
            return (0, false);
        }
    }

    /// <summary>The first uniformResourceIdentifier of the subject alternative name (RFC 5280 §4.2.1.6).</summary>
    private static string ApplicationUri(X509Certificate2 certificate)
    {
        foreach (var extension in certificate.Extensions)
        {
            if (extension.Oid?.Value != "2.5.29.17") continue;
            var names = extension.RawData.AsSpan();
            if (names.Length < 2 || names[0] != 0x30) return "";
            names = names[HeaderLength(names)..];
            while (names.Length >= 2)
            {
                var whole = DerLength(names);
                var header = HeaderLength(names);
                if (whole > names.Length || header > whole) return "";
                if (names[0] == 0x86) return System.Text.Encoding.ASCII.GetString(names[header..whole]);
                names = names[whole..];
            }
        }

        return "";
    }

    /// <summary>Whether some certificate of the chain issued another one that issued it.</summary>
    private static bool IsLooped(List<(string Subject, string Issuer)> names)
    {
        foreach (var (subject, issuer) in names)
        {
            if (subject == issuer) continue;
            var at = issuer;
            for (var step = 0; step < names.Count; step++)
            {
                if (at == subject) return true;
                var next = names.FindIndex(name => name.Subject == at && name.Issuer != name.Subject);
                if (next < 0) break;
                at = names[next].Issuer;
            }
        }

        return false;
    }

    private static int HeaderLength(ReadOnlySpan<byte> der) =>
        der.Length < 2 ? der.Length : Math.Min(der.Length, (der[1] & 0x80) == 0 ? 2 : 2 + (der[1] & 0x7F));

    /// <summary>Bytes of the DER element that begins here, as it claims; at least 1.</summary>
    private static int DerLength(ReadOnlySpan<byte> der)
    {
        if (der.Length < 2) return 1;
        if ((der[1] & 0x80) == 0) return 2 + der[1];
        var count = der[1] & 0x7F;
        if (count is 0 or > 3 || der.Length < 2 + count) return int.MaxValue;
        var length = 0;
        for (var at = 0; at < count; at++) length = length << 8 | der[2 + at];
        return 2 + count + length;
    }
}
