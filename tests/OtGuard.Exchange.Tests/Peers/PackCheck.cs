using System.Text.Json.Nodes;

namespace OtGuard.Exchange.Tests.Peers;

/// <summary>Checks a pack as its receiver would, by programs of others alone.</summary>
internal static class PackCheck
{
    /// <summary>Hashes, signature, bundle and documents.</summary>
    /// <param name="folder">The unpacked pack.</param>
    /// <param name="english">What has to stand in the English document.</param>
    /// <param name="german">What has to stand in the German one.</param>
    public static void Verify(string folder, string english, string german)
    {
        Tool.Run("sha256sum", ["-c", "--strict", "SHA256SUMS"], folder);
        Assert.Contains(
            "Verified OK",
            Tool.Run(
                "openssl", ["dgst", "-sha256", "-verify", "signing.pub.pem", "-signature", "SHA256SUMS.sig",
                    "SHA256SUMS"], folder).Output);
        var listed = File.ReadAllLines(Path.Combine(folder, "SHA256SUMS")).Select(line => line[66..]);
        CollectionAssert.AreEquivalent(
            listed.Concat(["SHA256SUMS", "SHA256SUMS.sig", "signing.pub.pem"]).ToArray(),
            Directory.EnumerateFiles(folder).Select(Path.GetFileName).ToArray());
        var verdict = StixValidator.Check(
            JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "case.stix.json")))!.AsObject()).Single();
        Assert.IsEmpty(verdict["problems"]!.AsArray(), verdict.ToJsonString());
        Assert.Contains(english, Tool.Run("pdftotext", ["-layout", "report.en.pdf", "-"], folder).Output);
        Assert.Contains(german, Tool.Run("pdftotext", ["-layout", "report.de.pdf", "-"], folder).Output);
    }
}
