using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OtGuard.Dashboard.Access;

/// <summary>
/// The certificate that the page is served with where none is configured: made at the first start, and kept.
/// </summary>
public static class OwnCertificate
{
    /// <summary>What browsers take at most.</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromDays(397);

    /// <summary>A new one is made so long before the end.</summary>
    private static readonly TimeSpan Renewed = TimeSpan.FromDays(30);

    /// <summary>
    /// Reads it, or makes one where there is none, it is about to end, or it is for another address. Only this account
    /// may
    /// read the file.
    /// </summary>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static X509Certificate2 ReadOrMake(string path, IPAddress address, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        if (File.Exists(path))
        {
            try
            {
                var kept = X509CertificateLoader.LoadPkcs12FromFile(path, null);
                if (kept.NotAfter.ToUniversalTime() - now.UtcDateTime > Renewed && IsFor(kept, address)) return kept;
                kept.Dispose();
            }
            catch (CryptographicException fault)
            {
                throw new IOException($"'{path}' is no certificate: remove it, and a new one is made. {fault.Message}", fault);
            }
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=OtGuard", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(NamesOf(address));
        using var made = request.CreateSelfSigned(now.AddDays(-1), now + Lasts);
        var bytes = made.Export(X509ContentType.Pkcs12);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.Delete(path);
        using (var file = new FileStream(path, options)) file.Write(bytes);
        return X509CertificateLoader.LoadPkcs12(bytes, null);
    }

    /// <summary>A certificate of the operator's, from PEM with its key.</summary>
    /// <exception cref="IOException">It is none.</exception>
    public static X509Certificate2 Read(string certificate, string key)
    {
        try
        {
            using var read = X509Certificate2.CreateFromPemFile(certificate, key);
            // By way of PKCS#12: a key that lives in memory alone is refused by some platforms' TLS.
            return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
        }
        catch (CryptographicException fault)
        {
            throw new IOException($"'{certificate}' with the key '{key}' is no certificate in PEM: {fault.Message}", fault);
        }
    }

    private static bool IsFor(X509Certificate2 certificate, IPAddress address) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .Any(names => IsAny(address) || names.EnumerateIPAddresses().Contains(address));

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static X509Extension NamesOf(IPAddress address)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        if (Uri.CheckHostName(Dns.GetHostName()) == UriHostNameType.Dns) names.AddDnsName(Dns.GetHostName());
        foreach (var one in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback, address }.Distinct())
            if (!IsAny(one)) names.AddIpAddress(one);
        return names.Build();
    }
}
