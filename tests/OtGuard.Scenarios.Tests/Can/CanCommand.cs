using System.Text.Json;
using OtGuard.Host.Commands;
using OtGuard.TestKit;

namespace OtGuard.Scenarios.Tests.Can;

/// <summary>Learns and judges captures of CAN buses as the product is used: by the command line.</summary>
internal static class CanCommand
{
    /// <summary>A real car's bus that has nothing to do with what is judged by it.</summary>
    public const string UnrelatedBus = "formats/sample-can.log";

    /// <summary>Learns a capture under <c>can/</c>.</summary>
    public static void Learn(TemporaryFolder folder, string capture, string frames = "1-") =>
        Assert.AreEqual(0, Invoke(
            out _, "learn", SharedData.PathOf($"can/{capture}"), "--frames", frames, "-o", folder.File("bus.baseline")));

    /// <summary>The deviations of a capture judged by what was learned.</summary>
    public static IReadOnlyList<JsonElement> Judge(TemporaryFolder folder, string capture, string frames = "1-", params string[] further) =>
        JudgeFile(folder, SharedData.PathOf($"can/{capture}"), ["--frames", frames, .. further]);

    /// <summary>Likewise, of a file anywhere.</summary>
    public static IReadOnlyList<JsonElement> JudgeFile(TemporaryFolder folder, string capture, params string[] further)
    {
        var code = Invoke(
            out var output,
            ["detect", capture, "-b", folder.File("bus.baseline"), "--format", "jsonl", .. further]);
        Assert.IsLessThanOrEqualTo(1, code, $"{capture} could not be judged.");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    /// <summary>The kinds of the alarms among deviations.</summary>
    public static IReadOnlyList<string> Alarms(IEnumerable<JsonElement> deviations) =>
    [
        .. deviations.Where(deviation => deviation.GetProperty("level").GetString() == "alarm")
            .Select(deviation => deviation.GetProperty("kind").GetString()!).Distinct().Order(StringComparer.Ordinal),
    ];

    private static int Invoke(out string output, params string[] arguments)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter();
        var code = CommandLine.Invoke(arguments, writer, error);
        output = writer.ToString();
        return code;
    }
}
