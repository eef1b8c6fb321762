using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace OtGuard.Models.Tests.Vocabulary;

[TestClass]
public sealed class EndorsementTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [TestMethod]
    public void Approving_and_signing_leave_the_contents_and_their_hash_as_they_are()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var baseline = Learn();

        var signed = baseline.Approve("anna", Noon, "checked | with operations").Sign(key, Noon.AddHours(1));

        Assert.AreEqual(baseline.ContentHash, signed.ContentHash);
        var loaded = Load(Save(signed));
        Assert.AreEqual(baseline.ContentHash, loaded.ContentHash);
        Assert.AreEqual(new Approval(Noon, "anna", "checked | with operations"), loaded.Endorsements[0]);
        Assert.AreSequenceEqual(Save(signed), Save(loaded));
        Assert.AreSequenceEqual(Save(baseline), Save(signed)[..Save(baseline).Length]);
    }

    [TestMethod]
    public void A_signature_vouches_for_the_contents_and_the_approvals_before_it_and_for_none_after()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var baseline = Load(Save(
            Learn().Approve("anna", Noon, "").Sign(key, Noon).Approve("ben", Noon, "")));

        Assert.AreEqual(1, baseline.ValidSignature(key));
        Assert.AreEqual("anna", baseline.Approvers(1).Single());
        Assert.AreEqual("anna, ben", string.Join(", ", baseline.Approvers()));
    }

    [TestMethod]
    public void A_signature_of_one_baseline_is_worth_nothing_in_another()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signed = Learn().Sign(key, Noon);
        var other = Traffic.Learn(t => t.Write("10.0.0.66", "10.0.0.9", 1));
        var line = Encoding.UTF8.GetString(Save(signed)).Split('\n').Single(l => l.StartsWith("signature ", StringComparison.Ordinal));
        var check = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{other.ContentHash}\n{line[..^67]}")));

        var forged = Load([.. Save(other), .. Encoding.UTF8.GetBytes($"\n[endorsements]\n{line[..^64]}{check}\n")]);

        Assert.AreEqual(-1, forged.ValidSignature(key));
    }

    [TestMethod]
    public void Another_key_does_not_verify_and_a_public_one_does_not_sign()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var publicKey = SigningKeys.Read(key.ExportSubjectPublicKeyInfoPem());
        var signed = Learn().Sign(key, Noon);

        Assert.AreEqual(-1, signed.ValidSignature(other));
        Assert.AreEqual(0, signed.ValidSignature(publicKey));
        Assert.Throws<CryptographicException>(() => signed.Sign(publicKey, Noon));
    }

    [TestMethod]
    public void Nobody_approves_twice()
    {
        var approved = Learn().Approve("anna", Noon, "");

        Assert.ThrowsExactly<ArgumentException>(() => approved.Approve("anna", Noon.AddDays(1), "again"));
    }

    [TestMethod]
    public void Any_single_byte_changed_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var saved = Save(Learn().Approve("anna", Noon, "why").Sign(key, Noon).Approve("ben", Noon, ""));

        for (var at = 0; at < saved.Length; at++)
        {
            foreach (var other in (byte[])[(byte)(saved[at] ^ 1), (byte)' ', (byte)'\n', 0])
            {
                if (other == saved[at]) continue;
                var changed = saved.ToArray();
                changed[at] = other;
                Assert.ThrowsExactly<BaselineFormatException>(() => Load(changed), $"byte {at} made {other}");
            }
        }
    }

    [TestMethod]
    public void Any_single_byte_left_out_or_put_in_is_refused()
    {
        var saved = Save(Learn().Approve("anna", Noon, "why"));

        for (var at = 0; at < saved.Length; at += 3)
        {
            byte[] shorter = [.. saved[..at], .. saved[(at + 1)..]];
            byte[] longer = [.. saved[..at], (byte)'x', .. saved[at..]];
            Assert.ThrowsExactly<BaselineFormatException>(() => Load(shorter), $"without byte {at}");
            Assert.ThrowsExactly<BaselineFormatException>(() => Load(longer), $"with one more at byte {at}");
        }
    }

    [TestMethod]
    public void Openssl_verifies_the_signature_as_documented()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var folder = new Folder();
        File.WriteAllText(folder.File("public.pem"), key.ExportSubjectPublicKeyInfoPem());
        File.WriteAllBytes(folder.File("plant.baseline"), Save(Learn().Approve("anna", Noon, "").Sign(key, Noon)));

        var (code, output) = Shell(
            """
            line=$(grep -n '^signature ' plant.baseline | tail -1 | cut -d: -f1)
            head -n $((line - 1)) plant.baseline > signed
            sed -n "${line}p" plant.baseline | awk -F ' [|] ' '{print $4}' | base64 -d > signature
            openssl dgst -sha256 -verify public.pem -signature signature signed
            """,
            folder.Path);

        Assert.AreEqual(0, code, output);
        Assert.Contains("Verified OK", output);
    }

    [TestMethod]
    public void A_key_made_by_openssl_as_documented_signs()
    {
        using var folder = new Folder();
        var (code, output) = Shell(
            """
            openssl ecparam -name prime256v1 -genkey -noout -out private.pem
            openssl ec -in private.pem -pubout -out public.pem
            """,
            folder.Path);
        Assert.AreEqual(0, code, output);
        using var privateKey = SigningKeys.Read(File.ReadAllText(folder.File("private.pem")));
        using var publicKey = SigningKeys.Read(File.ReadAllText(folder.File("public.pem")));

        Assert.AreEqual(0, Learn().Sign(privateKey, Noon).ValidSignature(publicKey));
    }

    [TestMethod]
    [DataRow("", DisplayName = "nothing")]
    [DataRow("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", DisplayName = "no key")]
    public void What_is_no_key_is_refused_with_a_sentence(string pem) =>
        Assert.EndsWith(".", Assert.ThrowsExactly<FormatException>(() => SigningKeys.Read(pem)).Message);

    [TestMethod]
    public void A_key_on_another_curve_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var pem = key.ExportPkcs8PrivateKeyPem();

        Assert.Contains("P-256", Assert.ThrowsExactly<FormatException>(() => SigningKeys.Read(pem)).Message);
    }

    private static Baseline Learn() => Traffic.Learn(t =>
    {
        t.Read("10.0.0.5", "10.0.0.9", 0, 10);
        t.Write("10.0.0.5", "10.0.0.9", 40);
    });

    private static Baseline Load(byte[] bytes) => Baseline.Load(new MemoryStream(bytes));

    private static byte[] Save(Baseline baseline)
    {
        using var stream = new MemoryStream();
        baseline.Save(stream);
        return stream.ToArray();
    }

    private static (int Code, string Output) Shell(string script, string folder)
    {
        if (!File.Exists("/usr/bin/openssl")) Assert.Inconclusive("openssl is not installed.");
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo("/bin/sh", ["-ec", script])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEnd();
        output += process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private sealed class Folder : IDisposable
    {
        internal string Path { get; } = Directory.CreateTempSubdirectory("otguard-test-").FullName;

        internal string File(string name) => System.IO.Path.Combine(Path, name);

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
