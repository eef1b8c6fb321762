using System.Diagnostics;
using System.Globalization;

namespace OtGuard.Dashboard.Tests.Access;

/// <summary>What the served port offers, as sslscan finds it.</summary>
[TestClass]
public sealed class TlsTests
{
    private const string Program = "/usr/bin/sslscan";

    public required TestContext TestContext { get; init; }

    [TestMethod]
    public async Task Nothing_weaker_than_TLS_1_2_is_offered_and_no_cipher_without_forward_secrecy()
    {
        if (!File.Exists(Program))
        {
            const string missing = "sslscan is missing; tests/run.sh --install-peers installs it.";
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(missing);
            Assert.Inconclusive(missing);
        }

        await using var plant = await Plant.StartAsync(TestContext.CancellationToken);
        using var scan = Process.Start(new ProcessStartInfo(
            Program, ["--no-colour", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{plant.Address.Port}")])
        {
            RedirectStandardOutput = true,
        })!;
        var found = await scan.StandardOutput.ReadToEndAsync(TestContext.CancellationToken);
        await scan.WaitForExitAsync(TestContext.CancellationToken);
        TestContext.WriteLine(found);

        var lines = found.Split('\n').Select(line => line.Trim()).ToList();
        foreach (var old in new[] { "SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1" })
            Assert.Contains($"{old} disabled", string.Join('\n', lines.Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))));
        var ciphers = lines.Where(line => line.StartsWith("Accepted", StringComparison.Ordinal) || line.StartsWith("Preferred", StringComparison.Ordinal)).ToList();
        Assert.IsNotEmpty(ciphers, found);
        foreach (var cipher in ciphers)
            Assert.IsTrue(cipher.Contains("TLSv1.3", StringComparison.Ordinal) || cipher.Contains("ECDHE", StringComparison.Ordinal), cipher);
    }
}
