using System.Globalization;
using System.Text.Json;
using OtGuard.Host.Commands;
using OtGuard.TestKit;

namespace OtGuard.Scenarios.Tests.OpcUa;

/// <summary>
/// Attacks by a real client on a real server, judged by what was learned of their normal operation: each is found and named
/// as what it is, as far as the security mode lets it be seen; normal operation raises nothing.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class AttackTests
{
    private static readonly (Programme Programme, string Readable, string Encrypted)[] Attacks =
    [
        (new Programme("sweep"), "address-space-sweep", ""),
        (new Programme("first-write") { Application = "Laptop", Certificate = "laptop", From = "127.0.0.9" },
            "first-write-to-node", "new-conversation"),
        (new Programme("call"), "method-call-unseen", ""),
        (new Programme("guess") { User = "password" }, "credential-guessing", ""),
        (new Programme("channels"), "secure-channel-flood", "secure-channel-flood"),
        (new Programme("tour") { Certificate = "other" }, "client-identity-changed", "client-identity-changed"),
    ];

    /// <summary>
    /// How long normal operation is judged in each security mode: a minute in all, and as long as
    /// <c>OTGUARD_OPCUA_NORMAL_SECONDS</c> says in <c>tests/long.sh</c>.
    /// </summary>
    private static readonly int NormalSeconds = int.Parse(
        Environment.GetEnvironmentVariable("OTGUARD_OPCUA_NORMAL_SECONDS") ?? "20", CultureInfo.InvariantCulture);

    /// <summary>MSTest's own.</summary>
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("None")]
    [DataRow("Sign")]
    [DataRow("SignAndEncrypt")]
    public void Attacks_are_named_and_normal_operation_raises_nothing(string mode)
    {
        using var folder = new TemporaryFolder();
        using var plant = new OpcUaPlant();
        var normal = new Programme("normal") { Mode = mode, Seconds = 6, RenewalMilliseconds = 1000 };
        Learn(folder, plant.Run(normal));

        var again = Judge(folder, plant.Run(normal with { Seconds = NormalSeconds }));

        Assert.IsEmpty(again, $"{mode}: normal operation raised {string.Join(", ", again)}");
        foreach (var (programme, readable, encrypted) in Attacks)
        {
            var expected = mode == "SignAndEncrypt" ? encrypted : readable;
            var raised = Judge(folder, plant.Run(programme with { Mode = mode }));
            TestContext.WriteLine($"{mode} {programme.Name}: {string.Join(", ", raised)}");
            if (expected.Length > 0) Assert.Contains(expected, raised, $"{mode} {programme.Name}");
        }

        plant.ChangeServerCertificate();
        var changed = Judge(folder, plant.Run(normal with { Seconds = 2 }));
        Assert.Contains("server-certificate-changed", changed, mode);
    }

    [TestMethod]
    public void Client_that_drops_its_security_is_told()
    {
        using var folder = new TemporaryFolder();
        using var plant = new OpcUaPlant();
        var normal = new Programme("normal") { Mode = "SignAndEncrypt", Seconds = 4 };
        Learn(folder, plant.Run(normal));

        var raised = Judge(folder, plant.Run(normal with { Mode = "None" }));

        Assert.Contains("security-changed", raised);
    }

    [TestMethod]
    [DataRow("chunks", "chunk-flood")]
    [DataRow("nesting", "nesting-bomb")]
    [DataRow("paths", "nesting-bomb")]
    public void Messages_that_exhaust_servers_are_named(string programme, string kind)
    {
        using var folder = new TemporaryFolder();
        using var plant = new OpcUaPlant();
        Learn(folder, plant.Run(new Programme("normal") { Seconds = 2 }));

        var raised = Judge(folder, plant.Run(new Programme(programme) { From = "127.0.0.9" }));

        Assert.Contains(kind, raised);
    }

    private static void Learn(TemporaryFolder folder, Recording recording) =>
        Assert.AreEqual(0, Invoke(out _, "learn", recording.Capture, "-o", folder.File("plant.baseline")));

    /// <summary>The kinds of the alarms.</summary>
    private static IReadOnlyList<string> Judge(TemporaryFolder folder, Recording recording)
    {
        var code = Invoke(
            out var output, "detect", recording.Capture, "-b", folder.File("plant.baseline"), "--format", "jsonl");
        Assert.IsLessThanOrEqualTo(1, code);
        return
        [
            .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement)
                .Where(line => line.GetProperty("level").GetString() == "alarm")
                .Select(line => line.GetProperty("kind").GetString()!)
                .Distinct().Order(StringComparer.Ordinal),
        ];
    }

    private static int Invoke(out string output, params string[] arguments)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter();
        var code = CommandLine.Invoke(arguments, writer, error);
        output = writer.ToString();
        return code;
    }
}
